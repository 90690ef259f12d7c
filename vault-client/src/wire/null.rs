//! Go writes `null` for an empty list, map or string pointer.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default value; to be used with `#[serde(default, deserialize_with = "…")]`.
///
/// # Errors
/// What the value's own decoder says.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[derive(Debug, serde::Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "super::or_default")]
        items: Vec<u8>,
    }

    #[test]
    fn null_missing_and_empty_are_the_same() {
        for text in [r#"{"items":null}"#, "{}", r#"{"items":[]}"#] {
            let answer: Answer = serde_json::from_str(text).unwrap();
            assert!(answer.items.is_empty(), "{text}");
        }
    }
}
