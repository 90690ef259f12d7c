//! Options that every read takes.

use std::time::Duration;

use crate::meta::Index;
use crate::transport::Request;

/// Time beyond the server's own limit before a blocking query counts as hung: it covers a leader election.
const SLACK: Duration = Duration::from_secs(10);

/// No server waits longer than this, whatever it is asked; newer ones stop after 5 minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How fresh an answer must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Consistency {
    /// An answer of the leader.
    #[default]
    Default,
    /// Any server answers, even without a leader.
    Stale,
}

/// Options of a read. Those that an endpoint has no use for are ignored by the server.
///
/// ```
/// # use nomad_client::{Index, ReadOptions};
/// # use std::time::Duration;
/// let options = ReadOptions::new().waiting(Index(42), Duration::from_secs(60)).with_filter("Status == \"running\"");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    consistency: Consistency,
    filter: Option<String>,
    prefix: Option<String>,
    page: Option<(u32, Option<String>)>,
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

    /// Only what matches this expression, whose names are those of the full object even where a list gives stubs.
    #[must_use]
    pub fn with_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Only what has an id (or name, or path) beginning so. A prefix of a UUID needs an even number of digits.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// At most this many items, from the place that [`Meta::next_token`](crate::Meta::next_token) of the page before
    /// names; `None` for the first page.
    #[must_use]
    pub fn with_page(mut self, per_page: u32, next_token: Option<String>) -> Self {
        self.page = Some((per_page, next_token));
        self
    }

    /// Answers only when something changed after `index`, or when `wait` (at most 10 minutes) is over.
    ///
    /// The call's deadline becomes what the server itself may take: `wait`, a sixteenth more, and some slack. The
    /// server may answer early without a change, and it does not notice when the caller goes away.
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
        if self.consistency == Consistency::Stale {
            request = request.flag("stale");
        }
        for (name, value) in [("filter", &self.filter), ("prefix", &self.prefix)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        if let Some((per_page, token)) = &self.page {
            request = request.query("per_page", per_page.to_string());
            if let Some(token) = token {
                request = request.query("next_token", token);
            }
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

    fn get() -> Request {
        Request::get("/v1/jobs", []).unwrap()
    }

    #[test]
    fn a_blocking_read_knows_its_deadline() {
        let wait = Duration::from_secs(16);
        let options = ReadOptions::new().with_consistency(Consistency::Stale).waiting(Index(0), wait);
        let request = options.apply(get());
        assert_eq!(request.query, "stale&index=1&wait=16000ms");
        assert_eq!(request.timeout, Some(Duration::from_secs(17) + SLACK));
        let endless = ReadOptions::new().waiting(Index(7), Duration::MAX);
        assert_eq!(endless.apply(get()).query, "index=7&wait=600000ms");
    }

    #[test]
    fn a_page_has_a_size_and_a_place() {
        let options = ReadOptions::new().with_prefix("a").with_filter("Name == \"a b\"");
        assert_eq!(
            options.clone().with_page(2, None).apply(get()).query,
            "filter=Name%20%3D%3D%20%22a%20b%22&prefix=a&per_page=2"
        );
        let second = options.with_page(2, Some("default.b".to_owned())).apply(get());
        assert!(second.query.ends_with("&per_page=2&next_token=default.b"), "{}", second.query);
    }
}
