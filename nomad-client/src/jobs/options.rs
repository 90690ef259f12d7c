//! Options of calls on jobs.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::Submission;
use crate::meta::Index;
use crate::options::ReadOptions;
use crate::transport::Request;

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
    policy_override: bool,
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

    /// Registers against soft policies too (Enterprise).
    #[must_use]
    pub fn overriding_policy(mut self) -> Self {
        self.policy_override = true;
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
        let flags = [
            ("PreserveCounts", self.preserve_counts),
            ("PreserveResources", self.preserve_resources),
            ("PolicyOverride", self.policy_override),
        ];
        for (name, value) in flags {
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
    pub(super) policy_override: bool,
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

    /// Plans against soft policies too (Enterprise).
    #[must_use]
    pub fn overriding_policy(mut self) -> Self {
        self.policy_override = true;
        self
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
        /// A text which makes a repeated dispatch return the job that the first one made; another for each call
        /// unless set.
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

/// Options of [`Jobs::evaluate_with`](super::Jobs::evaluate_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EvaluateOptions {
    pub(super) force_reschedule: bool,
}

impl EvaluateOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tries failed allocations elsewhere now, whatever their policy says.
    #[must_use]
    pub fn forcing_reschedule(mut self) -> Self {
        self.force_reschedule = true;
        self
    }
}

/// Options of [`Jobs::scale_with`](super::Jobs::scale_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ScaleOptions {
    count: Option<u64>,
    message: String,
    error: bool,
    meta: Map<String, Value>,
    policy_override: bool,
}

impl ScaleOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many instances the group is to have; unchanged unless set.
    #[must_use]
    pub fn with_count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Why, for people.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Why it could not be scaled, for people. It goes without a count.
    #[must_use]
    pub fn with_error(mut self, message: impl Into<String>) -> Self {
        self.error = true;
        self.with_message(message)
    }

    /// Facts that are kept with the message.
    #[must_use]
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }

    /// Scales against soft policies too (Enterprise).
    #[must_use]
    pub fn overriding_policy(mut self) -> Self {
        self.policy_override = true;
        self
    }

    pub(super) fn body(&self, group: &str) -> Value {
        json!({
            "Count": self.count,
            "Target": { "Group": group },
            "Message": self.message,
            "Error": self.error,
            "Meta": self.meta,
            "PolicyOverride": self.policy_override,
        })
    }
}

/// Options of [`Jobs::versions_with`](super::Jobs::versions_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VersionsOptions {
    read: ReadOptions,
    diff: Diff,
}

#[derive(Clone, Debug, Default)]
enum Diff {
    #[default]
    None,
    Previous,
    Version(u64),
    Tag(String),
}

impl VersionsOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of any read.
    #[must_use]
    pub fn with_read(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// Shows how each version differs from the one before it.
    #[must_use]
    pub fn with_diffs(mut self) -> Self {
        self.diff = Diff::Previous;
        self
    }

    /// Shows how each version differs from this one.
    #[must_use]
    pub fn with_diffs_to(mut self, version: u64) -> Self {
        self.diff = Diff::Version(version);
        self
    }

    /// Shows how each version differs from the one of this name.
    #[must_use]
    pub fn with_diffs_to_tag(mut self, name: impl Into<String>) -> Self {
        self.diff = Diff::Tag(name.into());
        self
    }

    pub(super) fn apply(&self, request: Request) -> Request {
        let request = match &self.diff {
            Diff::None => request,
            Diff::Previous => request.query("diffs", "true"),
            Diff::Version(version) => request.query("diffs", "true").query("diff_version", version.to_string()),
            Diff::Tag(name) => request.query("diffs", "true").query("diff_tag", name),
        };
        self.read.apply(request)
    }
}

/// Options of [`Jobs::statuses_with`](super::Jobs::statuses_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StatusesOptions {
    read: ReadOptions,
    children: bool,
}

impl StatusesOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of any read.
    #[must_use]
    pub fn with_read(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// Lists the jobs that were launched from others, too.
    #[must_use]
    pub fn including_children(mut self) -> Self {
        self.children = true;
        self
    }

    pub(super) fn apply(&self, request: Request) -> Request {
        let request = if self.children { request.query("include_children", "true") } else { request };
        self.read.apply(request)
    }
}
