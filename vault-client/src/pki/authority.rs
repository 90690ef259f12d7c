//! Making, signing and importing authorities.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Format, IssuersConfig, KeyType, Pki, PrivateKeyFormat};
use crate::codec;
use crate::error::Result;
use crate::meta::Answer;
use crate::object::{public, secret_or_none};
use crate::transport::Request;
use crate::wire::null;

wire_enum! {
    /// What becomes of the key of a new authority.
    pub KeyOrigin {
        /// A new one that never leaves the engine.
        Internal = "internal",
        /// A new one that is also answered, this once.
        Exported = "exported",
        /// One that the engine has already: [`CaRequest::key_ref`].
        Existing = "existing",
        /// One of an outside system (Vault Enterprise).
        Kms = "kms",
    }
}

object! {
    /// An authority to be made. What is absent is decided by the server.
    CaRequest {
        /// Its common name.
        pub common_name: String,
        /// The name of the new issuer; for a root only.
        pub issuer_name: Option<String>,
        /// The name of the new key.
        pub key_name: Option<String>,
        /// The key that is there already, by id, by name or as `default`; for [`KeyOrigin::Existing`] alone.
        pub key_ref: Option<String>,
        /// How long the certificate is valid; for a root only.
        pub ttl: Option<Duration> as seconds,
        /// When the certificate ends, in RFC 3339, in place of a `ttl`.
        pub not_after: Option<String>,
        /// How long before its making it becomes valid, for clocks that differ.
        pub not_before_duration: Option<Duration> as seconds,
        /// The kind of the key.
        pub key_type: Option<KeyType>,
        /// The length of the key.
        pub key_bits: Option<u64>,
        /// The length of the hash in signatures.
        pub signature_bits: Option<u64>,
        /// Whether RSA signs with PSS.
        pub use_pss: Option<bool>,
        /// Other names.
        pub alt_names: Vec<String> as commas,
        /// Addresses.
        pub ip_sans: Vec<String>,
        /// URIs.
        pub uri_sans: Vec<String>,
        /// Names of other kinds, such as `1.3.6.1.4.1.311.20.2.3;utf8:name`.
        pub other_sans: Vec<String>,
        /// Whether the common name is left out of the other names.
        pub exclude_cn_from_sans: Option<bool>,
        /// How many authorities may stand below it; without a limit unless set.
        pub max_path_length: Option<u64>,
        /// What its key may be used for.
        pub key_usage: Option<Vec<String>>,
        /// Whether the request says itself that it is for an authority, as some software wants it.
        pub add_basic_constraints: Option<bool>,
        /// The domains in which it may issue.
        pub permitted_dns_domains: Vec<String>,
        /// The domains in which it may not issue.
        pub excluded_dns_domains: Vec<String>,
        /// The addresses for which it may issue.
        pub permitted_ip_ranges: Vec<String>,
        /// The addresses for which it may not issue.
        pub excluded_ip_ranges: Vec<String>,
        /// The mail addresses for which it may issue.
        pub permitted_email_addresses: Vec<String>,
        /// The mail addresses for which it may not issue.
        pub excluded_email_addresses: Vec<String>,
        /// The domains of URIs for which it may issue.
        pub permitted_uri_domains: Vec<String>,
        /// The domains of URIs for which it may not issue.
        pub excluded_uri_domains: Vec<String>,
        /// The organisation in the subject.
        pub organization: Vec<String>,
        /// The organisational unit in the subject.
        pub ou: Vec<String>,
        /// The country in the subject.
        pub country: Vec<String>,
        /// The locality in the subject.
        pub locality: Vec<String>,
        /// The province in the subject.
        pub province: Vec<String>,
        /// The street in the subject.
        pub street_address: Vec<String>,
        /// The postal code in the subject.
        pub postal_code: Vec<String>,
        /// The serial number in the subject, which is not that of the certificate.
        pub serial_number: Option<String>,
        /// How the answer is written.
        pub format: Option<Format>,
        /// How its private key is written.
        pub private_key_format: Option<PrivateKeyFormat>,
    }
}

impl CaRequest {
    /// An authority with this common name.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), ..Self::default() }
    }
}

/// A root that was made.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Root {
    /// Its certificate, in PEM unless another format was asked for.
    #[serde(with = "public")]
    pub certificate: String,
    /// The same, since nobody stands above it.
    #[serde(deserialize_with = "null::or_default")]
    pub issuing_ca: String,
    /// When the certificate ends.
    #[serde(with = "codec::unix")]
    pub expiration: Option<Timestamp>,
    /// Its serial number.
    #[serde(deserialize_with = "null::or_default")]
    pub serial_number: String,
    /// The id of the issuer.
    #[serde(deserialize_with = "null::or_default")]
    pub issuer_id: String,
    /// The name of the issuer, if it has one.
    #[serde(deserialize_with = "null::or_default")]
    pub issuer_name: String,
    /// The id of the key.
    #[serde(deserialize_with = "null::or_default")]
    pub key_id: String,
    /// The name of the key, if it has one.
    #[serde(deserialize_with = "null::or_default")]
    pub key_name: String,
    /// The key, when it was to be exported.
    #[serde(with = "secret_or_none")]
    pub private_key: Option<SecretString>,
    /// The kind of the key, when it was to be exported.
    pub private_key_type: Option<KeyType>,
}

