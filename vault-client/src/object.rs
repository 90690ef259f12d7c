//! How structs are declared whose JSON must survive decoding and encoding, and the forms of their fields.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serializer};

use crate::codec::REDACTED;

/// Whether a value says nothing and is therefore not sent.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Absent for BTreeMap<K, V> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Declares a struct that a user writes, and may have read before. What is absent is not sent, and what this crate does
/// not know is kept in `extra`. After a field's type, `as` names the form that it has on the wire.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        object! { @ [$(#[$meta])*] $name [] $($body)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as seconds, $($rest:tt)*) => {
        object! { @ $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::seconds", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as go_text, $($rest:tt)*) => {
        object! { @ $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::go_text", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as commas, $($rest:tt)*) => {
        object! { @ $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::commas", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty, $($rest:tt)*) => {
        object! { @ $head $name [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    (@ [$($head:tt)*] $name:ident [$($done:tt)*]) => {
        $($head)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct $name {
            $($done)*
            /// What this version of the crate does not know, to be sent back as it came.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }
    };
}

/// Declares a struct of an answer that is only read.
macro_rules! answer {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        answer! { @ [$(#[$meta])*] $name [] $($body)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as seconds, $($rest:tt)*) => {
        answer! { @ $head $name [$($done)* $(#[$meta])* #[serde(with = "crate::codec::seconds")] pub $field: $ty,]
            $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as unix, $($rest:tt)*) => {
        answer! { @ $head $name [$($done)* $(#[$meta])* #[serde(with = "crate::codec::unix")] pub $field: $ty,]
            $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as time, $($rest:tt)*) => {
        answer! { @ $head $name [$($done)*
            $(#[$meta])* #[serde(deserialize_with = "crate::wire::time::or_none")] pub $field: $ty,] $($rest)* }
    };
    (@ $head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty, $($rest:tt)*) => {
        answer! { @ $head $name [$($done)*
            $(#[$meta])* #[serde(deserialize_with = "crate::wire::null::or_default")] pub $field: $ty,] $($rest)* }
    };
    (@ [$($head:tt)*] $name:ident [$($done:tt)*]) => {
        $($head)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct $name { $($done)* }
    };
}

/// A list that goes out as one text, and comes in as that or as a list.
pub(crate) mod commas {
    use super::{Deserialize, Deserializer, Display, Serializer};

    /// A list, which may be one that is absent.
    pub(crate) trait List: Sized {
        type Item: Display + for<'a> From<&'a str>;
        fn items(&self) -> Option<&[Self::Item]>;
        fn made(items: Option<Vec<Self::Item>>) -> Self;
    }

    impl<T: Display + for<'a> From<&'a str>> List for Vec<T> {
        type Item = T;
        fn items(&self) -> Option<&[T]> {
            Some(self)
        }
        fn made(items: Option<Self>) -> Self {
            items.unwrap_or_default()
        }
    }

    impl<T: Display + for<'a> From<&'a str>> List for Option<Vec<T>> {
        type Item = T;
        fn items(&self) -> Option<&[T]> {
            self.as_deref()
        }
        fn made(items: Self) -> Self {
            items
        }
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(String),
        Many(Vec<String>),
    }

    pub(crate) fn deserialize<'de, L: List, D: Deserializer<'de>>(deserializer: D) -> Result<L, D::Error> {
        let form = Option::<Form>::deserialize(deserializer)?;
        Ok(L::made(form.map(|form| match form {
            Form::One(text) if text.is_empty() => Vec::new(),
            Form::One(text) => text.split(',').map(|part| L::Item::from(part.trim())).collect(),
            Form::Many(parts) => parts.iter().map(|part| L::Item::from(part.as_str())).collect(),
        })))
    }

    pub(crate) fn serialize<L: List, S: Serializer>(list: &L, serializer: S) -> Result<S::Ok, S::Error> {
        match list.items() {
            Some(items) => {
                serializer.serialize_str(&items.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
            None => serializer.serialize_none(),
        }
    }
}

/// A text in PEM that is no secret unless the server was asked to put a private key into it.
pub(crate) mod public {
    use super::{Deserialize, Deserializer, REDACTED, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or_default())
    }

    pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(shown(text))
    }

    /// The text as it may be shown.
    pub(crate) fn shown(text: &str) -> &str {
        if text.contains("PRIVATE KEY") { REDACTED } else { text }
    }
}

/// A secret that may be absent; an empty text is none.
pub(crate) mod secret_or_none {
    use secrecy::SecretString;

    use super::{Deserialize, Deserializer, REDACTED, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if secret.is_some() { REDACTED } else { "" })
    }
}

/// A map whose values are secrets.
pub(crate) mod secret_map {
    use secrecy::SecretString;

    use super::{BTreeMap, Deserialize, Deserializer, REDACTED, Serializer};

    pub(crate) fn deserialize<'de, K, D>(deserializer: D) -> Result<BTreeMap<K, SecretString>, D::Error>
    where
        K: Ord + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let map = Option::<BTreeMap<K, String>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(map.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    pub(crate) fn serialize<K: serde::Serialize, S: Serializer>(
        map: &BTreeMap<K, SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.keys().map(|name| (name, REDACTED)))
    }
}

/// Bytes that are base64 on the wire.
pub(crate) mod blob {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error as _;

    use super::{Deserialize, Deserializer, Serializer};

    /// Bytes, which may be absent.
    pub(crate) trait Blob: Sized {
        fn bytes(&self) -> Option<&[u8]>;
        fn made(bytes: Option<Vec<u8>>) -> Self;
    }

    impl Blob for Bytes {
        fn bytes(&self) -> Option<&[u8]> {
            Some(self)
        }
        fn made(bytes: Option<Vec<u8>>) -> Self {
            bytes.unwrap_or_default().into()
        }
    }

    impl Blob for Option<Bytes> {
        fn bytes(&self) -> Option<&[u8]> {
            self.as_deref()
        }
        fn made(bytes: Option<Vec<u8>>) -> Self {
            bytes.map(Bytes::from)
        }
    }

    pub(crate) fn deserialize<'de, B: Blob, D: Deserializer<'de>>(deserializer: D) -> Result<B, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let bytes = text.map(|text| STANDARD.decode(text)).transpose();
        bytes.map(B::made).map_err(|_| D::Error::custom("not base64"))
    }

    pub(crate) fn serialize<B: Blob, S: Serializer>(blob: &B, serializer: S) -> Result<S::Ok, S::Error> {
        match blob.bytes() {
            Some(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "what the macros declare is public")]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    object! {
        /// Settings.
        Settings {
            /// A duration.
            pub ttl: Option<Duration> as seconds,
            /// Names.
            pub names: Vec<String>,
            /// Uses.
            pub usage: Option<Vec<String>> as commas,
            /// Whether.
            pub whether: Option<bool>,
        }
    }

    answer! {
        /// An answer.
        Answer {
            /// A duration.
            pub ttl: Duration as seconds,
            /// Names.
            pub names: Vec<String>,
        }
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let sent = json!({ "ttl": 60, "names": null, "usage": "a,b", "new": {"x": 1}, "whether": null });
        let read: Settings = serde_json::from_value(sent).unwrap();
        assert_eq!(
            (read.ttl, read.usage.as_deref()),
            (Some(Duration::from_secs(60)), Some(&["a".into(), "b".into()][..]))
        );
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written, json!({ "ttl": "60s", "usage": "a,b", "new": {"x": 1} }));
        let listed: Settings = serde_json::from_value(json!({ "usage": ["a", "b"] })).unwrap();
        assert_eq!(listed.usage, read.usage);
        assert_eq!(serde_json::to_value(Settings::default()).unwrap(), json!({}));
    }

    #[test]
    fn null_missing_and_empty_are_the_same() {
        for text in ["{}", r#"{"ttl":null,"names":null}"#, r#"{"ttl":0,"names":[]}"#] {
            assert_eq!(serde_json::from_str::<Answer>(text).unwrap(), Answer::default(), "{text}");
        }
        let text = r#"{"ttl":90,"names":["a"]}"#;
        let written = serde_json::to_value(serde_json::from_str::<Answer>(text).unwrap()).unwrap();
        assert_eq!(written["names"], Value::from(vec!["a"]));
    }
}
