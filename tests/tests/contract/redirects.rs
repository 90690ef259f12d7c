//! A redirect is followed once, with verb, body and token, and the token goes to no stranger.

use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::Turn;
use crate::subject::{Fault, MARKER, Setting, Stage, Subject, asked, client, config, patient, success};
use crate::tls::Secured;

cases! {
    async: another_host_is_refused_and_sees_nothing, the_same_host_is_followed_with_everything,
        an_allowed_host_is_followed_with_everything, a_second_redirect_is_refused, a_place_that_is_no_http_is_refused,
        from_tls_to_plain_text_is_refused;
    plain:
}

/// A server that points every request there, but for what goes to `/moved`.
async fn pointing<S: Subject>(status: u16, location: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).insert_header("location", location);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    Mock::given(path("/moved")).respond_with(success(S::WRITE_ANSWER)).with_priority(1).mount(&server).await;
    server
}

/// The write of [`Subject::write`] arrived at the second place as it did at the first.
fn carried_on<S: Subject>(first: &wiremock::Request, second: &wiremock::Request) {
    assert_eq!(second.url.path(), "/moved");
    assert_eq!((&second.method, &second.body), (&first.method, &first.body));
    assert!(second.body.len() > 2 && second.headers["content-type"] == first.headers["content-type"]);
    assert_eq!(second.headers[S::TOKEN_HEADER], MARKER);
}

async fn another_host_is_refused_and_sees_nothing<S: Subject>() {
    let other = MockServer::start().await;
    for status in [301, 302, 307, 308] {
        let server = pointing::<S>(status, &format!("{}/moved", other.uri())).await;
        let error = S::write(&patient::<S>(&server.uri()), "value").await.unwrap_err();
        assert_eq!(error.stage(), Stage::Redirect, "{error}");
        assert!(!error.may_have_applied() && !error.is_retryable(), "{error}");
        assert_eq!(asked(&server).await.len(), 1);
    }
    assert!(asked(&other).await.is_empty());
}

async fn the_same_host_is_followed_with_everything<S: Subject>() {
    for status in [301, 302, 307, 308] {
        let server = pointing::<S>(status, "/moved?x=1").await;
        S::write(&client::<S>(&server.uri()), "value").await.unwrap();
        let asked = asked(&server).await;
        assert_eq!((asked.len(), asked[1].url.query()), (2, Some("x=1")));
        carried_on::<S>(&asked[0], &asked[1]);
    }
}

async fn an_allowed_host_is_followed_with_everything<S: Subject>() {
    let other = pointing::<S>(500, "").await;
    let server = pointing::<S>(307, &format!("{}/moved", other.uri())).await;
    for host in ["127.0.0.1".to_owned(), other.address().to_string()] {
        let config = S::with(config::<S>(&server.uri()), Setting::RedirectHost(host));
        S::write(&S::build(&config).unwrap(), "value").await.unwrap();
    }
    let (first, second) = (asked(&server).await, asked(&other).await);
    assert_eq!((first.len(), second.len()), (2, 2));
    carried_on::<S>(&first[0], &second[0]);
    carried_on::<S>(&first[1], &second[1]);
    let config = S::with(config::<S>(&server.uri()), Setting::RedirectHost("127.0.0.1:1".to_owned()));
    let error = S::write(&S::build(&config).unwrap(), "value").await.unwrap_err();
    assert_eq!((error.stage(), asked(&other).await.len()), (Stage::Redirect, 2));
}

async fn a_second_redirect_is_refused<S: Subject>() {
    let server = pointing::<S>(307, "/again").await;
    let error = S::read(&patient::<S>(&server.uri())).await.unwrap_err();
    assert_eq!((error.stage(), asked(&server).await.len()), (Stage::Redirect, 2), "{error}");
}

async fn a_place_that_is_no_http_is_refused<S: Subject>() {
    for location in ["ftp://127.0.0.1/", "http://", "javascript:alert(1)"] {
        let server = pointing::<S>(302, location).await;
        let error = S::write(&client::<S>(&server.uri()), "value").await.unwrap_err();
        assert_eq!((error.stage(), asked(&server).await.len()), (Stage::Redirect, 1), "{location}: {error}");
    }
}

async fn from_tls_to_plain_text_is_refused<S: Subject>() {
    let other = MockServer::start().await;
    let location = format!("{}/moved", other.uri());
    let turn = format!("HTTP/1.1 307 Word\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let server = Secured::new(Turn::Serve(turn)).await;
    // Even to a host that is allowed.
    let config = S::with(config::<S>(&server.address), Setting::RedirectHost("127.0.0.1".to_owned()));
    let client = S::build(&S::with(config, Setting::Authority(server.authority.clone()))).unwrap();
    let error = S::write(&client, "value").await.unwrap_err();
    assert_eq!(error.stage(), Stage::Redirect, "{error}");
    assert_eq!(server.log.requests()[0].header(S::TOKEN_HEADER), Some(MARKER));
    assert!(asked(&other).await.is_empty());
}
