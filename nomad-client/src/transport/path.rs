//! The path of a request: built from a route and its arguments, so that no argument leaves its place.

use crate::error::{Error, RequestError, Result};
use crate::product;

/// The encoded path of a request, from the root, and the route that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    route: &'static str,
}

impl Path {
    pub(super) fn new(method: &'static str, route: &'static str, arguments: &[&str]) -> Result<Self> {
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
    use crate::product;
    use crate::transport::Request;
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
