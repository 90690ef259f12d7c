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

/// What came of a write that happens only if something is true.
///
/// ```
/// # use consul_client::{Cas, Outcome, kv::PutOptions};
/// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
/// match consul.kv().put_with("a", "1", &PutOptions::new().with_cas(Cas::Absent)).await? {
///     Outcome::Applied => {}
///     Outcome::Refused => eprintln!("somebody else was faster"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a write that was refused is no error, but has not happened"]
#[expect(clippy::exhaustive_enums, reason = "a write happens or it does not")]
pub enum Outcome {
    /// It happened.
    Applied,
    /// What had to be true was not: nothing was changed.
    Refused,
}

impl Outcome {
    /// Whether it happened.
    pub fn is_applied(self) -> bool {
        self == Self::Applied
    }
}

impl From<bool> for Outcome {
    fn from(applied: bool) -> Self {
        if applied { Self::Applied } else { Self::Refused }
    }
}
