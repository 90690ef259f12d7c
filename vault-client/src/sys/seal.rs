//! The seal, and the keys that open it: <https://developer.hashicorp.com/vault/api-docs/system/seal-status>.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Sys;
use crate::codec;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{null, time};

/// Whether a node is sealed, and how far the unsealing is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "as the server answers it")]
pub struct SealStatus {
    /// The kind of the seal; `shamir` for key shares.
    #[serde(rename = "type", default, deserialize_with = "null::or_default")]
    pub kind: String,
    /// Whether the server was initialised.
    #[serde(default, deserialize_with = "null::or_default")]
    pub initialized: bool,
    /// Whether it is sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub sealed: bool,
    /// How many key shares are wanted.
    #[serde(rename = "t", default, deserialize_with = "null::or_default")]
    pub threshold: u64,
    /// How many key shares there are.
    #[serde(rename = "n", default, deserialize_with = "null::or_default")]
    pub shares: u64,
    /// How many were given so far.
    #[serde(default, deserialize_with = "null::or_default")]
    pub progress: u64,
    /// Names the unsealing under way; empty while there is none.
    #[serde(default, deserialize_with = "null::or_default")]
    pub nonce: String,
    /// Whether the seal is being exchanged for another.
    #[serde(default, deserialize_with = "null::or_default")]
    pub migration: bool,
    /// Whether the key shares are those of a recovery key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub recovery_seal: bool,
    /// The kind of the seal of the recovery key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub recovery_seal_type: String,
    /// Whether the node was removed from its cluster; none where its storage is not raft.
    #[serde(default)]
    pub removed_from_cluster: Option<bool>,
    /// When this version was built.
    #[serde(default, deserialize_with = "null::or_default")]
    pub build_date: String,
    /// What is wrong with the seal.
    #[serde(default, deserialize_with = "null::or_default")]
    pub warnings: Vec<String>,
    /// Its version.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: String,
    /// The name of the cluster; empty while sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cluster_name: String,
    /// The id of the cluster; empty while sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cluster_id: String,
    /// The kind of its storage.
    #[serde(default, deserialize_with = "null::or_default")]
    pub storage_type: String,
}

/// How to initialise a server.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct InitRequest {
    /// Into how many shares the key is split.
    #[serde(rename = "secret_shares")]
    pub shares: u64,
    /// How many of them unseal the server.
    #[serde(rename = "secret_threshold")]
    pub threshold: u64,
    /// Shares of the recovery key, where the server unseals itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_shares: Option<u64>,
    /// How many of those are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_threshold: Option<u64>,
}

impl InitRequest {
    /// Splits the key into so many shares, of which `threshold` are wanted for unsealing.
    pub fn new(shares: u64, threshold: u64) -> Self {
        Self { shares, threshold, ..Self::default() }
    }
}

/// The keys to a new server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InitResponse {
    /// The key shares.
    #[serde(default, with = "codec::secrets")]
    pub keys: Vec<SecretString>,
    /// The same shares in base64; either form unseals.
    #[serde(default, with = "codec::secrets")]
    pub keys_base64: Vec<SecretString>,
    /// Shares of the recovery key, where the server unseals itself.
    #[serde(default, with = "codec::secrets")]
    pub recovery_keys: Vec<SecretString>,
    /// The same shares in base64.
    #[serde(default, with = "codec::secrets")]
    pub recovery_keys_base64: Vec<SecretString>,
    /// A token that may do everything.
    #[serde(with = "codec::secret")]
    pub root_token: SecretString,
}

/// Whether the seal works, with all that it consists of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SealBackendStatus {
    /// Whether all parts work.
    #[serde(default, deserialize_with = "null::or_default")]
    pub healthy: bool,
    /// Since when they do not.
    #[serde(default, deserialize_with = "time::or_none")]
    pub unhealthy_since: Option<Timestamp>,
    /// The parts.
    #[serde(default, deserialize_with = "null::or_default")]
    pub backends: Vec<SealBackend>,
    /// Whether everything is encrypted with all parts.
    #[serde(default, deserialize_with = "null::or_default")]
    pub fully_wrapped: bool,
}

/// A part of the seal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SealBackend {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// Whether it works.
    #[serde(default, deserialize_with = "null::or_default")]
    pub healthy: bool,
    /// Since when it does not.
    #[serde(default, deserialize_with = "time::or_none")]
    pub unhealthy_since: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Initialized {
    #[serde(default)]
    initialized: bool,
}

impl Sys {
    /// Reads whether the server was initialised.
    ///
    /// `GET /v1/sys/init`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/init#read-initialization-status)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let initialized = vault.sys().is_initialized().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn is_initialized(&self) -> Result<bool> {
        Ok(self.client.flat::<Initialized>(Request::get("/v1/sys/init", [])?).await?.initialized)
    }

    /// Initialises the server. What it answers is shown this once only.
    ///
    /// `POST /v1/sys/init` ([API](https://developer.hashicorp.com/vault/api-docs/system/init#start-initialization));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::InitRequest;
    ///
    /// let keys = vault.sys().init(&InitRequest::new(5, 3)).await?;
    /// for key in &keys.keys[..3] {
    ///     vault.sys().unseal(key).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it was initialised before.
    pub async fn init(&self, init: &InitRequest) -> Result<InitResponse> {
        self.client.flat(Request::post("/v1/sys/init", [])?.json(init)?).await
    }

    /// Reads whether the node is sealed, and how far the unsealing is.
    ///
    /// `GET /v1/sys/seal-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/seal-status#seal-status)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().seal_status().await?;
    /// println!("{} of {} shares given", status.progress, status.threshold);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn seal_status(&self) -> Result<SealStatus> {
        self.client.flat(Request::get("/v1/sys/seal-status", [])?).await
    }

    /// Gives one key share to the node.
    ///
    /// `POST /v1/sys/unseal` ([API](https://developer.hashicorp.com/vault/api-docs/system/unseal#submit-unseal-key));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().unseal(&secrecy::SecretString::from("…")).await?;
    /// println!("still sealed: {}", status.sealed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the share is malformed or belongs to another server.
    pub async fn unseal(&self, key: &SecretString) -> Result<SealStatus> {
        let body = json!({ "key": key.expose_secret() });
        self.client.flat(Request::post("/v1/sys/unseal", [])?.json(&body)?.idempotent()).await
    }

    /// Seals the node.
    ///
    /// `POST /v1/sys/seal` ([API](https://developer.hashicorp.com/vault/api-docs/system/seal#seal)); needs `update` and
    /// `sudo` on the path.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().seal().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn seal(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/seal", [])?.idempotent()).await
    }

    /// Reads whether the seal works.
    ///
    /// `GET /v1/sys/seal-backend-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/seal-backend-status#seal-backend-status)); needs no
    /// token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let healthy = vault.sys().seal_backend_status().await?.healthy;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn seal_backend_status(&self) -> Result<SealBackendStatus> {
        self.client.flat(Request::get("/v1/sys/seal-backend-status", [])?).await
    }
}

#[cfg(test)]
mod tests {
    use super::InitResponse;

    #[test]
    fn keys_are_not_printed() {
        let text = r#"{"keys":["hunter2"],"keys_base64":["hunter2"],"root_token":"hvs.hunter2"}"#;
        let init: InitResponse = serde_json::from_str(text).unwrap();
        assert!(!format!("{init:?}").contains("hunter2"));
    }
}
