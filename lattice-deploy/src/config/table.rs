//! What the table of inputs is made of.

use super::rules::Rule;
use super::value::{Kind, Value};
use std::fmt;

/// One input: all there is to know about it besides its value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Input {
    /// Name, as in a file.
    pub name: &'static str,
    /// Terraform's type.
    pub kind: InputType,
    /// Value when nothing sets it.
    pub default: Literal,
    /// What a value must satisfy.
    pub constraint: Constraint,
    /// Whether the value is a secret.
    pub sensitive: bool,
    /// Heading that it belongs under.
    pub group: Group,
    /// One line on what it does.
    pub description: &'static str,
    /// Whether it is ours, on top of the 68 names of the Terraform configuration.
    pub extension: bool,
}

/// Terraform's types, as far as inputs have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputType {
    /// `string`
    String,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `list(string)`
    List,
    /// `map(string)`
    Map,
}

impl fmt::Display for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::String => "string",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::List => "list(string)",
            Self::Map => "map(string)",
        })
    }
}

/// Headings of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// What is deployed.
    Identity,
    /// Where the three servers are.
    Endpoints,
    /// How the service runs.
    App,
    /// What protects it.
    Security,
    /// Where its data lies.
    Storage,
    /// Dynamic database credentials.
    Database,
    /// The backup job.
    Backup,
    /// Traffic from outside the mesh.
    Ingress,
    /// Metrics and traces.
    Observability,
    /// How a version replaces another.
    Rollout,
    /// Which nodes run it.
    Placement,
    /// How its instances form a cluster.
    Cluster,
    /// Aids for development.
    Dev,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A default, as it would be written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Literal {
    /// A string.
    Text(&'static str),
    /// A number.
    Number(i64),
    /// A bool.
    Bool(bool),
    /// A list of strings.
    List(&'static [&'static str]),
    /// The empty map.
    EmptyMap,
}

impl Literal {
    pub(super) fn value(self) -> Value {
        let text = |text: &str| Kind::Text(text.to_owned());
        let kind = match self {
            Self::Text(value) => text(value),
            Self::Number(value) => Kind::Integer(value),
            Self::Bool(value) => Kind::Bool(value),
            Self::List(items) => {
                let items = items.iter().map(|item| text(item));
                Kind::List(items.map(|kind| Value { at: None, kind }).collect())
            }
            Self::EmptyMap => Kind::Map(Vec::new()),
        };
        Value { at: None, kind }
    }
}

/// As in a file.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::List(items) => write!(f, "{items:?}"),
            Self::EmptyMap => f.write_str("{}"),
        }
    }
}

/// What a value must satisfy, besides its type. For a list or map: each of its members.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Constraint {
    /// Nothing.
    Any,
    /// A whole number from the first to the second.
    Range(i64, i64),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Digits and `h`, `m` or `s`.
    Duration {
        /// Whether no time at all makes sense.
        zero: bool,
    },
    /// A URL with one of these schemes and without credentials.
    Url(&'static [&'static str]),
    /// A URL for `PostgreSQL`.
    ConnectionUrl,
    /// A condition on the text.
    Rule(Rule),
}

/// Reads after "must be".
impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::Range(min, max) => write!(f, "a whole number from {min} to {max}"),
            Self::OneOf(texts) => write!(f, "one of {}", texts.join(", ")),
            Self::Duration { zero } => {
                f.write_str("a whole number with h, m or s, such as 90s")?;
                f.write_str(if *zero { "" } else { ", and longer than nothing" })
            }
            Self::Url(schemes) => {
                write!(f, "a URL with a host that starts with {}://", schemes.join(":// or "))?;
                f.write_str(" and holds no credentials")
            }
            Self::ConnectionUrl => f.write_str("a URL such as postgresql://{{username}}:{{password}}@host:5432/name"),
            Self::Rule(rule) => f.write_str(rule.what),
        }
    }
}

impl Input {
    /// The default as it would be written in a file.
    pub fn default_text(&self) -> String {
        self.default.to_string()
    }
}
