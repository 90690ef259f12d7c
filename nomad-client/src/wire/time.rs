//! Points in time.

use serde::{Deserialize, Deserializer};

pub use jiff::Timestamp;

/// Reads a time in RFC 3339, with Go's zero time, an empty text and `null` all meaning "none".
///
/// # Errors
/// When the text is not a time.
pub fn or_none<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    if text.is_empty() || text.starts_with("0001-01-01T00:00:00") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| serde::de::Error::custom("not a time in RFC 3339"))
}

#[cfg(test)]
mod tests {
    #[derive(Debug, serde::Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "super::or_none")]
        at: Option<super::Timestamp>,
    }

    #[test]
    fn zero_time_is_none() {
        for text in [r#"{"at":null}"#, "{}", r#"{"at":""}"#, r#"{"at":"0001-01-01T00:00:00Z"}"#] {
            let answer: Answer = serde_json::from_str(text).unwrap();
            assert_eq!(answer.at, None, "{text}");
        }
        let answer: Answer = serde_json::from_str(r#"{"at":"2026-11-23T17:00:00.123456789+01:00"}"#).unwrap();
        assert_eq!(answer.at.unwrap().to_string(), "2026-11-23T16:00:00.123456789Z");
        assert!(serde_json::from_str::<Answer>(r#"{"at":"s.hunter2"}"#).is_err());
    }
}
