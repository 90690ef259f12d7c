//! Where a value came from.

use std::fmt;
use std::sync::Arc;

/// A point in a file, counted from one; the column counts characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file's name as it was given.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What set an input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody: the table's default.
    Default,
    /// The main configuration file.
    File(Place),
    /// A file named by `--var-file`.
    VarFile(Place),
    /// The environment variable of this name.
    Environment(String),
    /// A `--var NAME=VALUE` flag.
    Flag,
    /// Set by `base`, then completed from an environment variable.
    Prefixed {
        /// What set the value.
        base: Box<Source>,
        /// The environment variable that completed it.
        variable: String,
    },
}

impl Source {
    /// The same source, moved to another line and column of the same file.
    pub(super) fn at(&self, position: Option<Position>) -> Self {
        let move_to = |place: &Place| {
            let mut place = place.clone();
            if let Some(Position { line, column }) = position {
                (place.line, place.column) = (line, column);
            }
            place
        };
        match self {
            Self::File(place) => Self::File(move_to(place)),
            Self::VarFile(place) => Self::VarFile(move_to(place)),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) | Self::VarFile(place) => place.fmt(f),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag => f.write_str("--var"),
            Self::Prefixed { base, variable } => {
                write!(f, "{base} with environment variable {variable}")
            }
        }
    }
}

/// A line and a column, both from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Turns byte offsets of one text into positions.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { text, starts }
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }
}
