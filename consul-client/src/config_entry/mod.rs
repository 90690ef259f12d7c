//! Config entries, which configure the mesh: <https://developer.hashicorp.com/consul/api-docs/config>.
//!
//! Each kind has a type of its own, in a module of its own: [`ConfigEntries::of`] reads and writes those. What this
//! version of the crate does not know of them stays in their `extra`. [`ConfigEntry`] is an entry of any kind, also of
//! one that this version does not know, whose content is JSON under the API's own names.
//!
//! Which permission is needed depends on the kind: mostly `service:read` and `service:write`, `intentions:…` for
//! intentions, `operator:…` or `mesh:…` for what holds for the whole mesh.

#[macro_use]
mod declare;

pub mod api_gateway;
pub mod certificate;
pub mod exported_services;
pub mod http_route;
pub mod ingress_gateway;
pub mod jwt_provider;
pub mod mesh;
pub mod parts;
pub mod proxy_defaults;
pub mod sameness_group;
pub mod service_defaults;
pub mod service_intentions;
pub mod service_resolver;
pub mod service_router;
pub mod service_splitter;
pub mod tcp_route;
pub mod terminating_gateway;
mod typed;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::api_gateway::{ApiGateway, BoundApiGateway};
pub use self::certificate::{FileSystemCertificate, InlineCertificate, PrivateKey};
pub use self::exported_services::ExportedServices;
pub use self::http_route::HttpRoute;
pub use self::ingress_gateway::IngressGateway;
pub use self::jwt_provider::JwtProvider;
pub use self::mesh::Mesh;
pub use self::proxy_defaults::ProxyDefaults;
pub use self::sameness_group::SamenessGroup;
pub use self::service_defaults::ServiceDefaults;
pub use self::service_intentions::ServiceIntentions;
pub use self::service_resolver::ServiceResolver;
pub use self::service_router::ServiceRouter;
pub use self::service_splitter::ServiceSplitter;
pub use self::tcp_route::TcpRoute;
pub use self::terminating_gateway::TerminatingGateway;
pub use self::typed::{Entries, Entry};
use crate::cas::{Cas, Outcome};
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index, Meta};
use crate::options::ReadOptions;
use crate::redact::Names;
use crate::transport::{Decode, Request, json};
use crate::wire::null::or_default;

wire_enum! {
    /// A kind of config entry.
    pub Kind {
        /// How a service is spoken to.
        ServiceDefaults = "service-defaults",
        /// What holds for all proxies; its name is `global`.
        ProxyDefaults = "proxy-defaults",
        /// Where requests to a service go, by path, header and method.
        ServiceRouter = "service-router",
        /// How requests to a service are shared out.
        ServiceSplitter = "service-splitter",
        /// Which instances of a service are meant.
        ServiceResolver = "service-resolver",
        /// Who may speak to a service.
        ServiceIntentions = "service-intentions",
        /// An ingress gateway.
        IngressGateway = "ingress-gateway",
        /// A terminating gateway.
        TerminatingGateway = "terminating-gateway",
        /// An API gateway.
        ApiGateway = "api-gateway",
        /// What an API gateway is bound to; the server writes it.
        BoundApiGateway = "bound-api-gateway",
        /// A route of HTTP requests through an API gateway.
        HttpRoute = "http-route",
        /// A route of TCP connections through an API gateway.
        TcpRoute = "tcp-route",
        /// A certificate with its key.
        InlineCertificate = "inline-certificate",
        /// A certificate in files of the gateway.
        FileSystemCertificate = "file-system-certificate",
        /// Whose JSON Web Tokens are trusted.
        JwtProvider = "jwt-provider",
        /// What holds for the whole mesh; its name is `mesh`.
        Mesh = "mesh",
        /// What other partitions and peers see; its name is `default`.
        ExportedServices = "exported-services",
        /// Partitions and peers that stand in for each other; Enterprise.
        SamenessGroup = "sameness-group",
        /// Limits on requests to the servers; Enterprise.
        ControlPlaneRequestLimit = "control-plane-request-limit",
        /// Limits on requests to the servers; from Consul 2.0 on.
        RateLimit = "rate-limit",
        /// A gateway to language models; from Consul 2.0 on.
        InferenceGateway = "inference-gateway",
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self::Other("".into())
    }
}

