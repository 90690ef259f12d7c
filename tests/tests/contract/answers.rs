//! What an answer means: an error says what the server said and no more, and a success is read only as promised.

use std::time::Duration;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Raw, Turn, answer};
use crate::subject::{Fault, MARKER, Setting, Stage, Subject, client, config, patient, refusal, success};

cases! {
    async: statuses_have_their_meaning, an_error_is_one_line_that_says_where, an_error_page_is_cut,
        an_answer_that_is_no_json_is_an_error_without_its_text, an_empty_answer_is_an_error,
        an_answer_that_is_cut_off_is_asked_for_again, a_large_answer_is_not_read, compression_is_not_asked_for,
        an_unwell_server_is_data, the_same_status_without_data_is_an_error;
    plain:
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn read_error<S: Subject>(answer: ResponseTemplate) -> S::Error {
    let server = answering(answer).await;
    S::read(&client::<S>(&server.uri())).await.unwrap_err()
}

async fn statuses_have_their_meaning<S: Subject>() {
    let error = read_error::<S>(refusal::<S>(404, "no such thing")).await;
    assert!(error.is_not_found() && !error.is_denied() && !error.is_retryable() && !error.may_have_applied());
    let error = read_error::<S>(refusal::<S>(403, "Permission denied")).await;
    assert!(error.is_denied() && !error.is_not_found() && !error.is_retryable() && !error.may_have_applied());
    let error = read_error::<S>(refusal::<S>(403, S::UNKNOWN_TOKEN)).await;
    assert!(error.is_denied() && error.to_string().contains(S::VARIABLES.token), "{error}");
    let error = read_error::<S>(refusal::<S>(429, "slow down").insert_header("retry-after", "7")).await;
    assert!(error.is_rate_limited() && error.is_retryable() && !error.may_have_applied());
    assert_eq!((error.status(), error.retry_after()), (Some(429), Some(Duration::from_secs(7))));
    let error = read_error::<S>(refusal::<S>(500, "internal failure")).await;
    assert!(error.may_have_applied() && !error.is_retryable() && !error.is_denied() && !error.is_not_found());
    assert!(!error.is_connect() && !error.is_timeout() && !error.is_conflict() && !error.is_rate_limited());
    assert_eq!(error.stage(), Stage::Api);
}

async fn an_error_is_one_line_that_says_where<S: Subject>() {
    let said = "first line\n\t* second\u{1b}[31m line\r\n\u{7}third\u{0}";
    let error = read_error::<S>(refusal::<S>(400, said)).await;
    let text = error.to_string();
    assert!(text.contains(&format!("GET {}", S::READ_PATH)) && text.contains("400"), "{text}");
    assert!(text.contains("first line * second [31m line third"), "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

async fn an_error_page_is_cut<S: Subject>() {
    for status in [500, 502] {
        let page = format!("<html>\u{1b}[31m\n<b>bad\ngateway</b> {}", "ü".repeat(100_000));
        let answer = ResponseTemplate::new(status).set_body_raw(page, "text/html");
        let text = read_error::<S>(answer).await.to_string();
        assert!(text.contains("<b>bad gateway</b>") && text.chars().count() < 3_000, "{text}");
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

async fn an_answer_that_is_no_json_is_an_error_without_its_text<S: Subject>() {
    let bodies = [
        format!("<html>{MARKER}</html>"),
        format!("\"{MARKER}"),
        format!("\"{MARKER}\""),
        format!("[{{\"a\":\"{MARKER}\"}}"),
        "7".to_owned(),
    ];
    for body in bodies {
        let error = read_error::<S>(success(&body)).await;
        assert_eq!((error.stage(), error.status()), (Stage::Decode, Some(200)), "{body}: {error}");
        assert!(error.to_string().contains(&format!("GET {}", S::READ_PATH)), "{error}");
        assert!(error.may_have_applied() && !error.is_retryable() && !error.printed().contains(MARKER), "{error}");
    }
}

async fn an_empty_answer_is_an_error<S: Subject>() {
    for status in [200, 204] {
        let error = read_error::<S>(ResponseTemplate::new(status)).await;
        assert_eq!((error.stage(), error.status()), (Stage::Decode, Some(status)), "{error}");
        assert!(error.to_string().contains("empty"), "{error}");
    }
}

async fn an_answer_that_is_cut_off_is_asked_for_again<S: Subject>() {
    let whole = answer(200, S::READ_ANSWER);
    let cut = whole[..whole.len() - 4].to_owned();
    let chunk = "HTTP/1.1 200 Word\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[\"127\r\n".to_owned();
    for part in [cut, chunk] {
        let server = Raw::new([Turn::Close(part.clone())]).await;
        let error = S::read(&client::<S>(&server.address)).await.unwrap_err();
        assert_eq!((error.stage(), server.log.requests().len()), (Stage::Truncated, 1), "{error}");
        assert!(error.is_retryable() && error.may_have_applied());
        let server = Raw::new([Turn::Close(part.clone()), Turn::Serve(whole.clone())]).await;
        S::read(&patient::<S>(&server.address)).await.unwrap();
        assert_eq!(server.log.requests().len(), 2);
        let server = Raw::new([Turn::Close(part)]).await;
        let error = S::write(&patient::<S>(&server.address), "v").await.unwrap_err();
        assert_eq!((error.stage(), server.log.requests().len()), (Stage::Truncated, 1), "a write is not repeated");
    }
}

async fn a_large_answer_is_not_read<S: Subject>() {
    let announced = "HTTP/1.1 200 Word\r\ncontent-length: 99999999999999\r\n\r\n".to_owned();
    let big = "x".repeat(40_000);
    let chunked = format!("HTTP/1.1 200 Word\r\ntransfer-encoding: chunked\r\n\r\n9c40\r\n{big}\r\n0\r\n\r\n");
    let endless = format!("HTTP/1.1 200 Word\r\n\r\n{big}");
    for turn in [Turn::Serve(announced), Turn::Serve(chunked), Turn::Drip(endless)] {
        let server = Raw::new([turn]).await;
        let config = S::with(config::<S>(&server.address), Setting::MaxBody(10_000));
        let client = S::build(&S::with(config, Setting::Retries(2))).unwrap();
        let error = S::read(&client).await.unwrap_err();
        assert_eq!((error.stage(), server.log.requests().len()), (Stage::TooLarge, 1), "{error}");
        assert!(!error.is_retryable() && error.may_have_applied());
    }
    let server = Raw::serving(&answer(200, S::READ_ANSWER)).await;
    let exact = S::with(config::<S>(&server.address), Setting::MaxBody(S::READ_ANSWER.len()));
    S::read(&S::build(&exact).unwrap()).await.unwrap();
}

async fn compression_is_not_asked_for<S: Subject>() {
    let server = Raw::serving(&answer(200, S::READ_ANSWER)).await;
    S::read(&client::<S>(&server.address)).await.unwrap();
    let request = &server.log.requests()[0];
    assert_eq!((request.header("accept-encoding"), request.header("te")), (None, None));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.starts_with(&format!("{}-client/", S::NAME)), "{agent}");
}

async fn an_unwell_server_is_data<S: Subject>() {
    let (status, json) = S::UNWELL;
    let server = answering(ResponseTemplate::new(status).set_body_raw(json, "application/json")).await;
    S::health(&patient::<S>(&server.uri())).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

async fn the_same_status_without_data_is_an_error<S: Subject>() {
    let (status, _) = S::UNWELL;
    let page = ResponseTemplate::new(status).set_body_raw("<html>no</html>", "text/html");
    for answer in [refusal::<S>(status, "rate limit exceeded"), page, ResponseTemplate::new(status)] {
        let server = answering(answer).await;
        let error = S::health(&client::<S>(&server.uri())).await.unwrap_err();
        assert_eq!((error.stage(), error.status()), (Stage::Api, Some(status)), "{error}");
    }
}
