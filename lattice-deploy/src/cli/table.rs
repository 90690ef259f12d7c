//! Tables as kubectl prints them: no lines, columns two spaces apart.

use comfy_table::{ContentArrangement, presets};

/// A table that grows by rows.
pub(super) struct Table(comfy_table::Table);

impl Table {
    pub(super) fn new(header: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
        Self(table)
    }

    pub(super) fn row<T: ToString>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.0.add_row(cells.into_iter().map(|cell| cell.to_string()));
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> =
            self.0.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
        f.write_str(&lines.join("\n"))
    }
}
