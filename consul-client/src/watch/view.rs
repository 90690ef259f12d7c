//! What changed between the states of a list.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt as _};

use super::Watch;
use crate::error::Result;
use crate::meta::{Answer, Meta};

/// One difference between two states.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change<K, V> {
    /// It was not there before.
    Added {
        /// Which one.
        key: K,
        /// What it is.
        value: V,
    },
    /// It is another than before.
    Changed {
        /// Which one.
        key: K,
        /// What it was.
        old: V,
        /// What it is.
        new: V,
    },
    /// It is no more.
    Removed {
        /// Which one.
        key: K,
        /// What it was.
        old: V,
    },
}

impl<K, V> Change<K, V> {
    /// Which one it is about.
    pub fn key(&self) -> &K {
        match self {
            Self::Added { key, .. } | Self::Changed { key, .. } | Self::Removed { key, .. } => key,
        }
    }
}

/// What one answer has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Update<K, V> {
    /// All changes, in the order of their keys. Only the first update may have none: an empty list was read.
    pub changes: Vec<Change<K, V>>,
    /// What the answer says about itself.
    pub meta: Meta,
}

/// The changes of a watched list, and the list itself as it stands.
///
/// An error is an item and leaves the list as it was. Of two items with one key the later counts.
pub struct View<K, V> {
    watch: Watch<Vec<V>>,
    key: Box<dyn Fn(&V) -> K + Send>,
    current: BTreeMap<K, V>,
    begun: bool,
}

impl<K: fmt::Debug, V> fmt::Debug for View<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("keys", &self.current.keys()).finish_non_exhaustive()
    }
}

impl<K, V> Unpin for View<K, V> {}

impl<K: Clone + Ord, V: Clone + PartialEq> View<K, V> {
    pub(super) fn new(watch: Watch<Vec<V>>, key: impl Fn(&V) -> K + Send + 'static) -> Self {
        Self { watch, key: Box::new(key), current: BTreeMap::new(), begun: false }
    }

    /// The list as the last update left it.
    pub fn current(&self) -> &BTreeMap<K, V> {
        &self.current
    }

    fn advance(&mut self, answer: Answer<Vec<V>>) -> Update<K, V> {
        let next: BTreeMap<K, V> = answer.value.into_iter().map(|value| ((self.key)(&value), value)).collect();
        let changes = differences(&self.current, &next);
        self.current = next;
        Update { changes, meta: answer.meta }
    }
}

impl<K: Clone + Ord, V: Clone + PartialEq> Stream for View<K, V> {
    type Item = Result<Update<K, V>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.watch.poll_next_unpin(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(answer)) => {
                    let update = self.advance(answer);
                    if !std::mem::replace(&mut self.begun, true) || !update.changes.is_empty() {
                        return Poll::Ready(Some(Ok(update)));
                    }
                }
            }
        }
    }
}

fn differences<K: Clone + Ord, V: Clone + PartialEq>(old: &BTreeMap<K, V>, new: &BTreeMap<K, V>) -> Vec<Change<K, V>> {
    let gone = old.iter().filter(|(key, _)| !new.contains_key(key));
    let removed = gone.map(|(key, old)| Change::Removed { key: key.clone(), old: old.clone() });
    let present = new.iter().filter_map(|(key, new)| match old.get(key) {
        None => Some(Change::Added { key: key.clone(), value: new.clone() }),
        Some(old) if old == new => None,
        Some(old) => Some(Change::Changed { key: key.clone(), old: old.clone(), new: new.clone() }),
    });
    let mut changes: Vec<Change<K, V>> = removed.chain(present).collect();
    changes.sort_by(|one, other| one.key().cmp(other.key()));
    changes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Change, differences};

    proptest! {
        #[test]
        fn the_differences_lead_from_one_state_to_the_other(
            old in prop::collection::btree_map(0_u8..6, 0_u8..3, 0..6),
            new in prop::collection::btree_map(0_u8..6, 0_u8..3, 0..6),
        ) {
            let mut state: BTreeMap<u8, u8> = old.clone();
            let changes = differences(&old, &new);
            for change in &changes {
                let before = match change {
                    Change::Added { key, value } => state.insert(*key, *value),
                    Change::Changed { key, old, new } => {
                        prop_assert_ne!(old, new);
                        state.insert(*key, *new).filter(|before| before != old)
                    }
                    Change::Removed { key, old } => state.remove(key).filter(|before| before != old),
                };
                prop_assert_eq!(before, None);
            }
            prop_assert_eq!(state, new);
            prop_assert!(changes.windows(2).all(|pair| pair[0].key() < pair[1].key()), "one change for each key");
        }
    }
}
