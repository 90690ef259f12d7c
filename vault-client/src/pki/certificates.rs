//! Certificates that were issued, and those of the authority.

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Pki, document};
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{null, time};

/// A certificate that the engine keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Certificate {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The certificates from it up to the root, in PEM, all in one text; for the authority alone.
    #[serde(default, deserialize_with = "null::or_default")]
    pub ca_chain: String,
    /// When it was revoked, if it was.
    #[serde(rename = "revocation_time_rfc3339", default, deserialize_with = "time::or_none")]
    pub revoked_at: Option<Timestamp>,
    /// The same, in seconds.
    #[serde(default, with = "crate::codec::unix")]
    revocation_time: Option<Timestamp>,
    /// The id of its issuer, once it is revoked.
    #[serde(default, deserialize_with = "null::or_default")]
    pub issuer_id: String,
    /// The id of the issuer's key, as it stands in the certificate.
    #[serde(default, deserialize_with = "null::or_default")]
    pub authority_key_id: String,
}

/// What became of a certificate that was revoked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Revocation {
    /// When it was revoked.
    #[serde(rename = "revocation_time_rfc3339", deserialize_with = "time::or_none")]
    pub revoked_at: Option<Timestamp>,
    /// The same, in seconds.
    #[serde(rename = "revocation_time", with = "crate::codec::unix")]
    seconds: Option<Timestamp>,
    /// How far it came.
    pub state: Option<RevocationState>,
}

wire_enum! {
    /// How far a revocation came.
    pub RevocationState {
        /// It holds.
        Revoked = "revoked",
        /// Other nodes have to hear of it first.
        Pending = "pending",
    }
}

impl Pki {
    /// Lists the serial numbers of the certificates.
    ///
    /// `LIST /v1/:mount/certs`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-certificates)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{} certificates", vault.pki("pki").list_certificates().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_certificates(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/certs/", [&self.mount]).await
    }

    /// Lists the serial numbers of the certificates that were revoked.
    ///
    /// `LIST /v1/:mount/certs/revoked`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-revoked-certificates)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").list_revoked_certificates().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_revoked_certificates(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/certs/revoked/", [&self.mount]).await
    }

    /// Reads a certificate by its serial number, with `:` or `-` in it; `None` when it does not exist.
    ///
    /// `GET /v1/:mount/cert/:serial`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let found = vault.anonymous().pki("pki").read_certificate("39:dd:2e").await?;
    /// println!("{:?}", found.and_then(|found| found.revoked_at));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn read_certificate(&self, serial_number: &str) -> Result<Option<Certificate>> {
        self.client.read("/v1/*mount/cert/:serial", [&self.mount, serial_number]).await
    }

    /// Reads a certificate in DER; `None` when it does not exist.
    ///
    /// `GET /v1/:mount/cert/:serial/raw`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").read_certificate_der("39:dd:2e").await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Decode`](crate::Error::Decode) when something else than the engine answers.
    pub async fn read_certificate_der(&self, serial_number: &str) -> Result<Option<Bytes>> {
        let request = Request::get("/v1/*mount/cert/:serial/raw", [&self.mount, serial_number])?;
        document::der(&self.client, request, document::CERTIFICATE).await
    }

    /// Reads a certificate in PEM; `None` when it does not exist.
    ///
    /// `GET /v1/:mount/cert/:serial/raw/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-certificate)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").read_certificate_pem("39:dd:2e").await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_certificate_der`].
    pub async fn read_certificate_pem(&self, serial_number: &str) -> Result<Option<String>> {
        let request = Request::get("/v1/*mount/cert/:serial/raw/pem", [&self.mount, serial_number])?;
        document::pem(&self.client, request, document::PEM).await
    }

    /// Reads the certificate of the default issuer in DER, or `None` when there is none.
    ///
    /// `GET /v1/:mount/ca`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-certificate)); needs no
    /// token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").read_ca_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there;
    /// [`Error::Decode`](crate::Error::Decode) when something else answers.
    pub async fn read_ca_der(&self) -> Result<Option<Bytes>> {
        document::der(&self.client, Request::get("/v1/*mount/ca", [&self.mount])?, document::CERTIFICATE).await
    }

    /// Reads the certificate of the default issuer in PEM, or `None` when there is none.
    ///
    /// `GET /v1/:mount/ca/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-certificate)); needs no
    /// token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(pem) = vault.anonymous().pki("pki").read_ca_pem().await? {
    ///     println!("{pem}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_ca_der`].
    pub async fn read_ca_pem(&self) -> Result<Option<String>> {
        document::pem(&self.client, Request::get("/v1/*mount/ca/pem", [&self.mount])?, document::PEM).await
    }

    /// Reads the certificates from the default issuer up to its root in PEM, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/ca_chain`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-certificate-chain)); needs
    /// no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let chain = vault.anonymous().pki("pki_int").read_ca_chain_pem().await?;
    /// # drop(chain);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_ca_der`].
    pub async fn read_ca_chain_pem(&self) -> Result<Option<String>> {
        document::pem(&self.client, Request::get("/v1/*mount/ca_chain", [&self.mount])?, document::CERTIFICATE).await
    }

    /// Reads the certificate of the default issuer with its chain, or `None` when there is no such issuer.
    ///
    /// `GET /v1/:mount/cert/ca_chain`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-certificate-chain)); needs
    /// no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(found) = vault.anonymous().pki("pki_int").read_ca_chain().await? {
    ///     println!("{}", found.ca_chain);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn read_ca_chain(&self) -> Result<Option<Certificate>> {
        none_if_not_found(self.client.fetch(Request::get("/v1/*mount/cert/ca_chain", [&self.mount])?).await)
    }

    /// Revokes a certificate; one that is revoked already is fine too.
    ///
    /// `POST /v1/:mount/revoke`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#revoke-certificate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let revoked = vault.pki("pki").revoke("39:dd:2e").await?;
    /// println!("{:?}", revoked.revoked_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such certificate.
    pub async fn revoke(&self, serial_number: &str) -> Result<Revocation> {
        let request = Request::post("/v1/*mount/revoke", [&self.mount])?;
        self.client.fetch(request.json(&json!({ "serial_number": serial_number }))?.idempotent()).await
    }

    /// Revokes a certificate that the engine does not keep, in PEM, since its role says `no_store`.
    ///
    /// `POST /v1/:mount/revoke`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#revoke-certificate)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, pem: String) -> vault_client::Result<()> {
    /// vault.pki("pki").revoke_certificate(&pem).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when none of the issuers of the mount has signed it.
    pub async fn revoke_certificate(&self, pem: &str) -> Result<Revocation> {
        let request = Request::post("/v1/*mount/revoke", [&self.mount])?;
        self.client.fetch(request.json(&json!({ "certificate": pem }))?.idempotent()).await
    }

    /// Revokes a certificate for whoever has its private key, in PEM.
    ///
    /// `POST /v1/:mount/revoke-with-key`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#revoke-certificate-with-private-key)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, key: secrecy::SecretString) -> vault_client::Result<()> {
    /// vault.pki("pki").revoke_with_key("39:dd:2e", &key).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such certificate; status 400 when the key is
    /// another's.
    pub async fn revoke_with_key(&self, serial_number: &str, private_key: &SecretString) -> Result<Revocation> {
        let body = json!({ "serial_number": serial_number, "private_key": private_key.expose_secret() });
        let request = Request::post("/v1/*mount/revoke-with-key", [&self.mount])?;
        self.client.fetch(request.json(&body)?.idempotent()).await
    }
}
