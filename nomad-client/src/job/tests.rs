use serde_json::{Value, json};

use super::Job;
use crate::object::tests::pruned;

const RICH: &str = include_str!("../../tests/fixtures/nomad-1.11.3/job/rich.json");
const LAUNCHED: &str = include_str!("../../tests/fixtures/nomad-1.11.3/job/launched.json");
const REGISTERED: &str = include_str!("../../tests/fixtures/nomad-1.11.3/job/registered.json");

/// Decodes and encodes, and checks that all of it has a field of its own.
fn round_trip(text: &str) {
    let job: Job = serde_json::from_str(text).unwrap();
    assert_eq!(unknown(&format!("{job:?}")), Vec::<String>::new());
    let raw: Value = serde_json::from_str(text).unwrap();
    similar(&pruned(raw), &pruned(serde_json::to_value(&job).unwrap()), "");
}

/// What stands in the `extra` maps: a misspelt field name would not be noticed otherwise.
fn unknown(debug: &str) -> Vec<String> {
    let extras = debug.split("extra: {").skip(1);
    extras.filter(|rest| !rest.starts_with('}')).map(|rest| rest.chars().take(60).collect()).collect()
}

/// Compares with the path of the first difference in the message.
fn similar(left: &Value, right: &Value, path: &str) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                similar(
                    left.get(key).unwrap_or(&Value::Null),
                    right.get(key).unwrap_or(&Value::Null),
                    &format!("{path}.{key}"),
                );
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (number, (left, right)) in left.iter().zip(right).enumerate() {
                similar(left, right, &format!("{path}[{number}]"));
            }
        }
        _ => assert_eq!(left, right, "{path}"),
    }
}

#[test]
fn a_parsed_job_loses_nothing() {
    round_trip(RICH);
    round_trip(LAUNCHED);
}

#[test]
fn a_registered_job_loses_nothing() {
    // The server returns `Url` for what its own parser calls `URL`, and takes both.
    round_trip(&REGISTERED.replace("\"Url\":", "\"URL\":"));
    let job: Job = serde_json::from_str(REGISTERED).unwrap();
    assert_eq!(job.ui.unwrap().links[0].url, "https://example.com/a?b=c");
}

#[test]
fn what_is_not_known_is_sent_back() {
    let mut raw: Value = serde_json::from_str(RICH).unwrap();
    let pointers =
        ["", "/TaskGroups/0", "/TaskGroups/0/Tasks/1", "/TaskGroups/0/Services/0/Connect/SidecarService/Proxy"];
    for pointer in pointers {
        raw.pointer_mut(pointer).unwrap()["Zzz"] = json!({"Yyy": [1]});
    }
    let job: Job = serde_json::from_value(raw).unwrap();
    let sent = serde_json::to_value(&job).unwrap();
    for pointer in pointers {
        assert_eq!(sent.pointer(pointer).unwrap()["Zzz"], json!({"Yyy": [1]}), "{pointer}");
    }
}

#[test]
fn fields_have_their_values() {
    let job: Job = serde_json::from_str(RICH).unwrap();
    let group = &job.task_groups[0];
    let server = group.tasks.iter().find(|task| task.name == "server").unwrap();
    assert_eq!(server.templates[0].uid, Some(1000));
    assert_eq!(server.resources.as_ref().unwrap().memory_max_mb, Some(512));
    assert_eq!(server.identities[0].ttl, Some(std::time::Duration::from_secs(3600)));
    assert_eq!(group.update.as_ref().unwrap().progress_deadline, Some(std::time::Duration::ZERO));
    assert_eq!(group.networks[0].dynamic_ports[1].to, Some(-1));
    let upstream = &group.services[0]
        .connect
        .as_ref()
        .unwrap()
        .sidecar_service
        .as_ref()
        .unwrap()
        .proxy
        .as_ref()
        .unwrap()
        .upstreams[0];
    assert_eq!((upstream.destination_name.as_str(), upstream.local_bind_port), ("other", 9000));
}

/// Maps whose names are chosen by users, and whose values are texts or objects of one kind.
const FREE: &[&str] = &[
    "Add",
    "Args",
    "CanaryMeta",
    "Env",
    "EnvoyGatewayBindAddresses",
    "ExtraHeaders",
    "GetterHeaders",
    "GetterOptions",
    "Header",
    "Meta",
    "Set",
    "TaggedAddresses",
    "Target",
    "Volumes",
];

/// Puts a field that nobody knows into every object, and remembers where.
fn inject(value: &mut Value, name: &str, pointer: &str, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                inject(value, name, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
            if !FREE.contains(&name) {
                fields.insert("Zzz".to_owned(), json!({"Yyy": [1]}));
                places.push(pointer.to_owned());
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter_mut().enumerate() {
                inject(item, "", &format!("{pointer}/{number}"), places);
            }
        }
        _ => {}
    }
}

#[test]
fn t09_a_field_that_nobody_knows_survives_in_every_object() {
    for text in [RICH, LAUNCHED, REGISTERED] {
        let (mut raw, mut places) = (serde_json::from_str(text).unwrap(), Vec::new());
        inject(&mut raw, "", "", &mut places);
        let job: Job = serde_json::from_value(raw).unwrap();
        let sent = serde_json::to_value(&job).unwrap();
        for place in &places {
            assert_eq!(sent.pointer(place).unwrap()["Zzz"], json!({"Yyy": [1]}), "{place}");
        }
        assert!(places.len() > 5, "{places:?}");
    }
}
