//! What a task writes, from beginning to end.
//!
//! The node cuts a task's output into files of a limited size, numbers them upwards and throws the oldest away. Its own
//! way to follow them loses the last bytes of a file now and then, cannot go on where it was, and never ends. So the
//! files are read one after the other here, each from a place that is known exactly.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::sleep;

use super::{LogKind, TaskPhase};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::files::{FileEvent, FileStream, Pulse, StreamOptions};
use crate::patience::{self, Patience};
use crate::reason::Reason;

/// How often it is looked whether the task has begun.
const BEGIN: Duration = Duration::from_secs(1);

/// So often in a row must all be read after the end of a task: its last words come a moment later.
const LOOKS: u32 = 2;

/// So long is waited for bytes that are there but do not come, in seconds.
const STALLED: u32 = 5;

/// A place in what a task writes: everything before it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct LogCursor {
    /// The number of the file.
    pub file: u64,
    /// The bytes before it in that file.
    pub offset: u64,
}

impl LogCursor {
    /// The place after this many bytes of the file of this number.
    pub fn new(file: u64, offset: u64) -> Self {
        Self { file, offset }
    }
}

/// Where to begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogStart {
    /// At the oldest byte that is kept.
    #[default]
    Oldest,
    /// So many bytes before the end.
    Tail(u64),
    /// Where another stream was.
    At(LogCursor),
}

/// Options of [`Allocations::follow_logs_with`](super::Allocations::follow_logs_with).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FollowOptions {
    start: LogStart,
    patience: Duration,
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self { start: LogStart::default(), patience: patience::USUAL }
    }
}

impl FollowOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins there instead of at the oldest byte that is kept.
    #[must_use]
    pub fn from(mut self, start: LogStart) -> Self {
        self.start = start;
        self
    }

    /// How long the node may be out of reach before the stream ends with an error; 5 minutes unless set.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// What comes out of a [`LogFollow`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEvent {
    /// What the task wrote next.
    Data {
        /// The bytes; a line may be cut anywhere.
        data: Bytes,
        /// The place behind them.
        next: LogCursor,
    },
    /// The node threw away what was not read yet.
    Lost {
        /// What was to be read next.
        from: LogCursor,
        /// What is read next instead.
        to: LogCursor,
    },
}

/// A line of what a task writes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// The line without its end.
    pub text: Bytes,
    /// The place behind it.
    pub next: LogCursor,
}

/// A stream of what a task writes, which ends with the task. An error is its last item.
#[must_use = "nothing is read before it is asked for"]
pub struct LogFollow {
    inner: BoxStream<'static, Result<LogEvent>>,
}

impl std::fmt::Debug for LogFollow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogFollow").finish_non_exhaustive()
    }
}

impl Stream for LogFollow {
    type Item = Result<LogEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.poll_next_unpin(context)
    }
}

impl LogFollow {
    pub(super) fn new(client: Client, id: &str, task: &str, kind: LogKind, options: &FollowOptions) -> Self {
        let follower = Follower {
            client,
            id: id.to_owned(),
            task: task.to_owned(),
            kind,
            place: options.start.into(),
            stream: None,
            quiet: 0,
            stalled: 0,
            ended: 0,
            patience: Patience::new(options.patience),
            over: false,
        };
        let next = |mut follower: Follower| async move { follower.next().await.map(|item| (item, follower)) };
        Self { inner: stream::unfold(follower, next).fuse().boxed() }
    }

    /// What the task wrote next; none once it has ended.
    pub async fn next(&mut self) -> Option<Result<LogEvent>> {
        poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// Line by line, also where a line begins in one file and ends in the next. A line of more than `limit` bytes is
    /// cut; what was lost leaves no trace but the end of the line before.
    pub fn lines(self, limit: usize) -> impl Stream<Item = Result<LogLine>> + Send + use<> {
        let lines = Lines { follow: self, buffer: BytesMut::new(), next: LogCursor::default(), limit: limit.max(1) };
        stream::unfold(lines, |mut lines| async move { lines.next().await.map(|line| (line, lines)) }).fuse()
    }
}

/// Where it is.
#[derive(Clone, Copy, Debug)]
enum Place {
    Oldest,
    Tail(u64),
    At(LogCursor),
}

impl From<LogStart> for Place {
    fn from(start: LogStart) -> Self {
        match start {
            LogStart::Oldest => Self::Oldest,
            LogStart::Tail(bytes) => Self::Tail(bytes),
            LogStart::At(cursor) => Self::At(cursor),
        }
    }
}

struct Follower {
    client: Client,
    id: String,
    task: String,
    kind: LogKind,
    place: Place,
    stream: Option<FileStream>,
    /// How many signs of life came since the last bytes, one each second.
    quiet: u32,
    /// For how long bytes that are there did not come.
    stalled: u32,
    /// How often in a row the task had ended and everything was read.
    ended: u32,
    patience: Patience,
    over: bool,
}

/// The files that are kept: number and size.
type Kept = BTreeMap<u64, u64>;

impl Follower {
    async fn next(&mut self) -> Option<Result<LogEvent>> {
        while !self.over {
            match self.step().await {
                Ok(Some(event)) => return Some(Ok(event)),
                Ok(None) => {}
                Err(error) => {
                    self.stream = None;
                    let Some(pause) = self.patience.pause(&error) else {
                        self.over = true;
                        return Some(Err(error));
                    };
                    sleep(pause).await;
                }
            }
        }
        None
    }

