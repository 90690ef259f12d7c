//! Config entries and the intentions that are written as such.

use consul_client::config_entry::{ConfigEntry, Kind};
use consul_client::intention::Action;
use consul_client::{Cas, Index, Reason};
use lattice_deploy::servers::Product;
use serde_json::json;
use tests::stack;

use super::{Granted, assert_denied, assert_invalid, assert_unknown_token, shared, stranger};

#[test]
fn an_entry_is_written_read_and_deleted() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (entries, kind, name) = (consul.config_entries(), Kind::ServiceDefaults, "sdk-config");
        assert_eq!(entries.read(&kind, name).await.unwrap(), None);
        entries.delete(&kind, name).await.unwrap();
        let entry = ConfigEntry::new(kind.clone(), name)
            .with_field("Protocol", "http")
            .with_field("LocalConnectTimeoutMs", 1500)
            .with_meta("owner", "sdk");
        entries.put(&entry).await.unwrap();
        let read = entries.read(&kind, name).await.unwrap().unwrap();
        assert_eq!((&read.kind, read.name.as_str(), &read.meta), (&kind, name, &entry.meta));
        assert_eq!((&read.body["Protocol"], &read.body["LocalConnectTimeoutMs"]), (&json!("http"), &json!(1500)));
        assert!(entries.list(&kind).await.unwrap().contains(&read));
        // What was read can be written back, and changes nothing.
        entries.put(&read).await.unwrap();
        assert_eq!(entries.read(&kind, name).await.unwrap().unwrap().modify_index, read.modify_index);
        entries.delete(&kind, name).await.unwrap();
        assert_eq!(entries.read(&kind, name).await.unwrap(), None);
        assert!(entries.list(&kind).await.unwrap().iter().all(|entry| entry.name != name));
    });
}

#[test]
fn a_guard_protects_an_entry() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (entries, kind, name) = (consul.config_entries(), Kind::ServiceDefaults, "sdk-config-cas");
        let entry = |protocol: &str| ConfigEntry::new(Kind::ServiceDefaults, name).with_field("Protocol", protocol);
        let protocol = async || entries.read(&kind, name).await.unwrap().unwrap().body["Protocol"].clone();
        assert!(entries.put_with(&entry("http"), Cas::Absent).await.unwrap().is_applied());
        assert!(!entries.put_with(&entry("tcp"), Cas::Absent).await.unwrap().is_applied());
        assert_eq!(protocol().await, "http");
        let first = entries.read(&kind, name).await.unwrap().unwrap().modify_index;
        assert!(entries.put_with(&entry("grpc"), Cas::At(first)).await.unwrap().is_applied());
        assert!(!entries.put_with(&entry("tcp"), Cas::At(first)).await.unwrap().is_applied());
        assert_eq!(protocol().await, "grpc");
        assert!(entries.put_with(&entry("http2"), Cas::Any).await.unwrap().is_applied());
        let last = entries.read(&kind, name).await.unwrap().unwrap().modify_index;
        assert!(!entries.delete_at(&kind, name, first).await.unwrap().is_applied());
        assert_eq!(protocol().await, "http2");
        assert!(entries.delete_at(&kind, name, last).await.unwrap().is_applied());
        assert_eq!(entries.read(&kind, name).await.unwrap(), None);
        assert!(entries.delete_at(&kind, name, last).await.unwrap().is_applied());
    });
}

/// What the server answers is of two kinds, and both are read.
#[test]
fn t23_a_deleted_entry_is_answered_in_two_forms() {
    stack::run(async {
        let (live, consul) = shared().await;
        let (entries, kind, name) = (consul.config_entries(), Kind::ServiceDefaults, "sdk-config-forms");
        let entry = ConfigEntry::new(kind.clone(), name);
        for (query, answer) in [("", "{}"), ("?cas=1", "false")] {
            entries.put(&entry).await.unwrap();
            let path = format!("config/service-defaults/{name}{query}");
            let found = live.send(Product::Consul, "DELETE", &path, "").await;
            assert_eq!((found.status, found.body.trim()), (200, answer));
        }
        assert!(!entries.delete_at(&kind, name, Index(1)).await.unwrap().is_applied());
        entries.delete(&kind, name).await.unwrap();
        assert_eq!(entries.read(&kind, name).await.unwrap(), None);
    });
}

#[test]
fn an_entry_is_refused() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (entries, kind, name) = (consul.config_entries(), Kind::ServiceDefaults, "sdk-config-denied");
        assert_invalid(entries.put(&ConfigEntry::new("sdk-bogus".into(), name)).await);
        let wrong = entries.put(&ConfigEntry::new(Kind::ServiceSplitter, name)).await.unwrap_err();
        assert!(matches!(wrong.reason(), Some(Reason::Invalid | Reason::Server)), "{wrong:?}");
        entries.put(&ConfigEntry::new(kind.clone(), name)).await.unwrap();
        let nobody = Granted::powerless(&consul, "sdk-config-nobody").await;
        let denied = nobody.client.config_entries();
        assert_denied(denied.read(&kind, name).await);
        assert_denied(denied.put(&ConfigEntry::new(kind.clone(), name)).await);
        assert_denied(denied.delete(&kind, name).await);
        assert!(denied.list(&kind).await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).config_entries().list(&kind).await);
        assert!(entries.read(&kind, name).await.unwrap().is_some());
        entries.delete(&kind, name).await.unwrap();
    });
}

#[test]
fn an_intention_says_who_may_speak_to_whom() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (entries, intentions) = (consul.config_entries(), consul.intentions());
        let (kind, name) = (Kind::ServiceIntentions, "sdk-intention-api");
        let of_name = async || {
            let all = intentions.list().await.unwrap();
            all.into_iter().filter(|intention| intention.destination_name == name).collect::<Vec<_>>()
        };
        // What is not said follows the default policy of access control, which is to deny.
        assert!(!intentions.check("sdk-front", name).await.unwrap());
        assert!(of_name().await.is_empty());
        let sources = json!([
            { "Name": "sdk-front", "Action": "allow", "Description": "the front may" },
            { "Name": "*", "Action": "deny" },
        ]);
        entries.put(&ConfigEntry::new(kind.clone(), name).with_field("Sources", sources)).await.unwrap();
        assert!(intentions.check("sdk-front", name).await.unwrap());
        assert!(!intentions.check("sdk-back", name).await.unwrap());
        let [front, all] = &of_name().await[..] else { panic!("two intentions") };
        assert_eq!((front.source_name.as_str(), &front.action), ("sdk-front", &Some(Action::Allow)));
        assert_eq!((all.source_name.as_str(), &all.action), ("*", &Some(Action::Deny)));
        assert!(front.precedence > all.precedence && front.description == "the front may");

        let nobody = Granted::powerless(&consul, "sdk-intention-nobody").await;
        assert_denied(nobody.client.intentions().check("sdk-front", name).await);
        assert!(nobody.client.intentions().list().await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).intentions().list().await);
        entries.delete(&kind, name).await.unwrap();
        assert!(!intentions.check("sdk-front", name).await.unwrap());
        assert!(of_name().await.is_empty());
    });
}
