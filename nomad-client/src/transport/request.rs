//! A request as data: built without I/O, so that tests can look at it.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

use crate::error::{Error, RequestError, Result};

/// One call, before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: Path,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body>,
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
    pub(crate) fn new(method: &'static str, path: Path) -> Self {
        Self {
            method,
            path,
            query: String::new(),
            headers: Vec::new(),
            body: None,
            idempotent: method == "GET",
            timeout: None,
            data_statuses: &[],
        }
    }

    pub(crate) fn get(path: Path) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn put(path: Path) -> Self {
        Self::new("PUT", path)
    }

    pub(crate) fn post(path: Path) -> Self {
        Self::new("POST", path)
    }

    pub(crate) fn delete(path: Path) -> Self {
        Self::new("DELETE", path)
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

    /// Doing it twice is the same as doing it once, so a lost answer may be asked for again.
    pub(crate) fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// A deadline of its own instead of the client's.
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
        RequestError { method: self.method, path: self.path.0.clone(), problem: problem.to_owned() }.into()
    }
}

/// The encoded path of a request, from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(String);

impl Path {
    /// `/v1/` and these segments, of which none may be empty, `.` or `..`.
    pub(crate) fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        Self::under("/v1", segments)
    }

    /// As [`Path::of`], under another root.
    pub(crate) fn under<'a>(root: &str, segments: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut path = root.to_owned();
        for segment in segments {
            if segment.is_empty() {
                return Err(refused(&path, "a name in the path is empty"));
            }
            push(&mut path, segment)?;
        }
        Ok(Self(path))
    }

    /// This path and a key below it whose `/` stay as they are. Empty segments stay too, dot segments are refused.
    pub(crate) fn key(mut self, key: &str) -> Result<Self> {
        for segment in key.split('/') {
            push(&mut self.0, segment)?;
        }
        Ok(self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn push(path: &mut String, segment: &str) -> Result<()> {
    if segment == "." || segment == ".." {
        return Err(refused(path, "`.` and `..` are not allowed as names in a path"));
    }
    if segment.chars().any(char::is_control) {
        return Err(refused(path, "a name in the path holds a control character"));
    }
    path.push('/');
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    Ok(())
}

fn hex(nibble: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(nibble)])
}

fn refused(path: &str, problem: &str) -> Error {
    RequestError { method: "request", path: format!("{path}/…"), problem: problem.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::{Path, Request};
    use proptest::prelude::*;

    #[test]
    fn segments_are_encoded_and_checked() {
        assert_eq!(Path::of(["job", "a/b c?d#e%f"]).unwrap().as_str(), "/v1/job/a%2Fb%20c%3Fd%23e%25f");
        assert_eq!(Path::of(["kv"]).unwrap().key("dir//ü/").unwrap().as_str(), "/v1/kv/dir//%C3%BC/");
        for bad in ["", ".", "..", "a\nb"] {
            assert!(Path::of(["job", bad]).is_err(), "{bad:?}");
        }
        for bad in ["../sys", "a/../b", "a/."] {
            assert!(Path::of(["kv"]).unwrap().key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn query_values_are_encoded_and_flags_have_none() {
        let request = Request::get(Path::of(["kv"]).unwrap()).flag("recurse").query("dc", "a b&c=d+e");
        assert_eq!(request.query, "recurse&dc=a%20b%26c%3Dd%2Be");
    }

    proptest! {
        #[test]
        fn a_path_never_leaves_its_root(segment in ".{0,30}") {
            if let Ok(path) = Path::of(["kv", segment.as_str()]) {
                let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
                url.set_path(path.as_str());
                prop_assert_eq!(url.path(), path.as_str());
                prop_assert_eq!(url.path().matches('/').count(), 3);
            }
        }

        #[test]
        fn a_key_never_leaves_its_root(key in ".{0,30}") {
            if let Ok(path) = Path::of(["kv"]).unwrap().key(&key) {
                let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
                url.set_path(path.as_str());
                prop_assert!(url.path().starts_with("/v1/kv/"));
                prop_assert_eq!(url.path(), path.as_str());
            }
        }
    }
}
