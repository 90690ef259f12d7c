//! How the nodes are: <https://developer.hashicorp.com/vault/api-docs/system/health>.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Sys;
use crate::codec;
use crate::error::Result;
use crate::transport::{Request, json};
use crate::wire::{null, time};

/// Statuses with which the health endpoint tells a state.
const HEALTH_STATUSES: &[u16] = &[429, 472, 473, 474, 501, 503, 530];

/// What a node is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthState {
    /// It answers all calls.
    Active,
    /// It passes calls on to the active node.
    Standby,
    /// It answers reads itself (Vault Enterprise).
    PerformanceStandby,
    /// It is part of a cluster for disaster recovery (Vault Enterprise).
    DrSecondary,
    /// It is a standby that cannot reach the active node.
    StandbyUnreachable,
    /// It was never initialised.
    NotInitialized,
    /// It is sealed.
    Sealed,
    /// It was removed from its cluster.
    Removed,
    /// Something that this version of the crate does not know, with its HTTP status.
    Other(u16),
}

impl Default for HealthState {
    fn default() -> Self {
        Self::Other(0)
    }
}

impl HealthState {
    fn of(status: u16) -> Self {
        match status {
            200 => Self::Active,
            429 => Self::Standby,
            472 => Self::DrSecondary,
            473 => Self::PerformanceStandby,
            474 => Self::StandbyUnreachable,
            501 => Self::NotInitialized,
            503 => Self::Sealed,
            530 => Self::Removed,
            other => Self::Other(other),
        }
    }

    /// Whether calls can succeed here: the node is active, or a standby that reaches the active node.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::Standby | Self::PerformanceStandby)
    }
}

/// The health of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "as the server answers it")]
pub struct Health {
    /// What it is, taken from the status of the answer.
    #[serde(skip)]
    pub state: HealthState,
    /// Whether it was initialised.
    #[serde(default, deserialize_with = "null::or_default")]
    pub initialized: bool,
    /// Whether it is sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub sealed: bool,
    /// Its version.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: String,
    /// The name of the cluster; empty while sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cluster_name: String,
    /// The id of the cluster; empty while sealed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cluster_id: String,
    /// Its clock.
    #[serde(rename = "server_time_utc", default, with = "codec::unix")]
    pub server_time: Option<Timestamp>,
    /// Whether it is Vault Enterprise.
    #[serde(default, deserialize_with = "null::or_default")]
    pub enterprise: bool,
    /// Whether it is a standby of either kind.
    #[serde(default, deserialize_with = "null::or_default")]
    pub standby: bool,
    /// Whether it is a standby that answers reads itself.
    #[serde(default, deserialize_with = "null::or_default")]
    pub performance_standby: bool,
    /// Its part in performance replication (Vault Enterprise).
    #[serde(default)]
    pub replication_performance_mode: Option<ReplicationMode>,
    /// Its part in replication for disaster recovery (Vault Enterprise).
    #[serde(default)]
    pub replication_dr_mode: Option<ReplicationMode>,
    /// How many milliseconds ago the primary cluster's canary was seen (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub replication_primary_canary_age_ms: i64,
    /// How many milliseconds it takes a standby to have an echo from the active node.
    #[serde(default, deserialize_with = "null::or_default")]
    pub echo_duration_ms: i64,
    /// By how many milliseconds its clock differs from that of the active node.
    #[serde(default, deserialize_with = "null::or_default")]
    pub clock_skew_ms: i64,
    /// Whether a standby reaches the active node; none on the active node.
    #[serde(default)]
    pub ha_connection_healthy: Option<bool>,
    /// How many milliseconds ago a standby last heard from the active node.
    #[serde(default)]
    pub last_request_forwarding_heartbeat_ms: Option<i64>,
    /// Whether it was removed from its cluster; none where its storage is not raft.
    #[serde(default)]
    pub removed_from_cluster: Option<bool>,
    /// The last log entry of replication (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub last_wal: u64,
    /// The licence (Vault Enterprise).
    #[serde(default)]
    pub license: Option<Value>,
}

wire_enum! {
    /// The part of a cluster in replication.
    pub ReplicationMode {
        /// None.
        Disabled = "disabled",
        /// The others follow it.
        Primary = "primary",
        /// It follows another.
        Secondary = "secondary",
        /// It begins to follow another.
        Bootstrapping = "bootstrapping",
        /// A node that is sealed or not initialised cannot tell.
        Unknown = "unknown",
    }
}

