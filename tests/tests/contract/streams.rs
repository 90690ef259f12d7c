//! Answers that are read while they come, and bodies that are sent while they are read.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Raw, Turn, answer, nobody};
use crate::subject::{Fault, MARKER, Setting, Stage, Subject, asked, client, config, patient, refusal, success};

cases! {
    async: a_stream_comes_piece_by_piece, a_stream_outlasts_the_deadline_of_a_call, a_silent_stream_is_left,
        a_stream_that_breaks_ends_in_an_error, a_refused_stream_is_an_error_like_any_other,
        a_stream_is_tried_again_before_it_begins, lines_are_limited, a_body_is_sent_while_it_is_read,
        a_body_that_has_begun_is_not_sent_again, a_body_that_was_not_begun_is_kept, a_body_that_fails_is_an_error,
        a_begun_body_does_not_follow_a_redirect;
    plain:
}

fn chunked(pieces: &[&str]) -> String {
    let pieces: Vec<String> = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
    format!("HTTP/1.1 200 Word\r\ntransfer-encoding: chunked\r\n\r\n{}", pieces.concat())
}

/// A stream that is read to its end: what came, and the error that ended it.
async fn drained<E>(stream: impl futures_util::Stream<Item = Result<Bytes, E>>) -> (Vec<u8>, Option<E>) {
    let mut stream = std::pin::pin!(stream);
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => whole.extend_from_slice(&piece),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the last item");
                return (whole, Some(error));
            }
        }
    }
    (whole, None)
}

async fn a_stream_comes_piece_by_piece<S: Subject>() {
    let server = Raw::new([Turn::Close(format!("{}0\r\n\r\n", chunked(&["abc", "def"])))]).await;
    let (whole, error) = drained(S::open(&client::<S>(&server.address)).await.unwrap()).await;
    assert!(error.is_none() && whole == b"abcdef");
    assert_eq!(server.log.requests()[0].header(S::TOKEN_HEADER), Some(MARKER));
    let empty = Raw::serving("HTTP/1.1 204 Word\r\n\r\n").await;
    assert_eq!(drained(S::open(&client::<S>(&empty.address)).await.unwrap()).await.0, b"");
}

async fn a_stream_outlasts_the_deadline_of_a_call<S: Subject>() {
    let server = Raw::new([Turn::Drip("HTTP/1.1 200 Word\r\n\r\n".to_owned())]).await;
    let config = S::with(config::<S>(&server.address), Setting::Timeout(Duration::from_millis(200)));
    let stream = S::open(&S::build(&config).unwrap()).await.unwrap();
    // A byte each 20 ms.
    let bytes = std::pin::pin!(stream).take(30).map(|piece| piece.unwrap().len()).fold(0, async |a, b| a + b).await;
    assert!(bytes >= 30);
}

async fn a_silent_stream_is_left<S: Subject>() {
    let server = Raw::new([Turn::Stall(chunked(&["abc"]))]).await;
    let config = S::with(config::<S>(&server.address), Setting::Timeout(Duration::from_millis(100)));
    let (whole, error) = drained(S::open(&S::build(&config).unwrap()).await.unwrap()).await;
    let error = error.unwrap();
    assert_eq!((whole.as_slice(), error.stage()), (&b"abc"[..], Stage::Timeout), "{error}");
    assert!(error.is_timeout() && error.to_string().contains("silent"), "{error}");
}

async fn a_stream_that_breaks_ends_in_an_error<S: Subject>() {
    let counted = "HTTP/1.1 200 Word\r\ncontent-length: 9\r\n\r\nabc".to_owned();
    for text in [chunked(&["abc"]), counted] {
        let server = Raw::new([Turn::Close(text)]).await;
        let (whole, error) = drained(S::open(&patient::<S>(&server.address)).await.unwrap()).await;
        let error = error.unwrap();
        assert_eq!((whole.as_slice(), error.stage()), (&b"abc"[..], Stage::Truncated), "{error}");
        assert_eq!(server.log.requests().len(), 1);
    }
}

