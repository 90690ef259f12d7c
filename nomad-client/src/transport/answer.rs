//! Which answers are errors, and what they say.

use std::time::Duration;

use serde_json::Value;

use super::{Reply, Request};
use crate::error::{ApiError, Error, Result};
use crate::reason::Reason;

/// Longest part of a plain-text error that is kept: an error page of a proxy is no message.
const MAX_MESSAGE: usize = 2_000;

/// A status that is data comes with an object, whatever its content type; the same status with a text is the limit of
/// connections, a missing leader or a proxy speaking.
pub(super) fn check(request: &Request, reply: Reply) -> Result<Reply> {
    if (200..300).contains(&reply.status) {
        return Ok(reply);
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    if request.data_statuses.contains(&reply.status) && body.as_ref().is_some_and(Value::is_object) {
        return Ok(reply);
    }
    let message = message(&reply.body, body.as_ref());
    Err(Error::Api(Box::new(ApiError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: reply.status,
        reason: Reason::of(reply.status, &message),
        messages: Some(message).filter(|message| !message.is_empty()).into_iter().collect(),
        retry_after: reply.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        body,
        headers: reply.headers,
    })))
}

/// Errors are plain text, or that text as a JSON string. A JSON object is data (the variable that was in the way of a
/// guarded write, say) and may hold secrets, so it is never a message. A message is one line, without control characters
/// that a terminal would obey.
fn message(bytes: &[u8], json: Option<&Value>) -> String {
    let text = match json {
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Object(_) | Value::Array(_)) => return String::new(),
        _ => String::from_utf8_lossy(bytes),
    };
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::{check, message};
    use crate::transport::{Reply, Request};

    #[test]
    fn an_unwell_agent_is_data_and_a_failing_one_is_not() {
        let request = Request::get("/v1/agent/health", []).unwrap().data_statuses(&[500]);
        let reply = |body: &'static str| Reply {
            status: 500,
            headers: reqwest::header::HeaderMap::new(),
            body: body.as_bytes().into(),
        };
        assert!(check(&request, reply(r#"{"client":{"ok":false,"message":"no known servers"}}"#)).is_ok());
        for body in ["No cluster leader", "", "\"No cluster leader\"", "<html></html>"] {
            assert_eq!(check(&request, reply(body)).unwrap_err().status(), Some(500), "{body}");
        }
    }

    #[test]
    fn messages_are_text_and_never_data() {
        let read = |body: &str| message(body.as_bytes(), serde_json::from_str(body).ok().as_ref());
        assert_eq!(read("Permission denied\n"), "Permission denied");
        assert_eq!(read("\"HostVolume.Create error: no\"\n"), "HostVolume.Create error: no");
        assert_eq!(read(r#"{"Items":{"password":"hunter2"}}"#), "");
        assert_eq!(read("404"), "404");
        assert_eq!(read("2 errors occurred:\n\t* a\n\t* \x1b[31mb\n\n"), "2 errors occurred: * a * [31mb");
    }
}
