//! Options that every read takes.

use std::time::Duration;

use crate::credential::Token;
use crate::meta::{Index, Mark};
use crate::transport::Request;

/// Time beyond the server's own limit before a blocking query counts as hung: it covers a leader election.
const SLACK: Duration = Duration::from_secs(10);

/// No server waits longer than this, whatever it is asked; newer ones stop after 5 minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The size of the pages that a list is read in, unless told otherwise.
const PER_PAGE: u32 = 500;

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
    reverse: bool,
    at: Option<Mark>,
    wait: Option<Duration>,
    timeout: Option<Duration>,
    scope: [Option<String>; 2],
    token: Option<Token>,
    watched: bool,
}

/// The names of the parts of a scope.
const SCOPE: [&str; 2] = ["region", "namespace"];

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

    /// The newest first, or whatever else is the other way round at this endpoint.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// Answers only when something changed after `index`, or when `wait` (at most 10 minutes) is over.
    ///
    /// The call's deadline becomes what the server itself may take: `wait`, a sixteenth more, and some slack. The
    /// server may answer early without a change, and it does not notice when the caller goes away. Of a watch it is
    /// where to begin, and how long each of its queries waits.
    #[must_use]
    pub fn waiting(self, index: Index, wait: Duration) -> Self {
        self.waiting_on(Mark::from(index), wait)
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

    /// Asks this region instead of the client's.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.scope[0] = Some(region.into());
        self
    }

    /// Asks about this namespace instead of the client's; lists also take `*` for all.
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.scope[1] = Some(namespace.into());
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

    /// The same list from the page that this token names.
    pub(crate) fn at_page(mut self, next_token: Option<String>) -> Self {
        let per_page = self.page.as_ref().map_or(PER_PAGE, |(per_page, _)| *per_page);
        self.page = Some((per_page, next_token));
        self
    }

    /// Where the list begins.
    pub(crate) fn page_token(&self) -> Option<String> {
        self.page.as_ref().and_then(|(_, token)| token.clone())
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
        if self.reverse {
            // The server takes this text alone for true.
            request = request.query("reverse", "true");
        }
        for (name, value) in SCOPE.iter().zip(&self.scope) {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        if let (Some(Mark(index)), Some(wait)) = (&self.at, self.wait) {
            let millis = format!("{}ms", wait.as_millis());
            request = request.query("index", index.0.to_string()).query("wait", millis);
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
    use super::{Consistency, ReadOptions, SLACK};
    use crate::credential::Token;
    use crate::meta::Index;
    use crate::transport::Request;
    use std::time::Duration;

    fn get() -> Request {
        Request::get("/v1/jobs", []).unwrap()
    }

    #[test]
    fn t01_t02_a_blocking_read_knows_its_deadline() {
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

    #[test]
    fn t52_reverse_is_the_text_true() {
        assert_eq!(ReadOptions::new().reversed().apply(get()).query, "reverse=true");
    }

    #[test]
    fn a_call_can_have_a_scope_and_a_token_of_its_own() {
        let options = ReadOptions::new().with_region("r").with_namespace("*").with_token(Token::new("other").unwrap());
        let request = options.apply(get());
        assert_eq!(request.query, "region=r&namespace=*");
        assert_eq!(request.token.unwrap().expose(), "other");
    }

    #[test]
    fn a_watch_asks_again_by_itself_once_it_waits() {
        let (options, from, wait) = ReadOptions::new().waiting(Index(3), Duration::from_secs(9)).into_watched();
        assert_eq!((from.clone(), wait), (Some(Index(3).into()), Some(Duration::from_secs(9))));
        let options = options.with_timeout(Duration::from_secs(1));
        let first = options.clone().at(None, Duration::from_secs(9)).apply(get());
        assert!(first.query.is_empty() && first.idempotent && first.timeout == Some(Duration::from_secs(1)));
        let next = options.at(from, Duration::from_secs(16)).apply(get());
        assert!(!next.idempotent && next.timeout == Some(Duration::from_secs(17) + SLACK));
    }
}
