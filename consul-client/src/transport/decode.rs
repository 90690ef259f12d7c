//! From the bytes of an answer to a value, with errors that never repeat those bytes.

use serde::de::DeserializeOwned;

use super::{Reply, Request};
use crate::error::{DecodeError, Error, Result};

/// Reads the body as JSON.
pub(crate) fn json<T: DeserializeOwned>(request: &Request, reply: &Reply) -> Result<T> {
    serde_json::from_slice(&reply.body).map_err(|error| {
        let problem = match error.classify() {
            _ if reply.body.is_empty() => "the body is empty",
            serde_json::error::Category::Data => "a value has another type than expected",
            serde_json::error::Category::Eof => "the JSON ends too early",
            _ => "it is not JSON",
        };
        Error::Decode(Box::new(DecodeError {
            method: request.method,
            path: request.path.as_str().to_owned(),
            status: reply.status,
            content_type: reply.header("content-type").unwrap_or("no content type").to_owned(),
            problem,
            line: error.line(),
            column: error.column(),
        }))
    })
}

/// Turns "not found" into an absent value.
pub(crate) fn none_if_not_found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
