//! How structs are declared whose JSON must survive decoding and encoding.
//!
//! The fields mirror Go's: a pointer is an `Option`, a plain number or boolean is always sent, a list, map or plain
//! text is left out when empty. `null`, missing and empty are accepted everywhere. A time as a number is always sent, 0
//! for none, but left out as `set_epoch_nanos`, which is for objects that are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
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

always_sent!(bool, i64, u64, f64, crate::meta::Index);

/// Declares a struct that a user may read, change and write back: it keeps in `extra` what it does not know.
///
/// After a field's type, `as` names the form that it has on the wire.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        fields! { [$(#[$meta])*] $name [extra] [] $($body)* }
    };
}

/// Declares a struct of an answer that is only read.
macro_rules! answer {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        fields! { [$(#[$meta])*] $name [] [] $($body)* }
    };
}

/// Takes one field after the other from the end of its input and adds serde's attributes to it.
macro_rules! fields {
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as nanos, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::nanos", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as go_text, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::go_text", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as epoch_nanos, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::epoch_nanos")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as set_epoch_nanos, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::epoch_nanos", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as epoch_seconds, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::epoch_seconds")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as rfc3339, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::time::or_none",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as base64, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::object::base64", skip_serializing_if = "crate::object::Absent::is_absent")]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as id, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::object::text_or_none",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident $extra:tt [$($done:tt)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty, $($rest:tt)*) => {
        fields! { $head $name $extra [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::object::Absent::is_absent"
            )]
            pub $field: $ty,] $($rest)* }
    };
    ($head:tt $name:ident [extra] [$($done:tt)*]) => {
        fields! { $head $name [] [$($done)*
            /// What this version of the crate does not know, to be sent back as it came.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,] }
    };
    ([$($head:tt)*] $name:ident [] [$($done:tt)*]) => {
        $($head)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name { $($done)* }

        impl crate::object::Absent for $name {}
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

/// Go leaves ids that do not exist empty.
pub(crate) fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

macro_rules! epoch {
    ($(#[$meta:meta])* $module:ident, $from:ident, $to:ident) => {
        $(#[$meta])*
        pub(crate) mod $module {
            use jiff::Timestamp;
            use serde::{Deserialize, Deserializer, Serializer};

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
                let number = Option::<i64>::deserialize(deserializer)?.unwrap_or_default();
                if number == 0 {
                    return Ok(None);
                }
                Timestamp::$from(number.into()).map(Some).map_err(|_| serde::de::Error::custom("not a time"))
            }

            #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
            pub(crate) fn serialize<S: Serializer>(value: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
                let number = value.map(|time| i64::try_from(time.$to())).transpose();
                match number {
                    Ok(number) => serializer.serialize_i64(number.unwrap_or_default()),
                    Err(_) => Err(serde::ser::Error::custom("a time beyond the year 2262")),
                }
            }
        }
    };
}

epoch!(
    /// Times as nanoseconds since 1970, 0 meaning "none".
    epoch_nanos, from_nanosecond, as_nanosecond
);
epoch!(
    /// Times as seconds since 1970, 0 meaning "none".
    epoch_seconds, from_second, as_second
);

/// Bytes as base64.
pub(crate) mod base64 {
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        STANDARD.decode(text).map(|bytes| Some(bytes.into())).map_err(|_| serde::de::Error::custom("not base64"))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use jiff::Timestamp;
    use serde_json::{Value, json};

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
            /// A duration.
            pub delay: Option<Duration> as nanos,
            /// A time.
            pub at: Option<Timestamp> as set_epoch_nanos,
            /// Bytes.
            pub payload: Option<Bytes> as base64,
            /// An id.
            #[serde(rename = "EvalID")]
            pub eval_id: Option<String> as id,
        }
    }

    /// The value without what Go and we write differently: `null`, and empty texts, lists and objects.
    pub(crate) fn pruned(value: Value) -> Value {
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

    #[test]
    fn nothing_is_lost() {
        let full = json!({
            "ID": "a", "Count": 0, "Leader": false, "Items": ["b"], "Delay": 5, "At": 7, "Payload": "//79",
            "EvalID": "e", "Zzz": {"Yyy": [null]}
        });
        let sample: Sample = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(sample.payload.as_deref(), Some(&[0xff, 0xfe, 0xfd][..]));
        assert_eq!(sample.at.unwrap().as_nanosecond(), 7);
        assert_eq!(serde_json::to_value(&sample).unwrap(), full);
    }

    #[test]
    fn null_missing_and_empty_are_the_same() {
        let nulls = json!({
            "ID": null, "Count": null, "Leader": null, "Items": null, "Delay": null, "At": 0, "Payload": null,
            "EvalID": ""
        });
        assert_eq!(serde_json::from_value::<Sample>(nulls).unwrap(), Sample::default());
        assert_eq!(serde_json::from_value::<Sample>(json!({})).unwrap(), Sample::default());
        assert_eq!(serde_json::to_value(Sample::default()).unwrap(), json!({"Leader": false}));
    }
}
