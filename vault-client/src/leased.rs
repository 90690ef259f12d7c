//! Dynamic secrets: what an engine made for one reader, and how long that lives.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::wire::null;

/// How long a dynamic secret lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// Its id, for renewing and revoking.
    #[serde(rename = "lease_id", default, deserialize_with = "null::or_default")]
    pub id: String,
    /// How long it is valid, from the moment of the answer.
    #[serde(rename = "lease_duration", default, with = "codec::seconds")]
    pub duration: Duration,
    /// Whether it can be renewed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub renewable: bool,
}

/// What an engine made for one reader, with the lease on which its life hangs: renew the lease to keep it, revoke the
/// lease to take it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leased<T> {
    /// Its lease.
    #[serde(flatten)]
    pub lease: Lease,
    /// What was made.
    pub data: T,
}

impl<T> Leased<T> {
    /// The same lease with other data.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Leased<U> {
        Leased { lease: self.lease, data: change(self.data) }
    }
}
