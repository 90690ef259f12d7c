//! What came of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::operation::{Operation, What};
use crate::agent::AgentService;
use crate::catalog::Node;
use crate::health::HealthCheck;
use crate::kv::Pair;
use crate::meta::Index;
use crate::wire::null::or_default;

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a transaction that was refused is no error, but has not happened"]
#[expect(clippy::exhaustive_enums, reason = "all of it happens or nothing does")]
pub enum TxnOutcome {
    /// All operations were carried out; a result for each, in their order.
    Applied(Vec<OperationResult>),
    /// Nothing was changed; why, for each operation that failed.
    Refused(Vec<Failure>),
}

impl TxnOutcome {
    /// Whether all operations were carried out.
    pub fn is_applied(&self) -> bool {
        matches!(self, Self::Applied(_))
    }

    /// The results; none of a transaction that was refused.
    pub fn results(&self) -> &[OperationResult] {
        if let Self::Applied(results) = self { results } else { &[] }
    }

    /// Why it was refused; nothing of one that was applied.
    pub fn failures(&self) -> &[Failure] {
        if let Self::Refused(failures) = self { failures } else { &[] }
    }
}

/// Why an operation failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct Failure {
    /// Which operation, counted from 0.
    #[serde(rename = "OpIndex")]
    pub operation: usize,
    /// What the server says.
    pub what: String,
}

/// What an operation gave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OperationResult {
    /// Nothing: something was deleted, or checked not to exist.
    Nothing,
    /// A key; with its value only where it was read.
    Pair(Pair),
    /// The keys that begin with the prefix.
    Pairs(Vec<Pair>),
    /// A node.
    Node(Box<Node>),
    /// An instance of a service.
    Service(Box<AgentService>),
    /// A check.
    Check(Box<HealthCheck>),
}

impl OperationResult {
    /// The key, if it was about one.
    pub fn pair(&self) -> Option<&Pair> {
        if let Self::Pair(pair) = self { Some(pair) } else { None }
    }

    /// When it was last written: the guard for the next write.
    pub fn modify_index(&self) -> Option<Index> {
        match self {
            Self::Pair(pair) => Some(pair.modify_index),
            Self::Node(node) => Some(node.modify_index),
            Self::Check(check) => Some(check.modify_index),
            Self::Service(service) => Some(service.modify_index),
            Self::Nothing | Self::Pairs(_) => None,
        }
    }
}

/// The answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Response {
    #[serde(default, deserialize_with = "or_default")]
    results: Vec<Entry>,
    #[serde(default, deserialize_with = "or_default")]
    errors: Vec<Failure>,
    /// Those of transactions that only read say again what the headers do.
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Exactly one of these.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    #[serde(rename = "KV", skip_serializing_if = "Option::is_none")]
    kv: Option<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<AgentService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<HealthCheck>,
}

impl Entry {
    fn into_result(self) -> OperationResult {
        let Self { kv, node, service, check } = self;
        let kv = kv.map(OperationResult::Pair);
        let node = node.map(|node| OperationResult::Node(Box::new(node)));
        let service = service.map(|service| OperationResult::Service(Box::new(service)));
        let check = check.map(|check| OperationResult::Check(Box::new(check)));
        kv.or(node).or(service).or(check).unwrap_or(OperationResult::Nothing)
    }
}

impl Response {
    pub(super) fn refused(self) -> TxnOutcome {
        TxnOutcome::Refused(self.errors)
    }

    /// The server strings the results together: one of most operations, none of some, and any number of a tree.
    pub(super) fn applied(mut self, operations: &[Operation]) -> TxnOutcome {
        let entries: Vec<&Entry> = self.results.iter().collect();
        let mut shares = Vec::with_capacity(operations.len());
        // What fits nowhere is no answer to these operations; then each gets as much as there is.
        if !share(operations, &entries, &mut shares) {
            shares = operations.iter().map(|operation| usize::from(operation.gives() != Gives::None)).collect();
        }
        let mut take = |count: usize| self.results.drain(..count.min(self.results.len())).collect::<Vec<_>>();
        let result = |(operation, count): (&Operation, usize)| match operation.gives() {
            Gives::Tree(_) => OperationResult::Pairs(take(count).into_iter().filter_map(|entry| entry.kv).collect()),
            _ => take(count).pop().map_or(OperationResult::Nothing, Entry::into_result),
        };
        TxnOutcome::Applied(operations.iter().zip(shares).map(result).collect())
    }
}

