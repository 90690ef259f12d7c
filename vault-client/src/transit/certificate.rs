//! Certificates for keys that sign.

use serde::{Deserialize, Serialize};

use super::{KeyType, Transit};
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// What a request for a certificate holds. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CsrOptions {
    /// A request in PEM, whose subject and extensions are taken; its key is replaced.
    #[serde(rename = "csr", skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The version of the key; the newest unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl CsrOptions {
    /// An empty subject, and the newest version of the key.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the subject and the extensions of this request, in PEM.
    #[must_use]
    pub fn with_template(mut self, pem: impl Into<String>) -> Self {
        self.template = Some(pem.into());
        self
    }

    /// For this version of the key.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }
}

#[derive(Serialize, Deserialize)]
struct Made {
    csr: String,
    #[serde(default, deserialize_with = "null::or_default")]
    name: String,
    #[serde(rename = "type", default)]
    kind: Option<KeyType>,
}

#[derive(Serialize)]
struct Chain<'a> {
    certificate_chain: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

impl Transit {
    /// Makes the request, in PEM, for a certificate of a key that signs.
    ///
    /// `POST /v1/:mount/keys/:name/csr`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-csr)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::CsrOptions;
    ///
    /// let csr = vault.transit("transit").create_csr("code-signing", &CsrOptions::new()).await?;
    /// # drop(csr);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 or 500 when it is
    /// none that signs.
    pub async fn create_csr(&self, name: &str, options: &CsrOptions) -> Result<String> {
        let request = Request::post("/v1/*mount/keys/:name/csr", [&self.mount, name])?.json(options)?;
        Ok(self.client.fetch::<Made>(request.idempotent()).await?.csr)
    }

    /// Keeps the certificate of a key, with those above it: first its own, all in PEM.
    ///
    /// `POST /v1/:mount/keys/:name/set-certificate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#set-certificate-chain)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, chain: String) -> vault_client::Result<()> {
    /// vault.transit("transit").put_certificate("code-signing", &chain, None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when the certificate
    /// is not for the key, or for another version than the given or newest one.
    pub async fn put_certificate(&self, name: &str, chain_pem: &str, version: Option<u64>) -> Result<()> {
        let body = Chain { certificate_chain: chain_pem, version };
        self.client.put("/v1/*mount/keys/:name/set-certificate", [&self.mount, name], &body).await
    }
}
