//! Answers that are read while they come.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use reqwest::header::HeaderMap;
use tokio::time::timeout;

use super::Origin;
use crate::error::Result;

/// An answer of which the body is still to come.
pub(crate) struct Opened {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
    pub(super) origin: Origin,
    /// How long it may say nothing before it counts as hung.
    pub(super) silence: Duration,
}

/// Where the body comes from.
pub(crate) enum Content {
    /// It was read already.
    Whole(Bytes),
    /// The connection, which is closed when this is dropped.
    Flowing(reqwest::Response),
}

/// It may hold secrets, so it is never printed.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(body) => write!(f, "{} bytes", body.len()),
            Self::Flowing(_) => f.write_str("a stream"),
        }
    }
}

/// Without the headers, which may hold secrets.
impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.header("content-type");
        f.debug_struct("Opened").field("status", &self.status).field("type", &kind).finish_non_exhaustive()
    }
}

impl Opened {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body. The first error is its last item.
    pub(crate) fn chunks(self) -> Chunks {
        let Self { content, origin, silence, .. } = self;
        let inner = match content {
            Content::Whole(body) => stream::iter((!body.is_empty()).then_some(Ok(body))).boxed(),
            Content::Flowing(response) => flowing(response, origin.clone(), silence).boxed(),
        };
        Chunks { inner, origin }
    }
}

fn flowing(
    response: reqwest::Response,
    origin: Origin,
    silence: Duration,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold(Some((response, origin)), move |open| async move {
        let (mut response, origin) = open?;
        match timeout(silence, response.chunk()).await {
            Ok(Ok(Some(chunk))) => Some((Ok(chunk), Some((response, origin)))),
            Ok(Ok(None)) => None,
            Ok(Err(error)) => Some((Err(origin.truncated(error)), None)),
            Err(_) => Some((Err(origin.fell_silent(silence)), None)),
        }
    })
}

/// The pieces of a body as they come; dropping it closes the connection.
pub(crate) struct Chunks {
    inner: BoxStream<'static, Result<Bytes>>,
    origin: Origin,
}

impl std::fmt::Debug for Chunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.poll_next_unpin(context)
    }
}

impl Chunks {
    /// A body that comes in these pieces.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of(pieces: Vec<Vec<u8>>) -> Result<Self> {
        let origin = Origin::new(&super::Request::get("/v1/a", [])?, "http://a");
        let inner = stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece)))).boxed();
        Ok(Self { inner, origin })
    }

    /// The lines of the body, without their ends. A line of more than `limit` bytes is an error, which ends the stream;
    /// a last line without an end counts as one.
    pub(crate) fn lines(self, limit: usize) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let lines = Lines { chunks: Some(self), buffer: BytesMut::new(), searched: 0, limit };
        stream::unfold(lines, |mut lines| async move { lines.next().await.map(|line| (line, lines)) })
    }
}

struct Lines {
    /// None once the body has ended.
    chunks: Option<Chunks>,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
    limit: usize,
}

impl Lines {
    async fn next(&mut self) -> Option<Result<Bytes>> {
        loop {
            if let Some(line) = self.split() {
                return Some(Ok(line));
            }
            let Some(chunks) = &mut self.chunks else {
                self.searched = 0;
                let rest = self.buffer.split().freeze();
                return Some(Ok(rest)).filter(|rest| rest.as_ref().is_ok_and(|rest| !rest.is_empty()));
            };
            if self.buffer.len() > self.limit {
                let error = chunks.origin.too_large();
                self.end();
                return Some(Err(error));
            }
            match chunks.next().await {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                Some(Err(error)) => {
                    self.end();
                    return Some(Err(error));
                }
                None => self.chunks = None,
            }
        }
    }

    /// Takes a whole line out of the buffer, if there is one that is not too long.
    fn split(&mut self) -> Option<Bytes> {
        let found = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = found.map(|place| self.searched + place).filter(|end| *end <= self.limit) else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut line = self.buffer.split_to(end);
        self.buffer.advance(1);
        self.searched = 0;
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        Some(line.freeze())
    }

    fn end(&mut self) {
        self.chunks = None;
        self.searched = 0;
        self.buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{FutureExt as _, StreamExt as _};
    use proptest::prelude::*;

    use super::Chunks;
    use crate::error::Result;

    fn lines(pieces: Vec<Vec<u8>>, limit: usize) -> Vec<Result<Bytes>> {
        Chunks::of(pieces).unwrap().lines(limit).collect::<Vec<_>>().now_or_never().unwrap()
    }

    #[test]
    fn a_line_that_is_too_long_ends_the_stream() {
        for pieces in [vec![b"ab\n12345".to_vec(), b"6\nc\n".to_vec()], vec![b"ab\n123456\nc\n".to_vec()]] {
            let found = lines(pieces, 5);
            assert_eq!(found.len(), 2, "{found:?}");
            assert_eq!(found[0].as_ref().unwrap(), "ab");
            assert!(found[1].as_ref().unwrap_err().to_string().contains("larger"));
        }
        assert_eq!(lines(vec![b"12345\n".to_vec()], 5).remove(0).unwrap(), "12345");
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_they_come(
            text in prop::collection::vec(prop::sample::select(b"ab\r\n".to_vec()), 0..60),
            cuts in prop::collection::vec(0_usize..60, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < text.len()).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|cut| text[cut[0]..cut[1]].to_vec()).collect();
            let found: Vec<Bytes> = lines(pieces, 100).into_iter().map(|line| line.unwrap()).collect();
            let mut expected: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let last = expected.pop().filter(|last| !last.is_empty());
            let mut expected: Vec<&[u8]> =
                expected.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
            expected.extend(last);
            prop_assert_eq!(found, expected);
        }
    }
}
