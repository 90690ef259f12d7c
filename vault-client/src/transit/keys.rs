//! Keys, as they are made, read and changed; never their secret part.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::codec;
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
        /// A key for CMACs with AES of 128 bits (Vault Enterprise).
        Aes128Cmac = "aes128-cmac",
        /// A key for CMACs with AES of 192 bits (Vault Enterprise).
        Aes192Cmac = "aes192-cmac",
        /// A key for CMACs with AES of 256 bits (Vault Enterprise).
        Aes256Cmac = "aes256-cmac",
        /// ML-DSA, for signing that resists quantum computers (Vault Enterprise).
        MlDsa = "ml-dsa",
        /// SLH-DSA, for signing that resists quantum computers (Vault Enterprise).
        SlhDsa = "slh-dsa",
        /// Two signatures, one of which resists quantum computers (Vault Enterprise).
        Hybrid = "hybrid",
        /// A key of an outside system (Vault Enterprise).
        ManagedKey = "managed_key",
    }
}

/// A key; never its secret part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "as the server answers it")]
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
    /// Whether it is only used to derive others, from a context that comes with each call.
    #[serde(default, deserialize_with = "null::or_default")]
    pub derived: bool,
    /// Whether the same text gives the same encrypted text each time.
    #[serde(default, deserialize_with = "null::or_default")]
    pub convergent_encryption: bool,
    /// Whether it came from outside.
    #[serde(default, deserialize_with = "null::or_default")]
    pub imported_key: bool,
    /// Whether the engine may add versions to a key from outside.
    #[serde(default, deserialize_with = "null::or_default")]
    pub imported_key_allow_rotation: bool,
    /// The length in bytes of a key for HMACs.
    #[serde(default, deserialize_with = "null::or_default")]
    pub key_size: u64,
    /// Whether it encrypts.
    #[serde(default, deserialize_with = "null::or_default")]
    pub supports_encryption: bool,
    /// Whether it decrypts.
    #[serde(default, deserialize_with = "null::or_default")]
    pub supports_decryption: bool,
    /// Whether it can be derived from.
    #[serde(default, deserialize_with = "null::or_default")]
    pub supports_derivation: bool,
    /// Whether it signs.
    #[serde(default, deserialize_with = "null::or_default")]
    pub supports_signing: bool,
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
    /// The part of it that resists quantum computers, of a hybrid key.
    pub hybrid_public_key: Option<String>,
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
        hybrid_public_key: Option<String>,
        #[serde(default)]
        certificate_chain: Option<String>,
    },
}

impl<'de> Deserialize<'de> for KeyVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match AnyVersion::deserialize(deserializer)? {
            AnyVersion::Seconds(seconds) => {
                let creation_time = codec::from_unix(seconds).map_err(serde::de::Error::custom)?;
                Self { creation_time, ..Self::default() }
            }
            AnyVersion::Object { creation_time, name, public_key, hybrid_public_key, certificate_chain } => {
                let said = |text: Option<String>| text.filter(|text| !text.is_empty());
                Self {
                    creation_time,
                    name: said(name),
                    public_key: said(public_key),
                    hybrid_public_key: said(hybrid_public_key),
                    certificate_chain: said(certificate_chain),
                }
            }
        })
    }
}

impl Serialize for KeyVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { creation_time, name, public_key, hybrid_public_key, certificate_chain } = self.clone();
        let version = if name.is_some() || public_key.is_some() {
            AnyVersion::Object { creation_time, name, public_key, hybrid_public_key, certificate_chain }
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
    /// Whether it is only used to derive others, from a context that comes with each call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<bool>,
    /// Whether the same text gives the same encrypted text each time; it must be derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convergent_encryption: Option<bool>,
    /// The length in bytes of a key for HMACs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_size: Option<u64>,
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

    /// The oldest version that still decrypts.
    #[must_use]
    pub fn with_min_decryption_version(mut self, version: u64) -> Self {
        self.min_decryption_version = Some(version);
        self
    }

    /// The oldest version that still encrypts; 0 for the newest alone.
    #[must_use]
    pub fn with_min_encryption_version(mut self, version: u64) -> Self {
        self.min_encryption_version = Some(version);
        self
    }

    /// How often the server rotates it by itself; zero for never, else at least an hour.
    #[must_use]
    pub fn with_auto_rotate_period(mut self, period: Duration) -> Self {
        self.auto_rotate_period = Some(period);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyType};

    #[test]
    fn t32_versions_are_numbers_or_objects() {
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
        assert!(symmetric.supports_decryption && !symmetric.derived);
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
