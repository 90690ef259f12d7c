//! What an answer says about itself.

use std::time::Duration;

use serde::Deserialize;

use crate::codec;
use crate::wire::{duration, null};

/// How long a dynamic secret lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Its id, for renewing and revoking.
    pub id: String,
    /// How long it is valid, from the moment of the answer.
    pub duration: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
}

/// What the envelope of an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// The id of the request, as it stands in the audit log.
    pub request_id: String,
    /// What the server did not like although it did as it was told.
    pub warnings: Vec<String>,
    /// The lease of what was read, if it has one.
    pub lease: Option<Lease>,
}

/// A value and what its answer says about itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The value.
    pub value: T,
    /// What the envelope says.
    pub meta: Meta,
}

impl<T> Answer<T> {
    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { value: change(self.value), meta: self.meta }
    }
}

/// What most answers are wrapped in.
#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    request_id: String,
    #[serde(default, deserialize_with = "null::or_default")]
    lease_id: String,
    #[serde(default, deserialize_with = "duration::from_seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    data: T,
}

/// The envelope of an answer that brings a token instead of data.
#[derive(Deserialize)]
pub(crate) struct AuthEnvelope<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    request_id: String,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    auth: T,
}

impl<T> From<Envelope<T>> for Answer<T> {
    fn from(envelope: Envelope<T>) -> Self {
        let lease = Lease { id: envelope.lease_id, duration: envelope.lease_duration, renewable: envelope.renewable };
        let lease = Some(lease).filter(|lease| !lease.id.is_empty());
        let meta = Meta { request_id: envelope.request_id, warnings: envelope.warnings, lease };
        Self { value: envelope.data, meta }
    }
}

impl<T> From<AuthEnvelope<T>> for Answer<T> {
    fn from(envelope: AuthEnvelope<T>) -> Self {
        let meta = Meta { request_id: envelope.request_id, warnings: envelope.warnings, lease: None };
        Self { value: envelope.auth, meta }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Envelope};
    use std::time::Duration;

    #[test]
    fn a_lease_is_kept_and_none_is_made_up() {
        let read = |text: &str| Answer::from(serde_json::from_str::<Envelope<Option<u8>>>(text).unwrap());
        let leased = read(
            r#"{"request_id":"r","lease_id":"database/creds/r/x","lease_duration":300,"renewable":true,"data":1}"#,
        );
        let lease = leased.meta.lease.unwrap();
        assert_eq!((lease.id.as_str(), lease.duration), ("database/creds/r/x", Duration::from_secs(300)));
        assert!(lease.renewable);
        let plain = read(r#"{"request_id":"r","lease_id":"","warnings":["a","b"],"data":null}"#);
        assert_eq!((plain.value, plain.meta.lease), (None, None));
        assert_eq!(plain.meta.warnings, ["a", "b"]);
        for odd in ["{}", r#"{"warnings":"","lease_id":null,"lease_duration":null,"renewable":null}"#] {
            assert_eq!(read(odd).meta, super::Meta::default());
        }
    }
}
