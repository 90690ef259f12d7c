//! The keys with which Nomad signs the identities of tasks:
//! <https://developer.hashicorp.com/nomad/api-docs/operator/keyring#list-active-public-keys>.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

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

#[derive(Serialize, Deserialize)]
struct Keys {
    #[serde(default, deserialize_with = "crate::wire::null::or_default")]
    keys: Vec<Key>,
}

impl Client {
    /// Lists the keys with which identities are signed. `GET /.well-known/jwks.json`; needs no token.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) before Nomad 1.7, which has none.
    pub async fn jwks(&self) -> Result<Vec<Key>> {
        let request = Request::get("/.well-known/jwks.json", [])?;
        Ok(self.fetch::<Keys>(request).await?.keys)
    }
}
