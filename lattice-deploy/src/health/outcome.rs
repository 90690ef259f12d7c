//! From findings to outcomes: thresholds, missing permissions, and servers without which a check says nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::evaluate::{Blind, Finding, View, backup};
use super::problem::{Problem, ProblemKind};
use super::status::Status;
use super::summary;
use super::table::{Component, Spec, Unit, find};
use super::target::Thresholds;

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Its name, such as `vault.seal`.
    pub id: &'static str,
    /// What it belongs to.
    pub component: Component,
    /// How it is; none when it does not apply or depends on a server that is down.
    #[serde(serialize_with = "or_skipped")]
    pub status: Option<Status>,
    /// What was measured.
    pub value: Option<f64>,
    /// What the value counts.
    pub unit: Unit,
    /// What the value was held against.
    #[serde(flatten)]
    pub thresholds: Thresholds,
    /// What was seen, in a line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How long the slowest look that it needed took.
    pub elapsed_ms: u64,
}

/// How a status stands in JSON, where nothing is missing.
#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn or_skipped<S: Serializer>(status: &Option<Status>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.map_or("skipped", Status::as_str))
}

/// The outcome of all checks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The worst of all.
    pub status: Status,
    /// When they began.
    pub started: Timestamp,
    /// How long they took.
    pub elapsed_ms: u64,
    /// Whether the deadline came before all was read.
    pub deadline_hit: bool,
    /// Each check.
    pub checks: Vec<Check>,
    /// The last success of the backup job that is known now; to be given to the next run.
    #[serde(skip)]
    pub backup_seen: Option<Timestamp>,
}

impl Health {
    /// The outcome of these checks.
    pub fn of(checks: Vec<Check>) -> Self {
        let status = checks.iter().filter_map(|check| check.status).max().unwrap_or(Status::Unknown);
        Self { status, started: Timestamp::UNIX_EPOCH, elapsed_ms: 0, deadline_hit: false, checks, backup_seen: None }
    }

    /// Everything in one line of at most 200 characters: the worst first.
    pub fn line(&self) -> String {
        let all = self.checks.iter().map(|check| (check.id, check.status, check.message.as_str()));
        summary::line(self.status, all)
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What is known of the last backup after this run.
pub(super) fn backup_seen(view: &View<'_>) -> Option<Timestamp> {
    let jobs = view.facts.nomad.backups.as_ref().and_then(|jobs| jobs.as_ref().ok());
    let now = jobs.and_then(|jobs| backup::last_success(jobs, &view.target.backup_name()));
    now.max(view.target.backup_seen)
}

/// Makes outcomes of all that was read.
pub(super) fn all(view: &View<'_>, checks: &[&'static Spec], deadline_hit: bool) -> Vec<Check> {
    checks.iter().map(|spec| one(view, spec, deadline_hit)).collect()
}

fn one(view: &View<'_>, spec: &'static Spec, deadline_hit: bool) -> Check {
    let thresholds = view.target.thresholds(spec);
    let mut check = Check {
        id: spec.id,
        component: spec.component,
        status: None,
        value: None,
        unit: spec.unit,
        thresholds,
        message: String::new(),
        hint: None,
        elapsed_ms: millis(view.facts.took(spec.looks)),
    };
    let down = spec.needs.gate().filter(|gate| *gate != spec.id && !is_open(view, gate, deadline_hit));
    match (spec.evaluate)(view) {
        Ok(finding) => {
            check.status = Some(judge(&finding, thresholds));
            check.value = finding.value;
            check.message = finding.text;
        }
        Err(Blind::Skipped(why)) => check.message = why,
        // One alarm for a server that is down, not one for each thing that is not known because of it.
        Err(Blind::NotRead | Blind::Failed(_)) if down.is_some() => {
            check.message = format!("skipped: depends on {}", down.unwrap_or_default());
        }
        Err(Blind::NotRead) => {
            check.status = Some(Status::Unknown);
            check.message = match view.facts.stage(spec.looks) {
                Some(stage) => format!("timed out in {}", stage.as_str()),
                None => "timed out before the first answer".to_owned(),
            };
            check.hint = Some("raise --timeout, or look why the server is slow".to_owned());
        }
        Err(Blind::Failed(problem)) => failed(&mut check, view, spec, &problem),
    }
    check
}

/// Whether the server behind a gate is there; at the deadline it counts as there, since nothing is known against it.
fn is_open(view: &View<'_>, gate: &str, deadline_hit: bool) -> bool {
    let Some(spec) = find(gate) else { return true };
    match (spec.evaluate)(view) {
        Ok(finding) => finding.at_least == Status::Ok,
        Err(Blind::NotRead) => deadline_hit,
        Err(_) => false,
    }
}

fn judge(finding: &Finding, thresholds: Thresholds) -> Status {
    let Some(value) = finding.value.filter(|_| finding.judged) else { return finding.at_least };
    let alerts = |range: Option<super::Range>| range.is_some_and(|range| range.alerts(value));
    let judged = if alerts(thresholds.critical) {
        Status::Critical
    } else if alerts(thresholds.warning) {
        Status::Warning
    } else {
        Status::Ok
    };
    judged.max(finding.at_least)
}

fn failed(check: &mut Check, view: &View<'_>, spec: &Spec, problem: &Problem) {
    let (status, message) = match problem.kind {
        ProblemKind::Denied => (Status::Unknown, "the token may not look".to_owned()),
        ProblemKind::BadToken => (Status::Unknown, format!("the token is not known: {}", problem.text)),
        // What the rest depends on is down; of anything else is only not known how it is.
        _ if spec.is_gate() => (Status::Critical, problem.text.clone()),
        _ => (Status::Unknown, problem.text.clone()),
    };
    check.status = Some(status);
    check.message = message;
    if problem.kind == ProblemKind::Denied {
        let target = view.target;
        let permission = spec.permission.replace("<service>", &target.service);
        check.hint = Some(format!("the token needs {permission}"));
        check.message = format!("{}: it needs {permission}", check.message);
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Health};
    use crate::health::{Component, Status, Thresholds, Unit};

    fn check(id: &'static str, status: Option<Status>) -> Check {
        Check {
            id,
            component: Component::App,
            status,
            value: None,
            unit: Unit::Count,
            thresholds: Thresholds::default(),
            message: "said".into(),
            hint: None,
            elapsed_ms: 1,
        }
    }

    #[test]
    fn the_worst_wins_and_comes_first() {
        let [ok, warning, critical] = [Status::Ok, Status::Warning, Status::Critical].map(Some);
        let health = Health::of(vec![check("a", ok), check("b", warning), check("c", critical), check("d", None)]);
        assert_eq!(health.status, Status::Critical);
        assert_eq!(health.line(), "CRITICAL: c said; b said; 1 check ok, 1 skipped");
        let unknown = Health::of(vec![check("a", warning), check("b", Some(Status::Unknown))]);
        assert_eq!(unknown.status, Status::Unknown);
        assert_eq!(Health::of(vec![check("a", ok), check("b", ok)]).line(), "OK: 2 checks ok");
    }

    #[test]
    fn nothing_checked_is_not_fine() {
        assert_eq!(Health::of(Vec::new()).status, Status::Unknown);
        assert_eq!(Health::of(vec![check("a", None)]).status, Status::Unknown);
    }

    #[test]
    fn a_skipped_check_says_so() {
        let json = serde_json::to_value(check("a", None)).unwrap();
        assert_eq!(json["status"], "skipped");
        assert_eq!((&json["warning"], &json["value"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    }
}
