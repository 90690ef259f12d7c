//! Secrets of every kind, written, read and refused. Whether one of them was logged is seen at the end, in `whole`.

use std::time::Duration;

use bytes::Bytes;
use consul_client::event::FireOptions;
use nomad_client::variables::Variable;
use secrecy::SecretString;
use serde_json::json;
use tests::canary::{PREFIX, journal};
use tests::stack;
use tests::wait::until;
use vault_client::kv2::Fields;
use vault_client::sys::mounts::NewMount;

/// A secret that no other test has.
fn secret(what: &str) -> String {
    format!("{PREFIX}{what}-hunter2")
}

#[test]
fn of_consul() {
    stack::run(async {
        let consul = stack::stack().await.stack().clients().consul.clone();
        let token = consul_client::Token::new(&secret("consul-token")).unwrap();
        let stranger = consul.with_token(token.clone());
        let (kv, key, value) = (consul.kv(), "sdk-canaries/a", secret("value"));
        kv.put(key, value.clone()).await.unwrap();
        assert_eq!(kv.read(key).await.unwrap().unwrap().value, value);
        stranger.kv().put(key, value.clone()).await.unwrap_err();
        stranger.kv().read(key).await.unwrap_err();
        kv.delete(key).await.unwrap();
        consul.acl().login("sdk-canaries", &token).await.unwrap_err();
        let payload = FireOptions::new().with_payload(Bytes::from(value.clone()));
        consul.events().fire_with("sdk-canaries", &payload).await.unwrap();
        stranger.events().fire_with("sdk-canaries", &payload).await.unwrap_err();
    });
}

#[test]
fn of_nomad() {
    stack::run(async {
        let nomad = stack::stack().await.stack().clients().nomad.clone();
        let token = nomad_client::Token::new(&secret("nomad-token")).unwrap();
        let stranger = nomad.with_token(token.clone());
        let mut variable = Variable::new("sdk-canaries/a");
        variable.items.insert("key", secret("item"));
        nomad.variables().put(&variable).await.unwrap();
        assert!(nomad.variables().read(&variable.path).await.unwrap().is_some());
        stranger.variables().put(&variable).await.unwrap_err();
        stranger.variables().read(&variable.path).await.unwrap_err();
        nomad.variables().delete(&variable.path).await.unwrap();
        nomad.acl().login("sdk-canaries", &token).await.unwrap_err();
        // The server says the line that it does not understand.
        nomad.jobs().parse(&format!("job \"a\" {{ {} }}", secret("source"))).await.unwrap_err();
    });
}

#[test]
fn of_vault() {
    stack::run(async {
        let vault = stack::stack().await.stack().clients().vault.clone();
        let token = vault_client::Token::new(&secret("vault-token")).unwrap();
        let stranger = vault.with_token(token.clone());
        vault.sys().mounts().enable("sdk-canaries", &NewMount::kv2()).await.unwrap();
        let (kv, fields) = (vault.kv2("sdk-canaries"), Fields::from([("password", secret("field"))]));
        until("the engine is ready", Duration::from_secs(60), async || kv.put("a", &fields).await.ok()).await;
        assert!(kv.read::<Fields>("a").await.unwrap().is_some());
        stranger.kv2("sdk-canaries").put("a", &fields).await.unwrap_err();
        stranger.kv2("sdk-canaries").read::<Fields>("a").await.unwrap_err();
        vault.sys().mounts().disable("sdk-canaries").await.unwrap();

        let wrapping = vault.sys().wrapping();
        let wrapped = wrapping.wrap(Duration::from_secs(60), &fields).await.unwrap().token.unwrap();
        assert!(wrapping.unwrap::<Fields>(&wrapped).await.is_ok());
        wrapping.unwrap::<Fields>(&token).await.unwrap_err();
        assert!(vault.token().lookup(&token).await.unwrap().is_none());
        stranger.token().lookup_self().await.unwrap_err();
        let id = SecretString::from(secret("secret-id"));
        vault.approle("sdk-canaries").login("role", Some(&id)).await.unwrap_err();
        vault.raw().write("sys/tools/hash", &json!({ "input": secret("input") })).await.unwrap_err();
        assert!(journal().planted() > 3, "the tokens of the servers are known");
    });
}
