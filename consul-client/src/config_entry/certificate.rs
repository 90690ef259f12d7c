//! Certificates of API gateways:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/inline-certificate>.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

entry! {
    /// A certificate with its key, which the servers keep.
    InlineCertificate {
        /// The certificate in PEM, with those it was signed by.
        pub certificate: String,
        /// Its key in PEM.
        pub private_key: PrivateKey,
    }
}

entry! {
    /// A certificate in files of the gateway.
    FileSystemCertificate {
        /// The path of the certificate in PEM.
        pub certificate: String,
        /// The path of its key in PEM.
        pub private_key: String,
    }
}

/// A private key in PEM. It is never printed, and wiped from memory when dropped; it is written to the server as it is.
#[derive(Clone, Default)]
pub struct PrivateKey(SecretString);

impl PrivateKey {
    /// Takes a key.
    pub fn new(pem: impl Into<String>) -> Self {
        Self(SecretString::from(pem.into()))
    }

    /// The key itself, for the moment it is needed.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl Serialize for PrivateKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for PrivateKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
