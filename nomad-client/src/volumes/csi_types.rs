//! Volumes of the Container Storage Interface, as the servers and their storage providers know them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{AccessMode, AttachmentMode, VolumeCapability};
use crate::allocations::AllocationStub;
use crate::job::MountOptions;
use crate::meta::{BodyMeta, Index};
use crate::secret::Secret;

object! {
    /// A place of a storage provider.
    Topology {
        /// Its parts, such as a region and a zone.
        pub segments: BTreeMap<String, String>,
    }
}

object! {
    /// Where a volume is to be.
    TopologyRequest {
        /// In one of these.
        pub required: Vec<Topology>,
        /// In the first of these that it can be in.
        pub preferred: Vec<Topology>,
    }
}

object! {
    /// A volume that a plugin brings from a storage provider.
    CsiVolume {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// What it is called.
        pub name: String,
        /// Its id at the storage provider.
        #[serde(rename = "ExternalID")]
        pub external_id: String,
        /// The namespace, whose jobs may use it; the client's unless set.
        pub namespace: String,
        /// Where it is to be.
        pub requested_topologies: Option<TopologyRequest>,
        /// Where it is.
        pub topologies: Vec<Topology>,
        /// Who uses it at the moment.
        pub access_mode: AccessMode,
        /// As what it is used at the moment.
        pub attachment_mode: AttachmentMode,
        /// How it is mounted. The flags are read as `[REDACTED]`, and have to be set anew before they are written.
        pub mount_options: Option<MountOptions>,
        /// What the storage provider wants to know. Never read.
        pub secrets: BTreeMap<String, Secret>,
        /// Settings of the plugin for its making.
        pub parameters: BTreeMap<String, String>,
        /// Settings of the plugin for its use.
        pub context: BTreeMap<String, String>,
        /// Its size in bytes.
        pub capacity: i64,
        /// The least size in bytes; 0 for any.
        pub requested_capacity_min: i64,
        /// The largest size in bytes; 0 for any.
        pub requested_capacity_max: i64,
        /// How it may be used.
        pub requested_capabilities: Vec<VolumeCapability>,
        /// The volume that it is made as a copy of.
        #[serde(rename = "CloneID")]
        pub clone_id: String,
        /// The snapshot that it is made from.
        #[serde(rename = "SnapshotID")]
        pub snapshot_id: String,
        /// Set by the server: the allocations that read it, by their ids; the values are always null.
        pub read_allocs: BTreeMap<String, Value>,
        /// Set by the server: the allocations that write it, by their ids; the values are always null.
        pub write_allocs: BTreeMap<String, Value>,
        /// Set by the server: all these allocations.
        pub allocations: Vec<AllocationStub>,
        /// Set by the server: whether its plugin is well enough for it to be used.
        pub schedulable: bool,
        /// Its plugin.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// Set by the server: its storage provider.
        pub provider: String,
        /// Set by the server: the version of that.
        pub provider_version: String,
        /// Set by the server: whether it needs a controller.
        pub controller_required: bool,
        /// Set by the server: how many controllers of the plugin are well.
        pub controllers_healthy: i64,
        /// Set by the server: how many there are to be.
        pub controllers_expected: i64,
        /// Set by the server: on how many nodes the plugin is well.
        pub nodes_healthy: i64,
        /// Set by the server: on how many it is to be.
        pub nodes_expected: i64,
        /// Set by the server: since when the storage provider has no room for it.
        pub resource_exhausted: Option<Timestamp> as rfc3339,
        /// Set by the server: when it was made.
        pub create_index: Index,
        /// Set by the server: when it changed.
        pub modify_index: Index,
        /// Set by the server: when it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// Set by the server: when it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

impl CsiVolume {
    /// A volume of this plugin that may be used in this way.
    pub fn new(id: impl Into<String>, plugin: impl Into<String>, capability: VolumeCapability) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            plugin_id: plugin.into(),
            requested_capabilities: vec![capability],
            ..Self::default()
        }
    }
}

answer! {
    /// A volume in a list.
    CsiVolumeStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The namespace.
        pub namespace: String,
        /// What it is called.
        pub name: String,
        /// Its id at the storage provider.
        #[serde(rename = "ExternalID")]
        pub external_id: String,
        /// Where it is.
        pub topologies: Vec<Topology>,
        /// Who uses it at the moment.
        pub access_mode: AccessMode,
        /// As what it is used at the moment.
        pub attachment_mode: AttachmentMode,
        /// How many allocations read it.
        pub current_readers: i64,
        /// How many write it.
        pub current_writers: i64,
        /// Whether its plugin is well enough for it to be used.
        pub schedulable: bool,
        /// Its plugin.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// Its storage provider.
        pub provider: String,
        /// Whether it needs a controller.
        pub controller_required: bool,
        /// How many controllers of the plugin are well.
        pub controllers_healthy: i64,
        /// How many there are to be.
        pub controllers_expected: i64,
        /// On how many nodes the plugin is well.
        pub nodes_healthy: i64,
        /// On how many it is to be.
        pub nodes_expected: i64,
        /// Since when the storage provider has no room for it.
        pub resource_exhausted: Option<Timestamp> as rfc3339,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

object! {
    /// Volumes that were made or changed.
    CsiRegistration {
        /// They.
        pub volumes: Vec<CsiVolume>,
        /// What the server thinks of them.
        pub warnings: String,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// A volume as its storage provider knows it.
    ExternalVolume {
        /// Its id there.
        #[serde(rename = "ExternalID")]
        pub external_id: String,
        /// Its size in bytes.
        pub capacity_bytes: i64,
        /// What the storage provider says of it.
        pub volume_context: BTreeMap<String, String>,
        /// The volume that it was made as a copy of.
        #[serde(rename = "CloneID")]
        pub clone_id: String,
        /// The snapshot that it was made from.
        #[serde(rename = "SnapshotID")]
        pub snapshot_id: String,
        /// The nodes that it is attached to, by their names there.
        #[serde(rename = "PublishedExternalNodeIDs")]
        pub published_external_node_ids: Vec<String>,
        /// Whether it is unwell.
        pub is_abnormal: bool,
        /// How.
        pub status: String,
    }
}

answer! {
    /// A page of volumes that a storage provider knows.
    ExternalVolumes {
        /// They.
        pub volumes: Vec<ExternalVolume>,
        /// What the body says beside its content, also where the next page begins.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}
