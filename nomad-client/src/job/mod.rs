//! What a job is: the specification that [`Jobs::register`](crate::jobs::Jobs::register) takes and
//! [`Jobs::read`](crate::jobs::Jobs::read) returns, <https://developer.hashicorp.com/nomad/api-docs/json-jobs>.
//!
//! Start with a constructor and assign to the fields that matter; the server fills in the rest:
//!
//! ```
//! use nomad_client::job::{Job, JobType, Task, TaskGroup};
//!
//! let mut task = Task::new("server", "docker");
//! task.config.insert("image".into(), "latticedb:1.2.3".into());
//! task.env.insert("PORT".into(), "8080".into());
//! let mut group = TaskGroup::new("latticedb");
//! group.count = Some(3);
//! group.tasks.push(task);
//! let mut job = Job::new("latticedb", JobType::Service);
//! job.task_groups.push(group);
//! ```
//!
//! Every object keeps, in `extra`, the fields of newer servers that it does not know, so that reading a job and
//! registering it again loses nothing.

mod connect;
mod diff;
mod gateway;
mod group;
mod resources;
mod service;
mod task;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::meta::Index;

pub use self::connect::{
    Connect, Expose, ExposePath, MeshGateway, Proxy, SidecarService, SidecarTask, TransparentProxy, Upstream,
};
pub use self::diff::{DiffType, FieldDiff, JobDiff, ObjectDiff, TaskDiff, TaskGroupDiff};
pub use self::gateway::{
    Gateway, GatewayBindAddress, GatewayProxy, GatewayTls, GatewayTlsSds, HeaderModifiers, IngressGateway,
    IngressListener, IngressService, LinkedService, MeshGatewayEntry, TerminatingGateway,
};
pub use self::group::{
    ConsulBlock, Disconnect, EphemeralDisk, Migrate, MountOptions, ReschedulePolicy, RestartPolicy, ScalingPolicy,
    TaskGroup, VolumeRequest,
};
pub use self::resources::{Cni, Dns, Network, Numa, Port, RequestedDevice, Resources};
pub use self::service::{Check, CheckRestart, Service, ServiceWeights};
pub use self::task::{
    Action, Artifact, ChangeScript, CsiPlugin, DispatchPayload, Identity, Lifecycle, LogConfig, Schedule, ScheduleCron,
    Secret, Task, Template, TemplateWait, Vault, VolumeMount,
};

wire_enum! {
    /// How a job is scheduled.
    pub JobType {
        /// Runs until it is stopped.
        Service = "service",
        /// Runs to its end.
        Batch = "batch",
        /// Runs on every node until it is stopped.
        System = "system",
        /// Runs to its end on every node.
        SysBatch = "sysbatch",
    }
}

wire_enum! {
    /// What has become of a job.
    pub JobStatus {
        /// Nothing of it runs yet.
        Pending = "pending",
        /// Something of it runs or will run.
        Running = "running",
        /// All of it has ended or was stopped.
        Dead = "dead",
    }
}

default_empty!(JobType, JobStatus);

