//! What goes back and forth in a session: one JSON object in each message.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::encode;
use crate::object::base64;

/// What the server says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    pub(super) stdout: Option<Stream>,
    pub(super) stderr: Option<Stream>,
    pub(super) exited: bool,
    pub(super) result: Option<Exit>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    #[serde(with = "base64")]
    pub(super) data: Option<Bytes>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Exit {
    /// Left out for a success.
    #[serde(deserialize_with = "crate::wire::null::or_default")]
    pub(super) exit_code: i64,
}

/// What is said to the server.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    Data(Bytes),
    Close,
    Size { rows: u16, columns: u16 },
    Alive,
}

impl Said {
    pub(super) fn message(&self) -> Message {
        let content = match self {
            Self::Data(data) => json!({ "stdin": { "data": encode(data) } }),
            Self::Close => json!({ "stdin": { "close": true } }),
            Self::Size { rows, columns } => json!({ "tty_size": { "height": rows, "width": columns } }),
            Self::Alive => return Message::Ping(Bytes::new()),
        };
        Message::text(content.to_string())
    }
}
