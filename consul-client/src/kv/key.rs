//! Which names a key may have, and how they stand in a path.

use crate::error::Result;
use crate::transport::Request;

/// The server answers a `/` before or beside another with a redirect to a shorter, that is another, key. Written as
/// `%2F`, one at the beginning is kept; a double one never is.
pub(super) fn key_request(method: &'static str, key: &str) -> Result<Request> {
    let request = Request::new(method, "/v1/kv/*key", [key])?;
    if let Err(problem) = check(key) {
        return Err(request.refused(problem));
    }
    if key.starts_with('/') { Request::new(method, "/v1/kv/:key", [key]) } else { Ok(request) }
}

/// What the server would refuse with a plain 500, or read as another key. Transactions do not check it at all.
pub(crate) fn check(key: &str) -> std::result::Result<(), &'static str> {
    if key.contains("//") {
        return Err("the server would read `//` in a key as `/`");
    }
    if key.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("`.` and `..` are no segments of a key");
    }
    if key.starts_with(' ') || key.ends_with(' ') {
        return Err("a key neither begins nor ends with a space");
    }
    match unescaped(key) {
        Some(decoded) if decoded != key.as_bytes() && decoded.windows(2).any(|pair| pair == b"..") => {
            Err("a key must not hold `..` when percent-decoded")
        }
        Some(decoded) if decoded != key.as_bytes() && decoded.contains(&b' ') => {
            Err("a key that can be percent-decoded must not hold a space")
        }
        _ => Ok(()),
    }
}

/// As Go's `url.PathUnescape`: nothing where a `%` does not begin an escape.
fn unescaped(key: &str) -> Option<Vec<u8>> {
    let mut bytes = key.bytes();
    let mut decoded = Vec::with_capacity(key.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{check, key_request};

    #[test]
    fn t28_a_key_is_sent_as_it_is_or_refused() {
        for (key, path) in [("", "/v1/kv/"), ("a/", "/v1/kv/a/"), ("/a/b", "/v1/kv/%2Fa%2Fb"), ("/", "/v1/kv/%2F")] {
            assert_eq!(key_request("GET", key).unwrap().path.as_str(), path);
        }
        for key in ["a//b", "//", "a//", "a/../b", "/./b", ".", " a", "a ", "a%2e%2E/b", "x%2e.y", "a b%41", "%20"] {
            assert!(key_request("GET", key).is_err(), "{key}");
        }
        for key in ["..a", "a..b", "a b", ".hidden", "a%", "a%zz b", "a%41b", "%C3%BC"] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn t29_names_are_encoded_and_slashes_kept() {
        let path = |key: &str| key_request("GET", key).unwrap().path.as_str().to_owned();
        assert_eq!(path("a?b/c#d e/ü+&"), "/v1/kv/a%3Fb/c%23d%20e/%C3%BC%2B%26");
        assert_eq!(path("a%2Fb"), "/v1/kv/a%252Fb");
    }
}
