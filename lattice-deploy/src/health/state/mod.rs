//! What lasts from run to run: soft and hard states, flapping, reminders. Pure: time is an argument.
//!
//! A check that turns bad is *soft* until it was bad in `confirm` runs in a row; a good run ends that at once. What is
//! *hard* counts. A check whose recent results change too often is *flapping*, by the weighted measure of Nagios;
//! nothing is told about its single changes.

mod flap;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outcome::Health;
use super::status::Status;
use super::table;

/// The version of the state's form; another one is not read.
pub const SCHEMA: u32 = 1;

/// When something counts, and when it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// How many bad runs in a row make a bad state count.
    pub confirm: u32,
    /// How many results are looked at for flapping; 0 turns it off.
    pub window: usize,
    /// Below this percentage of change flapping ends.
    pub low: f64,
    /// From this percentage of change on it begins.
    pub high: f64,
    /// After how long a bad state is told again.
    pub remind: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { confirm: 1, window: 21, low: 5.0, high: 20.0, remind: None }
    }
}

/// What is worth telling about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum News {
    /// It turned bad, or differently bad.
    Problem,
    /// It is well again.
    Recovery,
    /// It is still bad.
    Reminder,
    /// It began to flap.
    FlappingBegan,
    /// It stopped flapping.
    FlappingEnded,
}

/// How a check stands after a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// The state that counts; none when the check was skipped.
    pub hard: Option<Status>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// In how many runs in a row it was bad while that does not count yet.
    pub soft_runs: u32,
    /// Whether it is flapping.
    pub flapping: bool,
    /// What is worth telling.
    pub news: Option<News>,
}

/// What is known of a check from earlier runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Track {
    hard: Status,
    since: Timestamp,
    #[serde(default)]
    bad_runs: u32,
    /// The newest results, oldest first.
    #[serde(default)]
    recent: Vec<Status>,
    #[serde(default)]
    flapping: bool,
    #[serde(default)]
    told: Option<Timestamp>,
}

/// What is known from earlier runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct State {
    /// The version of its form.
    pub schema: u32,
    /// How everything was.
    #[serde(default)]
    pub status: Option<Status>,
    /// The last success of the backup job.
    #[serde(default)]
    pub backup_seen: Option<Timestamp>,
    #[serde(default)]
    checks: BTreeMap<String, Track>,
}

impl State {
    /// Of a probe that never ran.
    pub fn new() -> Self {
        Self { schema: SCHEMA, ..Self::default() }
    }

    /// Takes in a run and says how each check stands.
    pub fn step(&mut self, health: &Health, now: Timestamp, policy: &Policy) -> BTreeMap<&'static str, Standing> {
        self.checks.retain(|id, _| table::CHECKS.iter().any(|spec| spec.id == id));
        let mut standings = BTreeMap::new();
        for check in &health.checks {
            let standing = match check.status {
                Some(status) => {
                    let track = self.checks.entry(check.id.to_owned()).or_insert_with(|| Track::new(now));
                    track.step(status, now, policy)
                }
                // Neither good nor bad: what was known stays.
                None => self.checks.get(check.id).map(Track::skipped).unwrap_or_default(),
            };
            standings.insert(check.id, standing);
        }
        self.backup_seen = health.backup_seen;
        standings
    }

    /// What is known of each check: its hard state and since when.
    pub fn checks(&self) -> impl Iterator<Item = (&str, Status, Timestamp, bool)> {
        self.checks.iter().map(|(id, track)| (id.as_str(), track.hard, track.since, track.flapping))
    }
}

impl Track {
    fn new(now: Timestamp) -> Self {
        Self { hard: Status::Ok, since: now, bad_runs: 0, recent: Vec::new(), flapping: false, told: None }
    }

    fn skipped(&self) -> Standing {
        Standing { hard: None, since: None, soft_runs: 0, flapping: self.flapping, news: None }
    }

    fn step(&mut self, seen: Status, now: Timestamp, policy: &Policy) -> Standing {
        let change = self.settle(seen, now, policy);
        let flap = self.flap(seen, policy);
        let news = flap.or_else(|| change.filter(|_| !self.flapping)).or_else(|| self.reminder(now, policy));
        if news.is_some() {
            self.told = Some(now);
        }
        Standing {
            hard: Some(self.hard),
            since: Some(self.since),
            soft_runs: if self.hard == Status::Ok { self.bad_runs } else { 0 },
            flapping: self.flapping,
            news,
        }
    }

    /// Counts bad runs, and lets what has lasted count.
    fn settle(&mut self, seen: Status, now: Timestamp, policy: &Policy) -> Option<News> {
        if seen == Status::Ok {
            self.bad_runs = 0;
        } else {
            self.bad_runs = self.bad_runs.saturating_add(1);
        }
        // What counts as bad already need not be confirmed again to be differently bad.
        let counts = seen == Status::Ok || self.hard != Status::Ok || self.bad_runs >= policy.confirm;
        if !counts || seen == self.hard {
            return None;
        }
        self.hard = seen;
        self.since = now;
        Some(if seen == Status::Ok { News::Recovery } else { News::Problem })
    }

    fn flap(&mut self, seen: Status, policy: &Policy) -> Option<News> {
        if policy.window < 2 {
            self.recent.clear();
            return std::mem::take(&mut self.flapping).then_some(News::FlappingEnded);
        }
        self.recent.push(seen);
        let surplus = self.recent.len().saturating_sub(policy.window);
        self.recent.drain(..surplus);
        let percent = flap::percent(&self.recent, policy.window);
        if !self.flapping && percent >= policy.high {
            self.flapping = true;
            return Some(News::FlappingBegan);
        }
        if self.flapping && percent < policy.low {
            self.flapping = false;
            return Some(News::FlappingEnded);
        }
        None
    }

    fn reminder(&self, now: Timestamp, policy: &Policy) -> Option<News> {
        let due = policy.remind.and_then(|remind| Some(self.told? + remind <= now));
        (self.hard != Status::Ok && !self.flapping && due == Some(true)).then_some(News::Reminder)
    }
}
