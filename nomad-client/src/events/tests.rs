//! Streams of events from a server that says what it is told to.

use serde_json::json;

use super::{Event, EventStream, Happening, Payload, Start, StreamOptions, Topic};
use crate::meta::Index;
use crate::object::tests::pruned;
use crate::scripted::{Said, Scripted};
use crate::transport::Request;

fn batch(index: u64, keys: &[&str]) -> String {
    let event = |key: &&str| {
        json!({"Topic": "Job", "Type": "JobRegistered", "Key": key, "Namespace": "default", "FilterKeys": null,
            "Index": index, "Payload": {"Job": {"ID": key, "Zzz": 1}}})
    };
    json!({"Index": index, "Events": keys.iter().map(event).collect::<Vec<_>>()}).to_string()
}

/// The next few items, as text.
async fn take(stream: &mut EventStream, count: usize) -> String {
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.push(match stream.next().await.unwrap().unwrap() {
            Happening::Event(event) => format!("{}{}", event.key, event.index.0),
            Happening::Gap { after, next } => format!("gap {}-{}", after.0, next.0),
        });
    }
    seen.join(" ")
}

#[tokio::test]
async fn peer_a_stream_that_is_cut_goes_on_without_loss_or_repetition() {
    let half = batch(8, &["x"]);
    let server = Scripted::new(vec![
        Said::lines(&["{}", &batch(5, &["a", "b"]), "{}", &batch(7, &["a"])]).and(&half.as_bytes()[..20]),
        Said::lines(&["{}", &batch(7, &["a", "c"]), &batch(8, &["x"])]),
        Said::lines(&["{}", &batch(11, &["d"])]).held(),
    ])
    .await;
    let options = StreamOptions::new().with_topic(Topic::Job).from(Start::Oldest);
    let mut events = server.client.events().stream_with(&options);
    assert_eq!(take(&mut events, 7).await, "a5 b5 a7 c7 x8 gap 8-11 d11");
    let at = |index: u64| format!("/v1/event/stream?index={index}&topic=Job");
    assert_eq!(server.asked(), [at(0), at(7), at(8)]);
}

#[tokio::test]
async fn t29_a_sign_of_life_is_no_event() {
    let server =
        Scripted::new(vec![Said::lines(&["{}", "{}", &batch(5, &["a"]), "{}", &batch(6, &["b"])]).held()]).await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    assert_eq!(take(&mut events, 2).await, "a5 b6");
}

/// A server ends the stream of whoever does not read for 40 seconds.
#[tokio::test]
async fn t33_a_slow_reader_goes_on_where_it_was_cut_off() {
    let server = Scripted::new(vec![
        Said::lines(&["{}", &batch(5, &["a"])]),
        Said::lines(&["{}", &batch(5, &["a"]), &batch(6, &["b"])]).held(),
    ])
    .await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    assert_eq!(take(&mut events, 1).await, "a5");
    // Nothing is read ahead by any task: the cut is seen with the next look.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(server.asked().len(), 1);
    assert_eq!(take(&mut events, 1).await, "b6");
    assert_eq!(server.asked(), ["/v1/event/stream?index=0", "/v1/event/stream?index=5"]);
}

#[tokio::test]
async fn t30_a_rejected_subscription_is_an_error_and_not_an_end() {
    // The token is unknown.
    let server = Scripted::new(vec![Said::head("200 OK"), Said::text("403 Forbidden", "Permission denied")]).await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    assert!(events.next().await.unwrap().unwrap_err().is_denied());
    assert!(events.next().await.is_none());
    assert_eq!(server.asked()[1], "/v1/acl/token/self");
    // It is known, but too weak.
    let server = Scripted::new(vec![Said::head("200 OK"), Said::text("200 OK", "{}")]).await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    assert!(events.next().await.unwrap().unwrap_err().is_denied());
    // Older servers say so at once.
    let server = Scripted::new(vec![Said::text("403 Forbidden", "Permission denied")]).await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    assert!(events.next().await.unwrap().unwrap_err().is_denied());
}

#[tokio::test]
async fn t30_a_server_without_leader_is_waited_for() {
    let server = Scripted::new(vec![
        Said::head("200 OK"),
        Said::text("500 Internal Server Error", "No cluster leader"),
        Said::lines(&["{}", &batch(3, &["a"])]).held(),
    ])
    .await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::AfterList(Index(2))));
    // Nothing was seen while the stream did not stand, so something may be missing.
    assert_eq!(take(&mut events, 2).await, "gap 2-3 a3");
}

#[tokio::test]
async fn peer_the_version_that_no_client_reads_is_named() {
    let garbled = Said { pieces: vec![b"HTTP/0.0 200 OK\r\n\r\n{}\n".to_vec()], closed: true };
    let server = Scripted::new(vec![garbled]).await;
    let mut events = server.client.events().stream_with(&StreamOptions::new().from(Start::Oldest));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("1.11.2"), "{error}");
}

