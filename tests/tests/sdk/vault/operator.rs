//! What operators ask the server, and let it do.

use secrecy::ExposeSecret;
use tests::stack;
use tests::wait::until;
use vault_client::sys::mounts::NewMount;
use vault_client::sys::tools::{HashAlgorithm, RandomSource};
use vault_client::sys::{Capability, RemountStatus};

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

#[test]
fn the_server_tells_about_itself() {
    stack::run(async {
        let vault = client().await;
        let sys = vault.sys();
        assert!(sys.is_initialized().await.unwrap());
        let seal = sys.seal_backend_status().await.unwrap();
        assert!(seal.healthy && seal.backends[0].name == "shamir", "{seal:?}");
        let nodes = sys.ha_status().await.unwrap();
        assert!(nodes.len() == 1 && nodes[0].active_node && !nodes[0].version.is_empty(), "{nodes:?}");
        let version = sys.health().await.unwrap().version;
        assert!(sys.list_version_history().await.unwrap()[&version].timestamp_installed.is_some());
        let host = sys.host_info().await.unwrap();
        assert!(!host.cpu.is_empty() && host.timestamp.is_some() && host.host.contains_key("hostname"));
        let calls = sys.in_flight_requests().await.unwrap();
        assert!(calls.values().any(|call| call.request_path == "/v1/sys/in-flight-req"), "{calls:?}");
        let state = sys.read_config_state().await.unwrap();
        assert!(state["api_addr"].as_str().unwrap().starts_with("http"));
        let metrics = sys.metrics().await.unwrap();
        assert!(!metrics.gauges.is_empty() && !metrics.timestamp.is_empty());
        // Some servers keep none for Prometheus.
        match sys.metrics_text().await {
            Ok(text) => assert!(text.contains("# TYPE"), "{text}"),
            Err(error) => assert_eq!(error.status(), Some(400), "{error}"),
        }

        let weak = powerless(&vault).await;
        denied(weak.sys().ha_status().await);
        denied(weak.sys().host_info().await);
        denied(weak.sys().in_flight_requests().await);
        denied(weak.sys().read_config_state().await);
        denied(weak.sys().metrics().await);
        denied(weak.sys().list_version_history().await);
        denied(weak.sys().step_down().await);
        weak.token().revoke_self().await.unwrap();
    });
}

#[test]
fn keys_are_rotated() {
    stack::run(async {
        let vault = client().await;
        let sys = vault.sys();
        let before = sys.key_status().await.unwrap();
        assert!(before.install_time.is_some());
        sys.rotate().await.unwrap();
        assert!(sys.key_status().await.unwrap().term > before.term);
        let mut config = sys.read_rotation_config().await.unwrap();
        let max = config.max_operations.unwrap();
        config.max_operations = Some(max - 1);
        config.interval = Some(48 * HOUR);
        sys.put_rotation_config(&config).await.unwrap();
        let read = sys.read_rotation_config().await.unwrap();
        assert_eq!((read.max_operations, read.interval), (Some(max - 1), Some(48 * HOUR)));
        let weak = powerless(&vault).await;
        denied(weak.sys().rotate().await);
        denied(weak.sys().key_status().await);
        denied(weak.sys().put_rotation_config(&config).await);
        weak.token().revoke_self().await.unwrap();
    });
}

