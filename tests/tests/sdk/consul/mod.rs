//! Every operation of consul-client on a live server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests panic like the tests")]

mod acl;
mod agent;
mod authority;
mod catalog;
mod checks;
mod cluster;
mod config;
mod config_kinds;
mod discovery;
mod kv;
mod locks;
mod login;
mod mesh;
mod rights;
mod services;
mod sessions;
mod txn;

use std::time::Duration;

use consul_client::acl::{AclToken, Link, Policy};
use consul_client::{Client, Error, Reason, Token};
use tests::stack::{self, Live};

/// A change that an agent makes is seen everywhere after at most this time.
const SOON: Duration = Duration::from_secs(30);

/// An id that nothing has.
const NOWHERE: &str = "00000000-0000-0000-0000-00000000dead";

/// The stack that all tests share, and its management client.
async fn shared() -> (&'static Live, Client) {
    let live = stack::stack().await;
    (live, live.stack().clients().consul.clone())
}

/// A token with these rules, and the policy that has them.
struct Granted {
    client: Client,
    accessor: String,
    policy: Option<String>,
}

impl Granted {
    /// Makes a token, which may do nothing where there are no rules.
    async fn new(management: &Client, name: &str, rules: &str) -> Self {
        let acl = management.acl();
        let mut token = AclToken::new(name);
        let mut policy = None;
        if !rules.is_empty() {
            let made = acl.policies().create(&Policy::new(name, rules)).await.unwrap();
            token.policies = vec![Link::by_id(&made.id)];
            policy = Some(made.id);
        }
        let token = acl.tokens().create(&token).await.unwrap();
        let client = management.with_token(token.secret.unwrap());
        Self { client, accessor: token.accessor_id, policy }
    }

    async fn powerless(management: &Client, name: &str) -> Self {
        Self::new(management, name, "").await
    }

    async fn revoke(self, management: &Client) {
        let acl = management.acl();
        acl.tokens().delete(&self.accessor).await.unwrap();
        if let Some(policy) = self.policy {
            acl.policies().delete(&policy).await.unwrap();
        }
    }
}

/// A client with a token that the server does not know.
fn stranger(client: &Client) -> Client {
    client.with_token(Token::new(NOWHERE).unwrap())
}

/// The token is known, but may not do this.
fn assert_denied<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(error.is_denied() && error.reason() == Some(&Reason::PermissionDenied), "{error:?}");
    assert!(!error.may_have_applied() && !error.is_retryable() && !error.is_not_found(), "{error:?}");
    assert_eq!(error.status(), Some(403));
}

/// The token is not known at all.
fn assert_unknown_token<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(error.is_denied() && error.reason() == Some(&Reason::TokenNotFound), "{error:?}");
}

/// Nothing was sent.
fn assert_refused_here<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error:?}");
    assert!(!error.may_have_applied());
}

/// The server found it wrong.
fn assert_invalid<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
}

/// There is one already, or it was changed meanwhile.
fn assert_conflict<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(error.is_conflict() && !error.may_have_applied(), "{error:?}");
}