    async fn step(&mut self) -> Result<Option<LogEvent>> {
        let (Place::At(cursor), Some(stream)) = (self.place, &mut self.stream) else { return self.begin().await };
        match stream.pulse().await {
            Some(Ok(Pulse::Chunk(chunk))) => {
                self.patience.calm();
                (self.quiet, self.stalled, self.ended) = (0, 0, 0);
                if chunk.event == Some(FileEvent::Deleted) {
                    self.stream = None;
                    return self.look(cursor).await;
                }
                let next = LogCursor { offset: chunk.end(), ..cursor };
                self.place = Place::At(next);
                Ok((!chunk.data.is_empty()).then_some(LogEvent::Data { data: chunk.data, next }))
            }
            Some(Ok(Pulse::Quiet)) => {
                self.quiet += 1;
                // A task that says nothing for long is not looked after every second.
                if self.quiet > 5 && !self.quiet.is_multiple_of(5) && self.ended == 0 {
                    return Ok(None);
                }
                self.look(cursor).await
            }
            Some(Err(error)) => Err(error),
            // The agent ends, or the file is gone.
            None => {
                self.stream = None;
                sleep(BEGIN).await;
                self.look(cursor).await
            }
        }
    }

    /// Opens the file to be read, once there is one.
    async fn begin(&mut self) -> Result<Option<LogEvent>> {
        let cursor = match self.place {
            Place::At(cursor) => cursor,
            start => {
                let Some(cursor) = first(&self.kept().await?, start) else {
                    if self.has_ended().await? {
                        self.over = true;
                    } else {
                        sleep(BEGIN).await;
                    }
                    return Ok(None);
                };
                self.place = Place::At(cursor);
                cursor
            }
        };
        let path = format!("alloc/logs/{}.{}.{}", self.task, self.kind.as_str(), cursor.file);
        let options = StreamOptions::new().from(super::Origin::Start, cursor.offset);
        match self.client.files().stream_with(&self.id, &path, &options).await {
            Ok(stream) => {
                self.stream = Some(stream);
                self.stalled = 0;
                Ok(None)
            }
            Err(error) if error.is_not_found() => {
                sleep(BEGIN).await;
                self.look(cursor).await
            }
            Err(error) => Err(error),
        }
    }

    /// Nothing comes at the moment: there may be a next file, or an end.
    async fn look(&mut self, cursor: LogCursor) -> Result<Option<LogEvent>> {
        let kept = self.kept().await?;
        self.patience.calm();
        match after(&kept, cursor) {
            Next::Here => {
                self.stalled += 1;
                if self.stalled >= STALLED {
                    self.stream = None;
                }
                Ok(None)
            }
            Next::File(to) => {
                self.stream = None;
                self.place = Place::At(to);
                (self.stalled, self.ended) = (0, 0);
                Ok(None)
            }
            Next::Lost(to) => {
                self.stream = None;
                self.place = Place::At(to);
                (self.stalled, self.ended) = (0, 0);
                Ok(Some(LogEvent::Lost { from: cursor, to }))
            }
            Next::Nothing => {
                self.stalled = 0;
                self.ended = if self.has_ended().await? { self.ended + 1 } else { 0 };
                self.over = self.ended >= LOOKS;
                if !self.over && self.stream.is_none() && self.ended > 0 {
                    sleep(BEGIN).await;
                }
                Ok(None)
            }
        }
    }

    /// The task's files; none where there is no directory for them yet, or no longer.
    async fn kept(&mut self) -> Result<Kept> {
        let files = match self.client.files().list(&self.id, "alloc/logs").await {
            Err(error) if error.is_not_found() => return Ok(Kept::new()),
            files => files?,
        };
        let prefix = format!("{}.{}.", self.task, self.kind.as_str());
        let number = |name: &str| name.strip_prefix(&prefix)?.parse().ok();
        Ok(files.iter().filter_map(|file| Some((number(&file.name)?, file.size))).collect())
    }

