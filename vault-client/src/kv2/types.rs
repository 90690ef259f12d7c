//! What is known about secrets, and what is changed about them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::codec;
use crate::wire::{duration, null, time};

/// A version of a secret, as it was read.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Kv2Read<T> {
    /// It is there.
    Live {
        /// What it holds.
        data: T,
        /// What is known about the version.
        metadata: VersionMetadata,
    },
    /// It was deleted or destroyed.
    Deleted {
        /// What is known about the version; its number is what [`Cas::At`] wants.
        metadata: VersionMetadata,
    },
}

impl<T> Kv2Read<T> {
    /// What it holds, if it is there.
    pub fn data(&self) -> Option<&T> {
        match self {
            Self::Live { data, .. } => Some(data),
            Self::Deleted { .. } => None,
        }
    }

    /// What it holds, if it is there.
    pub fn into_data(self) -> Option<T> {
        match self {
            Self::Live { data, .. } => Some(data),
            Self::Deleted { .. } => None,
        }
    }

    /// What is known about the version.
    pub fn metadata(&self) -> &VersionMetadata {
        match self {
            Self::Live { metadata, .. } | Self::Deleted { metadata } => metadata,
        }
    }
}

/// Without the data, whatever its type.
impl<T> fmt::Debug for Kv2Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.data().is_some() { "Live" } else { "Deleted" };
        f.debug_struct(name).field("metadata", self.metadata()).finish_non_exhaustive()
    }
}

/// What is known about one version of a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionMetadata {
    /// Its number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: u64,
    /// When it was written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was deleted, or will be.
    #[serde(default, deserialize_with = "time::or_none")]
    pub deletion_time: Option<Timestamp>,
    /// Whether it is gone for good.
    #[serde(default, deserialize_with = "null::or_default")]
    pub destroyed: bool,
    /// Notes of the application about the secret.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
}

/// What must be true for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cas {
    /// Nothing.
    #[default]
    Any,
    /// The secret must never have had a version.
    Absent,
    /// This must be the current version, deleted or not.
    At(u64),
}

impl Cas {
    pub(super) fn options(self) -> Value {
        match self {
            Self::Any => json!({}),
            Self::Absent => json!({ "cas": 0 }),
            Self::At(version) => json!({ "cas": version }),
        }
    }
}

object! {
    /// Settings of the engine.
    Config {
        /// How many versions are kept; 0 for ten.
        pub max_versions: Option<u64>,
        /// Whether every write needs a guard.
        pub cas_required: Option<bool>,
        /// How long versions are kept; zero for ever.
        pub delete_version_after: Option<Duration> as seconds,
    }
}

/// What is known about a secret and all its versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The number of the newest version; 0 before the first.
    #[serde(default, deserialize_with = "null::or_default")]
    pub current_version: u64,
    /// The number of the oldest version that is kept.
    #[serde(default, deserialize_with = "null::or_default")]
    pub oldest_version: u64,
    /// When it was first written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was last written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub updated_time: Option<Timestamp>,
    /// Who wrote last; none before Vault 1.21.
    #[serde(default)]
    pub last_updated_by: Option<Author>,
    /// Notes of the application.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
    /// How many versions are kept; 0 for what the engine is set to.
    #[serde(default, deserialize_with = "null::or_default")]
    pub max_versions: u64,
    /// Whether every write needs a guard.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cas_required: bool,
    /// How long versions are kept; zero for what the engine is set to.
    #[serde(default, with = "codec::seconds")]
    pub delete_version_after: Duration,
    /// Its versions, by number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub versions: BTreeMap<u64, VersionState>,
}

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Author {
    /// The display name of the token.
    #[serde(default, deserialize_with = "null::or_default")]
    pub actor: String,
    /// The entity of the token.
    #[serde(default, deserialize_with = "null::or_default")]
    pub entity_id: String,
    /// The client as which the token is counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_id: String,
    /// What was done.
    #[serde(default, deserialize_with = "null::or_default")]
    pub operation: String,
}

/// What is known about a version in the list of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionState {
    /// Who wrote it; none before Vault 1.21.
    #[serde(default)]
    pub created_by: Option<Author>,
    /// Who deleted it.
    #[serde(default)]
    pub deleted_by: Option<Author>,
    /// When it was written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was deleted, or will be.
    #[serde(default, deserialize_with = "time::or_none")]
    pub deletion_time: Option<Timestamp>,
    /// Whether it is gone for good.
    #[serde(default, deserialize_with = "null::or_default")]
    pub destroyed: bool,
}

/// Settings of a secret to be changed. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MetadataRequest {
    /// Notes of the application, in place of all those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_metadata: Option<BTreeMap<String, String>>,
    /// How many versions are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_versions: Option<u64>,
    /// Whether every write needs a guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cas_required: Option<bool>,
    /// How long versions are kept.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub delete_version_after: Option<Duration>,
}

impl MetadataRequest {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes of the application, in place of all those before.
    #[must_use]
    pub fn with_custom_metadata<N: Into<String>, V: Into<String>>(
        mut self,
        notes: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let notes = notes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.custom_metadata = Some(notes);
        self
    }
}

/// Settings and notes of a secret to be changed one by one. What is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MetadataPatch {
    /// Notes of the application; one without a value is removed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_metadata: BTreeMap<String, Option<String>>,
    /// How many versions are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_versions: Option<u64>,
    /// Whether every write needs a guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cas_required: Option<bool>,
    /// How long versions are kept.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub delete_version_after: Option<Duration>,
}

impl MetadataPatch {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a note.
    #[must_use]
    pub fn with_note(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_metadata.insert(name.into(), Some(value.into()));
        self
    }

    /// Removes a note.
    #[must_use]
    pub fn without_note(mut self, name: impl Into<String>) -> Self {
        self.custom_metadata.insert(name.into(), None);
        self
    }
}

/// Which names of fields are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubkeysOptions {
    /// The version; the newest unless set.
    pub version: Option<u64>,
    /// How deep; without a limit unless set.
    pub depth: Option<u64>,
}

impl SubkeysOptions {
    /// All names of the newest version.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this version.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }

    /// No deeper than this; 1 for the names at the top.
    #[must_use]
    pub fn with_depth(mut self, depth: u64) -> Self {
        self.depth = Some(depth);
        self
    }
}

/// Which secrets are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Whether secrets are left out whose newest version is deleted; since Vault 1.21.
    pub exclude_deleted: bool,
}

impl ListOptions {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out secrets whose newest version is deleted.
    #[must_use]
    pub fn with_exclude_deleted(mut self, exclude: bool) -> Self {
        self.exclude_deleted = exclude;
        self
    }
}
