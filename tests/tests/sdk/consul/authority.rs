//! The mesh's certificate authority, the keys of gossip, and how much there is.

use std::time::Duration;

use consul_client::ca::{CaConfiguration, CaRoots};
use consul_client::operator::{KeyringOptions, UsageOptions};
use consul_client::{ReadOptions, Reason};
use futures_util::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;
use tokio::time::timeout;

use super::{Granted, SOON, assert_denied, assert_unknown_token, shared, stranger};

#[test]
fn the_roots_of_the_mesh_are_the_same_everywhere() {
    stack::run(async {
        let (_, consul) = shared().await;
        let ca = consul.ca();
        let roots = ca.roots_with(&ReadOptions::new()).await.unwrap();
        assert!(roots.meta.index.is_some());
        let CaRoots { active_root_id, trust_domain, roots, .. } = roots.value;
        let active = roots.iter().find(|root| root.active).unwrap();
        assert_eq!(active.id, active_root_id);
        assert!(active.not_after > active.not_before && trust_domain.ends_with(".consul"));
        assert!(ca.roots_pem().await.unwrap().contains(active.root_cert.trim()));
        let own = consul.agent().ca_roots().await.unwrap();
        assert_eq!((own.active_root_id, own.trust_domain), (active_root_id, trust_domain));
        // Whoever connects must know them.
        assert!(!consul.anonymous().ca().roots().await.unwrap().roots.is_empty());

        let nobody = Granted::powerless(&consul, "sdk-ca-nobody").await;
        let denied = nobody.client.ca();
        assert_denied(denied.configuration().await);
        assert_denied(denied.put_configuration(&CaConfiguration::new("consul")).await);
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).ca().configuration().await);
        // It may hold keys, so the permission to read is not enough.
        let reader = Granted::new(&consul, "sdk-ca-reader", "operator = \"read\"").await;
        assert_denied(reader.client.ca().configuration().await);
        reader.revoke(&consul).await;
        assert_eq!(ca.configuration().await.unwrap().provider, "consul");
    });
}

#[test]
fn another_key_is_another_root_beside_the_old_one() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let ca = cluster.client(0).ca();
        let mut watch = ca.watch_roots(&ReadOptions::new());
        let first = until("there is a root", SOON, async || {
            let roots = ca.roots().await.unwrap();
            roots.roots.iter().any(|root| root.active).then_some(roots)
        })
        .await;
        let before = ca.configuration().await.unwrap();
        assert_eq!((before.provider.as_str(), &before.config["LeafCertTTL"]), ("consul", &json!("72h")));
        let wanted = before.clone().with_setting("LeafCertTTL", "48h");
        ca.put_configuration(&wanted).await.unwrap();
        let after = ca.configuration().await.unwrap();
        assert_eq!(after.config, wanted.config);
        assert!(after.modify_index > before.modify_index);
        assert!(ca.put_configuration(&after.clone().with_setting("LeafCertTTL", "1s")).await.is_err(), "too short");
        assert!(ca.put_configuration(&CaConfiguration::new("sdk")).await.is_err(), "no such provider");
        assert_eq!(ca.roots().await.unwrap().active_root_id, first.active_root_id);

        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
        ca.put_configuration(&after.with_setting("PrivateKey", key.as_str())).await.unwrap();
        let changed = timeout(SOON, async {
            loop {
                let roots = watch.next().await.unwrap().unwrap().value;
                if !roots.active_root_id.is_empty() && roots.active_root_id != first.active_root_id {
                    break roots;
                }
            }
        });
        let changed = changed.await.unwrap();
        let old = changed.roots.iter().find(|root| root.id == first.active_root_id).unwrap();
        let new = changed.roots.iter().find(|root| root.active).unwrap();
        assert!(!old.active && !new.intermediate_certs.is_empty(), "the old one signs the new one");
        // The server gives the key away; what is printed does not.
        let read = ca.configuration().await.unwrap();
        assert_eq!(read.config["PrivateKey"].as_str().map(str::trim), Some(key.trim()));
        assert!(!format!("{read:?}").contains("PRIVATE KEY"));
        cluster.stop().await;
    });
}

