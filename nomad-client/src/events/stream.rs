//! The connection behind a stream of events: made, watched, and made again.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep, timeout};

use super::history::History;
use super::types::{Batch, Topic};
use super::{Happening, Start, StreamOptions};
use crate::client::Client;
use crate::error::{DecodeError, Error, Result};
use crate::meta::{Index, Meta};
use crate::patience::Patience;
use crate::reason::Reason;
use crate::said;
use crate::transport::Request;

/// The server says that it is alive every 30 seconds; twice missed and a half is dead.
const SILENCE: Duration = Duration::from_secs(75);

/// The first sign of life comes at once. A server that knows nothing of the token takes half a minute to close.
const FIRST: Duration = Duration::from_secs(10);

/// After this long the server no longer repeats anything old.
const SETTLED: Duration = Duration::from_secs(5);

/// The pause after the server has closed a stream that worked.
const CLOSED: Duration = Duration::from_secs(1);

/// Longest line that is taken: one change with all its objects.
const LONGEST: usize = 64 * 1024 * 1024;

/// A stream of what happens. It ends with its first error.
#[must_use = "nothing is read before it is asked for"]
pub struct EventStream {
    inner: BoxStream<'static, Result<Happening>>,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl Stream for EventStream {
    type Item = Result<Happening>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.poll_next_unpin(context)
    }
}

impl EventStream {
    pub(super) fn new(client: Client, options: StreamOptions) -> Self {
        let watcher = Watcher {
            client,
            patience: Patience::new(options.patience),
            options,
            history: None,
            connection: None,
            tried: false,
            ready: VecDeque::new(),
            over: false,
        };
        let next = |mut watcher: Watcher| async move { watcher.next().await.map(|item| (item, watcher)) };
        Self { inner: stream::unfold(watcher, next).fuse().boxed() }
    }

    /// What happened next; none after an error.
    pub async fn next(&mut self) -> Option<Result<Happening>> {
        poll_fn(|context| self.poll_next_unpin(context)).await
    }
}

struct Connection {
    lines: BoxStream<'static, Result<Bytes>>,
    since: Instant,
    request: Request,
}

