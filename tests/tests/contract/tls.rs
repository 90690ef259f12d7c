//! A raw server behind TLS, with an authority of its own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use crate::raw::{Log, Turn, converse};

/// An authority and what it signs, in PEM.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this name, and its key.
    pub(crate) fn issue(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.signed(name);
        (certificate.pem(), key.serialize_pem())
    }

    fn signed(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// A server that treats each connection in the same way.
#[derive(Debug)]
pub(crate) struct Secured {
    pub(crate) address: String,
    /// The certificate to trust, in PEM.
    pub(crate) authority: String,
    pub(crate) log: Log,
    task: JoinHandle<()>,
}

impl Secured {
    /// A server that is called by its address.
    pub(crate) async fn new(turn: Turn) -> Self {
        Self::with(turn, &Authority::new(), "127.0.0.1", None).await
    }

    /// A server with a certificate for this name, which may want one of its clients.
    pub(crate) async fn with(turn: Turn, authority: &Authority, name: &str, clients: Option<&Authority>) -> Self {
        let (certificate, key) = authority.signed(name);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.0.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let log = Log::default();
        let task = tokio::spawn(accept(listener, acceptor, turn, log.clone()));
        Self { address, authority: authority.pem(), log, task }
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, turn: Turn, log: Log) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, turn, log) = (acceptor.clone(), turn.clone(), log.clone());
        connections.spawn(async move {
            // A client that does not trust this server hangs up here.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                converse(&mut stream, &turn, &log).await;
            }
        });
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.task.abort();
    }
}