    /// Whether the task writes no more. One that is not known is no task at all.
    async fn has_ended(&mut self) -> Result<bool> {
        let allocation = match self.client.allocations().read(&self.id).await {
            // It was known when its files were read; one that never was is an error.
            Err(error) if error.is_not_found() && matches!(self.place, Place::At(_)) => return Ok(true),
            allocation => allocation?,
        };
        let dead = allocation.task_states.get(&self.task).is_some_and(|task| task.state == TaskPhase::Dead);
        let known = allocation.job.is_none_or(|job| {
            let group = job.task_groups.iter().find(|group| group.name.as_deref() == Some(&allocation.task_group));
            group.is_none_or(|group| group.tasks.iter().any(|task| task.name == self.task))
        });
        if !known {
            return Err(self.unknown_task());
        }
        Ok(dead || allocation.client_status.is_terminal())
    }

    fn unknown_task(&self) -> Error {
        match crate::transport::Request::get("/v1/client/fs/ls/:id", [&self.id]) {
            Ok(request) => {
                let text = format!("unknown task name \"{}\"", self.task);
                crate::said::with_reason(&request, text, Reason::NotFound)
            }
            Err(error) => error,
        }
    }
}

/// Where to begin in these files; none while there are none.
fn first(kept: &Kept, start: Place) -> Option<LogCursor> {
    match start {
        Place::At(cursor) => Some(cursor),
        Place::Oldest => kept.keys().next().map(|file| LogCursor::new(*file, 0)),
        Place::Tail(mut bytes) => {
            let mut cursor = None;
            for (file, size) in kept.iter().rev() {
                cursor = Some(LogCursor::new(*file, size.saturating_sub(bytes)));
                bytes = bytes.saturating_sub(*size);
                if bytes == 0 {
                    break;
                }
            }
            cursor
        }
    }
}

/// What is to be read next.
#[derive(Debug, PartialEq)]
enum Next {
    /// More of this file.
    Here,
    /// All of this file was read, and there is another.
    File(LogCursor),
    /// Something is gone.
    Lost(LogCursor),
    /// Everything was read.
    Nothing,
}

fn after(kept: &Kept, cursor: LogCursor) -> Next {
    let later = kept.range(cursor.file + 1..).next().map(|(file, _)| LogCursor::new(*file, 0));
    match (kept.get(&cursor.file), later) {
        (Some(size), _) if cursor.offset < *size => Next::Here,
        // A file that is not the last is no longer written to.
        (Some(_), Some(later)) if later.file == cursor.file + 1 => Next::File(later),
        (_, Some(later)) => Next::Lost(later),
        (_, None) => Next::Nothing,
    }
}

struct Lines {
    follow: LogFollow,
    buffer: BytesMut,
    /// The place behind the buffer.
    next: LogCursor,
    limit: usize,
}

impl Lines {
    async fn next(&mut self) -> Option<Result<LogLine>> {
        loop {
            if let Some(line) = self.split() {
                return Some(Ok(line));
            }
            match self.follow.next().await {
                Some(Ok(LogEvent::Data { data, next })) => {
                    self.buffer.extend_from_slice(&data);
                    self.next = next;
                }
                Some(Ok(LogEvent::Lost { to, .. })) => {
                    let line = self.rest();
                    self.next = to;
                    if let Some(line) = line {
                        return Some(Ok(line));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                None => return self.rest().map(Ok),
            }
        }
    }

    fn split(&mut self) -> Option<LogLine> {
        let (length, end) = match self.buffer.iter().take(self.limit).position(|byte| *byte == b'\n') {
            Some(length) => (length, length + 1),
            None if self.buffer.len() >= self.limit => (self.limit, self.limit),
            None => return None,
        };
        let mut text = self.buffer.split_to(end);
        text.truncate(length);
        if text.last() == Some(&b'\r') {
            text.truncate(length - 1);
        }
        // What is left came last, so it lies in the file in which the stream is.
        let offset = self.next.offset.saturating_sub(self.buffer.len() as u64);
        Some(LogLine { text: text.freeze(), next: LogCursor { offset, ..self.next } })
    }

    fn rest(&mut self) -> Option<LogLine> {
        let text = self.buffer.split().freeze();
        (!text.is_empty()).then_some(LogLine { text, next: self.next })
    }
}

#[cfg(test)]
mod tests;
