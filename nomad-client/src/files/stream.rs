//! A stream of file contents.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};

use super::frames::{Deframer, FileEvent, Frame, Unframed};
use crate::client::Client;
use crate::error::{DecodeError, Error, Result};
use crate::said;
use crate::transport::Request;

/// The server says that it is alive every second.
const SILENCE: Duration = Duration::from_secs(30);

/// A piece of a file, or something that happened to it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Chunk {
    /// The file, from the directory of the allocation on.
    pub file: String,
    /// Where in the file the piece begins.
    pub offset: u64,
    /// The piece.
    pub data: Bytes,
    /// What happened to the file, if this is no piece of it.
    pub event: Option<FileEvent>,
}

impl Chunk {
    /// Where in the file the next piece begins: what to ask for to go on from here.
    pub fn end(&self) -> u64 {
        self.offset + self.data.len() as u64
    }
}

/// A stream of [`Chunk`]s, made by [`Files::stream`](super::Files::stream). The first error is its last item.
#[must_use = "nothing is read before it is asked for"]
pub struct FileStream {
    inner: BoxStream<'static, Result<Pulse>>,
}

/// What came: a piece, or the sign that there is none at the moment.
pub(crate) enum Pulse {
    Chunk(Chunk),
    Quiet,
}

impl std::fmt::Debug for FileStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStream").finish_non_exhaustive()
    }
}

impl FileStream {
    /// The next piece; none once the stream has ended.
    pub async fn next(&mut self) -> Option<Result<Chunk>> {
        poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// The next piece, or the sign that there is none at the moment.
    pub(crate) async fn pulse(&mut self) -> Option<Result<Pulse>> {
        self.inner.next().await
    }
}

impl Stream for FileStream {
    type Item = Result<Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match std::task::ready!(self.inner.poll_next_unpin(context)) {
                Some(Ok(Pulse::Quiet)) => continue,
                Some(Ok(Pulse::Chunk(chunk))) => Poll::Ready(Some(Ok(chunk))),
                Some(Err(error)) => Poll::Ready(Some(Err(error))),
                None => Poll::Ready(None),
            };
        }
    }
}

/// Opens a stream of frames. `offset` is where the first file begins.
pub(crate) async fn open(client: &Client, request: Request, offset: u64) -> Result<FileStream> {
    let request = request.timeout(Some(SILENCE));
    let opened = client.open(request.clone()).await?;
    let reader = Reader {
        chunks: Some(opened.chunks().boxed()),
        deframer: Deframer::default(),
        place: Place { file: None, offset },
        ready: VecDeque::new(),
        broken: None,
        request,
    };
    let inner = stream::unfold(reader, |mut reader| async move { reader.next().await.map(|item| (item, reader)) });
    Ok(FileStream { inner: inner.fuse().boxed() })
}

struct Reader {
    /// None once the answer has ended.
    chunks: Option<BoxStream<'static, Result<Bytes>>>,
    deframer: Deframer,
    place: Place,
    ready: VecDeque<Pulse>,
    /// Why there is no frame after those.
    broken: Option<Unframed>,
    request: Request,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Pulse>> {
        loop {
            if let Some(pulse) = self.ready.pop_front() {
                return Some(Ok(pulse));
            }
            if let Some(unframed) = self.broken.take() {
                return Some(Err(self.failed(unframed).await));
            }
            let chunks = self.chunks.as_mut()?;
            match chunks.next().await {
                Some(Ok(bytes)) => {
                    self.deframer.push(&bytes);
                    self.broken = self.take().err();
                }
                Some(Err(error)) => {
                    self.chunks = None;
                    return Some(Err(error));
                }
                None => self.chunks = None,
            }
        }
    }

    fn take(&mut self) -> Result<(), Unframed> {
        while let Some(frame) = self.deframer.next()? {
            self.ready.push_back(self.place.pulse(frame));
        }
        Ok(())
    }

    /// Reads the server's last words to their end.
    async fn failed(&mut self, unframed: Unframed) -> Error {
        let mut chunks = self.chunks.take();
        if unframed == Unframed::Malformed {
            return Error::Decode(Box::new(DecodeError {
                method: self.request.method,
                path: self.request.path.as_str().to_owned(),
                status: 200,
                content_type: "a stream of frames".to_owned(),
                problem: "it is no frame of a file",
                line: 1,
                column: 1,
            }));
        }
        let mut text = self.deframer.rest().to_vec();
        while let Some(Ok(bytes)) = match &mut chunks {
            Some(chunks) if text.len() < 4096 => chunks.next().await,
            _ => None,
        } {
            text.extend_from_slice(&bytes);
        }
        said::error(&self.request, &text)
    }
}

/// Where in which file the next piece begins, counted by what came: the offsets of frames say it only roughly.
#[derive(Debug)]
struct Place {
    file: Option<String>,
    offset: u64,
}

impl Place {
    fn pulse(&mut self, frame: Frame) -> Pulse {
        if frame.is_heartbeat() {
            return Pulse::Quiet;
        }
        if let Some(file) = frame.file.filter(|file| !file.is_empty()) {
            // The first file begins where it was asked for, any other at its beginning.
            if self.file.as_ref().is_some_and(|before| *before != file) {
                self.offset = 0;
            }
            self.file = Some(file);
        }
        if frame.file_event == Some(FileEvent::Truncated) {
            self.offset = 0;
        }
        let data = frame.data.unwrap_or_default();
        let chunk =
            Chunk { file: self.file.clone().unwrap_or_default(), offset: self.offset, event: frame.file_event, data };
        self.offset = chunk.end();
        Pulse::Chunk(chunk)
    }
}
