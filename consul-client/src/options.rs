//! Options that every read takes.

use std::time::Duration;

use crate::meta::Index;
use crate::transport::Request;

/// Time beyond the server's own limit before a blocking query counts as hung: it covers a leader election.
const SLACK: Duration = Duration::from_secs(10);

/// The server waits no longer than this, whatever it is asked.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How fresh an answer must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Consistency {
    /// What the agent is configured for; normally an answer of the leader.
    #[default]
    Default,
    /// The leader confirms its leadership before it answers.
    Consistent,
    /// Any server answers, even without a leader.
    Stale,
    /// The leader answers, even where the agent is configured for stale reads.
    Leader,
}

/// Options of a read.
///
/// ```
/// # use consul_client::{Index, ReadOptions};
/// # use std::time::Duration;
/// let options = ReadOptions::new().waiting(Index(42), Duration::from_secs(60)).with_filter("ServiceName == web");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    consistency: Consistency,
    filter: Option<String>,
    wait: Option<(Index, Duration)>,
    timeout: Option<Duration>,
}

impl ReadOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How fresh the answer must be.
    #[must_use]
    pub fn with_consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// Only what matches this expression.
    #[must_use]
    pub fn with_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Answers only when something changed after `index`, or when `wait` (at most 10 minutes) is over.
    ///
    /// The call's deadline becomes what the server itself may take: `wait`, a sixteenth more, and some slack.
    #[must_use]
    pub fn waiting(mut self, index: Index, wait: Duration) -> Self {
        self.wait = Some((index, wait.clamp(Duration::from_millis(1), LONGEST_WAIT)));
        self
    }

    /// The deadline of this call instead of the client's.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn apply(&self, mut request: Request) -> Request {
        request = match self.consistency {
            Consistency::Default => request,
            Consistency::Consistent => request.flag("consistent"),
            Consistency::Stale => request.flag("stale"),
            Consistency::Leader => request.flag("leader"),
        };
        if let Some(filter) = &self.filter {
            request = request.query("filter", filter);
        }
        if let Some((index, wait)) = self.wait {
            let millis = format!("{}ms", wait.as_millis());
            // An index of 0 would not block at all.
            request = request.query("index", index.0.max(1).to_string()).query("wait", millis);
            request = request.timeout(Some(wait + wait / 16 + SLACK));
        }
        request.timeout(self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::{Consistency, ReadOptions, SLACK};
    use crate::meta::Index;
    use crate::transport::Request;
    use std::time::Duration;

    #[test]
    fn a_blocking_read_knows_its_deadline() {
        let wait = Duration::from_secs(16);
        let options = ReadOptions::new().with_consistency(Consistency::Stale).waiting(Index(0), wait);
        let request = options.apply(Request::get("/v1/kv/a", []).unwrap());
        assert_eq!(request.query, "stale&index=1&wait=16000ms");
        assert_eq!(request.timeout, Some(Duration::from_secs(17) + SLACK));
        let endless = ReadOptions::new().waiting(Index(7), Duration::MAX);
        assert_eq!(endless.apply(Request::get("/v1/kv/a", []).unwrap()).query, "index=7&wait=600000ms");
    }
}
