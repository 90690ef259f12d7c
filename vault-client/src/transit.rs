//! The transit engine: <https://developer.hashicorp.com/vault/api-docs/secret/transit>.
//!
//! Plain texts are bytes; the base64 of the API stays inside. Not covered: signing, HMACs, data keys, export, import,
//! backups, batches and derived keys.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{duration, null};

wire_enum! {
    /// Kinds of keys.
    pub KeyType {
        /// AES with 128 bits in Galois/Counter mode.
        Aes128Gcm96 = "aes128-gcm96",
        /// AES with 256 bits in Galois/Counter mode; what the server takes unless told otherwise.
        Aes256Gcm96 = "aes256-gcm96",
        /// `ChaCha20` with Poly1305.
        Chacha20Poly1305 = "chacha20-poly1305",
        /// Ed25519, for signing.
        Ed25519 = "ed25519",
        /// ECDSA over P-256, for signing.
        EcdsaP256 = "ecdsa-p256",
        /// ECDSA over P-384, for signing.
        EcdsaP384 = "ecdsa-p384",
        /// ECDSA over P-521, for signing.
        EcdsaP521 = "ecdsa-p521",
        /// RSA with 2048 bits.
        Rsa2048 = "rsa-2048",
        /// RSA with 3072 bits.
        Rsa3072 = "rsa-3072",
        /// RSA with 4096 bits.
        Rsa4096 = "rsa-4096",
        /// A key for HMACs.
        Hmac = "hmac",
    }
}

/// A key; never its secret part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The number of its newest version.
    #[serde(default, deserialize_with = "null::or_default")]
    pub latest_version: u64,
    /// The oldest version that still decrypts.
    #[serde(default, deserialize_with = "null::or_default")]
    pub min_decryption_version: u64,
    /// The oldest version that still encrypts; 0 for the newest alone.
    #[serde(default, deserialize_with = "null::or_default")]
    pub min_encryption_version: u64,
    /// The oldest version that is kept; 0 for all.
    #[serde(default, deserialize_with = "null::or_default")]
    pub min_available_version: u64,
    /// Whether the key may be deleted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub deletion_allowed: bool,
    /// Whether the key may be exported.
    #[serde(default, deserialize_with = "null::or_default")]
    pub exportable: bool,
    /// Whether the key may be backed up in plain text.
    #[serde(default, deserialize_with = "null::or_default")]
    pub allow_plaintext_backup: bool,
    /// How often the server rotates it by itself; zero for never.
    #[serde(default, with = "codec::seconds")]
    pub auto_rotate_period: Duration,
    /// Its versions, by number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub keys: BTreeMap<u64, KeyVersion>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A version of a key. Those of a symmetric key have nothing but a time.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct KeyVersion {
    /// When it was made.
    pub creation_time: Option<Timestamp>,
    /// Its kind in more detail, such as the curve.
    pub name: Option<String>,
    /// Its public part, where it has one.
    pub public_key: Option<String>,
    /// Its certificate and those above, where it was given one.
    pub certificate_chain: Option<String>,
}

/// A symmetric key says when it was made in seconds, any other is an object.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum AnyVersion {
    Seconds(i64),
    Object {
        #[serde(default, deserialize_with = "crate::wire::time::or_none")]
        creation_time: Option<Timestamp>,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        public_key: Option<String>,
        #[serde(default)]
        certificate_chain: Option<String>,
    },
}

impl<'de> Deserialize<'de> for KeyVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(match AnyVersion::deserialize(deserializer)? {
            AnyVersion::Seconds(seconds) => {
                let creation_time = codec::from_unix(seconds).map_err(serde::de::Error::custom)?;
                Self { creation_time, ..Self::default() }
            }
            AnyVersion::Object { creation_time, name, public_key, certificate_chain } => {
                let said = |text: Option<String>| text.filter(|text| !text.is_empty());
                let (name, public_key) = (said(name), said(public_key));
                Self { creation_time, name, public_key, certificate_chain: said(certificate_chain) }
            }
        })
    }
}

impl Serialize for KeyVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Self { creation_time, name, public_key, certificate_chain } = self.clone();
        let version = if name.is_some() || public_key.is_some() {
            AnyVersion::Object { creation_time, name, public_key, certificate_chain }
        } else {
            AnyVersion::Seconds(creation_time.map_or(0, Timestamp::as_second))
        };
        version.serialize(serializer)
    }
}

/// A key to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewKey {
    /// Its kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<KeyType>,
    /// Whether it may be exported. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// Whether it may be backed up in plain text. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plaintext_backup: Option<bool>,
    /// How often the server rotates it by itself.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub auto_rotate_period: Option<Duration>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl NewKey {
    /// A key of this kind.
    pub fn new(kind: KeyType) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

/// Settings of a key to be changed. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyConfig {
    /// The oldest version that still decrypts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_decryption_version: Option<u64>,
    /// The oldest version that still encrypts; 0 for the newest alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_encryption_version: Option<u64>,
    /// Whether the key may be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_allowed: Option<bool>,
    /// Whether it may be exported. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// Whether it may be backed up in plain text. This can never be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plaintext_backup: Option<bool>,
    /// How often the server rotates it by itself; zero for never, else at least an hour.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub auto_rotate_period: Option<Duration>,
}

impl KeyConfig {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the key may be deleted.
    #[must_use]
    pub fn with_deletion_allowed(mut self, allowed: bool) -> Self {
        self.deletion_allowed = Some(allowed);
        self
    }
}

