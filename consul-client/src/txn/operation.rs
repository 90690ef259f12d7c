//! What is to be done.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::catalog::{TxnCheck, TxnNode, TxnService};
use crate::kv::{check, to_base64};
use crate::meta::Index;

/// One operation of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation(pub(super) What);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Key(KeyOperation),
    Node(&'static str, TxnNode),
    Service(&'static str, String, TxnService),
    Check(&'static str, TxnCheck),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyOperation {
    pub(super) verb: &'static str,
    pub(super) key: String,
    #[serde(serialize_with = "value", skip_serializing_if = "Option::is_none")]
    value: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Index>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn value<S: serde::Serializer>(value: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    to_base64(value.as_ref().unwrap_or(&Bytes::new()), serializer)
}

fn key(verb: &'static str, key: impl Into<String>) -> KeyOperation {
    KeyOperation { verb, key: key.into(), ..KeyOperation::default() }
}

/// Operations on keys, which need `key:write`, or `key:read` where they only look.
impl Operation {
    /// Writes a key, whatever it held before.
    pub fn set(name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        Self(What::Key(KeyOperation { value: Some(value.into()), ..key("set", name) }))
    }

    /// Writes a key if it was not written since `index`; with 0, if it does not exist.
    pub fn cas(name: impl Into<String>, value: impl Into<Bytes>, index: Index) -> Self {
        Self(What::Key(KeyOperation { value: Some(value.into()), index: Some(index), ..key("cas", name) }))
    }

    /// Takes the lock of a key for a session.
    pub fn lock(name: impl Into<String>, value: impl Into<Bytes>, session: impl Into<String>) -> Self {
        Self(What::Key(KeyOperation { value: Some(value.into()), session: Some(session.into()), ..key("lock", name) }))
    }

    /// Gives the lock of a key back.
    pub fn unlock(name: impl Into<String>, value: impl Into<Bytes>, session: impl Into<String>) -> Self {
        Self(What::Key(KeyOperation {
            value: Some(value.into()),
            session: Some(session.into()),
            ..key("unlock", name)
        }))
    }

    /// Reads a key, and fails if it does not exist.
    pub fn get(name: impl Into<String>) -> Self {
        Self(What::Key(key("get", name)))
    }

    /// Reads a key; one that does not exist is read as empty, with an index of 0.
    pub fn get_or_empty(name: impl Into<String>) -> Self {
        Self(What::Key(key("get-or-empty", name)))
    }

    /// Reads all keys that begin with a prefix.
    pub fn get_tree(prefix: impl Into<String>) -> Self {
        Self(What::Key(key("get-tree", prefix)))
    }

    /// Fails if the key was written since `index`.
    pub fn check_index(name: impl Into<String>, index: Index) -> Self {
        Self(What::Key(KeyOperation { index: Some(index), ..key("check-index", name) }))
    }

    /// Fails unless this session holds the key's lock: the guard for what only its holder may write.
    pub fn check_session(name: impl Into<String>, session: impl Into<String>) -> Self {
        Self(What::Key(KeyOperation { session: Some(session.into()), ..key("check-session", name) }))
    }

    /// Fails if the key exists.
    pub fn check_not_exists(name: impl Into<String>) -> Self {
        Self(What::Key(key("check-not-exists", name)))
    }

    /// Deletes a key; one that does not exist is fine too.
    pub fn delete(name: impl Into<String>) -> Self {
        Self(What::Key(key("delete", name)))
    }

    /// Deletes a key, and fails if it was written since `index`.
    pub fn delete_cas(name: impl Into<String>, index: Index) -> Self {
        Self(What::Key(KeyOperation { index: Some(index), ..key("delete-cas", name) }))
    }

    /// Deletes all keys that begin with a prefix; an empty one is refused.
    pub fn delete_tree(prefix: impl Into<String>) -> Self {
        Self(What::Key(key("delete-tree", prefix)))
    }

    /// A number for the application's own use, beside the value that is written.
    #[must_use]
    pub fn with_flags(mut self, flags: u64) -> Self {
        if let What::Key(operation) = &mut self.0 {
            operation.flags = Some(flags);
        }
        self
    }
}

/// Operations on the catalog, which need `node:write` and `service:write`, or `…:read` where they only look.
impl Operation {
    /// Reads a node, and fails if it does not exist.
    pub fn get_node(name: impl Into<String>) -> Self {
        Self(What::Node("get", TxnNode::new(name)))
    }

    /// Writes a node.
    pub fn set_node(node: TxnNode) -> Self {
        Self(What::Node("set", node))
    }

    /// Writes a node, and fails if it was written since its `modify_index`.
    pub fn cas_node(node: TxnNode) -> Self {
        Self(What::Node("cas", node))
    }

    /// Deletes a node with all its services and checks.
    pub fn delete_node(name: impl Into<String>) -> Self {
        Self(What::Node("delete", TxnNode::new(name)))
    }

    /// Deletes a node, and fails if it was written since `index`.
    pub fn delete_node_cas(name: impl Into<String>, index: Index) -> Self {
        Self(What::Node("delete-cas", TxnNode { modify_index: index, ..TxnNode::new(name) }))
    }

    /// Reads an instance of a service, and fails if it does not exist.
    pub fn get_service(node: impl Into<String>, id: impl Into<String>) -> Self {
        Self(What::Service("get", node.into(), TxnService::of_id(id)))
    }

    /// Writes an instance of a service.
    pub fn set_service(node: impl Into<String>, service: TxnService) -> Self {
        Self(What::Service("set", node.into(), service))
    }

    /// Writes an instance of a service, and fails if it was written since its `modify_index`.
    pub fn cas_service(node: impl Into<String>, service: TxnService) -> Self {
        Self(What::Service("cas", node.into(), service))
    }

    /// Deletes an instance of a service, which needs both its id and its name.
    pub fn delete_service(node: impl Into<String>, service: TxnService) -> Self {
        Self(What::Service("delete", node.into(), service))
    }

    /// Deletes an instance of a service, and fails if it was written since its `modify_index`.
    pub fn delete_service_cas(node: impl Into<String>, service: TxnService) -> Self {
        Self(What::Service("delete-cas", node.into(), service))
    }

    /// Reads a check, and fails if it does not exist.
    pub fn get_check(node: impl Into<String>, id: impl Into<String>) -> Self {
        Self(What::Check("get", TxnCheck::new(node, id)))
    }

    /// Writes a check.
    pub fn set_check(check: TxnCheck) -> Self {
        Self(What::Check("set", check))
    }

    /// Writes a check, and fails if it was written since its `modify_index`.
    pub fn cas_check(check: TxnCheck) -> Self {
        Self(What::Check("cas", check))
    }

    /// Deletes a check.
    pub fn delete_check(node: impl Into<String>, id: impl Into<String>) -> Self {
        Self(What::Check("delete", TxnCheck::new(node, id)))
    }

    /// Deletes a check, and fails if it was written since `index`.
    pub fn delete_check_cas(node: impl Into<String>, id: impl Into<String>, index: Index) -> Self {
        Self(What::Check("delete-cas", TxnCheck { modify_index: index, ..TxnCheck::new(node, id) }))
    }
}

impl Operation {
    pub(super) fn to_json(&self) -> Value {
        match &self.0 {
            What::Key(operation) => json!({ "KV": operation }),
            What::Node(verb, node) => json!({ "Node": { "Verb": verb, "Node": node } }),
            What::Service(verb, node, service) => {
                json!({ "Service": { "Verb": verb, "Node": node, "Service": service } })
            }
            What::Check(verb, check) => json!({ "Check": { "Verb": verb, "Check": check } }),
        }
    }

    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        match &self.0 {
            What::Key(operation) => operation.verb.starts_with("get") || operation.verb.starts_with("check"),
            What::Node(verb, _) | What::Service(verb, ..) | What::Check(verb, _) => *verb == "get",
        }
    }

    /// Why it is not to be sent. The server looks at no key of a transaction, so one could be written that nothing
    /// but a transaction reads again.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let What::Key(operation) = &self.0 else { return None };
        match operation.verb {
            "set" | "cas" | "lock" if operation.key.is_empty() => Some("a key is empty"),
            "set" | "cas" | "lock" => check(&operation.key).err(),
            "delete-tree" if operation.key.is_empty() => Some("an empty prefix would delete every key"),
            _ => None,
        }
    }
}
