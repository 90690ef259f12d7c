//! Services and their checks.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Connect, Identity};

object! {
    /// A service that is registered while its group or task runs.
    Service {
        /// Its name.
        pub name: String,
        /// Its tags.
        pub tags: Vec<String>,
        /// The tags of a canary.
        pub canary_tags: Vec<String>,
        /// Whether others may change the tags in Consul.
        pub enable_tag_override: bool,
        /// The label or number of its port.
        pub port_label: String,
        /// Which address is registered: `auto`, `alloc`, `host` or `driver`.
        pub address_mode: String,
        /// The address itself.
        pub address: String,
        /// Its checks.
        pub checks: Vec<Check>,
        /// When failing checks restart the task.
        pub check_restart: Option<CheckRestart>,
        /// Its part in Consul's mesh.
        pub connect: Option<Connect>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// The labels of a canary.
        pub canary_meta: BTreeMap<String, String>,
        /// Further addresses.
        pub tagged_addresses: BTreeMap<String, String>,
        /// The task that it belongs to.
        pub task_name: String,
        /// What an update looks at: `require_healthy`, `ignore_warnings` or `ignore`.
        pub on_update: String,
        /// The workload identity that it is registered with.
        pub identity: Option<Identity>,
        /// Its share of requests.
        pub weights: Option<ServiceWeights>,
        /// Where it is registered: `consul` or `nomad`.
        pub provider: String,
        /// The Consul cluster.
        pub cluster: String,
        /// Set by the server: the namespace in the registry.
        pub namespace: String,
        /// Consul's kind, such as `api-gateway`.
        pub kind: String,
    }
}

impl Service {
    /// A service of this name on this port.
    pub fn new(name: impl Into<String>, port_label: impl Into<String>) -> Self {
        Self { name: name.into(), port_label: port_label.into(), ..Self::default() }
    }
}

object! {
    /// A service's share of requests.
    ServiceWeights {
        /// While its checks pass.
        pub passing: i64,
        /// While a check warns.
        pub warning: i64,
    }
}

object! {
    /// A check of a service's health.
    Check {
        /// Its name.
        pub name: String,
        /// `http`, `tcp`, `grpc` or `script`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// The command of a script.
        pub command: String,
        /// Its arguments.
        pub args: Vec<String>,
        /// The path of an HTTP request.
        pub path: String,
        /// `http` or `https`.
        pub protocol: String,
        /// The port, if not the service's.
        pub port_label: String,
        /// Whether the sidecar lets it through.
        pub expose: bool,
        /// Which address is asked.
        pub address_mode: String,
        /// The address that is advertised.
        pub advertise: String,
        /// How often it runs.
        pub interval: Option<Duration> as nanos,
        /// How long it may take.
        pub timeout: Option<Duration> as nanos,
        /// Its state until it has run.
        pub initial_status: String,
        /// A text for people.
        pub notes: String,
        /// The name that the certificate must have.
        #[serde(rename = "TLSServerName")]
        pub tls_server_name: String,
        /// Whether the certificate is not checked.
        #[serde(rename = "TLSSkipVerify")]
        pub tls_skip_verify: bool,
        /// Headers of an HTTP request.
        pub header: BTreeMap<String, Vec<String>>,
        /// The method of an HTTP request.
        pub method: String,
        /// When its failures restart the task.
        pub check_restart: Option<CheckRestart>,
        /// The service of a gRPC request.
        #[serde(rename = "GRPCService")]
        pub grpc_service: String,
        /// Whether a gRPC request uses TLS.
        #[serde(rename = "GRPCUseTLS")]
        pub grpc_use_tls: bool,
        /// The task that a script runs in.
        pub task_name: String,
        /// How many successes in a row make it pass.
        pub success_before_passing: i64,
        /// How many failures in a row make it critical.
        pub failures_before_critical: i64,
        /// How many failures in a row make it warn.
        pub failures_before_warning: i64,
        /// The body of an HTTP request.
        pub body: String,
        /// What an update looks at.
        pub on_update: String,
    }
}

impl Check {
    /// A check by an HTTP request to this path.
    pub fn http(path: impl Into<String>, interval: Duration, timeout: Duration) -> Self {
        Self { path: path.into(), ..Self::timed("http", interval, timeout) }
    }

    /// A check by a TCP connection.
    pub fn tcp(interval: Duration, timeout: Duration) -> Self {
        Self::timed("tcp", interval, timeout)
    }

    fn timed(kind: &str, interval: Duration, timeout: Duration) -> Self {
        Self { kind: kind.to_owned(), interval: Some(interval), timeout: Some(timeout), ..Self::default() }
    }
}

object! {
    /// When failing checks restart a task.
    CheckRestart {
        /// After how many failures; 0 for never.
        pub limit: i64,
        /// How long after the start they are not counted.
        pub grace: Option<Duration> as nanos,
        /// Whether warnings are not counted.
        pub ignore_warnings: bool,
    }
}
