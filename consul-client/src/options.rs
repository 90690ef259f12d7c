//! Options that every read takes.

use std::time::Duration;

use crate::credential::Token;
use crate::meta::{Index, Mark};
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
    /// Any server answers that heard from the leader within this time; else the leader.
    MaxStale(Duration),
    /// The leader answers, even where the agent is configured for stale reads.
    Leader,
    /// The agent answers from its cache where the endpoint has one.
    Cached(CacheControl),
}

/// How old an answer from the agent's cache may be.
///
/// Without a greatest age it may be days old at some endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheControl {
    max_age: Option<Duration>,
    stale_if_error: Option<Duration>,
}

impl CacheControl {
    /// What the agent thinks right.
    pub fn new() -> Self {
        Self::default()
    }

    /// An answer that is older is read anew; whole seconds count.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// While the servers cannot be reached, an answer may be older by this time; whole seconds count.
    #[must_use]
    pub fn with_stale_if_error(mut self, age: Duration) -> Self {
        self.stale_if_error = Some(age);
        self
    }

    /// Directives are separated by commas: the agent refuses the spaces of its own documentation.
    fn header(self) -> Option<String> {
        let directive = |name: &str, age: Option<Duration>| age.map(|age| format!("{name}={}", age.as_secs()));
        let directives = [directive("max-age", self.max_age), directive("stale-if-error", self.stale_if_error)];
        let all: Vec<String> = directives.into_iter().flatten().collect();
        Some(all.join(", ")).filter(|text| !text.is_empty())
    }
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
    at: Option<Mark>,
    wait: Option<Duration>,
    timeout: Option<Duration>,
    scope: [Option<String>; 3],
    token: Option<Token>,
    watched: bool,
}

