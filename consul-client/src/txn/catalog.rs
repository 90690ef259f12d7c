//! Nodes, services and checks as transactions take them: a field that is missing here, the server would drop without a
//! word (a service's ports, its connect block, the configuration and upstreams of its proxy and others).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::catalog::Node;
use crate::health::{HealthCheck, HealthState};
use crate::meta::Index;
use crate::wire::duration;

/// A node to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnNode {
    /// Its id, a UUID.
    #[serde(rename = "ID", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name.
    pub node: String,
    /// Its address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Its datacenter; the agent's own when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub datacenter: String,
    /// Its addresses by kind, such as `lan` and `wan`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tagged_addresses: BTreeMap<String, String>,
    /// Its metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, String>,
    /// The guard of a `cas`.
    #[serde(skip_serializing_if = "is_zero")]
    pub modify_index: Index,
}

impl TxnNode {
    /// A node of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { node: name.into(), ..Self::default() }
    }
}

impl From<Node> for TxnNode {
    fn from(node: Node) -> Self {
        Self {
            id: node.id,
            node: node.node,
            address: node.address,
            datacenter: node.datacenter,
            tagged_addresses: node.tagged_addresses,
            meta: node.meta,
            modify_index: node.modify_index,
        }
    }
}

/// An instance of a service to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnService {
    /// Its id, unique on its node.
    #[serde(rename = "ID")]
    pub id: String,
    /// The name of the service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// What kind it is: nothing, `connect-proxy`, `mesh-gateway` and others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, String>,
    /// Its port.
    #[serde(skip_serializing_if = "is_none")]
    pub port: i64,
    /// Its address; its node's when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Its addresses by kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tagged_addresses: BTreeMap<String, TxnAddress>,
    /// How often DNS names it.
    pub weights: TxnWeights,
    /// Whether others may change its tags.
    pub enable_tag_override: bool,
    /// What it is a proxy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<TxnProxy>,
    /// The guard of a `cas`.
    #[serde(skip_serializing_if = "is_zero")]
    pub modify_index: Index,
}

impl TxnService {
    /// An instance of this service.
    pub fn new(id: impl Into<String>, service: impl Into<String>) -> Self {
        Self { service: service.into(), ..Self::of_id(id) }
    }

    pub(super) fn of_id(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

/// Where an instance can be reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnAddress {
    /// Its host.
    pub address: String,
    /// Its port.
    pub port: i64,
}

impl TxnAddress {
    /// A host and a port.
    pub fn new(address: impl Into<String>, port: i64) -> Self {
        Self { address: address.into(), port }
    }
}

/// How often DNS names an instance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnWeights {
    /// While its checks pass.
    pub passing: i64,
    /// While one of them warns.
    pub warning: i64,
}

impl Default for TxnWeights {
    fn default() -> Self {
        Self { passing: 1, warning: 1 }
    }
}

/// What an instance is a proxy of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnProxy {
    /// The service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub destination_service_name: String,
    /// The instance of it.
    #[serde(rename = "DestinationServiceID", skip_serializing_if = "String::is_empty")]
    pub destination_service_id: String,
    /// Its host.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub local_service_address: String,
    /// Its port.
    #[serde(skip_serializing_if = "is_none")]
    pub local_service_port: i64,
    /// Its socket.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub local_service_socket_path: String,
}

impl TxnProxy {
    /// A proxy of this service.
    pub fn new(destination: impl Into<String>) -> Self {
        Self { destination_service_name: destination.into(), ..Self::default() }
    }
}

/// A check to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnCheck {
    /// Its node.
    pub node: String,
    /// Its id, unique on its node.
    #[serde(rename = "CheckID")]
    pub check_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its state.
    pub status: HealthState,
    /// A text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What the last try said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// The instance it is for; empty for a check of the node.
    #[serde(rename = "ServiceID", skip_serializing_if = "String::is_empty")]
    pub service_id: String,
    /// The service it is for; the server knows it by the instance.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_name: String,
    /// The tags of the instance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_tags: Vec<String>,
    /// How the state is found out.
    #[serde(rename = "Type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What an agent tries, for those who look after checks of nodes without one.
    pub definition: TxnCheckDefinition,
    /// The guard of a `cas`.
    #[serde(skip_serializing_if = "is_zero")]
    pub modify_index: Index,
}

impl TxnCheck {
    /// A check of this id on this node.
    pub fn new(node: impl Into<String>, id: impl Into<String>) -> Self {
        Self { node: node.into(), check_id: id.into(), ..Self::default() }
    }
}

impl From<HealthCheck> for TxnCheck {
    fn from(check: HealthCheck) -> Self {
        Self {
            node: check.node,
            check_id: check.check_id,
            name: check.name,
            status: check.status,
            notes: check.notes,
            output: check.output,
            service_id: check.service_id,
            service_name: check.service_name,
            service_tags: check.service_tags,
            kind: check.kind,
            definition: TxnCheckDefinition::default(),
            modify_index: check.modify_index,
        }
    }
}

/// What is tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TxnCheckDefinition {
    /// A URL to be asked.
    #[serde(rename = "HTTP", skip_serializing_if = "String::is_empty")]
    pub http: String,
    /// Headers for that.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, Vec<String>>,
    /// The method for that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The body for that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The name for TLS.
    #[serde(rename = "TLSServerName", skip_serializing_if = "String::is_empty")]
    pub tls_server_name: String,
    /// Whether any certificate will do.
    #[serde(rename = "TLSSkipVerify", skip_serializing_if = "is_false")]
    pub tls_skip_verify: bool,
    /// A host and port to be connected to.
    #[serde(rename = "TCP", skip_serializing_if = "String::is_empty")]
    pub tcp: String,
    /// Whether with TLS.
    #[serde(rename = "TCPUseTLS", skip_serializing_if = "is_false")]
    pub tcp_use_tls: bool,
    /// A gRPC endpoint to be asked.
    #[serde(rename = "GRPC", skip_serializing_if = "String::is_empty")]
    pub grpc: String,
    /// Whether with TLS.
    #[serde(rename = "GRPCUseTLS", skip_serializing_if = "is_false")]
    pub grpc_use_tls: bool,
    /// A service of the operating system.
    #[serde(rename = "OSService", skip_serializing_if = "String::is_empty")]
    pub os_service: String,
    /// How often.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How long it may take.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// When an instance that stays critical is taken out.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub deregister_critical_service_after: Option<Duration>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_zero(index: &Index) -> bool {
    index.0 == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_none(port: &i64) -> bool {
    *port == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_false(value: &bool) -> bool {
    !value
}