object! {
    /// A job.
    Job {
        /// The region; the agent's own unless set.
        pub region: Option<String>,
        /// The namespace; `default` unless set.
        pub namespace: Option<String>,
        /// The id.
        #[serde(rename = "ID")]
        pub id: Option<String>,
        /// The name; the id unless set.
        pub name: Option<String>,
        /// How it is scheduled.
        #[serde(rename = "Type")]
        pub kind: Option<JobType>,
        /// From 1 to 100, the larger the sooner; 50 unless set.
        pub priority: Option<i64>,
        /// Places all or nothing (batch only).
        pub all_at_once: Option<bool>,
        /// Globs of the datacenters it may run in; any unless set.
        pub datacenters: Vec<String>,
        /// The node pool it runs in.
        pub node_pool: Option<String>,
        /// What a node must have.
        pub constraints: Vec<Constraint>,
        /// What a node should have.
        pub affinities: Vec<Affinity>,
        /// What is placed together.
        pub task_groups: Vec<TaskGroup>,
        /// How a new version replaces the old one, where a group does not say so.
        pub update: Option<Update>,
        /// Several regions at once (Enterprise).
        pub multiregion: Option<Multiregion>,
        /// What placements are spread over.
        pub spreads: Vec<Spread>,
        /// When it is launched.
        pub periodic: Option<Periodic>,
        /// Makes it a template for dispatched jobs.
        pub parameterized_job: Option<Parameterized>,
        /// The default of the groups; written only.
        pub reschedule: Option<ReschedulePolicy>,
        /// The default of the groups; written only.
        pub migrate: Option<Migrate>,
        /// Labels, which tasks see in their environment.
        pub meta: BTreeMap<String, String>,
        /// What the web page shows.
        #[serde(rename = "UI")]
        pub ui: Option<Ui>,
        /// Set by the server: whether it was told to stop.
        pub stop: Option<bool>,
        /// Set by the server: the job that this one was launched from.
        #[serde(rename = "ParentID")]
        pub parent_id: Option<String>,
        /// Set by the server: whether it was dispatched.
        pub dispatched: bool,
        /// Set by the server: what makes a repeated dispatch recognisable.
        pub dispatch_idempotency_token: Option<String>,
        /// Set by the server: what it was dispatched with.
        pub payload: Option<Bytes> as base64,
        /// Consul's namespace (Enterprise).
        pub consul_namespace: Option<String>,
        /// Vault's namespace (Enterprise).
        pub vault_namespace: Option<String>,
        /// Set by the server: the accessor of the token that registered it.
        #[serde(rename = "NomadTokenID")]
        pub nomad_token_id: Option<String>,
        /// Set by the server: what has become of it.
        pub status: Option<JobStatus>,
        /// Set by the server: why.
        pub status_description: Option<String>,
        /// Set by the server: whether this version was deployed with success.
        pub stable: Option<bool>,
        /// Set by the server: the version, counted from 0.
        pub version: Option<u64>,
        /// Set by the server: when it was registered.
        pub submit_time: Option<Timestamp> as set_epoch_nanos,
        /// Set by the server: when it was made.
        pub create_index: Option<Index>,
        /// Set by the server: when anything of it changed, its status included.
        pub modify_index: Option<Index>,
        /// Set by the server: when its specification changed. The guard for
        /// [`Enforce::At`](crate::jobs::Enforce::At).
        pub job_modify_index: Option<Index>,
        /// Set by the server: the name of this version.
        pub version_tag: Option<VersionTag>,
    }
}

impl Job {
    /// A job of this id without any groups.
    pub fn new(id: impl Into<String>, kind: JobType) -> Self {
        Self { id: Some(id.into()), kind: Some(kind), ..Self::default() }
    }
}

object! {
    /// What a node must have.
    Constraint {
        /// The attribute, such as `${attr.kernel.name}`.
        #[serde(rename = "LTarget")]
        pub left: String,
        /// What it is compared with.
        #[serde(rename = "RTarget")]
        pub right: String,
        /// How it is compared; `=` unless set.
        pub operand: String,
    }
}

impl Constraint {
    /// `left operand right`, for instance `${attr.kernel.name}`, `=`, `linux`.
    pub fn new(left: impl Into<String>, operand: impl Into<String>, right: impl Into<String>) -> Self {
        Self { left: left.into(), operand: operand.into(), right: right.into(), ..Self::default() }
    }
}

object! {
    /// What a node should have.
    Affinity {
        /// The attribute.
        #[serde(rename = "LTarget")]
        pub left: String,
        /// What it is compared with.
        #[serde(rename = "RTarget")]
        pub right: String,
        /// How it is compared.
        pub operand: String,
        /// From -100 (avoid) to 100 (prefer).
        pub weight: Option<i64>,
    }
}

