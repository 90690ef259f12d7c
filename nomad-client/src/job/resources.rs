//! Resources and networks.

use std::collections::BTreeMap;

use super::{Affinity, Constraint};

object! {
    /// What a task needs.
    Resources {
        /// CPU in MHz.
        #[serde(rename = "CPU")]
        pub cpu: Option<i64>,
        /// Whole cores instead.
        pub cores: Option<i64>,
        /// Memory in MiB.
        #[serde(rename = "MemoryMB")]
        pub memory_mb: Option<i64>,
        /// Memory in MiB where the node has some left.
        #[serde(rename = "MemoryMaxMB")]
        pub memory_max_mb: Option<i64>,
        /// Disk in MiB; replaced by the group's disk.
        #[serde(rename = "DiskMB")]
        pub disk_mb: Option<i64>,
        /// Networks; replaced by the group's.
        pub networks: Vec<Network>,
        /// Devices.
        pub devices: Vec<RequestedDevice>,
        /// Closeness of cores, memory and devices.
        #[serde(rename = "NUMA")]
        pub numa: Option<Numa>,
        /// The size of the directory for secrets in MiB.
        #[serde(rename = "SecretsMB")]
        pub secrets_mb: Option<i64>,
        /// No longer used.
        #[serde(rename = "IOPS")]
        pub iops: Option<i64>,
    }
}

object! {
    /// Closeness of cores, memory and devices.
    Numa {
        /// `none`, `prefer` or `require`.
        pub affinity: String,
        /// Devices that must be close too.
        pub devices: Vec<String>,
    }
}

object! {
    /// A device that a task needs.
    RequestedDevice {
        /// `type`, `vendor/type` or `vendor/type/name`.
        pub name: String,
        /// How many.
        pub count: Option<u64>,
        /// What it must have.
        pub constraints: Vec<Constraint>,
        /// What it should have.
        pub affinities: Vec<Affinity>,
    }
}

object! {
    /// A network.
    Network {
        /// `host`, `bridge`, `none` or `cni/<name>`.
        pub mode: String,
        /// Set by the server: the interface.
        pub device: String,
        /// Set by the server: the network.
        #[serde(rename = "CIDR")]
        pub cidr: String,
        /// Set by the server: the address.
        #[serde(rename = "IP")]
        pub ip: String,
        /// How names are resolved.
        #[serde(rename = "DNS")]
        pub dns: Option<Dns>,
        /// Ports with a fixed number.
        pub reserved_ports: Vec<Port>,
        /// Ports whose number the scheduler chooses.
        pub dynamic_ports: Vec<Port>,
        /// The host name inside.
        pub hostname: String,
        /// No longer used.
        #[serde(rename = "MBits")]
        pub mbits: Option<i64>,
        /// Arguments of the CNI plugin.
        #[serde(rename = "CNI")]
        pub cni: Option<Cni>,
    }
}

object! {
    /// A port.
    Port {
        /// Its label.
        pub label: String,
        /// Its number; none or 0 until the scheduler has chosen.
        pub value: Option<u64>,
        /// The number inside; -1 for the same as outside.
        pub to: Option<i64>,
        /// The host network that it is opened on.
        pub host_network: String,
        /// Whether another port of the same number may be open on the node.
        pub ignore_collision: Option<bool>,
    }
}

impl Port {
    /// A port whose number the scheduler chooses, for [`Network::dynamic_ports`].
    pub fn dynamic(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A port of this number, for [`Network::reserved_ports`].
    pub fn fixed(label: impl Into<String>, value: u16) -> Self {
        Self { label: label.into(), value: Some(value.into()), ..Self::default() }
    }
}

object! {
    /// How names are resolved.
    Dns {
        /// The servers.
        pub servers: Vec<String>,
        /// The search domains.
        pub searches: Vec<String>,
        /// The options.
        pub options: Vec<String>,
    }
}

object! {
    /// Arguments of a CNI plugin.
    Cni {
        /// The arguments.
        pub args: BTreeMap<String, String>,
    }
}
