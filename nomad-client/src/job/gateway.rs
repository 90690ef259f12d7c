//! Gateways of Consul's mesh.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

object! {
    /// Makes a service a gateway; one of `ingress`, `terminating` and `mesh` is set.
    Gateway {
        /// How its proxy works.
        pub proxy: Option<GatewayProxy>,
        /// From outside into the mesh.
        pub ingress: Option<IngressGateway>,
        /// From the mesh to the outside.
        pub terminating: Option<TerminatingGateway>,
        /// Between datacenters.
        pub mesh: Option<MeshGatewayEntry>,
    }
}

object! {
    /// How a gateway's proxy works.
    GatewayProxy {
        /// How long a connection may take.
        pub connect_timeout: Option<Duration> as nanos,
        /// Whether it listens on the tagged addresses.
        pub envoy_gateway_bind_tagged_addresses: bool,
        /// Where else it listens.
        pub envoy_gateway_bind_addresses: BTreeMap<String, GatewayBindAddress>,
        /// Whether it does not listen on the service's own address.
        pub envoy_gateway_no_default_bind: bool,
        /// `STRICT_DNS` or `LOGICAL_DNS`.
        #[serde(rename = "EnvoyDNSDiscoveryType")]
        pub envoy_dns_discovery_type: String,
        /// What Consul is told.
        pub config: Map<String, Value>,
    }
}

object! {
    /// Where a gateway listens.
    GatewayBindAddress {
        /// Its name.
        pub name: String,
        /// The address.
        pub address: String,
        /// The port.
        pub port: i64,
    }
}

object! {
    /// From outside into the mesh.
    IngressGateway {
        /// How its listeners do TLS.
        #[serde(rename = "TLS")]
        pub tls: Option<GatewayTls>,
        /// The listeners.
        pub listeners: Vec<IngressListener>,
    }
}

object! {
    /// A listener of an ingress gateway.
    IngressListener {
        /// The port.
        pub port: i64,
        /// `tcp`, `http`, `http2` or `grpc`.
        pub protocol: String,
        /// The services behind it.
        pub services: Vec<IngressService>,
    }
}

object! {
    /// A service behind an ingress gateway.
    IngressService {
        /// Its name.
        pub name: String,
        /// The hosts that lead to it.
        pub hosts: Vec<String>,
        /// How TLS is done for it.
        #[serde(rename = "TLS")]
        pub tls: Option<GatewayTls>,
        /// Changes of the request's headers.
        pub request_headers: Option<HeaderModifiers>,
        /// Changes of the response's headers.
        pub response_headers: Option<HeaderModifiers>,
        /// How many connections.
        pub max_connections: Option<u64>,
        /// How many requests may wait.
        pub max_pending_requests: Option<u64>,
        /// How many requests at once.
        pub max_concurrent_requests: Option<u64>,
    }
}

object! {
    /// How a gateway does TLS.
    GatewayTls {
        /// Whether it does.
        pub enabled: bool,
        /// The oldest version.
        #[serde(rename = "TLSMinVersion")]
        pub tls_min_version: String,
        /// The newest version.
        #[serde(rename = "TLSMaxVersion")]
        pub tls_max_version: String,
        /// The ciphers.
        pub cipher_suites: Vec<String>,
        /// Certificates from a service of secrets.
        #[serde(rename = "SDS")]
        pub sds: Option<GatewayTlsSds>,
    }
}

object! {
    /// Certificates from a service of secrets.
    GatewayTlsSds {
        /// The cluster of the service.
        pub cluster_name: String,
        /// The name of the certificate.
        pub cert_resource: String,
    }
}

object! {
    /// Changes of headers.
    HeaderModifiers {
        /// Added.
        pub add: BTreeMap<String, String>,
        /// Set.
        pub set: BTreeMap<String, String>,
        /// Removed.
        pub remove: Vec<String>,
    }
}

object! {
    /// From the mesh to the outside.
    TerminatingGateway {
        /// The services outside.
        pub services: Vec<LinkedService>,
    }
}

object! {
    /// A service outside the mesh.
    LinkedService {
        /// Its name.
        pub name: String,
        /// The file of the authority that it is checked with.
        #[serde(rename = "CAFile")]
        pub ca_file: String,
        /// The file of the gateway's certificate.
        pub cert_file: String,
        /// The file of the gateway's key.
        pub key_file: String,
        /// The name that it is asked by.
        #[serde(rename = "SNI")]
        pub sni: String,
    }
}

object! {
    /// Between datacenters; there is nothing to set.
    MeshGatewayEntry {}
}
