//! Snapshots of all that the servers keep: <https://developer.hashicorp.com/consul/api-docs/snapshot>.
//!
//! Behind the feature `snapshot`. Both directions go piece by piece, so memory stays small however large a snapshot is.
//! Needs a management token, or `operator:write`… of Enterprise's agents; a snapshot holds all secrets of access control.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::archive::Pieces;
pub use crate::archive::SnapshotError;
use crate::client::Client;
use crate::error::Result;
use crate::meta::Meta;
use crate::options::ReadOptions;
use crate::transport::Request;

/// Handle made by [`Client::snapshot`].
#[derive(Clone, Debug)]
pub struct Snapshots {
    client: Client,
}

impl Snapshots {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Saves everything: keys, services, nodes, sessions, access control, config entries and more.
    ///
    /// `GET /v1/snapshot` ([API](https://developer.hashicorp.com/consul/api-docs/snapshot#generate-snapshot)), needs a
    /// management token. The gzip archive comes as a stream and is checked on its way; only one that ended without an
    /// error is whole, so it is best written beside its final name and renamed then.
    ///
    /// ```no_run
    /// # use futures_util::StreamExt as _;
    /// # use std::io::Write as _;
    /// # async fn example(consul: consul_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut saved = consul.snapshot().save().await?;
    /// let mut file = std::fs::File::create("consul.snap.part")?;
    /// while let Some(piece) = saved.next().await {
    ///     file.write_all(&piece?)?;
    /// }
    /// std::fs::rename("consul.snap.part", "consul.snap")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn save(&self) -> Result<Saved> {
        self.save_with(&ReadOptions::new()).await
    }

    /// As [`Snapshots::save`], with options: with [`Consistency::Stale`](crate::Consistency::Stale) any server saves
    /// what it knows, even without a leader. Their timeout is the longest silence.
    ///
    /// # Errors
    /// As [`Snapshots::save`].
    pub async fn save_with(&self, options: &ReadOptions) -> Result<Saved> {
        let opened = self.client.open(options.apply(Request::get("/v1/snapshot", [])?)).await?;
        let meta = Meta::of(&opened.headers);
        Ok(Saved { pieces: Pieces::new(opened), meta })
    }

    /// Puts everything back as it was saved; what was made since is gone. For disaster recovery: all clients and
    /// servers see time jump.
    ///
    /// `PUT /v1/snapshot` ([API](https://developer.hashicorp.com/consul/api-docs/snapshot#restore-snapshot)), needs a
    /// management token. The server checks the whole snapshot before it changes anything.
    ///
    /// ```no_run
    /// # use futures_util::stream;
    /// # async fn example(consul: consul_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let content = bytes::Bytes::from(std::fs::read("consul.snap")?);
    /// consul.snapshot().restore(stream::iter([Ok::<_, std::io::Error>(content)])).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; [`Reason::Server`](crate::Reason::Server) when the server finds
    /// it damaged; an error of the stream breaks the call off.
    pub async fn restore<E>(&self, content: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Result<()>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let request = Request::put("/v1/snapshot", [])?.streamed(content, "application/octet-stream");
        self.client.execute(request).await
    }
}

/// A snapshot on its way: a stream of its bytes. Its first error is its last item.
pub struct Saved {
    pieces: Pieces,
    meta: Meta,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved").field("meta", &self.meta).finish_non_exhaustive()
    }
}

impl Saved {
    /// What the headers say: the index up to which everything is in it, among others.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Stream for Saved {
    type Item = Result<Bytes, SnapshotError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(context)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};
    use wiremock::matchers::{header, method};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::{SnapshotError, Snapshots};
    use crate::archive::tests::snapshot;
    use crate::client::Client;
    use crate::config::Config;

    fn client(server: &MockServer) -> Snapshots {
        Client::new(&Config::new(&server.uri()).unwrap()).unwrap().snapshot()
    }

    #[tokio::test]
    async fn t40_a_truncated_answer_ends_with_an_error() {
        let (server, whole) = (MockServer::start().await, snapshot(&vec![7; 100_000]));
        let cut = whole[..whole.len() - 8].to_vec();
        let answer = ResponseTemplate::new(200).insert_header("x-consul-index", "7").set_body_bytes(cut.clone());
        Mock::given(method("GET")).respond_with(answer).mount(&server).await;
        let mut saved = client(&server).save().await.unwrap();
        assert_eq!(saved.meta().index.unwrap().0, 7);
        let mut got = Vec::new();
        let error = loop {
            match saved.next().await.unwrap() {
                Ok(piece) => got.extend_from_slice(&piece),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, SnapshotError::Truncated), "{error:?}");
        assert_eq!(got, cut);
        assert!(saved.next().await.is_none());
    }

    #[tokio::test]
    async fn it_is_restored_piece_by_piece() {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .and(header("content-type", "application/octet-stream"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        let pieces = ["abc", "def"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        client(&server).restore(stream::iter(pieces)).await.unwrap();
        assert_eq!(server.received_requests().await.unwrap()[0].body, b"abcdef");
    }
}
