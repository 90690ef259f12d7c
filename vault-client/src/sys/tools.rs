//! Random bytes and hashes: <https://developer.hashicorp.com/vault/api-docs/system/tools>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::transport::Request;

wire_enum! {
    /// Where random bytes come from.
    pub RandomSource {
        /// The operating system.
        Platform = "platform",
        /// The seal (Vault Enterprise).
        Seal = "seal",
        /// Both, mixed (Vault Enterprise).
        All = "all",
    }
}

wire_enum! {
    /// Ways to make a hash.
    pub HashAlgorithm {
        /// SHA-2 with 224 bits.
        Sha2With224 = "sha2-224",
        /// SHA-2 with 256 bits.
        Sha2With256 = "sha2-256",
        /// SHA-2 with 384 bits.
        Sha2With384 = "sha2-384",
        /// SHA-2 with 512 bits.
        Sha2With512 = "sha2-512",
        /// SHA-3 with 224 bits.
        Sha3With224 = "sha3-224",
        /// SHA-3 with 256 bits.
        Sha3With256 = "sha3-256",
        /// SHA-3 with 384 bits.
        Sha3With384 = "sha3-384",
        /// SHA-3 with 512 bits.
        Sha3With512 = "sha3-512",
    }
}

/// Handle made by [`Sys::tools`](super::Sys::tools).
#[derive(Clone, Debug)]
pub struct Tools {
    client: Client,
}

#[derive(Serialize, Deserialize)]
struct RandomBytes {
    #[serde(with = "codec::secret")]
    random_bytes: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Sum {
    sum: String,
}

impl Tools {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes random bytes; at most 128 KiB.
    ///
    /// `POST /v1/sys/tools/random/:bytes`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/tools#generate-random-bytes)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let bytes = vault.sys().tools().random(32).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn random(&self, bytes: u64) -> Result<SecretSlice<u8>> {
        let text = bytes.to_string();
        self.bytes(Request::post("/v1/sys/tools/random/:bytes", [&text])?.json(&json!({}))?).await
    }

    /// Makes random bytes from this source; at most 128 KiB.
    ///
    /// `POST /v1/sys/tools/random/:source/:bytes`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/tools#generate-random-bytes)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::tools::RandomSource;
    ///
    /// let bytes = vault.sys().tools().random_from(&RandomSource::Platform, 32).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn random_from(&self, source: &RandomSource, bytes: u64) -> Result<SecretSlice<u8>> {
        let text = bytes.to_string();
        let request = Request::post("/v1/sys/tools/random/:source/:bytes", [source.as_str(), &text])?;
        self.bytes(request.json(&json!({}))?).await
    }

    async fn bytes(&self, request: Request) -> Result<SecretSlice<u8>> {
        let answer: RandomBytes = self.client.fetch(request.clone()).await?;
        let bytes = STANDARD.decode(answer.random_bytes.expose_secret());
        bytes.map(SecretSlice::from).map_err(|_| request.refused("what came back is not base64"))
    }

    /// Makes the hash of some bytes.
    ///
    /// `POST /v1/sys/tools/hash/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/tools#hash-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::tools::HashAlgorithm;
    ///
    /// let sum = vault.sys().tools().hash(&HashAlgorithm::Sha2With256, b"bytes").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn hash(&self, algorithm: &HashAlgorithm, input: &[u8]) -> Result<Vec<u8>> {
        let body = json!({ "input": STANDARD.encode(input), "format": "base64" });
        let request = Request::post("/v1/sys/tools/hash/:algorithm", [algorithm.as_str()])?.json(&body)?.idempotent();
        let answer: Sum = self.client.fetch(request.clone()).await?;
        STANDARD.decode(answer.sum).map_err(|_| request.refused("what came back is not base64"))
    }
}
