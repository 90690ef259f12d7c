//! What an event says.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::acl::{AuthMethod, BindingRule, Policy, Role, TokenStub};
use crate::allocations::Allocation;
use crate::deployments::Deployment;
use crate::evaluations::Evaluation;
use crate::job::Job;
use crate::meta::Index;
use crate::node_pools::NodePool;
use crate::nodes::Node;
use crate::services::ServiceRegistration;
use crate::variables::VariableStub;
use crate::volumes::{CsiPlugin, CsiVolume, HostVolume};

wire_enum! {
    /// What events are about.
    pub Topic {
        /// Tokens, without their secret.
        AclToken = "ACLToken",
        /// Policies.
        AclPolicy = "ACLPolicy",
        /// Roles.
        AclRole = "ACLRole",
        /// Methods of login.
        AclAuthMethod = "ACLAuthMethod",
        /// What a login grants.
        AclBindingRule = "ACLBindingRule",
        /// Allocations, without their job.
        Allocation = "Allocation",
        /// Plugins of the Container Storage Interface.
        CsiPlugin = "CSIPlugin",
        /// Their volumes.
        CsiVolume = "CSIVolume",
        /// Deployments.
        Deployment = "Deployment",
        /// Evaluations.
        Evaluation = "Evaluation",
        /// Dynamic host volumes.
        HostVolume = "HostVolume",
        /// Jobs.
        Job = "Job",
        /// Nodes.
        Node = "Node",
        /// Node pools.
        NodePool = "NodePool",
        /// The configuration of the cluster (Enterprise).
        Operator = "Operator",
        /// Nomad's own service registry.
        Service = "Service",
        /// Variables, without their items, from Nomad 2.0 on.
        Variable = "Variable",
        /// Everything, which needs a management token.
        All = "*",
    }
}

default_empty!(Topic);

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// When, in the history of the cluster. Several events may share one.
    pub index: Index,
    /// What it is about.
    pub topic: Topic,
    /// What happened, such as `JobRegistered` or `PlanResult`.
    pub kind: String,
    /// The id, name or path of what it is about.
    pub key: String,
    /// The namespace, where the topic has one.
    pub namespace: Option<String>,
    /// Other keys that [`StreamOptions::with_topic_key`](super::StreamOptions::with_topic_key) finds it by.
    pub filter_keys: Vec<String>,
    /// The object as it was right after.
    pub payload: Payload,
}

/// The object that an event is about. One that cannot be read, or of a topic that this version of the crate does not
/// know, is [`Payload::Unknown`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Payload {
    /// A token, without its secret.
    AclToken(Box<TokenStub>),
    /// A policy.
    AclPolicy(Box<Policy>),
    /// A role.
    AclRole(Box<Role>),
    /// A method of login.
    AclAuthMethod(Box<AuthMethod>),
    /// What a login grants.
    AclBindingRule(Box<BindingRule>),
    /// An allocation, without its job.
    Allocation(Box<Allocation>),
    /// A plugin of the Container Storage Interface.
    CsiPlugin(Box<CsiPlugin>),
    /// A volume of such a plugin.
    CsiVolume(Box<CsiVolume>),
    /// A deployment.
    Deployment(Box<Deployment>),
    /// An evaluation.
    Evaluation(Box<Evaluation>),
    /// A dynamic host volume.
    HostVolume(Box<HostVolume>),
    /// A job.
    Job(Box<Job>),
    /// A node.
    Node(Box<Node>),
    /// A node pool.
    NodePool(Box<NodePool>),
    /// An instance of a service.
    Service(Box<ServiceRegistration>),
    /// A variable, without its items.
    Variable {
        /// Where it is and when it was written.
        metadata: Box<VariableStub>,
        /// Whether it was deleted.
        deleted: bool,
    },
    /// As it came.
    Unknown(Value),
}

impl Default for Payload {
    fn default() -> Self {
        Self::Unknown(Value::Null)
    }
}

/// A line of the stream; an empty one is the sign that the server is alive.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Batch {
    #[serde(deserialize_with = "crate::wire::null::or_default")]
    pub(super) index: Option<Index>,
    #[serde(deserialize_with = "crate::wire::null::or_default")]
    pub(super) events: Vec<Event>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Raw {
    index: Index,
    topic: Topic,
    #[serde(rename = "Type", deserialize_with = "crate::wire::null::or_default")]
    kind: String,
    #[serde(deserialize_with = "crate::wire::null::or_default")]
    key: String,
    #[serde(deserialize_with = "crate::object::text_or_none")]
    namespace: Option<String>,
    #[serde(deserialize_with = "crate::wire::null::or_default")]
    filter_keys: Vec<String>,
    payload: Value,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        let payload = Payload::of(&raw.topic, raw.payload);
        let Raw { index, topic, kind, key, namespace, filter_keys, .. } = raw;
        Ok(Self { index, topic, kind, key, namespace, filter_keys, payload })
    }
}

