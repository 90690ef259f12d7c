//! The TLS configuration, with the cryptography named explicitly: no process-wide provider is set or needed.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::config::{Authority, Identity, Tls};
use crate::error::ConfigError;

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("one of the features `ring` and `aws-lc-rs` must be on: TLS needs cryptography");

fn provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "ring")]
    let provider = rustls::crypto::ring::default_provider();
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    Arc::new(provider)
}

/// Builds the configuration. Every named file must be readable: falling back to other trust would be a surprise.
pub(crate) fn client_config(tls: &Tls) -> Result<ClientConfig, ConfigError> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new("TLS", "no common protocol version").caused(error))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier(tls, &provider)?);
    match &tls.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (chain, key) = load_identity(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| ConfigError::new("client certificate", "it does not fit its key").caused(error))
        }
    }
}

fn verifier(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
    if tls.skip_verify {
        tracing::warn!("certificates of servers are not verified: anybody on the way can read the token");
        return Ok(Arc::new(Anything(Arc::clone(provider))));
    }
    let inner: Arc<dyn ServerCertVerifier> = if tls.authorities.is_empty() {
        Arc::new(System { provider: Arc::clone(provider), verifier: OnceLock::new() })
    } else {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&tls.authorities)?), Arc::clone(provider))
            .build()
            .map_err(|error| ConfigError::new("CA certificates", "they cannot be used").caused(error))?
    };
    match &tls.server_name {
        None => Ok(inner),
        Some(name) => {
            let name = ServerName::try_from(name.clone())
                .map_err(|error| ConfigError::new("TLS server name", "it is not a host name").caused(error))?;
            Ok(Arc::new(Named { inner, name }))
        }
    }
}

fn roots(authorities: &[Authority]) -> Result<RootCertStore, ConfigError> {
    let mut store = RootCertStore::empty();
    for authority in authorities {
        match authority {
            Authority::Pem(pem) => add(&mut store, "CA certificate", pem)?,
            Authority::File(path) => add(&mut store, &path.display().to_string(), &read(path)?)?,
            Authority::Directory(path) => add_directory(&mut store, path)?,
        }
    }
    Ok(store)
}

fn add_directory(store: &mut RootCertStore, path: &Path) -> Result<(), ConfigError> {
    let unreadable = |error| ConfigError::new(path.display().to_string(), "it cannot be read").caused(error);
    let mut any = false;
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.is_file() {
            add(store, &file.display().to_string(), &read(&file)?)?;
            any = true;
        }
    }
    if any { Ok(()) } else { Err(ConfigError::new(path.display().to_string(), "it holds no certificate")) }
}

fn add(store: &mut RootCertStore, what: &str, pem: &[u8]) -> Result<(), ConfigError> {
    for certificate in certificates(what, pem)? {
        store.add(certificate).map_err(|error| ConfigError::new(what, "it is not a CA certificate").caused(error))?;
    }
    Ok(())
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| ConfigError::new(what, "it is not PEM"))?;
    if chain.is_empty() { Err(ConfigError::new(what, "it holds no certificate")) } else { Ok(chain) }
}

fn load_identity(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), ConfigError> {
    let what = identity.certificate.display().to_string();
    let chain = certificates(&what, &read(&identity.certificate)?)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&identity.key)?)
        .map_err(|_| ConfigError::new(identity.key.display().to_string(), "it holds no private key in PEM"))?;
    Ok((chain, key))
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| ConfigError::new(path.display().to_string(), "it cannot be read").caused(error))
}

/// The TLS failure behind an error, if it is one.
pub(super) fn failure<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // An I/O error carries the error that it stands for without naming it as its source.
        let carried = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = carried.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    }
    None
}

/// Trusts the system's certificates, read when they are first needed: reading them takes longer than a whole call in
/// plain text, and a machine that speaks no TLS may have none.
#[derive(Debug)]
struct System {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<rustls_platform_verifier::Verifier, rustls::Error>>,
}

impl System {
    fn verifier(&self) -> Result<&rustls_platform_verifier::Verifier, rustls::Error> {
        let read = || rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider));
        self.verifier.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for System {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Expects another name in the certificate than the one that was dialled.
#[derive(Debug)]
struct Named {
    inner: Arc<dyn ServerCertVerifier>,
    name: ServerName<'static>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Takes any certificate; signatures are still checked, so the connection is at least with the certificate's owner.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
