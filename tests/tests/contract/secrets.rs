//! The token goes to the server and nowhere else, and so does what is written.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Raw, Turn, answer, nobody};
use crate::subject::{Fault, MARKER, Setting, Stage, Subject, asked, client, config, patient, refusal, success};

cases! {
    async: every_call_carries_the_token, a_scoped_client_has_its_own_token, nothing_secret_is_printed,
        nothing_secret_is_traced, a_token_file_is_read_again_when_its_token_is_unknown,
        a_provider_is_asked_anew_when_its_token_is_unknown, a_provider_that_fails_is_named,
        a_token_file_that_cannot_be_used_is_named;
    plain:
}

async fn every_call_carries_the_token<S: Subject>() {
    let server = Raw::serving(&answer(200, S::WRITE_ANSWER)).await;
    let client = client::<S>(&server.address);
    S::write(&client, "value").await.unwrap();
    S::put(&client, "value").await.unwrap();
    for request in server.log.requests() {
        assert_eq!(request.header(S::TOKEN_HEADER), Some(MARKER), "{request:?}");
        assert!(!request.target.contains(MARKER) && !request.body.is_empty());
    }
    assert_eq!(server.log.requests().len(), 2);
}

async fn a_scoped_client_has_its_own_token<S: Subject>() {
    let server = Raw::serving(&answer(200, S::READ_ANSWER)).await;
    let client = client::<S>(&server.address);
    S::read(&S::with_token(&client, "other")).await.unwrap();
    S::read(&S::anonymous(&client)).await.unwrap();
    S::read(&client).await.unwrap();
    let requests = server.log.requests();
    let tokens: Vec<_> = requests.iter().map(|request| request.header(S::TOKEN_HEADER)).collect();
    assert_eq!(tokens, [Some("other"), None, Some(MARKER)]);
}

