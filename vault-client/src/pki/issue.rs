//! Issuing and signing certificates, by the issuer of the role, by the default one, or by one of choice.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Format, IntermediateRequest, IssuerHandle, KeyType, Pki, PrivateKeyFormat, SelfIssued};
use crate::codec;
use crate::error::Result;
use crate::meta::Answer;
use crate::object::public;
use crate::transport::Request;
use crate::wire::null;

object! {
    /// A certificate to be issued. What is absent is decided by the role.
    IssueRequest {
        /// Its common name.
        pub common_name: String,
        /// More names.
        pub alt_names: Vec<String> as commas,
        /// Addresses.
        pub ip_sans: Vec<String>,
        /// URIs.
        pub uri_sans: Vec<String>,
        /// Names of other kinds, such as `1.3.6.1.4.1.311.20.2.3;utf8:name`.
        pub other_sans: Vec<String>,
        /// User ids in the subject.
        pub user_ids: Vec<String>,
        /// The serial number in the subject, which is not that of the certificate.
        pub serial_number: Option<String>,
        /// How long it is valid.
        pub ttl: Option<Duration> as seconds,
        /// When it ends, in RFC 3339, in place of a `ttl`.
        pub not_after: Option<String>,
        /// Whether the common name is left out of the other names.
        pub exclude_cn_from_sans: Option<bool>,
        /// Whether roots are left out of the chain that comes along.
        pub remove_roots_from_chain: Option<bool>,
        /// How the answer is written.
        pub format: Option<Format>,
        /// How the private key is written.
        pub private_key_format: Option<PrivateKeyFormat>,
    }
}

impl IssueRequest {
    /// A certificate with this common name.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), ..Self::default() }
    }
}

object! {
    /// A certificate to be signed, for a key that somebody else has. What is absent is decided by the role.
    SignRequest {
        /// The request for the certificate, in PEM.
        pub csr: String,
        /// Its common name; that of the request unless the role says otherwise.
        pub common_name: Option<String>,
        /// More names.
        pub alt_names: Vec<String> as commas,
        /// Addresses.
        pub ip_sans: Vec<String>,
        /// URIs.
        pub uri_sans: Vec<String>,
        /// Names of other kinds.
        pub other_sans: Vec<String>,
        /// User ids in the subject.
        pub user_ids: Vec<String>,
        /// The serial number in the subject, which is not that of the certificate.
        pub serial_number: Option<String>,
        /// How long it is valid.
        pub ttl: Option<Duration> as seconds,
        /// When it ends, in RFC 3339, in place of a `ttl`.
        pub not_after: Option<String>,
        /// Whether the common name is left out of the other names.
        pub exclude_cn_from_sans: Option<bool>,
        /// Whether roots are left out of the chain that comes along.
        pub remove_roots_from_chain: Option<bool>,
        /// How the answer is written.
        pub format: Option<Format>,
    }
}

impl SignRequest {
    /// A certificate with this request, in PEM.
    pub fn new(csr: impl Into<String>) -> Self {
        Self { csr: csr.into(), ..Self::default() }
    }
}

object! {
    /// A certificate to be signed with all that its request wants, whatever that is.
    VerbatimRequest {
        /// The request for the certificate, in PEM.
        pub csr: String,
        /// How long it is valid.
        pub ttl: Option<Duration> as seconds,
        /// When it ends, in RFC 3339, in place of a `ttl`.
        pub not_after: Option<String>,
        /// What its key may be used for.
        pub key_usage: Option<Vec<String>>,
        /// What else its key may be used for.
        pub ext_key_usage: Option<Vec<String>>,
        /// The same, by number.
        pub ext_key_usage_oids: Option<Vec<String>>,
        /// The length of the hash in signatures.
        pub signature_bits: Option<u64>,
        /// Whether RSA signs with PSS.
        pub use_pss: Option<bool>,
        /// Whether roots are left out of the chain that comes along.
        pub remove_roots_from_chain: Option<bool>,
        /// How the answer is written.
        pub format: Option<Format>,
    }
}

impl VerbatimRequest {
    /// A certificate with this request, in PEM.
    pub fn new(csr: impl Into<String>) -> Self {
        Self { csr: csr.into(), ..Self::default() }
    }
}

/// A certificate with its key.
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bundle {
    /// The certificate, in PEM unless another format was asked for; with [`Format::PemBundle`] the key is in it too.
    #[serde(with = "public")]
    pub certificate: String,
    /// Its key, in the same form.
    #[serde(with = "codec::secret")]
    pub private_key: SecretString,
    /// The kind of the key.
    #[serde(default)]
    pub private_key_type: Option<KeyType>,
    /// The certificate of its issuer.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuing_ca: String,
    /// The certificates from its issuer up to the root.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ca_chain: Vec<String>,
    /// Its serial number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub serial_number: String,
    /// The id of the issuer's key, as it stands in the certificate.
    #[serde(default, deserialize_with = "null::or_default")]
    pub authority_key_id: String,
    /// When it ends.
    #[serde(default, with = "codec::unix")]
    pub expiration: Option<Timestamp>,
}

