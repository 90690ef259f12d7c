//! What the catalog holds.

use std::collections::BTreeMap;

use crate::agent::{AgentService, Locality, Proxy, ServiceAddress, ServiceConnect, ServiceKind, ServicePort, Weights};
use crate::health::HealthCheck;
use crate::meta::Index;

object! {
    /// A node.
    Node {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub node: String,
        /// Its address.
        pub address: String,
        /// Its datacenter.
        pub datacenter: String,
        /// Its partition; Enterprise.
        pub partition: String,
        /// The peer that it was imported from.
        pub peer_name: String,
        /// Its addresses by the network they are for: `lan`, `wan` and others.
        pub tagged_addresses: BTreeMap<String, String>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// Where it is.
        pub locality: Option<Locality>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

object! {
    /// An instance of a service with its node.
    CatalogService {
        /// The id of its node.
        #[serde(rename = "ID")]
        pub node_id: String,
        /// Its node.
        pub node: String,
        /// The address of its node.
        #[serde(rename = "Address")]
        pub node_address: String,
        /// Its datacenter.
        pub datacenter: String,
        /// The addresses of its node by the network they are for.
        #[serde(rename = "TaggedAddresses")]
        pub node_tagged_addresses: BTreeMap<String, String>,
        /// The metadata of its node.
        pub node_meta: BTreeMap<String, String>,
        /// The id of the instance.
        #[serde(rename = "ServiceID")]
        pub service_id: String,
        /// The service.
        pub service_name: String,
        /// What else it is.
        pub service_kind: ServiceKind,
        /// Its tags.
        pub service_tags: Vec<String>,
        /// Its own address; the node's when empty.
        pub service_address: String,
        /// Its addresses by the network they are for.
        pub service_tagged_addresses: BTreeMap<String, ServiceAddress>,
        /// Its port: the default one where it has several.
        pub service_port: i64,
        /// Its ports where it has several.
        pub service_ports: Vec<ServicePort>,
        /// Its Unix socket, in place of address and port.
        pub service_socket_path: String,
        /// Its metadata.
        pub service_meta: BTreeMap<String, String>,
        /// How much it counts in answers of DNS.
        pub service_weights: Option<Weights>,
        /// Whether others may change its tags in the catalog.
        pub service_enable_tag_override: bool,
        /// What it proxies, where it is a proxy or a gateway.
        pub service_proxy: Option<Proxy>,
        /// Its part in the mesh.
        pub service_connect: Option<ServiceConnect>,
        /// Where it is.
        pub service_locality: Option<Locality>,
        /// The peer that it was imported from.
        pub peer_name: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl CatalogService {
    /// Where it can be reached: its own address, or else its node's.
    pub fn address(&self) -> &str {
        if self.service_address.is_empty() { &self.node_address } else { &self.service_address }
    }
}

object! {
    /// A node with its instances, by their id.
    NodeServices {
        /// The node.
        pub node: Option<Node>,
        /// The instances.
        pub services: BTreeMap<String, AgentService>,
    }
}

object! {
    /// A node with its instances.
    NodeServiceList {
        /// The node.
        pub node: Option<Node>,
        /// The instances.
        pub services: Vec<AgentService>,
    }
}

object! {
    /// A service that a gateway leads to.
    GatewayService {
        /// The gateway.
        pub gateway: ServiceName,
        /// The service.
        pub service: ServiceName,
        /// What kind of gateway it is.
        pub gateway_kind: ServiceKind,
        /// The port of the gateway, where it is an ingress.
        pub port: Option<i64>,
        /// How it is spoken to.
        pub protocol: String,
        /// The hosts under which the gateway offers it.
        pub hosts: Vec<String>,
        /// A file with the authority that its certificate is from.
        #[serde(rename = "CAFile")]
        pub ca_file: String,
        /// A file with the certificate that is shown to it.
        pub cert_file: String,
        /// A file with the key of that certificate.
        pub key_file: String,
        /// The name by which it is asked for in TLS.
        #[serde(rename = "SNI")]
        pub sni: String,
        /// Whether it is there because the gateway leads to all services.
        pub from_wildcard: Option<bool>,
        /// What kind of service it is: `service` or `destination`.
        pub service_kind: String,
        /// Whether the host of requests is rewritten.
        pub auto_host_rewrite: Option<bool>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

object! {
    /// The full name of a service.
    ServiceName {
        /// Its name.
        pub name: String,
        /// Its namespace; Enterprise.
        pub namespace: String,
        /// Its partition; Enterprise.
        pub partition: String,
    }
}

object! {
    /// A node to be registered, with an instance and checks where there are any.
    ///
    /// ```
    /// # use consul_client::agent::AgentService;
    /// # use consul_client::catalog::Registration;
    /// let mut registration = Registration::new("printer-7", "10.0.0.7");
    /// let mut service = AgentService::default();
    /// service.service = "printer".to_owned();
    /// service.port = 631;
    /// registration.service = Some(service);
    /// ```
    Registration {
        /// The id of the node, an UUID; without it the name alone says which node it is.
        #[serde(rename = "ID")]
        pub id: String,
        /// The name of the node.
        pub node: String,
        /// The address of the node.
        pub address: String,
        /// The datacenter; the agent's unless set.
        pub datacenter: String,
        /// The addresses of the node by the network they are for.
        pub tagged_addresses: BTreeMap<String, String>,
        /// The metadata of the node.
        pub node_meta: BTreeMap<String, String>,
        /// Where the node is.
        pub locality: Option<Locality>,
        /// An instance on the node.
        pub service: Option<AgentService>,
        /// A check of the node or of an instance.
        pub check: Option<HealthCheck>,
        /// Further checks.
        pub checks: Vec<HealthCheck>,
        /// Whether a node that exists stays as it is.
        pub skip_node_update: Option<bool>,
        /// The peer that this is imported from.
        pub peer_name: String,
    }
}

impl Registration {
    /// A node at this address.
    pub fn new(node: impl Into<String>, address: impl Into<String>) -> Self {
        Self { node: node.into(), address: address.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{CatalogService, NodeServices};
    use crate::object::tests::lossless;

    #[test]
    fn an_instance_of_1_22() {
        let services: Vec<CatalogService> = lossless(
            r#"[{"ID":"2435b176","Node":"a","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1"},
            "NodeMeta":{"consul-version":"1.22.5"},"ServiceKind":"","ServiceID":"web1","ServiceName":"web","ServiceTags":["a","b"],
            "ServiceAddress":"","ServiceWeights":{"Passing":1,"Warning":1},"ServiceMeta":null,"ServicePort":8080,
            "ServicePorts":null,"ServiceProxy":{"Mode":"","MeshGateway":{},"Expose":{}},"ServiceLocality":null,
            "CreateIndex":41,"ModifyIndex":41}]"#,
        );
        assert_eq!((services[0].address(), services[0].service_port), ("127.0.0.1", 8080));
        assert_eq!(services[0].service_tags, ["a", "b"]);
    }

    /// Where a remote datacenter is asked, the agent may translate addresses; either way the service's comes first.
    #[test]
    fn t49_the_address_of_the_service_comes_before_that_of_the_node() {
        let service: CatalogService =
            serde_json::from_str(r#"{"Address":"10.0.0.1","ServiceAddress":"192.0.2.1"}"#).unwrap();
        assert_eq!(service.address(), "192.0.2.1");
        let service: CatalogService = serde_json::from_str(r#"{"Address":"10.0.0.1","ServiceAddress":""}"#).unwrap();
        assert_eq!(service.address(), "10.0.0.1");
    }

    #[test]
    fn t25_an_unknown_node_is_null() {
        assert_eq!(serde_json::from_str::<Option<NodeServices>>("null").unwrap(), None);
        let empty: NodeServices = serde_json::from_str(r#"{"Node":null,"Services":null}"#).unwrap();
        assert_eq!((empty.node, empty.services.len()), (None, 0));
    }
}
