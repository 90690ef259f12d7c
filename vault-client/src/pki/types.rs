//! Types of the PKI engine.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::codec;
use crate::wire::{duration, null, time};

/// A CA to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CaRequest {
    /// Its common name.
    pub common_name: String,
    /// The name of the new issuer; for a root only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_name: Option<String>,
    /// The name of the new key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// How long the certificate is valid; for a root only.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// The kind of the key: `rsa`, `ec` or `ed25519`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The length of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u64>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CaRequest {
    /// A CA with this common name.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), ..Self::default() }
    }
}

/// A root CA that was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Root {
    /// Its certificate, in PEM.
    pub certificate: String,
    /// The certificate of its issuer, in PEM: of a root, its own.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuing_ca: String,
    /// When that ends.
    #[serde(default, with = "codec::unix")]
    pub expiration: Option<Timestamp>,
    /// Its serial number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub serial_number: String,
    /// The id of the issuer.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_id: String,
    /// The name of the issuer, if it has one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_name: String,
    /// The id of the key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub key_id: String,
}

/// A request for a certificate that was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Csr {
    /// The request, in PEM.
    pub csr: String,
    /// The id of its key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub key_id: String,
}

/// An intermediate CA to be signed. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IntermediateRequest {
    /// The request for its certificate, in PEM.
    pub csr: String,
    /// Its common name; that of the request unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common_name: Option<String>,
    /// How long the certificate is valid.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// Takes subject and extensions as the request has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_csr_values: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl IntermediateRequest {
    /// An intermediate CA with this request, in PEM.
    pub fn new(csr: impl Into<String>) -> Self {
        Self { csr: csr.into(), ..Self::default() }
    }
}

/// A certificate that was signed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signed {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The certificate of its issuer, in PEM.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuing_ca: String,
    /// The certificates from its own up to the root, in PEM.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ca_chain: Vec<String>,
    /// Its serial number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub serial_number: String,
    /// When it ends.
    #[serde(default, with = "codec::unix")]
    pub expiration: Option<Timestamp>,
}

/// What was taken from certificates that were given to the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Imported {
    /// The ids of the issuers that are new.
    #[serde(default, deserialize_with = "null::or_default")]
    pub imported_issuers: Vec<String>,
    /// The ids of the issuers that were known.
    #[serde(default, deserialize_with = "null::or_default")]
    pub existing_issuers: Vec<String>,
    /// The ids of issuers with those of their keys, which are empty for a foreign issuer.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mapping: BTreeMap<String, String>,
}

/// An issuer in the list of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuerStub {
    /// Its name, if it has one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_name: String,
    /// Whether it is the default.
    #[serde(default, deserialize_with = "null::or_default")]
    pub is_default: bool,
    /// The id of its key; empty for a foreign issuer.
    #[serde(default, deserialize_with = "null::or_default")]
    pub key_id: String,
    /// The serial number of its certificate.
    #[serde(default, deserialize_with = "null::or_default")]
    pub serial_number: String,
}

/// An issuer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Issuer {
    /// Its id; it cannot be changed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_name: Option<String>,
    /// The id of its key; it cannot be changed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub key_id: String,
    /// Its certificate, in PEM; it cannot be changed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub certificate: String,
    /// The certificates from its own up to the root, in PEM; they cannot be changed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ca_chain: Vec<String>,
    /// Whether it was revoked; this can only be changed by revoking it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub revoked: bool,
    /// What it does with a certificate that would outlive its own: `err`, `truncate` or `permit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf_not_after_behavior: Option<String>,
    /// What it is used for, separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Issuer {
    /// Without what cannot be changed.
    pub(super) fn settings(&self) -> Settings<'_> {
        let Self { issuer_name, leaf_not_after_behavior, usage, extra, .. } = self;
        Settings { issuer_name, leaf_not_after_behavior, usage, extra }
    }
}

