//! How each Rust type is read from a written value.

use super::rules::Rule;
use super::source::Position;
use super::table::{Constraint, InputType};
use super::value::{Kind, Value, whole};
use secrecy::SecretString;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Longest piece of a wrong value that a message quotes.
const QUOTED: usize = 60;
/// Scheme of a socket file.
pub(super) const UNIX: &str = "unix";
pub(super) const WEB: Constraint = Constraint::Url(&["http", "https"]);
pub(super) const WEB_OR_SOCKET: Constraint = Constraint::Url(&["http", "https", UNIX]);

/// What is wrong with a value. `Debug` for the defaults' `expect`; never holds a secret.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: Option<Position>,
    pub(super) what: String,
    pub(super) remedy: String,
}

/// A type that an input can have.
pub(super) trait Field: Sized {
    const KIND: InputType;
    const CONSTRAINT: Constraint = Constraint::Any;
    const SENSITIVE: bool = false;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault>;
}

/// The value is of the right type but not allowed. Pass the text unless it is a secret.
pub(super) fn violation(value: &Value, text: Option<&str>, constraint: &Constraint) -> Fault {
    let what = text.map_or_else(
        || "is not allowed".to_owned(),
        |text| {
            let short: String = text.chars().take(QUOTED).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            format!("{short:?}{dots} is not allowed")
        },
    );
    Fault { at: value.at, what, remedy: format!("must be {constraint}") }
}

fn wrong_type(value: &Value, wanted: &str) -> Fault {
    let remedy = match value.kind {
        Kind::Expression(_) => "only literal values are allowed; write the value itself".to_owned(),
        _ => format!("write {wanted}"),
    };
    Fault { at: value.at, what: format!("is {}, not {wanted}", value.kind.describe()), remedy }
}

/// A string, or what Terraform turns into one.
pub(super) fn text(value: &Value) -> Result<Cow<'_, str>, Fault> {
    match &value.kind {
        Kind::Text(text) => Ok(Cow::Borrowed(text)),
        Kind::Bool(value) => Ok(Cow::Owned(value.to_string())),
        Kind::Integer(number) => Ok(Cow::Owned(number.to_string())),
        // A tag written as 1.10 would silently become 1.1.
        Kind::Fraction(_) => Err(Fault {
            remedy: "put it in quotes, so that no digit is lost".to_owned(),
            ..wrong_type(value, "a string")
        }),
        _ => Err(wrong_type(value, "a string")),
    }
}

fn checked<'a>(value: &'a Value, constraint: &Constraint) -> Result<Cow<'a, str>, Fault> {
    let text = text(value)?;
    match constraint {
        Constraint::Rule(Rule { holds, .. }) if !holds(&text) => Err(violation(value, Some(&text), constraint)),
        _ => Ok(text),
    }
}

impl Field for String {
    const KIND: InputType = InputType::String;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        checked(value, constraint).map(Cow::into_owned)
    }
}

impl Field for Option<SecretString> {
    const KIND: InputType = InputType::String;
    const SENSITIVE: bool = true;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let text = text(value)?;
        match constraint {
            Constraint::Rule(rule) if !(rule.holds)(&text) => Err(violation(value, None, constraint)),
            _ if text.is_empty() => Ok(None),
            _ => Ok(Some(SecretString::from(text.into_owned()))),
        }
    }
}

impl Field for bool {
    const KIND: InputType = InputType::Bool;

    fn read(value: &Value, _: &Constraint) -> Result<Self, Fault> {
        match &value.kind {
            Kind::Bool(value) => Ok(*value),
            Kind::Text(text) => match text.as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(wrong_type(value, "true or false")),
            },
            _ => Err(wrong_type(value, "true or false")),
        }
    }
}

/// A whole number within the input's range.
fn integer(value: &Value, constraint: &Constraint) -> Result<i64, Fault> {
    let number = match &value.kind {
        Kind::Integer(number) => *number,
        Kind::Fraction(number) => {
            return Err(violation(value, Some(&number.to_string()), constraint));
        }
        Kind::Text(text) => text
            .parse()
            .ok()
            .or_else(|| whole(text.parse().ok()?))
            .ok_or_else(|| violation(value, Some(text), constraint))?,
        _ => return Err(wrong_type(value, "a number")),
    };
    match constraint {
        Constraint::Range(min, max) if !(*min..=*max).contains(&number) => {
            Err(violation(value, Some(&number.to_string()), constraint))
        }
        _ => Ok(number),
    }
}

macro_rules! integers {
    ($($name:ty),+) => {$(
        impl Field for $name {
            const KIND: InputType = InputType::Number;
            const CONSTRAINT: Constraint = Constraint::Range(0, <$name>::MAX as i64);

            fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
                let number = integer(value, constraint)?;
                let fits = Self::try_from(number);
                fits.map_err(|_| violation(value, Some(&number.to_string()), &Self::CONSTRAINT))
            }
        }
    )+};
}

integers!(u8, u16, u32);

impl Field for Duration {
    const KIND: InputType = InputType::String;
    const CONSTRAINT: Constraint = Constraint::Duration { zero: false };

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let text = text(value)?;
        let allows_zero = matches!(constraint, Constraint::Duration { zero: true });
        duration(&text)
            .filter(|duration| allows_zero || !duration.is_zero())
            .ok_or_else(|| violation(value, Some(&text), constraint))
    }
}

/// `^[0-9]+(h|m|s)$`
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u64 = match unit {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    // `parse` alone would accept a sign.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

impl Field for Url {
    const KIND: InputType = InputType::String;
    const CONSTRAINT: Constraint = WEB;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let text = text(value)?;
        let url = Self::parse(&text).ok();
        // What comes before an @ may be a password, so such a text is not quoted.
        let quoted = Some(text.as_ref()).filter(|text| !text.contains('@'));
        url.filter(|url| is_address(url, constraint)).ok_or_else(|| violation(value, quoted, constraint))
    }
}

fn is_address(url: &Url, constraint: &Constraint) -> bool {
    let Constraint::Url(schemes) = constraint else {
        return true;
    };
    let points_somewhere = match url.scheme() {
        UNIX => url.host().is_none() && url.path().len() > 1,
        _ => url.has_host(),
    };
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    schemes.contains(&url.scheme()) && points_somewhere && is_anonymous
}

impl Field for Option<Url> {
    const KIND: InputType = InputType::String;
    const CONSTRAINT: Constraint = WEB;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        if text(value)?.is_empty() {
            return Ok(None);
        }
        Url::read(value, constraint).map(Some)
    }
}

impl Field for Vec<String> {
    const KIND: InputType = InputType::List;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let Kind::List(items) = &value.kind else {
            return Err(wrong_type(value, "a list of strings"));
        };
        items.iter().map(|item| String::read(item, constraint)).collect()
    }
}

impl Field for BTreeMap<String, String> {
    const KIND: InputType = InputType::Map;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let Kind::Map(entries) = &value.kind else {
            return Err(wrong_type(value, "a map of strings"));
        };
        entries
            .iter()
            .map(|(key, item)| {
                let item = String::read(item, constraint)?;
                let named = Some((key.clone(), item)).filter(|_| !key.trim().is_empty());
                named.ok_or_else(|| Fault {
                    at: value.at,
                    what: "has an entry without a name".to_owned(),
                    remedy: "give each entry a name".to_owned(),
                })
            })
            .collect()
    }
}
