//! The transit engine: <https://developer.hashicorp.com/vault/api-docs/secret/transit>.
//!
//! Plain texts, messages and hashes are bytes; the base64 of the API stays inside. Encrypted texts, signatures and HMACs
//! are texts such as `vault:v1:…`, whose number is the version of the key.
//!
//! A batch answers for each of its items, in their order: that one failed is no error of the call.
//!
//! Not covered: encrypting a key for the import from outside, which is for a library of cryptography; see
//! [`ImportKey::ciphertext`].

mod certificate;
mod cipher;
mod export;
mod keys;
mod outcome;
mod sign;
mod tools;

use serde_json::json;

pub use self::certificate::CsrOptions;
pub use self::cipher::{CipherOptions, Ciphertext, DataKey, DataKeyOptions, PaddingScheme, Plaintext};
pub use self::export::{ExportKind, ExportedKey, ImportKey, ImportVersion, RestoreOptions, WrappedKey};
pub use self::keys::{Key, KeyConfig, KeyType, KeyVersion, NewKey};
pub use self::outcome::{Batch, ItemError};
pub use self::sign::{HashAlgorithm, HmacOptions, Marshaling, Message, SignOptions, Signature, SignatureAlgorithm};
pub use self::tools::{CacheConfig, KeysConfig, RandomSource};

use crate::client::Client;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::transit`].
#[derive(Clone, Debug)]
pub struct Transit {
    client: Client,
    mount: String,
}

impl Transit {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Lists the names of the keys.
    ///
    /// `LIST /v1/:mount/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#list-keys)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for name in vault.transit("transit").list_keys().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list_keys(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/keys/", [&self.mount]).await
    }

    /// Reads a key, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/keys/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#read-key)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(key) = vault.transit("transit").read_key("orders").await? {
    ///     println!("{}: version {}", key.kind, key.latest_version);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_key(&self, name: &str) -> Result<Option<Key>> {
        self.client.read("/v1/*mount/keys/:name", [&self.mount, name]).await
    }

    /// Makes a key; one that exists stays as it is.
    ///
    /// `POST /v1/:mount/keys/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#create-key)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{KeyType, NewKey};
    ///
    /// vault.transit("transit").create_key("releases", &NewKey::new(KeyType::Ed25519)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the kind is not possible.
    pub async fn create_key(&self, name: &str, key: &NewKey) -> Result<()> {
        self.client.put("/v1/*mount/keys/:name", [&self.mount, name], key).await
    }

    /// Changes the settings of a key.
    ///
    /// `POST /v1/:mount/keys/:name/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#update-key-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::KeyConfig;
    ///
    /// let config = KeyConfig::new().with_min_decryption_version(2);
    /// vault.transit("transit").update_key("orders", &config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn update_key(&self, name: &str, config: &KeyConfig) -> Result<()> {
        self.client.put("/v1/*mount/keys/:name/config", [&self.mount, name], config).await
    }

    /// Deletes a key, with which nothing can be decrypted from then on; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/keys/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#delete-key)); needs `delete`, and the key's
    /// own `deletion_allowed`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::KeyConfig;
    ///
    /// let transit = vault.transit("transit");
    /// transit.update_key("old", &KeyConfig::new().with_deletion_allowed(true)).await?;
    /// transit.delete_key("old").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the key does not allow it.
    pub async fn delete_key(&self, name: &str) -> Result<()> {
        none_if_not_found(self.client.delete("/v1/*mount/keys/:name", [&self.mount, name]).await).map(drop)
    }

    /// Adds a new version to a key, with which is encrypted from then on.
    ///
    /// `POST /v1/:mount/keys/:name/rotate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#rotate-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.transit("transit").rotate_key("orders").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist; status 400 or 500 when it came from
    /// outside and allows no versions of the engine's own.
    pub async fn rotate_key(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/keys/:name/rotate", [&self.mount, name])?).await
    }

    /// Removes the versions of a key below this one for good; the key must no longer encrypt or decrypt with them.
    ///
    /// `POST /v1/:mount/keys/:name/trim`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#trim-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::KeyConfig;
    ///
    /// let transit = vault.transit("transit");
    /// let config = KeyConfig::new().with_min_decryption_version(5).with_min_encryption_version(5);
    /// transit.update_key("orders", &config).await?;
    /// transit.trim_key("orders", 5).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when it still uses
    /// one of them.
    pub async fn trim_key(&self, name: &str, min_available_version: u64) -> Result<()> {
        let body = json!({ "min_available_version": min_available_version });
        self.client.put("/v1/*mount/keys/:name/trim", [&self.mount, name], &body).await
    }
}
