//! What the operations of the engine answer, one at a time or in a batch.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::{DecodeError, Error, Result};
use crate::object::secret_or_none;
use crate::transport::Request;
use crate::wire::null;

/// Why one item of a batch failed. The others may have succeeded all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ItemError {
    /// The server's own words.
    pub message: String,
}

/// What became of each item of a batch, in the order of the request.
pub type Batch<T> = Vec<Result<T, ItemError>>;

/// All that an operation can answer.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    pub(super) ciphertext: Option<String>,
    #[serde(with = "secret_or_none")]
    pub(super) plaintext: Option<SecretString>,
    pub(super) signature: Option<String>,
    pub(super) hmac: Option<String>,
    pub(super) valid: Option<bool>,
    pub(super) key_version: Option<u64>,
    pub(super) public_key: Option<String>,
    /// The same in a batch, where the server writes it in another way.
    publickey: Option<String>,
    #[serde(deserialize_with = "null::or_default")]
    error: String,
    #[serde(deserialize_with = "null::or_default")]
    reference: String,
}

impl Outcome {
    pub(super) fn public_key(&mut self) -> Option<String> {
        self.public_key.take().or_else(|| self.publickey.take()).filter(|key| !key.is_empty())
    }

    pub(super) fn take_ciphertext(&mut self) -> Option<String> {
        self.ciphertext.take()
    }

    /// An empty plain text is one too, and then the server sends an empty text or none.
    pub(super) fn take_plaintext(&mut self) -> Option<SecretSlice<u8>> {
        let text = self.plaintext.take().unwrap_or_default();
        STANDARD.decode(text.expose_secret()).map(SecretSlice::from).ok()
    }
}

/// What is sent for several results.
#[derive(Serialize)]
pub(super) struct Several<T> {
    pub(super) batch_input: Vec<T>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Outcomes {
    batch_results: Vec<Outcome>,
}

/// What is missing in an answer, or not what it should be.
const INCOMPLETE: &str = "what was asked for is not in it, or not readable";

pub(super) fn incomplete(request: &Request) -> Error {
    Error::Decode(Box::new(DecodeError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: 200,
        content_type: "application/json".to_owned(),
        problem: INCOMPLETE,
        line: 1,
        column: 1,
    }))
}

/// Sends a request for one result. All of them may be repeated: what they make is kept by nobody.
pub(super) async fn one<T>(
    client: &Client,
    request: Request,
    read: impl FnOnce(&mut Outcome) -> Option<T>,
) -> Result<T> {
    let request = request.idempotent();
    let mut outcome: Outcome = client.fetch(request.clone()).await?;
    read(&mut outcome).ok_or_else(|| incomplete(&request))
}

/// Sends a request for several results. Some operations answer 400 when an item fails, with the results of all.
pub(super) async fn many<T>(
    client: &Client,
    request: Request,
    read: impl Fn(&mut Outcome) -> Option<T>,
) -> Result<Batch<T>> {
    let outcomes: Outcomes = client.fetch(request.idempotent().data_statuses(&[400])).await?;
    let result = |mut outcome: Outcome| {
        let failed = |message: String| Err(ItemError { message });
        if !outcome.error.is_empty() {
            return failed(outcome.error);
        }
        read(&mut outcome).map_or_else(|| failed(INCOMPLETE.to_owned()), Ok)
    };
    Ok(outcomes.batch_results.into_iter().map(result).collect())
}
