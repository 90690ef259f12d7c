//! Requests as the server sees them, and statuses that are data.

use std::time::Duration;

use consul_client::acl::AclToken;
use consul_client::agent::{ServiceDefinition, TokenKind};
use consul_client::catalog::Registration;
use consul_client::config_entry::Kind;
use consul_client::health::HealthState;
use consul_client::session::NewSession;
use consul_client::{Consistency, Index, Outcome, ReadOptions, Reason, Token};
use wiremock::matchers::{any, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{MARKER, client};

async fn answering(status: u16, body: &str, content_type: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, content_type);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn asked(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// The server looks at the announced length, and takes a body that is sent in pieces for none.
#[tokio::test]
async fn t36_bodies_have_a_length() {
    let server = answering(200, r#"{"ID":"a"}"#, "application/json").await;
    let client = client(&server.uri());
    client.sessions().create(&NewSession::new()).await.unwrap();
    client.acl().bootstrap(Some(&Token::new("chosen").unwrap())).await.unwrap();
    for request in asked(&server).await {
        let length: usize = request.headers["content-length"].to_str().unwrap().parse().unwrap();
        assert_eq!(length, request.body.len());
        assert!(length > 0 && !request.headers.contains_key("transfer-encoding"));
    }
}

/// A second token header would not be read.
#[tokio::test]
async fn t38_another_token_takes_the_place_of_the_first() {
    let server = answering(200, "null", "application/json").await;
    let other = client(&server.uri()).with_token(Token::new("other").unwrap());
    other.agent().register_service(&ServiceDefinition::new("web")).await.unwrap();
    other.anonymous().agent().services().await.unwrap();
    let asked = asked(&server).await;
    let tokens: Vec<_> = asked[0].headers.get_all("x-consul-token").iter().collect();
    assert_eq!(tokens, ["other"]);
    assert!(!asked[1].headers.contains_key("x-consul-token"));
}

/// In the query it would be deprecated, and would stand in logs.
#[tokio::test]
async fn t39_a_token_stands_in_one_header_and_nowhere_else() {
    let server = answering(200, "null", "application/json").await;
    let client = client(&server.uri());
    client.kv().put("a", "v").await.unwrap_err();
    let own = ReadOptions::new().with_token(Token::new("own").unwrap());
    client.catalog().nodes_with(&own.into()).await.unwrap();
    let asked = asked(&server).await;
    for (request, token) in asked.iter().zip([MARKER, "own"]) {
        let tokens: Vec<_> = request.headers.get_all("x-consul-token").iter().collect();
        assert_eq!(tokens, [token]);
        let others = request.headers.iter().filter(|(name, _)| *name != "x-consul-token");
        assert!(others.into_iter().all(|(_, value)| !value.to_str().unwrap().contains(token)), "{request:?}");
        assert_eq!(request.url.query(), None);
    }
}

/// An agent may answer from any server unless it is told otherwise, and only a flag tells it.
#[tokio::test]
async fn t11_the_leader_is_asked_for_by_its_flag() {
    let server = answering(200, "null", "application/json").await;
    let client = client(&server.uri());
    for consistency in [Consistency::Leader, Consistency::Default] {
        client.catalog().nodes_with(&ReadOptions::new().with_consistency(consistency).into()).await.unwrap();
    }
    let queries: Vec<_> = asked(&server).await.iter().map(|request| request.url.query().map(str::to_owned)).collect();
    assert_eq!(queries, [Some("leader".to_owned()), None]);
}

/// An object of nothing where it is deleted at any rate, a boolean where a guard is looked at.
#[tokio::test]
async fn t23_a_deleted_entry_is_answered_in_two_forms() {
    let server = MockServer::start().await;
    let guarded = ResponseTemplate::new(200).set_body_string("false\n");
    Mock::given(query_param("cas", "7")).respond_with(guarded).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&server).await;
    let entries = client(&server.uri()).config_entries();
    entries.delete(&Kind::ServiceDefaults, "web").await.unwrap();
    assert_eq!(entries.delete_at(&Kind::ServiceDefaults, "web", Index(7)).await.unwrap(), Outcome::Refused);
}

/// What goes into a path stays one segment of it.
#[tokio::test]
async fn peer_names_are_encoded() {
    let server = answering(200, "null", "application/json").await;
    let client = client(&server.uri());
    client.health().service("a b?c#d/ü%").await.unwrap();
    client.catalog().node("..x").await.unwrap();
    assert!(client.agent().service("..").await.is_err());
    let asked = asked(&server).await;
    assert_eq!(asked[0].url.path(), "/v1/health/service/a%20b%3Fc%23d%2F%C3%BC%25");
    assert_eq!(asked[0].url.query(), None);
    assert_eq!((asked[1].url.path(), asked.len()), ("/v1/catalog/node/..x", 2));
}

/// A datacenter is part of the query even where there is no other.
#[tokio::test]
async fn peer_a_datacenter_never_becomes_part_of_a_name() {
    let server = answering(200, "true", "application/json").await;
    let far = client(&server.uri()).in_datacenter("dc2");
    far.catalog().register(&Registration::new("a", "192.0.2.1")).await.unwrap();
    far.sessions().destroy("s").await.unwrap();
    for request in asked(&server).await {
        assert_eq!(request.url.query(), Some("dc=dc2"));
        assert!(!request.url.path().contains("dc2"));
    }
}

/// Warning, critical and not there come with data; a rate limit comes with a text.
#[tokio::test]
async fn t15_t16_a_status_is_data_or_an_error_by_its_body() {
    let data = r#"{"AggregatedStatus":"warning","Service":{"ID":"web","Service":"web"},"Checks":[]}"#;
    for (status, content_type) in [(429, "application/json"), (503, "application/json"), (429, "text/plain")] {
        let server = answering(status, data, content_type).await;
        let health = client(&server.uri()).agent().instance_health("web").await.unwrap().unwrap();
        assert_eq!(health.aggregated_status, HealthState::Warning);
    }
    let gone = r#"{"AggregatedStatus":"critical","Service":null,"Checks":null}"#;
    let server = answering(404, gone, "application/json").await;
    assert_eq!(client(&server.uri()).agent().instance_health("web").await.unwrap(), None);
    let server = answering(404, "[]", "application/json").await;
    assert!(client(&server.uri()).agent().service_health("web").await.unwrap().is_empty());
    let limits = [
        (429, "rate limit exceeded, try again later or against a different server"),
        (503, "rate limit exceeded for operation that can only be performed by the leader, try again later"),
    ];
    for (status, text) in limits {
        let server = answering(status, text, "text/plain").await;
        let client = client(&server.uri());
        for error in [
            client.agent().instance_health("web").await.unwrap_err(),
            client.agent().service_health("web").await.unwrap_err(),
            client.operator().autopilot_health().await.unwrap_err(),
        ] {
            assert!(error.is_rate_limited() && error.is_retryable(), "{error:?}");
        }
    }
}

/// Autopilot says 429 with JSON that it calls a text.
#[tokio::test]
async fn t15_an_unhealthy_autopilot_is_data_whatever_its_content_type() {
    let server = answering(429, r#"{"Healthy":false,"FailureTolerance":0,"Servers":null}"#, "text/plain").await;
    let health = client(&server.uri()).operator().autopilot_health().await.unwrap();
    assert!(!health.healthy && health.servers.is_empty());
}

/// Everything that went wrong on a server is a 500, and only the text tells what.
#[tokio::test]
async fn t17_t18_texts_tell_what_a_status_does_not() {
    let table = [
        (500, "No cluster leader", Reason::NoLeader),
        (500, "Failed to create boolean expression evaluator: 1:4 (3): no match found", Reason::Invalid),
        (403, "ACL not found", Reason::TokenNotFound),
        (403, "Permission denied: anonymous token lacks permission 'agent:read' on \"a\"", Reason::PermissionDenied),
        (
            403,
            "rpc error: Permission denied: ACL bootstrap no longer allowed (reset index: 18)",
            Reason::AlreadyBootstrapped { reset_index: Some(18) },
        ),
        (401, "ACL support disabled", Reason::AclDisabled),
    ];
    for (status, text, reason) in table {
        let server = answering(status, text, "text/plain").await;
        let error = client(&server.uri()).acl().bootstrap(None).await.unwrap_err();
        assert_eq!((error.status(), error.reason()), (Some(status), Some(&reason)), "{text}");
        assert_eq!(error.is_denied(), matches!(reason, Reason::TokenNotFound | Reason::PermissionDenied));
    }
}

/// Empty, `null`, `true`, `{}` and texts are all answers of success.
#[tokio::test]
async fn t24_an_answer_that_says_nothing_is_fine_in_any_form() {
    for body in ["", "null", "true", "{}", "\"ok\"", "[]"] {
        let server = answering(200, body, "application/json").await;
        let client = client(&server.uri());
        client.agent().reload().await.unwrap();
        client.agent().deregister_service("web").await.unwrap();
        client.catalog().deregister_node("a").await.unwrap();
        client.intentions().delete("a", "b").await.unwrap();
        client.acl().logout().await.unwrap();
        client.agent().set_token(TokenKind::Agent, &Token::new("t").unwrap()).await.unwrap();
    }
}

/// Leaving, joining and transferring are not tried twice; what changes nothing the second time is.
#[tokio::test]
async fn only_what_may_be_repeated_is_repeated() {
    let server = MockServer::start().await;
    let fail = ResponseTemplate::new(500).set_body_string("No cluster leader");
    Mock::given(any()).respond_with(fail).mount(&server).await;
    let config = crate::support::config(&server.uri()).with_retries(1).with_timeout(Duration::from_secs(20));
    let consul = consul_client::Client::new(&config).unwrap();
    let count = async |before: usize| asked(&server).await.len() - before;
    consul.agent().leave().await.unwrap_err();
    assert_eq!(count(0).await, 1);
    consul.operator().transfer_leader().await.unwrap_err();
    assert_eq!(count(1).await, 1);
    consul.acl().tokens().create(&AclToken::new("t")).await.unwrap_err();
    assert_eq!(count(2).await, 1);
    consul.agent().pass_check("c").await.unwrap_err();
    assert_eq!(count(3).await, 2);
}

#[tokio::test]
async fn what_is_secret_is_in_no_error_and_no_debug_text() {
    let text = format!(r#"{{"ID":"{MARKER}","AccessorID":"a","SecretID":"{MARKER}","ExpirationTime":7}}"#);
    let server = MockServer::start().await;
    let wrong = ResponseTemplate::new(200).set_body_raw(text, "application/json");
    Mock::given(path("/v1/acl/bootstrap")).respond_with(wrong).mount(&server).await;
    let error = client(&server.uri()).acl().bootstrap(None).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(MARKER), "{error:?}");
}
