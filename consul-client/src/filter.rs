//! Filter expressions: <https://developer.hashicorp.com/consul/api-docs/features/filtering>.
//!
//! ```
//! use consul_client::ReadOptions;
//! use consul_client::filter::field;
//!
//! let filter = field("Service.Meta").key("app.kubernetes.io/name").equals("web \"2\"")
//!     & (field("Service.Tags").contains("primary") | !field("Checks").is_empty());
//! assert_eq!(
//!     filter.to_string(),
//!     r#"Service.Meta["app.kubernetes.io/name"] == "web \x222\x22" and (Service.Tags contains "primary" or not Checks is empty)"#
//! );
//! let options = ReadOptions::new().with_filter(filter);
//! ```
//!
//! Everything is quoted as the server wants it, numbers and booleans too, which it reads as the field's type. Which
//! fields there are stands in the documentation of each endpoint; one that does not exist is an error with
//! [`Reason::Invalid`](crate::Reason::Invalid) or [`Reason::Server`](crate::Reason::Server), status 500.

use std::fmt::{Display, Formatter, Result, Write as _};
use std::ops::{BitAnd, BitOr, Not};

/// What an expression is about: a field of what is filtered, such as `Node.Meta`, by its names with dots between them.
pub fn field(path: impl AsRef<str>) -> Field {
    let mut selector = String::new();
    for (place, name) in path.as_ref().split('.').enumerate() {
        if place == 0 {
            selector.push_str(name);
        } else if is_identifier(name) {
            selector.push('.');
            selector.push_str(name);
        } else {
            push_key(&mut selector, name);
        }
    }
    Field { selector }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn push_key(selector: &mut String, key: &str) {
    selector.push('[');
    quote(selector, key);
    selector.push(']');
}

/// The server's parser ends a text at the next quotation mark, escaped or not, and unescapes it as Go does.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\x22"),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a text never fails.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A field; made by [`field`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    selector: String,
}

impl Field {
    /// The value of this key of a map, whatever it is made of.
    #[must_use]
    pub fn key(mut self, key: impl AsRef<str>) -> Self {
        push_key(&mut self.selector, key.as_ref());
        self
    }

    /// It is this.
    pub fn equals(self, value: impl Display) -> Filter {
        self.compared("==", &value)
    }

    /// It is not this.
    pub fn not_equals(self, value: impl Display) -> Filter {
        self.compared("!=", &value)
    }

    /// A list or a text that holds this, or a map that has this key.
    pub fn contains(self, value: impl Display) -> Filter {
        self.compared("contains", &value)
    }

    /// A list or a text that does not hold this, or a map without this key.
    pub fn not_contains(self, value: impl Display) -> Filter {
        self.compared("not contains", &value)
    }

    /// A text in which Go's regular expression is found.
    pub fn matches(self, expression: impl Display) -> Filter {
        self.compared("matches", &expression)
    }

    /// A text in which Go's regular expression is not found.
    pub fn not_matches(self, expression: impl Display) -> Filter {
        self.compared("not matches", &expression)
    }

    /// It is empty.
    pub fn is_empty(self) -> Filter {
        Filter::Match(format!("{} is empty", self.selector))
    }

    /// It is not empty.
    pub fn is_not_empty(self) -> Filter {
        Filter::Match(format!("{} is not empty", self.selector))
    }

    fn compared(self, operator: &str, value: &dyn Display) -> Filter {
        let mut text = format!("{} {operator} ", self.selector);
        quote(&mut text, &value.to_string());
        Filter::Match(text)
    }
}

/// An expression. It is combined with `&`, `|` and `!`, and given to
/// [`ReadOptions::with_filter`](crate::ReadOptions::with_filter).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the variants are made by operators, and the language has no others")]
pub enum Filter {
    /// One comparison.
    Match(String),
    /// All of these.
    All(Vec<Filter>),
    /// One of these.
    Any(Vec<Filter>),
    /// The contrary.
    Not(Box<Filter>),
}

impl Filter {
    /// All of these; nothing is filtered out by none.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Option<Self> {
        filters.into_iter().reduce(|left, right| left & right)
    }

    /// One of these.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Option<Self> {
        filters.into_iter().reduce(|left, right| left | right)
    }

    fn into_all(self) -> Vec<Self> {
        if let Self::All(filters) = self { filters } else { vec![self] }
    }

    fn into_any(self) -> Vec<Self> {
        if let Self::Any(filters) = self { filters } else { vec![self] }
    }
}

impl BitAnd for Filter {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        let mut filters = self.into_all();
        filters.extend(other.into_all());
        Self::All(filters)
    }
}

impl BitOr for Filter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        let mut filters = self.into_any();
        filters.extend(other.into_any());
        Self::Any(filters)
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Not(filter) => *filter,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// With as few parentheses as can be: the time of the server's parser grows with four to the power of their depth.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Match(text) => f.write_str(text),
            Self::All(filters) => joined(f, filters, " and ", |filter| matches!(filter, Self::Any(_))),
            Self::Any(filters) => joined(f, filters, " or ", |_| false),
            Self::Not(filter) if matches!(**filter, Self::All(_) | Self::Any(_)) => write!(f, "not ({filter})"),
            Self::Not(filter) => write!(f, "not {filter}"),
        }
    }
}

fn joined(f: &mut Formatter<'_>, filters: &[Filter], word: &str, is_grouped: impl Fn(&Filter) -> bool) -> Result {
    for (place, filter) in filters.iter().enumerate() {
        if place > 0 {
            f.write_str(word)?;
        }
        if is_grouped(filter) { write!(f, "({filter})")? } else { write!(f, "{filter}")? }
    }
    Ok(())
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, field};

    #[test]
    fn t30_everything_is_quoted() {
        let table = [
            (field("Node").equals("a-b.c"), r#"Node == "a-b.c""#),
            (field("Service.Port").not_equals(8080), r#"Service.Port != "8080""#),
            (field("Meta").key("a.b-c").equals(true), r#"Meta["a.b-c"] == "true""#),
            (field("Meta.a-b").is_not_empty(), r#"Meta["a-b"] is not empty"#),
            (field("Meta").contains("\"or\" \\ \n"), r#"Meta contains "\x22or\x22 \\ \u000a""#),
            (field("Tags").not_contains("ü"), r#"Tags not contains "ü""#),
            (field("Node").matches("^a\\.b$"), r#"Node matches "^a\\.b$""#),
            (field("Node").not_matches("x") & field("Node").is_empty(), r#"Node not matches "x" and Node is empty"#),
        ];
        for (filter, text) in table {
            assert_eq!(filter.to_string(), text);
        }
    }

    #[test]
    fn expressions_keep_their_meaning() {
        let f = |name: &str| field(name).is_empty();
        let table = [
            (f("a") & (f("b") | f("c")), "a is empty and (b is empty or c is empty)"),
            ((f("a") & f("b")) | f("c"), "a is empty and b is empty or c is empty"),
            (!(f("a") & f("b")), "not (a is empty and b is empty)"),
            (!!f("a"), "a is empty"),
            (!f("a") & f("b"), "not a is empty and b is empty"),
            (f("a") & (f("b") & f("c")), "a is empty and b is empty and c is empty"),
        ];
        for (filter, text) in table {
            assert_eq!(String::from(filter), text);
        }
        assert_eq!(Filter::all([]), None);
        assert_eq!(Filter::any(["a", "b"].map(f)).unwrap().to_string(), "a is empty or b is empty");
        assert_eq!(Filter::all(["a", "b"].map(f)).unwrap().to_string(), "a is empty and b is empty");
    }
}
