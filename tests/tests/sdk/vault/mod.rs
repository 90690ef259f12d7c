//! Every operation of vault-client on a live server.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like the tests")]

mod approle;
mod cluster;
#[cfg(feature = "postgres")]
mod database;
mod jwt;
mod kv1;
mod kv2;
mod leases;
mod mfa;
mod node;
mod oidc;
mod operator;
mod pki;
mod pki_documents;
mod pki_issuers;
mod raft;
mod raw;
mod session;
mod sys;
mod token;
mod transit;
mod transit_keys;
mod transit_sign;
mod wrapping;

use std::time::Duration;

use tests::stack;
use vault_client::sys::mounts::NewMount;
use vault_client::token::TokenRequest;
use vault_client::{Client, Result};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The shared server, with a token that may do everything.
async fn client() -> Client {
    stack::stack().await.stack().clients().vault.clone()
}

/// The same server with a token that may do nothing but look after itself.
async fn powerless(vault: &Client) -> Client {
    let mut request = TokenRequest::with_policies(["default"]);
    request.ttl = Some(10 * MINUTE);
    let token = vault.token().create(&request).await.unwrap().value.client_token.unwrap();
    vault.with_token(token)
}

/// Fails unless the token was too weak.
#[track_caller]
fn denied<T>(result: Result<T>) {
    let error = result.err().unwrap();
    assert!(error.is_denied() && error.status() == Some(403), "{error}");
}

/// Fails unless there is no such object.
#[track_caller]
fn missing<T>(result: Result<T>) {
    let error = result.err().unwrap();
    assert!(error.is_not_found(), "{error}");
}

/// Fails unless the server found the request wrong.
#[track_caller]
fn wrong<T>(result: Result<T>) {
    let error = result.err().unwrap();
    assert!(error.status() == Some(400) && !error.is_not_found() && !error.is_conflict(), "{error}");
}

/// Mounts an engine at a path of its own.
async fn mount(vault: &Client, path: &str, kind: &str) {
    vault.sys().mounts().enable(path, &NewMount::new(kind)).await.unwrap();
}

/// Takes an engine away with all that it holds.
async fn unmount(vault: &Client, path: &str) {
    vault.sys().mounts().disable(path).await.unwrap();
    assert!(vault.sys().mounts().read(path).await.unwrap().is_none());
}
