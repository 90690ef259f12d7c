//! A report as text: for people, for programs, for Nagios and for Prometheus. Pure.

mod human;
mod json;
mod nagios;
mod prometheus;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::human::{Human, human};
pub use self::json::{SCHEMA, json};
pub use self::nagios::nagios;
pub use self::prometheus::prometheus;

use super::outcome::{Check, Health};
use super::state::Standing;
use super::status::Status;
use super::summary;

/// Everything that there is to tell about a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was found.
    pub health: Health,
    /// How the checks stand, by what is known from earlier runs; empty without a state.
    pub standings: BTreeMap<&'static str, Standing>,
    /// The worst of all that counts, after all rules about severity.
    pub status: Status,
    /// What that was in the run before.
    pub previous: Option<Status>,
    /// How many runs did not take place since, because another one was going on.
    pub skipped_runs: u64,
    /// What else is to be said.
    pub notes: Vec<String>,
}

impl Report {
    /// What was found, by itself.
    pub fn new(health: Health, standings: BTreeMap<&'static str, Standing>) -> Self {
        let mut report =
            Self { status: health.status, health, standings, previous: None, skipped_runs: 0, notes: Vec::new() };
        report.status = report.rows().filter_map(|row| row.status).max().unwrap_or(Status::Unknown);
        report
    }

    /// Whether there is anything new about any check.
    pub fn has_news(&self) -> bool {
        self.standings.values().any(|standing| standing.news.is_some())
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.health.checks.iter().map(|check| {
            let standing = self.standings.get(check.id);
            let status = standing.map_or(check.status, |standing| standing.hard);
            Row { check, standing, status }
        })
    }

    /// Everything in one line of at most 200 characters: the worst first.
    pub fn line(&self) -> String {
        let rows = self.rows().map(|row| (row.check.id, row.status, row.check.message.as_str()));
        summary::line(self.status, rows)
    }
}

/// A check with what counts of it.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    check: &'a Check,
    standing: Option<&'a Standing>,
    /// What counts; none when it was skipped.
    status: Option<Status>,
}

impl Row<'_> {
    fn status_text(&self) -> String {
        self.status.map_or_else(|| "skipped".to_owned(), |status| status.to_string())
    }

    fn flaps(&self) -> bool {
        self.standing.is_some_and(|standing| standing.flapping)
    }

    /// What was seen, and that it does not count yet or changes all the time.
    fn message(&self) -> String {
        let mut text = summary::clean(&self.check.message);
        if let Some(standing) = self.standing {
            if let (1.., Some(status)) = (standing.soft_runs, self.check.status) {
                text = format!("{text} ({} in run {}, not confirmed yet)", status.as_str(), standing.soft_runs);
            }
            if standing.flapping {
                text.push_str(" (flapping)");
            }
        }
        text
    }

    /// The value as people read it.
    fn value(&self) -> String {
        use super::table::Unit;
        self.check.value.map_or_else(String::new, |value| match self.check.unit {
            Unit::Count => value.to_string(),
            Unit::Seconds => format!("{value}s"),
            Unit::Days => format!("{value}d"),
        })
    }
}
