//! What calls on jobs take and return.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::allocations::{AllocationStub, ClientStatus};
use crate::deployments::DeploymentStatus;
use crate::evaluations::{AllocationMetric, Evaluation};
use crate::job::{Job, JobDiff, JobStatus, JobType, Multiregion};
use crate::meta::{BodyMeta, Index};

object! {
    /// The text that a job was made from.
    Submission {
        /// The text.
        pub source: String,
        /// `hcl2` or `json`.
        pub format: String,
        /// Variables that were given one by one.
        pub variable_flags: BTreeMap<String, String>,
        /// The text of a file of variables.
        pub variables: String,
        /// Set by the server: the namespace.
        pub namespace: Option<String> as id,
        /// Set by the server: the job.
        #[serde(rename = "JobID")]
        pub job_id: Option<String> as id,
        /// Set by the server: the version.
        pub version: Option<u64>,
        /// Set by the server: when the job's specification changed.
        pub job_modify_index: Option<Index>,
    }
}

impl Submission {
    /// A job's HCL.
    pub fn hcl(source: impl Into<String>) -> Self {
        Self { source: source.into(), format: "hcl2".to_owned(), ..Self::default() }
    }
}

answer! {
    /// What registering a job led to.
    RegisterResponse {
        /// The evaluation; none for a periodic or parameterized job.
        #[serde(rename = "EvalID")]
        pub eval_id: Option<String> as id,
        /// When it was made.
        pub eval_create_index: Index,
        /// When the job's specification changed: unchanged if it was the same before.
        pub job_modify_index: Index,
        /// What the server does not like about it.
        pub warnings: String,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// What registering a job would do.
    PlanResponse {
        /// The guard for [`Enforce::At`](super::Enforce::At); 0 when the job does not exist.
        pub job_modify_index: Index,
        /// The evaluations that it would make.
        pub created_evals: Vec<Evaluation>,
        /// How the specification would change, where asked for.
        pub diff: Option<JobDiff>,
        /// What would happen to allocations.
        pub annotations: Option<PlanAnnotations>,
        /// Why allocations could not be placed, by group.
        #[serde(rename = "FailedTGAllocs")]
        pub failed_tg_allocs: BTreeMap<String, AllocationMetric>,
        /// When a periodic job would be launched.
        pub next_periodic_launch: Option<Timestamp> as rfc3339,
        /// What the server does not like about it.
        pub warnings: String,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// What would happen to allocations.
    PlanAnnotations {
        /// By group.
        #[serde(rename = "DesiredTGUpdates")]
        pub desired_tg_updates: BTreeMap<String, DesiredUpdates>,
        /// Those that would make room.
        pub preempted_allocs: Vec<AllocationStub>,
    }
}

answer! {
    /// How many allocations of a group meet which fate.
    DesiredUpdates {
        /// They stay.
        pub ignore: u64,
        /// They are new.
        pub place: u64,
        /// They move.
        pub migrate: u64,
        /// They stop.
        pub stop: u64,
        /// They change without a restart.
        pub in_place_update: u64,
        /// They are replaced.
        pub destructive_update: u64,
        /// They are new canaries.
        pub canary: u64,
        /// They make room.
        pub preemptions: u64,
        /// They are given up for now.
        pub disconnect: u64,
        /// They come back.
        pub reconnect: u64,
        /// They are tried elsewhere now.
        pub reschedule_now: u64,
        /// They are tried elsewhere later.
        pub reschedule_later: u64,
    }
}

answer! {
    /// What is wrong with a job.
    ValidateResponse {
        /// Whether a server could ask the drivers.
        pub driver_config_validated: bool,
        /// What is wrong, one by one.
        pub validation_errors: Vec<String>,
        /// What is wrong, as one text.
        pub error: String,
        /// What the server does not like about it.
        pub warnings: String,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

impl ValidateResponse {
    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.validation_errors.is_empty() && self.error.is_empty()
    }
}

answer! {
    /// What stopping a job led to.
    DeregisterResponse {
        /// The evaluation; none when there was nothing to stop.
        #[serde(rename = "EvalID")]
        pub eval_id: Option<String> as id,
        /// When it was made.
        pub eval_create_index: Index,
        /// The evaluation that gives the job's volumes free.
        #[serde(rename = "VolumeEvalID")]
        pub volume_eval_id: Option<String> as id,
        /// When it was made.
        pub volume_eval_index: Index,
        /// When the job changed.
        pub job_modify_index: Index,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// What a dispatch led to.
    DispatchResponse {
        /// The new job.
        #[serde(rename = "DispatchedJobID")]
        pub dispatched_job_id: String,
        /// The evaluation; none when the job had been dispatched before.
        #[serde(rename = "EvalID")]
        pub eval_id: Option<String> as id,
        /// When it was made.
        pub eval_create_index: Index,
        /// When the job was made.
        pub job_create_index: Index,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// A job in a list.
    JobStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The job that it was launched from.
        #[serde(rename = "ParentID")]
        pub parent_id: Option<String> as id,
        /// Its name.
        pub name: String,
        /// The namespace.
        pub namespace: String,
        /// Its datacenters.
        pub datacenters: Vec<String>,
        /// Its node pool.
        pub node_pool: String,
        /// Several regions at once (Enterprise).
        pub multiregion: Option<Multiregion>,
        /// How it is scheduled.
        #[serde(rename = "Type")]
        pub kind: JobType,
        /// Its priority.
        pub priority: i64,
        /// Whether it is launched by the clock.
        pub periodic: bool,
        /// Whether it is a template for dispatched jobs.
        pub parameterized_job: bool,
        /// Whether it was told to stop.
        pub stop: bool,
        /// What has become of it.
        pub status: JobStatus,
        /// Why.
        pub status_description: String,
        /// How many allocations are in which state.
        pub job_summary: Option<JobSummary>,
        /// When it was made.
        pub create_index: Index,
        /// When anything of it changed.
        pub modify_index: Index,
        /// When its specification changed.
        pub job_modify_index: Index,
        /// When it was registered.
        pub submit_time: Option<Timestamp> as epoch_nanos,
        /// Its labels.
        pub meta: BTreeMap<String, String>,
    }
}

answer! {
    /// How many allocations of a job are in which state.
    JobSummary {
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The namespace.
        pub namespace: String,
        /// By group.
        pub summary: BTreeMap<String, GroupSummary>,
        /// How many jobs that were launched from it are in which state.
        pub children: Option<ChildrenSummary>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

answer! {
    /// How many allocations of a group are in which state.
    GroupSummary {
        /// They wait for capacity.
        pub queued: i64,
        /// They ended well.
        pub complete: i64,
        /// They ended badly.
        pub failed: i64,
        /// They run.
        pub running: i64,
        /// They start.
        pub starting: i64,
        /// Their node is gone.
        pub lost: i64,
        /// Their node is away.
        pub unknown: i64,
    }
}

answer! {
    /// How many jobs that were launched from one are in which state.
    ChildrenSummary {
        /// They have not started.
        pub pending: i64,
        /// They run.
        pub running: i64,
        /// They have ended.
        pub dead: i64,
    }
}

answer! {
    /// The versions of a job that are kept.
    Versions {
        /// The versions, newest first.
        pub versions: Vec<Job>,
        /// How they differ, where asked for: one less than there are versions when each is compared with the one before.
        pub diffs: Vec<JobDiff>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// The name of a version.
    TagResponse {
        /// The name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// When it was given.
        pub tagged_time: Option<Timestamp> as epoch_nanos,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// A command that can be run inside a task.
    JobAction {
        /// Its name.
        pub name: String,
        /// The command.
        pub command: String,
        /// Its arguments.
        pub args: Vec<String>,
        /// The task.
        pub task_name: String,
        /// The group.
        pub task_group_name: String,
    }
}

answer! {
    /// How many instances a job has.
    ScaleStatus {
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The namespace.
        pub namespace: String,
        /// When the job was made.
        pub job_create_index: Index,
        /// When its specification changed.
        pub job_modify_index: Index,
        /// Whether it was told to stop.
        pub job_stopped: bool,
        /// By group.
        pub task_groups: BTreeMap<String, GroupScale>,
    }
}

answer! {
    /// How many instances a group has.
    GroupScale {
        /// How many it is to have.
        pub desired: i64,
        /// How many are placed.
        pub placed: i64,
        /// How many run.
        pub running: i64,
        /// How many are healthy.
        pub healthy: i64,
        /// How many are unhealthy.
        pub unhealthy: i64,
        /// How that changed, newest first; the server keeps some.
        pub events: Vec<ScalingEvent>,
    }
}

answer! {
    /// A change of a group's count, or a message about one.
    ScalingEvent {
        /// When.
        pub time: Option<Timestamp> as epoch_nanos,
        /// The new count; none for a message only.
        pub count: Option<i64>,
        /// The count before.
        pub previous_count: i64,
        /// Why.
        pub message: String,
        /// Whether it tells of a failure.
        pub error: bool,
        /// Facts.
        pub meta: Map<String, Value>,
        /// The evaluation that it led to.
        #[serde(rename = "EvalID")]
        pub eval_id: Option<String> as id,
        /// When.
        pub create_index: Index,
    }
}

object! {
    /// Names a job among all namespaces.
    JobName {
        /// The id.
        #[serde(rename = "id")]
        pub id: String,
        /// The namespace; `default` unless set.
        #[serde(rename = "namespace")]
        pub namespace: String,
    }
}

impl JobName {
    /// The job of this id in this namespace.
    pub fn new(namespace: impl Into<String>, id: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), id: id.into(), ..Self::default() }
    }
}

answer! {
    /// A job with its allocations and its newest deployment.
    JobState {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The namespace.
        pub namespace: String,
        /// Its name.
        pub name: String,
        /// How it is scheduled.
        #[serde(rename = "Type")]
        pub kind: JobType,
        /// Its node pool.
        pub node_pool: String,
        /// Its datacenters.
        pub datacenters: Vec<String>,
        /// Its priority.
        pub priority: i64,
        /// The version.
        pub version: u64,
        /// When it was registered.
        pub submit_time: Option<Timestamp> as epoch_nanos,
        /// When anything of it changed.
        pub modify_index: Index,
        /// Its allocations.
        pub allocs: Vec<JobStateAllocation>,
        /// How many allocations its groups want.
        pub group_count_sum: i64,
        /// What has become of the jobs that were launched from it.
        pub child_statuses: Vec<JobStatus>,
        /// The job that it was launched from.
        #[serde(rename = "ParentID")]
        pub parent_id: Option<String> as id,
        /// Its newest deployment.
        pub latest_deployment: Option<JobStateDeployment>,
        /// Whether it was told to stop.
        pub stop: bool,
        /// Whether it was made by Nomad Pack.
        pub is_pack: bool,
        /// What has become of it.
        pub status: JobStatus,
    }
}

answer! {
    /// An allocation of a [`JobState`].
    JobStateAllocation {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The group.
        pub group: String,
        /// What the node says of it.
        pub client_status: ClientStatus,
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// What it means for its deployment.
        pub deployment_status: JobStateHealth,
        /// The version of the job that it runs.
        pub job_version: u64,
        /// The evaluation that will replace it.
        #[serde(rename = "FollowupEvalID")]
        pub followup_eval_id: Option<String> as id,
        /// Whether a task of it is paused (Enterprise).
        pub has_paused_task: bool,
    }
}

answer! {
    /// What an allocation means for its deployment.
    JobStateHealth {
        /// Whether it is a canary.
        pub canary: bool,
        /// Whether it is healthy; `None` while undecided.
        pub healthy: Option<bool>,
    }
}

answer! {
    /// The newest deployment of a [`JobState`].
    JobStateDeployment {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Whether it goes on.
        pub is_active: bool,
        /// The version of the job.
        pub job_version: u64,
        /// What has become of it.
        pub status: DeploymentStatus,
        /// Why.
        pub status_description: String,
        /// Whether all groups promote their canaries without asking.
        pub all_auto_promote: bool,
        /// Whether it waits for somebody to promote its canaries.
        pub requires_promotion: bool,
    }
}
