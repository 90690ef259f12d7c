//! A body that is read while it is sent.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::Result;

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The body, shared by the request and by the connection that sends it.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(super) content_type: &'static str,
    progress: Arc<Mutex<Progress>>,
}

struct Progress {
    stream: BoxStream<'static, Result<Bytes, Broken>>,
    /// When the connection last asked for a piece; a connection that was never made never asks.
    asked: Option<Instant>,
}

/// It may hold secrets, so it is never printed.
impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a stream of {}", self.content_type)
    }
}

impl Upload {
    pub(super) fn new<E: Into<Broken> + 'static>(
        content: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        content_type: &'static str,
    ) -> Self {
        let stream = content.map_err(Into::into).boxed();
        Self { content_type, progress: Arc::new(Mutex::new(Progress { stream, asked: None })) }
    }

    /// What the connection reads from.
    pub(super) fn body(&self) -> reqwest::Body {
        reqwest::Body::wrap_stream(Reader(Arc::clone(&self.progress)))
    }

    /// Whether a part of it is gone, so that it cannot be sent from its beginning.
    pub(super) fn has_begun(&self) -> bool {
        lock(&self.progress).asked.is_some()
    }

    /// The result of the call, or none when nothing moved for this long.
    pub(super) async fn while_it_moves<T>(&self, silence: Duration, call: impl Future<Output = T>) -> Option<T> {
        let mut call = std::pin::pin!(call);
        let mut since = Instant::now();
        loop {
            let result = match since.checked_add(silence) {
                Some(deadline) => timeout_at(deadline, &mut call).await,
                None => timeout(silence, &mut call).await,
            };
            let asked = lock(&self.progress).asked;
            match (result, asked) {
                (Ok(result), _) => return Some(result),
                (Err(_), Some(asked)) if asked > since => since = asked,
                (Err(_), _) => return None,
            }
        }
    }
}

struct Reader(Arc<Mutex<Progress>>);

impl Stream for Reader {
    type Item = Result<Bytes, Broken>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut progress = lock(&self.0);
        progress.asked = Some(Instant::now());
        progress.stream.poll_next_unpin(context)
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};
    use tokio::time::sleep;

    use super::{Reader, Upload};

    #[tokio::test(start_paused = true)]
    async fn the_deadline_moves_with_the_body() {
        let slow = stream::iter(0..5).then(|_| async {
            sleep(Duration::from_secs(8)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"x"))
        });
        let upload = Upload::new(slow, "text/plain");
        assert!(!upload.has_begun());
        let reader = Reader(std::sync::Arc::clone(&upload.progress));
        let sent = upload.while_it_moves(Duration::from_secs(10), reader.count()).await;
        assert_eq!((sent, upload.has_begun()), (Some(5), true));
        let stuck = upload.while_it_moves(Duration::from_secs(10), std::future::pending::<()>()).await;
        assert_eq!(stuck, None);
        assert_eq!(format!("{upload:?}"), "a stream of text/plain");
    }
}
