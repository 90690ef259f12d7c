//! What an answer says about itself.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// A position in the history of what was read: the next blocking query waits for a change after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Index(pub u64);

wire_enum! {
    /// How fresh an answer really was.
    pub EffectiveConsistency {
        /// The leader answered.
        Leader = "leader",
        /// The leader answered after it had confirmed that it still leads.
        Consistent = "consistent",
        /// Any server answered.
        Stale = "stale",
    }
}

wire_enum! {
    /// What the agent answered a query from.
    pub QueryBackend {
        /// A query to the servers.
        BlockingQuery = "blocking-query",
        /// A local copy that the servers keep up to date. Such answers do not tell about the leader.
        Streaming = "streaming",
    }
}

wire_enum! {
    /// What is allowed where no rule says anything.
    pub DefaultAclPolicy {
        /// Everything.
        Allow = "allow",
        /// Nothing.
        Deny = "deny",
    }
}

/// What the headers of an answer say. Every part may be missing: not all endpoints send all of them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Meta {
    /// The index to wait on.
    pub index: Option<Index>,
    /// What to wait on in place of an index; only where the agent itself is asked about a service.
    pub content_hash: Option<String>,
    /// How long ago the answering server heard from the leader; zero when the leader itself answered.
    pub last_contact: Option<Duration>,
    /// Whether the answering server knows a leader.
    pub known_leader: Option<bool>,
    /// How fresh the answer is.
    pub effective_consistency: Option<EffectiveConsistency>,
    /// What the agent answered from.
    pub query_backend: Option<QueryBackend>,
    /// What the cluster allows where no rule says anything.
    pub default_acl_policy: Option<DefaultAclPolicy>,
    /// Whether results were left out because the token may not see them.
    pub filtered_by_acls: Option<bool>,
    /// Whether addresses of other datacenters are replaced by those that are reachable from here.
    pub translate_addresses: Option<bool>,
    /// Whether the agent answered from its cache.
    pub cache_hit: Option<bool>,
    /// How old the answer in the cache is.
    pub age: Option<Duration>,
    /// A warning about the key that was written.
    pub warning: Option<String>,
    /// Why the answer is what it is, where the server gives a reason.
    pub reason: Option<String>,
}

impl Meta {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().filter(|text| !text.is_empty());
        let number = |name: &str| text(name)?.parse().ok();
        let boolean = |name: &str| text(name)?.parse().ok();
        Self {
            index: number("x-consul-index").map(Index),
            content_hash: text("x-consul-contenthash").map(ToOwned::to_owned),
            last_contact: number("x-consul-lastcontact").map(Duration::from_millis),
            known_leader: boolean("x-consul-knownleader"),
            effective_consistency: text("x-consul-effective-consistency").map(EffectiveConsistency::from),
            query_backend: text("x-consul-query-backend").map(QueryBackend::from),
            default_acl_policy: text("x-consul-default-acl-policy").map(DefaultAclPolicy::from),
            filtered_by_acls: boolean("x-consul-results-filtered-by-acls"),
            translate_addresses: boolean("x-consul-translate-addresses"),
            cache_hit: text("x-cache").map(|text| text == "HIT"),
            age: number("age").map(Duration::from_secs),
            warning: text("x-consul-kv-warning").map(ToOwned::to_owned),
            reason: text("x-consul-reason").map(ToOwned::to_owned),
        }
    }

    /// What to wait on for the next change.
    pub(crate) fn mark(&self) -> Option<Mark> {
        let hash = self.content_hash.clone().map(Mark::Hash);
        hash.or_else(|| self.index.map(Mark::from))
    }
}

/// A place in the history of what is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Index(Index),
    Hash(String),
}

impl From<Index> for Mark {
    /// Zero would mean not to wait at all.
    fn from(index: Index) -> Self {
        Self::Index(index.max(Index(1)))
    }
}

impl Mark {
    /// Whether this one, although it came later, stands before the other. Hashes have no order.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Index(this), Self::Index(other)) if this < other)
    }
}

/// A value and what its answer says about itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The value.
    pub value: T,
    /// What the headers say.
    pub meta: Meta,
}

impl<T> Answer<T> {
    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { value: change(self.value), meta: self.meta }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{DefaultAclPolicy, EffectiveConsistency, Index, Mark, Meta, QueryBackend};

    fn meta(headers: &[(&'static str, &'static str)]) -> Meta {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Meta::of(&headers.iter().map(pair).collect::<HeaderMap>())
    }

    #[test]
    fn t14_every_header_is_read() {
        let all = meta(&[
            ("x-consul-index", "42"),
            ("x-consul-contenthash", "e4a1"),
            ("x-consul-knownleader", "true"),
            ("x-consul-lastcontact", "15"),
            ("x-consul-effective-consistency", "stale"),
            ("x-consul-query-backend", "streaming"),
            ("x-consul-default-acl-policy", "deny"),
            ("x-consul-results-filtered-by-acls", "true"),
            ("x-consul-translate-addresses", "true"),
            ("x-consul-kv-warning", "odd key"),
            ("x-consul-reason", "because"),
            ("x-cache", "HIT"),
            ("age", "7"),
        ]);
        let expected = Meta {
            index: Some(Index(42)),
            content_hash: Some("e4a1".to_owned()),
            last_contact: Some(Duration::from_millis(15)),
            known_leader: Some(true),
            effective_consistency: Some(EffectiveConsistency::Stale),
            query_backend: Some(QueryBackend::Streaming),
            default_acl_policy: Some(DefaultAclPolicy::Deny),
            filtered_by_acls: Some(true),
            translate_addresses: Some(true),
            cache_hit: Some(true),
            age: Some(Duration::from_secs(7)),
            warning: Some("odd key".to_owned()),
            reason: Some("because".to_owned()),
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn t12_a_header_that_is_missing_or_odd_is_absent() {
        assert_eq!(meta(&[]), Meta::default());
        let odd = meta(&[("x-consul-index", "-1"), ("x-consul-knownleader", "yes"), ("x-consul-lastcontact", "")]);
        assert_eq!(odd, Meta::default());
        assert_eq!(meta(&[("x-consul-query-backend", "new")]).query_backend.unwrap().as_str(), "new");
    }

    #[test]
    fn t08_a_hash_is_waited_on_where_there_is_one() {
        let hash = meta(&[("x-consul-contenthash", "b"), ("x-consul-index", "5")]).mark().unwrap();
        assert_eq!(hash, Mark::Hash("b".to_owned()));
        assert!(!hash.is_before(&Mark::Hash("c".to_owned())) && !hash.is_before(&Mark::from(Index(9))));
        assert_eq!(meta(&[("x-consul-index", "0")]).mark(), Some(Mark::from(Index(1))));
    }
}
