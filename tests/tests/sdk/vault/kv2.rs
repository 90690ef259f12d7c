//! The KV engine, version 2.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tests::stack;
use tests::wait::until;
use vault_client::kv2::{
    Cas, Config, Fields, Kv2, Kv2Read, ListOptions, MetadataPatch, MetadataRequest, SubkeysOptions,
};
use vault_client::sys::mounts::NewMount;
use vault_client::token::TokenRequest;
use vault_client::{Client, Reason};

use super::{HOUR, client, denied, missing, powerless, unmount};

/// A new engine needs a moment before it takes writes.
async fn engine(vault: &Client, path: &str) -> Kv2 {
    vault.sys().mounts().enable(path, &NewMount::kv2()).await.unwrap();
    let kv = vault.kv2(path);
    let names = until("the engine is ready", Duration::from_secs(30), async || match kv.list("").await {
        Ok(names) => Some(names),
        Err(error) => {
            assert_eq!(error.reason(), Some(&Reason::NotReady), "{error}");
            None
        }
    })
    .await;
    assert!(names.is_empty(), "{names:?}");
    kv
}

#[test]
fn t13_t14_versions_are_written_guarded_deleted_and_destroyed() {
    stack::run(async {
        let vault = client().await;
        let kv = engine(&vault, "sdk-kv").await;
        let path = "app/db";
        assert!(kv.read::<Fields>(path).await.unwrap().is_none());
        assert!(kv.read_metadata(path).await.unwrap().is_none());
        let first = kv.put(path, &Fields::from([("user", "u1"), ("password", "p1")])).await.unwrap();
        assert_eq!((first.version, first.destroyed, first.deletion_time), (1, false, None));
        assert!(first.created_time.is_some());
        assert!(kv.put_with(path, &json!({}), Cas::Absent).await.unwrap_err().is_conflict());
        let second = kv.put_with(path, &json!({ "user": "u2", "n": 2 }), Cas::At(1)).await.unwrap();
        assert_eq!(second.version, 2);
        assert!(kv.put_with(path, &json!({}), Cas::At(1)).await.unwrap_err().is_conflict());
        assert_eq!(kv.put_with("app/new", &json!({}), Cas::Absent).await.unwrap().version, 1);

        let read = kv.read_version::<Fields>(path, 1).await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(read.get("password").unwrap().expose_secret(), "p1");
        assert!(kv.read_version::<Fields>(path, 9).await.unwrap().is_none());
        let third = kv.patch(path, &json!({ "user": null, "more": true }), Cas::At(2)).await.unwrap();
        assert_eq!(third.version, 3);
        assert!(kv.patch(path, &json!({}), Cas::At(2)).await.unwrap_err().is_conflict());
        missing(kv.patch("app/none", &json!({ "a": 1 }), Cas::Any).await);
        let read = kv.read::<Value>(path).await.unwrap().unwrap();
        assert_eq!((read.metadata().version, read.data()), (3, Some(&json!({ "n": 2, "more": true }))));

        kv.delete(path).await.unwrap();
        let read = kv.read::<Value>(path).await.unwrap().unwrap();
        assert!(matches!(&read, Kv2Read::Deleted { metadata } if metadata.version == 3), "{read:?}");
        // It is still there for the guard, but there is nothing to change.
        assert!(kv.put_with(path, &json!({}), Cas::Absent).await.unwrap_err().is_conflict());
        missing(kv.patch(path, &json!({ "a": 1 }), Cas::Any).await);
        kv.undelete(path, &[3]).await.unwrap();
        assert!(kv.read::<Value>(path).await.unwrap().unwrap().data().is_some());
        kv.destroy(path, &[1, 2]).await.unwrap();
        let read = kv.read_version::<Fields>(path, 1).await.unwrap().unwrap();
        assert!(read.data().is_none() && read.metadata().destroyed, "{read:?}");
        let metadata = kv.read_metadata(path).await.unwrap().unwrap();
        assert_eq!(
            metadata.versions.values().map(|version| version.destroyed).collect::<Vec<_>>(),
            [true, true, false]
        );
        unmount(&vault, "sdk-kv").await;
        missing(kv.read::<Value>(path).await);
    });
}