/// Without the certificate, into which a format can put the key.
impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("serial_number", &self.serial_number)
            .field("issuer_id", &self.issuer_id)
            .field("issuer_name", &self.issuer_name)
            .field("key_id", &self.key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

/// A request for a certificate that was made.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Csr {
    /// The request, in PEM unless another format was asked for.
    #[serde(with = "public")]
    pub csr: String,
    /// The id of its key.
    #[serde(deserialize_with = "null::or_default")]
    pub key_id: String,
    /// The key, when it was to be exported.
    #[serde(with = "secret_or_none")]
    pub private_key: Option<SecretString>,
    /// The kind of the key, when it was to be exported.
    pub private_key_type: Option<KeyType>,
}

/// Without the request, into which a format can put the key.
impl fmt::Debug for Csr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Csr").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

object! {
    /// An intermediate authority to be signed. What is absent is decided by the server.
    IntermediateRequest {
        /// The request for its certificate, in PEM.
        pub csr: String,
        /// Its common name; that of the request unless set.
        pub common_name: Option<String>,
        /// How long the certificate is valid.
        pub ttl: Option<Duration> as seconds,
        /// When the certificate ends, in RFC 3339, in place of a `ttl`.
        pub not_after: Option<String>,
        /// How long before its making it becomes valid, for clocks that differ.
        pub not_before_duration: Option<Duration> as seconds,
        /// Takes subject and extensions as the request has them.
        pub use_csr_values: Option<bool>,
        /// The name under which the certificate is kept as an issuer, if at all.
        pub issuer_name: Option<String>,
        /// Other names.
        pub alt_names: Vec<String> as commas,
        /// Addresses.
        pub ip_sans: Vec<String>,
        /// URIs.
        pub uri_sans: Vec<String>,
        /// Names of other kinds.
        pub other_sans: Vec<String>,
        /// Whether the common name is left out of the other names.
        pub exclude_cn_from_sans: Option<bool>,
        /// How many authorities may stand below it; as many as the issuer allows unless set.
        pub max_path_length: Option<u64>,
        /// What its key may be used for.
        pub key_usage: Option<Vec<String>>,
        /// Whether a certificate that would outlive its issuer is what the issuer is set to do with such.
        pub enforce_leaf_not_after_behavior: Option<bool>,
        /// The length of the hash in signatures.
        pub signature_bits: Option<u64>,
        /// Whether RSA signs with PSS.
        pub use_pss: Option<bool>,
        /// The subject key id, in hexadecimal digits; the server's own choice unless set.
        pub skid: Option<String>,
        /// The domains in which it may issue.
        pub permitted_dns_domains: Vec<String>,
        /// The domains in which it may not issue.
        pub excluded_dns_domains: Vec<String>,
        /// The addresses for which it may issue.
        pub permitted_ip_ranges: Vec<String>,
        /// The addresses for which it may not issue.
        pub excluded_ip_ranges: Vec<String>,
        /// The mail addresses for which it may issue.
        pub permitted_email_addresses: Vec<String>,
        /// The mail addresses for which it may not issue.
        pub excluded_email_addresses: Vec<String>,
        /// The domains of URIs for which it may issue.
        pub permitted_uri_domains: Vec<String>,
        /// The domains of URIs for which it may not issue.
        pub excluded_uri_domains: Vec<String>,
        /// The organisation in the subject.
        pub organization: Vec<String>,
        /// The organisational unit in the subject.
        pub ou: Vec<String>,
        /// The country in the subject.
        pub country: Vec<String>,
        /// The locality in the subject.
        pub locality: Vec<String>,
        /// The province in the subject.
        pub province: Vec<String>,
        /// The street in the subject.
        pub street_address: Vec<String>,
        /// The postal code in the subject.
        pub postal_code: Vec<String>,
        /// The serial number in the subject, which is not that of the certificate.
        pub serial_number: Option<String>,
        /// How the answer is written.
        pub format: Option<Format>,
    }
}

impl IntermediateRequest {
    /// An intermediate authority with this request, in PEM.
    pub fn new(csr: impl Into<String>) -> Self {
        Self { csr: csr.into(), ..Self::default() }
    }
}

