//! What a proxy or gateway of the mesh does.

use serde_json::{Map, Value};

use crate::config_entry::parts::{EnvoyExtension, Expose, MeshGateway, ProxyMode, TransparentProxy};
use crate::config_entry::proxy_defaults::AccessLogs;
use crate::object::Absent;

object! {
    /// What a proxy does.
    Proxy {
        /// The service that it stands for.
        pub destination_service_name: String,
        /// The instance that it stands for.
        #[serde(rename = "DestinationServiceID")]
        pub destination_service_id: String,
        /// Where that instance is; the own host unless set.
        pub local_service_address: String,
        /// The port of that instance.
        pub local_service_port: Option<i64>,
        /// The Unix socket of that instance, in place of address and port.
        pub local_service_socket_path: String,
        /// How it takes connections.
        pub mode: ProxyMode,
        /// How it works where it is transparent.
        pub transparent_proxy: TransparentProxy,
        /// Settings of Envoy, under Consul's own names.
        pub config: Map<String, Value>,
        /// The services that the instance speaks to.
        pub upstreams: Vec<Upstream>,
        /// Which mesh gateway is taken.
        pub mesh_gateway: MeshGateway,
        /// What can be reached without the mesh.
        pub expose: Expose,
        /// What it logs.
        pub access_logs: AccessLogs,
        /// Its extensions.
        pub envoy_extensions: Vec<EnvoyExtension>,
    }
}

impl Proxy {
    /// Of this service.
    pub fn of(service: impl Into<String>) -> Self {
        Self { destination_service_name: service.into(), ..Self::default() }
    }
}

impl Absent for ProxyMode {
    fn is_absent(&self) -> bool {
        self.as_str().is_empty()
    }
}

macro_rules! absent_by_default {
    ($($name:ident),+) => { $(
        impl Absent for $name {
            fn is_absent(&self) -> bool {
                *self == Self::default()
            }
        }
    )+ };
}

absent_by_default!(TransparentProxy, MeshGateway, Expose, AccessLogs);

wire_enum! {
    /// What an upstream is.
    pub UpstreamKind {
        /// A service.
        Service = "service",
        /// A prepared query.
        PreparedQuery = "prepared_query",
    }
}

default_empty!(UpstreamKind);

object! {
    /// A service that an instance speaks to through its proxy.
    Upstream {
        /// What it is; a service unless set.
        pub destination_type: UpstreamKind,
        /// Its name.
        pub destination_name: String,
        /// Its namespace; Enterprise.
        pub destination_namespace: String,
        /// Its partition; Enterprise.
        pub destination_partition: String,
        /// The peer that it is in.
        pub destination_peer: String,
        /// Its datacenter; the own one unless set.
        pub datacenter: String,
        /// Where the proxy takes connections to it; the own host unless set.
        pub local_bind_address: String,
        /// The port on which the proxy takes connections to it.
        pub local_bind_port: Option<i64>,
        /// The Unix socket on which the proxy takes connections to it, in place of address and port.
        pub local_bind_socket_path: String,
        /// The mode of that socket, in octal.
        pub local_bind_socket_mode: String,
        /// Settings of Envoy, under Consul's own names.
        pub config: Map<String, Value>,
        /// Which mesh gateway is taken.
        pub mesh_gateway: MeshGateway,
        /// Whether it stems from config entries alone.
        pub centrally_configured: Option<bool>,
    }
}

impl Upstream {
    /// A service, and the port on which the proxy takes connections to it.
    pub fn new(service: impl Into<String>, local_bind_port: u16) -> Self {
        Self { destination_name: service.into(), local_bind_port: Some(local_bind_port.into()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Proxy, Upstream, UpstreamKind};
    use crate::object::tests::lossless;

    #[test]
    fn t37_settings_keep_their_own_case() {
        let proxy: Proxy = lossless(
            r#"{"DestinationServiceName":"web","DestinationServiceID":"web1","LocalServiceAddress":"127.0.0.1",
            "LocalServicePort":8080,"Mode":"transparent","Config":{"protocol":"http","local_connect_timeout_ms":1000},
            "TransparentProxy":{"OutboundListenerPort":15001},"MeshGateway":{"Mode":"local"},"Expose":{"Checks":true},
            "Upstreams":[{"DestinationType":"service","DestinationName":"api","Datacenter":"","LocalBindPort":9100,
            "Config":{"connect_timeout_ms":5}}]}"#,
        );
        assert_eq!(proxy.config["protocol"], "http");
        assert_eq!(proxy.upstreams[0].destination_type, UpstreamKind::Service);
        let empty: Proxy = lossless(r#"{"Mode":"","MeshGateway":{},"Expose":{}}"#);
        assert_eq!(empty, Proxy::default());
        let sent = serde_json::to_value(Upstream::new("api", 9100)).unwrap();
        assert_eq!(sent, serde_json::json!({"DestinationName": "api", "LocalBindPort": 9100}));
    }
}
