//! Audit devices: <https://developer.hashicorp.com/vault/api-docs/system/audit>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// An audit device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditDevice {
    /// Its type: `file`, `socket` or `syslog`.
    #[serde(rename = "type", default, deserialize_with = "null::or_default")]
    pub kind: String,
    /// Its path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub path: String,
    /// A text for people.
    #[serde(default, deserialize_with = "null::or_default")]
    pub description: String,
    /// Whether it is left out of replication.
    #[serde(default, deserialize_with = "null::or_default")]
    pub local: bool,
    /// Options of its type.
    #[serde(default, deserialize_with = "null::or_default")]
    pub options: BTreeMap<String, String>,
}

/// Handle made by [`Sys::audit`](super::Sys::audit).
#[derive(Clone, Debug)]
pub struct Audit {
    client: Client,
}

impl Audit {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the audit devices by path, which ends with `/`. `GET /v1/sys/audit`; needs `read` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list(&self) -> Result<BTreeMap<String, AuditDevice>> {
        self.client.fetch(Request::get("/v1/sys/audit", [])?).await
    }
}
