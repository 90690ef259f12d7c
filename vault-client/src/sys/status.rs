//! How the node is: the types of the health, seal, leader and init pages.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec;
use crate::wire::{null, time};

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
    #[serde(default, deserialize_with = "null::or_default")]
    pub replication_performance_mode: String,
    /// Its part in replication for disaster recovery (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub replication_dr_mode: String,
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

impl Health {
    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.state = HealthState::of(status);
        self
    }
}

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