#[test]
fn without_a_mesh_there_is_no_root() {
    stack::run(async {
        let cluster = Cluster::start_with(1, &json!({ "connect": { "enabled": false } })).await;
        let consul = cluster.client(0);
        let off = [
            consul.ca().roots().await.unwrap_err(),
            consul.ca().roots_pem().await.unwrap_err(),
            consul.ca().configuration().await.unwrap_err(),
            consul.agent().ca_roots().await.unwrap_err(),
        ];
        for error in off {
            assert_eq!(error.reason(), Some(&Reason::Disabled), "{error:?}");
        }
        cluster.stop().await;
    });
}

/// What deletes a key has a body, in which the key is.
#[test]
fn t44_the_keys_of_gossip_are_changed_one_after_the_other() {
    stack::run(async {
        let (first, second) =
            ("kzRUjqd/NQRSlcPR3S6Gsp7a6/P2TcpcQ6fyXw7PR80=", "T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=");
        let cluster = Cluster::start_with(1, &json!({ "encrypt": first })).await;
        let operator = cluster.client(0).operator();
        let (old, new): (SecretString, SecretString) = (first.into(), second.into());
        let keys = async |options: &KeyringOptions| {
            let pools = operator.keyring_with(options).await.unwrap();
            assert_eq!(pools.iter().filter(|pool| pool.wan).count(), pools.len() - 1, "{pools:?}");
            let pool = pools.into_iter().find(|pool| !pool.wan).unwrap();
            assert_eq!((pool.datacenter.as_str(), pool.num_nodes, pool.messages.len()), ("dc1", 1, 0));
            let [primary] = &pool.primary_keys[..] else { panic!("one key is in use") };
            (pool.keys.len(), primary.key.expose_secret().to_owned())
        };
        let all = KeyringOptions::new().with_relay_factor(1);
        assert_eq!(keys(&all).await, (1, first.to_owned()));
        operator.install_key(&new).await.unwrap();
        assert_eq!(keys(&all).await, (2, first.to_owned()));
        assert!(operator.remove_key(&old).await.is_err(), "it is in use");
        operator.use_key(&new).await.unwrap();
        assert_eq!(keys(&all).await, (2, second.to_owned()));
        operator.remove_key(&old).await.unwrap();
        assert_eq!(operator.keyring().await.unwrap()[0].keys[0].key.expose_secret(), second);
        let local = operator.keyring_with(&KeyringOptions::new().local_only()).await.unwrap();
        assert!(local.iter().all(|pool| !pool.wan), "{local:?}");
        assert!(operator.use_key(&old).await.is_err(), "nobody has it any more");
        let nonsense = operator.install_key(&"marker-no-key".into()).await.unwrap_err();
        assert!(!nonsense.to_string().contains("marker"), "{nonsense}");
        cluster.stop().await;

        let (_, consul) = shared().await;
        let nobody = Granted::powerless(&consul, "sdk-keyring-nobody").await;
        let denied = nobody.client.operator();
        assert_denied(denied.keyring().await);
        assert_denied(denied.install_key(&new).await);
        assert_denied(denied.use_key(&new).await);
        assert_denied(denied.remove_key(&new).await);
        nobody.revoke(&consul).await;
    });
}

#[test]
fn an_operator_knows_how_much_there_is() {
    stack::run(async {
        let (_, consul) = shared().await;
        let operator = consul.operator();
        let usage = operator.usage_with(&UsageOptions::new()).await.unwrap();
        assert!(usage.meta.index.is_some());
        let own = &usage.value["dc1"];
        assert!(own.nodes > 0 && own.services > 0 && own.service_instances >= own.services, "{own:?}");
        assert!(own.connect_service_instances.contains_key("connect-proxy"), "{own:?}");
        let everywhere =
            UsageOptions::new().global().with_read(ReadOptions::new().with_timeout(Duration::from_secs(60)));
        assert_eq!(operator.usage_with(&everywhere).await.unwrap().value.len(), 1);
        assert_eq!(operator.watch_usage(&UsageOptions::new()).next().await.unwrap().unwrap().value.len(), 1);
        let nobody = Granted::powerless(&consul, "sdk-usage-nobody").await;
        assert_denied(nobody.client.operator().usage().await);
        nobody.revoke(&consul).await;
    });
}