/// Without the certificate, into which a format can put the key.
impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("serial_number", &self.serial_number)
            .field("private_key_type", &self.private_key_type)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

answer! {
    /// A certificate that was signed.
    Signed {
        /// The certificate, in PEM unless another format was asked for.
        pub certificate: String,
        /// The certificate of its issuer.
        pub issuing_ca: String,
        /// The certificates from its issuer up to the root; for an authority, its own is the first.
        pub ca_chain: Vec<String>,
        /// Its serial number.
        pub serial_number: String,
        /// The id of the issuer's key, as it stands in the certificate.
        pub authority_key_id: String,
        /// When it ends.
        pub expiration: Option<Timestamp> as unix,
    }
}

impl Pki {
    /// Issues a certificate with a new key. The answer has a lease if the role says so.
    ///
    /// `POST /v1/:mount/issue/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-certificate-and-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::IssueRequest;
    ///
    /// let bundle = vault.pki("pki_int").issue("web", &IssueRequest::new("www.example.com")).await?.value;
    /// println!("{} ends at {:?}", bundle.serial_number, bundle.expiration);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist; status 400 when it does not
    /// allow what is asked for.
    pub async fn issue(&self, role: &str, request: &IssueRequest) -> Result<Answer<Bundle>> {
        self.ask(Request::post("/v1/*mount/issue/:role", [&self.mount, role])?, request).await
    }

    /// Signs a certificate for a key that somebody else has, as far as the role allows what it wants.
    ///
    /// `POST /v1/:mount/sign/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-certificate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::SignRequest;
    ///
    /// let signed = vault.pki("pki_int").sign("web", &SignRequest::new(csr)).await?.value;
    /// println!("{}", signed.certificate);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::issue`].
    pub async fn sign(&self, role: &str, request: &SignRequest) -> Result<Answer<Signed>> {
        self.ask(Request::post("/v1/*mount/sign/:role", [&self.mount, role])?, request).await
    }

    /// Signs whatever a request wants: to be allowed to operators alone. `POST /v1/:mount/sign-verbatim`, and with a
    /// role, which then says how long it is valid and the like, `POST /v1/:mount/sign-verbatim/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-verbatim)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::VerbatimRequest;
    ///
    /// let signed = vault.pki("pki").sign_verbatim(None, &VerbatimRequest::new(csr)).await?.value;
    /// # drop(signed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::issue`].
    pub async fn sign_verbatim(&self, role: Option<&str>, request: &VerbatimRequest) -> Result<Answer<Signed>> {
        let mount = self.mount.as_str();
        let post = match role {
            None => Request::post("/v1/*mount/sign-verbatim", [mount])?,
            Some(role) => Request::post("/v1/*mount/sign-verbatim/:role", [mount, role])?,
        };
        self.ask(post, request).await
    }

    /// Signs the request of an intermediate authority with the default issuer.
    ///
    /// `POST /v1/:mount/root/sign-intermediate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-intermediate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::IntermediateRequest;
    ///
    /// let signed = vault.pki("pki").sign_intermediate(&IntermediateRequest::new(csr)).await?.value;
    /// vault.pki("pki_int").set_signed(&signed.ca_chain.join("\n")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the request is no CSR.
    pub async fn sign_intermediate(&self, intermediate: &IntermediateRequest) -> Result<Answer<Signed>> {
        self.ask(Request::post("/v1/*mount/root/sign-intermediate", [&self.mount])?, intermediate).await
    }

    /// Signs a certificate that another root made for itself, in PEM, with the default issuer, so that who trusts the
    /// one trusts the other.
    ///
    /// `POST /v1/:mount/root/sign-self-issued`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-self-issued)); needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// let bridge = vault.pki("pki").sign_self_issued(&pem).await?.value.certificate;
    /// # drop(bridge);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when it is no certificate of an authority, or has another issuer.
    pub async fn sign_self_issued(&self, certificate_pem: &str) -> Result<Answer<SelfIssued>> {
        let request = Request::post("/v1/*mount/root/sign-self-issued", [&self.mount])?;
        self.ask(request, &json!({ "certificate": certificate_pem })).await
    }
}