/// How many of the entries belong to each operation, the keys of trees being as many as possible.
fn share(operations: &[Operation], entries: &[&Entry], shares: &mut Vec<usize>) -> bool {
    let Some((operation, rest)) = operations.split_first() else { return entries.is_empty() };
    let most = match operation.gives() {
        Gives::None => 0,
        Gives::One => usize::from(entries.first().is_some_and(|entry| operation.is_of(entry))),
        Gives::Tree(prefix) => tree(prefix, entries),
    };
    let least = usize::from(operation.gives() == Gives::One);
    (least..=most).rev().any(|count| {
        shares.push(count);
        let fits = share(rest, &entries[count..], shares);
        if !fits {
            shares.pop();
        }
        fits
    })
}

/// The keys of a tree come in their order.
fn tree(prefix: &str, entries: &[&Entry]) -> usize {
    let keys = entries.iter().map_while(|entry| entry.kv.as_ref()).map(|pair| &pair.key);
    let mut last: Option<&String> = None;
    keys.take_while(|key| {
        let fits = key.starts_with(prefix) && last.is_none_or(|last| last < *key);
        last = Some(key);
        fits
    })
    .count()
}

#[derive(PartialEq)]
enum Gives<'a> {
    None,
    One,
    Tree(&'a str),
}

impl Operation {
    /// Whether this can be what it gave.
    fn is_of(&self, entry: &Entry) -> bool {
        match &self.0 {
            What::Key(operation) => entry.kv.as_ref().is_some_and(|pair| pair.key == operation.key),
            What::Node(..) => entry.node.is_some(),
            What::Service(..) => entry.service.is_some(),
            What::Check(..) => entry.check.is_some(),
        }
    }

    fn gives(&self) -> Gives<'_> {
        match &self.0 {
            What::Key(operation) => match operation.verb {
                "get-tree" => Gives::Tree(&operation.key),
                "delete" | "delete-cas" | "delete-tree" | "check-not-exists" => Gives::None,
                _ => Gives::One,
            },
            What::Node(verb, _) | What::Service(verb, ..) | What::Check(verb, _) => {
                if verb.starts_with("delete") {
                    Gives::None
                } else {
                    Gives::One
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OperationResult, Response, TxnOutcome};
    use crate::meta::Index;
    use crate::txn::Operation;

    fn response(keys: &[&str]) -> Response {
        let entries: Vec<_> = keys
            .iter()
            .map(|key| json!({ "KV": { "Key": key, "LockIndex": 0, "Flags": 0, "Value": null, "CreateIndex": 1, "ModifyIndex": 2 } }))
            .collect();
        serde_json::from_value(json!({ "Results": entries, "Errors": null })).unwrap()
    }

    fn keys(result: &OperationResult) -> Vec<&str> {
        match result {
            OperationResult::Pair(pair) => vec![&pair.key],
            OperationResult::Pairs(pairs) => pairs.iter().map(|pair| pair.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn t21_each_operation_gets_its_own_result() {
        let operations = [
            Operation::delete("x"),
            Operation::get_tree("a/"),
            Operation::set("a/9", ""),
            Operation::check_not_exists("y"),
            Operation::get_tree("none/"),
            Operation::get_tree("a/"),
            Operation::cas("b", "", Index(1)),
        ];
        let outcome = response(&["a/1", "a/2", "a/9", "a/1", "a/2", "a/9", "b"]).applied(&operations);
        let found: Vec<_> = outcome.results().iter().map(keys).collect();
        let none = Vec::<&str>::new;
        let (before, after) = (vec!["a/1", "a/2"], vec!["a/1", "a/2", "a/9"]);
        assert_eq!(found, [none(), before, vec!["a/9"], none(), none(), after, vec!["b"]]);
        let simple = [Operation::get_tree("a/"), Operation::set("a/9", ""), Operation::get("b")];
        let outcome = response(&["a/1", "a/2", "a/9", "b"]).applied(&simple);
        let found: Vec<_> = outcome.results().iter().map(keys).collect();
        assert_eq!(found, [vec!["a/1", "a/2"], vec!["a/9"], vec!["b"]]);
    }

    #[test]
    fn t21_a_refusal_names_the_operations_that_failed() {
        let text = r#"{"Results":null,"Errors":[{"OpIndex":1,"What":"key \"a\" exists"}]}"#;
        let outcome = serde_json::from_str::<Response>(text).unwrap().refused();
        assert!(!outcome.is_applied() && outcome.results().is_empty());
        let TxnOutcome::Refused(failures) = outcome else { panic!("refused") };
        assert_eq!((failures[0].operation, failures[0].what.as_str()), (1, "key \"a\" exists"));
    }
}
