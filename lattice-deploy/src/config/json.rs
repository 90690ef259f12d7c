//! Reads `*.tfvars.json`: one object of literals.
//!
//! `serde_json` reads the text and every token; what it does not tell is where a token stands, so
//! a walk over the (by then known to be valid) text keeps count.

use super::source::Lines;
use super::value::{Assignment, Document, Kind, SyntaxError, Value};
use serde::de::DeserializeOwned;
use serde_json::Deserializer;

/// Property names that Terraform's JSON syntax reserves for comments.
const COMMENT: &str = "//";

pub(super) fn document(text: &str) -> Document {
    let lines = Lines::new(text);
    match read(text, &lines) {
        Ok(assignments) => Document { assignments, errors: Vec::new() },
        Err(error) => Document { assignments: Vec::new(), errors: vec![error] },
    }
}

fn read(text: &str, lines: &Lines<'_>) -> Result<Vec<Assignment>, SyntaxError> {
    // A full value, because only then does the parser bound the nesting that the walk recurses on.
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| syntax_error(&error))?;
    let mut walk = Walk { text, at: 0, lines };
    walk.skip_blanks();
    let start = walk.at;
    let properties = if walk.peek() == Some('{') { walk.properties() } else { None };
    let properties =
        properties.ok_or_else(|| SyntaxError { at: lines.position(start), what: "not a JSON object".to_owned() })?;
    let named = properties.into_iter().filter(|(name, ..)| name != COMMENT);
    Ok(named.map(|(name, offset, value)| Assignment { name, at: lines.position(offset), value }).collect())
}

fn syntax_error(error: &serde_json::Error) -> SyntaxError {
    let message = error.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    SyntaxError {
        at: super::source::Position { line: error.line().max(1), column: error.column().max(1) },
        what: what.to_owned(),
    }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    lines: &'a Lines<'a>,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_ascii_start().len();
    }

    /// Goes to the next item behind an opening bracket or a comma; none at the closing bracket.
    fn next_item(&mut self, close: char) -> Option<bool> {
        self.skip_blanks();
        if self.peek()? == ',' {
            self.at += 1;
            self.skip_blanks();
        }
        let more = self.peek()? != close;
        self.at += usize::from(!more);
        Some(more)
    }

    fn properties(&mut self) -> Option<Vec<(String, usize, Value)>> {
        let mut properties = Vec::new();
        self.at += 1;
        while self.next_item('}')? {
            let offset = self.at;
            let name = self.token::<String>()?;
            self.skip_blanks();
            self.at += 1;
            self.skip_blanks();
            properties.push((name, offset, self.value()?));
        }
        Some(properties)
    }

    fn items(&mut self) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        self.at += 1;
        while self.next_item(']')? {
            items.push(self.value()?);
        }
        Some(items)
    }

    fn value(&mut self) -> Option<Value> {
        let at = Some(self.lines.position(self.at));
        let kind = match self.peek()? {
            '{' => {
                let properties = self.properties()?;
                Kind::Map(properties.into_iter().map(|(name, _, value)| (name, value)).collect())
            }
            '[' => Kind::List(self.items()?),
            _ => match self.token()? {
                serde_json::Value::Bool(value) => Kind::Bool(value),
                serde_json::Value::Number(value) => Kind::number(value.as_i64(), value.as_f64()),
                serde_json::Value::String(value) => Kind::Text(value),
                _ => Kind::Null,
            },
        };
        Some(Value { at, kind })
    }

    fn token<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut stream = Deserializer::from_str(self.rest()).into_iter::<T>();
        let token = stream.next()?.ok()?;
        let read = stream.byte_offset();
        self.at += read;
        Some(token)
    }
}
