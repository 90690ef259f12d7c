//! TLS with a private authority.

use std::sync::Arc;

use consul_client::config::Tls;
use consul_client::{Client, Error};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use crate::support::{config, ok, serve};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// Serves one leader after the other to whoever gets through; answers with the port.
async fn serving(authority: &Authority, name: &str, clients: Option<&Authority>) -> u16 {
    let (certificate, key) = authority.issue(name);
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
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, &ok("\"a:1\"")).await;
            }
        }
    });
    port
}

async fn ask(address: &str, tls: Tls) -> Result<Option<String>, Error> {
    Client::new(&config(address).with_retries(0).with_tls(tls))?.status().leader().await
}

fn text(error: &Error) -> String {
    assert!(error.is_connect() && !error.may_have_applied(), "{error}");
    error.to_string()
}

#[tokio::test]
async fn only_the_named_authority_is_trusted() {
    let authority = Authority::new();
    let address = format!("https://127.0.0.1:{}", serving(&authority, "127.0.0.1", None).await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let trusting = [
        Tls::new().with_ca_pem(authority.pem()),
        Tls::new().with_ca_file(&file),
        Tls::new().with_ca_directory(folder.path()),
        Tls::new().danger_skip_verify(),
    ];
    for tls in trusting {
        assert_eq!(ask(&address, tls).await.unwrap().as_deref(), Some("a:1"));
    }
    for tls in [Tls::new(), Tls::new().with_ca_pem(Authority::new().pem())] {
        let text = text(&ask(&address, tls).await.unwrap_err());
        assert!(text.contains("certificate") && text.contains("are the CA certificates"), "{text}");
    }
}

#[tokio::test]
async fn the_name_in_the_certificate_counts() {
    let authority = Authority::new();
    let address = format!("https://127.0.0.1:{}", serving(&authority, "server.dc1.consul", None).await);
    let tls = Tls::new().with_ca_pem(authority.pem());
    let text = text(&ask(&address, tls.clone()).await.unwrap_err());
    assert!(text.contains("the server name"), "{text}");
    ask(&address, tls.clone().with_server_name("server.dc1.consul")).await.unwrap();
    assert!(ask(&address, tls.clone().with_server_name("client.dc1.consul")).await.unwrap_err().is_connect());
    assert!(matches!(ask(&address, tls.with_server_name("not a name")).await, Err(Error::Config(_))));
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let address = format!("https://127.0.0.1:{}", serving(&authority, "127.0.0.1", Some(&authority)).await);
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.issue("client");
    let (certificate_file, key_file) = (folder.path().join("client.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let tls = Tls::new().with_ca_pem(authority.pem());
    ask(&address, tls.clone().with_identity(&certificate_file, &key_file)).await.unwrap();
    assert!(matches!(ask(&address, tls.clone()).await, Err(Error::Transport(_))));
    let swapped = ask(&address, tls.with_identity(&key_file, &certificate_file)).await;
    assert!(matches!(swapped, Err(Error::Config(_))), "{swapped:?}");
}

#[tokio::test]
async fn a_missing_or_empty_authority_is_an_error_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let fails = |tls: Tls| Client::new(&config("https://127.0.0.1:1").with_tls(tls)).unwrap_err().to_string();
    assert!(fails(Tls::new().with_ca_file(&file)).contains("ca.pem"));
    assert!(fails(Tls::new().with_ca_directory(folder.path())).contains("no certificate"));
    std::fs::write(&file, "").unwrap();
    assert!(fails(Tls::new().with_ca_file(&file)).contains("ca.pem"));
    assert!(fails(Tls::new().with_ca_pem("-----BEGIN CERTIFICATE-----\nxx")).contains("CA certificate"));
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    });
    let text = text(&ask(&address, Tls::new()).await.unwrap_err());
    assert!(text.contains("does the server speak TLS"), "{text}");
    drop(server.await.unwrap());
}
