//! Which answers are errors, and what they say.

use std::time::Duration;

use serde_json::Value;

use super::{Reply, Request};
use crate::error::{ApiError, Error, Result};
use crate::reason::Reason;

/// Longest part of a plain-text error that is kept: an error page of a proxy is no message.
const MAX_MESSAGE: usize = 2_000;

pub(super) fn check(request: &Request, reply: Reply) -> Result<Reply> {
    if (200..300).contains(&reply.status) || is_data(request, &reply) {
        return Ok(reply);
    }
    let body: Option<Value> =
        serde_json::from_slice(&reply.body).ok().filter(|body: &Value| body.is_object() || body.is_array());
    let message = message(&reply.body);
    // JSON is data, which may hold secrets, and no message.
    let messages =
        Some(&message).filter(|message| body.is_none() && !message.is_empty()).cloned().into_iter().collect();
    Err(Error::Api(Box::new(ApiError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: reply.status,
        reason: Reason::of(reply.status, &message),
        messages,
        retry_after: reply.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        body,
        headers: reply.headers,
    })))
}

/// A status that is data comes with JSON; the same status with a text is the rate limit or a proxy speaking. The body
/// tells: the content type of an unhealthy autopilot is that of a text.
fn is_data(request: &Request, reply: &Reply) -> bool {
    let json = || matches!(reply.body.trim_ascii_start().first(), Some(b'{' | b'['));
    request.data_statuses.contains(&reply.status) && (reply.status == 404 || json())
}

/// One line, without control characters that a terminal would obey.
fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(message(b"1 error:\n\t* bad \x1b[31mkey\n\n"), "1 error: * bad [31mkey");
        assert_eq!(message(b""), "");
        assert_eq!(message(&[b'x'; 9_999]).len(), super::MAX_MESSAGE);
    }
}
