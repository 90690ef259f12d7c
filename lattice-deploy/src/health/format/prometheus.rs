//! For Prometheus: the text format, on standard output or for the textfile collector. No timestamps: the collector
//! refuses them, and the file's own age tells how old it is.

use std::fmt::Write;

use super::{Report, Row};
use crate::health::table::Unit;

/// Writes a report for Prometheus.
#[expect(clippy::cast_precision_loss, reason = "no number here is so large")]
pub fn prometheus(report: &Report) -> String {
    let rows: Vec<Row<'_>> = report.rows().collect();
    let each = |value: &dyn Fn(&Row<'_>) -> Option<f64>| -> Vec<(String, f64)> {
        rows.iter().filter_map(|row| Some((labels(row), value(row)?))).collect()
    };
    let one = |value: f64| vec![(String::new(), value)];
    let health = &report.health;
    let mut text = String::new();
    let mut family = |name, help, values: Vec<(String, f64)>| write_family(&mut text, name, help, &values);
    family(
        "lattice_health_status",
        "How the check is: 0 ok, 1 warning, 2 critical, 3 unknown; absent when skipped.",
        each(&|row| row.status.map(|status| f64::from(status.exit_code()))),
    );
    family("lattice_health_value", "What the check measured, in its own unit.", each(&|row| row.check.value));
    family(
        "lattice_health_skipped",
        "1 for a check that was skipped: it does not apply, or its server is down.",
        each(&|row| row.status.is_none().then_some(1.0)),
    );
    family("lattice_health_flapping", "1 for a check that changes too often.", each(&|row| row.flaps().then_some(1.0)));
    family(
        "lattice_health_check_duration_seconds",
        "How long the slowest answer took that the check needed.",
        each(&|row| Some(row.check.elapsed_ms as f64 / 1e3)),
    );
    family(
        "lattice_cert_expiry_seconds",
        "How long the certificate is still valid.",
        each(&|row| row.check.value.filter(|_| row.check.unit == Unit::Days).map(|days| days * 86_400.0)),
    );
    family(
        "lattice_health_overall_status",
        "The worst of all: 0 ok, 1 warning, 2 critical, 3 unknown.",
        one(f64::from(report.status.exit_code())),
    );
    family("lattice_health_duration_seconds", "How long all checks took.", one(health.elapsed_ms as f64 / 1e3));
    family(
        "lattice_health_deadline_hit",
        "1 when the deadline came first.",
        one(f64::from(u8::from(health.deadline_hit))),
    );
    family(
        "lattice_health_skipped_runs",
        "Runs that did not take place before this one, since another was going on.",
        one(report.skipped_runs as f64),
    );
    family(
        "lattice_health_last_run_timestamp_seconds",
        "When the checks were last made.",
        one(health.started.as_millisecond() as f64 / 1e3),
    );
    text
}

fn labels(row: &Row<'_>) -> String {
    // Both are names of ours: nothing in them needs escaping.
    format!("{{check=\"{}\",component=\"{}\"}}", row.check.id, row.check.component.as_str())
}

fn write_family(text: &mut String, name: &str, help: &str, values: &[(String, f64)]) {
    if values.is_empty() {
        return;
    }
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