impl Health {
    fn with_status(mut self, status: u16) -> Self {
        self.state = HealthState::of(status);
        self
    }
}

/// Who the active node is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leader {
    /// Whether there can be more than one node.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ha_enabled: bool,
    /// Whether the answering node is it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub is_self: bool,
    /// Its address for clients; empty while there is none.
    #[serde(default, deserialize_with = "null::or_default")]
    pub leader_address: String,
    /// Its address for other nodes.
    #[serde(default, deserialize_with = "null::or_default")]
    pub leader_cluster_address: String,
    /// When it became the active node; of the answering node alone.
    #[serde(default, deserialize_with = "time::or_none")]
    pub active_time: Option<Timestamp>,
    /// Whether the answering node is a standby that answers reads itself (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub performance_standby: bool,
    /// The last log entry that such a standby has of the active node (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub performance_standby_last_remote_wal: u64,
    /// The last log entry of replication (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub last_wal: u64,
    /// How far its raft log is carried out; 0 with other storage.
    #[serde(default, deserialize_with = "null::or_default")]
    pub raft_applied_index: u64,
    /// How far its raft log is agreed on; 0 with other storage.
    #[serde(default, deserialize_with = "null::or_default")]
    pub raft_committed_index: u64,
}

#[derive(Serialize, Deserialize)]
struct Nodes {
    #[serde(default, deserialize_with = "null::or_default")]
    nodes: Vec<HaNode>,
}

/// A node of the cluster, as the active one knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HaNode {
    /// The name of its host.
    #[serde(default, deserialize_with = "null::or_default")]
    pub hostname: String,
    /// Its address for clients.
    #[serde(default, deserialize_with = "null::or_default")]
    pub api_address: String,
    /// Its address for other nodes.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cluster_address: String,
    /// Whether it is the active one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub active_node: bool,
    /// When the active one last heard of it; none of itself.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_echo: Option<Timestamp>,
    /// How many milliseconds an echo takes.
    #[serde(default, deserialize_with = "null::or_default")]
    pub echo_duration_ms: i64,
    /// By how many milliseconds its clock differs.
    #[serde(default, deserialize_with = "null::or_default")]
    pub clock_skew_ms: i64,
    /// Its version.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: String,
    /// The version to which it is upgraded (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub upgrade_version: String,
    /// Its zone of redundancy (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub redundancy_zone: String,
    /// How many milliseconds ago the primary cluster's canary was seen (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub replication_primary_canary_age_ms: i64,
}

impl Sys {
    /// Reads how the node is; sealed, standby and the like are answers, not errors.
    ///
    /// `GET /v1/sys/health`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/health#read-health-information)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let health = vault.sys().health().await?;
    /// println!("usable: {}", health.state.is_usable());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn health(&self) -> Result<Health> {
        let request = Request::get("/v1/sys/health", [])?.data_statuses(HEALTH_STATUSES);
        let reply = self.client.send(request.clone()).await?;
        let health: Health = json(&request, &reply)?;
        Ok(health.with_status(reply.status))
    }

    /// Reads who the active node is.
    ///
    /// `GET /v1/sys/leader` ([API](https://developer.hashicorp.com/vault/api-docs/system/leader#read-leader-status));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().leader().await?.leader_address);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_sealed`](crate::Error::is_sealed) on a sealed node.
    pub async fn leader(&self) -> Result<Leader> {
        self.client.flat(Request::get("/v1/sys/leader", [])?).await
    }

    /// Lists the nodes of the cluster, as the active one knows them.
    ///
    /// `GET /v1/sys/ha-status` ([API](https://developer.hashicorp.com/vault/api-docs/system/ha-status#ha-status));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for node in vault.sys().ha_status().await? {
    ///     println!("{} is active: {}", node.api_address, node.active_node);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn ha_status(&self) -> Result<Vec<HaNode>> {
        Ok(self.client.fetch::<Nodes>(Request::get("/v1/sys/ha-status", [])?).await?.nodes)
    }

    /// Lets the active node give up, so that another one becomes active.
    ///
    /// `POST /v1/sys/step-down`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/step-down#step-down-leader)); needs `update` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().step_down().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn step_down(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/step-down", [])?).await
    }
}
