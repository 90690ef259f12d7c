//! Ranges, in the notation of the monitoring plugins: `[@][start:][end]`.

use std::fmt;

use super::table::Unit;

/// Which values raise an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The smallest good value; none for minus infinity.
    start: Option<f64>,
    /// The largest good value; none for infinity.
    end: Option<f64>,
    /// Values inside raise the alert instead of those outside.
    inside: bool,
}

impl Range {
    /// Good is what is at least this.
    pub fn at_least(start: f64) -> Self {
        Self { start: Some(start), end: None, inside: false }
    }

    /// Reads a range. Besides plain numbers a time may have a unit (`24h:`, `30d:`), which is turned into the check's.
    ///
    /// # Errors
    /// When it is none; the text says why.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no range: {why}");
        let (inside, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (start, end) = rest.split_once(':').map_or((None, rest), |(start, end)| (Some(start), end));
        let start = match start {
            // `:10` is not in the guidelines, but can mean nothing else.
            None | Some("") => Some(0.0),
            Some("~") => None,
            Some(number) => Some(value(number, unit).ok_or_else(|| wrong("its start is no number"))?),
        };
        let end = match end {
            "" if rest.contains(':') => None,
            "" => return Err(wrong("it is empty")),
            number => Some(value(number, unit).ok_or_else(|| wrong("its end is no number"))?),
        };
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(wrong("its start is above its end"));
        }
        Ok(Self { start, end, inside })
    }

    /// Whether this value raises the alert.
    pub fn alerts(&self, value: f64) -> bool {
        let within = self.start.is_none_or(|start| value >= start) && self.end.is_none_or(|end| value <= end);
        within == self.inside
    }
}

fn value(text: &str, unit: Unit) -> Option<f64> {
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
        text.parse::<f64>().ok().filter(|_| plain)
    };
    if let Some(number) = number(text) {
        return Some(number);
    }
    let own = match unit {
        Unit::Seconds => 1.0,
        Unit::Days => 86_400.0,
        Unit::Count => return None,
    };
    let seconds = match text.bytes().last()? {
        b's' => 1.0,
        b'm' => 60.0,
        b'h' => 3600.0,
        b'd' => 86_400.0,
        _ => return None,
    };
    Some(number(&text[..text.len() - 1])? * seconds / own)
}

/// The shortest text that reads back as the same range.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.inside {
            f.write_str("@")?;
        }
        match (self.start, self.end) {
            (Some(0.0), Some(end)) => return write!(f, "{end}"),
            (Some(start), _) => write!(f, "{start}:")?,
            (None, _) => f.write_str("~:")?,
        }
        self.end.map_or(Ok(()), |end| write!(f, "{end}"))
    }
}

impl serde::Serialize for Range {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Unit};
    use proptest::prelude::{Strategy, any, proptest};

    fn range(text: &str) -> Range {
        Range::parse(text, Unit::Count).unwrap()
    }

    /// The table of examples in the guidelines of the monitoring plugins.
    #[test]
    fn examples_of_the_guidelines() {
        for (text, alerts, quiet) in [
            ("10", &[-1.0, 10.1, 1e9][..], &[0.0, 5.0, 10.0][..]),
            ("10:", &[-1.0, 9.9], &[10.0, 1e9]),
            ("~:10", &[10.1, 1e9], &[-1e9, 0.0, 10.0]),
            ("10:20", &[9.9, 20.1], &[10.0, 15.0, 20.0]),
            ("@10:20", &[10.0, 15.0, 20.0], &[9.9, 20.1]),
        ] {
            let range = range(text);
            assert_eq!(range.to_string(), text);
            assert!(alerts.iter().all(|value| range.alerts(*value)), "{text}");
            assert!(!quiet.iter().any(|value| range.alerts(*value)), "{text}");
        }
    }

    /// The command lines with which the guidelines explain their ranges (`check_stuff`).
    #[test]
    fn command_lines_of_the_guidelines() {
        let status = |warning: Option<&str>, critical: Option<&str>, value: f64| {
            let alerts = |text: Option<&str>| text.is_some_and(|text| range(text).alerts(value));
            if alerts(critical) { 2 } else { i32::from(alerts(warning)) }
        };
        // -w10 -c20: critical if it is less than 0 or higher than 20, else warning if higher than 10.
        assert_eq!(
            [-1.0, 0.0, 10.0, 11.0, 20.0, 21.0].map(|value| status(Some("10"), Some("20"), value)),
            [2, 0, 0, 1, 1, 2]
        );
        // -w~:10 -c~:20: critical if above 20, warning if above 10.
        assert_eq!([-1.0, 10.0, 11.0, 21.0].map(|value| status(Some("~:10"), Some("~:20"), value)), [0, 0, 1, 2]);
        // -w10: -c20: critical below 20, warning below 10.
        assert_eq!([9.0, 19.0, 20.0].map(|value| status(Some("10:"), Some("20:"), value)), [2, 2, 0]);
        // -c1: critical if it is less than 0 or above 1.
        assert_eq!([-1.0, 0.0, 1.0, 2.0].map(|value| status(None, Some("1"), value)), [2, 0, 0, 2]);
        // -w~:0 -c10: critical below 0 or above 10, warning above 0.
        assert_eq!([-1.0, 0.0, 1.0, 11.0].map(|value| status(Some("~:0"), Some("10"), value)), [2, 0, 1, 2]);
        // -c5:6 and -c@10:20.
        assert_eq!([4.0, 5.0, 6.0, 7.0].map(|value| status(None, Some("5:6"), value)), [2, 0, 0, 2]);
        assert_eq!([9.0, 10.0, 20.0, 21.0].map(|value| status(None, Some("@10:20"), value)), [0, 2, 2, 0]);
    }

    #[test]
    fn what_is_no_range() {
        for text in ["", "@", "a", "1:b", "20:10", "~", "1:2:3", "1e3", "inf", "nan", "10 ", "24h:"] {
            assert!(Range::parse(text, Unit::Count).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_turned_into_the_checks_unit() {
        let range = |text, unit| Range::parse(text, unit).unwrap().to_string();
        assert_eq!(range("24h:", Unit::Seconds), "86400:");
        assert_eq!(range("30d:", Unit::Days), "30:");
        assert_eq!(range("48h:", Unit::Days), "2:");
        assert_eq!(range("5m:1h", Unit::Seconds), "300:3600");
        assert_eq!(range("1.5m", Unit::Seconds), "90");
        assert!(Range::parse("5x", Unit::Seconds).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            (start, end) in (0_i32..1000, 0_i32..1000).prop_map(|(start, more)| (start, start + more)),
            (open, inside) in (any::<bool>(), any::<bool>()),
            value in -10_i32..2100,
        ) {
            let (start, end) = (f64::from(start), (!open).then_some(f64::from(end)));
            let range = Range { start: Some(start), end, inside };
            let back = Range::parse(&range.to_string(), Unit::Count).unwrap();
            assert_eq!(back, range);
            assert_ne!(range.alerts(f64::from(value)), Range { inside: !inside, ..range }.alerts(f64::from(value)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}") {
            let _ = Range::parse(&text, Unit::Seconds);
        }
    }
}
