//! Leases, of tokens that Vault has Consul make: they can be renewed, and the stack can do it alone.

use lattice_deploy::servers::Product;
use secrecy::ExposeSecret;
use serde_json::json;
use tests::stack;
use vault_client::Client;

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

const MOUNT: &str = "sdk-consul";
const PREFIX: &str = "sdk-consul/creds/sdk-role";

/// The id of a lease, and the accessor of the token in Consul.
async fn lease(vault: &Client) -> (String, String) {
    let answer = vault.raw().read(PREFIX).await.unwrap().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&answer.body()["lease_id"]), text(&answer.data().unwrap()["accessor"]))
}

#[test]
fn leases_are_found_renewed_and_revoked() {
    stack::run(async {
        let vault = client().await;
        let live = stack::stack().await.stack();
        mount(&vault, MOUNT, "consul").await;
        let access = json!({
            "address": live.address(Product::Consul),
            "token": live.tokens().consul.expose_secret(),
        });
        vault.raw().write("sdk-consul/config/access", &access).await.unwrap();
        let role = json!({ "consul_policies": ["global-management"], "ttl": "60s", "max_ttl": "3600s" });
        vault.raw().write("sdk-consul/roles/sdk-role", &role).await.unwrap();

        let leases = vault.sys().leases();
        assert!(leases.list(PREFIX).await.unwrap().is_empty());
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(lease(&vault).await);
        }
        let (id, accessor) = &made[0];
        let names = leases.list(PREFIX).await.unwrap();
        assert_eq!(names.len(), 3);
        assert!(names.contains(&id.rsplit('/').next().unwrap().to_owned()), "{names:?}");
        let info = leases.lookup(id).await.unwrap().unwrap();
        assert!(info.id == *id && info.renewable && info.ttl <= MINUTE && info.last_renewal.is_none(), "{info:?}");
        assert!(info.issue_time < info.expire_time);

        let renewed = leases.renew(id, Some(10 * MINUTE)).await.unwrap();
        assert!(renewed.id == *id && renewed.renewable && renewed.duration <= HOUR, "{renewed:?}");
        assert!(leases.renew(id, None).await.unwrap().renewable);
        assert!(leases.lookup(id).await.unwrap().unwrap().last_renewal.is_some());

        let weak = powerless(&vault).await;
        denied(weak.sys().leases().list(PREFIX).await);
        denied(weak.sys().leases().revoke(id).await);
        denied(weak.sys().leases().revoke_prefix(PREFIX).await);
        weak.token().revoke_self().await.unwrap();

        let tokens = live.clients().consul.acl().tokens();
        assert!(tokens.read(accessor).await.unwrap().is_some());
        leases.revoke(id).await.unwrap();
        assert!(tokens.read(accessor).await.unwrap().is_none());
        assert!(leases.lookup(id).await.unwrap().is_none());
        missing(leases.renew(id, None).await);
        leases.revoke_prefix(PREFIX).await.unwrap();
        for (id, accessor) in &made {
            assert!(leases.lookup(id).await.unwrap().is_none());
            assert!(tokens.read(accessor).await.unwrap().is_none());
        }
        assert!(leases.list(PREFIX).await.unwrap().is_empty());
        wrong(leases.renew("", None).await);
        unmount(&vault, MOUNT).await;
    });
}