async fn a_refused_stream_is_an_error_like_any_other<S: Subject>() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(refusal::<S>(403, "permission denied")).mount(&server).await;
    let error = S::open(&client::<S>(&server.uri())).await.err().unwrap();
    assert!(error.is_denied() && error.to_string().to_lowercase().contains("permission denied"), "{error}");
}

async fn a_stream_is_tried_again_before_it_begins<S: Subject>() {
    let server = MockServer::start().await;
    let busy = Mock::given(any()).respond_with(ResponseTemplate::new(503));
    busy.up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(success("{}")).mount(&server).await;
    let (whole, _) = drained(S::open(&patient::<S>(&server.uri())).await.unwrap()).await;
    assert_eq!((whole.as_slice(), asked(&server).await.len()), (&b"{}"[..], 2));
}

async fn lines_are_limited<S: Subject>() {
    let server = Raw::serving(&answer(200, "one\r\ntwo\n\nthree and more\n")).await;
    let lines: Vec<_> = S::lines(&client::<S>(&server.address), 5).await.unwrap().collect().await;
    let texts: Vec<&[u8]> = lines.iter().flatten().map(|line| &line[..]).collect();
    assert_eq!(texts, [&b"one"[..], b"two", b""]);
    assert_eq!(lines.last().unwrap().as_ref().unwrap_err().stage(), Stage::TooLarge);
}

/// A body of these pieces.
fn pieces(pieces: &[&'static str]) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect::<Vec<_>>())
}

async fn a_body_is_sent_while_it_is_read<S: Subject>() {
    let server = Raw::serving(&answer(200, S::WRITE_ANSWER)).await;
    S::upload(&client::<S>(&server.address), pieces(&["abc", "def"])).await.unwrap();
    let request = &server.log.requests()[0];
    assert_eq!(request.header("transfer-encoding"), Some("chunked"));
    assert_eq!(request.header("content-type"), Some("application/octet-stream"));
    assert_eq!(request.body, b"abcdef");
}

async fn a_body_that_has_begun_is_not_sent_again<S: Subject>() {
    let server = MockServer::start().await;
    let limited = || refusal::<S>(429, "slow down").insert_header("retry-after", "0");
    Mock::given(any()).respond_with(limited()).mount(&server).await;
    let error = S::upload(&patient::<S>(&server.uri()), pieces(&["abc"])).await.unwrap_err();
    assert_eq!((error.status(), asked(&server).await.len()), (Some(429), 1));
    let server = Raw::new([Turn::ResetAfter]).await;
    let error = S::upload(&patient::<S>(&server.address), pieces(&["abc"])).await.unwrap_err();
    assert!(error.may_have_applied() && server.log.connections() == 1, "{error}");
}

async fn a_body_that_was_not_begun_is_kept<S: Subject>() {
    let error = S::upload(&patient::<S>(&format!("http://{}", nobody().await)), pieces(&["abc"])).await.unwrap_err();
    assert!(error.is_connect() && error.to_string().contains("tried 3 times"), "{error}");
}

async fn a_body_that_fails_is_an_error<S: Subject>() {
    let server = Raw::serving(&answer(200, S::WRITE_ANSWER)).await;
    let broken = pieces(&["abc"]).chain(stream::iter([Err(std::io::Error::other("the file is gone"))]));
    let error = S::upload(&patient::<S>(&server.address), broken).await.unwrap_err();
    assert!(error.to_string().contains("the file is gone"), "{error}");
}

async fn a_begun_body_does_not_follow_a_redirect<S: Subject>() {
    let moved = "HTTP/1.1 307 Word\r\nlocation: /v1/elsewhere\r\ncontent-length: 0\r\n\r\n";
    let server = Raw::serving(moved).await;
    let error = S::upload(&client::<S>(&server.address), pieces(&["abc"])).await.unwrap_err();
    assert_eq!((error.stage(), server.log.requests().len()), (Stage::Redirect, 1), "{error}");
}