/// The names of the parts of a scope.
const SCOPE: [&str; 3] = ["dc", "ns", "partition"];

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
    /// The call's deadline becomes what the server itself may take: `wait`, a sixteenth more, and some slack. Of a watch
    /// it is where to begin, and how long each of its queries waits.
    #[must_use]
    pub fn waiting(self, index: Index, wait: Duration) -> Self {
        self.waiting_on(Mark::from(index), wait)
    }

    /// As [`ReadOptions::waiting`], until the content has another hash than
    /// [`Meta::content_hash`](crate::Meta::content_hash); for endpoints that have no index.
    #[must_use]
    pub fn waiting_on_hash(self, hash: impl Into<String>, wait: Duration) -> Self {
        self.waiting_on(Mark::Hash(hash.into()), wait)
    }

    fn waiting_on(self, mark: Mark, wait: Duration) -> Self {
        Self { at: Some(mark), ..self.with_wait(wait) }
    }

    /// How long each query of a watch waits, at most 10 minutes; 50 seconds unless set. It means nothing to a single
    /// read.
    #[must_use]
    pub fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait.clamp(Duration::from_millis(1), LONGEST_WAIT));
        self
    }

    /// The deadline of this call instead of the client's.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks this datacenter instead of the client's.
    #[must_use]
    pub fn with_datacenter(mut self, datacenter: impl Into<String>) -> Self {
        self.scope[0] = Some(datacenter.into());
        self
    }

    /// Asks about this namespace instead of the client's (Consul Enterprise).
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.scope[1] = Some(namespace.into());
        self
    }

    /// Asks about this partition instead of the client's (Consul Enterprise).
    #[must_use]
    pub fn with_partition(mut self, partition: impl Into<String>) -> Self {
        self.scope[2] = Some(partition.into());
        self
    }

    /// Sends this token instead of the client's.
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// The options of a watch, where it begins, and how long it waits.
    pub(crate) fn into_watched(mut self) -> (Self, Option<Mark>, Option<Duration>) {
        self.watched = true;
        let (at, wait) = (self.at.take(), self.wait.take());
        (self, at, wait)
    }

    /// The same read, of the next change or, without a mark, of the present state.
    pub(crate) fn at(self, mark: Option<Mark>, wait: Duration) -> Self {
        match mark {
            Some(mark) => Self { timeout: None, ..self.waiting_on(mark, wait) },
            None => self,
        }
    }

    pub(crate) fn apply(&self, mut request: Request) -> Request {
        request = match self.consistency {
            Consistency::Default => request,
            Consistency::Consistent => request.flag("consistent"),
            Consistency::Stale => request.flag("stale"),
            Consistency::MaxStale(age) => request.query("max_stale", format!("{}ms", age.as_millis().max(1))),
            Consistency::Leader => request.flag("leader"),
            Consistency::Cached(control) => {
                request.headers.extend(control.header().map(|text| ("cache-control", text)));
                request.flag("cached")
            }
        };
        if let Some(filter) = &self.filter {
            request = request.query("filter", filter);
        }
        for (name, value) in SCOPE.iter().zip(&self.scope) {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        if let (Some(mark), Some(wait)) = (&self.at, self.wait) {
            request = match mark {
                Mark::Index(index) => request.query("index", index.0.to_string()),
                Mark::Hash(hash) => request.query("hash", hash),
            };
            request = request.query("wait", format!("{}ms", wait.as_millis()));
            request = request.timeout(Some(wait + wait / 16 + SLACK));
            // A watch asks again by itself, with all of its waiting time.
            request.idempotent &= !self.watched;
        }
        request.token = self.token.clone().or(request.token);
        request.timeout(self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheControl, Consistency, ReadOptions, SLACK};
    use crate::credential::Token;
    use crate::meta::Index;
    use crate::transport::Request;
    use std::time::Duration;

    fn applied(options: &ReadOptions) -> Request {
        options.apply(Request::get("/v1/kv/a", []).unwrap())
    }

    #[test]
    fn t05_a_blocking_read_knows_its_deadline() {
        let wait = Duration::from_secs(16);
        let options = ReadOptions::new().with_consistency(Consistency::Stale).waiting(Index(0), wait);
        let request = applied(&options);
        assert_eq!(request.query, "stale&index=1&wait=16000ms");
        assert_eq!(request.timeout, Some(Duration::from_secs(17) + SLACK));
        let endless = ReadOptions::new().waiting(Index(7), Duration::MAX);
        assert_eq!(applied(&endless).query, "index=7&wait=600000ms");
        // Zero would mean the server's default of five minutes.
        let short = ReadOptions::new().waiting(Index(7), Duration::from_micros(1));
        assert_eq!(applied(&short).query, "index=7&wait=1ms");
        assert_eq!(applied(&ReadOptions::new().with_wait(wait)).query, "");
        let hash = ReadOptions::new().waiting_on_hash("a b", wait);
        assert_eq!(applied(&hash).query, "hash=a%20b&wait=16000ms");
    }

    #[test]
    fn t09_t10_consistency_is_one_flag_without_a_value() {
        let modes = [
            (Consistency::Default, ""),
            (Consistency::Consistent, "consistent"),
            (Consistency::Stale, "stale"),
            (Consistency::MaxStale(Duration::from_secs(5)), "max_stale=5000ms"),
            (Consistency::Leader, "leader"),
            (Consistency::Cached(CacheControl::new()), "cached"),
        ];
        for (mode, query) in modes {
            assert_eq!(applied(&ReadOptions::new().with_consistency(mode)).query, query);
        }
    }

    #[test]
    fn t13_the_directives_of_a_cache_are_separated_by_commas() {
        let control = CacheControl::new().with_max_age(Duration::from_secs(30));
        let header = |control| {
            let request = applied(&ReadOptions::new().with_consistency(Consistency::Cached(control)));
            assert_eq!(request.query, "cached");
            request.headers.first().map(|(name, value)| format!("{name}: {value}"))
        };
        assert_eq!(header(control).unwrap(), "cache-control: max-age=30");
        let both = control.with_stale_if_error(Duration::from_secs(60));
        assert_eq!(header(both).unwrap(), "cache-control: max-age=30, stale-if-error=60");
        assert_eq!(header(CacheControl::new()), None);
    }

    #[test]
    fn a_call_can_have_a_scope_and_a_token_of_its_own() {
        let options = ReadOptions::new()
            .with_datacenter("dc2")
            .with_namespace("n")
            .with_partition("p")
            .with_token(Token::new("other").unwrap());
        let request = applied(&options);
        assert_eq!(request.query, "dc=dc2&ns=n&partition=p");
        assert_eq!(request.token.unwrap().expose(), "other");
    }

    #[test]
    fn a_watch_asks_again_by_itself_once_it_waits() {
        let (options, from, wait) = ReadOptions::new().waiting(Index(3), Duration::from_secs(9)).into_watched();
        assert_eq!((from.clone(), wait), (Some(Index(3).into()), Some(Duration::from_secs(9))));
        let first = applied(&options.clone().with_timeout(Duration::from_secs(1)).at(None, Duration::from_secs(9)));
        assert!(first.query.is_empty() && first.idempotent && first.timeout == Some(Duration::from_secs(1)));
        let next = applied(&options.with_timeout(Duration::from_secs(1)).at(from, Duration::from_secs(16)));
        assert!(!next.idempotent && next.timeout == Some(Duration::from_secs(17) + SLACK));
    }
}
