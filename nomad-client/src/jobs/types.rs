//! What calls on jobs take and return.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::allocations::AllocationStub;
use crate::evaluations::{AllocationMetric, Evaluation};
use crate::job::{JobDiff, JobStatus, JobType, Multiregion};
use crate::meta::{BodyMeta, Index};

/// What must be true of a job for it to be registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Enforce {
    /// Nothing.
    #[default]
    No,
    /// The job must not exist.
    Absent,
    /// Its specification must not have changed since this
    /// [`job_modify_index`](crate::job::Job::job_modify_index).
    At(Index),
}

/// Options of [`Jobs::register_with`](super::Jobs::register_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RegisterOptions {
    enforce_index: Enforce,
    preserve_counts: bool,
    preserve_resources: bool,
    eval_priority: Option<i64>,
    submission: Option<Submission>,
}

impl RegisterOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers only if this is true.
    #[must_use]
    pub fn with_enforce_index(mut self, enforce: Enforce) -> Self {
        self.enforce_index = enforce;
        self
    }

    /// Keeps the counts that the groups have now.
    #[must_use]
    pub fn preserving_counts(mut self) -> Self {
        self.preserve_counts = true;
        self
    }

    /// Keeps the resources that the tasks have now.
    #[must_use]
    pub fn preserving_resources(mut self) -> Self {
        self.preserve_resources = true;
        self
    }

    /// The priority of the evaluation, from 1 to 100; the job's unless set.
    #[must_use]
    pub fn with_eval_priority(mut self, priority: i64) -> Self {
        self.eval_priority = Some(priority);
        self
    }

    /// Keeps the text that the job was made from, for people to look at.
    #[must_use]
    pub fn with_submission(mut self, submission: Submission) -> Self {
        self.submission = Some(submission);
        self
    }

    pub(super) fn is_guarded(&self) -> bool {
        self.enforce_index != Enforce::No
    }
}

impl Serialize for RegisterOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let index = match self.enforce_index {
            Enforce::No => None,
            Enforce::Absent => Some(Index(0)),
            Enforce::At(index) => Some(index),
        };
        if let Some(index) = index {
            map.serialize_entry("EnforceIndex", &true)?;
            map.serialize_entry("JobModifyIndex", &index)?;
        }
        for (name, value) in [("PreserveCounts", self.preserve_counts), ("PreserveResources", self.preserve_resources)]
        {
            if value {
                map.serialize_entry(name, &true)?;
            }
        }
        if let Some(priority) = self.eval_priority {
            map.serialize_entry("EvalPriority", &priority)?;
        }
        if let Some(submission) = &self.submission {
            map.serialize_entry("Submission", submission)?;
        }
        map.end()
    }
}

answer! {
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

/// Options of [`Jobs::parse_with`](super::Jobs::parse_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    pub(super) variables: String,
    pub(super) canonicalize: bool,
}

impl ParseOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of a file of variables.
    #[must_use]
    pub fn with_variables(mut self, text: impl Into<String>) -> Self {
        self.variables = text.into();
        self
    }

    /// Fills in the defaults.
    #[must_use]
    pub fn canonicalizing(mut self) -> Self {
        self.canonicalize = true;
        self
    }
}

/// Options of [`Jobs::plan`](super::Jobs::plan).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PlanOptions {
    pub(super) diff: bool,
}

impl PlanOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows how the specification would change.
    #[must_use]
    pub fn with_diff(mut self) -> Self {
        self.diff = true;
        self
    }
}

answer! {
    /// What registering a job would do.
    PlanResponse {
        /// The guard for [`Enforce::At`]; 0 when the job does not exist.
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

/// Options of [`Jobs::deregister_with`](super::Jobs::deregister_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DeregisterOptions {
    pub(super) purge: bool,
    pub(super) global: bool,
    pub(super) no_shutdown_delay: bool,
    pub(super) eval_priority: Option<i64>,
}

impl DeregisterOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the job at once, while its tasks may still be stopping.
    ///
    /// A job that the scheduler still works on is better stopped first and purged when its evaluations and allocations
    /// are over: the leader of Nomad 1.11.3 may fall over otherwise.
    #[must_use]
    pub fn purging(mut self) -> Self {
        self.purge = true;
        self
    }

    /// Stops it in all its regions (Enterprise).
    #[must_use]
    pub fn globally(mut self) -> Self {
        self.global = true;
        self
    }

    /// Leaves out the tasks' pauses before stopping.
    #[must_use]
    pub fn without_shutdown_delay(mut self) -> Self {
        self.no_shutdown_delay = true;
        self
    }

    /// The priority of the evaluation, from 1 to 100; the job's unless set.
    #[must_use]
    pub fn with_eval_priority(mut self, priority: i64) -> Self {
        self.eval_priority = Some(priority);
        self
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

object! {
    /// Options of [`Jobs::dispatch`](super::Jobs::dispatch).
    DispatchOptions {
        /// What the job is to work on, at most 16 KiB.
        pub payload: Option<Bytes> as base64,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// What the new job's id is to hold.
        pub id_prefix_template: String,
        /// The priority; the job's unless set.
        pub priority: Option<i64>,
        /// A text which makes a repeated dispatch return the job that the first one made.
        #[serde(skip_serializing)]
        pub idempotency_token: Option<String>,
    }
}

impl DispatchOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
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
