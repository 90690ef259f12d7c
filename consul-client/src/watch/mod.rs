//! Reads that go on: each answer that brings something new, as a stream.
//!
//! A [`Watch`] is a chain of blocking queries. It does nothing until it is asked for its next item, starts no task, and
//! dropping it ends the query that is under way (the server notices only when the query's time is over, so a watch made
//! anew every few seconds is a burden to it). Each watch keeps one connection busy.
//!
//! What it takes care of: an index that goes backwards (the state is read anew), an index of zero, a missing index (the
//! state is then read every few seconds), answers without a change (they are left out), a connection that somebody on
//! the way cuts (the query is taken up at the same index), errors (they are items; the watch goes on after a pause that
//! grows), and changes in quick succession (after two of them the next is asked for half a second later).

mod cursor;
mod pace;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use self::cursor::{Cursor, Step};
use self::pace::Pace;
pub use self::view::{Change, Update, View};
use crate::error::{Error, Result, TransportKind};
use crate::meta::Answer;
use crate::options::ReadOptions;

/// How long each query waits unless told otherwise: less than what proxies and firewalls take for a dead connection.
const WAIT: Duration = Duration::from_secs(50);

/// A connection that ends sooner than this was refused rather than cut.
const CUT: Duration = Duration::from_secs(1);

/// The states of something, one after the other.
///
/// The first item is the present state (or, with [`ReadOptions::waiting`], the first one after that index). An error is
/// an item too and says nothing about the state; the watch goes on, and ends only when the call itself is impossible.
pub struct Watch<T>(BoxStream<'static, Result<Answer<T>>>);

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl<T> Stream for Watch<T> {
    type Item = Result<Answer<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T: Send + 'static> Watch<T> {
    /// Watches anything that can be read with [`ReadOptions`]: `read` gets `subject` and the options of each query.
    pub fn new<S, F>(subject: S, options: &ReadOptions, read: F) -> Self
    where
        S: Send + Sync + 'static,
        F: for<'a> Fn(&'a S, ReadOptions) -> BoxFuture<'a, Result<Answer<T>>> + Send + Sync + 'static,
    {
        let (options, from, wait) = options.clone().into_watched();
        let rounds = Rounds {
            subject,
            read,
            options,
            wait: wait.unwrap_or(WAIT),
            cursor: Cursor::new(from),
            pace: Pace::new(Instant::now()),
            over: false,
        };
        let items = stream::unfold(rounds, |mut rounds| async move { rounds.next().await.map(|item| (item, rounds)) });
        Self(items.boxed())
    }

    /// The same watch with other values.
    #[must_use]
    pub fn map_value<U: Send + 'static>(self, mut change: impl FnMut(T) -> U + Send + 'static) -> Watch<U> {
        Watch(self.0.map(move |item| item.map(|answer| answer.map(&mut change))).boxed())
    }
}

impl<V: Clone + PartialEq + Send + 'static> Watch<Vec<V>> {
    /// What was added, changed and removed between the states of a list, whose items `key` tells apart.
    pub fn keyed<K: Clone + Ord + Send + 'static>(self, key: impl Fn(&V) -> K + Send + 'static) -> View<K, V> {
        View::new(self, key)
    }
}

struct Rounds<S, F> {
    subject: S,
    read: F,
    options: ReadOptions,
    wait: Duration,
    cursor: Cursor,
    pace: Pace,
    over: bool,
}

impl<S, F> Rounds<S, F> {
    /// The next item; queries without news go by unseen.
    async fn next<T>(&mut self) -> Option<Result<Answer<T>>>
    where
        F: for<'a> Fn(&'a S, ReadOptions) -> BoxFuture<'a, Result<Answer<T>>>,
    {
        while !self.over {
            sleep_until(self.pace.next(Instant::now())).await;
            let started = Instant::now();
            let at = self.cursor.at().cloned();
            let blocking = at.is_some();
            match (self.read)(&self.subject, self.options.clone().at(at, self.wait)).await {
                Ok(answer) => {
                    self.pace.succeeded();
                    let step = self.cursor.answered(answer.meta.mark());
                    if step == Step::Poll {
                        self.pace.poll(Instant::now());
                    }
                    if step != Step::Skip {
                        return Some(Ok(answer));
                    }
                }
                Err(error) if blocking && was_cut(&error) && started.elapsed() >= CUT => {}
                Err(error) => {
                    // What cannot be sent now can never be.
                    self.over = matches!(error, Error::Request(_));
                    self.pace.failed(Instant::now(), retry_after(&error));
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// The server, or somebody on the way, has closed the connection while the query waited.
fn was_cut(error: &Error) -> bool {
    let kind = if let Error::Transport(error) = error { Some(error.kind()) } else { None };
    matches!(kind, Some(TransportKind::Broken | TransportKind::Truncated))
}

fn retry_after(error: &Error) -> Option<Duration> {
    if let Error::Api(error) = error { error.retry_after() } else { None }
}
