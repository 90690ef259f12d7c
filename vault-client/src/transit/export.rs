//! Keys that leave the engine, and keys that come from outside.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{KeyType, Transit};
use crate::error::Result;
use crate::object::{blob, secret_map};
use crate::transport::Request;
use crate::wire::{duration, null};

wire_enum! {
    /// Which part of a key is exported.
    pub ExportKind {
        /// What encrypts.
        EncryptionKey = "encryption-key",
        /// What signs.
        SigningKey = "signing-key",
        /// What makes HMACs.
        HmacKey = "hmac-key",
        /// The public part, which needs no permission of the key itself.
        PublicKey = "public-key",
        /// The certificate and those above.
        CertificateChain = "certificate-chain",
    }
}

/// A key that left the engine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ExportedKey {
    /// Its name.
    #[serde(deserialize_with = "null::or_default")]
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Option<KeyType>,
    /// Its versions by number: in base64 for a symmetric key, in PEM for another.
    #[serde(with = "secret_map")]
    pub keys: BTreeMap<u64, SecretString>,
}

/// A key that left the engine, encrypted for another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WrappedKey {
    /// Its name.
    #[serde(deserialize_with = "null::or_default")]
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Option<KeyType>,
    /// Its versions by number, as [`ImportKey::wrapped`] takes them.
    #[serde(with = "versions")]
    pub keys: BTreeMap<u64, Bytes>,
}

/// Versions that are base64 on the wire.
mod versions {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Blob(#[serde(with = "crate::object::blob")] Bytes);

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u64, Bytes>, D::Error> {
        let map = Option::<BTreeMap<u64, Blob>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(map.into_iter().map(|(version, Blob(bytes))| (version, bytes)).collect())
    }

    pub(super) fn serialize<S: Serializer>(map: &BTreeMap<u64, Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.iter().map(|(version, bytes)| (version, Blob(bytes.clone()))))
    }
}

/// A key that comes from outside. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ImportKey {
    /// Its kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<KeyType>,
    /// The key, encrypted for the engine's [wrapping key](Transit::read_wrapping_key): an AES key in RSA-OAEP, and after
    /// it the key itself in AES-KWP with that.
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub ciphertext: Option<Bytes>,
    /// Its public part alone, in PEM: the engine can then encrypt and verify, but neither decrypt nor sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The hash inside RSA-OAEP: `SHA1`, `SHA224`, `SHA256`, `SHA384` or `SHA512`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_function: Option<String>,
    /// Whether the engine may add versions of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_rotation: Option<bool>,
    /// Whether it is only used to derive others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<bool>,
    /// Whether it may be exported. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// Whether it may be backed up in plain text. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plaintext_backup: Option<bool>,
    /// How often the server rotates it by itself.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub auto_rotate_period: Option<Duration>,
}

impl ImportKey {
    /// A key of this kind, encrypted for the engine.
    pub fn wrapped(kind: KeyType, ciphertext: impl Into<Bytes>) -> Self {
        Self { kind: Some(kind), ciphertext: Some(ciphertext.into()), ..Self::default() }
    }

    /// The public part of a key of this kind, in PEM.
    pub fn public(kind: KeyType, pem: impl Into<String>) -> Self {
        Self { kind: Some(kind), public_key: Some(pem.into()), ..Self::default() }
    }

    /// Whether the engine may add versions of its own.
    #[must_use]
    pub fn with_allow_rotation(mut self, allow: bool) -> Self {
        self.allow_rotation = Some(allow);
        self
    }
}

/// A further version of a key that came from outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ImportVersion {
    /// The key, encrypted as [`ImportKey::ciphertext`] is.
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub ciphertext: Option<Bytes>,
    /// Its public part alone, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The hash inside RSA-OAEP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_function: Option<String>,
    /// The version of which this is the private part, when its public part alone was imported before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl ImportVersion {
    /// A version that is encrypted for the engine.
    pub fn wrapped(ciphertext: impl Into<Bytes>) -> Self {
        Self { ciphertext: Some(ciphertext.into()), ..Self::default() }
    }

    /// The public part of a version, in PEM.
    pub fn public(pem: impl Into<String>) -> Self {
        Self { public_key: Some(pem.into()), ..Self::default() }
    }

    /// The private part of this version.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }
}

