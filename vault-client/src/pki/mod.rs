//! The PKI engine: <https://developer.hashicorp.com/vault/api-docs/secret/pki>.
//!
//! A mount holds issuers, which are certificates of authorities, and their keys. [`Pki`] works with the default issuer,
//! or with the one of a role; [`Pki::issuer`] names one.
//!
//! What comes without JSON, in DER or PEM, is checked for its type, so that the page of a proxy is no certificate.
//! Private keys are secrets, and so is any text into which a format puts one.
//!
//! Not covered: the protocol of ACME itself, which other clients speak; what Vault Enterprise alone has.

mod authority;
mod certificates;
mod config;
mod crl;
mod document;
mod eab;
mod issue;
mod issuer_crls;
mod issuers;
mod keys;
mod roles;
mod tidy;

use serde::Serialize;

pub use self::authority::{CaRequest, Csr, Imported, IntermediateRequest, KeyOrigin, Root, SelfIssued};
pub use self::certificates::{Certificate, Revocation, RevocationState};
pub use self::config::{AcmeConfig, ClusterConfig, CrlConfig, IssuersConfig, KeysConfig, UrlsConfig};
pub use self::eab::EabKey;
pub use self::issue::{Bundle, IssueRequest, SignRequest, Signed, VerbatimRequest};
pub use self::issuer_crls::{Extension, ResignCrls, RevocationList, RevokedCertificate};
pub use self::issuers::{Issuer, IssuerCertificate, IssuerHandle, IssuerSettings, IssuerStub, LeafNotAfter, Usage};
pub use self::keys::{Key, KeyStub, MadeKey, NewKey};
pub use self::roles::{Role, SerialNumberSource};
pub use self::tidy::{AutoTidyConfig, TidyRequest, TidyState, TidyStatus};

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::{Decode, Request};

wire_enum! {
    /// Kinds of keys.
    pub KeyType {
        /// RSA.
        Rsa = "rsa",
        /// ECDSA.
        Ec = "ec",
        /// Ed25519.
        Ed25519 = "ed25519",
        /// Whatever a request for a certificate has; for roles alone.
        Any = "any",
    }
}

wire_enum! {
    /// How certificates come in the JSON of an answer.
    pub Format {
        /// As PEM, which the server takes unless told otherwise.
        Pem = "pem",
        /// As base64 of DER.
        Der = "der",
        /// As PEM, with the key and the chain in the same text, which then is a secret.
        PemBundle = "pem_bundle",
    }
}

wire_enum! {
    /// How private keys come in the JSON of an answer.
    pub PrivateKeyFormat {
        /// In the form that is usual for their kind, which the server takes unless told otherwise.
        Der = "der",
        /// In PEM, whatever form certificates have.
        Pem = "pem",
        /// As PKCS#8.
        Pkcs8 = "pkcs8",
    }
}

/// Handle made by [`Client::pki`].
#[derive(Clone, Debug)]
pub struct Pki {
    client: Client,
    mount: String,
}

impl Pki {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Sends a body, and reads the data of the answer with the rest of the envelope.
    async fn ask<T: Decode>(&self, request: Request, body: &impl Serialize) -> Result<Answer<T>> {
        self.client.answer(request.json(body)?).await
    }
}
