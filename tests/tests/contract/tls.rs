//! A raw server behind TLS, with an authority of its own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

use crate::raw::{Log, Turn, converse};

/// A server that treats each connection in the same way, one after the other.
#[derive(Debug)]
pub(crate) struct Secured {
    pub(crate) address: String,
    /// The certificate to trust, in PEM.
    pub(crate) authority: String,
    pub(crate) log: Log,
    task: JoinHandle<()>,
}

impl Secured {
    pub(crate) async fn new(turn: Turn) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let log = Log::default();
        let seen = log.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust this server hangs up here.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    converse(&mut stream, &turn, &seen).await;
                }
            }
        });
        Self { address, authority: authority.pem(), log, task }
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.task.abort();
    }
}
