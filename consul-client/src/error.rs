//! What can go wrong, split by what may have happened on the server.

use std::time::Duration;

use crate::reason::Reason;

/// The result of every call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. The variants tell how far it came; the `is_…` methods tell what it means.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client could not be built: a bad address, an unreadable file, a malformed variable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The request was refused before anything was sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// No usable answer came back. The server may or may not have acted: see [`Error::may_have_applied`].
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// The server answered with an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The server answered with success, but not with what the API promises.
    #[error(transparent)]
    Decode(Box<DecodeError>),
}

impl Error {
    /// The HTTP status of the server's answer, if it gave one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Decode(error) => Some(error.status),
            _ => None,
        }
    }

    /// The meaning of the server's error, if it answered with one.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Api(error) => Some(&error.reason),
            _ => None,
        }
    }

    /// The object (or the path) does not exist.
    pub fn is_not_found(&self) -> bool {
        self.reason().is_some_and(Reason::is_not_found)
    }

    /// The token is missing, unknown, expired, or lacks a permission.
    pub fn is_denied(&self) -> bool {
        self.reason().is_some_and(Reason::is_denied)
    }

    /// Somebody else changed the object since it was read, or it exists already.
    pub fn is_conflict(&self) -> bool {
        self.reason().is_some_and(Reason::is_conflict)
    }

    /// The cluster has no leader at the moment.
    pub fn is_no_leader(&self) -> bool {
        self.reason().is_some_and(Reason::is_no_leader)
    }

    /// The server asks to slow down.
    pub fn is_rate_limited(&self) -> bool {
        self.reason().is_some_and(Reason::is_rate_limited)
    }

    /// Nothing answered before the deadline of the call.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportKind::Timeout)
    }

    /// The server could not be reached at all, so nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportKind::Connect)
    }

    /// The same call may succeed a little later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => error.kind != TransportKind::TooLarge && error.kind != TransportKind::Redirect,
            Self::Api(error) => error.reason.is_transient(),
            _ => false,
        }
    }

    /// For a [`Provider`](crate::Provider) that has no token to give.
    pub fn no_token(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Config(ConfigError::new("credential", "its provider gave no token").caused(cause))
    }

    /// Whether a write that failed so may still have been carried out.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::Transport(error) => error.sent,
            Self::Api(error) => error.reason.may_have_applied(error.status),
            Self::Decode(_) => true,
            Self::Config(_) | Self::Request(_) => false,
        }
    }
}

/// The client could not be built from what it was given.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {problem}")]
pub struct ConfigError {
    what: String,
    problem: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { what: what.into(), problem: problem.into(), source: None }
    }

    pub(crate) fn caused(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same problem, of another setting.
    pub(crate) fn about(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    /// The setting that is wrong: the name of a variable, of a file or of an option.
    pub fn what(&self) -> &str {
        &self.what
    }
}

/// The request was refused before it was sent.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {problem}")]
pub struct RequestError {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) problem: String,
}

/// No usable answer came back.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path} on {server}: {detail}{}", attempts_text(*attempts, *elapsed))]
pub struct TransportError {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) server: String,
    pub(crate) kind: TransportKind,
    pub(crate) detail: String,
    pub(crate) sent: bool,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// What kind of failure it was.
    pub fn kind(&self) -> TransportKind {
        self.kind
    }

    /// How often the call was tried.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

fn attempts_text(attempts: u32, elapsed: Duration) -> String {
    if attempts <= 1 {
        return String::new();
    }
    format!(" (tried {attempts} times in {:.1} s)", elapsed.as_secs_f64())
}

/// Kinds of [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportKind {
    /// The connection could not be made: nothing was sent.
    Connect,
    /// The deadline of the call passed.
    Timeout,
    /// The connection broke after the request had been sent, wholly or in part.
    Broken,
    /// The answer ended before its announced end.
    Truncated,
    /// The answer is larger than the client accepts.
    TooLarge,
    /// The server redirects to a place to which the token must not go.
    Redirect,
}

/// The server answered with an error.
#[derive(thiserror::Error)]
#[error("{method} {path}: the server answered {status}{}{}", messages_text(messages), hint_text(reason))]
pub struct ApiError {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) messages: Vec<String>,
    pub(crate) reason: Reason,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Option<serde_json::Value>,
}

impl ApiError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The server's own words.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// What they mean.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The JSON that came with the error, where the API puts data there. It may hold secrets: it is never printed.
    pub fn body(&self) -> Option<&serde_json::Value> {
        self.body.as_ref()
    }
}

/// Without headers and body, which may hold secrets.
impl std::fmt::Debug for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiError")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

fn messages_text(messages: &[String]) -> String {
    match messages {
        [] => String::new(),
        messages => format!(": {}", messages.join("; ")),
    }
}

fn hint_text(reason: &Reason) -> String {
    reason.hint().map(|hint| format!(" ({hint})")).unwrap_or_default()
}

/// The answer is not what the API promises. Its text is never repeated here, since it may be a secret.
#[derive(Debug, thiserror::Error)]
#[error(
    "{method} {path}: the answer ({status}, {content_type}) could not be read: {problem} at line {line}, column {column}"
)]
pub struct DecodeError {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) problem: &'static str,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn errors_are_small_and_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
        assert!(size_of::<Error>() <= 80, "{}", size_of::<Error>());
    }
}
