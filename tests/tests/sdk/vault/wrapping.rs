//! Answers that are handed over in a wrapping.

use secrecy::ExposeSecret;
use tests::stack;
use tests::wait::until;
use vault_client::kv2::{Fields, Kv2Read};
use vault_client::sys::mounts::NewMount;
use vault_client::token::TokenRequest;
use vault_client::{Client, Reason, Result, Wrapped};

use super::{MINUTE, client, unmount};

#[track_caller]
fn spent<T>(result: Result<T>) {
    let error = result.err().unwrap();
    assert!(error.reason().is_some_and(Reason::is_wrap_invalid), "{error}");
}

#[test]
fn own_data_is_wrapped_looked_at_rewrapped_and_unwrapped_once() {
    stack::run(async {
        let vault = client().await;
        let wrapping = vault.sys().wrapping();
        let first = wrapping.wrap(MINUTE, &Fields::from([("a", "hunter2")])).await.unwrap();
        assert_eq!((first.ttl, first.creation_path.as_str()), (MINUTE, "sys/wrapping/wrap"));
        let token = first.token.unwrap();
        let found = vault.anonymous().sys().wrapping().lookup(&token).await.unwrap();
        assert_eq!((found.creation_ttl, found.creation_path.as_str()), (MINUTE, "sys/wrapping/wrap"));
        let second = wrapping.rewrap(&token).await.unwrap().token.unwrap();
        spent(wrapping.unwrap::<Fields>(&token).await);
        // Who unwraps needs no token.
        let fields: Fields = vault.anonymous().sys().wrapping().unwrap(&second).await.unwrap();
        assert_eq!(fields.get("a").unwrap().expose_secret(), "hunter2");
        spent(wrapping.unwrap::<Fields>(&second).await);
        spent(wrapping.lookup(&second).await);
        spent(wrapping.rewrap(&second).await);
    });
}

#[test]
fn t20_the_answer_of_any_call_is_wrapped_with_its_type() {
    stack::run(async {
        let vault = client().await;
        vault.sys().mounts().enable("sdk-wrap", &NewMount::kv2()).await.unwrap();
        let fields = Fields::from([("a", "hunter2")]);
        until("the engine is ready", MINUTE, async || vault.kv2("sdk-wrap").put("x", &fields).await.ok()).await;
        let read =
            |path: &'static str| move |vault: Client| async move { vault.kv2("sdk-wrap").read::<Fields>(path).await };
        let wrapped: Wrapped<Option<Kv2Read<Fields>>> = vault.wrap(MINUTE, read("x")).await.unwrap();
        assert_eq!(wrapped.info().creation_path, "sdk-wrap/data/x");
        assert!(!format!("{wrapped:?}").contains(wrapped.token().expose()));
        // Another call is not what is inside, and the wrapping stays as it is.
        let error = wrapped.unwrap_with(&vault, read("y")).await.unwrap_err();
        assert!(error.to_string().contains("another path"), "{error}");
        let handed = Wrapped::<Option<Kv2Read<Fields>>>::from_token(wrapped.token().clone());
        let secret = handed.unwrap_with(&vault.anonymous(), read("x")).await.unwrap().unwrap();
        assert_eq!(secret.data().unwrap().get("a").unwrap().expose_secret(), "hunter2");
        spent(wrapped.unwrap_with(&vault, read("x")).await);

        // A token is wrapped as well, and so is a call without an answer refused.
        let make = |vault: Client| async move {
            vault.token().create(&TokenRequest::with_policies(["default"]).with_ttl(MINUTE)).await
        };
        let wrapped = vault.wrap(MINUTE, make).await.unwrap();
        assert!(!wrapped.info().wrapped_accessor.is_empty());
        let auth = wrapped.unwrap_with(&vault.anonymous(), make).await.unwrap().value;
        let own = vault.with_token(auth.client_token.unwrap());
        let wrapped = own.wrap(MINUTE, |vault| async move { vault.token().renew_self(None).await }).await.unwrap();
        let auth = own.sys().wrapping().unwrap_auth(wrapped.token()).await.unwrap().value;
        assert!(auth.renewable);
        let error = own.wrap(MINUTE, |vault| async move { vault.token().revoke_self().await }).await.unwrap_err();
        assert!(error.status().is_none(), "{error}");
        unmount(&vault, "sdk-wrap").await;
    });
}
