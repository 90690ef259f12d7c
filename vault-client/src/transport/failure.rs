//! What is said of a call that got no usable answer.

use std::time::Duration;

use super::{Request, tls};
use crate::error::{Error, TransportError, TransportKind};

/// The call that an error is about; an answer that is still being read keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    method: &'static str,
    path: String,
    server: String,
}

impl Origin {
    pub(super) fn new(request: &Request, server: &str) -> Self {
        Self { method: request.method, path: request.path.as_str().to_owned(), server: server.to_owned() }
    }

    pub(super) fn failed(&self, kind: TransportKind, detail: impl Into<String>, sent: bool) -> Error {
        self.error(kind, detail.into(), sent, None)
    }

    pub(super) fn timed_out(&self, waited: Duration) -> Error {
        let waited = waited.as_secs_f64();
        let detail =
            format!("no answer before the deadline, after {waited:.1} s; is the server busy, or the time short?");
        self.failed(TransportKind::Timeout, detail, true)
    }

    pub(super) fn fell_silent(&self, silence: Duration) -> Error {
        let detail = format!("the answer fell silent: nothing came for {:.1} s", silence.as_secs_f64());
        self.failed(TransportKind::Timeout, detail, true)
    }

    pub(super) fn too_large(&self) -> Error {
        self.failed(TransportKind::TooLarge, "the answer is larger than the client is told to accept", true)
    }

    pub(super) fn broken(&self, error: reqwest::Error) -> Error {
        let (kind, sent) = if error.is_connect() {
            (TransportKind::Connect, false)
        } else if error.is_timeout() {
            (TransportKind::Timeout, true)
        } else {
            (TransportKind::Broken, true)
        };
        let what = if sent { "the connection broke" } else { "cannot connect" };
        let mut detail = format!("{what}: {}", innermost(&error));
        if !sent {
            detail.push_str(connect_hint(&error));
        }
        self.error(kind, detail, sent, Some(error))
    }

    pub(super) fn truncated(&self, error: reqwest::Error) -> Error {
        let detail = format!("the answer broke off: {}", innermost(&error));
        self.error(TransportKind::Truncated, detail, true, Some(error))
    }

    fn error(&self, kind: TransportKind, detail: String, sent: bool, source: Option<reqwest::Error>) -> Error {
        Error::Transport(Box::new(TransportError {
            method: self.method,
            path: self.path.clone(),
            server: self.server.clone(),
            kind,
            detail,
            sent,
            attempts: 1,
            elapsed: Duration::ZERO,
            source: source.map(|error| error.without_url().into()),
        }))
    }
}

/// Adds how often and how long it was tried.
pub(super) fn counted(mut error: Error, attempts: u32, elapsed: Duration) -> Error {
    if let Error::Transport(error) = &mut error {
        error.attempts = attempts;
        error.elapsed = elapsed;
    }
    error
}

fn connect_hint(error: &reqwest::Error) -> &'static str {
    match tls::failure(error) {
        None => "; is the server running, and the address right?",
        Some(rustls::Error::InvalidCertificate(_)) => "; are the CA certificates and the server name right?",
        Some(rustls::Error::InvalidMessage(_)) => "; does the server speak TLS at this address?",
        Some(_) => "; TLS failed",
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