#[derive(Serialize)]
pub(super) struct Settings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_name: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_not_after_behavior: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: &'a Option<String>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// Which issuer is the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuersConfig {
    /// Its id, or its name when it is written; empty for none.
    #[serde(default, deserialize_with = "null::or_default")]
    pub default: String,
    /// Whether each new issuer becomes the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_follows_latest_issuer: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl IssuersConfig {
    /// This issuer, by id or name.
    pub fn new(default: impl Into<String>) -> Self {
        Self { default: default.into(), ..Self::default() }
    }
}

/// The addresses that are written into certificates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UrlsConfig {
    /// Where the issuer's certificate is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_certificates: Option<Vec<String>>,
    /// Where the revocation list is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl_distribution_points: Option<Vec<String>>,
    /// Where revocations can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocsp_servers: Option<Vec<String>>,
    /// Whether `{{issuer_id}}` and the like are replaced in the addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_templating: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UrlsConfig {
    /// No addresses yet.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What certificates may be issued.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// The issuer, by id, by name or as `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_ref: Option<String>,
    /// How long a certificate is valid; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long it may be valid at most; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub max_ttl: Option<Duration>,
    /// How long before its making it becomes valid, for clocks that differ.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub not_before_duration: Option<Duration>,
    /// The domains that names may be in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_domains: Option<Vec<String>>,
    /// Whether `{{identity…}}` is replaced in those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_domains_template: Option<bool>,
    /// Whether the domains themselves are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_bare_domains: Option<bool>,
    /// Whether names below the domains are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_subdomains: Option<bool>,
    /// Whether the domains may hold `*` for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_glob_domains: Option<bool>,
    /// Whether names may begin with `*.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_wildcard_certificates: Option<bool>,
    /// Whether any name is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_any_name: Option<bool>,
    /// Whether `localhost` is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_localhost: Option<bool>,
    /// Whether addresses are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_ip_sans: Option<bool>,
    /// The URIs that are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_uri_sans: Option<Vec<String>>,
    /// Whether names must be host names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_hostnames: Option<bool>,
    /// Whether there must be a common name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_cn: Option<bool>,
    /// Whether certificates are good for servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_flag: Option<bool>,
    /// Whether certificates are good for clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_flag: Option<bool>,
    /// The kind of keys: `rsa`, `ec`, `ed25519` or `any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The length of keys; 0 for the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u64>,
    /// What keys may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<Vec<String>>,
    /// What else keys may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext_key_usage: Option<Vec<String>>,
    /// The organisation in the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Vec<String>>,
    /// The organisational unit in the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ou: Option<Vec<String>>,
    /// Whether certificates have a lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate_lease: Option<bool>,
    /// Whether certificates are forgotten, so that they can be neither listed nor revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_store: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Role {
    /// A role as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A certificate to be issued. What is `None` is decided by the role.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IssueRequest {
    /// Its common name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub common_name: String,
    /// More names.
    #[serde(serialize_with = "commas", skip_serializing_if = "Vec::is_empty")]
    pub alt_names: Vec<String>,
    /// Addresses.
    #[serde(serialize_with = "commas", skip_serializing_if = "Vec::is_empty")]
    pub ip_sans: Vec<String>,
    /// URIs.
    #[serde(serialize_with = "commas", skip_serializing_if = "Vec::is_empty")]
    pub uri_sans: Vec<String>,
    /// How long it is valid.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Lists of names go in as one text.
fn commas<S: serde::Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&names.join(","))
}

impl IssueRequest {
    /// A certificate with this common name.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), ..Self::default() }
    }
}

/// A certificate with its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bundle {
    /// The certificate, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    #[serde(with = "codec::secret")]
    pub private_key: SecretString,
    /// Names the key of the issuer, inside the certificate.
    #[serde(default, deserialize_with = "null::or_default")]
    pub authority_key_id: String,
    /// The kind of the key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub private_key_type: String,
    /// The certificate of its issuer, in PEM.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuing_ca: String,
    /// The certificates from its issuer up to the root, in PEM.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ca_chain: Vec<String>,
    /// Its serial number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub serial_number: String,
    /// When it ends.
    #[serde(default, with = "codec::unix")]
    pub expiration: Option<Timestamp>,
}