#[test]
fn a_mount_moves_with_its_data() {
    stack::run(async {
        let vault = client().await;
        vault.sys().mounts().enable("sdk-here", &NewMount::kv2()).await.unwrap();
        let fields = vault_client::kv2::Fields::from([("a", "b")]);
        until("the engine is ready", MINUTE, async || vault.kv2("sdk-here").put("x", &fields).await.ok()).await;
        let moved = vault.sys().remount("sdk-here", "sdk-there").await.unwrap();
        until("the mount has moved", MINUTE, async || {
            let status =
                vault.sys().remount_status(&moved.migration_id).await.unwrap().unwrap().migration_info.unwrap();
            assert_eq!((status.source_mount.as_str(), status.target_mount.as_str()), ("sdk-here/", "sdk-there/"));
            (status.status == Some(RemountStatus::Success)).then_some(())
        })
        .await;
        assert!(vault.kv2("sdk-there").read::<vault_client::kv2::Fields>("x").await.unwrap().is_some());
        assert!(vault.sys().remount_status("none").await.unwrap().is_none());
        wrong(vault.sys().remount("sdk-here", "sdk-elsewhere").await);

        // Which engine is it, and which version? A token that sees nothing is told nothing.
        let mount = vault.sys().visible_mount("sdk-there/x").await.unwrap();
        assert_eq!((mount.path.as_str(), mount.kv_version()), ("sdk-there/", Some(2)));
        assert_eq!(vault.sys().visible_mount("cubbyhole/x").await.unwrap().kv_version(), None);
        denied(vault.sys().visible_mount("sdk-nowhere/x").await);
        assert!(vault.sys().visible_mounts().await.unwrap().secret.contains_key("sdk-there/"));
        assert!(!vault.anonymous().sys().visible_mounts().await.unwrap().secret.contains_key("sdk-there/"));
        unmount(&vault, "sdk-there").await;
    });
}

#[test]
fn tools_and_password_rules() {
    stack::run(async {
        let vault = client().await;
        let tools = vault.sys().tools();
        let bytes = tools.random(32).await.unwrap();
        assert_eq!(bytes.expose_secret().len(), 32);
        let other = tools.random_from(&RandomSource::Platform, 32).await.unwrap();
        assert_ne!(bytes.expose_secret(), other.expose_secret());
        let sum = tools.hash(&HashAlgorithm::Sha2With256, b"a").await.unwrap();
        assert_eq!((sum.len(), sum[0]), (32, 0xca));

        let rules = vault.sys().password_policies();
        assert!(rules.read("sdk-rules").await.unwrap().is_none());
        let text = "length = 20\nrule \"charset\" { charset = \"ab\" }";
        rules.put("sdk-rules", text).await.unwrap();
        assert_eq!(rules.read("sdk-rules").await.unwrap().unwrap().policy, text);
        assert!(rules.list().await.unwrap().contains(&"sdk-rules".to_owned()));
        let password = rules.generate("sdk-rules").await.unwrap();
        assert!(password.expose_secret().len() == 20 && password.expose_secret().chars().all(|c| "ab".contains(c)));
        wrong(rules.put("sdk-wrong", "no rules").await);
        let weak = powerless(&vault).await;
        denied(weak.sys().password_policies().generate("sdk-rules").await);
        denied(weak.sys().password_policies().list().await);
        denied(weak.sys().password_policies().put("sdk-rules", text).await);
        for _ in 0..2 {
            rules.delete("sdk-rules").await.unwrap();
        }
        missing(rules.generate("sdk-rules").await);

        // What others may do.
        let token = vault.token().create(&vault_client::token::TokenRequest::with_policies(["default"])).await.unwrap();
        let (accessor, token) = (token.value.accessor, token.value.client_token.unwrap());
        let paths = ["sys/mounts", "auth/token/lookup-self"];
        let found = vault.sys().capabilities(&token, &paths).await.unwrap();
        assert_eq!((found.len(), &found["sys/mounts"][..]), (2, &[Capability::Deny][..]));
        assert_eq!(vault.sys().capabilities_accessor(&accessor, &paths).await.unwrap(), found);
        denied(weak.sys().capabilities(&token, &paths).await);
        vault.token().revoke(&token).await.unwrap();
        missing(vault.sys().capabilities_accessor(&accessor, &paths).await);
        weak.token().revoke_self().await.unwrap();
    });
}

#[test]
fn stuck_leases_are_counted_and_thrown_away() {
    stack::run(async {
        let vault = client().await;
        let leases = vault.sys().leases();
        leases.count_irrevocable().await.unwrap();
        let all = leases.list_irrevocable().await.unwrap();
        assert_eq!(all.lease_count, all.leases.len() as u64);
        mount(&vault, "sdk-force", "consul").await;
        leases.revoke_force("sdk-force/creds").await.unwrap();
        leases.tidy().await.unwrap();
        let weak = powerless(&vault).await;
        denied(weak.sys().leases().revoke_force("sdk-force").await);
        denied(weak.sys().leases().count_irrevocable().await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, "sdk-force").await;
    });
}
