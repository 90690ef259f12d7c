//! The server itself: its state, mounts, auth methods, policies.

use lattice_deploy::servers::Product;
use tests::stack;
use vault_client::sys::mounts::{NewMount, Tuning};
use vault_client::sys::{Capability, HealthState};

use super::{HOUR, MINUTE, client, denied, powerless, wrong};

#[test]
fn anybody_may_ask_how_the_server_is() {
    stack::run(async {
        let live = stack::stack().await.stack();
        let sys = live.clients().vault.anonymous().sys();
        let health = sys.health().await.unwrap();
        assert!(health.state == HealthState::Active && health.state.is_usable(), "{health:?}");
        assert!(health.initialized && !health.sealed && !health.enterprise && health.server_time.is_some());
        let status = sys.seal_status().await.unwrap();
        assert_eq!((status.kind.as_str(), status.sealed, status.progress), ("shamir", false, 0));
        assert_eq!((status.threshold, status.shares), (1, 1));
        assert_eq!(
            (status.version, status.cluster_name, status.cluster_id),
            (health.version, health.cluster_name, health.cluster_id)
        );
        let leader = sys.leader().await.unwrap();
        assert!(leader.is_self && leader.ha_enabled, "{leader:?}");
        assert_eq!(leader.leader_address, live.address(Product::Vault));
    });
}

#[test]
fn a_token_knows_what_it_may_do() {
    stack::run(async {
        let vault = client().await;
        let weak = powerless(&vault).await;
        let paths = ["sys/mounts", "auth/token/lookup-self"];
        let root = vault.sys().capabilities_self(&paths).await.unwrap();
        assert_eq!(root.len(), 2);
        assert!(root.values().all(|found| *found == [Capability::Root]), "{root:?}");
        let found = weak.sys().capabilities_self(&paths).await.unwrap();
        assert_eq!(found["sys/mounts"], [Capability::Deny]);
        assert_eq!(found["auth/token/lookup-self"], [Capability::Read]);
        denied(vault.anonymous().sys().capabilities_self(&paths).await);
        weak.token().revoke_self().await.unwrap();
        denied(weak.sys().capabilities_self(&paths).await);
    });
}

#[test]
fn engines_are_mounted_tuned_and_unmounted() {
    stack::run(async {
        let vault = client().await;
        let mounts = vault.sys().mounts();
        let path = "sdk-team-kv";
        let new = NewMount::kv2().with_description("a test").with_max_lease_ttl(HOUR);
        mounts.enable(path, &new).await.unwrap();
        assert!(mounts.enable(path, &new).await.unwrap_err().is_conflict());
        let mount = mounts.read(path).await.unwrap().unwrap();
        assert_eq!((mount.kind.as_str(), mount.description.as_str()), ("kv", "a test"));
        assert_eq!(mount.options.as_ref().unwrap()["version"], "2");
        assert_eq!(mount.config.max_lease_ttl, Some(HOUR));
        assert_eq!(mounts.list().await.unwrap()["sdk-team-kv/"].accessor, mount.accessor);

        let mut tuning = Tuning::default();
        tuning.default_lease_ttl = Some(MINUTE);
        tuning.description = Some("tuned".to_owned());
        mounts.tune(path, &tuning).await.unwrap();
        let tuned = mounts.read_tuning(path).await.unwrap().unwrap();
        assert_eq!((tuned.default_lease_ttl, tuned.max_lease_ttl), (Some(MINUTE), Some(HOUR)));
        assert_eq!(tuned.description.as_deref(), Some("tuned"));

        let weak = powerless(&vault).await;
        let refused = weak.sys().mounts();
        denied(refused.list().await);
        denied(refused.read(path).await);
        denied(refused.enable("sdk-other", &new).await);
        denied(refused.tune(path, &tuning).await);
        denied(refused.disable(path).await);
        weak.token().revoke_self().await.unwrap();

        mounts.disable(path).await.unwrap();
        mounts.disable(path).await.unwrap();
        assert!(mounts.read(path).await.unwrap().is_none());
        assert!(mounts.read_tuning(path).await.unwrap().is_none());
        assert!(!mounts.list().await.unwrap().contains_key("sdk-team-kv/"));
        wrong(mounts.enable("sdk-other", &NewMount::new("no-such-engine")).await);
    });
}

#[test]
fn auth_methods_are_mounted_tuned_and_unmounted() {
    stack::run(async {
        let vault = client().await;
        let methods = vault.sys().auth();
        let path = "sdk-userpass";
        let new = NewMount::new("userpass").with_description("a test").with_default_lease_ttl(MINUTE);
        methods.enable(path, &new).await.unwrap();
        assert!(methods.enable(path, &new).await.unwrap_err().is_conflict());
        let method = methods.read(path).await.unwrap().unwrap();
        assert_eq!((method.kind.as_str(), method.config.default_lease_ttl), ("userpass", Some(MINUTE)));
        assert_eq!(methods.list().await.unwrap()["sdk-userpass/"].accessor, method.accessor);

        let mut tuning = Tuning::default();
        tuning.max_lease_ttl = Some(HOUR);
        tuning.listing_visibility = Some("unauth".to_owned());
        methods.tune(path, &tuning).await.unwrap();
        let tuned = methods.read_tuning(path).await.unwrap().unwrap();
        assert_eq!((tuned.default_lease_ttl, tuned.max_lease_ttl), (Some(MINUTE), Some(HOUR)));
        assert_eq!(tuned.listing_visibility.as_deref(), Some("unauth"));

        let weak = powerless(&vault).await;
        denied(weak.sys().auth().list().await);
        denied(weak.sys().auth().read(path).await);
        denied(weak.sys().auth().disable(path).await);
        weak.token().revoke_self().await.unwrap();

        methods.disable(path).await.unwrap();
        methods.disable(path).await.unwrap();
        assert!(methods.read(path).await.unwrap().is_none());
        assert!(methods.read_tuning(path).await.unwrap().is_none());
        assert!(!methods.list().await.unwrap().contains_key("sdk-userpass/"));
    });
}

#[test]
fn policies_are_written_read_and_deleted() {
    stack::run(async {
        let vault = client().await;
        let policies = vault.sys().policies();
        let name = "sdk-policy";
        assert!(policies.read(name).await.unwrap().is_none());
        for text in ["path \"a\" { capabilities = [\"read\"] }", "path \"b\" { capabilities = [\"list\"] }"] {
            policies.put(name, text).await.unwrap();
            let policy = policies.read(name).await.unwrap().unwrap();
            assert_eq!((policy.name.as_str(), policy.policy.as_str()), (name, text));
        }
        let names = policies.list().await.unwrap();
        assert!(names.iter().any(|found| found == name) && names.iter().any(|found| found == "root"), "{names:?}");
        wrong(policies.put("sdk-wrong", "this is no policy").await);

        let weak = powerless(&vault).await;
        denied(weak.sys().policies().list().await);
        denied(weak.sys().policies().read(name).await);
        denied(weak.sys().policies().put(name, "").await);
        denied(weak.sys().policies().delete(name).await);
        weak.token().revoke_self().await.unwrap();

        policies.delete(name).await.unwrap();
        policies.delete(name).await.unwrap();
        assert!(policies.read(name).await.unwrap().is_none());
    });
}
