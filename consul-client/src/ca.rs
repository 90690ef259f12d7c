//! The certificate authority of the mesh, as the servers have it: <https://developer.hashicorp.com/consul/api-docs/connect/ca>.
//!
//! What an agent serves to applications, their certificates among it, is with the [agent](crate::agent::connect).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::redact::Names;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::null::or_default;
use crate::wire::time::Timestamp;

object! {
    /// The certificate authorities of the mesh.
    CaRoots {
        /// The id of the one that signs.
        #[serde(rename = "ActiveRootID")]
        pub active_root_id: String,
        /// The name of the mesh in identities.
        pub trust_domain: String,
        /// All that are trusted.
        pub roots: Vec<CaRoot>,
    }
}

object! {
    /// A certificate authority of the mesh.
    CaRoot {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// The serial number of its certificate.
        pub serial_number: u64,
        /// The id of the key that signs.
        #[serde(rename = "SigningKeyID")]
        pub signing_key_id: String,
        /// The trust domain of an authority outside of Consul.
        pub external_trust_domain: String,
        /// Since when it is valid.
        pub not_before: Option<Timestamp> as rfc3339,
        /// Until when it is valid.
        pub not_after: Option<Timestamp> as rfc3339,
        /// Its certificate, as PEM.
        pub root_cert: String,
        /// Certificates between it and those that it signs, as PEM.
        pub intermediate_certs: Vec<String>,
        /// Whether it is the one that signs.
        pub active: bool,
        /// The type of its key: `ec` or `rsa`.
        pub private_key_type: String,
        /// The size of its key.
        pub private_key_bits: i64,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

/// How the authority works.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct CaConfiguration {
    /// Who keeps its keys: `consul`, `vault` or `aws-pca`.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
    /// The provider's settings. They may hold keys and tokens, in clear also when they are read, so they are never
    /// printed.
    #[serde(deserialize_with = "or_default")]
    pub config: Map<String, Value>,
    /// What the provider keeps for itself.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<String, String>,
    /// Whether the old root need not sign the new one, as where it cannot: connections may then fail until all have a
    /// new certificate.
    #[serde(deserialize_with = "or_default")]
    pub force_without_cross_signing: bool,
    /// When it was made.
    #[serde(deserialize_with = "or_default")]
    pub create_index: Index,
    /// When it was last written.
    #[serde(deserialize_with = "or_default")]
    pub modify_index: Index,
    /// What this version of the crate does not know, as it came; it is not sent.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CaConfiguration {
    /// One of a provider with its own defaults.
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ..Self::default() }
    }

    /// Sets one of the provider's settings, such as `LeafCertTTL`.
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.config.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for CaConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaConfiguration")
            .field("provider", &self.provider)
            .field("config", &Names(&self.config))
            .field("force_without_cross_signing", &self.force_without_cross_signing)
            .field("modify_index", &self.modify_index)
            .finish_non_exhaustive()
    }
}

/// What is sent: the server refuses what it does not know, and makes up the indexes and the state by itself.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted<'a> {
    provider: &'a str,
    config: &'a Map<String, Value>,
    force_without_cross_signing: bool,
}

/// Handle made by [`Client::ca`].
#[derive(Clone, Debug)]
pub struct Ca {
    client: Client,
}

impl Ca {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the roots of the mesh: the one that signs, and those from before that are trusted still.
    /// `GET /v1/connect/ca/roots`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/ca#list-ca-root-certificates)); needs no
    /// permission.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for root in consul.ca().roots().await?.roots {
    ///     println!("{} until {:?}", root.name, root.not_after);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Disabled`](crate::Reason::Disabled) when the mesh is off.
    pub async fn roots(&self) -> Result<CaRoots> {
        Ok(self.roots_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Ca::roots`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Ca::roots`].
    pub async fn roots_with(&self, options: &ReadOptions) -> Result<Answer<CaRoots>> {
        self.client.answer(options.apply(Request::get("/v1/connect/ca/roots", [])?)).await
    }

    /// Watches the roots of the mesh, as [`Ca::roots_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Ca::roots`]; the watch goes on after it.
    pub fn watch_roots(&self, options: &ReadOptions) -> Watch<CaRoots> {
        Watch::new(self.clone(), options, |ca, read| Box::pin(async move { ca.roots_with(&read).await }))
    }

    /// Reads the certificates of all roots, one after the other as PEM. `GET /v1/connect/ca/roots`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/ca#list-ca-root-certificates)); needs no
    /// permission.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.ca().roots_pem().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Ca::roots`].
    pub async fn roots_pem(&self) -> Result<String> {
        let reply = self.client.send(Request::get("/v1/connect/ca/roots", [])?.query("pem", "true")).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }

    /// Reads how the authority works. `GET /v1/connect/ca/configuration`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/ca#get-ca-configuration)); needs `operator:write`,
    /// since it may hold keys.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let configuration = consul.ca().configuration().await?;
    /// println!("{}: {}", configuration.provider, configuration.config["LeafCertTTL"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`;
    /// [`Reason::Disabled`](crate::Reason::Disabled) when the mesh is off.
    pub async fn configuration(&self) -> Result<CaConfiguration> {
        self.client.get("/v1/connect/ca/configuration", []).await
    }

    /// Changes how the authority works. Another provider, or another key, means another root, which the old one signs;
    /// both are trusted until all certificates of the old one have ended. `PUT /v1/connect/ca/configuration`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/ca#update-ca-configuration)); needs
    /// `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let wanted = consul.ca().configuration().await?.with_setting("LeafCertTTL", "24h");
    /// consul.ca().put_configuration(&wanted).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`. The server refuses a provider and
    /// settings that do not work.
    pub async fn put_configuration(&self, configuration: &CaConfiguration) -> Result<()> {
        self.client.execute(configuration_request(configuration)?).await
    }
}

fn configuration_request(configuration: &CaConfiguration) -> Result<Request> {
    let CaConfiguration { provider, config, force_without_cross_signing, .. } = configuration;
    let body = Wanted { provider, config, force_without_cross_signing: *force_without_cross_signing };
    Ok(Request::put("/v1/connect/ca/configuration", [])?.json(&body)?.idempotent())
}

#[cfg(test)]
mod tests {
    use super::{CaConfiguration, configuration_request};
    use crate::object::tests::lossless;

    const READ: &str = r#"{"Provider":"consul","Config":{"LeafCertTTL":"72h","PrivateKey":"marker-secret"},
        "State":{"a":"b"},"ForceWithoutCrossSigning":false,"CreateIndex":10,"ModifyIndex":27,"Later":1}"#;

    /// The server gives the private key away as it was set, and refuses fields that it does not know.
    #[test]
    fn t31_a_configuration_is_sent_back_without_what_the_server_made_up() {
        let configuration: CaConfiguration = lossless(READ);
        assert!(!format!("{configuration:?}").contains("marker"), "{configuration:?}");
        let sent = configuration_request(&configuration).unwrap().body.unwrap();
        let expected = r#"{"Provider":"consul","Config":{"LeafCertTTL":"72h","PrivateKey":"marker-secret"},"ForceWithoutCrossSigning":false}"#;
        assert_eq!(&sent.content[..], expected.as_bytes());
    }
}
