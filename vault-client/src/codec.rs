//! Decoders and encoders for what Vault writes in its own way.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Decoded<'de, T, D> = Result<T, <D as Deserializer<'de>>::Error>;
type Encoded<S> = Result<<S as Serializer>::Ok, <S as Serializer>::Error>;

/// What is written in place of a secret of an answer, so that whoever dumps the answer gives nothing away.
pub(crate) const REDACTED: &str = "(redacted)";

fn hide<S: Serializer>(secret: &str, serializer: S) -> Encoded<S> {
    serializer.serialize_str(if secret.is_empty() { "" } else { REDACTED })
}

/// A secret text; `null` is an empty one.
pub(crate) mod secret {
    use secrecy::{ExposeSecret, SecretString};
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Decoded, Encoded, hide};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, SecretString, D> {
        Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default().into())
    }

    pub(crate) fn serialize<S: Serializer>(secret: &SecretString, serializer: S) -> Encoded<S> {
        hide(secret.expose_secret(), serializer)
    }
}

/// A list of secret texts; `null` is an empty one.
pub(crate) mod secrets {
    use secrecy::SecretString;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Decoded, Encoded, REDACTED};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Vec<SecretString>, D> {
        let texts = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(texts.into_iter().map(SecretString::from).collect())
    }

    pub(crate) fn serialize<S: Serializer>(secrets: &[SecretString], serializer: S) -> Encoded<S> {
        serializer.collect_seq(secrets.iter().map(|_| REDACTED))
    }
}

/// A token; `null` and an empty text are none.
pub(crate) mod token {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Decoded, Encoded, REDACTED};
    use crate::credential::Token;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Option<Token>, D> {
        let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
        text.map(|text| Token::new(&text).map_err(|_| serde::de::Error::custom("not a token"))).transpose()
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(token: &Option<Token>, serializer: S) -> Encoded<S> {
        token.as_ref().map(|_| REDACTED).serialize(serializer)
    }
}

/// What is not kept: a secret that whoever asks has already, or what a write repeats of what it wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Withheld;

impl<'de> Deserialize<'de> for Withheld {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Self, D> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for Withheld {
    fn serialize<S: Serializer>(&self, serializer: S) -> Encoded<S> {
        serializer.serialize_str(REDACTED)
    }
}

/// Data whose type a user chose, and with it what is kept of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Own<T>(pub(crate) T);

impl<T> Serialize for Own<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Encoded<S> {
        serializer.serialize_str(REDACTED)
    }
}

/// A duration that the server answers as seconds, or as Go's text.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    use super::{Decoded, Encoded};
    use crate::wire::duration;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Duration, D> {
        duration::from_seconds(deserializer)
    }

    pub(crate) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Encoded<S> {
        serializer.serialize_str(&duration::format(*value))
    }
}

/// Seconds since 1970; `null` and 0 are none.
pub(crate) mod unix {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Decoded, Encoded, from_unix};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Option<Timestamp>, D> {
        let seconds = Option::<i64>::deserialize(deserializer)?.unwrap_or_default();
        from_unix(seconds).map_err(serde::de::Error::custom)
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Encoded<S> {
        serializer.serialize_i64(time.map_or(0, Timestamp::as_second))
    }
}

/// Takes seconds since 1970; 0 is none.
pub(crate) fn from_unix(seconds: i64) -> Result<Option<Timestamp>, &'static str> {
    if seconds == 0 {
        return Ok(None);
    }
    Timestamp::from_second(seconds).map(Some).map_err(|_| "not a time")
}

/// Reads a list of texts; anything else is an empty list, since it is only for show.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Decoded<'de, Vec<String>, D> {
    let serde_json::Value::Array(items) = serde_json::Value::deserialize(deserializer)? else {
        return Ok(Vec::new());
    };
    Ok(items.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect())
}
