//! For Nagios and its relatives: <https://www.monitoring-plugins.org/doc/guidelines.html>.

use std::fmt::Write;

use super::{Report, Row};
use crate::health::status::Status;
use crate::health::table::Unit;

/// Writes a report for Nagios: one line with the time it took, then a line for each check that is not well, then the
/// performance data of all checks.
pub fn nagios(report: &Report) -> String {
    #[expect(clippy::cast_precision_loss, reason = "no run takes so long")]
    let seconds = report.health.elapsed_ms as f64 / 1e3;
    let mut text = format!("{} | time={seconds}s;;;0\n", report.line());
    let mut rows: Vec<Row<'_>> = report.rows().filter(|row| !matches!(row.status, None | Some(Status::Ok))).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.status));
    for row in rows {
        let _ = writeln!(text, "{}: {} {}", row.status_text(), row.check.id, row.message());
    }
    let data: Vec<String> = report.rows().filter_map(|row| performance(&row)).collect();
    if !data.is_empty() {
        let skipped = report.rows().filter(|row| row.status.is_none()).count();
        let _ = writeln!(
            text,
            "{} checks made, {skipped} skipped | {}",
            report.health.checks.len() - skipped,
            data.join("\n")
        );
    }
    text
}

/// `label=value[unit];warning;critical;min;max`.
fn performance(row: &Row<'_>) -> Option<String> {
    let check = row.check;
    let value = check.value?;
    let range = |range: Option<crate::health::Range>| range.map_or_else(String::new, |range| range.to_string());
    // There is no unit for days.
    let unit = if check.unit == Unit::Seconds { "s" } else { "" };
    let (warning, critical) = (range(check.thresholds.warning), range(check.thresholds.critical));
    // What may be negative, such as the days since a certificate ended, has no smallest value.
    let smallest = if check.unit == Unit::Count { "0" } else { "" };
    let data = format!("{}={value}{unit};{warning};{critical};{smallest}", check.id);
    Some(data.trim_end_matches(';').to_owned())
}
