//! Audit devices: <https://developer.hashicorp.com/vault/api-docs/system/audit>.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

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

/// An audit device to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NewAuditDevice {
    /// Its type: `file`, `socket` or `syslog`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it is left out of replication.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Options of its type.
    pub options: BTreeMap<String, String>,
}

impl NewAuditDevice {
    /// A device of this type.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// A file; `stdout` and `discard` are names of none.
    pub fn file(path: impl Into<String>) -> Self {
        Self::new("file").with_option("file_path", path)
    }

    /// A text for people.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// An option of its type.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }
}

#[derive(Serialize, Deserialize)]
struct Hash {
    hash: String,
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

    /// Lists the audit devices by path, which ends with `/`.
    ///
    /// `GET /v1/sys/audit`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/audit#list-enabled-audit-devices)); needs `read`
    /// and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let devices = vault.sys().audit().list().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list(&self) -> Result<BTreeMap<String, AuditDevice>> {
        self.client.fetch(Request::get("/v1/sys/audit", [])?).await
    }

    /// Adds an audit device. From then on every call waits for it.
    ///
    /// `POST /v1/sys/audit/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/audit#enable-audit-device)); needs `update` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::audit::NewAuditDevice;
    ///
    /// vault.sys().audit().enable("file", &NewAuditDevice::file("/var/log/vault.log")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when there is one at that path; status 400 when the server
    /// cannot use it; [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn enable(&self, path: &str, device: &NewAuditDevice) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/audit/*path", [path])?.json(device)?).await
    }

    /// Takes an audit device away; one that is not there is fine too.
    ///
    /// `DELETE /v1/sys/audit/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/audit#disable-audit-device)); needs `delete` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().audit().disable("file").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn disable(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/sys/audit/*path", [path]).await
    }

    /// Makes the hash under which an audit device writes a secret, to find it in the log.
    ///
    /// `POST /v1/sys/audit-hash/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/audit-hash#calculate-hash)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let hash = vault.sys().audit().hash("file", &secrecy::SecretString::from("…")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 when there is no such device.
    pub async fn hash(&self, path: &str, input: &SecretString) -> Result<String> {
        let body = json!({ "input": input.expose_secret() });
        let request = Request::post("/v1/sys/audit-hash/*path", [path])?.json(&body)?.idempotent();
        Ok(self.client.fetch::<Hash>(request).await?.hash)
    }
}
