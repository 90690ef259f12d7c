//! The move of a mount to another path: <https://developer.hashicorp.com/vault/api-docs/system/remount>.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Sys;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// The move of a mount to another path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Remount {
    /// Names it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub migration_id: String,
    /// How far it is; nothing just after its begin.
    #[serde(default)]
    pub migration_info: Option<RemountInfo>,
}

/// How far the move of a mount is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemountInfo {
    /// The path before.
    #[serde(default, deserialize_with = "null::or_default")]
    pub source_mount: String,
    /// The path after.
    #[serde(default, deserialize_with = "null::or_default")]
    pub target_mount: String,
    /// How far it is.
    #[serde(default)]
    pub status: Option<RemountStatus>,
}

wire_enum! {
    /// How far the move of a mount is.
    pub RemountStatus {
        /// It goes on.
        InProgress = "in-progress",
        /// It is done.
        Success = "success",
        /// It failed; the log of the server says why.
        Failure = "failure",
    }
}

impl Sys {
    /// Moves a secrets engine, or an auth method as `auth/…`, to another path, and revokes its leases. The answer comes
    /// before that is done.
    ///
    /// `POST /v1/sys/remount` ([API](https://developer.hashicorp.com/vault/api-docs/system/remount#move-backend));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let remount = vault.sys().remount("secret", "archive").await?;
    /// let status = vault.sys().remount_status(&remount.migration_id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them. Status 400 when nothing is mounted there, or
    /// something at the other path.
    pub async fn remount(&self, from: &str, to: &str) -> Result<Remount> {
        let request = Request::post("/v1/sys/remount", [])?.json(&json!({ "from": from, "to": to }))?;
        self.client.fetch(request).await
    }

    /// Reads how far the move of a mount is; `None` when the server knows of no such move.
    ///
    /// `GET /v1/sys/remount/status/:migration_id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/remount#monitor-migration-status)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().remount_status("5f6c803a-…").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn remount_status(&self, migration_id: &str) -> Result<Option<Remount>> {
        self.client.read("/v1/sys/remount/status/:migration_id", [migration_id]).await
    }
}
