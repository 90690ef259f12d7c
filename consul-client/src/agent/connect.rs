//! The mesh as an agent serves it to applications: <https://developer.hashicorp.com/consul/api-docs/agent/connect>.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Agent, ServiceKind};
use crate::ca::CaRoots;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::null::or_default;
use crate::wire::time::{Timestamp, or_none};

/// The certificate of a service, with its key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct LeafCertificate {
    /// Its serial number.
    pub serial_number: String,
    /// The certificate and those between it and the root, as PEM.
    #[serde(rename = "CertPEM")]
    pub certificate: String,
    /// The private key, as PEM; `Serialize` writes `(redacted)` in its place.
    #[serde(rename = "PrivateKeyPEM", with = "crate::redact::secret", skip_serializing_if = "Option::is_none")]
    pub private_key: Option<SecretString>,
    /// The service.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// The identity that it proves.
    #[serde(rename = "ServiceURI", deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub service_uri: String,
    /// The kind of gateway, where it is for one.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "crate::object::Absent::is_absent")]
    pub kind: ServiceKind,
    /// The identity of the gateway, where it is for one.
    #[serde(rename = "KindURI", deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind_uri: String,
    /// Since when it is valid.
    #[serde(deserialize_with = "or_none")]
    pub valid_after: Option<Timestamp>,
    /// Until when it is valid.
    #[serde(deserialize_with = "or_none")]
    pub valid_before: Option<Timestamp>,
    /// When it was made.
    pub create_index: Index,
    /// When it was last written.
    pub modify_index: Index,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

object! {
    /// Whether a connection is allowed.
    Authorized {
        /// Whether it is.
        pub authorized: bool,
        /// Why, for people.
        pub reason: String,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Authorize<'a> {
    target: &'a str,
    #[serde(rename = "ClientCertURI")]
    client_cert_uri: &'a str,
    client_cert_serial: &'a str,
}

impl Agent {
    /// Asks whether whoever shows a certificate may connect to a service; `false` where single requests are allowed or
    /// denied. `POST /v1/agent/connect/authorize`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/connect#authorize)); needs `service:write` on the
    /// target.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let uri = "spiffe://dc1-7e567ac2-551d-463f-8497-f78972856fc1.consul/ns/default/dc/dc1/svc/web";
    /// let authorized = consul.agent().authorize("api", uri, "04:00:00:00:00:01:15:4b:5a:c3:94").await?;
    /// println!("{}: {}", authorized.authorized, authorized.reason);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`,
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the URI is no identity of a service.
    pub async fn authorize(&self, target: &str, certificate_uri: &str, serial: &str) -> Result<Authorized> {
        let body = Authorize { target, client_cert_uri: certificate_uri, client_cert_serial: serial };
        self.client.fetch(Request::post("/v1/agent/connect/authorize", [])?.json(&body)?.idempotent()).await
    }

    /// Lists the certificate authorities of the mesh that the agent trusts. `GET /v1/agent/connect/ca/roots`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/connect#certificate-authority-ca-roots));
    /// needs no permission.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for root in consul.agent().ca_roots().await?.roots {
    ///     println!("{}", root.root_cert);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Disabled`](crate::Reason::Disabled) when the mesh is off.
    pub async fn ca_roots(&self) -> Result<CaRoots> {
        Ok(self.ca_roots_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Agent::ca_roots`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Agent::ca_roots`].
    pub async fn ca_roots_with(&self, options: &ReadOptions) -> Result<Answer<CaRoots>> {
        self.client.answer(options.apply(Request::get("/v1/agent/connect/ca/roots", [])?)).await
    }

    /// Watches the certificate authorities of the mesh, as [`Agent::ca_roots_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Agent::ca_roots`]; the watch goes on after it.
    pub fn watch_ca_roots(&self, options: &ReadOptions) -> Watch<CaRoots> {
        Watch::new(self.clone(), options, |agent, read| Box::pin(async move { agent.ca_roots_with(&read).await }))
    }

    /// Reads the certificate of a service with its private key; the agent makes one when it has none, and a new one in
    /// time. `GET /v1/agent/connect/ca/leaf/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/connect#service-leaf-certificate));
    /// needs `service:write`.
    ///
    /// A certificate that the agent has already is given to whoever asks: the token counts only when one is made.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let leaf = consul.agent().leaf("web").await?;
    /// println!("{} until {:?}", leaf.service_uri, leaf.valid_before);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn leaf(&self, service: &str) -> Result<LeafCertificate> {
        Ok(self.leaf_with(service, &ReadOptions::new()).await?.value)
    }

    /// As [`Agent::leaf`], with options and the index to wait on. One that waits may be answered with a certificate
    /// that has expired: look at [`LeafCertificate::valid_before`].
    ///
    /// # Errors
    /// As [`Agent::leaf`].
    pub async fn leaf_with(&self, service: &str, options: &ReadOptions) -> Result<Answer<LeafCertificate>> {
        self.client.answer(options.apply(Request::get("/v1/agent/connect/ca/leaf/:service", [service])?)).await
    }

    /// Watches the certificate of a service: each new one as the agent makes it. `GET /v1/agent/connect/ca/leaf/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/connect#service-leaf-certificate));
    /// needs `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut leaf = consul.agent().watch_leaf("web", &ReadOptions::new());
    /// while let Some(answer) = leaf.next().await {
    ///     println!("a certificate until {:?}", answer?.value.valid_before);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Agent::leaf`]; the watch goes on after it.
    pub fn watch_leaf(&self, service: &str, options: &ReadOptions) -> Watch<LeafCertificate> {
        let subject = (self.clone(), service.to_owned());
        Watch::new(subject, options, |(agent, service), read| {
            Box::pin(async move { agent.leaf_with(service, &read).await })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::LeafCertificate;
    use secrecy::ExposeSecret as _;

    #[test]
    fn t46_a_private_key_is_not_printed() {
        let text = r#"{"SerialNumber":"0a","CertPEM":"-----BEGIN CERTIFICATE-----\n","PrivateKeyPEM":"marker-secret",
            "Service":"web","ServiceURI":"spiffe://a.consul/ns/default/dc/dc1/svc/web","ValidAfter":"2026-11-23T17:34:24Z",
            "ValidBefore":"2026-11-26T17:34:24Z","CreateIndex":12,"ModifyIndex":12}"#;
        let leaf: LeafCertificate = serde_json::from_str(text).unwrap();
        assert_eq!(leaf.private_key.as_ref().unwrap().expose_secret(), "marker-secret");
        assert!(leaf.valid_before > leaf.valid_after && leaf.extra.is_empty());
        for text in [format!("{leaf:?}"), serde_json::to_string(&leaf).unwrap()] {
            assert!(text.contains("web") && !text.contains("marker"), "{text}");
        }
    }
}
