//! Which events were seen, and whether any are missing.

use std::collections::HashSet;

use super::{Event, Happening};
use crate::meta::Index;

/// Where a stream is in the history. Pure: the connection asks it where to begin and what to hand on.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// The last index of which anything was seen, or after which all is new.
    at: Index,
    /// Whether the server must begin with an event of that index, or something may be missing.
    bound: bool,
    /// Whether events of that index itself are wanted that were not seen.
    inclusive: bool,
    /// What was seen of that index.
    seen: HashSet<(String, String, String)>,
    /// Whether this is the first event after a new connection.
    fresh: bool,
}

impl History {
    /// Everything that the server still has.
    pub(super) fn whole() -> Self {
        Self { at: Index(0), bound: false, inclusive: true, seen: HashSet::new(), fresh: true }
    }

    /// What comes after an index, of which an event was seen through the same filter if it is `bound`.
    pub(super) fn after(at: Index, bound: bool) -> Self {
        Self { at, bound, inclusive: false, ..Self::whole() }
    }

    /// What comes from an index on.
    pub(super) fn from(at: Index) -> Self {
        Self { at, bound: true, inclusive: true, ..Self::whole() }
    }

    /// The index to subscribe with: that of the last event, so that the server shows that it still has it.
    pub(super) fn at(&self) -> Index {
        self.at
    }

    /// A new connection was made. What happened before it was not seen, so that even what began at no event is bound.
    pub(super) fn reconnected(&mut self) {
        (self.fresh, self.bound) = (true, true);
    }

    /// What to make of an event: nothing if it was seen, and a gap before it if some may be missing. A connection is
    /// settled when the server can no longer be repeating what is old.
    pub(super) fn take(&mut self, event: Event, settled: bool) -> [Option<Happening>; 2] {
        if event.index < self.at && settled {
            return self.begin_anew(event);
        }
        let gap = self.gap_before(&event);
        if event.index < self.at {
            return [gap, None];
        }
        if event.index == self.at && self.at.0 > 0 && !self.inclusive {
            self.bound = true;
            return [gap, None];
        }
        if event.index > self.at {
            self.at = event.index;
            self.seen.clear();
        }
        (self.bound, self.inclusive) = (true, true);
        let identity = (event.topic.as_str().to_owned(), event.kind.clone(), event.key.clone());
        let new = self.seen.insert(identity);
        [gap, new.then(|| Happening::Event(Box::new(event)))]
    }

    /// New events with old numbers: the cluster was set back to a snapshot.
    fn begin_anew(&mut self, event: Event) -> [Option<Happening>; 2] {
        let gap = Happening::Gap { after: self.at, next: event.index };
        *self = Self::whole();
        let [_, event] = self.take(event, false);
        [Some(gap), event]
    }

    fn gap_before(&mut self, event: &Event) -> Option<Happening> {
        // An old event says nothing: the server repeats its newest when it is asked for one that it does not have yet.
        if !self.fresh || event.index < self.at {
            return None;
        }
        self.fresh = false;
        let missing = event.index > self.at && self.at.0 > 0 && self.bound;
        missing.then_some(Happening::Gap { after: self.at, next: event.index })
    }
}

#[cfg(test)]
mod tests {
    use super::History;
    use crate::events::{Event, Happening, Topic};
    use crate::meta::Index;

    fn event(index: u64, key: &str) -> Event {
        Event {
            index: Index(index),
            topic: Topic::Job,
            kind: "JobRegistered".to_owned(),
            key: key.to_owned(),
            ..Event::default()
        }
    }

    /// What comes out, as text.
    fn taken(history: &mut History, events: &[(u64, &str)]) -> String {
        at(history, events, false)
    }

    fn at(history: &mut History, events: &[(u64, &str)], settled: bool) -> String {
        let happenings = events.iter().flat_map(|(index, key)| history.take(event(*index, key), settled)).flatten();
        let text = happenings.map(|happening| match happening {
            Happening::Event(event) => format!("{}{}", event.key, event.index.0),
            Happening::Gap { after, next } => format!("gap {}-{}", after.0, next.0),
        });
        text.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn t31_a_resumed_stream_repeats_nothing_and_loses_nothing() {
        let mut history = History::whole();
        assert_eq!(taken(&mut history, &[(3, "a"), (3, "b"), (5, "a")]), "a3 b3 a5");
        // Cut in the middle of what index 5 holds: the whole of it comes again, the known part is left out.
        history.reconnected();
        assert_eq!(history.at(), Index(5));
        assert_eq!(taken(&mut history, &[(5, "a"), (5, "b"), (6, "a")]), "b5 a6");
    }

    #[test]
    fn t31_an_event_that_matches_two_filters_comes_once() {
        let mut history = History::whole();
        assert_eq!(taken(&mut history, &[(3, "a"), (3, "a"), (4, "a"), (4, "a")]), "a3 a4");
    }

    #[test]
    fn t31_events_that_the_server_forgot_are_a_gap() {
        let mut history = History::whole();
        assert_eq!(taken(&mut history, &[(5, "a")]), "a5");
        history.reconnected();
        assert_eq!(taken(&mut history, &[(9, "a"), (10, "a")]), "gap 5-9 a9 a10");
        // The server's newest is repeated when there is none after it.
        history.reconnected();
        assert_eq!(taken(&mut history, &[(7, "z"), (10, "a"), (12, "a")]), "a12");
    }

    #[test]
    fn t03_a_history_that_was_set_back_is_a_gap_and_goes_on() {
        let mut history = History::whole();
        assert_eq!(at(&mut history, &[(90, "a")], true), "a90");
        history.reconnected();
        assert_eq!(at(&mut history, &[(20, "z")], false), "", "the server's newest, maybe of a server that lags");
        assert_eq!(at(&mut history, &[(21, "a"), (21, "b"), (22, "a")], true), "gap 90-21 a21 b21 a22");
        assert_eq!(history.at(), Index(22));
    }

    #[test]
    fn a_start_after_an_index_leaves_out_what_it_stands_for() {
        // Of a list: whether there was an event at that index at all is not known.
        let mut listed = History::after(Index(7), false);
        assert_eq!(taken(&mut listed, &[(6, "old"), (7, "a"), (9, "a")]), "a9");
        let mut quiet = History::after(Index(7), false);
        quiet.reconnected();
        assert_eq!(taken(&mut quiet, &[(9, "a")]), "gap 7-9 a9", "while nobody looked anything may have happened");
        // Of an event.
        assert_eq!(taken(&mut History::after(Index(7), true), &[(7, "a"), (9, "a")]), "a9");
        assert_eq!(taken(&mut History::after(Index(7), true), &[(9, "a")]), "gap 7-9 a9");
        assert_eq!(taken(&mut History::from(Index(7)), &[(7, "a"), (9, "a")]), "a7 a9");
        assert_eq!(taken(&mut History::from(Index(7)), &[(8, "a")]), "gap 7-8 a8");
    }
}
