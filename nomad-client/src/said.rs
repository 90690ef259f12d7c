//! Errors that the server tells after it has answered that all is well.

use reqwest::header::HeaderMap;

use crate::error::{ApiError, Error};
use crate::reason::Reason;
use crate::transport::Request;

/// Longest part of such a text that is kept.
const MAX_MESSAGE: usize = 2_000;

/// The error that this text is, with the status that other endpoints give it.
///
/// Files are read, streams broken off and commands refused with the text alone, under the status of a success.
pub(crate) fn error(request: &Request, text: &[u8]) -> Error {
    let text = String::from_utf8_lossy(text);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let message: String = words.join(" ").chars().take(MAX_MESSAGE).collect();
    let reason = Reason::of(500, &message);
    with_reason(request, message, reason)
}

/// An error of this meaning.
pub(crate) fn with_reason(request: &Request, message: String, reason: Reason) -> Error {
    let status = match reason {
        Reason::PermissionDenied | Reason::TokenNotFound => 403,
        Reason::NotFound | Reason::NoPathToNode => 404,
        Reason::Invalid | Reason::Validation => 400,
        _ => 500,
    };
    Error::Api(Box::new(ApiError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status,
        messages: Some(message).filter(|message| !message.is_empty()).into_iter().collect(),
        reason,
        retry_after: None,
        headers: HeaderMap::new(),
        body: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::error;
    use crate::transport::Request;

    #[test]
    fn recorded_texts_mean_what_they_say() {
        let request = Request::get("/v1/client/fs/cat/:id", ["a"]).unwrap();
        let of = |text: &str| error(&request, text.as_bytes());
        assert!(of("stat /var/nomad/alloc/5f91/alloc/logs/nope: no such file or directory").is_not_found());
        assert!(of("Unknown allocation \"00000000-0000-0000-0000-000000000000\"").is_not_found());
        assert!(of("task not found").is_not_found());
        assert!(of("Permission denied").is_denied() && of("rpc error: Permission denied").is_denied());
        for wrong in
            ["file \"alloc/logs\" is a directory", "Path escapes the alloc directory", "command is not present"]
        {
            assert_eq!(of(wrong).status(), Some(400), "{wrong}");
        }
        assert!(!of("Permission denied").may_have_applied());
        assert_eq!(of("\x1b[31mred\nline").to_string().matches('\x1b').count(), 0);
    }
}
