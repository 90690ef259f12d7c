//! The issuers of a mount, and one of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Pki, document};
use crate::client::merge_request;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{null, time};

wire_enum! {
    /// What an issuer does with a certificate that would outlive its own.
    pub LeafNotAfter {
        /// It refuses.
        Err = "err",
        /// It shortens the certificate.
        Truncate = "truncate",
        /// It issues it all the same.
        Permit = "permit",
        /// It refuses, also for authorities and verbatim requests.
        AlwaysEnforceErr = "always_enforce_err",
    }
}

wire_enum! {
    /// What an issuer is used for.
    pub Usage {
        /// Nothing but being read.
        ReadOnly = "read-only",
        /// Issuing certificates.
        IssuingCertificates = "issuing-certificates",
        /// Signing revocation lists.
        CrlSigning = "crl-signing",
        /// Signing answers about revocations.
        OcspSigning = "ocsp-signing",
    }
}

answer! {
    /// An issuer in the list of all.
    IssuerStub {
        /// Its name, if it has one.
        pub issuer_name: String,
        /// Whether it is the default.
        pub is_default: bool,
        /// The id of its key; empty for a foreign issuer.
        pub key_id: String,
        /// The serial number of its certificate.
        pub serial_number: String,
    }
}

/// An issuer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Issuer {
    /// Its id.
    #[serde(deserialize_with = "null::or_default")]
    pub issuer_id: String,
    /// The id of its key; empty for a foreign issuer.
    #[serde(deserialize_with = "null::or_default")]
    pub key_id: String,
    /// Its certificate, in PEM.
    #[serde(deserialize_with = "null::or_default")]
    pub certificate: String,
    /// The certificates from its own up to the root, in PEM.
    #[serde(deserialize_with = "null::or_default")]
    pub ca_chain: Vec<String>,
    /// Whether it was revoked.
    #[serde(deserialize_with = "null::or_default")]
    pub revoked: bool,
    /// When it was revoked.
    #[serde(rename = "revocation_time_rfc3339", deserialize_with = "time::or_none")]
    pub revoked_at: Option<Timestamp>,
    /// The same, in seconds.
    #[serde(with = "crate::codec::unix", skip_serializing_if = "Option::is_none")]
    revocation_time: Option<Timestamp>,
    /// What can be changed about it.
    #[serde(flatten)]
    pub settings: IssuerSettings,
}

object! {
    /// What can be changed about an issuer.
    IssuerSettings {
        /// Its name.
        pub issuer_name: Option<String>,
        /// What it does with a certificate that would outlive its own.
        pub leaf_not_after_behavior: Option<LeafNotAfter>,
        /// The chain that is given out in place of the one that the engine finds, as references to issuers.
        pub manual_chain: Option<Vec<String>>,
        /// What it is used for.
        pub usage: Option<Vec<Usage>> as commas,
        /// How it signs revocation lists, such as `ECDSAWithSHA256`.
        pub revocation_signature_algorithm: Option<String>,
        /// Where its certificate is, in place of the mount's addresses.
        pub issuing_certificates: Option<Vec<String>>,
        /// Where its revocation list is.
        pub crl_distribution_points: Option<Vec<String>>,
        /// Where the changes to its revocation list are.
        pub delta_crl_distribution_points: Option<Vec<String>>,
        /// Where revocations can be asked for.
        pub ocsp_servers: Option<Vec<String>>,
        /// Whether `{{issuer_id}}` and the like are replaced in the addresses.
        pub enable_aia_url_templating: Option<bool>,
    }
}

impl IssuerSettings {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

answer! {
    /// The certificate of an issuer.
    IssuerCertificate {
        /// The certificate, in PEM.
        pub certificate: String,
        /// The certificates from it up to the root, in PEM.
        pub ca_chain: Vec<String>,
        /// The id of the issuer.
        pub issuer_id: String,
        /// Its name, if it has one.
        pub issuer_name: String,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Issuers {
    #[serde(deserialize_with = "null::or_default")]
    keys: Vec<String>,
    #[serde(deserialize_with = "null::or_default")]
    key_info: BTreeMap<String, IssuerStub>,
}

impl Pki {
    /// Lists the issuers by id.
    ///
    /// `LIST /v1/:mount/issuers`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-issuers)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (id, issuer) in vault.pki("pki").list_issuers().await? {
    ///     println!("{id}: {}", issuer.issuer_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list_issuers(&self) -> Result<BTreeMap<String, IssuerStub>> {
        let issuers: Issuers = self.client.list_as("/v1/*mount/issuers/", [&self.mount]).await?;
        Ok(issuers.key_info)
    }

    /// One issuer: by id, by name or as `default`.
    pub fn issuer(&self, reference: impl Into<String>) -> IssuerHandle {
        IssuerHandle { pki: self.clone(), reference: reference.into() }
    }
}

/// Handle made by [`Pki::issuer`].
#[derive(Clone, Debug)]
pub struct IssuerHandle {
    pub(super) pki: Pki,
    reference: String,
}

impl IssuerHandle {
    pub(super) fn arguments(&self) -> [&str; 2] {
        [&self.pki.mount, &self.reference]
    }

    pub(super) fn and<'a>(&'a self, last: &'a str) -> [&'a str; 3] {
        [&self.pki.mount, &self.reference, last]
    }

    /// Reads the issuer, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/issuer/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(issuer) = vault.pki("pki").issuer("default").read().await? {
    ///     println!("{} is used for {:?}", issuer.issuer_id, issuer.settings.usage);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read(&self) -> Result<Option<Issuer>> {
        let request = Request::get("/v1/*mount/issuer/:reference", self.arguments())?;
        none_if_not_found(self.pki.client.fetch(request).await)
    }

