//! For the fuzz targets of this workspace alone: what is private, and reads what others wrote.

pub use crate::transport::fuzzing::{lines, path};

use crate::files::frames::{Deframer, Unframed};

/// The frames of a file in a body that comes in these pieces, and what is left of it when they end, as text.
pub fn frames(pieces: &[Vec<u8>]) -> String {
    let mut deframer = Deframer::default();
    let mut found = Vec::new();
    let mut broken = None;
    for piece in pieces {
        deframer.push(piece);
        while broken.is_none() {
            match deframer.next() {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break,
                Err(unframed) => broken = Some(unframed),
            }
        }
    }
    // What follows an object that is no frame is looked at by nobody.
    let rest = Some(deframer.rest()).filter(|_| broken != Some(Unframed::Malformed));
    format!("{found:?} {broken:?} {rest:?}")
}

/// Whether a message of a command's session can be read.
#[cfg(feature = "exec")]
pub fn message(text: &[u8]) -> bool {
    serde_json::from_slice::<crate::exec::frames::Told>(text).is_ok()
}
