//! Staying logged in.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lattice_deploy::servers::Product;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tests::stack;
use vault_client::approle::{Role, SecretIdRequest};
use vault_client::session::{AppRoleLogin, Event, Session, UserpassLogin};
use vault_client::sys::mounts::NewMount;
use vault_client::{Client, Leased};

use super::{client, denied, mount, unmount};

const SECOND: Duration = Duration::from_secs(1);

/// A session as a machine whose tokens live 4 seconds, and 9 at most.
async fn machine(vault: &Client, mount: &str, policy: &str) -> Session {
    vault.sys().auth().enable(mount, &NewMount::new("approle")).await.unwrap();
    vault.sys().policies().put(mount, policy).await.unwrap();
    let approle = vault.approle(mount);
    let role = Role::with_policies([mount]).with_token_ttl(4 * SECOND).with_token_max_ttl(9 * SECOND);
    approle.put_role("web", &role).await.unwrap();
    let role_id = approle.read_role_id("web").await.unwrap().unwrap();
    let secret = approle.create_secret_id("web", &SecretIdRequest::new()).await.unwrap().secret_id;
    Session::new(vault, AppRoleLogin::new(mount, role_id).with_secret_id(secret))
}

async fn clean(vault: &Client, mount: &str) {
    vault.sys().policies().delete(mount).await.unwrap();
    vault.sys().auth().disable(mount).await.unwrap();
}

#[test]
fn t04_only_a_dead_token_leads_to_another_login() {
    stack::run(async {
        let vault = client().await;
        let session = machine(&vault, "sdk-session", "path \"sys/mounts\" { capabilities = [\"read\"] }").await;
        let own = session.client();
        assert_eq!(session.generation().await, 0);
        assert!(!own.sys().mounts().list().await.unwrap().is_empty());
        assert_eq!(session.generation().await, 1);
        // A denied path says nothing about the token.
        for _ in 0..3 {
            denied(own.sys().auth().list().await);
        }
        assert_eq!(session.generation().await, 1);
        // A dead token is replaced, and the call is sent again, for all who call at the same time.
        let accessor = own.token().lookup_self().await.unwrap().accessor;
        vault.token().revoke_accessor(&accessor).await.unwrap();
        let calls = (0..8).map(|_| {
            let own = own.clone();
            async move { own.sys().mounts().list().await }
        });
        for result in futures_util::future::join_all(calls).await {
            assert!(!result.unwrap().is_empty());
        }
        assert_eq!(session.generation().await, 2);
        own.token().revoke_self().await.unwrap();
        clean(&vault, "sdk-session").await;
    });
}

#[test]
fn a_session_outlives_its_tokens_and_replaces_what_hangs_on_them() {
    stack::run(async {
        let vault = client().await;
        let live = stack::stack().await.stack();
        mount(&vault, "sdk-hangs", "consul").await;
        let access = json!({ "address": live.address(Product::Consul), "token": live.tokens().consul.expose_secret() });
        vault.raw().write("sdk-hangs/config/access", &access).await.unwrap();
        let role = json!({ "consul_policies": ["global-management"], "ttl": "60s", "max_ttl": "3600s" });
        vault.raw().write("sdk-hangs/roles/web", &role).await.unwrap();
        let policy = "path \"sdk-hangs/creds/web\" { capabilities = [\"read\"] }";
        let session = machine(&vault, "sdk-outlives", policy).await;
        let held = session.hold(|own| async move {
            let answer = own.raw().read("sdk-hangs/creds/web").await?.map(vault_client::raw::RawAnswer::into_body);
            Ok(serde_json::from_value::<Leased<Value>>(answer.unwrap_or_default()).unwrap())
        });
        let first = held.read().await.unwrap();
        let mut events = Box::pin(session.keep());
        let begun = Instant::now();
        let (mut renewed, mut logins, mut made) = (0, 0, 0);
        // The token of the first login ends after 9 seconds.
        while begun.elapsed() < 12 * SECOND {
            let Ok(event) = tokio::time::timeout(SECOND, events.next()).await else { continue };
            match event.unwrap() {
                Event::Renewed => renewed += 1,
                Event::LoggedIn { generation } => logins = generation,
                Event::Reissued => made += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(logins >= 2 && renewed >= 1 && made == logins, "{logins} {renewed} {made}");
        let last = held.read().await.unwrap();
        assert_ne!(first.lease.id, last.lease.id);
        assert!(vault.sys().leases().lookup(&last.lease.id).await.unwrap().is_some());
        session.client().token().revoke_self().await.unwrap();
        clean(&vault, "sdk-outlives").await;
        unmount(&vault, "sdk-hangs").await;
    });
}

#[test]
fn people_log_in_and_a_wrong_password_is_told() {
    stack::run(async {
        let vault = client().await;
        vault.sys().auth().enable("sdk-people", &NewMount::new("userpass")).await.unwrap();
        vault.raw().write("auth/sdk-people/users/al", &json!({ "password": "sdk-pass" })).await.unwrap();
        let right =
            Session::new(&vault, UserpassLogin::new("sdk-people", "al", secrecy::SecretString::from("sdk-pass")));
        let info = right.client().token().lookup_self().await.unwrap();
        assert_eq!(info.display_name, "sdk-people-al");
        let wrong = Session::new(&vault, UserpassLogin::new("sdk-people", "al", secrecy::SecretString::from("other")));
        let error = wrong.client().token().lookup_self().await.unwrap_err();
        assert!(!error.to_string().contains("other"), "{error}");
        let event = Box::pin(wrong.keep()).next().await;
        assert!(matches!(event, Some(Event::LoginFailed(_))), "{event:?}");
        vault.sys().auth().disable("sdk-people").await.unwrap();
    });
}
