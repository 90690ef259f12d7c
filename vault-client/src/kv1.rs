//! The KV engine, version 1: <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1>.
//!
//! It keeps one version of each secret and knows no guard; the other version of the engine is [`kv2`](crate::kv2). The
//! data of a secret is any type that serde reads and writes, such as [`Fields`](crate::kv2::Fields).

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::{Client, says_nothing};
use crate::codec::Own;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// A secret, as it was read.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Entry<T> {
    /// What it holds.
    pub data: T,
    /// After which time it should be read again: what its own field `ttl` says, else what the mount is set to. It is no
    /// lease, and nothing ends then.
    pub refresh: Duration,
}

/// Without the data, whatever its type.
impl<T> fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("refresh", &self.refresh).finish_non_exhaustive()
    }
}

/// Handle made by [`Client::kv1`].
#[derive(Clone, Debug)]
pub struct Kv1 {
    client: Client,
    mount: String,
}

/// The envelope of a secret, whose duration belongs to no lease.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = ""))]
struct Envelope<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    request_id: String,
    #[serde(default, with = "crate::codec::seconds")]
    lease_duration: Duration,
    #[serde(default, deserialize_with = "null::or_default")]
    renewable: bool,
    #[serde(default, deserialize_with = "null::or_default")]
    mount_type: String,
    #[serde(default, deserialize_with = "crate::codec::texts")]
    warnings: Vec<String>,
    data: Option<Own<T>>,
}

impl Kv1 {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Reads a secret, or `None` when there is none.
    ///
    /// `GET /v1/:mount/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1#read-secret)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Fields;
    ///
    /// if let Some(secret) = vault.kv1("kv").read::<Fields>("app/database").await? {
    ///     println!("read it again after {:?}", secret.refresh);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there;
    /// [`Reason::Unsupported`](crate::Reason::Unsupported) when the engine is of version 2.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<Entry<T>>> {
        let request = Request::get("/v1/*mount/*path", [&self.mount, path])?;
        match self.client.flat::<Envelope<T>>(request).await {
            Ok(Envelope { data, lease_duration, .. }) => {
                Ok(data.map(|Own(data)| Entry { data, refresh: lease_duration }))
            }
            Err(error) if says_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the secrets in a folder, or those at the top for an empty one; names of folders end with `/`.
    ///
    /// `LIST /v1/:mount/:prefix`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1#list-secrets)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for name in vault.kv1("kv").list("app").await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/*prefix/", [&self.mount, prefix]).await
    }

    /// Writes a secret in place of what was there. A field `ttl`, such as `1h`, says how often readers should look.
    ///
    /// `POST /v1/:mount/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1#create-update-secret)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Fields;
    ///
    /// vault.kv1("kv").put("app/database", &Fields::from([("password", "…"), ("ttl", "1h")])).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when there is no field at all;
    /// [`Reason::Unsupported`](crate::Reason::Unsupported) when the engine is of version 2.
    pub async fn put<T: Serialize + ?Sized>(&self, path: &str, data: &T) -> Result<()> {
        self.client.put("/v1/*mount/*path", [&self.mount, path], &data).await
    }

    /// Removes a secret for good; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1#delete-secret)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv1("kv").delete("app/database").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/*mount/*path", [&self.mount, path]).await
    }
}
