//! Transactions: several operations, all of which happen or none:
//! <https://developer.hashicorp.com/consul/api-docs/txn>.
//!
//! Each operation needs the permission it would need alone.

mod catalog;
mod operation;
mod results;

use serde_json::Value;

pub use self::catalog::{TxnAddress, TxnCheck, TxnCheckDefinition, TxnNode, TxnProxy, TxnService, TxnWeights};
pub use self::operation::Operation;
use self::results::Response;
pub use self::results::{Failure, OperationResult, TxnOutcome};
use crate::client::Client;
use crate::error::Result;
use crate::options::ReadOptions;
use crate::transport::{Request, json};

/// More operations than this the server refuses; its documentation says 64, its code 128.
pub const MAX_OPERATIONS: usize = 128;

/// Larger transactions the server refuses, unless its `txn_max_req_len` says otherwise.
pub const MAX_BYTES: usize = 512 * 1024;

/// Handle made by [`Client::txn`].
#[derive(Clone, Debug)]
pub struct Txn {
    client: Client,
}

/// Options of [`Txn::apply_with`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApplyOptions {
    max_bytes: usize,
    read: ReadOptions,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self { max_bytes: MAX_BYTES, read: ReadOptions::default() }
    }
}

impl ApplyOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How large the transaction may be, for agents whose `txn_max_req_len` is not the default.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// How it is read, if it only reads; such a transaction never waits for a change.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

impl Txn {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Carries out all operations, or none if one of them fails.
    ///
    /// `PUT /v1/txn` ([API](https://developer.hashicorp.com/consul/api-docs/txn#create-transaction)), needs what each
    /// operation needs.
    ///
    /// ```no_run
    /// # use consul_client::txn::{Operation, TxnOutcome};
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let operations = [
    ///     Operation::check_not_exists("app/migrating"),
    ///     Operation::set("app/schema", "7"),
    ///     Operation::get("app/owner"),
    /// ];
    /// match consul.txn().apply(&operations).await? {
    ///     TxnOutcome::Applied(results) => println!("{:?}", results[2].pair()),
    ///     TxnOutcome::Refused(failures) => {
    ///         for failure in failures {
    ///             println!("operation {}: {}", failure.operation, failure.what);
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// None of those of single operations, which make it [`TxnOutcome::Refused`], denied ones too. One of more than
    /// [`MAX_OPERATIONS`] or [`MAX_BYTES`] is refused before it is sent.
    pub async fn apply(&self, operations: &[Operation]) -> Result<TxnOutcome> {
        self.apply_with(operations, &ApplyOptions::new()).await
    }

    /// As [`Txn::apply`], with options.
    ///
    /// # Errors
    /// As [`Txn::apply`].
    pub async fn apply_with(&self, operations: &[Operation], options: &ApplyOptions) -> Result<TxnOutcome> {
        let request = request(operations, options)?;
        let reply = self.client.send(request.clone()).await?;
        let response: Response = json(&request, &reply)?;
        Ok(if reply.status == 409 { response.refused() } else { response.applied(operations) })
    }
}

fn request(operations: &[Operation], options: &ApplyOptions) -> Result<Request> {
    let body: Vec<Value> = operations.iter().map(Operation::to_json).collect();
    let mut request = Request::put("/v1/txn", [])?.json(&body)?.data_statuses(&[409]);
    if operations.len() > MAX_OPERATIONS {
        return Err(request.refused("the server takes no more than 128 operations"));
    }
    if request.body.as_ref().is_some_and(|body| body.content.len() > options.max_bytes) {
        return Err(request.refused("it is larger than the server takes"));
    }
    if let Some(problem) = operations.iter().find_map(Operation::problem) {
        return Err(request.refused(problem));
    }
    if operations.iter().all(Operation::is_read) {
        request = options.read.apply(request).idempotent();
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ApplyOptions, Operation, request};
    use crate::meta::Index;
    use crate::options::{Consistency, ReadOptions};

    fn body(operations: &[Operation]) -> Value {
        let request = request(operations, &ApplyOptions::new()).unwrap();
        serde_json::from_slice(&request.body.unwrap().content).unwrap()
    }

    #[test]
    fn operations_as_they_are_sent() {
        let sent = body(&[
            Operation::set("a", vec![0xff]).with_flags(u64::MAX),
            Operation::cas("b", "x", Index(7)),
            Operation::lock("c", "", "session"),
            Operation::get_tree("d/"),
        ]);
        assert_eq!(
            sent,
            json!([
                { "KV": { "Verb": "set", "Key": "a", "Value": "/w==", "Flags": u64::MAX } },
                { "KV": { "Verb": "cas", "Key": "b", "Value": "eA==", "Index": 7 } },
                { "KV": { "Verb": "lock", "Key": "c", "Value": "", "Session": "session" } },
                { "KV": { "Verb": "get-tree", "Key": "d/" } },
            ])
        );
    }

    #[test]
    fn t21_limits_are_checked_before_anything_is_sent() {
        let many = |count: usize| vec![Operation::get("a"); count];
        assert!(request(&many(128), &ApplyOptions::new()).is_ok());
        assert!(request(&many(129), &ApplyOptions::new()).is_err());
        let large = [Operation::set("a", vec![0; 400 * 1024])];
        assert!(request(&large, &ApplyOptions::new()).is_err());
        assert!(request(&large, &ApplyOptions::new().with_max_bytes(1 << 20)).is_ok());
        for key in ["a//b", "../a", " a"] {
            assert!(request(&[Operation::set(key, "")], &ApplyOptions::new()).is_err(), "{key}");
            // One that somebody else made can still be removed.
            assert!(request(&[Operation::delete(key)], &ApplyOptions::new()).is_ok(), "{key}");
        }
    }

    #[test]
    fn only_a_transaction_that_reads_is_repeated_and_has_a_consistency() {
        let read = ReadOptions::new().with_consistency(Consistency::Stale);
        let options = ApplyOptions::new().with_read(read);
        let reads = request(&[Operation::get("a"), Operation::check_not_exists("b")], &options).unwrap();
        assert_eq!((reads.query.as_str(), reads.idempotent), ("stale", true));
        let writes = request(&[Operation::get("a"), Operation::delete("b")], &options).unwrap();
        assert_eq!((writes.query.as_str(), writes.idempotent), ("", false));
    }
}
