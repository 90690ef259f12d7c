//! A watch against a script, in time that passes at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep};

use super::{Change, Watch};
use crate::error::{Error, Result, TransportError, TransportKind};
use crate::meta::{Answer, Index, Mark, Meta};
use crate::options::ReadOptions;
use crate::transport::Request;

/// What a query is answered with.
#[derive(Clone)]
enum Says {
    /// After so many seconds, at this index.
    At(u64, Option<u64>, Vec<&'static str>),
    /// After so many seconds, the connection ends.
    Cut(u64),
    /// The agent is not there.
    Refused,
}

#[derive(Clone, Default)]
struct Script {
    /// The queries: when they came, in milliseconds, and what they wait on.
    asked: Arc<Mutex<Vec<(u128, String)>>>,
    says: Arc<Vec<Says>>,
}

impl Script {
    fn new(says: impl IntoIterator<Item = Says>) -> Self {
        Self { asked: Arc::default(), says: Arc::new(says.into_iter().collect()) }
    }

    /// A watch that ends with the script.
    fn watch(&self, options: &ReadOptions) -> Watch<Vec<&'static str>> {
        let begun = Instant::now();
        Watch::new((self.clone(), begun), options, |(script, begun), read| {
            Box::pin(async move { script.answer(*begun, &read).await })
        })
    }

    async fn answer(&self, begun: Instant, read: &ReadOptions) -> Result<Answer<Vec<&'static str>>> {
        let request = read.apply(Request::get("/v1/a", [])?);
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push((begun.elapsed().as_millis(), request.query.clone()));
            asked.len() - 1
        };
        let failed = |kind, sent| {
            Err(Error::Transport(Box::new(TransportError {
                method: "GET",
                path: "/v1/a".to_owned(),
                server: "a".to_owned(),
                kind,
                detail: "it failed".to_owned(),
                sent,
                attempts: 1,
                elapsed: Duration::ZERO,
                source: None,
            })))
        };
        match self.says.get(number).cloned() {
            None => Err(request.refused("the script is over")),
            Some(Says::At(seconds, index, value)) => {
                sleep(Duration::from_secs(seconds)).await;
                Ok(Answer { value, meta: Meta { index: index.map(Index), ..Meta::default() } })
            }
            Some(Says::Cut(seconds)) => {
                sleep(Duration::from_secs(seconds)).await;
                failed(TransportKind::Broken, true)
            }
            Some(Says::Refused) => failed(TransportKind::Connect, false),
        }
    }

    fn queries(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(_, query)| query.clone()).collect()
    }

    fn times(&self) -> Vec<u128> {
        self.asked.lock().unwrap().iter().map(|(time, _)| *time).collect()
    }
}

/// The items up to the end of the script: the index of each answer, or none for an error.
async fn items(watch: Watch<Vec<&'static str>>) -> Vec<Option<Index>> {
    let all: Vec<_> = watch.map(|item| item.ok().and_then(|answer| answer.meta.index)).collect().await;
    assert_eq!(all.last(), Some(&None), "a call that is impossible is the last item");
    all[..all.len() - 1].to_vec()
}

fn at(index: u64) -> Says {
    Says::At(9, Some(index), vec!["a"])
}

fn waits() -> ReadOptions {
    ReadOptions::new().with_wait(Duration::from_secs(9))
}

#[tokio::test(start_paused = true)]
async fn every_rule_at_once() {
    let script = Script::new([at(10), at(5), at(0), at(1), Says::Refused, Says::Cut(5), at(7)]);
    let items = items(script.watch(&waits())).await;
    assert_eq!(items, [Some(Index(10)), Some(Index(5)), Some(Index(0)), None, Some(Index(7))]);
    let next = ["", "index=10", "", "index=1", "index=1", "index=1", "index=1", "index=7"];
    let expected: Vec<String> = next
        .iter()
        .map(|index| if index.is_empty() { String::new() } else { format!("{index}&wait=9000ms") })
        .collect();
    assert_eq!(script.queries(), expected);
}

