//! A value as it was written, before an input gives it a type.
//!
//! No `Debug`: a value may be a secret.

use super::source::Position;

pub(super) struct Value {
    pub(super) at: Option<Position>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Null,
    Bool(bool),
    Integer(i64),
    Fraction(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    /// Anything that would have to be computed; the text says what it is.
    Expression(&'static str),
}

impl Kind {
    /// A whole number when it is one: Terraform has a single number type, so `3.0` is `3`.
    pub(super) fn number(integer: Option<i64>, fraction: Option<f64>) -> Self {
        match (integer, fraction) {
            (Some(integer), _) => Self::Integer(integer),
            (None, Some(fraction)) => whole(fraction).map_or(Self::Fraction(fraction), Self::Integer),
            (None, None) => Self::Expression("a number out of range"),
        }
    }

    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Integer(_) | Self::Fraction(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Expression(what) => what,
        }
    }
}

/// The integer that a float stands for. By way of text, because a cast would saturate silently.
pub(super) fn whole(number: f64) -> Option<i64> {
    number.to_string().parse().ok()
}

/// `name = value` in a file.
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) at: Position,
    pub(super) value: Value,
}

/// A text that cannot be read; `what` never quotes it.
pub(super) struct SyntaxError {
    pub(super) at: Position,
    pub(super) what: String,
}

/// What a file says: assignments in order, and what else was in it.
#[derive(Default)]
pub(super) struct Document {
    pub(super) assignments: Vec<Assignment>,
    pub(super) errors: Vec<SyntaxError>,
}
