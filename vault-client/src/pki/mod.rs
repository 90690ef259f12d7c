//! The PKI engine: <https://developer.hashicorp.com/vault/api-docs/secret/pki>.
//!
//! Not covered: keys that leave the engine, key management, revocation lists, tidying, ACME.

mod types;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::json;

pub use self::types::{
    Bundle, CaRequest, Certificate, Csr, Imported, IntermediateRequest, IssueRequest, Issuer, IssuerStub,
    IssuersConfig, Revocation, Role, Root, Signed, UrlsConfig,
};

use crate::client::{Client, KeyInfo};
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::{Request, none_if_not_found};

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

    /// Makes a root CA whose key never leaves the engine. `POST /v1/:mount/root/generate/:exported`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn generate_root(&self, root: &CaRequest) -> Result<Answer<Root>> {
        self.client
            .answer(Request::post("/v1/*mount/root/generate/:exported", [&self.mount, "internal"])?.json(root)?)
            .await
    }

    /// Makes a key that never leaves the engine, and the request for its certificate.
    /// `POST /v1/:mount/intermediate/generate/:exported`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn generate_intermediate(&self, intermediate: &CaRequest) -> Result<Answer<Csr>> {
        self.client
            .answer(
                Request::post("/v1/*mount/intermediate/generate/:exported", [&self.mount, "internal"])?
                    .json(intermediate)?,
            )
            .await
    }

    /// Signs the request of an intermediate CA with the default issuer. `POST /v1/:mount/root/sign-intermediate`;
    /// needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 when the request is no CSR.
    pub async fn sign_intermediate(&self, intermediate: &IntermediateRequest) -> Result<Answer<Signed>> {
        self.client.answer(Request::post("/v1/*mount/root/sign-intermediate", [&self.mount])?.json(intermediate)?).await
    }

    /// Takes the certificate of an intermediate CA, best with its whole chain, in PEM.
    /// `POST /v1/:mount/intermediate/set-signed`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 when it is no certificate.
    pub async fn set_signed(&self, pem: &str) -> Result<Answer<Imported>> {
        let request =
            Request::post("/v1/*mount/intermediate/set-signed", [&self.mount])?.json(&json!({ "certificate": pem }))?;
        self.client.answer(request.idempotent()).await
    }

    /// Lists the issuers by id. `LIST /v1/:mount/issuers`; needs no token.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list_issuers(&self) -> Result<BTreeMap<String, IssuerStub>> {
        let issuers: KeyInfo<IssuerStub> = self.client.list_as("/v1/*mount/issuers/", [&self.mount]).await?;
        Ok(issuers.key_info)
    }

    /// Reads an issuer by id, by name or as `default`; `None` when it does not exist. `GET /v1/:mount/issuer/:ref`;
    /// needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_issuer(&self, reference: &str) -> Result<Option<Issuer>> {
        none_if_not_found(
            self.client.fetch(Request::get("/v1/*mount/issuer/:reference", [&self.mount, reference])?).await,
        )
    }

    /// Changes an issuer; what is `None` is reset. `POST /v1/:mount/issuer/:ref`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn put_issuer(&self, reference: &str, issuer: &Issuer) -> Result<()> {
        self.client.put("/v1/*mount/issuer/:reference", [&self.mount, reference], &issuer.settings()).await
    }

    /// Deletes an issuer, not its key; one that does not exist is fine too. `DELETE /v1/:mount/issuer/:ref`; needs
    /// `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_issuer(&self, reference: &str) -> Result<()> {
        self.client.delete("/v1/*mount/issuer/:reference", [&self.mount, reference]).await
    }

    /// Deletes all issuers and all keys of the mount for good. `DELETE /v1/:mount/root`; needs `delete` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn delete_root(&self) -> Result<()> {
        self.client.delete("/v1/*mount/root", [&self.mount]).await
    }

    /// Reads which issuer is the default. `GET /v1/:mount/config/issuers`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no engine is mounted there.
    pub async fn read_issuers_config(&self) -> Result<IssuersConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/issuers", [&self.mount])?).await
    }

    /// Chooses the default issuer, by id or name. `POST /v1/:mount/config/issuers`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_issuers_config(&self, config: &IssuersConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/issuers", [&self.mount], config).await
    }

    /// Reads the addresses that are written into certificates. `GET /v1/:mount/config/urls`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_urls(&self) -> Result<UrlsConfig> {
        // Servers before 1.15 have nothing at this place until it is written.
        Ok(self.client.read("/v1/*mount/config/urls", [&self.mount]).await?.unwrap_or_default())
    }

    /// Writes the addresses that are written into certificates. `POST /v1/:mount/config/urls`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_urls(&self, urls: &UrlsConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/urls", [&self.mount], urls).await
    }

    /// Lists the names of the roles. `LIST /v1/:mount/roles`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/roles/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist. `GET /v1/:mount/roles/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Writes a role; what is `None` is reset. `POST /v1/:mount/roles/:name`; needs `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/*mount/roles/:name", [&self.mount, name], role).await
    }

    /// Deletes a role; one that does not exist is fine too. `DELETE /v1/:mount/roles/:name`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Issues a certificate with a new key. `POST /v1/:mount/issue/:role`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist; status 400 when it does not
    /// allow what is asked for.
    pub async fn issue(&self, role: &str, request: &IssueRequest) -> Result<Answer<Bundle>> {
        self.client.answer(Request::post("/v1/*mount/issue/:role", [&self.mount, role])?.json(request)?).await
    }

    /// Revokes a certificate; one that is revoked already is fine too. `POST /v1/:mount/revoke`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such certificate.
    pub async fn revoke(&self, serial_number: &str) -> Result<Revocation> {
        let request =
            Request::post("/v1/*mount/revoke", [&self.mount])?.json(&json!({ "serial_number": serial_number }))?;
        self.client.fetch(request.idempotent()).await
    }

    /// Lists the serial numbers of the certificates. `LIST /v1/:mount/certs`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_certificates(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/certs/", [&self.mount]).await
    }

    /// Reads a certificate, or `None` when it does not exist. `GET /v1/:mount/cert/:serial`; needs no token.
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn read_certificate(&self, serial_number: &str) -> Result<Option<Certificate>> {
        self.client.read("/v1/*mount/cert/:serial_number", [&self.mount, serial_number]).await
    }

    /// Reads the certificate of the default issuer in PEM, or `None` when there is none. `GET /v1/:mount/ca/pem`;
    /// needs no token.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn read_ca_pem(&self) -> Result<Option<Bytes>> {
        let reply = self.client.send(Request::get("/v1/*mount/ca/pem", [&self.mount])?).await?;
        Ok(Some(reply.body).filter(|body| !body.is_empty()))
    }
}
