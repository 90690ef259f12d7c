//! Secrets engines: <https://developer.hashicorp.com/vault/api-docs/system/mounts>.
//!
//! Paths are given with or without their closing `/`. The types serve auth methods too.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::transport::{Decode, Request, none_if_not_found};
use crate::wire::{duration, null};

/// A secrets engine or an auth method, as it is mounted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mount {
    /// Its type: `kv`, `pki`, `jwt`….
    #[serde(rename = "type", default, deserialize_with = "null::or_default")]
    pub kind: String,
    /// A text for people.
    #[serde(default, deserialize_with = "null::or_default")]
    pub description: String,
    /// Names it, even after it was moved to another path.
    #[serde(default, deserialize_with = "null::or_default")]
    pub accessor: String,
    /// Names it in the storage.
    #[serde(default, deserialize_with = "null::or_default")]
    pub uuid: String,
    /// Whether it is left out of replication.
    #[serde(default, deserialize_with = "null::or_default")]
    pub local: bool,
    /// Whether its storage is encrypted once more by the seal.
    #[serde(default, deserialize_with = "null::or_default")]
    pub seal_wrap: bool,
    /// Options of its type; `version` for KV.
    #[serde(default)]
    pub options: Option<BTreeMap<String, String>>,
    /// Its settings.
    #[serde(default)]
    pub config: MountConfig,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Settings of a mount, as they stand in the list of mounts. Zero means the server's own default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MountConfig {
    /// How long a lease lives unless it is said otherwise.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub default_lease_ttl: Option<Duration>,
    /// How long a lease lives at most.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub max_lease_ttl: Option<Duration>,
    /// Whether it shows up without a token: `unauth` or `hidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_visibility: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A secrets engine or an auth method to be mounted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewMount {
    /// Its type: `kv`, `pki`, `jwt`….
    #[serde(rename = "type")]
    pub kind: String,
    /// A text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its settings.
    pub config: MountConfig,
    /// Options of its type; `version` for KV.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// Whether it is left out of replication.
    pub local: bool,
    /// Whether its storage is encrypted once more by the seal.
    pub seal_wrap: bool,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl NewMount {
    /// A mount of this type.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// The KV engine, version 2.
    pub fn kv2() -> Self {
        Self::new("kv").with_option("version", "2")
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

    /// How long a lease lives unless it is said otherwise.
    #[must_use]
    pub fn with_default_lease_ttl(mut self, ttl: Duration) -> Self {
        self.config.default_lease_ttl = Some(ttl);
        self
    }

    /// How long a lease lives at most.
    #[must_use]
    pub fn with_max_lease_ttl(mut self, ttl: Duration) -> Self {
        self.config.max_lease_ttl = Some(ttl);
        self
    }
}

/// Settings of a mount that can be changed. What is `None` stays as it is; zero means the server's own default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tuning {
    /// How long a lease lives unless it is said otherwise.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub default_lease_ttl: Option<Duration>,
    /// How long a lease lives at most.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub max_lease_ttl: Option<Duration>,
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Options of its type; `version` for KV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, String>>,
    /// Whether it shows up without a token: `unauth` or `hidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_visibility: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Handle made by [`Sys::mounts`](super::Sys::mounts).
#[derive(Clone, Debug)]
pub struct Mounts {
    client: Client,
}

impl Mounts {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the secrets engines by path, which ends with `/`.
    ///
    /// `GET /v1/sys/mounts`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#list-mounted-secrets-engines)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (path, mount) in vault.sys().mounts().list().await? {
    ///     println!("{path} is {}", mount.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<BTreeMap<String, Mount>> {
        self.client.fetch(Request::get("/v1/sys/mounts", [])?).await
    }

    /// Reads a secrets engine, or `None` when nothing is mounted there.
    ///
    /// `GET /v1/sys/mounts/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#get-the-configuration-of-a-secret-engine));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let mount = vault.sys().mounts().read("secret").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read(&self, path: &str) -> Result<Option<Mount>> {
        read(&self.client, "/v1/sys/mounts/*path", path).await
    }

    /// Mounts a secrets engine.
    ///
    /// `POST /v1/sys/mounts/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#enable-secrets-engine)); needs `create`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::mounts::NewMount;
    ///
    /// vault.sys().mounts().enable("secret", &NewMount::kv2()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when something is mounted there already.
    pub async fn enable(&self, path: &str, mount: &NewMount) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/mounts/*path", [path])?.json(mount)?).await
    }

    /// Reads the settings, or `None` when nothing is mounted there.
    ///
    /// `GET /v1/sys/mounts/:path/tune`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#read-mount-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let tuning = vault.sys().mounts().read_tuning("secret").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_tuning(&self, path: &str) -> Result<Option<Tuning>> {
        read(&self.client, "/v1/sys/mounts/*path/tune", path).await
    }

    /// Changes the settings.
    ///
    /// `POST /v1/sys/mounts/:path/tune`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#tune-mount-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::sys::mounts::Tuning;
    ///
    /// let mut tuning = Tuning::default();
    /// tuning.max_lease_ttl = Some(Duration::from_secs(3600));
    /// vault.sys().mounts().tune("secret", &tuning).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn tune(&self, path: &str, tuning: &Tuning) -> Result<()> {
        self.client.put("/v1/sys/mounts/*path/tune", [path], tuning).await
    }

    /// Unmounts a secrets engine, revokes its leases and deletes all its data. One that is not there is fine too.
    ///
    /// `DELETE /v1/sys/mounts/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mounts#disable-secrets-engine)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().mounts().disable("secret").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn disable(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/sys/mounts/*path", [path]).await
    }
}

pub(super) async fn read<T: Decode>(client: &Client, route: &'static str, path: &str) -> Result<Option<T>> {
    none_if_not_found(client.fetch(Request::get(route, [path])?).await)
}

#[cfg(test)]
mod tests {
    use super::{Mount, NewMount};
    use crate::transport::Request;
    use std::time::Duration;

    #[test]
    fn t17_a_mount_may_lie_in_a_folder_and_end_with_a_slash() {
        let request = |path| Request::get("/v1/sys/mounts/*path/tune", [path]);
        assert_eq!(request("team/pki/").unwrap().path.as_str(), "/v1/sys/mounts/team/pki/tune");
        assert!(request("").is_err());
        assert!(request("../policies/acl/web").is_err());
    }

    #[test]
    fn a_new_mount_sends_what_is_set() {
        let mount = NewMount::kv2().with_max_lease_ttl(Duration::from_secs(3600));
        let expected = r#"{"type":"kv","config":{"max_lease_ttl":"3600s"},"options":{"version":"2"},"local":false,"seal_wrap":false}"#;
        assert_eq!(serde_json::to_string(&mount).unwrap(), expected);
    }

    #[test]
    fn nothing_of_a_mount_is_lost() {
        let text = r#"{"accessor":"auth_jwt_bb72","config":{"default_lease_ttl":0,"force_no_cache":false,
            "max_lease_ttl":0,"token_type":"default-service"},"deprecation_status":"supported","description":"",
            "external_entropy_access":false,"local":false,"options":null,"plugin_version":"","running_sha256":"",
            "running_plugin_version":"v0.25.0+builtin","seal_wrap":false,"type":"jwt","uuid":"6641"}"#;
        let mount: Mount = serde_json::from_str(text).unwrap();
        let mut expected: serde_json::Value = serde_json::from_str(text).unwrap();
        for name in ["default_lease_ttl", "max_lease_ttl"] {
            expected["config"][name] = "0s".into();
        }
        assert_eq!(serde_json::to_value(&mount).unwrap(), expected);
    }
}