answer! {
    /// A certificate that an issuer signed anew.
    SelfIssued {
        /// The certificate, in PEM.
        pub certificate: String,
        /// The certificate of its issuer, in PEM.
        pub issuing_ca: String,
    }
}

answer! {
    /// What was taken from certificates and keys that were given to the engine.
    Imported {
        /// The ids of the issuers that are new.
        pub imported_issuers: Vec<String>,
        /// The ids of the issuers that were known.
        pub existing_issuers: Vec<String>,
        /// The ids of the keys that are new.
        pub imported_keys: Vec<String>,
        /// The ids of the keys that were known.
        pub existing_keys: Vec<String>,
        /// The ids of issuers with those of their keys, which are empty for a foreign issuer.
        pub mapping: BTreeMap<String, String>,
    }
}

impl Pki {
    /// Makes a root whose key never leaves the engine. Of a mount that has issuers it is one more.
    ///
    /// `POST /v1/:mount/root/generate/:exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-root)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{CaRequest, KeyType};
    ///
    /// let mut request = CaRequest::new("LatticeDB root");
    /// request.key_type = Some(KeyType::Ec);
    /// let root = vault.pki("pki").generate_root(&request).await?.value;
    /// println!("{}", root.certificate);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when what is asked for is not
    /// possible.
    pub async fn generate_root(&self, root: &CaRequest) -> Result<Answer<Root>> {
        self.generate_root_with(root, &KeyOrigin::Internal).await
    }

    /// As [`Pki::generate_root`], with another origin of the key.
    ///
    /// # Errors
    /// As [`Pki::generate_root`].
    pub async fn generate_root_with(&self, root: &CaRequest, key: &KeyOrigin) -> Result<Answer<Root>> {
        self.ask(Request::post("/v1/*mount/root/generate/:exported", [&self.mount, key.as_str()])?, root).await
    }

    /// Makes a root that waits beside the default one, under the name `next` unless another is given; with
    /// [`Pki::replace_root`] it takes over.
    ///
    /// `POST /v1/:mount/root/rotate/:exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#rotate-root)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{CaRequest, KeyOrigin};
    ///
    /// let pki = vault.pki("pki");
    /// pki.rotate_root(&CaRequest::new("LatticeDB root 2027"), &KeyOrigin::Internal).await?;
    /// // Once everybody trusts it:
    /// pki.replace_root("next").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::generate_root`].
    pub async fn rotate_root(&self, root: &CaRequest, key: &KeyOrigin) -> Result<Answer<Root>> {
        self.ask(Request::post("/v1/*mount/root/rotate/:exported", [&self.mount, key.as_str()])?, root).await
    }

    /// Makes an issuer the default, and says what holds then.
    ///
    /// `POST /v1/:mount/root/replace`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#replace-root)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let config = vault.pki("pki").replace_root("next").await?;
    /// println!("the default is {}", config.default);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such issuer.
    pub async fn replace_root(&self, issuer: &str) -> Result<IssuersConfig> {
        let request = Request::post("/v1/*mount/root/replace", [&self.mount])?;
        self.client.fetch(request.json(&json!({ "default": issuer }))?.idempotent()).await
    }

    /// As [`Pki::generate_root_with`], at the path where a policy can allow it beside other makers of issuers.
    /// `POST /v1/:mount/issuers/generate/root/:exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-root)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{CaRequest, KeyOrigin};
    ///
    /// let root = vault.pki("pki").generate_issuer(&CaRequest::new("root"), &KeyOrigin::Internal).await?;
    /// # drop(root);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::generate_root`].
    pub async fn generate_issuer(&self, root: &CaRequest, key: &KeyOrigin) -> Result<Answer<Root>> {
        let arguments = [self.mount.as_str(), key.as_str()];
        self.ask(Request::post("/v1/*mount/issuers/generate/root/:exported", arguments)?, root).await
    }

    /// Makes a key that never leaves the engine, and the request for its certificate.
    ///
    /// `POST /v1/:mount/intermediate/generate/:exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-intermediate-csr)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{CaRequest, IntermediateRequest};
    ///
    /// let (root, below) = (vault.pki("pki"), vault.pki("pki_int"));
    /// let request = below.generate_intermediate(&CaRequest::new("LatticeDB intermediate")).await?.value;
    /// let signed = root.sign_intermediate(&IntermediateRequest::new(request.csr)).await?.value;
    /// below.set_signed(&signed.certificate).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when what is asked for is not
    /// possible.
    pub async fn generate_intermediate(&self, intermediate: &CaRequest) -> Result<Answer<Csr>> {
        self.generate_intermediate_with(intermediate, &KeyOrigin::Internal).await
    }

