//! What entries of several kinds are made of.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::wire::time::Timestamp;

wire_enum! {
    /// How a proxy takes connections.
    pub ProxyMode {
        /// Through the network's redirection.
        Transparent = "transparent",
        /// On the ports of its upstreams.
        Direct = "direct",
    }
}

wire_enum! {
    /// Whether plain connections are taken too.
    pub MutualTlsMode {
        /// Only TLS of the mesh.
        Strict = "strict",
        /// TLS of the mesh and plain text.
        Permissive = "permissive",
    }
}

wire_enum! {
    /// Which mesh gateway traffic to other datacenters takes.
    pub MeshGatewayMode {
        /// None.
        None = "none",
        /// One of the own datacenter.
        Local = "local",
        /// One of the other datacenter.
        Remote = "remote",
    }
}

wire_enum! {
    /// A version of TLS.
    pub TlsVersion {
        /// Whatever the proxy's own default is.
        Auto = "TLS_AUTO",
        /// 1.0.
        V1_0 = "TLSv1_0",
        /// 1.1.
        V1_1 = "TLSv1_1",
        /// 1.2.
        V1_2 = "TLSv1_2",
        /// 1.3.
        V1_3 = "TLSv1_3",
    }
}

wire_enum! {
    /// In which order targets of a failover are tried.
    pub FailoverMode {
        /// As they are listed.
        Sequential = "sequential",
        /// Those that are near first.
        OrderByLocality = "order-by-locality",
    }
}

wire_enum! {
    /// Whether instances that are near are preferred.
    pub LocalityMode {
        /// No.
        None = "none",
        /// Others only when the near ones fail.
        Failover = "failover",
    }
}

empty_by_default!(ProxyMode, MutualTlsMode, MeshGatewayMode, TlsVersion, FailoverMode, LocalityMode);

part! {
    /// How a transparent proxy works.
    TransparentProxy {
        /// Where it takes redirected connections; 0 for its default.
        pub outbound_listener_port: i64,
        /// Whether instances can be dialled at their own addresses.
        pub dialed_directly: bool,
    }
}

part! {
    /// Which mesh gateway is taken.
    MeshGateway {
        /// Its place.
        pub mode: MeshGatewayMode,
    }
}

part! {
    /// What of a service can be reached without the mesh.
    Expose {
        /// Whether the paths of its HTTP and gRPC checks are.
        pub checks: bool,
        /// Paths that are.
        pub paths: Vec<ExposePath>,
    }
}

part! {
    /// A path that can be reached without the mesh.
    ExposePath {
        /// The port of the proxy.
        pub listener_port: i64,
        /// The path.
        pub path: String,
        /// The port of the service.
        pub local_path_port: i64,
        /// How it is spoken: `http` or `http2`.
        pub protocol: String,
        /// Whether it stems from a check.
        pub parsed_from_check: bool,
    }
}

part! {
    /// An extension of the proxy.
    EnvoyExtension {
        /// Its name, such as `builtin/lua`.
        pub name: String,
        /// Whether nothing works without it.
        pub required: bool as sent,
        /// Its arguments, under its own names.
        pub arguments: Map<String, Value>,
        /// The versions of Consul that it is for.
        pub consul_version: String,
        /// The versions of Envoy that it is for.
        pub envoy_version: String,
    }
}

part! {
    /// Limits on what is sent to an upstream.
    UpstreamLimits {
        /// Connections.
        pub max_connections: Option<i64>,
        /// Requests that wait for a connection.
        pub max_pending_requests: Option<i64>,
        /// Requests at a time.
        pub max_concurrent_requests: Option<i64>,
    }
}

part! {
    /// How instances that fail are left out.
    PassiveHealthCheck {
        /// How often failures are looked at.
        pub interval: Option<Duration> as nanos,
        /// How many in a row are too many.
        pub max_failures: i64,
        /// The chance in percent that an instance with too many is left out.
        #[serde(rename = "EnforcingConsecutive5xx")]
        pub enforcing_consecutive_5xx: Option<i64>,
        /// The share of instances in percent that may be left out.
        pub max_ejection_percent: Option<i64>,
        /// For how long at least.
        pub base_ejection_time: Option<Duration> as nanos,
    }
}

part! {
    /// Changes to headers.
    HeaderModifiers {
        /// Added, beside what is there.
        pub add: BTreeMap<String, String>,
        /// Set, in place of what is there.
        pub set: BTreeMap<String, String>,
        /// Removed.
        pub remove: Vec<String>,
    }
}

part! {
    /// How targets of a failover are chosen.
    FailoverPolicy {
        /// The order.
        pub mode: FailoverMode,
        /// The regions that are tried, in this order.
        pub regions: Vec<String>,
    }
}

part! {
    /// Whether instances that are near are preferred.
    PrioritizeByLocality {
        /// How.
        pub mode: LocalityMode,
    }
}

part! {
    /// Another entry.
    Reference {
        /// Its kind.
        pub kind: super::Kind,
        /// Its name.
        pub name: String,
        /// The part of it that is meant; all of it when empty.
        pub section_name: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
    }
}

part! {
    /// What the server's controller says about an entry; never written.
    Status {
        /// What is true of it.
        pub conditions: Vec<Condition>,
    }
}

part! {
    /// Something that is true of an entry, or not.
    Condition {
        /// What, such as `Accepted`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// `True`, `False` or `Unknown`.
        pub status: String,
        /// Why, in a word.
        pub reason: String,
        /// Why, for people.
        pub message: String,
        /// What it is about, if not the entry as a whole.
        pub resource: Option<Reference>,
        /// Since when.
        pub last_transition_time: Option<Timestamp>,
    }
}