#[test]
fn settings_and_notes_are_kept() {
    stack::run(async {
        let vault = client().await;
        let kv = engine(&vault, "sdk-kv-settings").await;
        let mut config = Config::default();
        config.max_versions = Some(3);
        config.cas_required = Some(true);
        config.delete_version_after = Some(HOUR);
        kv.put_config(&config).await.unwrap();
        assert_eq!(kv.read_config().await.unwrap(), config);
        let error = kv.put("a", &json!({})).await.unwrap_err();
        assert!(error.status() == Some(400) && !error.is_conflict(), "{error}");

        let mut notes = MetadataRequest::new().with_custom_metadata([("owner", "sdk")]);
        notes.max_versions = Some(2);
        kv.put_metadata("team/a", &notes).await.unwrap();
        let metadata = kv.read_metadata("team/a").await.unwrap().unwrap();
        assert_eq!((metadata.current_version, metadata.max_versions, metadata.versions.len()), (0, 2, 0));
        assert_eq!(metadata.custom_metadata["owner"], "sdk");
        let written = kv.put_with("team/a", &json!({ "a": 1 }), Cas::Absent).await.unwrap();
        assert!(written.deletion_time > written.created_time, "{written:?}");
        assert_eq!(kv.list("").await.unwrap(), ["team/"]);
        assert_eq!(kv.list("team").await.unwrap(), ["a"]);
        assert!(kv.list("nobody").await.unwrap().is_empty());

        let weak = powerless(&vault).await;
        let refused = weak.kv2("sdk-kv-settings");
        denied(refused.read_config().await);
        denied(refused.put_config(&config).await);
        denied(refused.read::<Value>("team/a").await);
        denied(refused.put("team/a", &json!({})).await);
        denied(refused.patch("team/a", &json!({}), Cas::Any).await);
        denied(refused.delete("team/a").await);
        denied(refused.undelete("team/a", &[1]).await);
        denied(refused.destroy("team/a", &[1]).await);
        denied(refused.list("").await);
        denied(refused.read_metadata("team/a").await);
        denied(refused.delete_metadata("team/a").await);
        weak.token().revoke_self().await.unwrap();

        kv.delete_metadata("team/a").await.unwrap();
        kv.delete_metadata("team/a").await.unwrap();
        assert!(kv.read_metadata("team/a").await.unwrap().is_none());
        assert!(kv.read::<Value>("team/a").await.unwrap().is_none());
        unmount(&vault, "sdk-kv-settings").await;
        missing(kv.list("").await);
    });
}

#[test]
fn t03_deleted_and_destroyed_versions_are_data() {
    stack::run(async {
        let vault = client().await;
        let kv = engine(&vault, "sdk-kv-deleted").await;
        for n in 1..=3 {
            kv.put("a", &json!({ "n": n, "inside": { "deep": { "deeper": n } } })).await.unwrap();
        }
        let names = kv.read_subkeys("a").await.unwrap().unwrap();
        let all = json!({ "n": null, "inside": { "deep": { "deeper": null } } });
        assert_eq!((Value::from(names.data().unwrap().clone()), names.metadata().version), (all, 3));
        let options = SubkeysOptions::new().with_version(1).with_depth(1);
        let names = kv.read_subkeys_with("a", &options).await.unwrap().unwrap();
        let top = json!({ "n": null, "inside": null });
        assert_eq!((Value::from(names.data().unwrap().clone()), names.metadata().version), (top, 1));
        assert!(kv.read_subkeys("none").await.unwrap().is_none());

        kv.delete_versions("a", &[1, 3]).await.unwrap();
        for read in [kv.read::<Value>("a").await, kv.read_version::<Value>("a", 1).await] {
            let read = read.unwrap().unwrap();
            assert!(read.data().is_none() && read.metadata().deletion_time.is_some(), "{read:?}");
        }
        let names = kv.read_subkeys("a").await.unwrap().unwrap();
        assert!(matches!(&names, Kv2Read::Deleted { metadata } if metadata.version == 3), "{names:?}");
        // The guard counts deleted versions too.
        assert!(kv.put_with("a", &json!({}), Cas::Absent).await.unwrap_err().is_conflict());
        missing(kv.patch("a", &json!({ "n": 4 }), Cas::Any).await);
        missing(kv.merge("a", &json!({ "n": 4 })).await);
        kv.put("live", &json!({})).await.unwrap();
        assert_eq!(kv.list("").await.unwrap(), ["a", "live"]);
        assert_eq!(kv.list_with("", &ListOptions::new().with_exclude_deleted(true)).await.unwrap(), ["live"]);

        kv.undelete("a", &[3]).await.unwrap();
        kv.destroy("a", &[1]).await.unwrap();
        let gone = kv.read_version::<Value>("a", 1).await.unwrap().unwrap();
        assert!(gone.data().is_none() && gone.metadata().destroyed, "{gone:?}");
        let merged = kv.merge("a", &json!({ "n": null, "inside": { "more": 1 } })).await.unwrap();
        assert_eq!(merged.version, 4);
        let read = kv.read::<Value>("a").await.unwrap().unwrap();
        assert_eq!(read.data(), Some(&json!({ "inside": { "deep": { "deeper": 3 }, "more": 1 } })));
        unmount(&vault, "sdk-kv-deleted").await;
    });
}

