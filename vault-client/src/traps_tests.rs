//! Traps of the API, and what other clients get wrong.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::auth::Auth;
use crate::client::Client;
use crate::config::Config;
use crate::credential::Token;
use crate::sys::{Health, KeyStatus, Leader, SealStatus};
use crate::token::{TokenInfo, TokenRole};
use crate::transport::Request;
use crate::{Error, Leased, Reason, TransportKind, Wrapped};

async fn server(verb: &str, place: &str, status: u16, body: &str) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(method(verb)).and(path(place)).respond_with(answer(status, body)).mount(&server).await;
    let client = Client::new(&config(&server)).unwrap();
    (server, client)
}

fn answer(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

fn config(server: &MockServer) -> Config {
    Config::new(&server.uri()).unwrap().with_token(Token::new("t").unwrap())
}

/// A server that answers so the first time, and well from then on.
async fn well_after(first: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(path("/v1/kv/a")).respond_with(first).up_to_n_times(1).mount(&server).await;
    Mock::given(path("/v1/kv/a")).respond_with(answer(200, r#"{"data":{"n":1}}"#)).mount(&server).await;
    let client = Client::new(&config(&server)).unwrap();
    (server, client)
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

const QUOTA: &str = r#"{"errors":["request path \"kv/a\": rate limit quota exceeded"]}"#;

#[tokio::test]
async fn t06_a_pause_that_the_server_wants_is_made_within_the_deadline() {
    let (server, client) = well_after(answer(429, QUOTA).insert_header("retry-after", "1")).await;
    let begun = Instant::now();
    // What was refused for its rate was not carried out, so a write is tried again too.
    assert!(client.raw().write("kv/a", &json!({ "n": 1 })).await.unwrap().is_some());
    assert!(begun.elapsed() >= Duration::from_secs(1) && asked(&server).await == 2);

    let (server, client) = well_after(answer(429, QUOTA).insert_header("retry-after", "120")).await;
    let error = client.raw().read("kv/a").await.unwrap_err();
    assert!(error.is_rate_limited() && asked(&server).await == 1, "{error}");
    let Error::Api(error) = error else { panic!("{error}") };
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    // On the page of the health the same status means a standby.
    let (_server, client) = server_of_health(429).await;
    assert!(client.sys().health().await.unwrap().state.is_usable());
}

async fn server_of_health(status: u16) -> (MockServer, Client) {
    server("GET", "/v1/sys/health", status, r#"{"initialized":true,"sealed":false,"standby":true}"#).await
}

#[tokio::test]
async fn t07_sealed_overloaded_and_down_are_told_apart_and_their_words_kept() {
    let table = [
        (503, r#"{"errors":["Vault is sealed"]}"#, "Vault is sealed", [true, false, false]),
        (503, r#"{"errors":["server is overloaded, try again later"]}"#, "overloaded", [false, true, true]),
        (503, r#"{"errors":[]}"#, "503", [false, false, true]),
        (502, r#"{"errors":["the other side is silent"]}"#, "the other side is silent", [false, false, true]),
        (500, r#"{"errors":["1 error occurred:\n\t* no"]}"#, "500: no", [false, false, false]),
    ];
    for (status, body, words, meaning) in table {
        let (server, _) = server("GET", "/v1/kv/a", status, body).await;
        let client = Client::new(&config(&server).with_retries(0)).unwrap();
        let error = client.raw().read("kv/a").await.unwrap_err();
        assert_eq!([error.is_sealed(), error.is_rate_limited(), error.is_retryable()], meaning, "{error}");
        assert!(error.status() == Some(status) && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn t08_a_read_is_tried_again_until_the_node_has_seen_the_write() {
    let behind = r#"{"errors":["required index state not present"]}"#;
    let (server, client) = well_after(answer(412, behind)).await;
    assert!(client.raw().read("kv/a").await.unwrap().is_some());
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn t10_a_redirect_keeps_verb_body_and_token() {
    for status in [301, 302, 307, 308] {
        let (server, client) = server("POST", "/v1/kv/b", 200, r#"{"data":{}}"#).await;
        let moved = ResponseTemplate::new(status).insert_header("location", "/v1/kv/b");
        Mock::given(path("/v1/kv/a")).respond_with(moved).mount(&server).await;
        client.raw().write("kv/a", &json!({ "n": 1 })).await.unwrap();
        let requests = server.received_requests().await.unwrap();
        assert_eq!((requests.len(), requests[1].method.as_str()), (2, "POST"), "{status}");
        assert_eq!(requests[1].body, br#"{"n":1}"#);
        assert_eq!(requests[1].headers["x-vault-token"], "t");
    }
}

#[tokio::test]
async fn peer_d5_the_token_goes_to_no_server_that_nobody_named() {
    let (other, _) = server("GET", "/v1/kv/a", 200, r#"{"data":{}}"#).await;
    let (first, _) = server("GET", "/v1/nothing", 200, "").await;
    let there = ResponseTemplate::new(307).insert_header("location", format!("{}/v1/kv/a", other.uri()).as_str());
    Mock::given(path("/v1/kv/a")).respond_with(there).mount(&first).await;
    let error = Client::new(&config(&first)).unwrap().raw().read("kv/a").await.unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.kind() == TransportKind::Redirect), "{error}");
    assert_eq!(asked(&other).await, 0);
    let named = config(&first).with_redirect_host(other.address().to_string());
    assert!(Client::new(&named).unwrap().raw().read("kv/a").await.unwrap().is_some());
    assert_eq!(asked(&other).await, 1);
}

#[tokio::test]
async fn peer_d6_no_path_leads_out_of_its_mount() {
    let (server, client) = server("GET", "/v1/secret/data/a%252fb/%252e%252e", 404, r#"{"errors":[]}"#).await;
    for path in ["../../sys/seal-status", "a/../../sys/seal-status", "..", ".", "a//b", "a\nb", ""] {
        let error = client.kv2("secret").read::<serde_json::Value>(path).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{path}: {error}");
    }
    assert_eq!(asked(&server).await, 0);
    // What looks encoded is a name like any other.
    assert!(client.kv2("secret").read::<serde_json::Value>("a%2fb/%2e%2e").await.unwrap().is_none());
}

proptest! {
    #[test]
    fn t26_a_path_stays_below_its_mount(mount in ".{0,12}", key in ".{0,24}") {
        let request = Request::get("/v1/*mount/data/*path", [&mount, &key]);
        let below = Request::get("/v1/*mount/data/a", [&mount]);
        if let (Ok(request), Ok(below)) = (request, below) {
            let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
            url.set_path(request.path.as_str());
            prop_assert_eq!(url.path(), request.path.as_str());
            prop_assert!(url.path().starts_with(below.path.as_str().trim_end_matches('a')));
            prop_assert!(!url.path().to_ascii_lowercase().contains("%2f"));
        }
    }
}

#[test]
fn t15_durations_are_read_in_all_forms_and_written_in_one() {
    for form in ["3600", "\"3600\"", "\"1h\"", "\"1h0m0s\"", "3600.0"] {
        let role: TokenRole = serde_json::from_str(&format!(r#"{{"token_period":{form}}}"#)).unwrap();
        assert_eq!(role.token_period, Some(Duration::from_secs(3600)), "{form}");
        assert_eq!(serde_json::to_value(&role).unwrap()["token_period"], "3600s");
    }
}

#[test]
fn t16_null_is_nothing_everywhere() {
    let auth: Auth = serde_json::from_str(
        r#"{"client_token":null,"accessor":null,"policies":null,"token_policies":null,"identity_policies":null,
        "metadata":null,"lease_duration":null,"renewable":null,"entity_id":null,"token_type":null,"orphan":null,
        "num_uses":null,"mfa_requirement":null}"#,
    )
    .unwrap();
    assert!(auth.client_token.is_none() && auth.policies.is_empty());
    let info: TokenInfo = serde_json::from_str(
        r#"{"id":null,"meta":null,"policies":null,"expire_time":null,"issue_time":"","bound_cidrs":null,"ttl":null}"#,
    )
    .unwrap();
    assert!(info.expire_time.is_none() && info.issue_time.is_none() && info.meta.is_empty());
}

#[test]
fn peer_d12_answers_may_lack_and_gain_fields() {
    // An OpenBao server has no `performance_standby`, and a newer server has more.
    let health: Health = serde_json::from_str(r#"{"initialized":true,"sealed":false,"new":{"a":[1]}}"#).unwrap();
    assert!(health.initialized && !health.performance_standby);
    assert!(serde_json::from_str::<SealStatus>("{}").is_ok() && serde_json::from_str::<Leader>("{}").is_ok());
    assert!(serde_json::from_str::<TokenInfo>("{}").is_ok() && serde_json::from_str::<Auth>("{}").is_ok());
}

#[tokio::test]
async fn t18_data_beside_the_envelope_is_read_inside_it() {
    let body = r#"{"term":7,"request_id":"r","data":{"term":7,"encryptions":3,"install_time":"2026-11-25T18:49:15Z"}}"#;
    let (_server, client) = server("GET", "/v1/sys/key-status", 200, body).await;
    let status: KeyStatus = client.sys().key_status().await.unwrap();
    assert_eq!((status.term, status.encryptions), (7, 3));
}

#[test]
fn t22_a_lease_stands_at_the_envelope() {
    let text = r#"{"request_id":"r","lease_id":"database/creds/web/x","lease_duration":300,"renewable":true,
        "data":{"ttl":9},"warnings":null}"#;
    let leased: Leased<serde_json::Value> = serde_json::from_str(text).unwrap();
    assert_eq!((leased.lease.id.as_str(), leased.lease.duration), ("database/creds/web/x", Duration::from_secs(300)));
    assert!(leased.lease.renewable && leased.data["ttl"] == 9);
}

#[tokio::test]
async fn peer_d1_credentials_without_a_lease_are_an_error_and_never_silent() {
    let body = r#"{"lease_id":"","data":{"username":"u","password":"hunter2"}}"#;
    let (_server, client) = server("GET", "/v1/database/creds/web", 200, body).await;
    let error = client.database("database").creds("web").await.unwrap_err();
    assert!(error.to_string().contains("there is no lease") && !format!("{error:?}").contains("hunter2"), "{error}");
}

#[tokio::test]
async fn peer_d2_a_restore_that_is_refused_is_an_error() {
    let denied = r#"{"errors":["permission denied"]}"#;
    let (_server, client) = server("POST", "/v1/sys/storage/raft/snapshot", 403, denied).await;
    let content = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"snapshot"))]);
    assert!(client.sys().raft().restore_snapshot(content).await.unwrap_err().is_denied());
}

#[tokio::test]
async fn peer_d3_a_wrapping_is_looked_up_in_the_words_of_the_server() {
    let body = r#"{"data":{"creation_path":"secret/data/a","creation_time":"2026-11-25T18:49:45Z","creation_ttl":60}}"#;
    let (_server, client) = server("POST", "/v1/sys/wrapping/lookup", 200, body).await;
    let found = client.sys().wrapping().lookup(&Token::new("w").unwrap()).await.unwrap();
    assert_eq!((found.creation_path.as_str(), found.creation_ttl), ("secret/data/a", Duration::from_secs(60)));
    // An exchanged wrapping is found out before it is used up.
    let wrapped = Wrapped::from_token(Token::new("w").unwrap());
    let call = |client: Client| async move { client.kv2("secret").read_metadata("other").await };
    let error = wrapped.unwrap_with(&client, call).await.unwrap_err();
    assert!(error.to_string().contains("another path"), "{error}");
}

#[tokio::test]
async fn peer_d4_the_history_of_versions_is_a_list() {
    let body = r#"{"data":{"keys":["1.21.1"],"key_info":{"1.21.1":{"previous_version":null}}}}"#;
    let (server, client) = server("GET", "/v1/sys/version-history/", 200, body).await;
    assert!(client.sys().list_version_history().await.unwrap().contains_key("1.21.1"));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].url.query(), Some("list=true"));
}

#[tokio::test]
async fn peer_d7_a_token_is_made_once_however_the_answer_fails() {
    let (server, client) = server("POST", "/v1/auth/token/create", 503, "").await;
    let request = crate::token::TokenRequest::new();
    assert!(client.token().create(&request).await.is_err());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrapping_that_is_used_up_has_a_name() {
    let spent = r#"{"errors":["wrapping token is not valid or does not exist"]}"#;
    let (_server, client) = server("POST", "/v1/sys/wrapping/unwrap", 400, spent).await;
    let token = Token::new("w").unwrap();
    let error = client.sys().wrapping().unwrap::<serde_json::Value>(&token).await.unwrap_err();
    assert!(error.reason().is_some_and(Reason::is_wrap_invalid), "{error}");
}
