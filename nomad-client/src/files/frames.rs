//! The frames of file and log streams: JSON objects one right after the other, with nothing between them.

use bytes::{Buf as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use crate::object::base64;

/// Longest frame that is taken; the server sends at most 64 KiB of a file at once.
const LONGEST: usize = 16 * 1024 * 1024;

wire_enum! {
    /// What happened to a file while it was read.
    pub FileEvent {
        /// It was deleted, or renamed.
        Deleted = "file deleted",
        /// It was cut off, so that it begins anew.
        Truncated = "file truncated",
    }
}

default_empty!(FileEvent);

/// What one frame says. Its `Offset` is left alone: it is the end of the first of the reads that were put together into
/// the frame, so neither its beginning nor its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Frame {
    #[serde(with = "base64")]
    pub(crate) data: Option<Bytes>,
    pub(crate) file: Option<String>,
    pub(crate) offset: Option<i64>,
    pub(crate) file_event: Option<FileEvent>,
}

impl Frame {
    /// Says nothing but that the server is alive.
    pub(crate) fn is_heartbeat(&self) -> bool {
        self.data.as_ref().is_none_or(Bytes::is_empty) && self.file_event.is_none()
    }
}

/// Why a stream is no stream of frames.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unframed {
    /// The server gave up in the middle, and says why; what follows belongs to it.
    Text,
    /// An object that is no frame.
    Malformed,
}

/// Takes bytes as they come and gives frames as they are whole.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    buffer: BytesMut,
    scan: Scan,
}

/// How far the object at the beginning of the buffer was looked through; each byte is looked at once.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    place: usize,
    depth: usize,
    quoted: bool,
    escaped: bool,
}

impl Deframer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; none while more bytes are wanted.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, Unframed> {
        if self.scan.place == 0 {
            let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.buffer.advance(blank);
        }
        if self.buffer.first().is_some_and(|first| *first != b'{') {
            return Err(Unframed::Text);
        }
        let Some(end) = self.end() else {
            return if self.buffer.len() > LONGEST { Err(Unframed::Malformed) } else { Ok(None) };
        };
        self.scan = Scan::default();
        let text = self.buffer.split_to(end);
        serde_json::from_slice(&text).map(Some).map_err(|_| Unframed::Malformed)
    }

    /// What is left: the beginning of a frame, or the text that the server ended with.
    pub(crate) fn rest(&mut self) -> Bytes {
        self.scan = Scan::default();
        self.buffer.split().freeze()
    }

    /// Where the first object ends, once it does.
    fn end(&mut self) -> Option<usize> {
        let mut scan = self.scan;
        while let Some(byte) = self.buffer.get(scan.place) {
            scan.place += 1;
            match byte {
                _ if scan.escaped => scan.escaped = false,
                b'\\' if scan.quoted => scan.escaped = true,
                b'"' => scan.quoted = !scan.quoted,
                b'{' if !scan.quoted => scan.depth += 1,
                b'}' if !scan.quoted => scan.depth -= 1,
                _ => {}
            }
            if scan.depth == 0 {
                self.scan = scan;
                return Some(scan.place);
            }
        }
        self.scan = scan;
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Deframer, FileEvent, Frame, Unframed};

    /// As a live server sent them, and with what JSON allows besides.
    const RECORDED: &str = concat!(
        r#"{"Data":"bGluZSA0MQo=","File":"alloc/logs/t.stdout.0","Offset":319}{}"#,
        r#"{"Data":"bGluZSA0Mgo=","File":"alloc/logs/a}\"{.stdout.0","Offset":327}"#,
        "\n {\"FileEvent\":\"file truncated\",\"File\":\"a\\\\\",\"Zzz\":{\"a\":[{}]}}{}"
    );

    fn frames(pieces: &[&[u8]]) -> Vec<Frame> {
        let mut deframer = Deframer::default();
        let mut found = Vec::new();
        for piece in pieces {
            deframer.push(piece);
            while let Some(frame) = deframer.next().unwrap() {
                found.push(frame);
            }
        }
        assert!(deframer.rest().is_empty());
        found
    }

    #[test]
    fn t34_frames_do_not_depend_on_where_they_are_cut() {
        let text = RECORDED.as_bytes();
        let whole = frames(&[text]);
        assert_eq!(whole.len(), 5);
        assert_eq!(whole[0].data.as_deref(), Some(&b"line 41\n"[..]));
        assert!(whole[1].is_heartbeat() && !whole[3].is_heartbeat());
        assert_eq!(whole[2].file.as_deref(), Some("alloc/logs/a}\"{.stdout.0"));
        assert_eq!(whole[3].file_event, Some(FileEvent::Truncated));
        for cut in 0..=text.len() {
            assert_eq!(frames(&[&text[..cut], &text[cut..]]), whole, "{cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(frames(&bytes), whole);
    }

    #[test]
    fn t35_a_text_in_the_middle_is_the_servers_error() {
        let mut deframer = Deframer::default();
        deframer.push(b"{}failed to ");
        assert_eq!(deframer.next().unwrap(), Some(Frame::default()));
        assert_eq!(deframer.next(), Err(Unframed::Text));
        deframer.push(b"read");
        assert_eq!(deframer.next(), Err(Unframed::Text));
        assert_eq!(deframer.rest(), "failed to read");
        deframer.push(b"{\"Data\":1}");
        assert_eq!(deframer.next(), Err(Unframed::Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_survive_any_cuts(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..6),
            step in 1_usize..50,
        ) {
            let sent: Vec<Frame> = contents
                .iter()
                .map(|data| Frame { data: Some(data.clone().into()), file: Some("f\"}".to_owned()), ..Frame::default() })
                .collect();
            let text: String = sent.iter().map(|frame| serde_json::to_string(frame).unwrap()).collect();
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
            prop_assert_eq!(frames(&pieces), sent);
        }
    }
}
