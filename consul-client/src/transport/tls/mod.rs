//! The TLS configuration, with the cryptography named explicitly: no process-wide provider is set or needed.

mod files;
mod verify;

use std::sync::Arc;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};

use self::files::Watched;
use crate::config::{Pem, Tls};
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
///
/// A file that changes later is read again for the next connection.
pub(crate) fn client_config(tls: &Tls) -> Result<ClientConfig, ConfigError> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new("TLS", "no common protocol version").caused(error))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verify::verifier(tls, &provider)?);
    let Some(identity) = tls.identity.clone() else {
        return Ok(remembering(tls, builder.with_no_client_auth()));
    };
    let file = |pem: &Pem| if let Pem::File(path) = pem { Some(path.clone()) } else { None };
    let paths = [&identity.certificate, &identity.key].into_iter().filter_map(file).collect();
    let key = Watched::new(paths, move || files::certified_key(&identity, &provider))?;
    Ok(remembering(tls, builder.with_client_cert_resolver(Arc::new(Own(key)))))
}

/// A resumed session would go by the certificates that were good when it began.
fn remembering(tls: &Tls, mut config: ClientConfig) -> ClientConfig {
    if !tls.authorities.is_empty() || tls.identity.is_some() {
        config.resumption = Resumption::disabled();
    }
    config
}

/// Shows the client's certificate as its files now are.
#[derive(Debug)]
struct Own(Watched<Arc<CertifiedKey>>);

impl ResolvesClientCert for Own {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.get())
    }

    fn has_certs(&self) -> bool {
        true
    }
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
