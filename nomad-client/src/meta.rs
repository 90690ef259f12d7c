//! What an answer says about itself.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// A position in the history of what was read: the next blocking query waits for a change after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Index(pub u64);

/// What the headers of an answer say. Every part may be missing: not all endpoints send all of them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Meta {
    /// The index to wait on.
    pub index: Option<Index>,
    /// How long ago the answering server heard from the leader; zero when the leader itself answered.
    pub last_contact: Option<Duration>,
    /// Whether the answering server knows a leader.
    pub known_leader: Option<bool>,
    /// Where the next page begins; none on the last page.
    pub next_token: Option<String>,
}

answer! {
    /// What the body of an answer to a write says beside its content. The server fills in little of it.
    BodyMeta {
        /// The position of the write in the history.
        pub index: Index,
        /// As [`Meta::last_contact`].
        pub last_contact: Option<Duration> as nanos,
        /// As [`Meta::known_leader`].
        pub known_leader: Option<bool>,
        /// As [`Meta::next_token`].
        pub next_token: String,
    }
}

/// The evaluation that a write led to.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Evaluated {
    #[serde(rename = "EvalID", deserialize_with = "crate::object::text_or_none")]
    pub(crate) eval_id: Option<String>,
    pub(crate) eval_create_index: Index,
    #[serde(flatten)]
    pub(crate) meta: BodyMeta,
}

impl Meta {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let number = |name: &str| text(name)?.parse().ok();
        Self {
            index: number("x-nomad-index").map(Index),
            last_contact: number("x-nomad-lastcontact").map(Duration::from_millis),
            known_leader: text("x-nomad-knownleader").and_then(|text| text.parse().ok()),
            next_token: text("x-nomad-nexttoken").filter(|text| !text.is_empty()).map(ToOwned::to_owned),
        }
    }

    /// What to wait on for the next change.
    pub(crate) fn mark(&self) -> Option<Mark> {
        self.index.map(Mark::from)
    }
}

/// A place in the history of what is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark(pub(crate) Index);

impl From<Index> for Mark {
    /// Zero would mean not to wait at all.
    fn from(index: Index) -> Self {
        Self(index.max(Index(1)))
    }
}

impl Mark {
    /// Whether this one, although it came later, stands before the other.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.0 < other.0
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

    use super::{Index, Mark, Meta};

    fn meta(headers: &[(&'static str, &'static str)]) -> Meta {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Meta::of(&headers.iter().map(pair).collect::<HeaderMap>())
    }

    #[test]
    fn t05_every_header_is_read_and_every_one_may_be_missing() {
        let all = meta(&[
            ("x-nomad-index", "42"),
            ("x-nomad-lastcontact", "15"),
            ("x-nomad-knownleader", "true"),
            ("x-nomad-nexttoken", "default.b"),
        ]);
        let expected = Meta {
            index: Some(Index(42)),
            last_contact: Some(Duration::from_millis(15)),
            known_leader: Some(true),
            next_token: Some("default.b".to_owned()),
        };
        assert_eq!(all, expected);
        assert_eq!(meta(&[]), Meta::default());
        let odd = meta(&[("x-nomad-index", "-1"), ("x-nomad-knownleader", "yes"), ("x-nomad-nexttoken", "")]);
        assert_eq!(odd, Meta::default());
        assert_eq!(meta(&[("x-nomad-index", "0")]).mark(), Some(Mark::from(Index(1))));
    }
}
