//! Revocation lists of the default issuer, and answers about one certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Certificate, Pki, document};
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::null;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Rotated {
    #[serde(deserialize_with = "null::or_default")]
    success: bool,
}

impl Pki {
    /// Reads the revocation list in PEM, or `None` when there is no default issuer.
    ///
    /// `GET /v1/:mount/cert/crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let crl = vault.anonymous().pki("pki").read_crl().await?;
    /// # drop(crl);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn read_crl(&self) -> Result<Option<String>> {
        self.crl(Request::get("/v1/*mount/cert/crl", [&self.mount])?).await
    }

    /// Reads the changes to the revocation list in PEM, or `None` when there is no default issuer.
    ///
    /// `GET /v1/:mount/cert/delta-crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let changes = vault.anonymous().pki("pki").read_delta_crl().await?;
    /// # drop(changes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn read_delta_crl(&self) -> Result<Option<String>> {
        self.crl(Request::get("/v1/*mount/cert/delta-crl", [&self.mount])?).await
    }

    async fn crl(&self, request: Request) -> Result<Option<String>> {
        let found: Option<Certificate> = none_if_not_found(self.client.fetch(request).await)?;
        Ok(found.map(|found| found.certificate))
    }

    /// Reads the revocation list in DER, or `None` when there is no default issuer.
    ///
    /// `GET /v1/:mount/crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").read_crl_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there;
    /// [`Error::Decode`](crate::Error::Decode) when something else answers.
    pub async fn read_crl_der(&self) -> Result<Option<Bytes>> {
        document::der(&self.client, Request::get("/v1/*mount/crl", [&self.mount])?, document::CRL).await
    }

    /// As [`Pki::read_crl`], from the address that is meant for machines without JSON.
    ///
    /// `GET /v1/:mount/crl/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").read_crl_pem().await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_crl_der`].
    pub async fn read_crl_pem(&self) -> Result<Option<String>> {
        document::pem(&self.client, Request::get("/v1/*mount/crl/pem", [&self.mount])?, document::CRL_PEM).await
    }

    /// Reads the changes to the revocation list in DER, or `None` when there is no default issuer.
    ///
    /// `GET /v1/:mount/crl/delta`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let der = vault.anonymous().pki("pki").read_delta_crl_der().await?;
    /// # drop(der);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_crl_der`].
    pub async fn read_delta_crl_der(&self) -> Result<Option<Bytes>> {
        document::der(&self.client, Request::get("/v1/*mount/crl/delta", [&self.mount])?, document::CRL).await
    }

    /// As [`Pki::read_delta_crl`], from the address that is meant for machines without JSON.
    ///
    /// `GET /v1/:mount/crl/delta/pem`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-default-issuer-crl)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let pem = vault.anonymous().pki("pki").read_delta_crl_pem().await?;
    /// # drop(pem);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::read_crl_der`].
    pub async fn read_delta_crl_pem(&self) -> Result<Option<String>> {
        document::pem(&self.client, Request::get("/v1/*mount/crl/delta/pem", [&self.mount])?, document::CRL_PEM).await
    }

    /// Makes the revocation lists anew at once, and says whether that went well.
    ///
    /// `GET /v1/:mount/crl/rotate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#rotate-crls)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// assert!(vault.pki("pki").rotate_crl().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn rotate_crl(&self) -> Result<bool> {
        Ok(self.client.fetch::<Rotated>(Request::get("/v1/*mount/crl/rotate", [&self.mount])?).await?.success)
    }

    /// Makes the lists of changes anew at once, and says whether that went well.
    ///
    /// `GET /v1/:mount/crl/rotate-delta`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#rotate-delta-crls)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// assert!(vault.pki("pki").rotate_delta_crl().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn rotate_delta_crl(&self) -> Result<bool> {
        let request = Request::get("/v1/*mount/crl/rotate-delta", [&self.mount])?;
        Ok(self.client.fetch::<Rotated>(request).await?.success)
    }

    /// Asks whether a certificate was revoked: both the question and the answer are those of OCSP, in DER.
    ///
    /// `POST /v1/:mount/ocsp`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#ocsp-request)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, question: Vec<u8>) -> vault_client::Result<()> {
    /// let answer = vault.anonymous().pki("pki").ocsp(question).await?;
    /// # drop(answer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the question cannot be read; [`Error::Decode`](crate::Error::Decode) when something else answers.
    pub async fn ocsp(&self, question: impl Into<Bytes>) -> Result<Bytes> {
        let request = Request::post("/v1/*mount/ocsp", [&self.mount])?;
        self.revocation(request.bytes(question.into(), "application/ocsp-request").idempotent()).await
    }

    /// As [`Pki::ocsp`], in a way whose answers caches can keep. The one question of thirty that cannot stand in a path
    /// is posted.
    ///
    /// `GET /v1/:mount/ocsp/:request`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#ocsp-request)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, question: Vec<u8>) -> vault_client::Result<()> {
    /// let answer = vault.anonymous().pki("pki").ocsp_cached(&question).await?;
    /// # drop(answer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Pki::ocsp`].
    pub async fn ocsp_cached(&self, question: &[u8]) -> Result<Bytes> {
        let text = STANDARD.encode(question);
        // The server cleans such paths, which makes another question of it.
        if text.contains("//") || text.ends_with('/') {
            return self.ocsp(question.to_vec()).await;
        }
        self.revocation(Request::get("/v1/*mount/ocsp/*request", [&self.mount, &text])?).await
    }

    async fn revocation(&self, request: Request) -> Result<Bytes> {
        Ok(document::der(&self.client, request, document::OCSP).await?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use crate::client::Client;
    use crate::config::Config;

    #[tokio::test]
    async fn t26_a_question_that_cannot_stand_in_a_path_is_posted() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_raw([0x30, 0x03], "application/ocsp-response");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let pki = Client::new(&Config::new(&server.uri()).unwrap()).unwrap().pki("pki");
        let table: [(&[u8], &str, &str); 4] = [
            (&[0x30, 0x03, 0x0a], "GET", "/v1/pki/ocsp/MAMK"),
            (&[0x30, 0x0f, 0xf0, 0x30], "GET", "/v1/pki/ocsp/MA/wMA%3D%3D"),
            (&[0x30, 0x00, 0x3f], "POST", "/v1/pki/ocsp"),
            (&[0x30, 0xff, 0xff, 0x30], "POST", "/v1/pki/ocsp"),
        ];
        for (question, _, _) in table {
            pki.ocsp_cached(question).await.unwrap();
        }
        let requests = server.received_requests().await.unwrap();
        for (request, (question, method, path)) in requests.iter().zip(table) {
            assert_eq!((request.method.as_str(), request.url.path()), (method, path), "{question:?}");
            assert_eq!(request.body, if method == "POST" { question } else { &[] });
        }
    }
}
