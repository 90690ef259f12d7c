//! What a token can see of the mounts: <https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mounts::Mount;
use crate::wire::null;

/// The mounts of which a token can see something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VisibleMounts {
    /// The secrets engines by path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret: BTreeMap<String, Mount>,
    /// The auth methods by path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub auth: BTreeMap<String, Mount>,
}

/// The mount to which a path belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VisibleMount {
    /// Its own path, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub path: String,
    /// The mount.
    #[serde(flatten)]
    pub mount: Mount,
}

impl VisibleMount {
    /// The version of a KV engine; none for another engine.
    pub fn kv_version(&self) -> Option<u64> {
        if !matches!(self.mount.kind.as_str(), "kv" | "generic") {
            return None;
        }
        let version = self.mount.options.as_ref().and_then(|options| options.get("version"));
        Some(version.and_then(|version| version.parse().ok()).unwrap_or(1))
    }
}
