//! A key with its value, as it is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::meta::Index;
use crate::wire::null::or_default;

/// A key with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The value; empty for a key without one.
    #[serde(default, deserialize_with = "from_base64", serialize_with = "to_base64")]
    pub value: Bytes,
    /// A number for the application's own use.
    #[serde(default)]
    pub flags: u64,
    /// How often the key was locked.
    #[serde(default)]
    pub lock_index: u64,
    /// The session that holds the key's lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The namespace; Enterprise only.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The partition; Enterprise only.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub partition: String,
    /// When the key was made.
    pub create_index: Index,
    /// When the key was last written: the guard for [`Cas::At`](crate::Cas::At).
    pub modify_index: Index,
}

pub(crate) fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    STANDARD.decode(text).map(Bytes::from).map_err(|_| serde::de::Error::custom("not base64"))
}

pub(crate) fn to_base64<S: Serializer>(value: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(value))
}
