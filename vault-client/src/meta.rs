//! What an answer says about itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::leased::Lease;
use crate::wire::null;

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
    /// The type of the engine or auth method that answered; empty where the server does not say.
    pub mount_type: String,
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
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    request_id: String,
    #[serde(default, deserialize_with = "null::or_default")]
    lease_id: String,
    #[serde(default, with = "codec::seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    #[serde(default, deserialize_with = "null::or_default")]
    mount_type: String,
    data: T,
}

/// The envelope of an answer that brings a token instead of data.
#[derive(Serialize, Deserialize)]
pub(crate) struct AuthEnvelope<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    request_id: String,
    // A token has its lease in itself; these are empty.
    #[serde(default, deserialize_with = "null::or_default")]
    lease_id: String,
    #[serde(default, with = "codec::seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    #[serde(default, deserialize_with = "null::or_default")]
    mount_type: String,
    auth: T,
}

impl<T> From<Envelope<T>> for Answer<T> {
    fn from(envelope: Envelope<T>) -> Self {
        let lease = Lease { id: envelope.lease_id, duration: envelope.lease_duration, renewable: envelope.renewable };
        let lease = Some(lease).filter(|lease| !lease.id.is_empty());
        let Envelope { request_id, warnings, mount_type, data, .. } = envelope;
        let meta = Meta { request_id, warnings, lease, mount_type };
        Self { value: data, meta }
    }
}

impl<T> From<AuthEnvelope<T>> for Answer<T> {
    fn from(envelope: AuthEnvelope<T>) -> Self {
        let AuthEnvelope { request_id, warnings, mount_type, auth, .. } = envelope;
        Self { value: auth, meta: Meta { request_id, warnings, lease: None, mount_type } }
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
