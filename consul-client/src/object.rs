//! How structs are declared whose JSON must survive decoding and encoding.
//!
//! The fields mirror Go's: a pointer is an `Option`, a plain number or boolean is always sent, a list, map or plain
//! text is left out when empty. `null`, missing and empty are accepted everywhere, and what this version of the crate
//! does not know stays in `extra`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether a value says nothing and is therefore not sent.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
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

impl<T> Absent for BTreeMap<String, T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for serde_json::Map<String, Value> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

macro_rules! always_sent {
    ($($name:ty),+) => { $(impl Absent for $name {})+ };
}

always_sent!(bool, u16, i64, u64, f64, crate::meta::Index);

/// Declares a struct of an answer, which may also be changed and written back.
///
/// After a field's type, `as` names the form that it has on the wire.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        fields! { [$(#[$meta])*] $name [] $($body)* }
    };
}

/// Takes one field after the other from the start of its input and adds serde's attributes to it.
macro_rules! fields {
    ($head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as nanos, $($rest:tt)*) => {
        fields! { $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::nanos", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as go_text, $($rest:tt)*) => {
        fields! { $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::go_text", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty as rfc3339, $($rest:tt)*) => {
        fields! { $head $name [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::time::or_none",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident [$($done:tt)*] $(#[$meta:meta])* pub $field:ident: $ty:ty, $($rest:tt)*) => {
        fields! { $head $name [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    ([$($head:tt)*] $name:ident [$($done:tt)*]) => {
        $($head)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name {
            $($done)*
            /// What this version of the crate does not know, as it came.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        /// One that only has its defaults is not sent.
        impl crate::object::Absent for $name {
            fn is_absent(&self) -> bool {
                *self == Self::default()
            }
        }
    };
}

/// Lets enums of the wire stand in structs that have a default: it is the empty text.
macro_rules! default_empty {
    ($($name:ident),+ $(,)?) => { $(
        impl Default for $name {
            fn default() -> Self {
                Self::from("")
            }
        }

        impl crate::object::Absent for $name {
            fn is_absent(&self) -> bool {
                self.as_str().is_empty()
            }
        }
    )+ };
}

/// A duration as Go's text, which is empty where there is none.
pub(crate) mod go_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::wire::duration;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Number(duration::GoText),
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        match Option::<Form>::deserialize(deserializer)? {
            None => Ok(None),
            Some(Form::Text(text)) if text.is_empty() => Ok(None),
            Some(Form::Text(text)) => {
                duration::parse(&text).map(Some).ok_or_else(|| serde::de::Error::custom("not a duration"))
            }
            Some(Form::Number(duration)) => Ok(Some(duration.into())),
        }
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration::go_text::serialize(value, serializer)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::wire::time::Timestamp;

    object! {
        /// One field of each form.
        #[expect(unreachable_pub, reason = "the macro is for public structs")]
        Sample {
            /// Text.
            #[serde(rename = "ID")]
            pub id: String,
            /// A pointer.
            pub count: Option<i64>,
            /// A number.
            pub leader: bool,
            /// A list.
            pub items: Vec<String>,
            /// A map.
            pub names: BTreeMap<String, String>,
            /// A duration.
            pub delay: Option<Duration> as nanos,
            /// Another.
            pub wait: Option<Duration> as go_text,
            /// A time.
            pub at: Option<Timestamp> as rfc3339,
        }
    }

    /// The value without what Go and we write differently: `null`, and empty texts, lists and objects.
    fn pruned(value: Value) -> Value {
        let kept = |value: &Value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        };
        match value {
            Value::Array(items) => items.into_iter().map(pruned).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (key, pruned(value))).filter(|(_, value)| kept(value)).collect()
            }
            other => other,
        }
    }

    /// Reads what a server sent and finds all of it again in what is written back.
    pub(crate) fn lossless<T: Serialize + DeserializeOwned>(text: &str) -> T {
        let object: T = serde_json::from_str(text).unwrap();
        let sent = pruned(serde_json::from_str(text).unwrap());
        let mut kept = pruned(serde_json::to_value(&object).unwrap());
        only(&sent, &mut kept);
        assert_eq!(kept, sent);
        object
    }

    /// Leaves only what was sent too: a default may be added.
    fn only(sent: &Value, kept: &mut Value) {
        match (sent, kept) {
            (Value::Object(sent), Value::Object(kept)) => {
                kept.retain(|name, _| sent.contains_key(name));
                kept.iter_mut().for_each(|(name, value)| only(&sent[name], value));
            }
            (Value::Array(sent), Value::Array(kept)) => {
                sent.iter().zip(kept).for_each(|(sent, kept)| only(sent, kept));
            }
            _ => {}
        }
    }

    #[test]
    fn nothing_is_lost() {
        let full = json!({
            "ID": "a", "Count": 0, "Leader": false, "Items": ["b"], "Names": {"c": "d"}, "Delay": 5, "Wait": "1m0s",
            "At": "2026-11-23T17:47:17.72Z", "Zzz": {"Yyy": [null]}
        });
        let sample: Sample = serde_json::from_value(full.clone()).unwrap();
        assert_eq!((sample.delay, sample.wait), (Some(Duration::from_nanos(5)), Some(Duration::from_secs(60))));
        assert_eq!(serde_json::to_value(&sample).unwrap(), full);
    }

    #[test]
    fn a_number_is_kept_to_its_last_digit() {
        let text = r#"{"Leader":false,"Mean":0.009254000333333333}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Sample>(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn null_missing_and_empty_are_the_same() {
        let nulls = json!({
            "ID": null, "Count": null, "Leader": null, "Items": null, "Names": null, "Delay": null, "Wait": "", "At": null
        });
        assert_eq!(serde_json::from_value::<Sample>(nulls).unwrap(), Sample::default());
        assert_eq!(serde_json::from_value::<Sample>(json!({})).unwrap(), Sample::default());
        assert_eq!(serde_json::to_value(Sample::default()).unwrap(), json!({"Leader": false}));
        assert!(serde_json::from_value::<Sample>(json!({"Wait": "soon"})).is_err());
    }
}
