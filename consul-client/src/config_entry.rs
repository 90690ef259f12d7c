//! Config entries, which configure the mesh: <https://developer.hashicorp.com/consul/api-docs/config>.
//!
//! All kinds have one type: what they have in common is typed, the rest is JSON under the API's own names, so nothing
//! is lost between a read and a write. Which permission is needed depends on the kind: mostly `service:read` and
//! `service:write`, `intentions:…` for intentions, `operator:…` or `mesh:…` for what holds for the whole mesh.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cas::Cas;
use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::redact::Names;
use crate::transport::{Request, none_if_not_found};
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

    /// Reads an entry, or `None` when there is none. `GET /v1/config/:kind/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's read permission.
    pub async fn read(&self, kind: &Kind, name: &str) -> Result<Option<ConfigEntry>> {
        none_if_not_found(self.client.get("/v1/config/:kind/:name", [kind.as_str(), name]).await)
    }

    /// Lists all entries of a kind. `GET /v1/config/:kind`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; entries without the kind's read
    /// permission are left out.
    pub async fn list(&self, kind: &Kind) -> Result<Vec<ConfigEntry>> {
        self.client.list("/v1/config/:kind", [kind.as_str()]).await
    }

    /// Writes an entry, whatever was there before. `PUT /v1/config`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission.
    pub async fn put(&self, entry: &ConfigEntry) -> Result<()> {
        self.put_with(entry, Cas::Any).await.map(drop)
    }

    /// Writes an entry if the guard holds, and says whether it was written. `PUT /v1/config?cas=…`.
    ///
    /// An entry that already stands there as it is counts as written, whatever the guard says: the server does not
    /// look at the guard then.
    ///
    /// # Errors
    /// As [`ConfigEntries::put`]. A guard that does not hold is no error but `false`.
    pub async fn put_with(&self, entry: &ConfigEntry, cas: Cas) -> Result<bool> {
        self.client.fetch(put_request(entry, cas)?).await
    }

    /// Deletes an entry; one that does not exist is fine too. `DELETE /v1/config/:kind/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission.
    pub async fn delete(&self, kind: &Kind, name: &str) -> Result<()> {
        let request = Request::delete("/v1/config/:kind/:name", [kind.as_str(), name])?;
        self.client.execute(request.idempotent()).await
    }

    /// Deletes an entry if it was not written since `index`, and says whether that was so; of one that does not exist
    /// it says yes.
    ///
    /// # Errors
    /// As [`ConfigEntries::delete`].
    pub async fn delete_at(&self, kind: &Kind, name: &str, index: Index) -> Result<bool> {
        let request = Request::delete("/v1/config/:kind/:name", [kind.as_str(), name])?;
        self.client.fetch(request.query("cas", index.0.to_string())).await
    }
}

/// What the server makes up by itself is not sent, and the one kind without a name has none in its body.
fn put_request(entry: &ConfigEntry, cas: Cas) -> Result<Request> {
    let request = Request::put("/v1/config", [])?;
    let Ok(Value::Object(mut body)) = serde_json::to_value(entry) else {
        return Err(request.refused("the entry cannot be written as JSON"));
    };
    for name in ["Hash", "CreateIndex", "ModifyIndex"] {
        body.remove(name);
    }
    if entry.kind == Kind::Mesh {
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
    fn nothing_is_lost_and_only_the_content_is_sent() {
        let entry: ConfigEntry = serde_json::from_str(ROUTE).unwrap();
        let mut sent: Value = serde_json::from_str(ROUTE).unwrap();
        assert_eq!(serde_json::to_value(&entry).unwrap(), sent);
        let request = put_request(&entry, Cas::At(Index(66))).unwrap();
        assert_eq!(
            (request.path.as_str(), request.query.as_str(), request.idempotent),
            ("/v1/config", "cas=66", false)
        );
        sent.as_object_mut()
            .unwrap()
            .retain(|name, _| !["Hash", "CreateIndex", "ModifyIndex"].contains(&name.as_str()));
        assert_eq!(serde_json::from_slice::<Value>(&request.body.unwrap().content).unwrap(), sent);
    }

    #[test]
    fn the_mesh_has_no_name() {
        let entry =
            ConfigEntry::new(Kind::Mesh, "mesh").with_field("HTTP", json!({"SanitizeXForwardedClientCert": true}));
        let request = put_request(&entry, Cas::Any).unwrap();
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
