//! What can go wrong in a deployment, and how the process then ends.

use std::fmt;

use crate::exit::Exit;

/// The result of the library's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One of the three servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum System {
    /// Vault: secrets.
    Vault,
    /// Consul: services and configuration.
    Consul,
    /// Nomad: jobs.
    Nomad,
}

impl System {
    /// All three, in the order in which they are set up.
    pub const ALL: [Self; 3] = [Self::Vault, Self::Consul, Self::Nomad];
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vault => "Vault",
            Self::Consul => "Consul",
            Self::Nomad => "Nomad",
        })
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client of a server could not be built from its settings.
    #[error("{system}: {source}")]
    Settings {
        /// Which server.
        system: System,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A call failed.
    #[error("cannot {doing}: {cause}")]
    Call {
        /// Which server was called.
        system: System,
        /// What was tried.
        doing: String,
        /// What kind of failure it was.
        class: Class,
        /// What the SDK says.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Servers are not fit for the run; found before anything was changed.
    #[error("{}", lines("the servers are not ready, nothing was changed:", .0))]
    NotReady(Vec<Obstacle>),
    /// Objects are in the way that this deployment does not own; found before anything was changed.
    #[error("{}", lines("objects are in the way that this deployment does not own, nothing was changed:", .0))]
    Blocked(Vec<String>),
    /// Something changed on a server after the plan was made.
    #[error("{key} was changed by somebody else after the plan was made; run again to plan anew")]
    Stale {
        /// The object.
        key: String,
    },
    /// Another run is going on.
    #[error("another run holds the lock: {holder}; wait for it, or use --lock-wait")]
    Locked {
        /// Who holds it, since when, and for what.
        holder: String,
    },
    /// The lock was lost during the run, so another run may have begun.
    #[error("the lock was lost during the run: {why}; run again to go on")]
    LockLost {
        /// How it was lost.
        why: String,
    },
    /// The run was stopped from outside; what was begun is finished or will be by the next run.
    #[error("interrupted; run again to go on")]
    Interrupted,
    /// What was asked for does not exist.
    #[error("{0}")]
    Missing(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A server answered something that the run cannot go on from.
    #[error("{0}")]
    Unexpected(String),
}

/// What a failed call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// The token may not do this.
    Denied,
    /// The server is not there or cannot serve.
    Unavailable,
    /// Somebody else was faster.
    Conflict,
    /// Anything else.
    Other,
}

/// One thing that keeps a run from beginning.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Obstacle {
    /// The server.
    pub system: System,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether it is the token.
    pub denied: bool,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n      {}", self.system, self.problem, self.remedy)
    }
}

fn lines(head: &str, items: &[impl fmt::Display]) -> String {
    items.iter().fold(head.to_owned(), |text, item| format!("{text}\n  - {item}"))
}

impl Error {
    /// How the process ends after this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Settings { .. } | Self::Invalid(_) => Exit::ConfigInvalid,
            Self::NotReady(obstacles) if obstacles.iter().all(|obstacle| obstacle.denied) => Exit::Denied,
            Self::NotReady(_) => Exit::PreflightFailed,
            Self::Call { class: Class::Denied, .. } => Exit::Denied,
            Self::Call { class: Class::Conflict, .. } | Self::Stale { .. } | Self::Blocked(_) => Exit::Conflict,
            Self::Interrupted => Exit::Interrupted,
            Self::Locked { .. } | Self::LockLost { .. } => Exit::Locked,
            _ => Exit::Error,
        }
    }

    /// Whether trying again a little later may succeed, so that a watch should go on.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Call { class: Class::Unavailable, .. })
    }
}

/// Says what was tried when a call fails.
pub trait Doing<T> {
    /// Completes the sentence "cannot …".
    ///
    /// # Errors
    /// The call's error with that sentence.
    fn doing(self, what: impl Into<String>) -> Result<T>;
}

/// A look at something whose parent does not exist, such as a role in an engine that is not mounted, finds nothing.
#[cfg(feature = "deploy")]
pub(crate) fn unless_missing<T: Default, E: Missing>(result: Result<T, E>) -> Result<T, E> {
    match result {
        Err(error) if error.is_missing() => Ok(T::default()),
        other => other,
    }
}

/// Knows "not found".
#[cfg(feature = "deploy")]
pub(crate) trait Missing {
    fn is_missing(&self) -> bool;
}

macro_rules! from_sdk {
    ($sdk:ident, $system:expr, |$error:ident| $unavailable:expr) => {
        #[cfg(feature = "deploy")]
        impl Missing for $sdk::Error {
            fn is_missing(&self) -> bool {
                self.is_not_found()
            }
        }

        impl<T> Doing<T> for std::result::Result<T, $sdk::Error> {
            fn doing(self, what: impl Into<String>) -> Result<T> {
                self.map_err(|$error| Error::Call {
                    system: $system,
                    doing: what.into(),
                    class: if $error.is_denied() {
                        Class::Denied
                    } else if $error.is_conflict() {
                        Class::Conflict
                    } else if $unavailable {
                        Class::Unavailable
                    } else {
                        Class::Other
                    },
                    cause: Box::new($error),
                })
            }
        }
    };
}

from_sdk!(vault_client, System::Vault, |error| error.is_retryable() || error.is_timeout() || error.is_sealed());
from_sdk!(consul_client, System::Consul, |error| error.is_retryable() || error.is_timeout());
from_sdk!(nomad_client, System::Nomad, |error| error.is_retryable() || error.is_timeout());
