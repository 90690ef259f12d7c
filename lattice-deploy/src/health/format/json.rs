//! For programs: one document with a version of its form.

use serde_json::{Value, json};

use super::{Report, Row};

/// The version of the document's form. Fields may be added without a new one.
pub const SCHEMA: u32 = 1;

/// Writes a report for programs.
pub fn json(report: &Report) -> String {
    let health = &report.health;
    let flapping: Vec<&str> = report.rows().filter(Row::flaps).map(|row| row.check.id).collect();
    let document = json!({
        "schema": SCHEMA,
        "status": report.status,
        "exit_code": report.status.exit_code(),
        "summary": report.line(),
        "started": health.started,
        "elapsed_ms": health.elapsed_ms,
        "deadline_hit": health.deadline_hit,
        "previous": report.previous,
        "flapping": flapping,
        "skipped_runs": report.skipped_runs,
        "notes": report.notes,
        "checks": report.rows().map(|row| check(&row)).collect::<Vec<_>>(),
    });
    format!("{document}\n")
}

fn check(row: &Row<'_>) -> Value {
    let check = row.check;
    json!({
        "id": check.id,
        "component": check.component,
        "status": check.status.map_or("skipped", crate::health::Status::as_str),
        "hard": row.status.map_or("skipped", crate::health::Status::as_str),
        "soft_runs": row.standing.map(|standing| standing.soft_runs),
        "since": row.standing.and_then(|standing| standing.since),
        "flapping": row.flaps(),
        "news": row.standing.and_then(|standing| standing.news),
        "value": check.value,
        "unit": check.unit,
        "warning": check.thresholds.warning,
        "critical": check.thresholds.critical,
        "message": check.message,
        "hint": check.hint,
        "elapsed_ms": check.elapsed_ms,
    })
}
