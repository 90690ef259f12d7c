//! The files of allocations: <https://developer.hashicorp.com/nomad/api-docs/client>.
//!
//! Paths begin at the directory of the allocation: `alloc/logs/server.stdout.0`, `server/local/config.json`. Reading
//! needs `namespace:read-fs`; what is in the `secrets` and `private` directories of a task may be refused all the same.

pub(crate) mod frames;
mod stream;

use bytes::Bytes;
use jiff::Timestamp;

pub use self::frames::FileEvent;
pub use self::stream::{Chunk, FileStream};
pub(crate) use self::stream::{Pulse, open};

use crate::allocations::Origin;
use crate::client::Client;
use crate::error::Result;
use crate::said;
use crate::transport::{Reply, Request};

/// Handle made by [`Client::files`].
#[derive(Clone, Debug)]
pub struct Files {
    client: Client,
}

answer! {
    /// A file or directory of an allocation.
    FileInfo {
        /// Its name, without the directories before it.
        pub name: String,
        /// Whether it is a directory.
        pub is_dir: bool,
        /// In bytes.
        pub size: u64,
        /// Who may do what, as `ls` writes it.
        pub file_mode: String,
        /// When it was written.
        pub mod_time: Option<Timestamp> as rfc3339,
        /// What it seems to hold, as a media type; only of one file.
        pub content_type: String,
    }
}

/// Options of [`Files::stream_with`]; the whole file and what is added to it, unless set.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct StreamOptions {
    origin: Origin,
    offset: u64,
    once: bool,
}

impl StreamOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// From this many bytes after the start, or before the end.
    #[must_use]
    pub fn from(mut self, origin: Origin, offset: u64) -> Self {
        self.origin = origin;
        self.offset = offset;
        self
    }

    /// Ends at the end of the file instead of waiting for more.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

impl Files {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists a directory of an allocation.
    ///
    /// `GET /v1/client/fs/ls/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#list-files)). Needs
    /// `namespace:read-fs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, allocation: &str) -> nomad_client::Result<()> {
    /// for file in nomad.files().list(allocation, "alloc/logs").await? {
    ///     println!("{} {} bytes", file.name, file.size);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or directory;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-fs`.
    pub async fn list(&self, allocation: &str, path: &str) -> Result<Vec<FileInfo>> {
        self.client.fetch(Request::get("/v1/client/fs/ls/:id", [allocation])?.query("path", path)).await
    }

    /// Says what a file or directory of an allocation is.
    ///
    /// `GET /v1/client/fs/stat/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#stat-file)). Needs
    /// `namespace:read-fs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, allocation: &str) -> nomad_client::Result<()> {
    /// let log = nomad.files().stat(allocation, "alloc/logs/server.stdout.0").await?;
    /// println!("{} bytes, written {:?}", log.size, log.mod_time);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Files::list`].
    pub async fn stat(&self, allocation: &str, path: &str) -> Result<FileInfo> {
        self.client.fetch(Request::get("/v1/client/fs/stat/:id", [allocation])?.query("path", path)).await
    }

    /// Reads a file of an allocation, whatever bytes it holds.
    ///
    /// `GET /v1/client/fs/cat/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-file)). Needs
    /// `namespace:read-fs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, allocation: &str) -> nomad_client::Result<()> {
    /// let config = nomad.files().read(allocation, "server/local/config.json").await?;
    /// println!("{} bytes", config.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or file;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-fs`.
    pub async fn read(&self, allocation: &str, path: &str) -> Result<Bytes> {
        let request = Request::get("/v1/client/fs/cat/:id", [allocation])?.query("path", path);
        self.content(request, allocation, path).await
    }

    /// Reads at most `limit` bytes of a file of an allocation, from `offset` on; none beyond its end.
    ///
    /// `GET /v1/client/fs/readat/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-file-at-offset)).
    /// Needs `namespace:read-fs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, allocation: &str) -> nomad_client::Result<()> {
    /// let first = nomad.files().read_at(allocation, "alloc/logs/server.stdout.0", 0, 1024).await?;
    /// println!("{}", String::from_utf8_lossy(&first));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Files::read`].
    pub async fn read_at(&self, allocation: &str, path: &str, offset: u64, limit: u64) -> Result<Bytes> {
        let request = Request::get("/v1/client/fs/readat/:id", [allocation])?
            .query("path", path)
            .query("offset", offset.to_string())
            .query("limit", limit.to_string());
        self.content(request, allocation, path).await
    }

    /// Follows a file of an allocation: what it holds and, as it is written, what is added.
    ///
    /// `GET /v1/client/fs/stream/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#stream-file)). Needs
    /// `namespace:read-fs`.
    ///
    /// The stream does not end by itself, not even with the allocation: see
    /// [`Allocations::follow_logs`](crate::allocations::Allocations::follow_logs) for what does. Each chunk says where
    /// in the file it begins, so that a broken stream can go on where it was.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, allocation: &str) -> nomad_client::Result<()> {
    /// let mut file = nomad.files().stream(allocation, "server/local/audit.log").await?;
    /// while let Some(chunk) = file.next().await {
    ///     let chunk = chunk?;
    ///     println!("{} bytes from {}", chunk.data.len(), chunk.offset);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-fs`;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or file.
    pub async fn stream(&self, allocation: &str, path: &str) -> Result<FileStream> {
        self.stream_with(allocation, path, &StreamOptions::new()).await
    }

    /// As [`Files::stream`], with options.
    ///
    /// # Errors
    /// As [`Files::stream`].
    pub async fn stream_with(&self, allocation: &str, path: &str, options: &StreamOptions) -> Result<FileStream> {
        let offset = match options.origin {
            Origin::Start => options.offset,
            // Asked for the end, the server does not say where that is, so that nobody knew where to go on.
            Origin::End => self.stat(allocation, path).await?.size.saturating_sub(options.offset),
        };
        let request = Request::get("/v1/client/fs/stream/:id", [allocation])?
            .query("path", path)
            .query("origin", "start")
            .query("offset", offset.to_string())
            .query("follow", if options.once { "false" } else { "true" });
        open(&self.client, request, offset).await
    }

    /// What is in a file, told apart from the errors that come with the status of a success.
    async fn content(&self, request: Request, allocation: &str, path: &str) -> Result<Bytes> {
        let reply = self.client.send(request.clone()).await?;
        if reply.body.is_empty() || is_content(&reply) {
            return Ok(reply.body);
        }
        // An error, or a file whose answer lost its marks on the way: what tells errors rightly is asked.
        self.stat(allocation, path).await?;
        Err(said::error(&request, &reply.body))
    }
}

/// The server keeps a browser from running what it finds in a file. Its own words it does not guard so.
fn is_content(reply: &Reply) -> bool {
    reply.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox"))
}

#[cfg(test)]
mod tests;
