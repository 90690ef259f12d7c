//! Snapshots of all that the servers know: <https://developer.hashicorp.com/nomad/api-docs/operator/snapshot>.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};

use super::Operator;
use crate::digest::Digest;
use crate::error::{DecodeError, Error, Result};
use crate::options::ReadOptions;
use crate::transport::Request;

/// A snapshot as it comes. Its last item is an error when it broke off, or when it is not what the server has announced;
/// only a stream that ends without an error is a snapshot.
pub struct Snapshot {
    pieces: BoxStream<'static, Result<Bytes>>,
    announced: Option<String>,
}

impl Snapshot {
    /// The digest that the server has announced, such as `sha-256=…`.
    pub fn digest(&self) -> Option<&str> {
        self.announced.as_deref()
    }
}

impl Stream for Snapshot {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(context)
    }
}

/// It holds all secrets of the cluster, so it is never printed.
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("digest", &self.announced).finish_non_exhaustive()
    }
}

impl Operator {
    /// Saves all that the servers know, secrets included. `GET /v1/operator/snapshot`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/snapshot#generate-snapshot)).
    ///
    /// It is read while it comes, and checked against the digest that the server announces.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let mut snapshot = nomad.operator().save_snapshot().await?;
    /// let mut file = Vec::new();
    /// while let Some(piece) = snapshot.next().await {
    ///     file.extend_from_slice(&piece?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn save_snapshot(&self) -> Result<Snapshot> {
        self.save_snapshot_with(&ReadOptions::new()).await
    }

    /// As [`Operator::save_snapshot`], with options: without a leader only a [`Stale`](crate::Consistency::Stale) one
    /// works.
    ///
    /// # Errors
    /// As [`Operator::save_snapshot`].
    pub async fn save_snapshot_with(&self, options: &ReadOptions) -> Result<Snapshot> {
        let request = options.apply(Request::get("/v1/operator/snapshot", [])?);
        let opened = self.client.open(request.clone()).await?;
        let announced = opened.header("digest").map(ToOwned::to_owned);
        let broken = broken(&request, opened.status);
        let check = Check { pieces: opened.chunks().boxed(), digest: digest(announced.as_deref()), broken };
        Ok(Snapshot { pieces: checked(check).boxed(), announced })
    }

    /// Replaces all that the servers know by a snapshot, read while it is sent. `PUT /v1/operator/snapshot`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/snapshot#restore-snapshot)).
    ///
    /// The tokens of now are replaced too: afterwards those of the snapshot count.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let snapshot = nomad.operator().save_snapshot().await?;
    /// nomad.operator().restore_snapshot(snapshot).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses what is no snapshot.
    pub async fn restore_snapshot<E>(&self, pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Result<()>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let request = Request::put("/v1/operator/snapshot", [])?.streamed(pieces, "application/octet-stream");
        self.client.execute(request).await
    }
}

/// The digest to make, and what it must become. None is checked when none that is known is announced.
fn digest(announced: Option<&str>) -> Option<(Digest, String)> {
    let (name, value) = announced?.split_once('=')?;
    Some((Digest::named(name)?, value.to_owned()))
}

struct Check {
    pieces: BoxStream<'static, Result<Bytes>>,
    digest: Option<(Digest, String)>,
    broken: Error,
}

fn checked(check: Check) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold(Some(check), |check| async move {
        let mut check = check?;
        match check.pieces.next().await {
            Some(Ok(piece)) => {
                if let Some((digest, _)) = &mut check.digest {
                    digest.update(&piece);
                }
                Some((Ok(piece), Some(check)))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                let (digest, announced) = check.digest?;
                (digest.finish() != announced).then_some((Err(check.broken), None))
            }
        }
    })
}

fn broken(request: &Request, status: u16) -> Error {
    Error::Decode(Box::new(DecodeError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status,
        content_type: "application/octet-stream".to_owned(),
        problem: "it is not what its digest says",
        line: 0,
        column: 0,
    }))
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    use crate::{Client, Config};

    async fn saved(digest: &str) -> Vec<Result<bytes::Bytes, String>> {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_string("abc").insert_header("Digest", digest);
        Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        let snapshot = client.operator().save_snapshot().await.unwrap();
        assert_eq!(snapshot.digest(), Some(digest));
        snapshot.map(|piece| piece.map_err(|error| error.to_string())).collect().await
    }

    #[tokio::test]
    async fn t49_a_snapshot_is_checked_while_it_comes() {
        let good = saved("sha-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=").await;
        assert_eq!(good, [Ok(bytes::Bytes::from("abc"))]);
        let bad = saved("sha-256=AAAAv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=").await;
        assert!(bad.last().unwrap().as_ref().unwrap_err().contains("not what its digest says"), "{bad:?}");
        assert_eq!(saved("crc32=1").await.len(), 1);
    }
}
