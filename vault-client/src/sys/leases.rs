//! The leases of dynamic secrets: <https://developer.hashicorp.com/vault/api-docs/system/leases>.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::leased::Lease;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{null, time};

/// What the server knows about a lease.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeaseInfo {
    /// Its id.
    pub id: String,
    /// When it began.
    #[serde(default, deserialize_with = "time::or_none")]
    pub issue_time: Option<Timestamp>,
    /// When it ends.
    #[serde(default, deserialize_with = "time::or_none")]
    pub expire_time: Option<Timestamp>,
    /// When it was renewed last.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_renewal: Option<Timestamp>,
    /// Whether it can be renewed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub renewable: bool,
    /// How long it still lives.
    #[serde(default, with = "codec::seconds")]
    pub ttl: Duration,
}

/// Handle made by [`Sys::leases`](super::Sys::leases).
#[derive(Clone, Debug)]
pub struct Leases {
    client: Client,
}

impl Leases {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the leases below a prefix such as `database/creds/web`; folders end with `/`.
    /// `LIST /v1/sys/leases/lookup/:prefix`; needs `list` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.client.list("/v1/sys/leases/lookup/*prefix/", [prefix]).await
    }

    /// Looks a lease up; `None` when it has ended. `POST /v1/sys/leases/lookup`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup(&self, id: &str) -> Result<Option<LeaseInfo>> {
        let request = Request::post("/v1/sys/leases/lookup", [])?.json(&json!({ "lease_id": id }))?.idempotent();
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Renews a lease; the server may grant less than `increment`. `POST /v1/sys/leases/renew`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it has ended.
    pub async fn renew(&self, id: &str, increment: Option<Duration>) -> Result<Lease> {
        let body = json!({ "lease_id": id, "increment": increment.map_or(0, |increment| increment.as_secs()) });
        self.client.lease(Request::post("/v1/sys/leases/renew", [])?.json(&body)?.idempotent()).await
    }

    /// Revokes a lease, and the credential with it, before it answers. `POST /v1/sys/leases/revoke`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        self.client.put("/v1/sys/leases/revoke", [], &json!({ "lease_id": id, "sync": true })).await
    }

    /// Revokes all leases below a prefix before it answers. `POST /v1/sys/leases/revoke-prefix/:prefix`; needs
    /// `update` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn revoke_prefix(&self, prefix: &str) -> Result<()> {
        self.client.put("/v1/sys/leases/revoke-prefix/*prefix", [prefix], &json!({ "sync": true })).await
    }
}