/// A config entry.
///
/// ```
/// # use consul_client::config_entry::{ConfigEntry, Kind};
/// let entry = ConfigEntry::new(Kind::ServiceDefaults, "web").with_field("Protocol", "http");
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ConfigEntry {
    /// Its kind.
    pub kind: Kind,
    /// Its name, for most kinds that of a service. The server leaves it out for [`Kind::Mesh`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its metadata.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, String>,
    /// When it was made; never written.
    pub create_index: Index,
    /// When it was last written: the guard for [`Cas::At`]; never written itself.
    pub modify_index: Index,
    /// Everything else. It may hold secrets, so it is never printed.
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

impl ConfigEntry {
    /// An empty entry.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), ..Self::default() }
    }

    /// Sets one field, under the API's own name.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.body.insert(name.into(), value.into());
        self
    }

    /// Sets one entry of its metadata.
    #[must_use]
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for ConfigEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigEntry")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("meta", &self.meta)
            .field("create_index", &self.create_index)
            .field("modify_index", &self.modify_index)
            .field("body", &Names(&self.body))
            .finish()
    }
}

/// Handle made by [`Client::config_entries`].
#[derive(Clone, Debug)]
pub struct ConfigEntries {
    client: Client,
}

impl ConfigEntries {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The entries of one kind, with its type.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::ServiceDefaults;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let defaults = consul.config_entries().of::<ServiceDefaults>();
    /// let mut web = defaults.read("web").await?.unwrap_or_else(|| ServiceDefaults::new("web"));
    /// web.protocol = "http".to_owned();
    /// defaults.put(&web).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn of<E: Entry>(&self) -> Entries<E> {
        Entries::new(self.client.clone())
    }

    /// Reads an entry, or `None` when there is none.
    ///
    /// `GET /v1/config/:kind/:name` ([API](https://developer.hashicorp.com/consul/api-docs/config#get-configuration)),
    /// needs the kind's read permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::Kind;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let entry = consul.config_entries().read(&"new-in-3-0".into(), "web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's read permission.
    pub async fn read(&self, kind: &Kind, name: &str) -> Result<Option<ConfigEntry>> {
        Ok(self.read_with(kind, name, &ReadOptions::new()).await?.value)
    }

    /// As [`ConfigEntries::read`], with options and the index to wait on, which a missing entry has too.
    ///
    /// # Errors
    /// As [`ConfigEntries::read`].
    pub async fn read_with(
        &self,
        kind: &Kind,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Answer<Option<ConfigEntry>>> {
        read(&self.client, kind, name, options).await
    }

    /// Lists all entries of a kind.
    ///
    /// `GET /v1/config/:kind` ([API](https://developer.hashicorp.com/consul/api-docs/config#list-configurations)), needs
    /// the kind's read permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::Kind;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for entry in consul.config_entries().list(&Kind::ServiceResolver).await? {
    ///     println!("{}", entry.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; entries without the kind's read
    /// permission are left out.
    pub async fn list(&self, kind: &Kind) -> Result<Vec<ConfigEntry>> {
        Ok(self.list_with(kind, &ReadOptions::new()).await?.value)
    }

    /// As [`ConfigEntries::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`ConfigEntries::list`].
    pub async fn list_with(&self, kind: &Kind, options: &ReadOptions) -> Result<Answer<Vec<ConfigEntry>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/config/:kind", [kind.as_str()])?)).await
    }

    /// Writes an entry, whatever was there before.
    ///
    /// `PUT /v1/config` ([API](https://developer.hashicorp.com/consul/api-docs/config#apply-configuration)), needs the
    /// kind's write permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::{ConfigEntry, Kind};
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let entry = ConfigEntry::new(Kind::ServiceDefaults, "web").with_field("Protocol", "http");
    /// consul.config_entries().put(&entry).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission;
    /// [`Reason::Invalid`](crate::Reason::Invalid) for a field that the server does not know.
    pub async fn put(&self, entry: &ConfigEntry) -> Result<()> {
        self.put_with(entry, Cas::Any).await.map(|_| ())
    }

    /// As [`ConfigEntries::put`], if the guard holds (`?cas=…`).
    ///
    /// An entry that already stands there as it is counts as written, whatever the guard says: the server does not
    /// look at the guard then.
    ///
    /// ```no_run
    /// # use consul_client::Cas;
    /// # use consul_client::config_entry::{ConfigEntry, Kind};
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let entry = ConfigEntry::new(Kind::ServiceDefaults, "web").with_field("Protocol", "http");
    /// if !consul.config_entries().put_with(&entry, Cas::Absent).await?.is_applied() {
    ///     println!("there is one already");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ConfigEntries::put`]. A guard that does not hold is no error but [`Outcome::Refused`].
    pub async fn put_with(&self, entry: &ConfigEntry, cas: Cas) -> Result<Outcome> {
        Ok(self.client.fetch::<bool>(put_request(&entry.kind, entry, cas)?).await?.into())
    }

    /// Deletes an entry; one that does not exist is fine too.
    ///
    /// `DELETE /v1/config/:kind/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/config#delete-configuration)), needs the kind's write
    /// permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::Kind;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.config_entries().delete(&Kind::ServiceDefaults, "web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission;
    /// [`Reason::Invalid`](crate::Reason::Invalid) while another entry needs it.
    pub async fn delete(&self, kind: &Kind, name: &str) -> Result<()> {
        let request = Request::delete("/v1/config/:kind/:name", [kind.as_str(), name])?;
        self.client.execute(request.idempotent()).await
    }

    /// Deletes an entry if it was not written since `index`. Of one that does not exist it says that it was deleted.
    ///
    /// `DELETE /v1/config/:kind/:name?cas=…`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/config#delete-configuration)), needs
    /// the kind's write permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::Kind;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let entries = consul.config_entries();
    /// if let Some(entry) = entries.read(&Kind::ServiceDefaults, "web").await? {
    ///     let gone = entries.delete_at(&entry.kind, &entry.name, entry.modify_index).await?.is_applied();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ConfigEntries::delete`]. An entry that was written since is no error but [`Outcome::Refused`].
    pub async fn delete_at(&self, kind: &Kind, name: &str, index: Index) -> Result<Outcome> {
        let request = Request::delete("/v1/config/:kind/:name", [kind.as_str(), name])?;
        Ok(self.client.fetch::<bool>(request.query("cas", index.0.to_string())).await?.into())
    }
}

