//! Nodes, as the servers know them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::drain::{DrainMetadata, DrainStrategy};
use crate::job::{Network, Resources};
use crate::meta::{BodyMeta, Index};
use crate::volumes::PluginInstance;

wire_enum! {
    /// How a node is.
    pub NodeStatus {
        /// It registers.
        Initializing = "initializing",
        /// It can run tasks.
        Ready = "ready",
        /// It is gone.
        Down = "down",
        /// It is away, but may return.
        Disconnected = "disconnected",
    }
}

wire_enum! {
    /// Whether the scheduler may place anything on a node.
    pub Eligibility {
        /// It may.
        Eligible = "eligible",
        /// It may not.
        Ineligible = "ineligible",
    }
}

default_empty!(NodeStatus, Eligibility);

answer! {
    /// A machine that runs tasks.
    Node {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its datacenter.
        pub datacenter: String,
        /// Its name.
        pub name: String,
        /// Its address.
        #[serde(rename = "HTTPAddr")]
        pub http_addr: String,
        /// Whether that speaks TLS.
        #[serde(rename = "TLSEnabled")]
        pub tls_enabled: bool,
        /// What was found out about it.
        pub attributes: BTreeMap<String, String>,
        /// Replaced by `node_resources`.
        pub resources: Option<Resources>,
        /// Replaced by `reserved_resources`.
        pub reserved: Option<Resources>,
        /// What it has.
        pub node_resources: Option<NodeResources>,
        /// What it keeps for itself.
        pub reserved_resources: Option<ReservedResources>,
        /// Names of it elsewhere.
        pub links: BTreeMap<String, String>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// Its class.
        pub node_class: String,
        /// What makes it equal to others in the scheduler's eyes.
        pub computed_class: String,
        /// Its pool.
        pub node_pool: String,
        /// Where its tasks are among the control groups.
        pub cgroup_parent: String,
        /// Whether it is being drained.
        pub drain: bool,
        /// How.
        pub drain_strategy: Option<DrainStrategy>,
        /// Whether anything may be placed on it.
        pub scheduling_eligibility: Eligibility,
        /// How it is.
        pub status: NodeStatus,
        /// Why.
        pub status_description: String,
        /// Since when.
        pub status_updated_at: Option<Timestamp> as epoch_seconds,
        /// What happened to it, oldest first.
        pub events: Vec<NodeEvent>,
        /// Its drivers.
        pub drivers: BTreeMap<String, DriverInfo>,
        /// Its volumes.
        pub host_volumes: BTreeMap<String, HostVolumeInfo>,
        /// Whether its volumes are collected with it.
        #[serde(rename = "GCVolumesOnNodeGC")]
        pub gc_volumes_on_node_gc: bool,
        /// Its networks that have a name.
        pub host_networks: BTreeMap<String, HostNetworkInfo>,
        /// Its CSI plugins that make volumes.
        #[serde(rename = "CSIControllerPlugins")]
        pub csi_controller_plugins: BTreeMap<String, PluginInstance>,
        /// Its CSI plugins that mount volumes.
        #[serde(rename = "CSINodePlugins")]
        pub csi_node_plugins: BTreeMap<String, PluginInstance>,
        /// Its last drain.
        pub last_drain: Option<DrainMetadata>,
        /// When it last missed a heartbeat.
        pub last_missed_heartbeat_index: Index,
        /// When its allocations last changed.
        pub last_alloc_update_index: Index,
        /// How many allocations it takes; 0 for any number.
        pub node_max_allocs: i64,
        /// The key that its identity was signed with.
        #[serde(rename = "IdentitySigningKeyID")]
        pub identity_signing_key_id: Option<String> as id,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

answer! {
    /// A node in a list.
    NodeStub {
        /// Its address, without the port.
        pub address: String,
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// What was found out about it, where asked for.
        pub attributes: BTreeMap<String, String>,
        /// Its datacenter.
        pub datacenter: String,
        /// Its name.
        pub name: String,
        /// Its class.
        pub node_class: String,
        /// Its pool.
        pub node_pool: String,
        /// Its version of Nomad.
        pub version: String,
        /// Whether it is being drained.
        pub drain: bool,
        /// Whether anything may be placed on it.
        pub scheduling_eligibility: Eligibility,
        /// How it is.
        pub status: NodeStatus,
        /// Why.
        pub status_description: String,
        /// Its drivers.
        pub drivers: BTreeMap<String, DriverInfo>,
        /// Its volumes.
        pub host_volumes: BTreeMap<String, HostVolumeInfo>,
        /// What it has, where asked for.
        pub node_resources: Option<NodeResources>,
        /// What it keeps for itself, where asked for.
        pub reserved_resources: Option<ReservedResources>,
        /// Its last drain.
        pub last_drain: Option<DrainMetadata>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

object! {
    /// What a node has.
    NodeResources {
        /// CPU.
        pub cpu: NodeCpu,
        /// Memory.
        pub memory: NodeMemory,
        /// Disk.
        pub disk: NodeDisk,
        /// Networks.
        pub networks: Vec<Network>,
        /// Devices.
        pub devices: Vec<Value>,
        /// The first port that the scheduler may choose.
        pub min_dynamic_port: u64,
        /// The last port that the scheduler may choose.
        pub max_dynamic_port: u64,
    }
}

answer! {
    /// CPU of a node.
    NodeCpu {
        /// In MHz.
        pub cpu_shares: i64,
        /// How many cores.
        pub total_cpu_cores: u64,
        /// The cores that tasks can have for themselves.
        pub reservable_cpu_cores: Vec<u64>,
    }
}

answer! {
    /// Memory of a node.
    NodeMemory {
        /// In MiB.
        #[serde(rename = "MemoryMB")]
        pub memory_mb: i64,
    }
}

answer! {
    /// Disk of a node.
    NodeDisk {
        /// In MiB.
        #[serde(rename = "DiskMB")]
        pub disk_mb: i64,
    }
}

answer! {
    /// What a node keeps for itself.
    ReservedResources {
        /// CPU.
        pub cpu: ReservedCpu,
        /// Memory.
        pub memory: NodeMemory,
        /// Disk.
        pub disk: NodeDisk,
        /// Ports.
        pub networks: ReservedPorts,
    }
}

answer! {
    /// CPU that a node keeps for itself.
    ReservedCpu {
        /// In MHz.
        pub cpu_shares: i64,
        /// Whole cores.
        pub reserved_cpu_cores: Vec<u64>,
    }
}

answer! {
    /// Ports that a node keeps for itself.
    ReservedPorts {
        /// Numbers and ranges.
        pub reserved_host_ports: String,
    }
}

answer! {
    /// A driver on a node.
    DriverInfo {
        /// What was found out about it.
        pub attributes: BTreeMap<String, String>,
        /// Whether it is there.
        pub detected: bool,
        /// Whether it works.
        pub healthy: bool,
        /// Why not.
        pub health_description: String,
        /// When that was found out.
        pub update_time: Option<Timestamp> as rfc3339,
    }
}

answer! {
    /// A volume on a node.
    HostVolumeInfo {
        /// Its id, if it was made by the API.
        #[serde(rename = "ID")]
        pub id: Option<String> as id,
        /// Its name.
        pub name: String,
        /// Where it is.
        pub path: String,
        /// Whether it is read only.
        pub read_only: bool,
    }
}

answer! {
    /// A network of a node that has a name.
    HostNetworkInfo {
        /// Its name.
        pub name: String,
        /// Its addresses.
        #[serde(rename = "CIDR")]
        pub cidr: String,
        /// Its interface.
        pub interface: String,
        /// Its ports that tasks cannot have.
        pub reserved_ports: String,
    }
}

answer! {
    /// Something that happened to a node.
    NodeEvent {
        /// What.
        pub message: String,
        /// The part of Nomad that speaks.
        pub subsystem: String,
        /// The facts.
        pub details: BTreeMap<String, String>,
        /// When.
        pub timestamp: Option<Timestamp> as rfc3339,
        /// When.
        pub create_index: Index,
    }
}

object! {
    /// What a change of a node led to.
    NodeUpdate {
        /// The evaluations that it made.
        #[serde(rename = "EvalIDs")]
        pub eval_ids: Vec<String>,
        /// When they were made.
        pub eval_create_index: Index,
        /// When the node changed.
        pub node_modify_index: Index,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

#[cfg(test)]
mod tests {
    use super::{Eligibility, Node, NodeStatus, NodeStub};
    use crate::object::tests::pruned;

    #[test]
    fn recorded_nodes_are_read_whole() {
        let text = include_str!("../../tests/fixtures/nomad-1.11.3/node/ready.json");
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!((&node.status, &node.scheduling_eligibility), (&NodeStatus::Ready, &Eligibility::Eligible));
        assert_eq!(pruned(serde_json::to_value(&node).unwrap()), pruned(serde_json::from_str(text).unwrap()));
        let text = include_str!("../../tests/fixtures/nomad-1.11.3/node/stubs.json");
        let stubs: Vec<NodeStub> = serde_json::from_str(text).unwrap();
        assert_eq!(pruned(serde_json::to_value(&stubs).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    }
}