object! {
    /// What placements are spread over.
    Spread {
        /// The attribute.
        pub attribute: String,
        /// From 0 to 100.
        pub weight: Option<i64>,
        /// The wanted shares; even unless given.
        pub spread_target: Vec<SpreadTarget>,
    }
}

object! {
    /// The share of one value.
    SpreadTarget {
        /// The value.
        pub value: String,
        /// The share.
        pub percent: u64,
    }
}

object! {
    /// How a new version replaces the old one.
    Update {
        /// The pause between batches (system jobs).
        pub stagger: Option<Duration> as nanos,
        /// How many allocations are replaced at once.
        pub max_parallel: Option<i64>,
        /// What decides health: `checks`, `task_states` or `manual`.
        pub health_check: Option<String>,
        /// How long an allocation must be healthy to count as such.
        pub min_healthy_time: Option<Duration> as nanos,
        /// How long an allocation may take to get healthy.
        pub healthy_deadline: Option<Duration> as nanos,
        /// How long may pass without any allocation getting healthy; zero fails at the first unhealthy one.
        pub progress_deadline: Option<Duration> as nanos,
        /// How many canaries are placed before anything is replaced.
        pub canary: Option<i64>,
        /// Goes back to the last stable version after a failure.
        pub auto_revert: Option<bool>,
        /// Replaces the rest once all canaries are healthy.
        pub auto_promote: Option<bool>,
    }
}

object! {
    /// Several regions at once (Enterprise).
    Multiregion {
        /// In which order.
        pub strategy: Option<MultiregionStrategy>,
        /// Where.
        pub regions: Vec<MultiregionRegion>,
    }
}

object! {
    /// In which order regions are deployed to.
    MultiregionStrategy {
        /// How many at once.
        pub max_parallel: Option<i64>,
        /// What a failure does to the others: `fail_all`, `fail_local` or nothing.
        pub on_failure: Option<String>,
    }
}

object! {
    /// One of several regions.
    MultiregionRegion {
        /// Its name.
        pub name: String,
        /// How many allocations there.
        pub count: Option<i64>,
        /// Its datacenters.
        pub datacenters: Vec<String>,
        /// Its node pool.
        pub node_pool: String,
        /// Labels there.
        pub meta: BTreeMap<String, String>,
    }
}

object! {
    /// When a job is launched.
    Periodic {
        /// Whether it is launched at all.
        pub enabled: Option<bool>,
        /// One cron expression.
        pub spec: Option<String>,
        /// Several cron expressions.
        pub specs: Vec<String>,
        /// `cron`.
        pub spec_type: Option<String>,
        /// Whether a launch is left out while the last one still runs.
        pub prohibit_overlap: Option<bool>,
        /// The time zone of the expressions.
        pub time_zone: Option<String>,
    }
}

object! {
    /// Makes a job a template for dispatched jobs.
    Parameterized {
        /// Whether a payload is `optional`, `required` or `forbidden`.
        pub payload: String,
        /// Labels that a dispatch must give.
        pub meta_required: Vec<String>,
        /// Labels that a dispatch may give.
        pub meta_optional: Vec<String>,
    }
}

object! {
    /// What the web page shows.
    Ui {
        /// A text in Markdown.
        pub description: String,
        /// Links.
        pub links: Vec<UiLink>,
    }
}

object! {
    /// A link on the web page.
    UiLink {
        /// Its text.
        pub label: String,
        /// Where it leads.
        // The server takes both spellings, and returns the second.
        #[serde(rename = "URL", alias = "Url")]
        pub url: String,
    }
}

object! {
    /// The name of a version, which also keeps it from being collected.
    VersionTag {
        /// The name.
        pub name: String,
        /// A description.
        pub description: String,
        /// When it was given.
        pub tagged_time: Option<Timestamp> as set_epoch_nanos,
    }
}

#[cfg(test)]
mod tests;