/// A certificate that the engine keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Certificate {
    /// The certificate, in PEM.
    pub certificate: String,
    /// When it was revoked, if it was.
    #[serde(rename = "revocation_time_rfc3339", default, deserialize_with = "time::or_none")]
    pub revoked_at: Option<Timestamp>,
    /// The same, to the second.
    #[serde(default, with = "codec::unix")]
    pub revocation_time: Option<Timestamp>,
    /// Names the key of the issuer, inside the certificate.
    #[serde(default, deserialize_with = "null::or_default")]
    pub authority_key_id: String,
    /// The id of its issuer, once it is revoked.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_id: String,
}

/// What became of a certificate that was revoked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revocation {
    /// When it was revoked.
    #[serde(rename = "revocation_time_rfc3339", default, deserialize_with = "time::or_none")]
    pub revoked_at: Option<Timestamp>,
    /// The same, to the second.
    #[serde(default, with = "codec::unix")]
    pub revocation_time: Option<Timestamp>,
    /// `revoked`, or `pending` where other nodes have to hear of it first.
    #[serde(default, deserialize_with = "null::or_default")]
    pub state: String,
}

#[cfg(test)]
mod tests {
    use super::{Bundle, IssueRequest, Issuer, Role};
    use std::time::Duration;

    #[test]
    fn a_role_comes_back_as_it_was() {
        let text = r#"{"allow_any_name":false,"allow_subdomains":true,"allow_token_displayname":false,
            "allowed_domains":["service.consul"],"allowed_other_sans":[],"cn_validations":["email","hostname"],
            "ext_key_usage":[],"issuer_ref":"default","key_bits":256,"key_type":"ec","key_usage":["DigitalSignature"],
            "max_ttl":259200,"not_after":"","not_before_duration":30,"signature_bits":0,"ttl":0,"use_pss":false}"#;
        let role: Role = serde_json::from_str(text).unwrap();
        assert_eq!(role.max_ttl, Some(Duration::from_secs(72 * 3600)));
        let mut expected: serde_json::Value = serde_json::from_str(text).unwrap();
        for (name, seconds) in [("max_ttl", "259200s"), ("not_before_duration", "30s"), ("ttl", "0s")] {
            expected[name] = seconds.into();
        }
        assert_eq!(serde_json::to_value(&role).unwrap(), expected);
    }

    #[test]
    fn what_an_issuer_cannot_change_is_not_sent() {
        let text = r#"{"ca_chain":["a"],"certificate":"a","issuer_id":"3b96","issuer_name":"root","key_id":"2791",
            "leaf_not_after_behavior":"err","manual_chain":null,"revoked":false,"usage":"read-only"}"#;
        let issuer: Issuer = serde_json::from_str(text).unwrap();
        let sent = serde_json::to_value(issuer.settings()).unwrap();
        let expected =
            r#"{"issuer_name":"root","leaf_not_after_behavior":"err","manual_chain":null,"usage":"read-only"}"#;
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(expected).unwrap());
    }

    #[test]
    fn names_are_sent_as_one_text() {
        let mut request = IssueRequest::new("a.service.consul");
        request.alt_names = vec!["b".to_owned(), "c".to_owned()];
        request.ttl = Some(Duration::from_secs(60));
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"common_name":"a.service.consul","alt_names":"b,c","ttl":"60s"}"#);
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let text = r#"{"certificate":"c","private_key":"hunter2","private_key_type":"ec","expiration":1795459640,
            "ca_chain":null,"issuing_ca":"i","serial_number":"3a:67"}"#;
        let bundle: Bundle = serde_json::from_str(text).unwrap();
        assert_eq!(bundle.expiration.unwrap().as_second(), 1_795_459_640);
        assert!(!format!("{bundle:?}").contains("hunter2"));
    }
}
