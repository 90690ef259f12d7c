use super::{Cas, Fields, Kv2Read, Metadata, Version, merge_into, patch_request, put_request};
use crate::transport::Request;
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;

fn body(request: &Request) -> &str {
    std::str::from_utf8(&request.body.as_ref().unwrap().content).unwrap()
}

#[test]
fn t14_guards_are_sent_and_no_write_is_repeated() {
    let fields = Fields::from([("p", "hunter2")]);
    let table = [(Cas::Any, "{}"), (Cas::Absent, r#"{"cas":0}"#), (Cas::At(7), r#"{"cas":7}"#)];
    for (cas, options) in table {
        let request = put_request("secret", "a", &fields, cas).unwrap();
        assert_eq!(body(&request), format!(r#"{{"data":{{"p":"hunter2"}},"options":{options}}}"#));
        assert!(!request.idempotent);
        assert!(!format!("{request:?}").contains("hunter2"));
    }
    let merge = patch_request("secret", "a", &serde_json::json!({ "p": null }), Cas::Absent).unwrap();
    assert_eq!((merge.method, body(&merge)), ("PATCH", r#"{"data":{"p":null},"options":{}}"#));
    assert_eq!(merge.body.unwrap().content_type, "application/merge-patch+json");
}

#[test]
fn t13_a_merge_changes_what_it_names_and_null_removes() {
    let table = [
        (json!({"a": 1, "b": {"c": 2, "d": 3}}), json!({"a": null, "b": {"c": 4}}), json!({"b": {"c": 4, "d": 3}})),
        (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
        (json!({"a": 1}), json!({"a": {"b": null, "c": 1}}), json!({"a": {"c": 1}})),
        (json!(null), json!({"a": 1}), json!({"a": 1})),
    ];
    for (mut target, change, merged) in table {
        merge_into(&mut target, change);
        assert_eq!(target, merged);
    }
}

#[test]
fn data_is_never_printed() {
    let text = r#"{"data":{"user":"u","password":"hunter2"},"metadata":{"created_time":
        "2026-11-23T17:47:17.721674729Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}}"#;
    let read: Kv2Read<Fields> = serde_json::from_str::<Version<Fields>>(text).unwrap().into();
    assert_eq!(read.metadata().version, 1);
    assert_eq!(read.data().unwrap().get("password").unwrap().expose_secret(), "hunter2");
    let value: Kv2Read<serde_json::Value> = serde_json::from_str::<Version<_>>(text).unwrap().into();
    for printed in [format!("{read:?}"), format!("{:?}", read.data()), format!("{value:?}")] {
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

#[test]
fn t32_versions_are_ordered_by_number() {
    let version = r#"{"created_by":{"actor":"root"},"created_time":"2026-11-23T17:47:17.721674729Z",
        "deleted_by":null,"deletion_time":"","destroyed":false}"#;
    let text = format!(
        r#"{{"cas_required":false,"created_time":"2026-11-23T17:47:17.721674729Z","current_version":10,
        "custom_metadata":{{"o":"p"}},"delete_version_after":"3h25m19s","max_versions":5,"oldest_version":2,
        "updated_time":"2026-11-23T17:47:17.721674729Z","versions":{{"10":{version},"2":{version}}}}}"#
    );
    let metadata: Metadata = serde_json::from_str(&text).unwrap();
    assert_eq!(metadata.versions.keys().copied().collect::<Vec<_>>(), [2, 10]);
    assert_eq!(metadata.delete_version_after, Duration::from_secs(3 * 3600 + 25 * 60 + 19));
}
