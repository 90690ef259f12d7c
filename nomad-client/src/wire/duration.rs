//! Durations: Go's text (`1h2m3.5s`), integer nanoseconds and integer seconds.

use std::time::Duration;

use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize, Serializer};

const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration as Go's `time.ParseDuration` does, plus the suffix `d` (24 hours) that Vault takes.
///
/// Negative durations are not read: no field of this crate has one.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut nanos = 0_u128;
    let mut any = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        nanos = nanos.checked_add(scale(number, unit_nanos(unit)?)?)?;
        rest = tail;
        any = true;
    }
    if !any {
        return None;
    }
    from_nanos(nanos)
}

fn unit_nanos(unit: &str) -> Option<u128> {
    if unit == "d" {
        return Some(86_400_000_000_000);
    }
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, nanos)| *nanos)
}

fn scale(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        let digit = u128::from(digit.checked_sub(b'0').filter(|d| *d < 10)?);
        place /= 10;
        nanos = nanos.checked_add(digit * place)?;
    }
    Some(nanos)
}

fn from_nanos(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, rest))
}

/// Writes a duration as Go's `Duration.String` does: `1h2m3.5s`, `300ms`, `0s`.
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000_000_000 {
        let (unit, size) = match nanos {
            0..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{}{unit}", decimal(nanos, size));
    }
    let minutes = nanos / 60_000_000_000;
    let seconds = decimal(nanos % 60_000_000_000, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(nanos: u128, size: u128) -> String {
    let fraction = nanos % size;
    if fraction == 0 {
        return (nanos / size).to_string();
    }
    let width = size.ilog10() as usize;
    let text = format!("{}.{fraction:0width$}", nanos / size);
    text.trim_end_matches('0').to_owned()
}

/// What a bare number means.
#[derive(Clone, Copy)]
enum Number {
    Nanos,
    Seconds,
}

struct AnyForm(Number);

impl Visitor<'_> for AnyForm {
    type Value = Duration;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a duration such as \"1h30m\" or a number")
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Duration, E> {
        Ok(match self.0 {
            Number::Nanos => Duration::from_nanos(value),
            Number::Seconds => Duration::from_secs(value),
        })
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Duration, E> {
        let value = u64::try_from(value).map_err(|_| E::custom("a negative duration"))?;
        self.visit_u64(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Duration, E> {
        let seconds = match self.0 {
            Number::Nanos => value / 1e9,
            Number::Seconds => value,
        };
        Duration::try_from_secs_f64(seconds).map_err(|_| E::custom("not a duration"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
        if text.is_empty() {
            return Ok(Duration::ZERO);
        }
        if let Ok(number) = text.parse() {
            return self.visit_u64(number);
        }
        parse(text).ok_or_else(|| E::custom("not a duration"))
    }
}

macro_rules! form {
    ($(#[$meta:meta])* $name:ident, $number:expr, $write:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Duration);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(Duration, S) -> Result<S::Ok, S::Error> = $write;
                write(self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(AnyForm($number)).map(Self)
            }
        }

        impl From<Duration> for $name {
            fn from(duration: Duration) -> Self {
                Self(duration)
            }
        }

        impl From<$name> for Duration {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

form!(
    /// Written as Go's text; read as that text or as nanoseconds.
    GoText,
    Number::Nanos,
    |duration, serializer| serializer.serialize_str(&format(duration))
);
form!(
    /// Written as integer nanoseconds; read as those or as Go's text.
    Nanos,
    Number::Nanos,
    |duration, serializer| match i64::try_from(duration.as_nanos()) {
        Ok(nanos) => serializer.serialize_i64(nanos),
        Err(_) => Err(serde::ser::Error::custom("longer than 292 years")),
    }
);
form!(
    /// Written as text in seconds (`90s`); read as integer seconds or as Go's text.
    Seconds,
    Number::Seconds,
    |duration, serializer| serializer.serialize_str(&format!("{}s", duration.as_secs()))
);

/// For fields of type `Option<Duration>`: `#[serde(with = "…")]` in each of the three forms.
macro_rules! optional {
    ($(#[$meta:meta])* $module:ident, $form:ident) => {
        $(#[$meta])*
        pub mod $module {
            use std::time::Duration;

            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            /// Reads the duration, or nothing from `null`.
            ///
            /// # Errors
            /// When it is not a duration.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
                Ok(Option::<super::$form>::deserialize(deserializer)?.map(Duration::from))
            }

            /// Writes the duration.
            ///
            /// # Errors
            /// When the serializer fails.
            pub fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
                value.map(super::$form).serialize(serializer)
            }
        }
    };
}

optional!(
    /// As [`GoText`].
    go_text,
    GoText
);
optional!(
    /// As [`Nanos`].
    nanos,
    Nanos
);
optional!(
    /// As [`Seconds`].
    seconds,
    Seconds
);

/// Reads any of the three forms, a bare number being seconds.
///
/// # Errors
/// When it is not a duration.
pub fn from_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Option::<Seconds>::deserialize(deserializer).map(|seconds| seconds.unwrap_or_default().0).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::{GoText, Nanos, Seconds, format, parse};
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn go_texts() {
        let table = [
            ("0s", 0),
            ("1ns", 1),
            ("1.1µs", 1_100),
            ("2.2ms", 2_200_000),
            ("3.3s", 3_300_000_000),
            ("4m5s", 245_000_000_000),
            ("4m5.001s", 245_001_000_000),
            ("5h6m7.001s", 18_367_001_000_000),
            ("8m0.000000001s", 480_000_000_001),
            ("24h0m0s", 86_400_000_000_000),
        ];
        for (text, nanos) in table {
            assert_eq!(format(Duration::from_nanos(nanos)), text);
            assert_eq!(parse(text), Some(Duration::from_nanos(nanos)), "{text}");
        }
        assert_eq!(parse("30d"), Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse(".5s"), Some(Duration::from_millis(500)));
        for text in ["", "1", "s", "1x", "-1s", ".s", "1 s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn three_forms_are_equal() {
        let ninety = Duration::from_secs(90);
        for text in [r#""1m30s""#, "90000000000", r#""90s""#, r#""90000000000""#] {
            assert_eq!(serde_json::from_str::<GoText>(text).unwrap().0, ninety, "{text}");
            assert_eq!(serde_json::from_str::<Nanos>(text).unwrap().0, ninety, "{text}");
        }
        for text in [r#""1m30s""#, "90", r#""90""#, "90.0"] {
            assert_eq!(serde_json::from_str::<Seconds>(text).unwrap().0, ninety, "{text}");
        }
        assert_eq!(serde_json::to_string(&GoText(ninety)).unwrap(), r#""1m30s""#);
        assert_eq!(serde_json::to_string(&Nanos(ninety)).unwrap(), "90000000000");
        assert_eq!(serde_json::to_string(&Seconds(ninety)).unwrap(), r#""90s""#);
    }

    proptest! {
        #[test]
        fn text_round_trip(nanos in 0_u64..=u64::MAX / 2) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&format(duration)), Some(duration));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
