//! Auth methods: <https://developer.hashicorp.com/vault/api-docs/system/auth>.
//!
//! Paths are given without `auth/`, and with or without their closing `/`.

use std::collections::BTreeMap;

use super::mounts::{Mount, NewMount, Tuning, read};
use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

/// Handle made by [`Sys::auth`](super::Sys::auth).
#[derive(Clone, Debug)]
pub struct AuthMethods {
    client: Client,
}

impl AuthMethods {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the auth methods by path, which ends with `/`.
    ///
    /// `GET /v1/sys/auth` ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#list-auth-methods)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (path, mount) in vault.sys().auth().list().await? {
    ///     println!("{path} is {}", mount.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<BTreeMap<String, Mount>> {
        self.client.fetch(Request::get("/v1/sys/auth", [])?).await
    }

    /// Reads an auth method, or `None` when nothing is mounted there.
    ///
    /// `GET /v1/sys/auth/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#read-auth-method-configuration)); needs `read`
    /// and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let mount = vault.sys().auth().read("jwt").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read(&self, path: &str) -> Result<Option<Mount>> {
        read(&self.client, "/v1/sys/auth/*path", path).await
    }

    /// Mounts an auth method.
    ///
    /// `POST /v1/sys/auth/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#enable-auth-method)); needs `create` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::mounts::NewMount;
    ///
    /// vault.sys().auth().enable("jwt", &NewMount::new("jwt")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when something is mounted there already.
    pub async fn enable(&self, path: &str, mount: &NewMount) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/auth/*path", [path])?.json(mount)?).await
    }

    /// Reads the settings, or `None` when nothing is mounted there.
    ///
    /// `GET /v1/sys/auth/:path/tune`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#read-auth-method-tuning)); needs `read` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let tuning = vault.sys().auth().read_tuning("jwt").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read_tuning(&self, path: &str) -> Result<Option<Tuning>> {
        read(&self.client, "/v1/sys/auth/*path/tune", path).await
    }

    /// Changes the settings.
    ///
    /// `POST /v1/sys/auth/:path/tune`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#tune-auth-method)); needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::sys::mounts::Tuning;
    ///
    /// let mut tuning = Tuning::default();
    /// tuning.max_lease_ttl = Some(Duration::from_secs(3600));
    /// vault.sys().auth().tune("jwt", &tuning).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn tune(&self, path: &str, tuning: &Tuning) -> Result<()> {
        self.client.put("/v1/sys/auth/*path/tune", [path], tuning).await
    }

    /// Unmounts an auth method and revokes the tokens that it gave out. One that is not there is fine too.
    ///
    /// `DELETE /v1/sys/auth/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/auth#disable-auth-method)); needs `delete` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().auth().disable("jwt").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn disable(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/sys/auth/*path", [path]).await
    }
}
