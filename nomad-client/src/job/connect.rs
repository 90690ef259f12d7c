//! A service's part in Consul's mesh.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Gateway, Identity, LogConfig, Resources, VolumeMount};

object! {
    /// A service's part in Consul's mesh.
    Connect {
        /// Whether the service speaks the mesh's protocol by itself.
        pub native: bool,
        /// Makes the service a gateway.
        pub gateway: Option<Gateway>,
        /// Puts a proxy beside the service.
        pub sidecar_service: Option<SidecarService>,
        /// How the proxy's task is run.
        pub sidecar_task: Option<SidecarTask>,
    }
}

object! {
    /// The registration of a proxy.
    SidecarService {
        /// Its tags.
        pub tags: Vec<String>,
        /// The label of its port.
        pub port: String,
        /// What it does.
        pub proxy: Option<Proxy>,
        /// Whether it has no check.
        #[serde(rename = "DisableDefaultTCPCheck")]
        pub disable_default_tcp_check: bool,
        /// Labels.
        pub meta: BTreeMap<String, String>,
    }
}

object! {
    /// How a proxy's task is run.
    SidecarTask {
        /// Its name.
        pub name: String,
        /// Its driver.
        pub driver: String,
        /// The user that it runs as.
        pub user: String,
        /// What the driver is told.
        pub config: Map<String, Value>,
        /// Environment variables.
        pub env: BTreeMap<String, String>,
        /// What it needs.
        pub resources: Option<Resources>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// How long it may take to end.
        pub kill_timeout: Option<Duration> as nanos,
        /// How its output is kept.
        pub log_config: Option<LogConfig>,
        /// The pause before it is stopped.
        pub shutdown_delay: Option<Duration> as nanos,
        /// The signal that stops it.
        pub kill_signal: String,
        /// Volumes that it mounts.
        pub volume_mounts: Vec<VolumeMount>,
        /// Its workload identities.
        pub identities: Vec<Identity>,
    }
}

object! {
    /// What a proxy does.
    Proxy {
        /// Where the service listens.
        pub local_service_address: String,
        /// The port on which it listens.
        pub local_service_port: i64,
        /// Paths that are open without the mesh.
        pub expose: Option<Expose>,
        /// The old name of `expose`; written only.
        pub expose_config: Option<Expose>,
        /// Services that it gives access to.
        pub upstreams: Vec<Upstream>,
        /// Catches all traffic of the task.
        pub transparent_proxy: Option<TransparentProxy>,
        /// What Consul is told.
        pub config: Map<String, Value>,
    }
}

object! {
    /// Paths that are open without the mesh.
    Expose {
        /// The paths.
        pub paths: Vec<ExposePath>,
        /// The old name of `paths`; written only.
        pub path: Vec<ExposePath>,
    }
}

object! {
    /// A path that is open without the mesh.
    ExposePath {
        /// The path.
        pub path: String,
        /// `http` or `http2`.
        pub protocol: String,
        /// The port on which the service listens.
        pub local_path_port: i64,
        /// The label of the port that is opened.
        pub listener_port: String,
    }
}

object! {
    /// A service that a proxy gives access to.
    Upstream {
        /// Its name.
        pub destination_name: String,
        /// Its namespace (Enterprise).
        pub destination_namespace: String,
        /// The peer that it comes from.
        pub destination_peer: String,
        /// Its partition (Enterprise).
        pub destination_partition: String,
        /// `service` or `prepared_query`.
        pub destination_type: String,
        /// The port on which the proxy offers it.
        pub local_bind_port: i64,
        /// Its datacenter.
        pub datacenter: String,
        /// The address on which the proxy offers it.
        pub local_bind_address: String,
        /// The Unix socket on which the proxy offers it.
        pub local_bind_socket_path: String,
        /// The mode of that socket.
        pub local_bind_socket_mode: String,
        /// How other datacenters are reached.
        pub mesh_gateway: Option<MeshGateway>,
        /// What Consul is told.
        pub config: Map<String, Value>,
    }
}

impl Upstream {
    /// This service on this local port.
    pub fn new(destination_name: impl Into<String>, local_bind_port: u16) -> Self {
        Self { destination_name: destination_name.into(), local_bind_port: local_bind_port.into(), ..Self::default() }
    }
}

object! {
    /// How other datacenters are reached.
    MeshGateway {
        /// `none`, `local` or `remote`.
        pub mode: String,
    }
}

object! {
    /// Catches all traffic of a task.
    TransparentProxy {
        /// The user that the proxy runs as.
        #[serde(rename = "UID")]
        pub uid: String,
        /// The proxy's port for outgoing traffic.
        pub outbound_port: u64,
        /// Ports (labels or numbers) whose incoming traffic is left alone.
        pub exclude_inbound_ports: Vec<String>,
        /// Ports whose outgoing traffic is left alone.
        pub exclude_outbound_ports: Vec<u64>,
        /// Networks whose traffic is left alone.
        #[serde(rename = "ExcludeOutboundCIDRs")]
        pub exclude_outbound_cidrs: Vec<String>,
        /// Users whose traffic is left alone.
        #[serde(rename = "ExcludeUIDs")]
        pub exclude_uids: Vec<String>,
        /// Whether names are not resolved by Consul.
        #[serde(rename = "NoDNS")]
        pub no_dns: bool,
    }
}
