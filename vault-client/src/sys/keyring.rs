//! The key with which data is encrypted: <https://developer.hashicorp.com/vault/api-docs/system/rotate>.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Sys;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{duration, null, time};

/// The key with which new data is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyStatus {
    /// Its number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub term: u64,
    /// When it was made.
    #[serde(default, deserialize_with = "time::or_none")]
    pub install_time: Option<Timestamp>,
    /// How often it was used, about.
    #[serde(default, deserialize_with = "null::or_default")]
    pub encryptions: u64,
}

/// When the server makes another key by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RotationConfig {
    /// Whether it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// After so many uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_operations: Option<u64>,
    /// After so long; zero for no such limit, else at least 24 hours.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Sys {
    /// Reads about the key with which new data is encrypted.
    ///
    /// `GET /v1/sys/key-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/key-status#get-encryption-key-status)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("term {}", vault.sys().key_status().await?.term);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn key_status(&self) -> Result<KeyStatus> {
        self.client.fetch(Request::get("/v1/sys/key-status", [])?).await
    }

    /// Makes another key, with which new data is encrypted from then on.
    ///
    /// `POST /v1/sys/rotate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate#rotate-encryption-key)); needs `update` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().rotate().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn rotate(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/rotate", [])?).await
    }

    /// Reads when the server makes another key by itself.
    ///
    /// `GET /v1/sys/rotate/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate-config#get-the-auto-rotation-configuration));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let config = vault.sys().read_rotation_config().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_rotation_config(&self) -> Result<RotationConfig> {
        self.client.fetch(Request::get("/v1/sys/rotate/config", [])?).await
    }

    /// Writes when the server makes another key by itself.
    ///
    /// `POST /v1/sys/rotate/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate-config#configure-automatic-key-rotation));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let mut config = vault.sys().read_rotation_config().await?;
    /// config.enabled = Some(true);
    /// vault.sys().put_rotation_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn put_rotation_config(&self, config: &RotationConfig) -> Result<()> {
        self.client.put("/v1/sys/rotate/config", [], config).await
    }
}