    /// Writes the settings of the issuer as a whole: what is absent is reset. Read them first.
    ///
    /// `POST /v1/:mount/issuer/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#update-issuer)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let issuer = vault.pki("pki").issuer("default");
    /// if let Some(mut held) = issuer.read().await? {
    ///     held.settings.issuer_name = Some("root-2027".to_owned());
    ///     issuer.put(&held.settings).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn put(&self, settings: &IssuerSettings) -> Result<Issuer> {
        let request = Request::post("/v1/*mount/issuer/:reference", self.arguments())?;
        self.pki.client.fetch(request.json(settings)?.idempotent()).await
    }

    /// Changes some settings of the issuer; what is absent stays as it is.
    ///
    /// `PATCH /v1/:mount/issuer/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#update-issuer)); needs `patch`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{IssuerSettings, LeafNotAfter};
    ///
    /// let mut settings = IssuerSettings::new();
    /// settings.leaf_not_after_behavior = Some(LeafNotAfter::Truncate);
    /// vault.pki("pki").issuer("default").update(&settings).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn update(&self, settings: &IssuerSettings) -> Result<Issuer> {
        let request = Request::new("PATCH", "/v1/*mount/issuer/:reference", self.arguments())?;
        self.pki.client.fetch(merge_request(request, settings)?.idempotent()).await
    }

    /// Deletes the issuer, not its key; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/issuer/:ref`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#delete-issuer)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").issuer("root-2025").delete().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete(&self) -> Result<()> {
        self.pki.client.delete("/v1/*mount/issuer/:reference", self.arguments()).await
    }

    /// Revokes the issuer, so that it issues nothing any more. There is no way back.
    ///
    /// `POST /v1/:mount/issuer/:ref/revoke`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#revoke-issuer)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let revoked = vault.pki("pki").issuer("root-2025").revoke().await?;
    /// println!("{:?}", revoked.revoked_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn revoke(&self) -> Result<Issuer> {
        let request = Request::post("/v1/*mount/issuer/:reference/revoke", self.arguments())?;
        self.pki.client.fetch(request.idempotent()).await
    }

    /// Reads the certificate of the issuer with its chain, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/json`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let found = vault.anonymous().pki("pki").issuer("default").read_certificate().await?;
    /// println!("{:?}", found.map(|found| found.ca_chain.len()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) is never one here; any other refusal of the server is.
    pub async fn read_certificate(&self) -> Result<Option<IssuerCertificate>> {
        let request = Request::get("/v1/*mount/issuer/:reference/json", self.arguments())?;
        none_if_not_found(self.pki.client.fetch(request).await)
    }

    /// Reads the certificate of the issuer in DER, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/der`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").issuer("default").read_certificate_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate`]; [`Error::Decode`](crate::Error::Decode) when something else answers.
    pub async fn read_certificate_der(&self) -> Result<Option<Bytes>> {
        let request = Request::get("/v1/*mount/issuer/:reference/der", self.arguments())?;
        none_if_not_found(document::der(&self.pki.client, request, document::CERTIFICATE).await).map(Option::flatten)
    }

    /// Reads the certificate of the issuer in PEM, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").issuer("default").read_certificate_pem().await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate_der`].
    pub async fn read_certificate_pem(&self) -> Result<Option<String>> {
        let request = Request::get("/v1/*mount/issuer/:reference/pem", self.arguments())?;
        none_if_not_found(document::pem(&self.pki.client, request, document::PEM).await).map(Option::flatten)
    }
}

#[cfg(test)]
mod tests {
    use super::{Issuer, Usage};

    #[test]
    fn what_an_issuer_cannot_change_is_not_sent() {
        let text = r#"{"ca_chain":["a"],"certificate":"a","issuer_id":"3b96","issuer_name":"root","key_id":"2791",
            "leaf_not_after_behavior":"err","new":1,"revoked":false,"usage":"crl-signing,read-only"}"#;
        let issuer: Issuer = serde_json::from_str(text).unwrap();
        assert_eq!(issuer.settings.usage, Some(vec![Usage::CrlSigning, Usage::ReadOnly]));
        let sent = serde_json::to_value(&issuer.settings).unwrap();
        let expected =
            r#"{"issuer_name":"root","leaf_not_after_behavior":"err","new":1,"usage":"crl-signing,read-only"}"#;
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(expected).unwrap());
    }
}
