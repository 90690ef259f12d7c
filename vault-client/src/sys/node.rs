//! What a node tells about itself and its cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::wire::{duration, null, time};

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
pub(super) struct Initialized {
    #[serde(default)]
    pub(super) initialized: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Nodes {
    #[serde(default, deserialize_with = "null::or_default")]
    pub(super) nodes: Vec<HaNode>,
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

/// A version of Vault that the cluster has run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionEntry {
    /// The version before; none for the first.
    #[serde(default)]
    pub previous_version: Option<String>,
    /// When it was installed.
    #[serde(default, deserialize_with = "time::or_none")]
    pub timestamp_installed: Option<Timestamp>,
    /// When it was built.
    #[serde(default, deserialize_with = "time::or_none")]
    pub build_date: Option<Timestamp>,
}

/// A call that is being answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InFlight {
    /// When it began.
    #[serde(default, deserialize_with = "time::or_none")]
    pub start_time: Option<Timestamp>,
    /// From where it comes.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_remote_address: String,
    /// Its path.
    #[serde(default, deserialize_with = "null::or_default")]
    pub request_path: String,
    /// Its method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub request_method: String,
    /// The client as which it is counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_id: String,
}

/// The machine of a node. What it consists of is told in the words of the operating system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostInfo {
    /// When it was looked at.
    #[serde(default, deserialize_with = "time::or_none")]
    pub timestamp: Option<Timestamp>,
    /// The operating system.
    #[serde(default, deserialize_with = "null::or_default")]
    pub host: Map<String, Value>,
    /// The memory.
    #[serde(default, deserialize_with = "null::or_default")]
    pub memory: Map<String, Value>,
    /// The processors.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cpu: Vec<Value>,
    /// What the processors do.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cpu_times: Vec<Value>,
    /// The disks.
    #[serde(default, deserialize_with = "null::or_default")]
    pub disk: Vec<Value>,
}

/// What a node measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Metrics {
    /// The end of the interval, as a text of Go's own form.
    #[serde(default, deserialize_with = "null::or_default")]
    pub timestamp: String,
    /// Values as they are.
    #[serde(default, deserialize_with = "null::or_default")]
    pub gauges: Vec<Gauge>,
    /// Values that were written one by one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub points: Vec<Value>,
    /// What was counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub counters: Vec<Sample>,
    /// What was measured several times.
    #[serde(default, deserialize_with = "null::or_default")]
    pub samples: Vec<Sample>,
}

/// A value as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Gauge {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The value.
    #[serde(default, deserialize_with = "null::or_default")]
    pub value: f64,
    /// What it is about.
    #[serde(default, deserialize_with = "null::or_default")]
    pub labels: BTreeMap<String, String>,
}

/// Several measurements of one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Sample {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// How many there are.
    #[serde(default, deserialize_with = "null::or_default")]
    pub count: u64,
    /// How many there are in a second.
    #[serde(default, deserialize_with = "null::or_default")]
    pub rate: f64,
    /// Their sum.
    #[serde(default, deserialize_with = "null::or_default")]
    pub sum: f64,
    /// The least.
    #[serde(default, deserialize_with = "null::or_default")]
    pub min: f64,
    /// The greatest.
    #[serde(default, deserialize_with = "null::or_default")]
    pub max: f64,
    /// Their mean.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mean: f64,
    /// How far they spread.
    #[serde(default, deserialize_with = "null::or_default")]
    pub stddev: f64,
    /// What they are about.
    #[serde(default, deserialize_with = "null::or_default")]
    pub labels: BTreeMap<String, String>,
}

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
