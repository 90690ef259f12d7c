//! What is tried again, and what never.

use std::time::Duration;

use bytes::Bytes;
use consul_client::kv::PutOptions;
use consul_client::session::NewSession;
use consul_client::{Cas, Client, Reason};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Raw, config, ok};

/// Answers the first request with this, all later ones with `body`.
async fn failing_once(status: u16, text: &str, body: &str) -> MockServer {
    let server = MockServer::start().await;
    let once = ResponseTemplate::new(status).set_body_string(text);
    Mock::given(any()).respond_with(once).up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
    server
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_read_is_tried_again() {
    let passing = [
        (500, "No cluster leader"),
        (500, "rpc error making call: leadership lost while committing log"),
        (503, ""),
        (503, "<html>Service Unavailable</html>"),
        (502, "bad gateway"),
        (429, "rate limit exceeded, try again later or against a different server"),
    ];
    for (status, text) in passing {
        let server = failing_once(status, text, "\"a:1\"").await;
        let client = Client::new(&config(&server.uri())).unwrap();
        assert_eq!(client.status().leader().await.unwrap().as_deref(), Some("a:1"), "{status} {text}");
        assert_eq!(asked(&server).await, 2, "{status} {text}");
    }
}

#[tokio::test]
async fn an_error_that_stays_is_not_tried_again() {
    for (status, text) in [(500, "panic"), (400, "bad"), (403, "Permission denied"), (403, "ACL not found")] {
        let server = failing_once(status, text, "\"a:1\"").await;
        let error = Client::new(&config(&server.uri())).unwrap().status().leader().await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(asked(&server).await, 1, "{status} {text}");
    }
}

#[tokio::test]
async fn a_write_that_may_have_been_carried_out_is_not_tried_again() {
    let server = failing_once(500, "No cluster leader", r#"{"ID":"s"}"#).await;
    let client = Client::new(&config(&server.uri())).unwrap();
    let error = client.sessions().create(&NewSession::default()).await.unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::NoLeader));
    assert!(error.may_have_applied() && error.is_no_leader() && error.is_retryable());
    assert_eq!(asked(&server).await, 1);
    for cas in [Cas::Absent, Cas::At(consul_client::Index(7))] {
        let server = failing_once(503, "", "true").await;
        let client = Client::new(&config(&server.uri())).unwrap();
        let error = client.kv().put_with("a", "b", &PutOptions::new().with_cas(cas)).await.unwrap_err();
        assert_eq!((error.status(), asked(&server).await), (Some(503), 1));
    }
}

#[tokio::test]
async fn a_refused_write_and_a_repeatable_write_are_tried_again() {
    let server = failing_once(429, "rate limit exceeded", r#"{"ID":"s"}"#).await;
    let client = Client::new(&config(&server.uri())).unwrap();
    assert_eq!(client.sessions().create(&NewSession::default()).await.unwrap(), "s");
    let server = failing_once(500, "No cluster leader", "true").await;
    let client = Client::new(&config(&server.uri())).unwrap();
    client.kv().put("a", Bytes::from_static(b"b")).await.unwrap();
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn a_broken_connection_is_made_anew_for_a_read_only() {
    let server = Raw::new(vec![String::new(), ok("\"a:1\"")]).await;
    let client = Client::new(&config(&server.address)).unwrap();
    assert_eq!(client.status().leader().await.unwrap().as_deref(), Some("a:1"));
    assert_eq!(server.requests().len(), 2);
    let server = Raw::new(vec![String::new(), ok(r#"{"ID":"s"}"#)]).await;
    let client = Client::new(&config(&server.address)).unwrap();
    let error = client.sessions().create(&NewSession::default()).await.unwrap_err();
    assert!(error.may_have_applied() && !error.is_connect(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let server = MockServer::start().await;
    let wait = ResponseTemplate::new(429).insert_header("retry-after", "3600").set_body_string("rate limit exceeded");
    Mock::given(any()).respond_with(wait).mount(&server).await;
    let error = Client::new(&config(&server.uri())).unwrap().status().leader().await.unwrap_err();
    assert!(error.is_rate_limited());
    let consul_client::Error::Api(api) = &error else { panic!("{error}") };
    assert_eq!(api.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(asked(&server).await, 1, "a wait beyond the deadline is not waited for");
}

#[tokio::test]
async fn no_retries_means_none() {
    let server = failing_once(503, "", "\"a:1\"").await;
    let client = Client::new(&config(&server.uri()).with_retries(0)).unwrap();
    assert_eq!(client.status().leader().await.unwrap_err().status(), Some(503));
    assert_eq!(asked(&server).await, 1);
}
