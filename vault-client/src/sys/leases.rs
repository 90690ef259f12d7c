//! The leases of dynamic secrets: <https://developer.hashicorp.com/vault/api-docs/system/leases>.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::Stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::keeper::{self, LeaseEvent};
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

/// How many leases could not be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeaseCount {
    /// All together.
    #[serde(default, deserialize_with = "null::or_default")]
    pub lease_count: u64,
    /// By the accessor of their mount.
    #[serde(default, deserialize_with = "null::or_default")]
    pub counts: BTreeMap<String, u64>,
}

/// Leases that could not be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IrrevocableLeases {
    /// How many there are.
    #[serde(default, deserialize_with = "null::or_default")]
    pub lease_count: u64,
    /// The leases; the server leaves out what is too much.
    #[serde(default, deserialize_with = "null::or_default")]
    pub leases: Vec<IrrevocableLease>,
}

/// A lease that could not be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IrrevocableLease {
    /// Its id.
    #[serde(default, deserialize_with = "null::or_default")]
    pub lease_id: String,
    /// The mount that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_id: String,
    /// What went wrong.
    #[serde(default, deserialize_with = "null::or_default")]
    pub error: String,
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
    ///
    /// `LIST /v1/sys/leases/lookup/:prefix`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#list-leases)); needs `list` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let leases = vault.sys().leases().list("database/creds/web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.client.list("/v1/sys/leases/lookup/*prefix/", [prefix]).await
    }

    /// Looks a lease up; `None` when it has ended.
    ///
    /// `POST /v1/sys/leases/lookup` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#read-lease));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let lease = vault.sys().leases().lookup("database/creds/web/…").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup(&self, id: &str) -> Result<Option<LeaseInfo>> {
        let request = Request::post("/v1/sys/leases/lookup", [])?.json(&json!({ "lease_id": id }))?.idempotent();
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Renews a lease; the server may grant less than `increment`.
    ///
    /// `POST /v1/sys/leases/renew` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#renew-lease));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let lease = vault.sys().leases().renew("database/creds/web/…", None).await?;
    /// println!("valid for another {:?}", lease.duration);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it has ended.
    pub async fn renew(&self, id: &str, increment: Option<Duration>) -> Result<Lease> {
        let body = json!({ "lease_id": id, "increment": increment.map_or(0, |increment| increment.as_secs()) });
        self.client.lease(Request::post("/v1/sys/leases/renew", [])?.json(&body)?.idempotent()).await
    }

    /// Keeps a lease alive until its real end, for as long as the stream is polled.
    ///
    /// It is renewed after about two thirds of its life by [`Leases::renew`]. What fails is tried again after growing
    /// pauses, as long as the lease lives. [`LeaseEvent::Ending`] says in time that another one is needed; the stream
    /// ends with [`LeaseEvent::Ended`]. No task is started.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use vault_client::LeaseEvent;
    ///
    /// let user = vault.database("database").creds("web").await?;
    /// let mut events = std::pin::pin!(vault.sys().leases().keep(user.lease.clone()));
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         LeaseEvent::Failed { error, left } => eprintln!("{error}; {left:?} left"),
    ///         LeaseEvent::Ending { .. } => break,
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep(&self, lease: Lease) -> impl Stream<Item = LeaseEvent> + Send + use<> {
        let leases = self.clone();
        keeper::keep(lease, move |id| {
            let leases = leases.clone();
            async move { leases.renew(&id, None).await }
        })
    }

    /// Revokes a lease, and the credential with it, before it answers.
    ///
    /// `POST /v1/sys/leases/revoke` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#revoke-lease));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().leases().revoke("database/creds/web/…").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        self.client.put("/v1/sys/leases/revoke", [], &json!({ "lease_id": id, "sync": true })).await
    }

    /// Revokes all leases below a prefix before it answers.
    ///
    /// `POST /v1/sys/leases/revoke-prefix/:prefix`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#revoke-prefix)); needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().leases().revoke_prefix("database/creds/web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn revoke_prefix(&self, prefix: &str) -> Result<()> {
        self.client.put("/v1/sys/leases/revoke-prefix/*prefix", [prefix], &json!({ "sync": true })).await
    }

    /// Removes all leases below a prefix even if their credentials cannot be revoked, which then live on unknown to the
    /// server.
    ///
    /// `POST /v1/sys/leases/revoke-force/:prefix`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#revoke-force)); needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().leases().revoke_force("database/creds/web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn revoke_force(&self, prefix: &str) -> Result<()> {
        self.client.put("/v1/sys/leases/revoke-force/*prefix", [prefix], &json!({})).await
    }

    /// Starts to clean up leases that were left behind. The answer comes before that has ended.
    ///
    /// `POST /v1/sys/leases/tidy` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#tidy-leases));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().leases().tidy().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn tidy(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/leases/tidy", [])?.idempotent()).await
    }

    /// Counts the leases that could not be revoked, by the accessor of their mount.
    ///
    /// `GET /v1/sys/leases/count` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#lease-counts));
    /// needs `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{} leases are stuck", vault.sys().leases().count_irrevocable().await?.lease_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn count_irrevocable(&self) -> Result<LeaseCount> {
        self.client.fetch(Request::get("/v1/sys/leases/count", [])?.query("type", "irrevocable")).await
    }

    /// Lists the leases that could not be revoked, with the reasons.
    ///
    /// `GET /v1/sys/leases` ([API](https://developer.hashicorp.com/vault/api-docs/system/leases#leases-list)); needs
    /// `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for lease in vault.sys().leases().list_irrevocable().await?.leases {
    ///     println!("{}: {}", lease.lease_id, lease.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list_irrevocable(&self) -> Result<IrrevocableLeases> {
        self.client.fetch(Request::get("/v1/sys/leases", [])?.query("type", "irrevocable")).await
    }
}