    /// As [`Pki::generate_intermediate`], with another origin of the key.
    ///
    /// # Errors
    /// As [`Pki::generate_intermediate`].
    pub async fn generate_intermediate_with(&self, request: &CaRequest, key: &KeyOrigin) -> Result<Answer<Csr>> {
        let arguments = [self.mount.as_str(), key.as_str()];
        self.ask(Request::post("/v1/*mount/intermediate/generate/:exported", arguments)?, request).await
    }

    /// As [`Pki::generate_intermediate_with`], at the path where a policy can allow it beside other makers of issuers.
    /// `POST /v1/:mount/issuers/generate/intermediate/:exported`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-intermediate-csr)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{CaRequest, KeyOrigin};
    ///
    /// let request = CaRequest::new("intermediate");
    /// let csr = vault.pki("pki").generate_issuer_csr(&request, &KeyOrigin::Internal).await?.value.csr;
    /// # drop(csr);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::generate_intermediate`].
    pub async fn generate_issuer_csr(&self, request: &CaRequest, key: &KeyOrigin) -> Result<Answer<Csr>> {
        let arguments = [self.mount.as_str(), key.as_str()];
        self.ask(Request::post("/v1/*mount/issuers/generate/intermediate/:exported", arguments)?, request).await
    }

    /// Makes the request for one more certificate of a key that is in the engine, to be signed by another authority.
    ///
    /// `POST /v1/:mount/intermediate/cross-sign`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-intermediate-csr)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::CaRequest;
    ///
    /// let mut request = CaRequest::new("LatticeDB root");
    /// request.key_ref = Some("root-2027".to_owned());
    /// let csr = vault.pki("pki").cross_sign(&request).await?.value.csr;
    /// # drop(csr);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such key.
    pub async fn cross_sign(&self, request: &CaRequest) -> Result<Answer<Csr>> {
        self.ask(Request::post("/v1/*mount/intermediate/cross-sign", [&self.mount])?, request).await
    }

    /// Takes the certificate of an intermediate authority, best with its whole chain, in PEM.
    ///
    /// `POST /v1/:mount/intermediate/set-signed`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#import-ca-certificates-and-keys)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, chain: String) -> vault_client::Result<()> {
    /// let imported = vault.pki("pki_int").set_signed(&chain).await?.value;
    /// println!("new issuers: {:?}", imported.imported_issuers);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when it is no certificate.
    pub async fn set_signed(&self, pem: &str) -> Result<Answer<Imported>> {
        let request = Request::post("/v1/*mount/intermediate/set-signed", [&self.mount])?;
        self.ask(request.idempotent(), &json!({ "certificate": pem })).await
    }

    /// Takes certificates of authorities without keys, in PEM.
    ///
    /// `POST /v1/:mount/issuers/import/cert`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#import-ca-certificates-and-keys)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// vault.pki("pki").import_certificates(&pem).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when it is no certificate, or holds a private key.
    pub async fn import_certificates(&self, pem: &str) -> Result<Answer<Imported>> {
        let request = Request::post("/v1/*mount/issuers/import/cert", [&self.mount])?;
        self.ask(request.idempotent(), &json!({ "pem_bundle": pem })).await
    }

    /// Takes certificates of authorities with their private keys, in PEM.
    ///
    /// `POST /v1/:mount/issuers/import/bundle`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#import-ca-certificates-and-keys)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: secrecy::SecretString) -> vault_client::Result<()> {
    /// vault.pki("pki").import_bundle(&pem).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when a part of it is neither a certificate of an authority nor a key.
    pub async fn import_bundle(&self, pem: &SecretString) -> Result<Answer<Imported>> {
        let request = Request::post("/v1/*mount/issuers/import/bundle", [&self.mount])?;
        self.ask(request.idempotent(), &json!({ "pem_bundle": pem.expose_secret() })).await
    }

    /// As [`Pki::import_bundle`], at its old path, where the first issuer of a mount becomes the default.
    /// `POST /v1/:mount/config/ca`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#import-ca-certificates-and-keys)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: secrecy::SecretString) -> vault_client::Result<()> {
    /// vault.pki("pki").put_ca(&pem).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::import_bundle`].
    pub async fn put_ca(&self, pem: &SecretString) -> Result<Answer<Imported>> {
        let request = Request::post("/v1/*mount/config/ca", [&self.mount])?;
        self.ask(request.idempotent(), &json!({ "pem_bundle": pem.expose_secret() })).await
    }

    /// Deletes all issuers and all keys of the mount for good.
    ///
    /// `DELETE /v1/:mount/root`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#delete-all-issuers-and-keys)); needs `delete`
    /// and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").delete_root().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permissions.
    pub async fn delete_root(&self) -> Result<()> {
        self.client.delete("/v1/*mount/root", [&self.mount]).await
    }
}
