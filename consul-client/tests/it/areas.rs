//! Answers whose status is data, and requests as the server sees them.

use std::collections::BTreeMap;

use consul_client::config_entry::{ConfigEntry, Kind};
use consul_client::{Cas, Client, Index};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{client, config};

#[tokio::test]
async fn an_unhealthy_cluster_is_data_and_a_rate_limit_is_not() {
    let server = MockServer::start().await;
    let unhealthy = r#"{"Healthy":false,"FailureTolerance":0,"Servers":[{"Name":"a","Healthy":false}]}"#;
    let limited = ResponseTemplate::new(429).set_body_string("rate limit exceeded, try again later");
    Mock::given(any()).respond_with(limited).up_to_n_times(1).with_priority(1).mount(&server).await;
    let answer = ResponseTemplate::new(429).set_body_raw(unhealthy, "application/json");
    Mock::given(path("/v1/operator/autopilot/health")).respond_with(answer).mount(&server).await;
    let health = Client::new(&config(&server.uri())).unwrap().operator().autopilot_health().await.unwrap();
    assert!(!health.healthy && !health.servers[0].healthy);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_guard_that_does_not_hold_is_false() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("false")).mount(&server).await;
    let entries = client(&server.uri()).config_entries();
    let entry = ConfigEntry::new(Kind::ServiceDefaults, "web").with_field("Protocol", "http");
    assert!(!entries.put_with(&entry, Cas::Absent).await.unwrap().is_applied());
    assert!(!entries.delete_at(&Kind::ServiceDefaults, "web", Index(9)).await.unwrap().is_applied());
    let asked = server.received_requests().await.unwrap();
    assert_eq!((asked[0].url.path(), asked[0].url.query()), ("/v1/config", Some("cas=0")));
    assert_eq!(asked[0].body, br#"{"Kind":"service-defaults","Name":"web","Protocol":"http"}"#);
    assert_eq!((asked[1].url.path(), asked[1].url.query()), ("/v1/config/service-defaults/web", Some("cas=9")));
}

#[tokio::test]
async fn nothing_at_all_is_an_empty_list() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_string("null")).mount(&server).await;
    let client = client(&server.uri());
    assert!(client.acl().tokens().list().await.unwrap().is_empty());
    assert!(client.catalog().service("web").await.unwrap().is_empty());
    assert_eq!(client.catalog().services().await.unwrap(), BTreeMap::new());
    assert!(client.health().service("web").await.unwrap().is_empty());
    assert!(client.intentions().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_thing_may_be_deleted_again() {
    let server = MockServer::start().await;
    let gone = ResponseTemplate::new(404).set_body_string("Cannot find policy to delete");
    Mock::given(method("DELETE")).respond_with(gone).mount(&server).await;
    let absent = ResponseTemplate::new(403).set_body_string("token does not exist: ACL not found");
    Mock::given(path("/v1/acl/token/none")).respond_with(absent).mount(&server).await;
    let unknown = ResponseTemplate::new(403).set_body_string("ACL not found");
    Mock::given(path("/v1/acl/token/other")).respond_with(unknown).mount(&server).await;
    let acl = client(&server.uri()).acl();
    acl.policies().delete("x").await.unwrap();
    assert!(acl.tokens().read("none").await.unwrap().is_none());
    assert!(acl.tokens().read("other").await.unwrap_err().is_denied(), "that is about the client's own token");
    assert!(acl.policies().delete("").await.is_err(), "an empty id would name another endpoint");
}
