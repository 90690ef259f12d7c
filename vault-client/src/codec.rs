//! Decoders and encoders for what Vault writes in its own way.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::credential::Token;

type Decoded<'de, T, D> = Result<T, <D as Deserializer<'de>>::Error>;

/// Reads a secret text; `null` is an empty one.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, SecretString, D> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default().into())
}

/// Reads a list of secret texts; `null` is an empty one.
pub(crate) fn secrets<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Vec<SecretString>, D> {
    let texts = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.into_iter().map(SecretString::from).collect())
}

/// Reads a token; `null` and an empty text are none.
pub(crate) fn token_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Option<Token>, D> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| Token::new(&text).map_err(|_| serde::de::Error::custom("not a token"))).transpose()
}

/// Reads a list of texts; anything else is an empty list, since it is only for show.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Vec<String>, D> {
    let serde_json::Value::Array(items) = serde_json::Value::deserialize(deserializer)? else {
        return Ok(Vec::new());
    };
    Ok(items.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect())
}

/// Reads seconds since 1970; `null` and 0 are none.
pub(crate) fn unix<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Option<Timestamp>, D> {
    let seconds = Option::<i64>::deserialize(deserializer)?.unwrap_or_default();
    from_unix(seconds).map_err(serde::de::Error::custom)
}

/// Takes seconds since 1970; 0 is none.
pub(crate) fn from_unix(seconds: i64) -> Result<Option<Timestamp>, &'static str> {
    if seconds == 0 {
        return Ok(None);
    }
    Timestamp::from_second(seconds).map(Some).map_err(|_| "not a time")
}
