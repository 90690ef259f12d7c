//! What is made of what was read: pure functions, one for each check.
#![expect(clippy::ref_option, reason = "slots are looked at where they lie")]

pub(super) mod app;
pub(super) mod backup;
pub(super) mod certs;
pub(super) mod consul;
pub(super) mod deployment;
pub(super) mod mesh;
pub(super) mod nomad;
mod servers;
pub(super) mod tokens;
pub(super) mod vault;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::facts::{Facts, Slot};
use super::problem::{Problem, ProblemKind};
use super::status::Status;
use super::target::Target;

/// Everything that a check may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) target: &'a Target,
    pub(super) now: Timestamp,
}

/// A check's own part of the work.
pub(super) type Evaluate = fn(&View<'_>) -> Result<Finding, Blind>;

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// How it is at least, whatever the thresholds say.
    pub(super) at_least: Status,
    /// What the thresholds are held against.
    pub(super) value: Option<f64>,
    /// Whether they are.
    pub(super) judged: bool,
    /// What was seen, in words.
    pub(super) text: String,
}

/// Why a check found nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Blind {
    /// It does not apply here.
    Skipped(String),
    /// What it needs was not read.
    NotRead,
    /// What it needs could not be read.
    Failed(Problem),
}

impl Finding {
    /// A state without a value.
    pub(super) fn state(status: Status, text: impl Into<String>) -> Self {
        Self { at_least: status, value: None, judged: false, text: text.into() }
    }

    /// A value, to be held against the thresholds.
    pub(super) fn value(value: f64, text: impl Into<String>) -> Self {
        Self { at_least: Status::Ok, value: Some(value), judged: true, text: text.into() }
    }

    /// A number of things, to be held against the thresholds.
    pub(super) fn count(count: usize, text: impl Into<String>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "nobody has so many things")]
        Self::value(count as f64, text)
    }

    /// It is at least this, whatever the thresholds say.
    pub(super) fn at_least(mut self, status: Status) -> Self {
        self.at_least = self.at_least.max(status);
        self
    }

    /// The value is shown, but not held against the thresholds.
    pub(super) fn unjudged(mut self) -> Self {
        self.judged = false;
        self
    }
}

impl Blind {
    pub(super) fn skipped<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self::Skipped(why.into()))
    }
}

/// What was read, if it was.
pub(super) fn seen<T>(slot: &Slot<T>) -> Result<&T, Blind> {
    match slot {
        Some(Ok(seen)) => Ok(seen),
        Some(Err(problem)) => Err(Blind::Failed(problem.clone())),
        None => Err(Blind::NotRead),
    }
}

/// A look that failed because there is nothing is a look that found nothing.
pub(super) fn seen_opt<T>(slot: &Slot<T>) -> Result<Option<&T>, Blind> {
    match seen(slot) {
        Err(Blind::Failed(problem)) if problem.kind == ProblemKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Names, as far as they fit in a line.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let all: Vec<&str> = names.collect();
    let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN { format!("{shown} and {} more", all.len() - SHOWN) } else { shown }
}

/// A span of time for people: its two largest units.
pub(super) fn span(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "spans of time fit")]
    let seconds = seconds.round() as i64;
    let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut left = seconds;
    let parts = units.iter().filter_map(|(size, name)| {
        let count = left / size;
        left %= size;
        (count > 0).then(|| format!("{count}{name}"))
    });
    let parts: Vec<String> = parts.take(2).collect();
    if parts.is_empty() { "0s".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
}

/// Seconds from then to now.
pub(super) fn since(now: Timestamp, then: Timestamp) -> f64 {
    now.duration_since(then).as_secs_f64()
}