impl IssuerHandle {
    /// As [`Pki::issue`], by this issuer. `POST /v1/:mount/issuer/:ref/issue/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-certificate-and-key)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::IssueRequest;
    ///
    /// let issuer = vault.pki("pki").issuer("root-2027");
    /// let bundle = issuer.issue("web", &IssueRequest::new("www.example.com")).await?.value;
    /// # drop(bundle);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::issue`]; [`Error::is_not_found`](crate::Error::is_not_found) also when there is no such issuer.
    pub async fn issue(&self, role: &str, request: &IssueRequest) -> Result<Answer<Bundle>> {
        let post = Request::post("/v1/*mount/issuer/:reference/issue/:role", self.and(role))?;
        self.pki.ask(post, request).await
    }

    /// As [`Pki::sign`], by this issuer. `POST /v1/:mount/issuer/:ref/sign/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-certificate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::SignRequest;
    ///
    /// let signed = vault.pki("pki").issuer("root-2027").sign("web", &SignRequest::new(csr)).await?.value;
    /// # drop(signed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::issue`].
    pub async fn sign(&self, role: &str, request: &SignRequest) -> Result<Answer<Signed>> {
        let post = Request::post("/v1/*mount/issuer/:reference/sign/:role", self.and(role))?;
        self.pki.ask(post, request).await
    }

    /// As [`Pki::sign_verbatim`], by this issuer. `POST /v1/:mount/issuer/:ref/sign-verbatim`, and with a role
    /// `POST /v1/:mount/issuer/:ref/sign-verbatim/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-verbatim)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::VerbatimRequest;
    ///
    /// let request = VerbatimRequest::new(csr);
    /// let signed = vault.pki("pki").issuer("root-2027").sign_verbatim(Some("web"), &request).await?.value;
    /// # drop(signed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::issue`].
    pub async fn sign_verbatim(&self, role: Option<&str>, request: &VerbatimRequest) -> Result<Answer<Signed>> {
        let post = match role {
            None => Request::post("/v1/*mount/issuer/:reference/sign-verbatim", self.arguments())?,
            Some(role) => Request::post("/v1/*mount/issuer/:reference/sign-verbatim/:role", self.and(role))?,
        };
        self.pki.ask(post, request).await
    }

    /// As [`Pki::sign_intermediate`], by this issuer. `POST /v1/:mount/issuer/:ref/sign-intermediate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-intermediate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, csr: String) -> vault_client::Result<()> {
    /// use vault_client::pki::IntermediateRequest;
    ///
    /// let request = IntermediateRequest::new(csr);
    /// let signed = vault.pki("pki").issuer("root-2027").sign_intermediate(&request).await?.value;
    /// # drop(signed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::sign_intermediate`]; [`Error::is_not_found`](crate::Error::is_not_found) when there is no such issuer.
    pub async fn sign_intermediate(&self, intermediate: &IntermediateRequest) -> Result<Answer<Signed>> {
        let post = Request::post("/v1/*mount/issuer/:reference/sign-intermediate", self.arguments())?;
        self.pki.ask(post, intermediate).await
    }

    /// As [`Pki::sign_self_issued`], by this issuer. `POST /v1/:mount/issuer/:ref/sign-self-issued`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-self-issued)); needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// let bridge = vault.pki("pki").issuer("root-2027").sign_self_issued(&pem).await?.value.certificate;
    /// # drop(bridge);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::sign_self_issued`]; [`Error::is_not_found`](crate::Error::is_not_found) when there is no such issuer.
    pub async fn sign_self_issued(&self, certificate_pem: &str) -> Result<Answer<SelfIssued>> {
        let post = Request::post("/v1/*mount/issuer/:reference/sign-self-issued", self.arguments())?;
        self.pki.ask(post, &json!({ "certificate": certificate_pem })).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Bundle, IssueRequest};
    use std::time::Duration;

    #[test]
    fn t17_names_are_sent_as_one_text() {
        let mut request = IssueRequest::new("a.service.consul");
        request.alt_names = vec!["b".to_owned(), "c".to_owned()];
        request.ttl = Some(Duration::from_secs(60));
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"common_name":"a.service.consul","alt_names":"b,c","ttl":"60s"}"#);
    }

    #[test]
    fn t24_a_bundle_with_its_key_is_a_secret() {
        for certificate in ["c", r"-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----"] {
            let text = format!(
                r#"{{"certificate":"{certificate}","private_key":"hunter2","private_key_type":"ec",
                "expiration":1795459640,"ca_chain":null,"issuing_ca":"i","serial_number":"3a:67"}}"#
            );
            let bundle: Bundle = serde_json::from_str(&text).unwrap();
            assert_eq!(bundle.expiration.unwrap().as_second(), 1_795_459_640);
            let printed = format!("{bundle:?}{}", serde_json::to_string(&bundle).unwrap());
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }
}