/// As the server writes it.
impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Raw {
            index: self.index,
            topic: self.topic.clone(),
            kind: self.kind.clone(),
            key: self.key.clone(),
            namespace: self.namespace.clone(),
            filter_keys: self.filter_keys.clone(),
            payload: self.payload.to_value().map_err(|_| serde::ser::Error::custom("a payload that is no JSON"))?,
        }
        .serialize(serializer)
    }
}

/// Reads the one object in a payload, whose name is not always that of the topic.
fn read<T: serde::de::DeserializeOwned>(payload: &Value, name: &str) -> Option<Box<T>> {
    let object = payload.get(name).filter(|object| object.is_object())?;
    T::deserialize(object).ok().map(Box::new)
}

fn wrapped(name: &str, object: &impl Serialize) -> serde_json::Result<Value> {
    Ok(Map::from_iter([(name.to_owned(), serde_json::to_value(object)?)]).into())
}

impl Payload {
    fn of(topic: &Topic, payload: Value) -> Self {
        let known = match topic {
            Topic::AclToken => read(&payload, "ACLToken").map(Self::AclToken),
            Topic::AclPolicy => read(&payload, "ACLPolicy").map(Self::AclPolicy),
            Topic::AclRole => read(&payload, "ACLRole").map(Self::AclRole),
            Topic::AclAuthMethod => read(&payload, "AuthMethod").map(Self::AclAuthMethod),
            Topic::AclBindingRule => read(&payload, "ACLBindingRule").map(Self::AclBindingRule),
            Topic::Allocation => read(&payload, "Allocation").map(Self::Allocation),
            Topic::CsiPlugin => read(&payload, "Plugin").map(Self::CsiPlugin),
            Topic::CsiVolume => read(&payload, "Volume").map(Self::CsiVolume),
            Topic::Deployment => read(&payload, "Deployment").map(Self::Deployment),
            Topic::Evaluation => read(&payload, "Evaluation").map(Self::Evaluation),
            Topic::HostVolume => read(&payload, "Volume").map(Self::HostVolume),
            Topic::Job => read(&payload, "Job").map(Self::Job),
            Topic::Node => read(&payload, "Node").map(Self::Node),
            Topic::NodePool => read(&payload, "NodePool").map(Self::NodePool),
            Topic::Service => read(&payload, "Service").map(Self::Service),
            Topic::Variable => read(&payload, "Metadata").map(|metadata| {
                let deleted = payload.get("Deleted").and_then(Value::as_bool).unwrap_or_default();
                Self::Variable { metadata, deleted }
            }),
            Topic::Operator | Topic::All | Topic::Other(_) => None,
        };
        known.unwrap_or(Self::Unknown(payload))
    }

    fn to_value(&self) -> serde_json::Result<Value> {
        match self {
            Self::AclToken(object) => wrapped("ACLToken", object),
            Self::AclPolicy(object) => wrapped("ACLPolicy", object),
            Self::AclRole(object) => wrapped("ACLRole", object),
            Self::AclAuthMethod(object) => wrapped("AuthMethod", object),
            Self::AclBindingRule(object) => wrapped("ACLBindingRule", object),
            Self::Allocation(object) => wrapped("Allocation", object),
            Self::CsiPlugin(object) => wrapped("Plugin", object),
            Self::CsiVolume(object) => wrapped("Volume", object),
            Self::Deployment(object) => wrapped("Deployment", object),
            Self::Evaluation(object) => wrapped("Evaluation", object),
            Self::HostVolume(object) => wrapped("Volume", object),
            Self::Job(object) => wrapped("Job", object),
            Self::Node(object) => wrapped("Node", object),
            Self::NodePool(object) => wrapped("NodePool", object),
            Self::Service(object) => wrapped("Service", object),
            Self::Variable { metadata, deleted } => {
                let mut value = wrapped("Metadata", metadata)?;
                value["Deleted"] = (*deleted).into();
                Ok(value)
            }
            Self::Unknown(payload) => Ok(payload.clone()),
        }
    }
}
