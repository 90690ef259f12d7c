//! Whose JSON Web Tokens are trusted:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/jwt-provider>.

use std::time::Duration;

wire_enum! {
    /// How the hosts of a key server are found.
    pub DiscoveryType {
        /// By DNS, all of them.
        StrictDns = "STRICT_DNS",
        /// They are listed.
        Static = "STATIC",
        /// By DNS, one for each connection.
        LogicalDns = "LOGICAL_DNS",
        /// Envoy is told.
        Eds = "EDS",
        /// By the address that was dialled.
        OriginalDst = "ORIGINAL_DST",
    }
}

empty_by_default!(DiscoveryType);

entry! {
    /// Whose JSON Web Tokens are trusted.
    JwtProvider {
        /// Where the keys come from.
        #[serde(rename = "JSONWebKeySet")]
        pub json_web_key_set: Option<JsonWebKeySet>,
        /// Who must have issued a token.
        pub issuer: String,
        /// For whom it must be; one of these.
        pub audiences: Vec<String>,
        /// Where it stands in a request.
        pub locations: Vec<JwtLocation>,
        /// How it is passed on.
        pub forwarding: Option<JwtForwarding>,
        /// By how many seconds clocks may differ; 0 for the default of 30.
        pub clock_skew_seconds: i64,
        /// How many checked tokens are kept.
        pub cache_config: Option<JwtCacheConfig>,
    }
}

part! {
    /// Where keys come from; one of both.
    JsonWebKeySet {
        /// They are here.
        pub local: Option<LocalJwks>,
        /// They are fetched.
        pub remote: Option<RemoteJwks>,
    }
}

part! {
    /// Keys that are here; one of both.
    LocalJwks {
        /// The keys, as base64 of their JSON.
        #[serde(rename = "JWKS")]
        pub jwks: String,
        /// A file of the proxy.
        pub filename: String,
    }
}

part! {
    /// Keys that are fetched.
    RemoteJwks {
        /// Where.
        #[serde(rename = "URI")]
        pub uri: String,
        /// How long that may take, in milliseconds.
        pub request_timeout_ms: i64,
        /// How long they are used.
        pub cache_duration: Option<Duration> as nanos,
        /// Whether they are fetched before the first request needs them.
        pub fetch_asynchronously: bool,
        /// Whether the server is told its name in TLS.
        #[serde(rename = "UseSNI")]
        pub use_sni: bool,
        /// When it is tried again.
        pub retry_policy: Option<JwksRetryPolicy>,
        /// How the server is reached.
        #[serde(rename = "JWKSCluster")]
        pub jwks_cluster: Option<JwksCluster>,
    }
}

part! {
    /// How a key server is reached.
    JwksCluster {
        /// How its hosts are found.
        pub discovery_type: DiscoveryType,
        /// Whose certificates are trusted.
        #[serde(rename = "TLSCertificates")]
        pub tls_certificates: Option<JwksTlsCertificates>,
        /// How long to wait for a connection.
        pub connect_timeout: Option<Duration> as nanos,
    }
}

part! {
    /// Whose certificates are trusted; one of both.
    JwksTlsCertificates {
        /// What a provider of Envoy says.
        pub ca_certificate_provider_instance: Option<CertificateProvider>,
        /// An authority.
        #[serde(rename = "TrustedCA")]
        pub trusted_ca: Option<TrustedCa>,
    }
}

part! {
    /// A provider of certificates in Envoy.
    CertificateProvider {
        /// The instance.
        pub instance_name: String,
        /// The certificate.
        pub certificate_name: String,
    }
}

part! {
    /// An authority; one of these.
    TrustedCa {
        /// In a file of the proxy.
        pub filename: String,
        /// In an environment variable of the proxy.
        pub environment_variable: String,
        /// In PEM.
        pub inline_string: String,
        /// In PEM, as base64.
        pub inline_bytes: String,
    }
}

part! {
    /// When keys are fetched again.
    JwksRetryPolicy {
        /// How often.
        pub num_retries: i64,
        /// After what pauses.
        pub retry_policy_back_off: Option<RetryBackOff>,
    }
}

part! {
    /// Pauses between tries.
    RetryBackOff {
        /// The first.
        pub base_interval: Option<Duration> as nanos,
        /// The longest.
        pub max_interval: Option<Duration> as nanos,
    }
}

part! {
    /// Where a token stands in a request; one of these.
    JwtLocation {
        /// In a header.
        pub header: Option<JwtHeader>,
        /// In a query parameter.
        pub query_param: Option<JwtName>,
        /// In a cookie.
        pub cookie: Option<JwtName>,
    }
}

part! {
    /// A header with a token.
    JwtHeader {
        /// Its name.
        pub name: String,
        /// What stands before the token.
        pub value_prefix: String,
        /// Whether the service gets to see it.
        pub forward: bool,
    }
}

part! {
    /// Something with a name.
    JwtName {
        /// The name.
        pub name: String,
    }
}

part! {
    /// How a checked token is passed on.
    JwtForwarding {
        /// The header.
        pub header_name: String,
        /// Whether its base64 is padded.
        pub pad_forward_payload_header: bool as sent,
    }
}

part! {
    /// How many checked tokens are kept.
    JwtCacheConfig {
        /// So many.
        pub size: i64,
    }
}
