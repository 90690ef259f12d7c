//! The keys of a mount.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{KeyType, Pki};
use crate::error::Result;
use crate::meta::Answer;
use crate::object::secret_or_none;
use crate::transport::{Request, none_if_not_found};
use crate::wire::null;

answer! {
    /// A key in the list of all.
    KeyStub {
        /// Its name, if it has one.
        pub key_name: String,
        /// Whether it is the default.
        pub is_default: bool,
    }
}

/// A key; never its private part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Key {
    /// Its id.
    #[serde(deserialize_with = "null::or_default")]
    pub key_id: String,
    /// Its name, if it has one.
    #[serde(deserialize_with = "null::or_default")]
    pub key_name: String,
    /// Its kind.
    pub key_type: Option<KeyType>,
    /// How certificates name it, in hexadecimal digits.
    #[serde(deserialize_with = "null::or_default")]
    pub subject_key_id: String,
    /// Its id in the outside system that holds it (Vault Enterprise).
    #[serde(deserialize_with = "null::or_default")]
    pub managed_key_id: String,
    /// Its name in the outside system that holds it (Vault Enterprise).
    #[serde(deserialize_with = "null::or_default")]
    pub managed_key_name: String,
}

/// A key to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewKey {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_type: Option<KeyType>,
    /// Its length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u64>,
    /// Its id in the outside system that holds it (Vault Enterprise).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_key_id: Option<String>,
    /// Its name in the outside system that holds it (Vault Enterprise).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_key_name: Option<String>,
}

impl NewKey {
    /// A key of this kind.
    pub fn new(kind: KeyType) -> Self {
        Self { key_type: Some(kind), ..Self::default() }
    }

    /// With this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.key_name = Some(name.into());
        self
    }
}

/// A key that was made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MadeKey {
    /// Its id.
    #[serde(deserialize_with = "null::or_default")]
    pub key_id: String,
    /// Its name, if it has one.
    #[serde(deserialize_with = "null::or_default")]
    pub key_name: String,
    /// Its kind.
    pub key_type: Option<KeyType>,
    /// Its private part in PEM, when it was to be exported.
    #[serde(with = "secret_or_none")]
    pub private_key: Option<SecretString>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Keys {
    #[serde(deserialize_with = "null::or_default")]
    keys: Vec<String>,
    #[serde(deserialize_with = "null::or_default")]
    key_info: BTreeMap<String, KeyStub>,
}

impl Pki {
    /// Lists the keys by id.
    ///
    /// `LIST /v1/:mount/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-keys)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (id, key) in vault.pki("pki").list_keys().await? {
    ///     println!("{id}: {}", key.key_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_keys(&self) -> Result<BTreeMap<String, KeyStub>> {
        let keys: Keys = self.client.list_as("/v1/*mount/keys/", [&self.mount]).await?;
        Ok(keys.key_info)
    }

    /// Reads a key by id, by name or as `default`; `None` when it does not exist.
    ///
    /// `GET /v1/:mount/key/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-key)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_key("default").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_key(&self, reference: &str) -> Result<Option<Key>> {
        let request = Request::get("/v1/*mount/key/:reference", [&self.mount, reference])?;
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Gives a key another name; an empty one takes it away.
    ///
    /// `POST /v1/:mount/key/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#update-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").rename_key("default", "root-2027").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn rename_key(&self, reference: &str, name: &str) -> Result<Key> {
        let request = Request::post("/v1/*mount/key/:reference", [&self.mount, reference])?;
        self.client.fetch(request.json(&json!({ "key_name": name }))?.idempotent()).await
    }

    /// Deletes a key for good; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/key/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#delete-key)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").delete_key("root-2025").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when an issuer needs it.
    pub async fn delete_key(&self, reference: &str) -> Result<()> {
        self.client.delete("/v1/*mount/key/:reference", [&self.mount, reference]).await
    }

    /// Makes a key that never leaves the engine.
    ///
    /// `POST /v1/:mount/keys/generate/internal`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{KeyType, NewKey};
    ///
    /// let key = vault.pki("pki").generate_key(&NewKey::new(KeyType::Ec).with_name("root-2027")).await?.value;
    /// println!("{}", key.key_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the name is taken, or the kind not possible.
    pub async fn generate_key(&self, key: &NewKey) -> Result<Answer<MadeKey>> {
        self.ask(Request::post("/v1/*mount/keys/generate/internal", [&self.mount])?, key).await
    }

    /// Makes a key that is also answered, this once.
    ///
    /// `POST /v1/:mount/keys/generate/exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{KeyType, NewKey};
    ///
    /// let key = vault.pki("pki").generate_exported_key(&NewKey::new(KeyType::Ed25519)).await?.value;
    /// assert!(key.private_key.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::generate_key`].
    pub async fn generate_exported_key(&self, key: &NewKey) -> Result<Answer<MadeKey>> {
        self.ask(Request::post("/v1/*mount/keys/generate/exported", [&self.mount])?, key).await
    }

    /// Takes a key of an outside system (Vault Enterprise), which the request names.
    ///
    /// `POST /v1/:mount/keys/generate/kms`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::NewKey;
    ///
    /// let mut key = NewKey::default();
    /// key.managed_key_name = Some("hsm-root".to_owned());
    /// vault.pki("pki").generate_managed_key(&key).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 500 when the request names none, or the server has none.
    pub async fn generate_managed_key(&self, key: &NewKey) -> Result<Answer<MadeKey>> {
        self.ask(Request::post("/v1/*mount/keys/generate/kms", [&self.mount])?, key).await
    }

    /// Takes a private key in PEM, under a name if one is given.
    ///
    /// `POST /v1/:mount/keys/import`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#import-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: secrecy::SecretString) -> vault_client::Result<()> {
    /// let key = vault.pki("pki").import_key(&pem, Some("root-2027")).await?.value;
    /// println!("{}", key.key_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when it is no key, or the name is taken.
    pub async fn import_key(&self, pem: &SecretString, name: Option<&str>) -> Result<Answer<MadeKey>> {
        let body = json!({ "pem_bundle": pem.expose_secret(), "key_name": name.unwrap_or_default() });
        self.ask(Request::post("/v1/*mount/keys/import", [&self.mount])?, &body).await
    }
}
