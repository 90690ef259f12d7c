//! Any path, for what this crate does not know yet. What comes back is the server's own, whose shape may change with
//! its version.

use bytes::Bytes;
use futures_util::Stream;
use serde_json::Value;

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::{Request, json};

/// Handle made by [`Client::raw`]. Paths are given without `/v1/`.
#[derive(Clone, Debug)]
pub struct Raw {
    client: Client,
}

impl Raw {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads a path. `GET /v1/:path` ([API](https://developer.hashicorp.com/nomad/api-docs)).
    ///
    /// A read is repeated when its answer is lost, so a path that makes something when it is read may do so twice.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let self_ = nomad.raw().read("agent/self").await?;
    /// println!("{}", self_["config"]["Region"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission for it;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is nothing.
    pub async fn read(&self, path: &str) -> Result<Value> {
        Ok(self.read_with(path, &[], &ReadOptions::new()).await?.value)
    }

    /// As [`Raw::read`], with query parameters, with options and with what the answer says about itself.
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn read_with(&self, path: &str, query: &[(&str, &str)], options: &ReadOptions) -> Result<Answer<Value>> {
        let mut request = Request::get("/v1/*path", [path])?;
        for (name, value) in query {
            request = request.query(name, value);
        }
        self.client.answer(options.apply(request)).await
    }

    /// Reads a path that answers with anything, piece by piece as it comes. `GET /v1/:path`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs)).
    ///
    /// The client's timeout is the longest silence, not the longest duration: a stream may go on for ever. The first
    /// error is its last item. Dropping it ends the call.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let mut snapshot = nomad.raw().stream("operator/snapshot").await?;
    /// while let Some(piece) = snapshot.next().await {
    ///     println!("{} bytes", piece?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn stream(&self, path: &str) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        Ok(self.client.open(Request::get("/v1/*path", [path])?).await?.chunks())
    }

    /// As [`Raw::stream`], line by line; a line of more than `limit` bytes is an error.
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn lines(&self, path: &str, limit: usize) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        Ok(self.client.open(Request::get("/v1/*path", [path])?).await?.chunks().lines(limit))
    }

    /// Writes to a path, and returns the answer if there is one. `PUT /v1/:path`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.raw().put("system/gc", &serde_json::Value::Null).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Option<Value>> {
        self.exchange(Request::put("/v1/*path", [path])?.json(body)?).await
    }

    /// Writes a body of any length to a path, which is read while it is sent. `PUT /v1/:path`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs)).
    ///
    /// It is never sent twice: the call is not tried again once the body was begun. The client's timeout is the longest
    /// time without progress.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::stream;
    ///
    /// let pieces = stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"operator/snapshot"))]);
    /// nomad.raw().upload("operator/snapshot", pieces).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn upload<E>(
        &self,
        path: &str,
        content: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<Option<Value>>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        self.exchange(Request::put("/v1/*path", [path])?.streamed(content, "application/octet-stream")).await
    }

    /// Deletes a path, and returns the answer if there is one. `DELETE /v1/:path`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.raw().delete("job/latticedb").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Raw::read`].
    pub async fn delete(&self, path: &str) -> Result<Option<Value>> {
        self.exchange(Request::delete("/v1/*path", [path])?).await
    }

    async fn exchange(&self, request: Request) -> Result<Option<Value>> {
        let reply = self.client.send(request.clone()).await?;
        if reply.body.is_empty() { Ok(None) } else { json(&request, &reply).map(Some) }
    }
}
