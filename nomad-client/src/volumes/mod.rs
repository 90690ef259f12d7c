//! Volumes: dynamic host volumes, which a node makes on itself, and volumes of the Container Storage Interface (CSI),
//! which plugins bring from a storage provider: <https://developer.hashicorp.com/nomad/api-docs/volumes> and
//! <https://developer.hashicorp.com/nomad/api-docs/plugins>.
//!
//! Host volumes need the permissions `host-volume-…` of their namespace, those of the CSI `csi-…` and `plugin:read`.
//! Static host volumes, which stand in the configuration of a node, are told by [`Node::host_volumes`] only.
//!
//! [`Node::host_volumes`]: crate::nodes::Node::host_volumes

mod claims;
mod csi;
mod csi_types;
mod host;
mod plugins;
mod snapshots;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::claims::{ClaimsOptions, VolumeClaim};
pub use self::csi::{CsiVolumes, CsiVolumesOptions};
pub use self::csi_types::{
    CsiRegistration, CsiVolume, CsiVolumeStub, ExternalVolume, ExternalVolumes, Topology, TopologyRequest,
};
pub use self::host::{
    HostVolume, HostVolumeRegistration, HostVolumeState, HostVolumeStub, HostVolumes, HostVolumesOptions,
};
pub use self::plugins::{
    ControllerAbilities, CsiPlugin, CsiPluginStub, CsiPlugins, NodeAbilities, PluginInstance, PluginJob,
};
pub use self::snapshots::{CsiSnapshot, CsiSnapshots, SnapshotsOptions};

use crate::error::Result;
use crate::secret::Secret;
use crate::transport::Request;

wire_enum! {
    /// Who may use a volume at the same time, and what for.
    pub AccessMode {
        /// One node reads.
        SingleNodeReader = "single-node-reader-only",
        /// One node reads and writes.
        SingleNodeWriter = "single-node-writer",
        /// One allocation reads and writes (host volumes).
        SingleNodeSingleWriter = "single-node-single-writer",
        /// Several allocations of one node read and write (host volumes).
        SingleNodeMultiWriter = "single-node-multi-writer",
        /// Several nodes read.
        MultiNodeReader = "multi-node-reader-only",
        /// Several nodes read, one writes.
        MultiNodeSingleWriter = "multi-node-single-writer",
        /// Several nodes read and write.
        MultiNodeMultiWriter = "multi-node-multi-writer",
    }
}

wire_enum! {
    /// As what a task gets a volume.
    pub AttachmentMode {
        /// As a file system.
        FileSystem = "file-system",
        /// As a device.
        BlockDevice = "block-device",
    }
}

default_empty!(AccessMode, AttachmentMode);

object! {
    /// One way in which a volume may be used.
    VolumeCapability {
        /// Who may use it.
        pub access_mode: AccessMode,
        /// As what.
        pub attachment_mode: AttachmentMode,
    }
}

impl VolumeCapability {
    /// This way.
    pub fn new(access: AccessMode, attachment: AttachmentMode) -> Self {
        Self { access_mode: access, attachment_mode: attachment, ..Self::default() }
    }
}

/// Options of [`HostVolumes::create_with`], [`CsiVolumes::register_with`] and their like.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RegisterOptions {
    policy_override: bool,
}

impl RegisterOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Overrides policies that are not mandatory (Enterprise); needs `namespace:sentinel-override`.
    #[must_use]
    pub fn overriding_policy(mut self) -> Self {
        self.policy_override = true;
        self
    }
}

/// Sends the secrets of a storage provider along, in the one form that the server takes: `name=value,name=value`.
fn with_secrets(mut request: Request, secrets: &BTreeMap<String, Secret>) -> Result<Request> {
    if secrets.is_empty() {
        return Ok(request);
    }
    if secrets.iter().any(|(name, value)| name.contains(['=', ',']) || value.expose().contains(',')) {
        return Err(request.refused("a secret holds a `,`, or its name one or a `=`, which cannot be sent"));
    }
    let pairs: Vec<String> = secrets.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
    request.headers.push(("x-nomad-csi-secrets", pairs.join(",")));
    Ok(request)
}