/// How a backup is taken back.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// The name that the key gets; that of the backup unless set.
    pub name: Option<String>,
    /// Whether a key of that name is replaced.
    pub force: bool,
}

impl RestoreOptions {
    /// Under its old name, which must be free.
    pub fn new() -> Self {
        Self::default()
    }

    /// Under this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// In place of a key of that name.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

#[derive(Serialize, Deserialize)]
struct WrappingKey {
    public_key: String,
}

#[derive(Serialize, Deserialize)]
struct Backup {
    #[serde(with = "crate::codec::secret")]
    backup: SecretString,
}

impl Transit {
    /// Exports the versions of a key that are still in use.
    ///
    /// `GET /v1/:mount/export/:type/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#export-key)); needs `read`, and the key's
    /// own `exportable` for anything that is secret.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::ExportKind;
    ///
    /// let key = vault.transit("transit").export_key(&ExportKind::SigningKey, "releases").await?;
    /// println!("{} versions", key.keys.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when it does not
    /// allow it, or has no such part.
    pub async fn export_key(&self, kind: &ExportKind, name: &str) -> Result<ExportedKey> {
        self.client.fetch(Request::get("/v1/*mount/export/:type/:name", [&self.mount, kind.as_str(), name])?).await
    }

    /// Exports one version of a key.
    ///
    /// `GET /v1/:mount/export/:type/:name/:version`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#export-key)); needs what
    /// [`Transit::export_key`] needs.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::ExportKind;
    ///
    /// let key = vault.transit("transit").export_key_version(&ExportKind::PublicKey, "releases", 1).await?;
    /// # drop(key);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::export_key`]; status 400 when there is no such version.
    pub async fn export_key_version(&self, kind: &ExportKind, name: &str, version: u64) -> Result<ExportedKey> {
        let version = version.to_string();
        let arguments = [self.mount.as_str(), kind.as_str(), name, &version];
        self.client.fetch(Request::get("/v1/*mount/export/:type/:name/:version", arguments)?).await
    }

    /// Exports the versions of a key, encrypted for another engine, whose [wrapping key](Transit::read_wrapping_key) was
    /// imported here as `destination`.
    ///
    /// `GET /v1/:mount/byok-export/:destination/:source`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#securely-export-key)); needs `read`, and the
    /// key's own `exportable`.
    ///
    /// ```no_run
    /// # async fn example(from: vault_client::Client, to: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{ImportKey, KeyType};
    ///
    /// let (from, to) = (from.transit("transit"), to.transit("transit"));
    /// let wrapping = ImportKey::public(KeyType::Rsa4096, to.read_wrapping_key().await?);
    /// from.import_key("the-other", &wrapping).await?;
    /// let moved = from.export_wrapped_key("the-other", "orders").await?;
    /// if let Some(newest) = moved.keys.into_values().next_back() {
    ///     to.import_key("orders", &ImportKey::wrapped(KeyType::Aes256Gcm96, newest)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when one of the keys does not exist; status 400 when the key
    /// does not allow it.
    pub async fn export_wrapped_key(&self, destination: &str, source: &str) -> Result<WrappedKey> {
        let arguments = [self.mount.as_str(), destination, source];
        self.client.fetch(Request::get("/v1/*mount/byok-export/:destination/:source", arguments)?).await
    }

    /// As [`Transit::export_wrapped_key`], for one version.
    ///
    /// `GET /v1/:mount/byok-export/:destination/:source/:version`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#securely-export-key)); needs the same.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let moved = vault.transit("transit").export_wrapped_key_version("the-other", "orders", 1).await?;
    /// # drop(moved);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::export_wrapped_key`].
    pub async fn export_wrapped_key_version(
        &self,
        destination: &str,
        source: &str,
        version: u64,
    ) -> Result<WrappedKey> {
        let version = version.to_string();
        let arguments = [self.mount.as_str(), destination, source, &version];
        self.client.fetch(Request::get("/v1/*mount/byok-export/:destination/:source/:version", arguments)?).await
    }