/// An entry that does not exist is answered with 404 and the index to wait on.
async fn read<E: Decode>(client: &Client, kind: &Kind, name: &str, options: &ReadOptions) -> Result<Answer<Option<E>>> {
    let request = options.apply(Request::get("/v1/config/:kind/:name", [kind.as_str(), name])?).data_statuses(&[404]);
    let reply = client.send(request.clone()).await?;
    let value = if reply.status == 404 { None } else { Some(json(&request, &reply)?) };
    Ok(Answer { value, meta: Meta::of(&reply.headers) })
}

/// What the server makes up by itself is not sent: it refuses what it does not know, also of what it said itself.
const MADE_UP: [&str; 4] = ["Hash", "CreateIndex", "ModifyIndex", "Status"];

fn put_request(kind: &Kind, entry: &impl Serialize, cas: Cas) -> Result<Request> {
    let request = Request::put("/v1/config", [])?;
    let Ok(Value::Object(mut body)) = serde_json::to_value(entry) else {
        return Err(request.refused("the entry cannot be written as JSON"));
    };
    for name in MADE_UP {
        body.remove(name);
    }
    // The one kind without a name.
    if *kind == Kind::Mesh {
        body.remove("Name");
    }
    Ok(cas.apply(request.json(&body)?))
}

#[cfg(test)]
mod tests {
    use super::{ConfigEntry, Kind, put_request};
    use crate::cas::Cas;
    use crate::meta::Index;
    use serde_json::{Value, json};

    const ROUTE: &str = r#"{"Kind":"http-route","Name":"hr","Parents":[{"Kind":"api-gateway","Name":"gw","SectionName":"l"}],
        "Rules":[{"Filters":{"Headers":null,"TimeoutFilter":{"RequestTimeout":3000000000,"IdleTimeout":0}},"Matches":null}],
        "Hostnames":null,"Status":{"Conditions":[]},"Meta":{"owner":"lattice"},"Hash":18328102323821661282,"CreateIndex":64,
        "ModifyIndex":66}"#;

    #[test]
    fn t31_nothing_is_lost_and_only_the_content_is_sent() {
        let entry: ConfigEntry = serde_json::from_str(ROUTE).unwrap();
        let mut sent: Value = serde_json::from_str(ROUTE).unwrap();
        assert_eq!(serde_json::to_value(&entry).unwrap(), sent);
        let request = put_request(&entry.kind, &entry, Cas::At(Index(66))).unwrap();
        assert_eq!(
            (request.path.as_str(), request.query.as_str(), request.idempotent),
            ("/v1/config", "cas=66", false)
        );
        sent.as_object_mut().unwrap().retain(|name, _| !super::MADE_UP.contains(&name.as_str()));
        assert_eq!(serde_json::from_slice::<Value>(&request.body.unwrap().content).unwrap(), sent);
    }

    #[test]
    fn the_mesh_has_no_name() {
        let entry =
            ConfigEntry::new(Kind::Mesh, "mesh").with_field("HTTP", json!({"SanitizeXForwardedClientCert": true}));
        let request = put_request(&entry.kind, &entry, Cas::Any).unwrap();
        let body: Value = serde_json::from_slice(&request.body.unwrap().content).unwrap();
        assert_eq!(body, json!({"Kind": "mesh", "HTTP": {"SanitizeXForwardedClientCert": true}}));
        assert!(request.idempotent);
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let entry = ConfigEntry::new(Kind::InlineCertificate, "c").with_field("PrivateKey", "marker-secret");
        let text = format!("{entry:?}");
        assert!(text.contains("PrivateKey") && !text.contains("marker-secret"), "{text}");
    }
}
