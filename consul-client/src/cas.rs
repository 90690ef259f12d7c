//! Guarded writes.

use crate::meta::Index;
use crate::transport::Request;

/// What must be true for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cas {
    /// Nothing.
    #[default]
    Any,
    /// It must not exist.
    Absent,
    /// It must not have been written since this index.
    At(Index),
}

impl Cas {
    /// Adds the guard to a write, which is idempotent only without one: a guarded write that is repeated after it
    /// succeeded reports a conflict with itself.
    pub(crate) fn apply(self, request: Request) -> Request {
        match self {
            Self::Any => request.idempotent(),
            Self::Absent => request.query("cas", "0"),
            Self::At(index) => request.query("cas", index.0.to_string()),
        }
    }
}
