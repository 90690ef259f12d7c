//! What a token can see of the mounts: <https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Sys;
use super::mounts::Mount;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// The mounts of which a token can see something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VisibleMounts {
    /// The secrets engines by path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret: BTreeMap<String, Mount>,
    /// The auth methods by path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub auth: BTreeMap<String, Mount>,
}

/// The mount to which a path belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VisibleMount {
    /// Its own path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub path: String,
    /// The mount.
    #[serde(flatten)]
    pub mount: Mount,
}

impl VisibleMount {
    /// The version of a KV engine; none for another engine.
    pub fn kv_version(&self) -> Option<u64> {
        if !matches!(self.mount.kind.as_str(), "kv" | "generic") {
            return None;
        }
        let version = self.mount.options.as_ref().and_then(|options| options.get("version"));
        Some(version.and_then(|version| version.parse().ok()).unwrap_or(1))
    }
}

impl Sys {
    /// Lists the mounts of which the token can see something.
    ///
    /// `GET /v1/sys/internal/ui/mounts`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts#get-available-visible-mounts));
    /// every token may, and none is needed for what is made visible to all.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let engines = vault.sys().visible_mounts().await?.secret;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn visible_mounts(&self) -> Result<VisibleMounts> {
        self.client.fetch(Request::get("/v1/sys/internal/ui/mounts", [])?).await
    }

    /// Reads to which mount a path belongs, and so which version of the KV engine it is.
    ///
    /// `GET /v1/sys/internal/ui/mounts/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts#get-single-mount-details));
    /// needs any permission below the mount.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let version = vault.sys().visible_mount("secret/app/config").await?.kv_version();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it, and when nothing is mounted there: the server does not
    /// tell which.
    pub async fn visible_mount(&self, path: &str) -> Result<VisibleMount> {
        self.client.fetch(Request::get("/v1/sys/internal/ui/mounts/*path", [path])?).await
    }
}