#[test]
fn t13_notes_are_patched_one_by_one() {
    stack::run(async {
        let vault = client().await;
        let kv = engine(&vault, "sdk-kv-notes").await;
        missing(kv.patch_metadata("a", &MetadataPatch::new().with_note("owner", "sdk")).await);
        let notes = MetadataRequest::new().with_custom_metadata([("owner", "sdk"), ("ticket", "1")]);
        kv.put_metadata("a", &notes).await.unwrap();
        let mut change = MetadataPatch::new().with_note("team", "blue").without_note("ticket");
        change.max_versions = Some(4);
        change.delete_version_after = Some(HOUR);
        kv.patch_metadata("a", &change).await.unwrap();
        let metadata = kv.read_metadata("a").await.unwrap().unwrap();
        let notes: Vec<_> =
            metadata.custom_metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(notes, [("owner", "sdk"), ("team", "blue")]);
        assert_eq!((metadata.max_versions, metadata.delete_version_after), (4, HOUR));

        let weak = powerless(&vault).await;
        let refused = weak.kv2("sdk-kv-notes");
        denied(refused.patch_metadata("a", &change).await);
        denied(refused.read_subkeys("a").await);
        denied(refused.delete_versions("a", &[1]).await);
        denied(refused.merge("a", &json!({})).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, "sdk-kv-notes").await;
    });
}

#[test]
fn t12_to_make_and_to_change_are_two_permissions() {
    stack::run(async {
        let vault = client().await;
        engine(&vault, "sdk-kv-may").await;
        let policies = vault.sys().policies();
        let may = |what: &str| format!("path \"sdk-kv-may/data/*\" {{ capabilities = [\"{what}\"] }}");
        for (name, what) in [("sdk-may-create", "create"), ("sdk-may-update", "update"), ("sdk-may-patch", "patch")] {
            policies.put(name, &may(what)).await.unwrap();
        }
        let weak = async |policy: &str| {
            let request = TokenRequest::with_policies([policy]);
            let token = vault.token().create(&request).await.unwrap().value.client_token.unwrap();
            vault.with_token(token).kv2("sdk-kv-may")
        };
        let (creates, updates) = (weak("sdk-may-create").await, weak("sdk-may-update").await);
        denied(updates.put("a", &json!({ "n": 1 })).await);
        creates.put("a", &json!({ "n": 1 })).await.unwrap();
        denied(creates.put("a", &json!({ "n": 2 })).await);
        updates.put("a", &json!({ "n": 2 })).await.unwrap();
        // To change a part is a third one, whatever the others allow.
        denied(updates.patch("a", &json!({ "n": 3 }), Cas::Any).await);
        let patched = weak("sdk-may-patch").await.patch("a", &json!({ "n": 3 }), Cas::Any).await.unwrap();
        assert_eq!(patched.version, 3);
        for name in ["sdk-may-create", "sdk-may-update", "sdk-may-patch"] {
            policies.delete(name).await.unwrap();
        }
        unmount(&vault, "sdk-kv-may").await;
    });
}

#[test]
fn t30_what_is_too_large_or_too_deep_is_refused_with_a_reason() {
    stack::run(async {
        let vault = client().await;
        let kv = engine(&vault, "sdk-kv-large").await;
        let deep = (0..600).fold(json!(1), |inner, _| json!({ "a": inner }));
        let many: serde_json::Map<String, Value> = (0..10_001).map(|n| (n.to_string(), json!(n))).collect();
        let table = [
            ("a long text", json!({ "a": "x".repeat((1 << 20) + 1) })),
            ("a value that the storage does not take", json!({ "a": "x".repeat(1 << 20) })),
            ("too deep", deep),
            ("many names", Value::Object(many)),
        ];
        for (what, data) in table {
            let error = kv.put("a", &data).await.unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::Invalid), "{what}: {error}");
            assert!(!error.may_have_applied() && !error.is_retryable(), "{what}: {error}");
        }
        assert!(kv.read_metadata("a").await.unwrap().is_none_or(|metadata| metadata.current_version == 0));
        unmount(&vault, "sdk-kv-large").await;
    });
}
