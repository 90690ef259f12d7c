//! Snapshots of all data, which are checked on their way.
//!
//! Behind the feature `snapshot`. They go piece by piece, so memory stays small however large a snapshot is. Without the
//! feature [`Raw::stream`](crate::raw::Raw::stream) reads them as they come.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use super::raft::Raft;
use crate::archive::Pieces;
pub use crate::archive::SnapshotError;
use crate::error::Result;
use crate::transport::Request;

/// A snapshot on its way: a stream of its bytes. Its first error is its last item.
pub struct Saved {
    pieces: Pieces,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved").finish_non_exhaustive()
    }
}

impl Stream for Saved {
    type Item = Result<Bytes, SnapshotError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(context)
    }
}

impl Raft {
    /// Takes a snapshot of all data. Vault can fail in the middle of it and say nothing.
    ///
    /// `GET /v1/sys/storage/raft/snapshot`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#take-a-snapshot-of-the-raft-cluster));
    /// needs `read` and `sudo`. The gzip archive comes as a stream and is checked on its way; only one that ended without
    /// an error is whole, so it is best written beside its final name and renamed then.
    ///
    /// The deadline of the client bounds the time until the stream begins, and each silence in it.
    ///
    /// ```no_run
    /// # use futures_util::StreamExt as _;
    /// # use std::io::Write as _;
    /// # async fn example(vault: vault_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut saved = vault.sys().raft().snapshot().await?;
    /// let mut file = std::fs::File::create("vault.snap.part")?;
    /// while let Some(piece) = saved.next().await {
    ///     file.write_all(&piece?)?;
    /// }
    /// std::fs::rename("vault.snap.part", "vault.snap")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permissions.
    pub async fn snapshot(&self) -> Result<Saved> {
        let opened = self.client.open(Request::get("/v1/sys/storage/raft/snapshot", [])?).await?;
        Ok(Saved { pieces: Pieces::new(opened) })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::SnapshotError;
    use crate::archive::tests::snapshot;
    use crate::client::Client;
    use crate::config::Config;

    #[tokio::test]
    async fn t25_a_truncated_answer_ends_with_an_error() {
        let (server, whole) = (MockServer::start().await, snapshot(&vec![7; 100_000]));
        let cut = whole[..whole.len() - 8].to_vec();
        let answer = ResponseTemplate::new(200).set_body_bytes(cut.clone());
        Mock::given(method("GET")).and(path("/v1/sys/storage/raft/snapshot")).respond_with(answer).mount(&server).await;
        let vault = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        let mut saved = vault.sys().raft().snapshot().await.unwrap();
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
}
