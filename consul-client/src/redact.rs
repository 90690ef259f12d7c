//! What may stand in logs.

use std::fmt;

use serde_json::{Map, Value};

/// What is written in place of a secret.
pub(crate) const REDACTED: &str = "(redacted)";

/// The names in a JSON object whose values may be secrets.
pub(crate) struct Names<'a>(pub(crate) &'a Map<String, Value>);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, format_args!("…")))).finish()
    }
}

/// A secret that the server sent: it is read, but never written again.
pub(crate) mod token {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::REDACTED;
    use crate::credential::Token;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        if text.is_empty() || text == REDACTED {
            return Ok(None);
        }
        Token::new(&text).map(Some).map_err(|_| serde::de::Error::custom("not a token"))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(token: &Option<Token>, serializer: S) -> Result<S::Ok, S::Error> {
        match token {
            Some(_) => serializer.serialize_str(REDACTED),
            None => serializer.serialize_none(),
        }
    }
}

/// A secret of several lines that the server sent.
pub(crate) mod secret {
    use secrecy::SecretString;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::REDACTED;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Some(text).filter(|text| !text.is_empty() && text != REDACTED).map(SecretString::from))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(_) => serializer.serialize_str(REDACTED),
            None => serializer.serialize_none(),
        }
    }
}
