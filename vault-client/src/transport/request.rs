//! A request as data: built without I/O, so that tests can look at it.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

use crate::error::{Error, RequestError, Result};
use crate::product;

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
        RequestError { method: self.method, path: self.path.text.clone(), problem: problem.to_owned() }.into()
    }
}

/// The encoded path of a request, from the root, and the route that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    route: &'static str,
}

impl Path {
    fn new(method: &'static str, route: &'static str, arguments: &[&str]) -> Result<Self> {
        let refused =
            |problem: &str| Error::from(RequestError { method, path: route.to_owned(), problem: problem.to_owned() });
        let mut arguments = arguments.iter();
        let mut text = String::with_capacity(route.len() + 32);
        let mut parts = route.split('/').skip(1).peekable();
        while let Some(part) = parts.next() {
            let is_folder = parts.peek() == Some(&"");
            let Some(kind) = part.chars().next().filter(|kind| matches!(kind, ':' | '*')) else {
                text.push('/');
                text.push_str(part);
                continue;
            };
            let argument = arguments.next().ok_or_else(|| refused("the route wants another argument"))?;
            let pushed =
                if kind == ':' { push_name(&mut text, argument) } else { push_path(&mut text, argument, is_folder) };
            pushed.map_err(|problem| refused(&format!("{}: {problem}", &part[1..])))?;
        }
        match arguments.next() {
            None => Ok(Self { text, route }),
            Some(_) => Err(refused("the route takes no further argument")),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path with names in place of what varies: for grouping, and free of what a user typed.
    pub(crate) fn route(&self) -> &'static str {
        self.route
    }
}

/// One segment.
fn push_name(path: &mut String, name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if !product::NAME_MAY_HOLD_SLASH && name.contains('/') {
        return Err("it holds a `/`, which cannot stand in a name");
    }
    push(path, name)
}

/// As many segments as there are.
fn push_path(path: &mut String, tail: &str, may_be_empty: bool) -> Result<(), &'static str> {
    let tail = if product::PATH_IS_TRIMMED { tail.trim_matches('/') } else { tail };
    if tail.is_empty() && may_be_empty {
        return Ok(());
    }
    for segment in tail.split('/') {
        if product::PATH_IS_TRIMMED && segment.is_empty() {
            return Err("a part of it is empty");
        }
        push(path, segment)?;
    }
    Ok(())
}

fn push(path: &mut String, segment: &str) -> Result<(), &'static str> {
    if segment == "." || segment == ".." {
        return Err("`.` and `..` are not allowed as names in a path");
    }
    if segment.chars().any(char::is_control) {
        return Err("it holds a control character");
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

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::product;
    use proptest::prelude::*;

    fn name(name: &str) -> Option<String> {
        Request::get("/v1/job/:id", [name]).ok().map(|request| request.path.as_str().to_owned())
    }

    fn path(path: &str) -> Option<String> {
        Request::get("/v1/kv/*key", [path]).ok().map(|request| request.path.as_str().to_owned())
    }

    #[test]
    fn arguments_are_encoded_and_checked() {
        assert_eq!(name("a b c?d#e%f").unwrap(), "/v1/job/a%20b%20c%3Fd%23e%25f");
        assert_eq!(name("a/b").as_deref(), product::NAME_MAY_HOLD_SLASH.then_some("/v1/job/a%2Fb"));
        assert_eq!(path("a/ü").unwrap(), "/v1/kv/a/%C3%BC");
        let trimmed = if product::PATH_IS_TRIMMED { "/v1/kv/dir" } else { "/v1/kv/dir/" };
        assert_eq!(path("dir/").unwrap(), trimmed);
        assert_eq!(path("a//b").is_none(), product::PATH_IS_TRIMMED);
        for bad in ["", ".", "..", "a\nb"] {
            assert!(name(bad).is_none(), "{bad:?}");
        }
        for bad in ["../sys", "a/../b", "a/."] {
            assert!(path(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_route_takes_as_many_arguments_as_it_names() {
        let folder = |prefix| Request::get("/v1/*mount/metadata/*prefix/", ["a/b", prefix]).unwrap();
        assert_eq!(folder("").path.as_str(), "/v1/a/b/metadata/");
        assert_eq!(folder("c/d").path.as_str(), "/v1/a/b/metadata/c/d/");
        assert_eq!(folder("c").path.route(), "/v1/*mount/metadata/*prefix/");
        assert_eq!(Request::get("/v1/*mount/metadata/*prefix/", ["", "a"]).is_err(), product::PATH_IS_TRIMMED);
        assert!(Request::get("/v1/job/:id", []).is_err());
        assert!(Request::get("/v1/jobs", ["a"]).is_err());
    }

    #[test]
    fn query_values_are_encoded_and_flags_have_none() {
        let request = Request::get("/v1/jobs", []).unwrap().flag("recurse").query("dc", "a b&c=d+e");
        assert_eq!(request.query, "recurse&dc=a%20b%26c%3Dd%2Be");
    }

    proptest! {
        #[test]
        fn a_name_never_leaves_its_place(segment in ".{0,30}") {
            if let Some(path) = name(&segment) {
                let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
                url.set_path(&path);
                prop_assert_eq!(url.path(), &path);
                prop_assert_eq!(url.path().matches('/').count(), 3);
            }
        }

        #[test]
        fn a_path_never_leaves_its_place(key in ".{0,30}") {
            if let Some(path) = path(&key) {
                let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
                url.set_path(&path);
                prop_assert!(url.path().starts_with("/v1/kv/"));
                prop_assert_eq!(url.path(), &path);
            }
        }
    }
}
