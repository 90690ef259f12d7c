//! The keys with which Nomad signs the identities of tasks:
//! <https://developer.hashicorp.com/nomad/api-docs/operator/keyring#list-active-public-keys>.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};

/// A public key, in the form of RFC 7517.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Key {
    /// Its id.
    #[serde(rename = "kid")]
    pub id: String,
    /// Its type, such as `RSA`.
    #[serde(rename = "kty")]
    pub kind: String,
    /// The algorithm that it is for, such as `RS256`.
    pub alg: String,
    /// Its numbers.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Where those who check identities find the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Discovery {
    /// Who signs.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// The algorithms that are used.
    #[serde(rename = "id_token_signing_alg_values_supported")]
    pub algorithms: Vec<String>,
    /// Kinds of answers.
    #[serde(rename = "response_types_supported")]
    pub response_types: Vec<String>,
    /// Kinds of subjects.
    #[serde(rename = "subject_types_supported")]
    pub subject_types: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Keys {
    #[serde(default, deserialize_with = "crate::wire::null::or_default")]
    keys: Vec<Key>,
}

impl Client {
    /// Lists the keys with which identities are signed. `GET /.well-known/jwks.json`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/keyring#list-active-public-keys)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for key in nomad.jwks().await? {
    ///     println!("{} is for {}", key.id, key.alg);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) before Nomad 1.7, which has none.
    pub async fn jwks(&self) -> Result<Vec<Key>> {
        let request = Request::get("/.well-known/jwks.json", [])?;
        Ok(self.fetch::<Keys>(request).await?.keys)
    }

    /// Reads where those who check identities find the keys, or `None` unless the servers have an issuer configured.
    /// `GET /.well-known/openid-configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/keyring#oidc-discovery)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(discovery) = nomad.oidc_discovery().await? {
    ///     println!("{}", discovery.jwks_uri);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn oidc_discovery(&self) -> Result<Option<Discovery>> {
        none_if_not_found(self.get("/.well-known/openid-configuration", []).await)
    }
}
