//! Any path, for what this crate does not know yet. What comes back is the server's own JSON, whose shape may change
//! with its version.

use std::fmt;

use bytes::Bytes;
use futures_util::Stream;
use serde_json::Value;

use crate::client::{Client, list_request, says_nothing};
use crate::error::Result;
use crate::transport::{Request, json};

/// An answer as it came. It may hold secrets, so it is not printed.
#[derive(Clone, PartialEq)]
pub struct RawAnswer {
    body: Value,
}

impl RawAnswer {
    /// The whole answer, with its envelope.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The whole answer, with its envelope.
    pub fn into_body(self) -> Value {
        self.body
    }

    /// The data inside the envelope, if there is any.
    pub fn data(&self) -> Option<&Value> {
        self.body.get("data").filter(|data| !data.is_null())
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawAnswer(…)")
    }
}

/// Handle made by [`Client::raw`]. Paths are given without `/v1/`.
#[derive(Clone, Debug)]
pub struct Raw {
    client: Client,
}

impl Raw {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads a path, or `None` when there is nothing.
    ///
    /// `GET /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `read`.
    ///
    /// A read is repeated when its answer is lost, so paths that make something when they are read, such as
    /// credentials, may do so twice.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(answer) = vault.raw().read("sys/host-info").await? {
    ///     println!("{:?}", answer.data());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read(&self, path: &str) -> Result<Option<RawAnswer>> {
        self.exchange(Request::get("/v1/*path", [path])?).await
    }

    /// Lists a path; nothing there is an empty list.
    ///
    /// `LIST /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.raw().list("identity/group/id").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when nothing is mounted there.
    pub async fn list(&self, path: &str) -> Result<Vec<String>> {
        self.client.list("/v1/*path/", [path]).await
    }

    /// As [`Raw::list`], with all that the server says about the names.
    ///
    /// # Errors
    /// As [`Raw::list`].
    pub async fn list_with_info(&self, path: &str) -> Result<Option<RawAnswer>> {
        self.exchange(list_request("/v1/*path/", [path])?).await
    }

    /// Writes to a path, and returns the answer if there is one.
    ///
    /// `POST /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `create` where nothing is yet,
    /// else `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let group = serde_json::json!({ "name": "operators", "policies": ["operator"] });
    /// vault.raw().write("identity/group", &group).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn write(&self, path: &str, body: &Value) -> Result<Option<RawAnswer>> {
        self.exchange(Request::post("/v1/*path", [path])?.json(body)?).await
    }

    /// As [`Raw::write`], with the other verb, which Vault takes for the same.
    ///
    /// # Errors
    /// As [`Raw::write`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Option<RawAnswer>> {
        self.exchange(Request::put("/v1/*path", [path])?.json(body)?).await
    }

    /// Changes a part of what a path holds, and returns the answer if there is one.
    ///
    /// `PATCH /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `patch`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let change = serde_json::json!({ "ttl": "12h" });
    /// vault.raw().patch("pki/roles/web", &change).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Option<RawAnswer>> {
        let request = Request::new("PATCH", "/v1/*path", [path])?;
        let content = serde_json::to_vec(body).map_err(|_| request.refused("the body cannot be written as JSON"))?;
        self.exchange(request.bytes(content.into(), "application/merge-patch+json")).await
    }

    /// As [`Raw::read`], with a query.
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn read_with(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<RawAnswer>> {
        let request = Request::get("/v1/*path", [path])?;
        self.exchange(query.iter().fold(request, |request, (name, value)| request.query(name, value))).await
    }

    /// Deletes a path, and returns the answer if there is one.
    ///
    /// `DELETE /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.raw().delete("identity/group/name/operators").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete(&self, path: &str) -> Result<Option<RawAnswer>> {
        self.exchange(Request::delete("/v1/*path", [path])?).await
    }

    /// Reads a path that answers with anything, piece by piece as it comes.
    ///
    /// `GET /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `read`.
    ///
    /// The client's timeout is the longest silence, not the longest duration: a stream may go on for ever. The first
    /// error is its last item. Dropping it ends the call.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let mut snapshot = vault.raw().stream("sys/storage/raft/snapshot").await?;
    /// while let Some(piece) = snapshot.next().await {
    ///     println!("{} bytes", piece?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn stream(&self, path: &str) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        Ok(self.client.open(Request::get("/v1/*path", [path])?).await?.chunks())
    }

    /// As [`Raw::stream`], line by line; a line of more than `limit` bytes is an error.
    ///
    /// # Errors
    /// As [`Raw::stream`].
    pub async fn lines(&self, path: &str, limit: usize) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        Ok(self.client.open(Request::get("/v1/*path", [path])?).await?.chunks().lines(limit))
    }

    /// Writes a body of any length to a path, which is read while it is sent.
    ///
    /// `POST /v1/:path` ([API](https://developer.hashicorp.com/vault/api-docs)); needs `create` where nothing is yet,
    /// else `update`.
    ///
    /// It is never sent twice: the call is not tried again once the body was begun. The client's timeout is the longest
    /// time without progress.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use futures_util::stream;
    ///
    /// let pieces = stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"snapshot"))]);
    /// vault.raw().upload("sys/storage/raft/snapshot", pieces).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn upload<E>(
        &self,
        path: &str,
        content: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<Option<RawAnswer>>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        self.exchange(Request::post("/v1/*path", [path])?.streamed(content, "application/octet-stream")).await
    }

    async fn exchange(&self, request: Request) -> Result<Option<RawAnswer>> {
        match self.client.send(request.clone()).await {
            Ok(reply) if reply.body.is_empty() => Ok(None),
            Ok(reply) => Ok(Some(RawAnswer { body: json(&request, &reply)? })),
            Err(error) if says_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
