//! The revocation lists of an issuer.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Format, IssuerHandle, document};
use crate::error::Result;
use crate::object::blob;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{duration, null};

/// Revocation lists to be joined into one. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResignCrls {
    /// The number of the new list; each list has a higher one.
    pub crl_number: u64,
    /// The lists, in PEM, all signed by the same issuer.
    pub crls: Vec<String>,
    /// The number of the list whose changes this one holds, if it is one of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta_crl_base_number: Option<u64>,
    /// When the next is due.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub next_update: Option<std::time::Duration>,
}

impl ResignCrls {
    /// These lists, in PEM, under this number.
    pub fn new<S: Into<String>>(crl_number: u64, crls: impl IntoIterator<Item = S>) -> Self {
        Self { crl_number, crls: crls.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

/// A revocation list to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RevocationList {
    /// The number of the list; each list has a higher one.
    pub crl_number: u64,
    /// What is revoked.
    pub revoked_certs: Vec<RevokedCertificate>,
    /// What else stands in the list.
    pub extensions: Vec<Extension>,
    /// The number of the list whose changes this one holds, if it is one of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta_crl_base_number: Option<u64>,
    /// When the next is due.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub next_update: Option<std::time::Duration>,
}

impl RevocationList {
    /// A list of these, under this number.
    pub fn new(crl_number: u64, revoked: impl IntoIterator<Item = RevokedCertificate>) -> Self {
        Self { crl_number, revoked_certs: revoked.into_iter().collect(), ..Self::default() }
    }
}

/// A certificate in a revocation list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RevokedCertificate {
    /// Its serial number.
    pub serial_number: String,
    /// When it was revoked; now unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_time: Option<Timestamp>,
    /// What else is said about it, such as the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
}

impl RevokedCertificate {
    /// The certificate of this serial number.
    pub fn new(serial_number: impl Into<String>) -> Self {
        Self { serial_number: serial_number.into(), ..Self::default() }
    }
}

/// An extension of a revocation list, or of a certificate in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Extension {
    /// Its number, such as `2.5.29.21`.
    pub id: String,
    /// Whether who does not know it must refuse the list.
    pub critical: bool,
    /// Its value, in DER.
    #[serde(with = "blob")]
    pub value: Bytes,
}

impl Extension {
    /// An extension with this value, in DER, which nobody has to know.
    pub fn new(id: impl Into<String>, value: impl Into<Bytes>) -> Self {
        Self { id: id.into(), critical: false, value: value.into() }
    }
}

#[derive(Serialize, Deserialize)]
struct Crl {
    #[serde(default, deserialize_with = "null::or_default")]
    crl: String,
}

/// A request with the form in which the answer shall come.
#[derive(Serialize)]
struct Formed<'a, T> {
    #[serde(flatten)]
    request: &'a T,
    format: Format,
}

impl<'a, T> Formed<'a, T> {
    fn pem(request: &'a T) -> Self {
        Self { request, format: Format::Pem }
    }
}

impl IssuerHandle {
    /// Reads the revocation list of the issuer in PEM, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let crl = vault.anonymous().pki("pki").issuer("default").read_crl().await?;
    /// # drop(crl);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate`].
    pub async fn read_crl(&self) -> Result<Option<String>> {
        self.crl(Request::get("/v1/*mount/issuer/:reference/crl", self.arguments())?).await
    }

    /// Reads the changes to the revocation list of the issuer in PEM, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl/delta`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let changes = vault.anonymous().pki("pki").issuer("default").read_delta_crl().await?;
    /// # drop(changes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate`].
    pub async fn read_delta_crl(&self) -> Result<Option<String>> {
        self.crl(Request::get("/v1/*mount/issuer/:reference/crl/delta", self.arguments())?).await
    }

    async fn crl(&self, request: Request) -> Result<Option<String>> {
        Ok(none_if_not_found(self.pki.client.fetch::<Crl>(request).await)?.map(|found| found.crl))
    }

    /// Reads the revocation list of the issuer in DER, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl/der`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").issuer("default").read_crl_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate_der`].
    pub async fn read_crl_der(&self) -> Result<Option<Bytes>> {
        let request = Request::get("/v1/*mount/issuer/:reference/crl/der", self.arguments())?;
        none_if_not_found(document::der(&self.pki.client, request, document::CRL).await).map(Option::flatten)
    }

    /// As [`IssuerHandle::read_crl`], from the address that is meant for machines without JSON.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").issuer("default").read_crl_pem().await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate_der`].
    pub async fn read_crl_pem(&self) -> Result<Option<String>> {
        let request = Request::get("/v1/*mount/issuer/:reference/crl/pem", self.arguments())?;
        none_if_not_found(document::pem(&self.pki.client, request, document::CRL_PEM).await).map(Option::flatten)
    }

    /// Reads the changes to the revocation list of the issuer in DER, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl/delta/der`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").issuer("default").read_delta_crl_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate_der`].
    pub async fn read_delta_crl_der(&self) -> Result<Option<Bytes>> {
        let request = Request::get("/v1/*mount/issuer/:reference/crl/delta/der", self.arguments())?;
        none_if_not_found(document::der(&self.pki.client, request, document::CRL).await).map(Option::flatten)
    }

    /// As [`IssuerHandle::read_delta_crl`], from the address that is meant for machines without JSON.
    ///
    /// `GET /v1/:mount/issuer/:ref/crl/delta/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").issuer("default").read_delta_crl_pem().await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`IssuerHandle::read_certificate_der`].
    pub async fn read_delta_crl_pem(&self) -> Result<Option<String>> {
        let request = Request::get("/v1/*mount/issuer/:reference/crl/delta/pem", self.arguments())?;
        none_if_not_found(document::pem(&self.pki.client, request, document::CRL_PEM).await).map(Option::flatten)
    }

    /// Joins revocation lists of this issuer, such as those of several clusters, into one, in PEM.
    ///
    /// `POST /v1/:mount/issuer/:ref/resign-crls`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#combine-crls-from-the-same-issuer)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, one: String, other: String) -> vault_client::Result<()> {
    /// use vault_client::pki::ResignCrls;
    ///
    /// let joined = vault.pki("pki").issuer("default").resign_crls(&ResignCrls::new(9, [one, other])).await?;
    /// # drop(joined);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when a list is not one of this issuer; [`Error::is_not_found`](crate::Error::is_not_found) when there
    /// is no such issuer.
    pub async fn resign_crls(&self, lists: &ResignCrls) -> Result<String> {
        let request = Request::post("/v1/*mount/issuer/:reference/resign-crls", self.arguments())?;
        Ok(self.pki.client.fetch::<Crl>(request.json(&Formed::pem(lists))?.idempotent()).await?.crl)
    }

    /// Signs a revocation list that the caller has made up, in PEM. The engine does not look whether it is true.
    ///
    /// `POST /v1/:mount/issuer/:ref/sign-revocation-list`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-revocation-list)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::{RevocationList, RevokedCertificate};
    ///
    /// let list = RevocationList::new(9, [RevokedCertificate::new("11:22:33")]);
    /// let crl = vault.pki("pki").issuer("default").sign_revocation_list(&list).await?;
    /// # drop(crl);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the list is not possible; [`Error::is_not_found`](crate::Error::is_not_found) when there is no
    /// such issuer.
    pub async fn sign_revocation_list(&self, list: &RevocationList) -> Result<String> {
        let request = Request::post("/v1/*mount/issuer/:reference/sign-revocation-list", self.arguments())?;
        Ok(self.pki.client.fetch::<Crl>(request.json(&Formed::pem(list))?.idempotent()).await?.crl)
    }
}
