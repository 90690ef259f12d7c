//! What holds for the whole mesh: <https://developer.hashicorp.com/consul/docs/reference/config-entry/mesh>.

use super::parts::TlsVersion;

wire_enum! {
    /// What happens to a path with an escaped slash.
    pub EscapedSlashesAction {
        /// What Envoy does by itself.
        Default = "IMPLEMENTATION_SPECIFIC_DEFAULT",
        /// Nothing.
        Keep = "KEEP_UNCHANGED",
        /// The request is refused.
        Reject = "REJECT_REQUEST",
        /// The client is sent to the path without escapes.
        UnescapeAndRedirect = "UNESCAPE_AND_REDIRECT",
        /// The path is passed on without escapes.
        UnescapeAndForward = "UNESCAPE_AND_FORWARD",
    }
}

wire_enum! {
    /// What happens to a header with an underscore in its name.
    pub UnderscoresAction {
        /// Nothing.
        Allow = "ALLOW",
        /// The request is refused.
        Reject = "REJECT_REQUEST",
        /// The header is left out.
        Drop = "DROP_HEADER",
    }
}

empty_by_default!(EscapedSlashesAction, UnderscoresAction);

entry! {
    /// What holds for the whole mesh; its name is [`Mesh::NAME`], which the server neither sends nor takes.
    Mesh {
        /// Transparent proxies.
        pub transparent_proxy: MeshTransparentProxy as sent,
        /// Whether services may take plain connections too.
        #[serde(rename = "AllowEnablingPermissiveMutualTLS")]
        pub allow_enabling_permissive_mutual_tls: bool,
        /// Whether Envoy looks whether the clusters of routes exist.
        pub validate_clusters: bool,
        /// TLS between proxies.
        #[serde(rename = "TLS")]
        pub tls: Option<MeshTls>,
        /// HTTP between proxies.
        #[serde(rename = "HTTP")]
        pub http: Option<MeshHttp>,
        /// Peers.
        pub peering: Option<MeshPeering>,
    }
}

impl Mesh {
    /// The only name that there is.
    pub const NAME: &str = "mesh";
}

part! {
    /// Transparent proxies of the mesh.
    MeshTransparentProxy {
        /// Whether they only reach what is in the mesh.
        pub mesh_destinations_only: bool as sent,
    }
}

part! {
    /// TLS between proxies.
    MeshTls {
        /// Of connections that are taken.
        pub incoming: Option<MeshDirectionalTls>,
        /// Of connections that are made.
        pub outgoing: Option<MeshDirectionalTls>,
    }
}

part! {
    /// TLS in one direction.
    MeshDirectionalTls {
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
    /// HTTP between proxies.
    MeshHttp {
        /// Whether the header `X-Forwarded-Client-Cert` of a request is dropped.
        pub sanitize_x_forwarded_client_cert: bool as sent,
        /// Requests that are taken.
        pub incoming: Option<MeshDirectionalHttp>,
    }
}

part! {
    /// HTTP in one direction.
    MeshDirectionalHttp {
        /// What is done to requests before they are looked at.
        pub request_normalization: Option<RequestNormalization>,
    }
}

part! {
    /// What is done to requests before they are looked at.
    RequestNormalization {
        /// Whether paths stay as they are, which lets intentions be circumvented.
        pub insecure_disable_path_normalization: bool as sent,
        /// Whether `//` becomes `/`.
        pub merge_slashes: bool as sent,
        /// What happens to escaped slashes.
        pub path_with_escaped_slashes_action: EscapedSlashesAction,
        /// What happens to underscores.
        pub headers_with_underscores_action: UnderscoresAction,
    }
}

part! {
    /// How peers are reached.
    MeshPeering {
        /// Whether the servers too are reached through mesh gateways.
        pub peer_through_mesh_gateways: bool as sent,
    }
}
