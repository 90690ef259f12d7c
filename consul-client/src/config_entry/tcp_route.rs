//! A route of TCP connections through an API gateway:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/tcp-route>.

use super::parts::{Reference, Status};

entry! {
    /// A route of TCP connections through an API gateway.
    TcpRoute {
        /// The gateways that it is for.
        pub parents: Vec<Reference>,
        /// Where connections go.
        pub services: Vec<TcpService>,
        /// What the server says about it; never written.
        pub status: Status,
    }
}

part! {
    /// A service that connections go to.
    TcpService {
        /// Its name.
        pub name: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
    }
}
