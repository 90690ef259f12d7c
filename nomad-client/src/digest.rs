//! Digests, computed by whatever cryptography TLS uses.

use rustls::SupportedCipherSuite;
#[cfg(not(feature = "ring"))]
use rustls::crypto::aws_lc_rs::cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384};
use rustls::crypto::hash::{Context, Hash};
#[cfg(feature = "ring")]
use rustls::crypto::ring::cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384};

/// A digest in the making.
pub(crate) struct Digest(Box<dyn Context>);

fn of(suite: SupportedCipherSuite) -> Option<&'static dyn Hash> {
    suite.tls13().map(|suite| suite.common.hash_provider)
}

impl Digest {
    /// A digest of the algorithm that RFC 3230 calls so; none for one that is not known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let suite = match name.to_ascii_lowercase().as_str() {
            "sha-256" => TLS13_AES_128_GCM_SHA256,
            "sha-384" => TLS13_AES_256_GCM_SHA384,
            _ => return None,
        };
        of(suite).map(|hash| Self(hash.start()))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest in base64.
    pub(crate) fn finish(self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(self.0.finish().as_ref())
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_known_digest() {
        let mut digest = Digest::named("SHA-256").unwrap();
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(digest.finish(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert!(Digest::named("md5").is_none());
    }
}
