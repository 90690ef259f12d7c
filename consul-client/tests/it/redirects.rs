//! A redirect is followed once, with verb and body, and the token goes to no stranger.

use consul_client::{Client, Error, TransportKind};
use wiremock::matchers::{body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{MARKER, client, config};

fn kind(error: &Error) -> Option<TransportKind> {
    match error {
        Error::Transport(error) => Some(error.kind()),
        _ => None,
    }
}

fn to(status: u16, location: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("location", location)
}

async fn redirecting(status: u16, location: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/v1/kv/a")).respond_with(to(status, location)).mount(&server).await;
    server
}

#[tokio::test]
async fn another_host_is_refused_and_sees_nothing() {
    let other = MockServer::start().await;
    for status in [301, 302, 307, 308] {
        let server = redirecting(status, &format!("{}/v1/kv/a", other.uri())).await;
        let error = client(&server.uri()).kv().put("a", "b").await.unwrap_err();
        assert_eq!(kind(&error), Some(TransportKind::Redirect), "{error}");
        assert!(!error.may_have_applied() && !error.is_retryable());
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_allowed_host_gets_verb_body_and_token() {
    let other = MockServer::start().await;
    let put =
        Mock::given(method("PUT")).and(path("/v1/kv/a")).and(body_string("b")).and(header("x-consul-token", MARKER));
    put.respond_with(ResponseTemplate::new(200).set_body_string("true")).expect(2).mount(&other).await;
    let server = redirecting(302, &format!("{}/v1/kv/a", other.uri())).await;
    let port = other.address().port();
    for allowed in ["127.0.0.1".to_owned(), format!("127.0.0.1:{port}")] {
        let client = Client::new(&config(&server.uri()).with_redirect_host(allowed)).unwrap();
        client.kv().put("a", "b").await.unwrap();
    }
}

#[tokio::test]
async fn the_same_host_is_followed_once() {
    let server = redirecting(307, "/v1/kv/moved?x=1").await;
    let put = Mock::given(method("PUT")).and(path("/v1/kv/moved")).and(query_param("x", "1")).and(body_string("b"));
    put.and(header("x-consul-token", MARKER))
        .respond_with(ResponseTemplate::new(200).set_body_string("true"))
        .expect(1)
        .mount(&server)
        .await;
    client(&server.uri()).kv().put("a", "b").await.unwrap();
}

#[tokio::test]
async fn a_second_redirect_is_refused() {
    let server = redirecting(307, "/v1/kv/a").await;
    let error = client(&server.uri()).kv().read("a").await.unwrap_err();
    assert_eq!(kind(&error), Some(TransportKind::Redirect), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_place_that_is_no_http_is_refused() {
    for location in ["", "ftp://127.0.0.1/", "http://", "javascript:alert(1)"] {
        let server = redirecting(301, location).await;
        let error = client(&server.uri()).kv().read("a").await.unwrap_err();
        assert_eq!(kind(&error), Some(TransportKind::Redirect), "{location}: {error}");
    }
}
