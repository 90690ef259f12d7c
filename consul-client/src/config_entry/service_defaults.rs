//! How a service is spoken to:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults>.

use serde_json::{Map, Value};

use super::parts::{
    EnvoyExtension, Expose, MeshGateway, MutualTlsMode, PassiveHealthCheck, ProxyMode, TransparentProxy, UpstreamLimits,
};

entry! {
    /// How a service is spoken to.
    ///
    /// ```
    /// # use consul_client::config_entry::ServiceDefaults;
    /// let mut web = ServiceDefaults::new("web");
    /// web.protocol = "http".to_owned();
    /// ```
    ServiceDefaults {
        /// How it is spoken: `tcp`, `http`, `http2` or `grpc`.
        pub protocol: String,
        /// How its proxies take connections.
        pub mode: ProxyMode,
        /// How its transparent proxies work.
        pub transparent_proxy: TransparentProxy,
        /// Whether plain connections are taken too.
        #[serde(rename = "MutualTLSMode")]
        pub mutual_tls_mode: MutualTlsMode,
        /// Which mesh gateway traffic from it takes.
        pub mesh_gateway: MeshGateway,
        /// What of it can be reached without the mesh.
        pub expose: Expose,
        /// The name for TLS to a service outside of the mesh.
        #[serde(rename = "ExternalSNI")]
        pub external_sni: String,
        /// How it speaks to others.
        pub upstream_config: Option<UpstreamConfiguration>,
        /// Where it is, if it is outside of the mesh.
        pub destination: Option<Destination>,
        /// How many connections an instance takes; 0 for any number.
        pub max_inbound_connections: i64,
        /// How long a proxy waits for its instance to take a connection, in milliseconds; 0 for the default.
        pub local_connect_timeout_ms: i64,
        /// How long a proxy waits for its instance to answer, in milliseconds; 0 for the default.
        pub local_request_timeout_ms: i64,
        /// `exact_balance`, or nothing.
        pub balance_inbound_connections: String,
        /// Limits on requests, under the API's own names; Enterprise only.
        pub rate_limits: Option<Map<String, Value>>,
        /// Extensions of its proxies.
        pub envoy_extensions: Vec<EnvoyExtension>,
        /// How large the headers of a request may be, in KiB.
        #[serde(rename = "MaxRequestHeadersKB")]
        pub max_request_headers_kb: Option<i64>,
    }
}

part! {
    /// How a service speaks to others.
    UpstreamConfiguration {
        /// To single ones.
        pub overrides: Vec<UpstreamConfig>,
        /// To all others.
        pub defaults: Option<UpstreamConfig>,
    }
}

part! {
    /// How a service speaks to another.
    UpstreamConfig {
        /// The other; empty for all.
        pub name: String,
        /// The peer that it is in.
        pub peer: String,
        /// A listener of Envoy as JSON, in place of what Consul makes.
        #[serde(rename = "EnvoyListenerJSON")]
        pub envoy_listener_json: String,
        /// A cluster of Envoy as JSON, in place of what Consul makes.
        #[serde(rename = "EnvoyClusterJSON")]
        pub envoy_cluster_json: String,
        /// How it is spoken.
        pub protocol: String,
        /// How long to wait for a connection, in milliseconds; 0 for the default.
        pub connect_timeout_ms: i64,
        /// Limits.
        pub limits: Option<UpstreamLimits>,
        /// How instances that fail are left out.
        pub passive_health_check: Option<PassiveHealthCheck>,
        /// Which mesh gateway is taken.
        pub mesh_gateway: MeshGateway,
        /// `exact_balance`, or nothing.
        pub balance_outbound_connections: String,
        /// The namespace of the other; Enterprise only.
        pub namespace: String,
        /// The partition of the other; Enterprise only.
        pub partition: String,
    }
}

part! {
    /// Where a service outside of the mesh is.
    Destination {
        /// Its host names or IP addresses.
        pub addresses: Vec<String>,
        /// Its port.
        pub port: i64,
    }
}
