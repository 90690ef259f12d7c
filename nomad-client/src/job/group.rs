//! Task groups and their policies.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Affinity, Constraint, Network, Service, Spread, Task, Update};
use crate::meta::Index;

object! {
    /// Tasks that are placed together on one node.
    TaskGroup {
        /// Its name.
        pub name: Option<String>,
        /// How many instances; 1 unless set.
        pub count: Option<i64>,
        /// What a node must have.
        pub constraints: Vec<Constraint>,
        /// What a node should have.
        pub affinities: Vec<Affinity>,
        /// The tasks.
        pub tasks: Vec<Task>,
        /// What instances are spread over.
        pub spreads: Vec<Spread>,
        /// Volumes that tasks can mount, by name.
        pub volumes: BTreeMap<String, VolumeRequest>,
        /// What happens when a task ends by itself.
        pub restart_policy: Option<RestartPolicy>,
        /// What happens when the node loses its connection.
        pub disconnect: Option<Disconnect>,
        /// Whether a failed instance is tried on another node.
        pub reschedule_policy: Option<ReschedulePolicy>,
        /// The disk that the tasks share.
        pub ephemeral_disk: Option<EphemeralDisk>,
        /// How a new version replaces the old one.
        pub update: Option<Update>,
        /// How instances leave a draining node.
        pub migrate: Option<Migrate>,
        /// The network that the tasks share.
        pub networks: Vec<Network>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// Services that are registered for the group.
        pub services: Vec<Service>,
        /// The pause between leaving the service registry and stopping the tasks.
        pub shutdown_delay: Option<Duration> as nanos,
        /// How long an instance may run (Nomad 2.0).
        pub max_run_duration: Option<Duration> as nanos,
        /// Replaced by [`Disconnect::stop_on_client_after`].
        pub stop_after_client_disconnect: Option<Duration> as nanos,
        /// Replaced by [`Disconnect::lost_after`].
        pub max_client_disconnect: Option<Duration> as nanos,
        /// The limits of the count.
        pub scaling: Option<ScalingPolicy>,
        /// The Consul cluster of the services.
        pub consul: Option<ConsulBlock>,
        /// Replaced by [`Disconnect::replace`].
        pub prevent_reschedule_on_lost: Option<bool>,
    }
}

impl TaskGroup {
    /// A group of this name without any tasks.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

object! {
    /// What happens when a task ends by itself.
    RestartPolicy {
        /// The time over which attempts are counted.
        pub interval: Option<Duration> as nanos,
        /// How many attempts in that time.
        pub attempts: Option<i64>,
        /// The pause before a restart.
        pub delay: Option<Duration> as nanos,
        /// What follows the last attempt: `fail` or `delay`.
        pub mode: Option<String>,
        /// Whether templates are rendered anew.
        pub render_templates: Option<bool>,
    }
}

object! {
    /// What happens when the node loses its connection.
    Disconnect {
        /// How long the instance counts as unknown rather than lost.
        pub lost_after: Option<Duration> as nanos,
        /// After how long the node itself stops the instance.
        pub stop_on_client_after: Option<Duration> as nanos,
        /// Whether it is replaced meanwhile.
        pub replace: Option<bool>,
        /// Which one stays after a return: `keep_original`, `keep_replacement`, `best_score` or `longest_running`.
        pub reconcile: Option<String>,
    }
}

object! {
    /// Whether a failed instance is tried on another node.
    ReschedulePolicy {
        /// How many attempts in the interval.
        pub attempts: Option<i64>,
        /// The time over which attempts are counted.
        pub interval: Option<Duration> as nanos,
        /// The pause before the first attempt.
        pub delay: Option<Duration> as nanos,
        /// How the pause grows: `constant`, `exponential` or `fibonacci`.
        pub delay_function: Option<String>,
        /// The longest pause.
        pub max_delay: Option<Duration> as nanos,
        /// Whether attempts are not counted at all.
        pub unlimited: Option<bool>,
    }
}

object! {
    /// How instances leave a draining node.
    Migrate {
        /// How many at once.
        pub max_parallel: Option<i64>,
        /// What decides health: `checks` or `task_states`.
        pub health_check: Option<String>,
        /// How long the new instance must be healthy.
        pub min_healthy_time: Option<Duration> as nanos,
        /// How long the new instance may take to get healthy.
        pub healthy_deadline: Option<Duration> as nanos,
    }
}

object! {
    /// The disk that the tasks of a group share.
    EphemeralDisk {
        /// Whether a new instance is placed on the same node.
        pub sticky: Option<bool>,
        /// Whether the data is copied to another node.
        pub migrate: Option<bool>,
        /// The size in MiB.
        #[serde(rename = "SizeMB")]
        pub size_mb: Option<i64>,
    }
}

object! {
    /// A volume that tasks can mount.
    VolumeRequest {
        /// The name in this group.
        pub name: String,
        /// `host` or `csi`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// The name or id of the volume.
        pub source: String,
        /// Whether it is read only.
        pub read_only: bool,
        /// Whether an instance keeps its volume for life.
        pub sticky: bool,
        /// How many may use it, and how.
        pub access_mode: String,
        /// `file-system` or `block-device`.
        pub attachment_mode: String,
        /// How a CSI volume is mounted.
        pub mount_options: Option<MountOptions>,
        /// Whether each instance has one of its own, named by its number.
        pub per_alloc: bool,
    }
}

object! {
    /// How a CSI volume is mounted.
    MountOptions {
        /// The type of file system.
        #[serde(rename = "FSType")]
        pub fs_type: String,
        /// Flags of the mount.
        pub mount_flags: Vec<String>,
    }
}

object! {
    /// Limits of a group's count, or of a task's resources, for an autoscaler.
    ScalingPolicy {
        /// The least.
        pub min: Option<i64>,
        /// The most.
        pub max: Option<i64>,
        /// What the autoscaler is told.
        pub policy: Map<String, Value>,
        /// Whether it is in force.
        pub enabled: Option<bool>,
        /// What is scaled: `horizontal`, `vertical_cpu` or `vertical_mem`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// Set by the server: its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Set by the server: its namespace.
        pub namespace: String,
        /// Set by the server: what it belongs to.
        pub target: BTreeMap<String, String>,
        /// Set by the server: when it was made.
        pub create_index: Index,
        /// Set by the server: when it changed.
        pub modify_index: Index,
    }
}

object! {
    /// The Consul cluster of a group or task.
    ConsulBlock {
        /// The namespace (Enterprise).
        pub namespace: String,
        /// The name of the cluster in the agent's configuration.
        pub cluster: String,
        /// The partition (Enterprise).
        pub partition: String,
    }
}
