//! For people: the summary, then a table.

use std::fmt::Write;

use super::{Report, Row};
use crate::health::status::Status;

/// How it is written for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Human {
    /// 0: what is not well; 1: all; 2: with thresholds, times and what to do.
    pub detail: u8,
    /// Whether the terminal shows colours.
    pub colour: bool,
}

impl Human {
    /// With so much detail, without colours.
    pub fn new(detail: u8) -> Self {
        Self { detail, colour: false }
    }

    /// With colours, or without.
    #[must_use]
    pub fn with_colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }
}

/// Writes a report for people.
pub fn human(report: &Report, how: Human) -> String {
    let mut text = format!("{}\n", report.line());
    let shown = |row: &Row<'_>| how.detail > 0 || !matches!(row.status, None | Some(Status::Ok)) || row.soft() > 0;
    let mut rows: Vec<Row<'_>> = report.rows().filter(shown).collect();
    if how.detail == 0 {
        rows.sort_by_key(|row| std::cmp::Reverse(row.status));
    }
    if !rows.is_empty() {
        table(&mut text, &rows, how);
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

impl Row<'_> {
    fn soft(&self) -> u32 {
        self.standing.map_or(0, |standing| standing.soft_runs)
    }
}

fn table(text: &mut String, rows: &[Row<'_>], how: Human) {
    let width = |cell: fn(&Row<'_>) -> usize, head: &str| rows.iter().map(cell).max().unwrap_or(0).max(head.len());
    let ids = width(|row| row.check.id.len(), "CHECK");
    let values = width(|row| row.value().len(), "VALUE");
    let _ = writeln!(text, "\n{:8}  {:ids$}  {:>values$}  MESSAGE", "STATUS", "CHECK", "VALUE");
    for row in rows {
        let status = painted(row.status, &format!("{:8}", row.status_text()), how.colour);
        let line = format!("{status}  {:ids$}  {:>values$}  {}", row.check.id, row.value(), row.message());
        let _ = writeln!(text, "{}", line.trim_end());
        if how.detail > 1 {
            details(text, row);
        } else if row.status != Some(Status::Ok) {
            hint(text, row);
        }
    }
}

fn hint(text: &mut String, row: &Row<'_>) {
    if let Some(hint) = &row.check.hint {
        let _ = writeln!(text, "          {hint}");
    }
}

fn details(text: &mut String, row: &Row<'_>) {
    hint(text, row);
    let held = row.check.thresholds;
    let range = |range: Option<crate::health::Range>| range.map_or_else(|| "-".to_owned(), |range| range.to_string());
    let mut line = format!("took {} ms", row.check.elapsed_ms);
    if row.check.value.is_some() {
        line = format!("{line}, warning {}, critical {}", range(held.warning), range(held.critical));
    }
    if let Some(since) = row.standing.and_then(|standing| standing.since) {
        line = format!("{line}, since {since}");
    }
    let _ = writeln!(text, "          {line}");
}

fn painted(status: Option<Status>, text: &str, colour: bool) -> String {
    let code = match status {
        _ if !colour => return text.to_owned(),
        Some(Status::Ok) => 32,
        Some(Status::Warning) => 33,
        Some(Status::Critical) => 31,
        Some(Status::Unknown) => 35,
        None => 90,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