struct Watcher {
    client: Client,
    options: StreamOptions,
    /// None until the beginning is known.
    history: Option<History>,
    connection: Option<Connection>,
    /// Whether a connection was tried since the beginning is known: from then on time passes unseen.
    tried: bool,
    ready: VecDeque<Happening>,
    patience: Patience,
    over: bool,
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<Happening>> {
        loop {
            if let Some(happening) = self.ready.pop_front() {
                return Some(Ok(happening));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.step().await {
                self.connection = None;
                let Some(pause) = self.patience.pause(&error) else {
                    self.over = true;
                    return Some(Err(error));
                };
                tracing::debug!(%error, ?pause, "the stream of events will be opened again");
                sleep(pause).await;
            }
        }
    }

    async fn step(&mut self) -> Result<()> {
        let Some(history) = &mut self.history else {
            self.history = Some(self.beginning().await?);
            return Ok(());
        };
        let Some(connection) = &mut self.connection else {
            if std::mem::replace(&mut self.tried, true) {
                history.reconnected();
            }
            let request = request(&self.options, history.at())?;
            self.connection = Some(connect(&self.client, request).await?);
            self.patience.calm();
            return Ok(());
        };
        if let Some(batch) = read(connection).await? {
            self.patience.calm();
            let settled = connection.since.elapsed() > SETTLED;
            let events = batch.events.into_iter();
            self.ready.extend(events.flat_map(|event| history.take(event, settled)).flatten());
        } else {
            // The server goes, changed what the token may do, or could not wait for a slow reader.
            self.connection = None;
            sleep(CLOSED).await;
        }
        Ok(())
    }

    async fn beginning(&mut self) -> Result<History> {
        Ok(match self.options.start {
            Start::Now => History::after(now(&self.client, &self.options).await?, false),
            Start::Oldest => History::whole(),
            Start::AfterList(index) => History::after(index, false),
            Start::AfterEvent(index) => History::after(index, true),
            Start::At(index) => History::from(index),
        })
    }
}

fn request(options: &StreamOptions, at: Index) -> Result<Request> {
    let request = Request::get("/v1/event/stream", [])?.query("index", at.0.to_string());
    options.apply(request)
}

/// Subscribes, and waits until the server has shown that it takes the subscription.
async fn connect(client: &Client, request: Request) -> Result<Connection> {
    let request = request.timeout(Some(SILENCE));
    let opened = client.open(request.clone()).await.map_err(named)?;
    let mut lines = opened.chunks().lines(LONGEST).boxed();
    let since = Instant::now();
    match timeout(FIRST, lines.next()).await {
        Ok(Some(line)) => {
            // The first line is empty on every version; should another come first, it is not lost.
            let line = line?;
            let lines = stream::iter([Ok(line)]).chain(lines).boxed();
            Ok(Connection { lines, since, request })
        }
        Ok(None) | Err(_) => Err(rejected(client, &request).await),
    }
}

/// Servers write their success before they look at the token, and then just close. What tells the truth is asked why.
async fn rejected(client: &Client, request: &Request) -> Error {
    let asked = match Request::get("/v1/acl/token/self", []) {
        Ok(question) => client.send(question).await.map(drop),
        Err(error) => Err(error),
    };
    let (text, reason) = match asked {
        Ok(()) => ("the token lacks a permission for these topics", Reason::PermissionDenied),
        Err(error) if error.reason() == Some(&Reason::AclDisabled) => {
            ("the stream was closed at once", Reason::Unavailable)
        }
        Err(error) => return error,
    };
    said::with_reason(request, text.to_owned(), reason)
}

/// Two versions answer with an HTTP version that does not exist, which no client reads.
fn named(error: Error) -> Error {
    let Error::Transport(broken) = &error else { return error };
    if !broken.detail.contains("HTTP version") {
        return error;
    }
    Error::Decode(Box::new(DecodeError {
        method: broken.method,
        path: broken.path.clone(),
        status: 200,
        content_type: "HTTP/0.0".to_owned(),
        problem: "Nomad 1.11.2 and 1.10.8 stream events in an HTTP version that does not exist; 1.11.3 does not",
        line: 1,
        column: 1,
    }))
}

/// The next batch; none when the connection is closed, be it in the middle of a line.
async fn read(connection: &mut Connection) -> Result<Option<Batch>> {
    let Some(line) = connection.lines.next().await.transpose()? else { return Ok(None) };
    match decode(&connection.request, &line) {
        Ok(batch) => Ok(Some(batch)),
        Err(error) => match connection.lines.next().await {
            None | Some(Err(_)) => Ok(None),
            Some(Ok(_)) => Err(error),
        },
    }
}

fn decode(request: &Request, line: &Bytes) -> Result<Batch> {
    let batch = serde_json::from_slice(line).map_err(|error| {
        Error::Decode(Box::new(DecodeError {
            method: request.method,
            path: request.path.as_str().to_owned(),
            status: 200,
            content_type: "a stream of events".to_owned(),
            problem: "a line is no event",
            line: 1,
            column: error.column(),
        }))
    })?;
    #[cfg(feature = "lossless")]
    crate::lossless::look(request.method, request.path.route(), line, &batch);
    Ok(batch)
}

/// The index of the newest change of what the topics are about. All that is older has a lower one, all that is newer a
/// higher one.
async fn now(client: &Client, options: &StreamOptions) -> Result<Index> {
    let topics: Vec<&Topic> = options.topics.iter().map(|(topic, _)| topic).collect();
    let mut routes: Vec<(&'static str, Option<&str>)> =
        topics.iter().flat_map(|topic| tables(topic)).copied().collect();
    if routes.is_empty() {
        routes = tables(&Topic::All).to_vec();
    }
    let (mut newest, mut refused) = (None, None);
    for (route, kind) in routes {
        let mut request = Request::get(route, [])?.query("per_page", "1");
        if let Some(kind) = kind {
            request = request.query("type", kind);
        }
        match client.send(request).await {
            Ok(reply) => newest = newest.max(Meta::of(&reply.headers).index),
            Err(error) if error.is_denied() => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    match (newest, refused) {
        (None, Some(error)) => Err(error),
        (newest, _) => Ok(newest.unwrap_or_default()),
    }
}

/// The lists of what a topic is about.
fn tables(topic: &Topic) -> &'static [(&'static str, Option<&'static str>)] {
    match topic {
        Topic::AclToken => &[("/v1/acl/tokens", None)],
        Topic::AclPolicy => &[("/v1/acl/policies", None)],
        Topic::AclRole => &[("/v1/acl/roles", None)],
        Topic::AclAuthMethod => &[("/v1/acl/auth-methods", None)],
        Topic::AclBindingRule => &[("/v1/acl/binding-rules", None)],
        Topic::Allocation => &[("/v1/allocations", None)],
        Topic::CsiPlugin => &[("/v1/plugins", Some("csi"))],
        Topic::CsiVolume => &[("/v1/volumes", Some("csi"))],
        Topic::Deployment => &[("/v1/deployments", None)],
        Topic::Evaluation => &[("/v1/evaluations", None)],
        Topic::HostVolume => &[("/v1/volumes", Some("host"))],
        Topic::Job => &[("/v1/jobs", None)],
        Topic::Node => &[("/v1/nodes", None)],
        Topic::NodePool => &[("/v1/node/pools", None)],
        Topic::Operator => &[("/v1/operator/scheduler/configuration", None)],
        Topic::Service => &[("/v1/services", None)],
        Topic::Variable => &[("/v1/vars", None)],
        Topic::All | Topic::Other(_) => &[
            ("/v1/jobs", None),
            ("/v1/evaluations", None),
            ("/v1/allocations", None),
            ("/v1/deployments", None),
            ("/v1/nodes", None),
            ("/v1/services", None),
        ],
    }
}