/// Handle made by [`Client::transit`].
#[derive(Clone, Debug)]
pub struct Transit {
    client: Client,
    mount: String,
}

#[derive(Serialize, Deserialize)]
struct Encrypted {
    ciphertext: String,
    #[serde(default, deserialize_with = "null::or_default")]
    key_version: u64,
}

#[derive(Serialize, Deserialize)]
struct Decrypted {
    #[serde(with = "codec::secret")]
    plaintext: SecretString,
}

impl Transit {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Lists the names of the keys. `LIST /v1/:mount/keys`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no engine is mounted there.
    pub async fn list_keys(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/keys/", [&self.mount]).await
    }

    /// Reads a key, or `None` when it does not exist. `GET /v1/:mount/keys/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_key(&self, name: &str) -> Result<Option<Key>> {
        self.client.read("/v1/*mount/keys/:name", [&self.mount, name]).await
    }

    /// Makes a key; one that exists stays as it is. `POST /v1/:mount/keys/:name`; needs `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn create_key(&self, name: &str, key: &NewKey) -> Result<()> {
        self.client.put("/v1/*mount/keys/:name", [&self.mount, name], key).await
    }

    /// Changes the settings of a key. `POST /v1/:mount/keys/:name/config`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn update_key(&self, name: &str, config: &KeyConfig) -> Result<()> {
        self.client.put("/v1/*mount/keys/:name/config", [&self.mount, name], config).await
    }

    /// Deletes a key, with which nothing can be decrypted from then on; one that does not exist is fine too.
    /// `DELETE /v1/:mount/keys/:name`; needs `delete`, and the key's own `deletion_allowed`.
    ///
    /// # Errors
    /// Status 400 when the key does not allow it.
    pub async fn delete_key(&self, name: &str) -> Result<()> {
        none_if_not_found(self.client.delete("/v1/*mount/keys/:name", [&self.mount, name]).await).map(drop)
    }

    /// Adds a new version to a key, with which is encrypted from then on. `POST /v1/:mount/keys/:name/rotate`; needs
    /// `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn rotate_key(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/keys/:name/rotate", [&self.mount, name])?).await
    }

    /// Encrypts bytes; the text `vault:v1:…` that comes back can be stored anywhere. `POST /v1/:mount/encrypt/:name`;
    /// needs `update`. With `create`, a key that does not exist is made.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a permission.
    pub async fn encrypt(&self, name: &str, plaintext: &[u8]) -> Result<String> {
        let body = json!({ "plaintext": STANDARD.encode(plaintext) });
        let request = Request::post("/v1/*mount/encrypt/:name", [&self.mount, name])?.json(&body)?.idempotent();
        Ok(self.client.fetch::<Encrypted>(request).await?.ciphertext)
    }

    /// Decrypts what [`Transit::encrypt`] made. `POST /v1/:mount/decrypt/:name`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when the text was
    /// not made with it.
    pub async fn decrypt(&self, name: &str, ciphertext: &str) -> Result<SecretSlice<u8>> {
        let request = Request::post("/v1/*mount/decrypt/:name", [&self.mount, name])?
            .json(&json!({ "ciphertext": ciphertext }))?;
        let request = request.idempotent();
        let decrypted: Decrypted = self.client.fetch(request.clone()).await?;
        let bytes = STANDARD.decode(decrypted.plaintext.expose_secret());
        bytes.map(SecretSlice::from).map_err(|_| request.refused("the plain text that came back is not base64"))
    }

    /// Encrypts a text anew with the newest version of the key, without showing what it holds.
    /// `POST /v1/:mount/rewrap/:name`; needs `update`.
    ///
    /// # Errors
    /// As [`Transit::decrypt`].
    pub async fn rewrap(&self, name: &str, ciphertext: &str) -> Result<String> {
        let request = Request::post("/v1/*mount/rewrap/:name", [&self.mount, name])?
            .json(&json!({ "ciphertext": ciphertext }))?;
        Ok(self.client.fetch::<Encrypted>(request.idempotent()).await?.ciphertext)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyType};

    #[test]
    fn versions_are_numbers_or_objects() {
        let key = |versions: &str, kind: &str| -> Key {
            let text = format!(
                r#"{{"allow_plaintext_backup":false,"auto_rotate_period":86400,"deletion_allowed":true,"derived":false,
                "exportable":false,"imported_key":false,"keys":{versions},"latest_version":2,"min_available_version":0,
                "min_decryption_version":1,"min_encryption_version":0,"name":"k","supports_decryption":true,
                "type":"{kind}"}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let symmetric = key(r#"{"1":1795456038,"2":1795456039}"#, "aes256-gcm96");
        assert_eq!(symmetric.keys[&2].creation_time.unwrap().as_second(), 1_795_456_039);
        assert_eq!(symmetric.auto_rotate_period.as_secs(), 86_400);
        assert_eq!(symmetric.extra["supports_decryption"], true);
        let signing = key(
            r#"{"1":{"certificate_chain":"","creation_time":"2026-11-23T17:47:18.946789624Z","name":"ed25519",
                "public_key":"2wbMICsVu1FA0pNLVYVR9DqFVVTDqI+bxVVu7oY0XI0="}}"#,
            "ed25519",
        );
        assert_eq!(signing.kind, KeyType::Ed25519);
        assert!(signing.keys[&1].public_key.as_deref().unwrap().starts_with("2wbM"));
        assert!(signing.keys[&1].creation_time.is_some());
    }
}
