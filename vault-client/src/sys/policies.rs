//! ACL policies: <https://developer.hashicorp.com/vault/api-docs/system/policies>.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::error::Result;
use crate::wire::null;

/// An ACL policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Its name, in lower case.
    pub name: String,
    /// Its text, in HCL or JSON, as it was written.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policy: String,
}

/// Handle made by [`Sys::policies`](super::Sys::policies).
#[derive(Clone, Debug)]
pub struct Policies {
    client: Client,
}

impl Policies {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the names of all policies. `LIST /v1/sys/policies/acl`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<Vec<String>> {
        self.client.list("/v1/sys/policies/acl/", []).await
    }

    /// Reads a policy, or `None` when it does not exist. `GET /v1/sys/policies/acl/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read(&self, name: &str) -> Result<Option<Policy>> {
        self.client.read("/v1/sys/policies/acl/*name", [name]).await
    }

    /// Writes a policy. `POST /v1/sys/policies/acl/:name`; needs `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 when the text is not a policy.
    pub async fn put(&self, name: &str, policy: &str) -> Result<()> {
        self.client.put("/v1/sys/policies/acl/*name", [name], &json!({ "policy": policy })).await
    }

    /// Deletes a policy; one that does not exist is fine too. `DELETE /v1/sys/policies/acl/:name`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/sys/policies/acl/*name", [name]).await
    }
}
