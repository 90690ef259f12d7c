//! What an answer says about itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::leased::Lease;
use crate::wire::null;
use crate::wrapped::WrapInfo;

/// What the envelope of an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// The id of the request, as it stands in the audit log.
    pub request_id: Option<String>,
    /// What the server did not like although it did as it was told.
    pub warnings: Vec<String>,
    /// The lease of what was read, if it has one.
    pub lease: Option<Lease>,
    /// What is known about the wrapping, if what was asked for waits in one.
    pub wrap_info: Option<WrapInfo>,
    /// The type of the engine or auth method that answered.
    pub mount_type: Option<String>,
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
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default, deserialize_with = "null::or_default")]
    lease_id: String,
    #[serde(default, with = "codec::seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    #[serde(default)]
    wrap_info: Option<WrapInfo>,
    #[serde(default)]
    mount_type: Option<String>,
    data: T,
}

/// The envelope of an answer that brings a token instead of data.
#[derive(Serialize, Deserialize)]
pub(crate) struct AuthEnvelope<T> {
    #[serde(default)]
    request_id: Option<String>,
    // A token has its lease in itself; these are empty.
    #[serde(default, deserialize_with = "null::or_default")]
    lease_id: String,
    #[serde(default, with = "codec::seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "codec::texts")]
    warnings: Vec<String>,
    #[serde(default)]
    wrap_info: Option<WrapInfo>,
    #[serde(default)]
    mount_type: Option<String>,
    auth: T,
}

impl<T> From<Envelope<T>> for Answer<T> {
    fn from(envelope: Envelope<T>) -> Self {
        let lease = Lease { id: envelope.lease_id, duration: envelope.lease_duration, renewable: envelope.renewable };
        let lease = Some(lease).filter(|lease| !lease.id.is_empty());
        let Envelope { request_id, warnings, wrap_info, mount_type, data, .. } = envelope;
        let (request_id, mount_type) = (said(request_id), said(mount_type));
        let meta = Meta { request_id, warnings, lease, wrap_info, mount_type };
        Self { value: data, meta }
    }
}

impl<T> From<AuthEnvelope<T>> for Answer<T> {
    fn from(envelope: AuthEnvelope<T>) -> Self {
        let AuthEnvelope { request_id, warnings, wrap_info, mount_type, auth, .. } = envelope;
        let (request_id, mount_type) = (said(request_id), said(mount_type));
        Self { value: auth, meta: Meta { request_id, warnings, lease: None, wrap_info, mount_type } }
    }
}

/// An empty text says as little as none.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
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
        let odd = r#"{"request_id":"","mount_type":null,"wrap_info":null,"warnings":"","lease_id":null,
            "lease_duration":null,"renewable":null}"#;
        for text in ["{}", odd] {
            assert_eq!(read(text).meta, super::Meta::default());
        }
    }

    #[test]
    fn a_wrapping_is_told_and_its_token_is_not_shown() {
        let text = r#"{"request_id":"r","data":null,"mount_type":"kv","wrap_info":{"token":"hvs.hunter2","ttl":60,
            "accessor":"a","creation_time":"2026-11-25T18:49:45Z","creation_path":"secret/data/a"}}"#;
        let answer = Answer::from(serde_json::from_str::<Envelope<Option<u8>>>(text).unwrap());
        assert!(!format!("{answer:?}").contains("hunter2"));
        let info = answer.meta.wrap_info.unwrap();
        assert_eq!((info.token.unwrap().expose(), info.creation_path.as_str()), ("hvs.hunter2", "secret/data/a"));
        assert_eq!((answer.meta.mount_type.as_deref(), answer.meta.request_id.as_deref()), (Some("kv"), Some("r")));
    }
}
