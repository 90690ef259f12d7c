//! Which answers are errors, and what they say.

use std::time::Duration;

use serde_json::Value;

use super::{Reply, Request};
use crate::error::{ApiError, Error, Result};
use crate::reason::Reason;

/// Longest part of a plain-text error that is kept: an error page of a proxy is no message.
const MAX_MESSAGE: usize = 2_000;

pub(super) fn check(request: &Request, reply: Reply) -> Result<Reply> {
    if (200..300).contains(&reply.status) {
        return Ok(reply);
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    if request.data_statuses.contains(&reply.status) && body.as_ref().is_some_and(is_data) {
        return Ok(reply);
    }
    let messages = match &body {
        Some(Value::Object(_)) => said(body.as_ref()),
        // A list is data, which may hold secrets, and no message.
        Some(Value::Array(_)) => Vec::new(),
        _ => one_line(&String::from_utf8_lossy(&reply.body)).into_iter().collect(),
    };
    Err(Error::Api(Box::new(ApiError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: reply.status,
        reason: Reason::of(reply.status, &messages.join("; ")),
        messages,
        retry_after: reply.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        body,
        headers: reply.headers,
    })))
}

/// A status that is data comes with an object; the same status with errors or a text is a limit or a proxy speaking.
fn is_data(body: &Value) -> bool {
    body.is_object() && body.get("errors").is_none()
}

/// The errors, and the warnings: the hint that a KV engine has the other version is one.
fn said(body: Option<&Value>) -> Vec<String> {
    let list = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_array);
    let items = list("errors").into_iter().chain(list("warnings")).flatten();
    items.filter_map(Value::as_str).flat_map(single).filter_map(one_line).collect()
}

/// Several errors can come as one text: a line that counts them, and a line with a bullet for each.
fn single(text: &str) -> Vec<&str> {
    match text.split_once(" occurred:\n") {
        Some((count, list)) if count.ends_with(" error") || count.ends_with(" errors") => {
            list.lines().map(|line| line.trim().trim_start_matches("* ")).collect()
        }
        _ => vec![text],
    }
}

/// Without control characters that a terminal would obey.
fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(MAX_MESSAGE).collect();
    Some(line).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::error::Error;
    use crate::reason::Reason;
    use crate::transport::{Reply, Request};

    fn error(status: u16, body: &'static str) -> Error {
        let request = Request::get("/v1/secret/data/a", []).unwrap();
        check(&request, Reply { status, headers: reqwest::header::HeaderMap::new(), body: body.into() }).unwrap_err()
    }

    #[test]
    fn errors_and_warnings_are_the_message() {
        let denied = error(403, r#"{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}"#);
        assert_eq!(denied.reason(), Some(&Reason::InvalidToken));
        assert_eq!(
            denied.to_string(),
            "GET /v1/secret/data/a: the server answered 403: permission denied; invalid token \
             (the token is unknown, expired or revoked: check VAULT_TOKEN)"
        );
        let version = error(404, r#"{"data":null,"warnings":["Invalid path for a versioned K/V secrets engine."]}"#);
        assert_eq!(version.reason(), Some(&Reason::Unsupported));
        assert!(error(404, r#"{"errors":[]}"#).is_not_found());
        assert!(error(503, r#"{"errors":["Vault is sealed"]}"#).is_sealed());
        let page = error(502, "<html>\n<b>bad gateway</b>");
        assert!(page.to_string().ends_with("answered 502: <html> <b>bad gateway</b>"), "{page}");
    }

    #[test]
    fn data_beside_an_error_is_kept_and_never_printed() {
        let error = error(404, r#"{"data":{"data":{"password":"hunter2"}}}"#);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let Error::Api(api) = error else { panic!("another error") };
        assert!(api.body().is_some());
    }
}
