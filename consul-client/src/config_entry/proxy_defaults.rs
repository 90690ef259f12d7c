//! What holds for all proxies:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/proxy-defaults>.

use serde_json::{Map, Value};

use super::parts::{
    EnvoyExtension, Expose, FailoverPolicy, MeshGateway, MutualTlsMode, PrioritizeByLocality, ProxyMode,
    TransparentProxy,
};

wire_enum! {
    /// Where access logs go.
    pub LogSink {
        /// To a file.
        File = "file",
        /// To standard error.
        Stderr = "stderr",
        /// To standard output.
        Stdout = "stdout",
    }
}

empty_by_default!(LogSink);

entry! {
    /// What holds for all proxies; its name is [`ProxyDefaults::NAME`].
    ProxyDefaults {
        /// Settings of Envoy, under Consul's own names.
        pub config: Map<String, Value>,
        /// How proxies take connections.
        pub mode: ProxyMode,
        /// How transparent proxies work.
        pub transparent_proxy: TransparentProxy,
        /// Whether plain connections are taken too.
        #[serde(rename = "MutualTLSMode")]
        pub mutual_tls_mode: MutualTlsMode,
        /// Which mesh gateway is taken.
        pub mesh_gateway: MeshGateway,
        /// What can be reached without the mesh.
        pub expose: Expose,
        /// What proxies log.
        pub access_logs: AccessLogs,
        /// Extensions of proxies.
        pub envoy_extensions: Vec<EnvoyExtension>,
        /// How targets of failovers are chosen.
        pub failover_policy: Option<FailoverPolicy>,
        /// Whether instances that are near are preferred.
        pub prioritize_by_locality: Option<PrioritizeByLocality>,
    }
}

impl ProxyDefaults {
    /// The only name that there is.
    pub const NAME: &str = "global";
}

part! {
    /// What proxies log of the requests they pass on.
    AccessLogs {
        /// Whether they log.
        pub enabled: bool,
        /// Whether connections that no listener wants are left out.
        pub disable_listener_logs: bool,
        /// Where it goes.
        #[serde(rename = "Type")]
        pub sink: LogSink,
        /// The file.
        pub path: String,
        /// A format as JSON.
        #[serde(rename = "JSONFormat")]
        pub json_format: String,
        /// A format as text.
        pub text_format: String,
    }
}
