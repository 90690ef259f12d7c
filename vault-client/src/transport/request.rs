//! A request as data: built without I/O, so that tests can look at it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

use super::path::Path;
use super::upload::Upload;
use crate::credential::Token;
use crate::error::{Error, RequestError, Result};

/// One call, before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: Path,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body>,
    /// A body in place of `body` that is read while it is sent, and so can be sent once only.
    pub(crate) upload: Option<Upload>,
    /// In place of the client's.
    pub(crate) token: Option<Token>,
    pub(crate) idempotent: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) data_statuses: &'static [u16],
}

/// What is sent along. It may hold secrets, so it is never printed.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) content: Bytes,
    pub(crate) content_type: &'static str,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes of {}", self.content.len(), self.content_type)
    }
}

impl Request {
    /// A request on a route such as `/v1/job/:id/plan`.
    ///
    /// `:name` takes one argument as one segment; `*path` takes one whose `/` stay as they are, and which may be empty
    /// before a final `/`. The arguments come in the order of the route.
    pub(crate) fn new<const N: usize>(method: &'static str, route: &'static str, arguments: [&str; N]) -> Result<Self> {
        Ok(Self {
            method,
            path: Path::new(method, route, &arguments)?,
            query: String::new(),
            headers: Vec::new(),
            body: None,
            upload: None,
            token: None,
            idempotent: method == "GET",
            timeout: None,
            data_statuses: &[],
        })
    }

    pub(crate) fn get<const N: usize>(route: &'static str, arguments: [&str; N]) -> Result<Self> {
        Self::new("GET", route, arguments)
    }

    pub(crate) fn put<const N: usize>(route: &'static str, arguments: [&str; N]) -> Result<Self> {
        Self::new("PUT", route, arguments)
    }

    pub(crate) fn post<const N: usize>(route: &'static str, arguments: [&str; N]) -> Result<Self> {
        Self::new("POST", route, arguments)
    }

    pub(crate) fn delete<const N: usize>(route: &'static str, arguments: [&str; N]) -> Result<Self> {
        Self::new("DELETE", route, arguments)
    }

    /// Adds `name=value`.
    pub(crate) fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.separate();
        self.query.extend(byte_serialize(name.as_bytes()));
        self.query.push('=');
        // `+` for a space is form encoding, which not every server decodes: `%20` always is.
        self.query.push_str(&byte_serialize(value.as_ref().as_bytes()).collect::<String>().replace('+', "%20"));
        self
    }

    /// Adds `name` alone: the server looks at its presence, so `name=false` would mean true.
    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.separate();
        self.query.push_str(name);
        self
    }

    fn separate(&mut self) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let content = serde_json::to_vec(body).map_err(|_| self.refused("the body cannot be written as JSON"))?;
        self.body = Some(Body { content: content.into(), content_type: "application/json" });
        Ok(self)
    }

    pub(crate) fn bytes(mut self, content: Bytes, content_type: &'static str) -> Self {
        self.body = Some(Body { content, content_type });
        self
    }

    /// A body of any length, which is read while it is sent.
    ///
    /// It can be sent once only: once its first piece was asked for, the call is not tried again. The deadline of the
    /// call becomes the longest time without progress.
    pub(crate) fn streamed<E>(
        mut self,
        content: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        content_type: &'static str,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        self.upload = Some(Upload::new(content, content_type));
        self
    }

    /// Doing it twice is the same as doing it once, so a lost answer may be asked for again.
    pub(crate) fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// A deadline of its own instead of the client's. Of an answer that is opened as a stream it bounds the time until
    /// its headers, and then each silence.
    pub(crate) fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout.or(self.timeout);
        self
    }

    /// Error statuses which, at this endpoint, are data: never an error, never retried.
    pub(crate) fn data_statuses(mut self, statuses: &'static [u16]) -> Self {
        self.data_statuses = statuses;
        self
    }

    pub(crate) fn refused(&self, problem: &str) -> Error {
        RequestError { method: self.method, path: self.path.as_str().to_owned(), problem: problem.to_owned() }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn query_values_are_encoded_and_flags_have_none() {
        let request = Request::get("/v1/jobs", []).unwrap().flag("recurse").query("dc", "a b&c=d+e");
        assert_eq!(request.query, "recurse&dc=a%20b%26c%3Dd%2Be");
    }
}