#[tokio::test]
async fn now_is_after_the_newest_change_of_what_the_topics_are_about() {
    let indexed = |index: u64| {
        let head =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nX-Nomad-Index: {index}\r\nContent-Length: 2\r\n\r\n[]");
        Said { pieces: vec![head.into_bytes()], closed: true }
    };
    let server = Scripted::new(vec![
        indexed(4),
        Said::text("403 Forbidden", "Permission denied"),
        indexed(9),
        Said::lines(&["{}", &batch(9, &["old"]), &batch(10, &["new"])]).held(),
    ])
    .await;
    let options = StreamOptions::new().with_topic(Topic::Job).with_topic(Topic::Node).with_topic(Topic::HostVolume);
    let mut events = server.client.events().stream_with(&options);
    assert_eq!(take(&mut events, 1).await, "new10");
    assert_eq!(server.asked()[2], "/v1/volumes?per_page=1&type=host");
    assert_eq!(server.asked()[3], "/v1/event/stream?index=9&topic=Job&topic=Node&topic=HostVolume");
}

#[test]
fn t32_keys_are_sent_unless_the_server_would_take_them_apart() {
    let request = || Request::get("/v1/event/stream", []).unwrap();
    let options = StreamOptions::new().with_topic_key(Topic::Allocation, "a b/c").with_topic(Topic::from("New"));
    assert_eq!(options.apply(request()).unwrap().query, "topic=Allocation%3Aa%20b%2Fc&topic=New");
    assert!(StreamOptions::new().with_topic_key(Topic::Job, "a:b").apply(request()).is_err());
}

#[test]
fn t32_payloads_are_named_after_their_object_and_never_lost() {
    let stub = json!({"Namespace": "default", "Path": "a/b", "CreateIndex": 1, "ModifyIndex": 2});
    for (topic, name, object) in [
        ("ACLToken", "ACLToken", json!({"AccessorID": "a", "SecretID": ""})),
        ("ACLPolicy", "ACLPolicy", json!({"Name": "p", "Zzz": 1})),
        ("ACLRole", "ACLRole", json!({"ID": "r"})),
        ("ACLAuthMethod", "AuthMethod", json!({"Name": "m"})),
        ("ACLBindingRule", "ACLBindingRule", json!({"ID": "b"})),
        ("Allocation", "Allocation", json!({"ID": "a", "ClientStatus": "running"})),
        ("CSIPlugin", "Plugin", json!({"ID": "p"})),
        ("CSIVolume", "Volume", json!({"ID": "v"})),
        ("Deployment", "Deployment", json!({"ID": "d", "Status": "running"})),
        ("Evaluation", "Evaluation", json!({"ID": "e", "Status": "complete"})),
        ("HostVolume", "Volume", json!({"ID": "h"})),
        ("Job", "Job", json!({"ID": "j", "Zzz": 1})),
        ("Node", "Node", json!({"ID": "n", "Status": "ready"})),
        ("NodePool", "NodePool", json!({"Name": "p"})),
        ("Service", "Service", json!({"ID": "s", "ServiceName": "web"})),
        ("Variable", "Metadata", stub),
        ("Brandnew", "Whatever", json!({"ID": "x"})),
    ] {
        let mut payload = json!({});
        payload[name] = object.clone();
        if topic == "Variable" {
            payload["Deleted"] = true.into();
        }
        let sent = json!({"Topic": topic, "Type": "T", "Key": "k", "Namespace": "", "FilterKeys": ["f"], "Index": 7,
            "Payload": payload});
        let event: Event = serde_json::from_value(sent.clone()).unwrap();
        let known = !matches!(event.payload, Payload::Unknown(_));
        assert_eq!(known, topic != "Brandnew", "{topic}");
        let kept = pruned(serde_json::to_value(&event).unwrap());
        for (field, value) in pruned(object).as_object().unwrap() {
            assert_eq!(kept["Payload"][name].get(field), Some(value), "{topic}");
        }
        assert_eq!((&kept["FilterKeys"], &kept["Key"], &kept["Topic"]), (&json!(["f"]), &json!("k"), &json!(topic)));
    }
}

#[test]
fn an_event_that_cannot_be_read_is_kept_as_it_came() {
    for payload in [json!(null), json!({}), json!({"Job": 7}), json!({"Job": {"ID": 7}}), json!("text")] {
        let sent = json!({"Topic": "Job", "Index": 1, "Payload": payload});
        let event: Event = serde_json::from_value(sent).unwrap();
        assert_eq!(event.payload, Payload::Unknown(payload));
    }
}
