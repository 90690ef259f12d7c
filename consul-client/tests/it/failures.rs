//! Connections that fail, answers that make no sense.

use std::time::{Duration, Instant};

use consul_client::{Client, Consistency, Error, Index, ReadOptions, TransportKind};
use tokio::net::{TcpListener, UnixListener};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{MARKER, Raw, client, config, ok, serve};

fn transport(error: &Error) -> TransportKind {
    match error {
        Error::Transport(error) => error.kind(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let error = Client::new(&config(&address)).unwrap().status().leader().await.unwrap_err();
    assert!(error.is_connect() && error.is_retryable() && !error.may_have_applied());
    let text = error.to_string();
    assert!(text.contains(&address) && text.contains("refused") && text.contains("GET /v1/status/leader"), "{text}");
    assert!(text.contains("tried 3 times"), "{text}");
}

#[tokio::test]
async fn a_hung_server_is_left_at_the_deadline() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_body_string("\"a:1\"").set_delay(Duration::from_secs(60));
    Mock::given(any()).respond_with(late).mount(&server).await;
    let client = Client::new(&config(&server.uri()).with_timeout(Duration::from_millis(300))).unwrap();
    let started = Instant::now();
    let error = client.status().leader().await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_applied(), "{error}");
    assert!((Duration::from_millis(250)..Duration::from_secs(3)).contains(&started.elapsed()));
}

#[tokio::test]
async fn peer_a_blocking_read_outlives_the_clients_deadline() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_body_string("[]").set_delay(Duration::from_millis(700));
    Mock::given(path("/v1/catalog/nodes")).respond_with(late).mount(&server).await;
    let client = Client::new(&config(&server.uri()).with_timeout(Duration::from_millis(300))).unwrap();
    let options = ReadOptions::new().waiting(Index(7), Duration::from_millis(500)).with_consistency(Consistency::Stale);
    client.catalog().nodes_with(&options.into()).await.unwrap();
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].url.query(), Some("stale&index=7&wait=500ms"));
    assert!(client.catalog().nodes().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_truncated_body_is_no_answer() {
    let whole = ok("\"127.0.0.1:8300\"");
    let cut = whole[..whole.len() - 4].to_owned();
    let server = Raw::new(vec![cut.clone(), cut.clone(), cut]).await;
    let error = Client::new(&config(&server.address)).unwrap().status().leader().await.unwrap_err();
    assert_eq!(transport(&error), TransportKind::Truncated, "{error}");
    assert_eq!(server.requests().len(), 3, "a read is tried again");
    let chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n\"127.\r\n";
    let server = Raw::new(vec![chunk.to_owned()]).await;
    let error = client(&server.address).status().leader().await.unwrap_err();
    assert_eq!(transport(&error), TransportKind::Truncated, "{error}");
}

#[tokio::test]
async fn a_server_that_speaks_no_http_is_an_error() {
    let server = Raw::new(vec!["SSH-2.0-OpenSSH_9.6\r\n".to_owned()]).await;
    let error = client(&server.address).status().leader().await.unwrap_err();
    assert_eq!(transport(&error), TransportKind::Broken, "{error}");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let huge = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n";
    let big = "x".repeat(40_000);
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9c40\r\n{big}\r\n0\r\n\r\n");
    for answer in [huge.to_owned(), chunked] {
        let server = Raw::new(vec![answer]).await;
        let client = Client::new(&config(&server.address).with_max_body(10_000)).unwrap();
        let error = client.status().leader().await.unwrap_err();
        assert_eq!(transport(&error), TransportKind::TooLarge, "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn an_answer_of_another_form_is_not_repeated() {
    let bodies =
        ["<html>hunter2-marker-secret</html>", r#"{"a":"hunter2-marker-secret"}"#, "\"hunter2-marker-secret", "[1"];
    for body in bodies {
        let server = Raw::new(vec![ok(body)]).await;
        let error = client(&server.address).status().leader().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error}");
        let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(text.contains("/v1/status/leader") && !text.contains(MARKER), "{text}");
    }
    let server = Raw::new(vec![ok("")]).await;
    let error = client(&server.address).status().leader().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("the body is empty"), "{error}");
}

#[tokio::test]
async fn a_missing_key_has_an_index_to_wait_on() {
    let server = MockServer::start().await;
    let missing = ResponseTemplate::new(404).insert_header("x-consul-index", "42");
    Mock::given(path("/v1/kv/a")).respond_with(missing).mount(&server).await;
    let answer = client(&server.uri()).kv().read_with("a", &ReadOptions::new()).await.unwrap();
    assert_eq!((answer.value, answer.meta.index), (None, Some(Index(42))));
}

#[tokio::test]
async fn a_unix_socket_is_as_good_as_a_port() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("consul.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, &ok("\"a:1\"")).await
    });
    let address = format!("unix://{}", socket.display());
    assert_eq!(client(&address).status().leader().await.unwrap().as_deref(), Some("a:1"));
    let request = server.await.unwrap();
    assert!(request.starts_with("GET /v1/status/leader HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("host: localhost\r\n") && request.contains(MARKER), "{request}");
    let error = client(&address).status().leader().await.unwrap_err();
    assert!(error.is_connect() && error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn an_error_page_is_cut_and_kept_off_the_terminal() {
    let page = format!("\u{1b}[31mline 1\nline 2 {}", "x".repeat(100_000));
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500).set_body_string(page)).mount(&server).await;
    let text = client(&server.uri()).status().leader().await.unwrap_err().to_string();
    assert!(text.contains("line 1 line 2") && text.len() < 3_000 && !text.contains(char::is_control), "{text}");
}
