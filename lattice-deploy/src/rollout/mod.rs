//! Watches a job until its new version runs healthy, or has failed.

mod driver;
mod failures;
mod judge;

use std::time::Duration;

use serde::Serialize;

use crate::catalogue::Effect;

pub use self::driver::{current, roll_back, watch};
pub use self::failures::Failure;
pub use self::judge::{End, Goal, Instance, Progress, Rollout, Seen, Unplaced, Verdict, judge, short};

/// How long to be patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long the whole rollout may take.
    pub total: Duration,
    /// How long instances may wait for a place.
    pub placement: Duration,
    /// How long the service's health checks may be critical after the rollout; zero to not make them.
    pub gate: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: Duration::from_secs(30 * 60), placement: Duration::from_secs(60), gate: Duration::from_secs(60) }
    }
}

/// What Nomad answered when the job was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submitted {
    /// The evaluation that it started.
    pub evaluation: String,
    /// The index of the specification, by which its version is found: somebody else may have submitted one since.
    pub job_modify_index: Option<u64>,
}

impl Submitted {
    /// What applying a plan submitted, if it did.
    pub fn of(effect: &Effect) -> Option<Self> {
        let evaluation = effect.evaluation.clone()?;
        Some(Self { evaluation, job_modify_index: effect.job_modify_index })
    }
}

/// How a rollout ended, and what runs now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    #[serde(flatten)]
    pub end: End,
    /// The version of the job that was rolled out.
    pub version: u64,
    /// The version of the software that was asked for.
    pub image_tag: Option<String>,
    /// The version of the software that the job has now.
    pub running_tag: Option<String>,
    /// How many instances of it are healthy.
    pub healthy: u64,
    /// How many there should be.
    pub wanted: u64,
    /// The instances that failed, with their last words.
    pub failures: Vec<Failure>,
}
