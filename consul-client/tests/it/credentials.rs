//! Tokens: where they come from, and where they must not be seen.

use std::error::Error as _;

use consul_client::{Client, Config, Credential, Reason, Token};
use wiremock::matchers::{any, header, header_exists};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{MARKER, Raw, client, config, ok};

async fn knowing(token: &str) -> MockServer {
    let server = MockServer::start().await;
    let leader = ResponseTemplate::new(200).set_body_string("\"a:1\"");
    Mock::given(header("x-consul-token", token)).respond_with(leader).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403).set_body_string("ACL not found")).mount(&server).await;
    server
}

#[tokio::test]
async fn a_token_file_is_read_again_when_its_token_is_unknown() {
    let server = knowing("new-token").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "old-token\n").unwrap();
    let client = Client::new(&config(&server.uri()).with_credential(Credential::File(file.clone()))).unwrap();
    let error = client.status().leader().await.unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::TokenNotFound));
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "the file still says the same");
    std::fs::write(&file, "new-token\n").unwrap();
    // All of these find the old token known, and all but one find it forgotten by another.
    let calls = (0..8).map(|_| {
        let status = client.status();
        async move { status.leader().await }
    });
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap().as_deref(), Some("a:1"));
    }
    std::fs::remove_file(&file).unwrap();
    assert!(client.status().leader().await.is_ok(), "a token that was just read is used");
}

#[tokio::test]
async fn a_token_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let client = Client::new(&config("http://127.0.0.1:1").with_credential(Credential::File(file.clone()))).unwrap();
    let name = file.display().to_string();
    for content in [None, Some(""), Some("two\nlines-hunter2-marker-secret")] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let text = client.status().leader().await.unwrap_err().to_string();
        assert!(text.contains(&name) && !text.contains(MARKER), "{text}");
    }
}

#[tokio::test]
async fn a_scoped_client_replaces_the_token() {
    let server = Raw::new(vec![ok("\"a:1\""); 3]).await;
    let client = client(&server.address);
    client.status().leader().await.unwrap();
    client.with_token(Token::new("other").unwrap()).status().leader().await.unwrap();
    client.anonymous().status().leader().await.unwrap();
    let requests = server.requests();
    let tokens: Vec<usize> = requests.iter().map(|request| request.matches("x-consul-token: ").count()).collect();
    assert_eq!(tokens, [1, 1, 0]);
    assert!(requests[0].contains(MARKER) && requests[1].contains("x-consul-token: other\r\n"));
    assert!(!requests[1].contains(MARKER));
}

#[tokio::test]
async fn a_login_goes_without_a_token() {
    let server = MockServer::start().await;
    let token = r#"{"AccessorID":"a","SecretID":"s"}"#;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(token)).mount(&server).await;
    let made = client(&server.uri()).acl().login("jwt", &Token::new("bearer").unwrap()).await.unwrap();
    assert_eq!(made.secret.unwrap().expose(), "s");
    let asked = server.received_requests().await.unwrap();
    assert!(asked[0].headers.get("x-consul-token").is_none());
    assert_eq!(asked[0].body, br#"{"AuthMethod":"jwt","BearerToken":"bearer"}"#);
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let server = MockServer::start().await;
    let body = format!(r#"{{"SecretID":"{MARKER}"}}"#);
    let conflict = ResponseTemplate::new(409).insert_header("x-secret", MARKER).set_body_string(body);
    Mock::given(header_exists("x-consul-token")).respond_with(conflict).mount(&server).await;
    let config = config(&server.uri());
    let client = Client::new(&config).unwrap();
    let error = client.kv().put("a", MARKER).await.unwrap_err();
    assert!(error.is_conflict());
    let consul_client::Error::Api(api) = &error else { panic!("{error}") };
    assert_eq!(api.body().unwrap()["SecretID"], MARKER);
    let text = format!("{config:?} {client:?} {:?} {error:?} {error} {:?}", client.acl(), error.source());
    assert!(!text.contains(MARKER), "{text}");
}

#[test]
fn variables_are_read_as_the_official_client_reads_them() {
    let read = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Config::from_lookup(&|name| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    };
    let address = |pairs| read(pairs).unwrap().address().to_string();
    assert_eq!(address(&[]), "http://127.0.0.1:8500");
    assert_eq!(address(&[("CONSUL_HTTP_SSL", "true")]), "https://127.0.0.1:8500");
    assert_eq!(address(&[("CONSUL_HTTP_SSL", "1"), ("CONSUL_HTTP_ADDR", "http://c:8501")]), "https://c:8501");
    assert_eq!(address(&[("CONSUL_HTTP_SSL", "0"), ("CONSUL_HTTP_ADDR", "https://c")]), "https://c");
    assert_eq!(address(&[("CONSUL_HTTP_SSL", "1"), ("CONSUL_HTTP_ADDR", "unix:///s")]), "unix:///s");
    assert_eq!(address(&[("CONSUL_HTTP_ADDR", "[::1]:8500")]), "http://[::1]:8500");
    for (name, value) in [
        ("CONSUL_HTTP_SSL", "yes"),
        ("CONSUL_HTTP_SSL_VERIFY", "no"),
        ("CONSUL_HTTP_ADDR", "ftp://x"),
        ("CONSUL_HTTP_ADDR", "http://user:hunter2-marker-secret@x"),
        ("CONSUL_HTTP_TOKEN", "hunter2-marker-secret\u{fffd}"),
        ("CONSUL_HTTP_TOKEN_FILE", "/nowhere/at/all"),
        ("CONSUL_CACERT", "/nowhere/at/all"),
        ("CONSUL_CLIENT_CERT", "/nowhere/at/all"),
    ] {
        let text = read(&[(name, value)]).unwrap_err().to_string();
        assert!(text.contains(name) && !text.contains(MARKER), "{text}");
    }
}
