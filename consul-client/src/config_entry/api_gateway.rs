//! An API gateway and what it is bound to:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/api-gateway>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parts::{Reference, Status, TlsVersion};

entry! {
    /// An API gateway.
    ApiGateway {
        /// Its listeners.
        pub listeners: Vec<ApiGatewayListener>,
        /// What the server says about it; never written.
        pub status: Status,
    }
}

part! {
    /// A port of a gateway.
    ApiGatewayListener {
        /// Its name.
        pub name: String,
        /// The host name that it is for; any when empty.
        pub hostname: String,
        /// The port.
        pub port: i64 as sent,
        /// How it is spoken: `http` or `tcp`.
        pub protocol: String,
        /// TLS on it.
        #[serde(rename = "TLS")]
        pub tls: ApiGatewayTls,
        /// What holds whatever the routes say; Enterprise only.
        #[serde(rename = "Override")]
        pub overriding: Option<Map<String, Value>>,
        /// What holds where the routes say nothing; Enterprise only.
        pub default: Option<Map<String, Value>>,
        /// How large the headers of a request may be, in KiB.
        #[serde(rename = "MaxRequestHeadersKB")]
        pub max_request_headers_kb: Option<i64>,
    }
}

part! {
    /// TLS on a listener.
    ApiGatewayTls {
        /// Its certificates.
        pub certificates: Vec<Reference>,
        /// The newest version.
        pub max_version: TlsVersion,
        /// The oldest version.
        pub min_version: TlsVersion,
        /// The ciphers.
        pub cipher_suites: Vec<String>,
    }
}

entry! {
    /// What an API gateway is bound to. Only the server writes it.
    BoundApiGateway {
        /// Its listeners.
        pub listeners: Vec<BoundApiGatewayListener>,
        /// The routes to each service.
        pub services: BTreeMap<String, Vec<Reference>>,
    }
}

part! {
    /// A listener with what is bound to it.
    BoundApiGatewayListener {
        /// Its name.
        pub name: String,
        /// Its routes.
        pub routes: Vec<Reference>,
        /// Its certificates.
        pub certificates: Vec<Reference>,
    }
}
