//! Why something could not be looked at: down, or only not allowed to look.

/// What a failed look means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The token may not look.
    Denied,
    /// The token is not known.
    BadToken,
    /// The cluster has no leader.
    NoLeader,
    /// The server is sealed.
    Sealed,
    /// There is nothing there.
    NotFound,
    /// Nothing listens there.
    Unreachable,
    /// Something listens there and does not answer.
    Timeout,
    /// What answers is not the server that it should be.
    Garbage,
    /// Anything else.
    Other,
}

/// Why something could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What it means.
    pub kind: ProblemKind,
    /// In words, without secrets.
    pub text: String,
}

impl Problem {
    /// A problem in words.
    pub fn new(kind: ProblemKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

macro_rules! from_sdk {
    ($sdk:ident, $unknown:pat, |$error:ident| $sealed:expr) => {
        impl From<$sdk::Error> for Problem {
            fn from($error: $sdk::Error) -> Self {
                use $sdk::{Error, TransportKind};
                let kind = match &$error {
                    _ if matches!($error.reason(), Some($unknown)) => ProblemKind::BadToken,
                    _ if $error.is_denied() => ProblemKind::Denied,
                    _ if $error.is_no_leader() => ProblemKind::NoLeader,
                    _ if $error.is_not_found() => ProblemKind::NotFound,
                    _ if $error.is_timeout() => ProblemKind::Timeout,
                    _ if $sealed => ProblemKind::Sealed,
                    Error::Transport(error) if error.kind() == TransportKind::Connect => ProblemKind::Unreachable,
                    Error::Transport(_) | Error::Decode(_) => ProblemKind::Garbage,
                    _ => ProblemKind::Other,
                };
                Self::new(kind, $error.to_string())
            }
        }
    };
}

from_sdk!(consul_client, consul_client::Reason::TokenNotFound, |error| false);
from_sdk!(vault_client, vault_client::Reason::InvalidToken, |error| error.is_sealed());
from_sdk!(nomad_client, nomad_client::Reason::TokenNotFound, |error| false);

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::TimedOut => ProblemKind::Timeout,
            std::io::ErrorKind::InvalidData => ProblemKind::Garbage,
            _ => ProblemKind::Unreachable,
        };
        Self::new(kind, error.to_string())
    }
}
