//! Reads when certificates end, from TLS handshakes: nothing is sent after them.
//!
//! Whether a certificate is to be trusted is for those to judge who use it; here only its end counts.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Plan;
use crate::clients::{Clients, Listener};
use crate::health::der;
use crate::health::facts::{Ends, Look, TlsFacts};
use crate::health::problem::{Problem, ProblemKind};

pub(super) async fn read(clients: &Clients, plan: &Plan<'_>, facts: &mut TlsFacts) {
    let [listeners, endpoints] = &mut facts.progress;
    let servers = async {
        if !plan.wants(Look::Listeners) {
            return;
        }
        let access = &clients.access;
        let places = [&access.consul, &access.vault, &access.nomad].map(|access| access.listener.as_ref());
        let call = async {
            let ends = places.map(|place| async move {
                match place {
                    Some(listener) => Some(ends(listener, plan.patience()).await),
                    None => None,
                }
            });
            let [consul, vault, nomad] = ends;
            let (consul, vault, nomad) = tokio::join!(consul, vault, nomad);
            Ok::<_, Problem>([consul, vault, nomad])
        };
        listeners.look(Look::Listeners, &mut facts.listeners, call).await;
    };
    let others = async {
        if !plan.wants(Look::Endpoints) {
            return;
        }
        let all = plan.target.endpoints.iter().map(|place| async move {
            if let Some(listener) = Listener::parse(place) {
                return ends(&listener, plan.patience()).await;
            }
            let problem = Problem::new(ProblemKind::Other, format!("{place} is not HOST:PORT"));
            Ends { place: place.clone(), at: Err(problem) }
        });
        let call = async { Ok::<_, Problem>(join_all(all).await) };
        endpoints.look(Look::Endpoints, &mut facts.endpoints, call).await;
    };
    tokio::join!(servers, others);
}

async fn ends(listener: &Listener, patience: Duration) -> Ends {
    let place = listener.to_string();
    let late = || {
        let text = format!("no TLS handshake within {:.1} s", patience.as_secs_f64());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    };
    let dialled = timeout(patience, Box::pin(dial(listener))).await.unwrap_or_else(|_| late());
    let at = dialled.map_err(|error| Problem { text: format!("{place}: {error}"), ..Problem::from(error) });
    Ends { place, at }
}

/// The cryptography that the SDKs use.
fn provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "ring")]
    let provider = rustls::crypto::ring::default_provider();
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    Arc::new(provider)
}

async fn dial(listener: &Listener) -> io::Result<Timestamp> {
    let provider = provider();
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(listener.host.clone()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((listener.host.as_str(), listener.port)).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let (_, session) = stream.get_ref();
    let first = session.peer_certificates().and_then(<[_]>::first);
    let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "its certificate cannot be read");
    first.and_then(|certificate| der::not_after(certificate)).ok_or_else(unreadable)
}

/// Takes any certificate: it is only looked at, and nothing is sent.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
