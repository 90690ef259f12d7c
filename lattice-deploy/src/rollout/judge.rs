//! The verdict on a rollout: a pure function of what was seen.
//!
//! "Running" is never taken for success: only a deployment that Nomad calls successful, of exactly the version that
//! was submitted, is one. A return to an earlier version is a failure of its own kind.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// What the run wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Goal {
    /// The version of the job that shall run.
    pub version: u64,
    /// How many instances of it.
    pub wanted: u64,
    /// How long instances may wait for a place.
    pub placement_timeout: Duration,
}

impl Goal {
    /// A version with a number of instances.
    pub fn new(version: u64, wanted: u64, placement_timeout: Duration) -> Self {
        Self { version, wanted, placement_timeout }
    }
}

/// What was seen at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The job's newest version.
    pub job_version: u64,
    /// Whether the job was stopped.
    pub job_stopped: bool,
    /// Whether the evaluation of the submission is complete.
    pub evaluated: bool,
    /// Groups for which Nomad found no place, with its reasons.
    pub unplaced: Vec<Unplaced>,
    /// How long there has been something without a place.
    pub unplaced_for: Duration,
    /// The deployments of the job.
    pub deployments: Vec<Rollout>,
    /// The allocations of the job.
    pub allocations: Vec<Instance>,
}

/// A group without a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unplaced {
    /// The group.
    pub group: String,
    /// Why no node will do, in Nomad's words.
    pub reasons: Vec<String>,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rollout {
    /// Its id.
    pub id: String,
    /// The version of the job that it brings.
    pub version: u64,
    /// How it stands.
    pub status: Progress,
    /// In Nomad's words.
    pub description: String,
    /// How many instances there shall be.
    pub desired: u64,
    /// How many have a place.
    pub placed: u64,
    /// How many are healthy.
    pub healthy: u64,
    /// How many are not.
    pub unhealthy: u64,
    /// Whether all canaries are healthy and somebody has to promote them.
    pub needs_promotion: bool,
}

/// How a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// It goes on.
    Running,
    /// It is held.
    Paused,
    /// It succeeded.
    Successful,
    /// It failed.
    Failed,
    /// A newer one took its place.
    Cancelled,
}

/// An allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// The version of the job that it runs.
    pub version: u64,
    /// Whether its tasks run.
    pub running: bool,
    /// Whether it is over, in whatever way.
    pub ended: bool,
    /// What Nomad found about its health, if it has found anything yet.
    pub healthy: Option<bool>,
    /// The newest event of its tasks.
    pub last_event: Option<String>,
}

/// What follows from what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing yet: it waits for these.
    Waiting {
        /// How many instances are healthy.
        healthy: u64,
        /// What it waits for.
        for_what: Vec<String>,
    },
    /// It is over.
    Over(End),
}

/// How a rollout ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// The version runs healthy.
    Healthy,
    /// There is no place for it.
    NoPlace {
        /// What has no place.
        unplaced: Vec<Unplaced>,
    },
    /// It did not become healthy.
    Failed {
        /// In Nomad's words.
        why: String,
    },
    /// It did not become healthy, and an earlier version runs again.
    RolledBack {
        /// Which version has the earlier specification now.
        to: u64,
        /// In Nomad's words.
        why: String,
    },
    /// Its canaries are healthy and wait to be promoted.
    AwaitingPromotion,
    /// It was still going on when the time was over.
    TimedOut {
        /// What it was waiting for.
        for_what: Vec<String>,
    },
    /// Somebody stopped the job or submitted another version.
    Superseded {
        /// What happened.
        by: String,
    },
}

/// Judges what was seen.
pub fn judge(goal: &Goal, seen: &Seen) -> Verdict {
    let ours = seen.deployments.iter().find(|rollout| rollout.version == goal.version);
    if let Some(rollout) = ours {
        return match rollout.status {
            Progress::Successful => Verdict::Over(End::Healthy),
            Progress::Failed => failed(goal, seen, rollout),
            Progress::Cancelled => superseded(goal, seen),
            Progress::Paused => waiting(rollout.healthy, vec!["the deployment is paused".to_owned()]),
            Progress::Running => running(goal, seen, rollout),
        };
    }
    if seen.job_stopped || seen.job_version > goal.version {
        return superseded(goal, seen);
    }
    without_deployment(goal, seen)
}

fn running(goal: &Goal, seen: &Seen, rollout: &Rollout) -> Verdict {
    if rollout.needs_promotion {
        return Verdict::Over(End::AwaitingPromotion);
    }
    if let Some(end) = no_place(goal, seen) {
        return end;
    }
    let mut for_what = blockers(goal, seen);
    if for_what.is_empty() {
        for_what.push(rollout.description.clone());
    }
    waiting(rollout.healthy, for_what)
}

