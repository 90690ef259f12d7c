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

    /// Lists the auth methods by path, which ends with `/`. `GET /v1/sys/auth`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<BTreeMap<String, Mount>> {
        self.client.fetch(Request::get("/v1/sys/auth", [])?).await
    }

    /// Reads an auth method, or `None` when nothing is mounted there. `GET /v1/sys/auth/:path`; needs `read` and
    /// `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read(&self, path: &str) -> Result<Option<Mount>> {
        read(&self.client, "/v1/sys/auth/*path", path).await
    }

    /// Mounts an auth method. `POST /v1/sys/auth/:path`; needs `create` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when something is mounted there already.
    pub async fn enable(&self, path: &str, mount: &NewMount) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/auth/*path", [path])?.json(mount)?).await
    }

    /// Reads the settings, or `None` when nothing is mounted there. `GET /v1/sys/auth/:path/tune`; needs `read` and
    /// `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read_tuning(&self, path: &str) -> Result<Option<Tuning>> {
        read(&self.client, "/v1/sys/auth/*path/tune", path).await
    }

    /// Changes the settings. `POST /v1/sys/auth/:path/tune`; needs `update` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn tune(&self, path: &str, tuning: &Tuning) -> Result<()> {
        self.client.put("/v1/sys/auth/*path/tune", [path], tuning).await
    }

    /// Unmounts an auth method and revokes the tokens that it gave out. One that is not there is fine too.
    /// `DELETE /v1/sys/auth/:path`; needs `delete` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn disable(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/sys/auth/*path", [path]).await
    }
}
