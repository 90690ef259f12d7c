//! A terminating gateway:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/terminating-gateway>.

entry! {
    /// A gateway out of the mesh.
    TerminatingGateway {
        /// The services behind it.
        pub services: Vec<LinkedService>,
    }
}

part! {
    /// A service behind a gateway.
    LinkedService {
        /// Its name, or `*` for all.
        pub name: String,
        /// The file with the authority of its certificate.
        #[serde(rename = "CAFile")]
        pub ca_file: String,
        /// The file with the certificate that it is shown.
        pub cert_file: String,
        /// The file with the key of that.
        pub key_file: String,
        /// The name that its certificate must have.
        #[serde(rename = "SNI")]
        pub sni: String,
        /// Whether the host of a request stays as it is.
        pub disable_auto_host_rewrite: bool,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
    }
}