fn failed(goal: &Goal, seen: &Seen, rollout: &Rollout) -> Verdict {
    let why = rollout.description.clone();
    if !why.contains("rolling back to job version") {
        return Verdict::Over(End::Failed { why });
    }
    // Going back is a new version of the job with a deployment of its own.
    let back = seen.deployments.iter().filter(|other| other.version > goal.version).max_by_key(|other| other.version);
    match back.map(|back| (back, back.status)) {
        Some((back, Progress::Successful)) => Verdict::Over(End::RolledBack { to: back.version, why }),
        Some((back, Progress::Failed | Progress::Cancelled)) => {
            Verdict::Over(End::Failed { why: format!("{why}; then, going back: {}", back.description) })
        }
        Some((back, Progress::Running | Progress::Paused)) => {
            waiting(back.healthy, vec![format!("going back: {}", back.description)])
        }
        None if seen.job_version > goal.version && back_without_deployment(goal, seen) => {
            Verdict::Over(End::RolledBack { to: seen.job_version, why })
        }
        None if seen.job_stopped => superseded(goal, seen),
        None => waiting(0, vec![why]),
    }
}

/// Nomad forgets the deployment of a return whose instances all ran already.
fn back_without_deployment(goal: &Goal, seen: &Seen) -> bool {
    let alive = seen.allocations.iter().filter(|instance| !instance.ended);
    let (mut count, mut all) = (0, true);
    for instance in alive {
        count += 1;
        all &= instance.version != goal.version && instance.running && instance.healthy != Some(false);
    }
    all && count >= goal.wanted
}

fn superseded(goal: &Goal, seen: &Seen) -> Verdict {
    let by = if seen.job_stopped {
        "the job was stopped".to_owned()
    } else {
        format!("version {} was submitted while version {} was being rolled out", seen.job_version, goal.version)
    };
    Verdict::Over(End::Superseded { by })
}

fn without_deployment(goal: &Goal, seen: &Seen) -> Verdict {
    if goal.wanted == 0 && seen.evaluated {
        return Verdict::Over(End::Healthy);
    }
    if let Some(end) = no_place(goal, seen) {
        return end;
    }
    if !seen.evaluated {
        return waiting(0, vec!["Nomad has not evaluated the job yet".to_owned()]);
    }
    let mut for_what = blockers(goal, seen);
    if for_what.is_empty() {
        for_what.push("Nomad has not begun the deployment yet".to_owned());
    }
    waiting(0, for_what)
}

fn no_place(goal: &Goal, seen: &Seen) -> Option<Verdict> {
    let late = !seen.unplaced.is_empty() && seen.unplaced_for >= goal.placement_timeout;
    late.then(|| Verdict::Over(End::NoPlace { unplaced: seen.unplaced.clone() }))
}

fn blockers(goal: &Goal, seen: &Seen) -> Vec<String> {
    let places = seen
        .unplaced
        .iter()
        .map(|unplaced| format!("no place for group {}: {}", unplaced.group, unplaced.reasons.join(", ")));
    places.chain(unhealthy(goal, seen)).collect()
}

/// The instances that are not healthy yet, those in the same state together.
fn unhealthy(goal: &Goal, seen: &Seen) -> Vec<String> {
    let ours = seen.allocations.iter().filter(|instance| instance.version == goal.version);
    let mut states: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for instance in ours.filter(|instance| instance.healthy != Some(true)) {
        let state = match (instance.ended, instance.running) {
            (true, _) => "ended",
            (false, true) => "running, not healthy yet",
            (false, false) => "starting",
        };
        let event = instance.last_event.as_ref().map(|event| format!(" ({event})")).unwrap_or_default();
        states.entry(format!("{state}{event}")).or_default().push(short(&instance.id));
    }
    states.into_iter().map(|(state, ids)| format!("{}: {state}", ids.join(", "))).collect()
}

fn waiting(healthy: u64, for_what: Vec<String>) -> Verdict {
    Verdict::Waiting { healthy, for_what }
}

