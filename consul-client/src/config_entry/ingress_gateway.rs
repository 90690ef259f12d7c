//! An ingress gateway:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/ingress-gateway>.

use std::collections::BTreeMap;

use super::parts::{HeaderModifiers, PassiveHealthCheck, TlsVersion};

entry! {
    /// A gateway from outside into the mesh.
    IngressGateway {
        /// TLS on all its listeners.
        #[serde(rename = "TLS")]
        pub tls: GatewayTls as sent,
        /// Its listeners.
        pub listeners: Vec<IngressListener>,
        /// What holds for all services behind it.
        pub defaults: Option<IngressDefaults>,
    }
}

part! {
    /// What holds for all services behind a gateway; 0 is no limit.
    IngressDefaults {
        /// Connections.
        pub max_connections: i64 as sent,
        /// Requests that wait for a connection.
        pub max_pending_requests: i64 as sent,
        /// Requests at a time.
        pub max_concurrent_requests: i64 as sent,
        /// How instances that fail are left out.
        pub passive_health_check: Option<PassiveHealthCheck>,
    }
}

part! {
    /// A port of a gateway.
    IngressListener {
        /// The port.
        pub port: i64 as sent,
        /// How it is spoken.
        pub protocol: String,
        /// TLS on it.
        #[serde(rename = "TLS")]
        pub tls: Option<GatewayTls>,
        /// The services behind it.
        pub services: Vec<IngressService>,
    }
}

part! {
    /// A service behind a gateway.
    IngressService {
        /// Its name, or `*` for all.
        pub name: String,
        /// The host names that are for it.
        pub hosts: Vec<String>,
        /// Its certificate.
        #[serde(rename = "TLS")]
        pub tls: Option<GatewayServiceTls>,
        /// Changes to the headers of requests.
        pub request_headers: Option<HeaderModifiers>,
        /// Changes to the headers of answers.
        pub response_headers: Option<HeaderModifiers>,
        /// Connections; 0 for the gateway's default.
        pub max_connections: i64,
        /// Requests that wait for a connection; 0 for the gateway's default.
        pub max_pending_requests: i64,
        /// Requests at a time; 0 for the gateway's default.
        pub max_concurrent_requests: i64,
        /// How instances that fail are left out.
        pub passive_health_check: Option<PassiveHealthCheck>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
    }
}

part! {
    /// TLS on a listener.
    GatewayTls {
        /// Whether it is on.
        pub enabled: bool as sent,
        /// Where the certificate comes from, if not from the mesh.
        #[serde(rename = "SDS")]
        pub sds: Option<GatewayTlsSds>,
        /// The oldest version.
        #[serde(rename = "TLSMinVersion")]
        pub tls_min_version: TlsVersion,
        /// The newest version.
        #[serde(rename = "TLSMaxVersion")]
        pub tls_max_version: TlsVersion,
        /// The ciphers.
        pub cipher_suites: Vec<String>,
    }
}

part! {
    /// The certificate of a service behind a gateway.
    GatewayServiceTls {
        /// Where it comes from.
        #[serde(rename = "SDS")]
        pub sds: Option<GatewayTlsSds>,
    }
}

part! {
    /// Where a certificate comes from.
    GatewayTlsSds {
        /// The cluster of Envoy that hands it out.
        pub cluster_name: String,
        /// Its name there.
        pub cert_resource: String,
    }
}