#[tokio::test(start_paused = true)]
async fn t04_a_flood_of_changes_is_read_at_a_rate() {
    let script = Script::new((1..=12).map(|index| Says::At(0, Some(index), vec![])));
    assert_eq!(items(script.watch(&waits())).await.len(), 12);
    let times = script.times();
    assert_eq!(times[..3], [0, 0, 500]);
    assert!(times[11] >= 5_000, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn t06_a_connection_that_is_cut_is_taken_up_at_the_same_index() {
    let script = Script::new([at(4), Says::Cut(30), Says::Cut(30), at(5), Says::Cut(0), at(6)]);
    // Only the one that was cut at once is an error.
    assert_eq!(items(script.watch(&waits())).await, [Some(Index(4)), Some(Index(5)), None, Some(Index(6))]);
    let waiting = |index: u64| format!("index={index}&wait=9000ms");
    let expected = [String::new(), waiting(4), waiting(4), waiting(4), waiting(5), waiting(5), waiting(6)];
    assert_eq!(script.queries(), expected);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_while_the_agent_is_away() {
    let script = Script::new((0..8).map(|_| Says::Refused));
    assert_eq!(items(script.watch(&waits())).await, vec![None; 8]);
    let times = script.times();
    let pauses: Vec<u128> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] >= 1_000 && pauses[7] >= 30_000 && pauses[7] <= 60_000, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn t05_what_has_no_index_is_read_again_in_a_while() {
    let script = Script::new([Says::At(0, None, vec![]), Says::At(0, None, vec![]), Says::At(0, Some(3), vec![])]);
    assert_eq!(items(script.watch(&waits())).await, [None, None, Some(Index(3))]);
    assert_eq!(script.times()[..3], [0, 5_000, 10_000]);
    assert_eq!(script.queries()[..3], ["", "", ""]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_can_begin_after_an_index() {
    let script = Script::new([at(6), at(6), at(8)]);
    let options = ReadOptions::new().waiting(Index(6), Duration::from_secs(9));
    assert_eq!(items(script.watch(&options)).await, [Some(Index(8))]);
    assert_eq!(script.queries()[0], "index=6&wait=9000ms");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_an_item_is_wanted_nor_after_it_is_dropped() {
    let script = Script::new([at(1), at(2)]);
    let mut watch = script.watch(&waits());
    sleep(Duration::from_secs(60)).await;
    assert!(script.queries().is_empty());
    watch.next().await.unwrap().unwrap();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(script.queries().len(), 1);
    // A query that is under way goes on where the next item is wanted again.
    assert!(tokio::time::timeout(Duration::from_secs(3), watch.next()).await.is_err());
    assert_eq!(watch.next().await.unwrap().unwrap().meta.index, Some(Index(2)));
    assert_eq!(script.queries().len(), 2);
    drop(watch);
    assert_eq!(Arc::strong_count(&script.asked), 1, "nothing is left behind");
}

#[tokio::test(start_paused = true)]
async fn a_view_says_what_changed_and_keeps_the_rest() {
    let list = |index, names: &[&'static str]| Says::At(1, Some(index), names.to_vec());
    let script = Script::new([
        list(1, &["a=1", "b=1"]),
        list(2, &["a=1", "b=1"]),
        list(3, &["b=2", "c=1"]),
        Says::Refused,
        list(4, &[]),
    ]);
    let mut view = script.watch(&waits()).keyed(|entry| entry[..1].to_owned());
    let first = view.next().await.unwrap().unwrap();
    assert_eq!(first.changes.len(), 2);
    assert!(first.changes.iter().all(|change| matches!(change, Change::Added { .. })));
    let second = view.next().await.unwrap().unwrap();
    assert_eq!(second.meta.index, Some(Index(3)), "an answer without a difference is no update");
    let expected = [
        Change::Removed { key: "a".to_owned(), old: "a=1" },
        Change::Changed { key: "b".to_owned(), old: "b=1", new: "b=2" },
        Change::Added { key: "c".to_owned(), value: "c=1" },
    ];
    assert_eq!(second.changes, expected);
    view.next().await.unwrap().unwrap_err();
    assert_eq!(view.current().keys().collect::<Vec<_>>(), ["b", "c"], "an error changes nothing");
    assert_eq!(view.next().await.unwrap().unwrap().changes.len(), 2);
    assert!(view.current().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_is_an_update_when_it_is_the_first() {
    let script = Script::new([Says::At(1, Some(1), vec![]), Says::At(1, Some(2), vec![])]);
    let view = script.watch(&waits()).keyed(|entry| (*entry).to_owned());
    let updates: Vec<_> = view.filter_map(async |item| item.ok()).collect().await;
    assert_eq!(updates.len(), 1);
}

#[test]
fn a_watch_crosses_threads() {
    fn check<T: Send + Unpin + 'static>(_: &T) {}
    let watch = Script::default().watch(&waits());
    check(&watch);
    check(&watch.map_value(|list| list).keyed(|entry| entry.len()));
    assert_eq!(Mark::from(Index(0)), Mark::from(Index(1)));
}