/// As much of an id as people read.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::{End, Goal, Instance, Progress, Rollout, Seen, Unplaced, Verdict, judge};
    use std::time::Duration;

    fn goal() -> Goal {
        Goal::new(3, 2, Duration::from_secs(60))
    }

    fn rollout(version: u64, status: Progress, description: &str) -> Rollout {
        Rollout {
            id: format!("d{version}"),
            version,
            status,
            description: description.to_owned(),
            desired: 2,
            placed: 2,
            healthy: 1,
            unhealthy: 0,
            needs_promotion: false,
        }
    }

    fn seen(deployments: Vec<Rollout>) -> Seen {
        let job_version = deployments.iter().map(|rollout| rollout.version).max().unwrap_or(3);
        Seen { job_version, evaluated: true, deployments, ..Seen::default() }
    }

    const BACK: &str = "Failed due to progress deadline - rolling back to job version 2";

    #[test]
    fn each_history_has_its_end() {
        let table = [
            (seen(vec![rollout(3, Progress::Successful, "")]), Some(End::Healthy)),
            // The success of an earlier version is not ours.
            (seen(vec![rollout(2, Progress::Successful, ""), rollout(3, Progress::Running, "")]), None),
            (seen(vec![rollout(3, Progress::Failed, "no")]), Some(End::Failed { why: "no".into() })),
            (seen(vec![rollout(3, Progress::Failed, BACK)]), None),
            (seen(vec![rollout(3, Progress::Failed, BACK), rollout(4, Progress::Running, "")]), None),
            (
                seen(vec![rollout(3, Progress::Failed, BACK), rollout(4, Progress::Successful, "")]),
                Some(End::RolledBack { to: 4, why: BACK.into() }),
            ),
            (
                seen(vec![rollout(3, Progress::Failed, BACK), rollout(4, Progress::Failed, "again")]),
                Some(End::Failed { why: format!("{BACK}; then, going back: again") }),
            ),
            (
                seen(vec![rollout(3, Progress::Cancelled, ""), rollout(4, Progress::Running, "")]),
                Some(End::Superseded { by: "version 4 was submitted while version 3 was being rolled out".into() }),
            ),
            (seen(vec![rollout(3, Progress::Paused, "")]), None),
        ];
        for (seen, end) in table {
            match (judge(&goal(), &seen), end) {
                (Verdict::Over(is), Some(expected)) => assert_eq!(is, expected, "{seen:?}"),
                (Verdict::Waiting { for_what, .. }, None) => assert!(!for_what.is_empty(), "{seen:?}"),
                (verdict, expected) => panic!("{verdict:?} instead of {expected:?} for {seen:?}"),
            }
        }
    }

    #[test]
    fn healthy_canaries_wait_for_somebody() {
        let mut canary = rollout(3, Progress::Running, "Deployment is running but requires manual promotion");
        canary.needs_promotion = true;
        assert_eq!(judge(&goal(), &seen(vec![canary])), Verdict::Over(End::AwaitingPromotion));
    }

    #[test]
    fn no_place_is_an_end_only_after_a_while() {
        let unplaced = vec![Unplaced { group: "g".into(), reasons: vec!["memory exhausted on 1 node".into()] }];
        let mut seen = Seen { job_version: 3, evaluated: true, unplaced: unplaced.clone(), ..Seen::default() };
        seen.unplaced_for = Duration::from_secs(59);
        let Verdict::Waiting { for_what, .. } = judge(&goal(), &seen) else { panic!("ended too early") };
        assert_eq!(for_what, ["no place for group g: memory exhausted on 1 node"]);
        seen.unplaced_for = Duration::from_secs(60);
        assert_eq!(judge(&goal(), &seen), Verdict::Over(End::NoPlace { unplaced }));
    }

    #[test]
    fn waiting_names_each_instance_that_is_not_healthy() {
        let instance = |id: &str, version, running, healthy| Instance {
            id: id.into(),
            version,
            running,
            ended: false,
            healthy,
            last_event: Some("Started".into()),
        };
        let mut seen = seen(vec![rollout(3, Progress::Running, "Deployment is running")]);
        seen.allocations = vec![
            instance("aaaaaaaa-1", 3, true, Some(true)),
            instance("bbbbbbbb-2", 3, true, None),
            instance("cccccccc-3", 2, true, Some(true)),
        ];
        let Verdict::Waiting { for_what, healthy } = judge(&goal(), &seen) else { panic!("ended") };
        assert_eq!(healthy, 1);
        assert_eq!(for_what, ["bbbbbbbb: running, not healthy yet (Started)"]);
    }

    #[test]
    fn no_instances_are_wanted() {
        let goal = Goal::new(3, 0, Duration::from_secs(60));
        let seen = Seen { job_version: 3, evaluated: true, ..Seen::default() };
        assert_eq!(judge(&goal, &seen), Verdict::Over(End::Healthy));
    }

    #[test]
    fn a_stopped_job_is_no_success() {
        let stopped = Verdict::Over(End::Superseded { by: "the job was stopped".into() });
        let before = Seen { job_version: 3, job_stopped: true, evaluated: true, ..Seen::default() };
        assert_eq!(judge(&goal(), &before), stopped);
        let going_back = Seen { job_stopped: true, ..seen(vec![rollout(3, Progress::Failed, BACK)]) };
        assert_eq!(judge(&goal(), &going_back), stopped);
    }
}
