//! What is tried again, and what never.

use std::time::{Duration, Instant};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::subject::{Fault, Subject, asked, client, config, patient, refusal, success};

cases! {
    async: a_read_is_tried_again_while_it_may_pass, tries_are_counted, an_error_that_stays_is_not_tried_again,
        a_write_that_may_have_been_carried_out_is_not_tried_again, a_repeatable_write_is_tried_again,
        a_write_refused_for_its_rate_is_tried_again, the_server_says_how_long_to_wait,
        a_wait_beyond_the_deadline_is_not_waited_for, without_retries_nothing_is_tried_again;
    plain:
}

/// Answers the first request with this and all later ones with success.
async fn failing_once(first: ResponseTemplate, json: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(first).up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(success(json)).mount(&server).await;
    server
}

/// Errors that pass: the product's own, and those of a proxy that finds no server behind it.
fn passing<S: Subject>() -> Vec<ResponseTemplate> {
    let page = |status| ResponseTemplate::new(status).set_body_raw("<html>no server</html>", "text/html");
    let own = S::PASSING.iter().map(|(status, text)| refusal::<S>(*status, text));
    let empty = [502, 503, 504].map(ResponseTemplate::new);
    own.chain(empty).chain([502, 503, 504].map(page)).collect()
}

async fn a_read_is_tried_again_while_it_may_pass<S: Subject>() {
    for (number, answer) in passing::<S>().into_iter().enumerate() {
        let server = failing_once(answer, S::READ_ANSWER).await;
        let result = S::read(&patient::<S>(&server.uri())).await;
        assert!(result.is_ok() && asked(&server).await.len() == 2, "{number}: {result:?}");
    }
}

async fn tries_are_counted<S: Subject>() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    let error = S::read(&patient::<S>(&server.uri())).await.unwrap_err();
    assert_eq!((error.status(), asked(&server).await.len()), (Some(503), 3));
    assert!(error.is_retryable());
}

async fn an_error_that_stays_is_not_tried_again<S: Subject>() {
    let all = [(400, "bad"), (403, "permission denied"), (404, ""), (409, "conflict"), (500, "internal failure")];
    for (status, text) in all.iter().chain(S::LASTING) {
        let server = failing_once(refusal::<S>(*status, text), S::READ_ANSWER).await;
        let error = S::read(&patient::<S>(&server.uri())).await.unwrap_err();
        assert_eq!((error.status(), asked(&server).await.len()), (Some(*status), 1), "{text}: {error}");
        assert!(!error.is_retryable(), "{error}");
    }
}

async fn a_write_that_may_have_been_carried_out_is_not_tried_again<S: Subject>() {
    let failures = passing::<S>().into_iter().chain([refusal::<S>(500, "internal failure")]);
    let mut repeated = 0;
    for answer in failures {
        let server = failing_once(answer, S::WRITE_ANSWER).await;
        match S::write(&patient::<S>(&server.uri()), "v").await {
            Err(error) => assert_eq!(asked(&server).await.len(), 1, "{error}"),
            Ok(()) => repeated += 1,
        }
    }
    // Only what was refused for its rate, and so surely not carried out.
    let limits = S::PASSING.iter().filter(|(status, text)| *status == 429 || text.contains("overloaded")).count();
    assert_eq!(repeated, limits);
    let server = failing_once(refusal::<S>(500, S::PASSING[0].1), S::WRITE_ANSWER).await;
    let error = S::write(&patient::<S>(&server.uri()), "v").await.unwrap_err();
    assert!(error.may_have_applied() && error.is_retryable(), "{error}");
}

async fn a_repeatable_write_is_tried_again<S: Subject>() {
    let server = failing_once(ResponseTemplate::new(503), S::WRITE_ANSWER).await;
    S::put(&patient::<S>(&server.uri()), "v").await.unwrap();
    let asked = asked(&server).await;
    assert_eq!((asked.len(), &asked[1].body), (2, &asked[0].body));
}

async fn a_write_refused_for_its_rate_is_tried_again<S: Subject>() {
    let server = failing_once(refusal::<S>(429, "slow down"), S::WRITE_ANSWER).await;
    S::write(&patient::<S>(&server.uri()), "v").await.unwrap();
    assert_eq!(asked(&server).await.len(), 2);
}

async fn the_server_says_how_long_to_wait<S: Subject>() {
    let limited = refusal::<S>(429, "slow down").insert_header("retry-after", "1");
    let server = failing_once(limited, S::READ_ANSWER).await;
    let started = Instant::now();
    S::read(&patient::<S>(&server.uri())).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
}

async fn a_wait_beyond_the_deadline_is_not_waited_for<S: Subject>() {
    let limited = refusal::<S>(429, "slow down").insert_header("retry-after", "3600");
    let server = failing_once(limited, S::READ_ANSWER).await;
    let started = Instant::now();
    let error = S::read(&patient::<S>(&server.uri())).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!((error.retry_after(), asked(&server).await.len()), (Some(Duration::from_secs(3600)), 1));
}

async fn without_retries_nothing_is_tried_again<S: Subject>() {
    let mut answers = passing::<S>();
    answers.push(refusal::<S>(429, "slow down").insert_header("retry-after", "0"));
    for answer in answers {
        let server = failing_once(answer, S::READ_ANSWER).await;
        assert!(S::read(&client::<S>(&server.uri())).await.unwrap_err().is_retryable());
        assert_eq!(asked(&server).await.len(), 1);
    }
    let quick = S::build(&config::<S>(&format!("http://{}", crate::raw::nobody().await))).unwrap();
    let text = S::read(&quick).await.unwrap_err().to_string();
    assert!(!text.contains("tried"), "{text}");
}