/// A server that answers with secrets, as an error and as a success of another form.
async fn careless() -> [MockServer; 3] {
    let body = format!(r#"{{"Items":{{"password":"{MARKER}"}},"data":"{MARKER}"}}"#);
    let json = ResponseTemplate::new(409).insert_header("x-secret", MARKER).set_body_raw(body, "application/json");
    let list = ResponseTemplate::new(500).set_body_raw(format!(r#"["{MARKER}"]"#), "application/json");
    let text = ResponseTemplate::new(200).set_body_string(format!("\"{MARKER}"));
    let servers = [MockServer::start().await, MockServer::start().await, MockServer::start().await];
    for (server, answer) in servers.iter().zip([json, list, text]) {
        Mock::given(any()).respond_with(answer).mount(server).await;
    }
    servers
}

async fn nothing_secret_is_printed<S: Subject>() {
    let [conflict, failure, nonsense] = careless().await;
    for (server, stage) in [(&conflict, Stage::Api), (&failure, Stage::Api), (&nonsense, Stage::Decode)] {
        let config = config::<S>(&server.uri());
        let client = S::build(&config).unwrap();
        let error = S::write(&client, MARKER).await.unwrap_err();
        assert_eq!(error.stage(), stage, "{error}");
        let text = format!("{config:?} {config:#?} {client:?} {client:#?} {}", error.printed());
        assert!(text.contains("127.0.0.1") && !text.contains(MARKER), "{text}");
    }
    let error = S::write(&client::<S>(&format!("http://{}", nobody().await)), MARKER).await.unwrap_err();
    assert!(error.is_connect() && !error.printed().contains(MARKER), "{}", error.printed());
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Buffer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn nothing_secret_is_traced<S: Subject>() {
    let log = Buffer::default();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    // Of this thread, on which the whole test runs.
    let guard = tracing::subscriber::set_default(subscriber);
    for server in careless().await {
        S::write(&patient::<S>(&server.uri()), MARKER).await.unwrap_err();
        S::put(&patient::<S>(&server.uri()), MARKER).await.unwrap_err();
    }
    let broken = Raw::new([Turn::ResetAfter]).await;
    S::read(&patient::<S>(&broken.address)).await.unwrap_err();
    let flowing = Raw::serving(&answer(200, &format!("{MARKER}\n{MARKER}"))).await;
    let lines = S::lines(&client::<S>(&flowing.address), 10).await.unwrap();
    let lines: Vec<_> = futures_util::StreamExt::collect(lines).await;
    let body = futures_util::stream::iter([Ok(MARKER.into()), Err(io::Error::other("no more"))]);
    let error = S::upload(&client::<S>(&flowing.address), body).await.unwrap_err();
    assert!(!format!("{lines:?} {}", error.printed()).contains(MARKER), "{lines:?} {}", error.printed());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, MARKER).unwrap();
    let from_file = S::with(config::<S>(&flowing.address), Setting::TokenFile(file.path().to_owned()));
    S::read(&S::build(&from_file).unwrap()).await.unwrap_err();
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("DEBUG") && text.contains(S::READ_PATH) && text.contains("attempt=3"), "{text}");
    // A span for each call, with its attempts in it.
    assert!(text.contains("call{") && text.contains("route=\"/v1/"), "{text}");
    assert!(!text.contains(MARKER), "{text}");
}

/// A server that knows no token but this one.
async fn knowing<S: Subject>(token: &str) -> MockServer {
    let server = MockServer::start().await;
    let known = Mock::given(header(S::TOKEN_HEADER, token)).respond_with(success(S::READ_ANSWER));
    known.with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(refusal::<S>(403, S::UNKNOWN_TOKEN)).mount(&server).await;
    server
}

async fn a_token_file_is_read_again_when_its_token_is_unknown<S: Subject>() {
    let server = knowing::<S>("new-token").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, " \told-token\r\n").unwrap();
    let client = S::build(&S::with(config::<S>(&server.uri()), Setting::TokenFile(file.clone()))).unwrap();
    let error = S::read(&client).await.unwrap_err();
    assert!(error.is_denied() && !error.printed().contains("old-token"), "{error}");
    let requests = asked(&server).await;
    assert_eq!(requests.len(), 1, "the file still says the same");
    assert_eq!(requests[0].headers[S::TOKEN_HEADER], "old-token");
    std::fs::write(&file, "new-token\n").unwrap();
    // All of these find the old token unknown, and all but one find it forgotten by another.
    for result in futures_util::future::join_all((0..8).map(|_| S::read(&client))).await {
        result.unwrap();
    }
    std::fs::remove_file(&file).unwrap();
    S::read(&client).await.expect("a token that was just read is used");
    // A token that was given is all there is: asking again would change nothing.
    let before = asked(&server).await.len();
    S::read(&S::with_token(&client, "other")).await.unwrap_err();
    assert_eq!(asked(&server).await.len(), before + 1);
}

async fn a_provider_is_asked_anew_when_its_token_is_unknown<S: Subject>() {
    let server = knowing::<S>("token-2").await;
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let config = S::with(config::<S>(&server.uri()), Setting::Provider(Arc::clone(&asked_for)));
    let client = S::build(&config).unwrap();
    assert!(format!("{config:?} {client:?}").contains("Provider"));
    for result in futures_util::future::join_all((0..8).map(|_| S::read(&client))).await {
        result.unwrap();
    }
    S::read(&client.clone()).await.unwrap();
    let refused: Vec<Option<String>> = asked_for.lock().unwrap().clone();
    assert_eq!(refused, [None, Some("token-1".to_owned())], "once at first, and once for all that were refused");
    // A permission that is missing is no reason for another token.
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(refusal::<S>(403, S::DENIED)).mount(&server).await;
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let config = S::with(self::config::<S>(&server.uri()), Setting::Provider(Arc::clone(&asked_for)));
    let error = S::read(&S::build(&config).unwrap()).await.unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert_eq!(asked_for.lock().unwrap().len(), 1 + usize::from(S::DENIED_MAY_BE_STALE));
}

async fn a_provider_that_fails_is_named<S: Subject>() {
    let server = knowing::<S>("none").await;
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let config = S::with(config::<S>(&server.uri()), Setting::Provider(asked_for));
    // The third token is one too many for it.
    let client = S::build(&config).unwrap();
    S::read(&client).await.unwrap_err();
    let error = S::read(&client).await.unwrap_err();
    assert_eq!((error.stage(), error.setting()), (Stage::Config, Some("credential")), "{error}");
    assert!(error.printed().contains("no more tokens"), "{}", error.printed());
}

async fn a_token_file_that_cannot_be_used_is_named<S: Subject>() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let config = S::with(config::<S>("http://127.0.0.1:1"), Setting::TokenFile(file.clone()));
    let client = S::build(&config).unwrap();
    for content in [None, Some(""), Some(" \n"), Some("two\nlines-hunter2-marker-secret")] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let error = S::read(&client).await.unwrap_err();
        assert_eq!(error.stage(), Stage::Config, "{error}");
        let text = error.printed();
        assert!(text.contains(&file.display().to_string()) && !text.contains(MARKER), "{text}");
    }
}
