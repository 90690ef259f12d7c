//! Which answers are errors, and what they say.

use std::time::Duration;

use super::{Reply, Request};
use crate::error::{ApiError, Error, Result};
use crate::reason::Reason;

/// Longest part of a plain-text error that is kept: an error page of a proxy is no message.
const MAX_MESSAGE: usize = 2_000;

pub(super) fn check(request: &Request, reply: Reply) -> Result<Reply> {
    if (200..300).contains(&reply.status) || request.data_statuses.contains(&reply.status) {
        return Ok(reply);
    }
    let text = String::from_utf8_lossy(&reply.body);
    let message: String = text.trim().chars().take(MAX_MESSAGE).collect();
    Err(Error::Api(Box::new(ApiError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: reply.status,
        reason: Reason::of(reply.status, &message),
        messages: Some(message).filter(|message| !message.is_empty()).into_iter().collect(),
        retry_after: reply.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        body: serde_json::from_slice(&reply.body).ok(),
        headers: reply.headers,
    })))
}
