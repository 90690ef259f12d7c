//! For the tests of this workspace: whether anything that a server sent is lost in the types of this crate.
//!
//! Behind the feature `lossless`, which no program should turn on: every answer is then written again and handed,
//! with what came in, to whoever asked for it.

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::Value;

/// Takes what a server sent and what the types of this crate made of it, written again.
pub type Auditor = fn(&Exchange);

/// One answer, before and after.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The method.
    pub method: &'static str,
    /// The route, with names in place of what varies.
    pub route: &'static str,
    /// The type that it was read as.
    pub kind: &'static str,
    /// The JSON that came.
    pub sent: Value,
    /// The same, read and written again.
    pub kept: Value,
}

static AUDITOR: OnceLock<Auditor> = OnceLock::new();

/// Shows every answer of this process from now on; the first auditor stays.
pub fn audit(auditor: Auditor) {
    AUDITOR.get_or_init(|| auditor);
}

pub(crate) fn look(method: &'static str, route: &'static str, body: &[u8], value: &impl Serialize) {
    let Some(auditor) = AUDITOR.get() else { return };
    if let (Ok(sent), Ok(kept)) = (serde_json::from_slice(body), serde_json::to_value(value)) {
        auditor(&Exchange { method, route, kind: std::any::type_name_of_val(value), sent, kept });
    }
}