    /// Reads the public key, in PEM, for which keys must be encrypted that shall come from outside.
    ///
    /// `GET /v1/:mount/wrapping_key`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#get-wrapping-key)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.transit("transit").read_wrapping_key().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_wrapping_key(&self) -> Result<String> {
        let request = Request::get("/v1/*mount/wrapping_key", [&self.mount])?;
        Ok(self.client.fetch::<WrappingKey>(request).await?.public_key)
    }

    /// Takes a key from outside under a name that must be free.
    ///
    /// `POST /v1/:mount/keys/:name/import`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#import-key)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// use vault_client::transit::{ImportKey, KeyType};
    ///
    /// vault.transit("transit").import_key("partner", &ImportKey::public(KeyType::EcdsaP256, pem)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 or 500 when the key cannot be read, or there is one of that name.
    pub async fn import_key(&self, name: &str, key: &ImportKey) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/keys/:name/import", [&self.mount, name])?.json(key)?).await
    }

    /// Adds a version from outside to a key that came from outside.
    ///
    /// `POST /v1/:mount/keys/:name/import_version`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#import-key-version)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// use vault_client::transit::ImportVersion;
    ///
    /// vault.transit("transit").import_key_version("partner", &ImportVersion::public(pem)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such key; status 400 or 500 when the version
    /// cannot be read.
    pub async fn import_key_version(&self, name: &str, version: &ImportVersion) -> Result<()> {
        let request = Request::post("/v1/*mount/keys/:name/import_version", [&self.mount, name])?;
        self.client.execute(request.json(version)?).await
    }

    /// Reads a key with all its versions and settings, in plain text.
    ///
    /// `GET /v1/:mount/backup/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#backup-key)); needs `read`, and the key's
    /// own `exportable` and `allow_plaintext_backup`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::RestoreOptions;
    ///
    /// let transit = vault.transit("transit");
    /// let backup = transit.backup_key("orders").await?;
    /// transit.restore_key_with(&backup, &RestoreOptions::new().with_name("orders-copy")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 500 when it does not
    /// allow it.
    pub async fn backup_key(&self, name: &str) -> Result<SecretString> {
        let request = Request::get("/v1/*mount/backup/:name", [&self.mount, name])?;
        Ok(self.client.fetch::<Backup>(request).await?.backup)
    }

    /// Takes a backup back, under its old name, which must be free.
    ///
    /// `POST /v1/:mount/restore`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#restore-key)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, backup: secrecy::SecretString) -> vault_client::Result<()> {
    /// vault.transit("transit").restore_key(&backup).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 or 500 when it is no backup, or there is a key of that name.
    pub async fn restore_key(&self, backup: &SecretString) -> Result<()> {
        self.restore_key_with(backup, &RestoreOptions::new()).await
    }

    /// As [`Transit::restore_key`], with options.
    ///
    /// `POST /v1/:mount/restore`, and with a name `POST /v1/:mount/restore/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#restore-key)); needs the same.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, backup: secrecy::SecretString) -> vault_client::Result<()> {
    /// use vault_client::transit::RestoreOptions;
    ///
    /// let options = RestoreOptions::new().with_name("orders-copy");
    /// vault.transit("transit").restore_key_with(&backup, &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::restore_key`].
    pub async fn restore_key_with(&self, backup: &SecretString, options: &RestoreOptions) -> Result<()> {
        let request = match &options.name {
            None => Request::post("/v1/*mount/restore", [&self.mount])?,
            Some(name) => Request::post("/v1/*mount/restore/:name", [&self.mount, name.as_str()])?,
        };
        let body = json!({ "backup": backup.expose_secret(), "force": options.force });
        self.client.execute(request.json(&body)?).await
    }
}
