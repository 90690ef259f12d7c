//! From the bytes of an answer to a value, with errors that never repeat those bytes.

use serde::de::DeserializeOwned;

use super::{Reply, Request};
use crate::error::{DecodeError, Error, Result};

/// What an answer is read into.
///
/// With the feature `lossless` it can also be written again, so that tests see what gets lost. A secret is then written
/// as `(redacted)`.
#[cfg(not(feature = "lossless"))]
pub(crate) trait Decode: DeserializeOwned {}
#[cfg(not(feature = "lossless"))]
impl<T: DeserializeOwned> Decode for T {}
#[cfg(feature = "lossless")]
pub(crate) trait Decode: DeserializeOwned + serde::Serialize {}
#[cfg(feature = "lossless")]
impl<T: DeserializeOwned + serde::Serialize> Decode for T {}

/// Reads the body as JSON.
pub(crate) fn json<T: Decode>(request: &Request, reply: &Reply) -> Result<T> {
    let value = read(request, reply)?;
    #[cfg(feature = "lossless")]
    crate::lossless::look(request.method, request.path.route(), &reply.body, &value);
    Ok(value)
}

/// As [`json`], of a type that a user chose.
pub(crate) fn read<T: DeserializeOwned>(request: &Request, reply: &Reply) -> Result<T> {
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
