//! Several servers of one cluster, of which one is enough.

use std::time::Duration;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Raw, Turn, nobody};
use crate::subject::{Fault, Setting, Stage, Subject, asked, client, config, refusal, success};

cases! {
    async: a_server_that_is_away_is_passed_over_and_not_asked_again, a_server_without_a_leader_is_passed_over_by_reads,
        a_write_is_passed_on_only_if_it_was_not_sent, a_refusal_is_not_passed_on, when_all_are_away_the_error_says_so,
        a_redirect_among_them_is_followed, one_server_is_passed_over_by_many_calls_once;
    plain:
}

/// A client of these servers that asks each one once.
fn of<S: Subject>(addresses: &[&str]) -> S::Client {
    let first = config::<S>(addresses[0]);
    let all = addresses[1..]
        .iter()
        .fold(first, |config, address| S::with(config, Setting::OtherAddress((*address).to_owned())));
    S::build(&all).unwrap()
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn a_server_that_is_away_is_passed_over_and_not_asked_again<S: Subject>() {
    let away = Raw::new([Turn::ResetBefore]).await;
    let well = answering(success(S::READ_ANSWER)).await;
    let client = of::<S>(&[&format!("http://{}", nobody().await), &away.address, &well.uri()]);
    for number in 1..4 {
        S::read(&client).await.unwrap();
        assert_eq!(asked(&well).await.len(), number);
    }
    assert_eq!(away.log.connections(), 1, "the one that answered is asked again");
    // A clone knows what the client has learned, and a client that begins anew does not.
    S::read(&client.clone()).await.unwrap();
    assert_eq!(away.log.connections(), 1);
}

async fn a_server_without_a_leader_is_passed_over_by_reads<S: Subject>() {
    for answer in [refusal::<S>(500, S::PASSING[0].1), ResponseTemplate::new(503)] {
        let lost = answering(answer).await;
        let well = answering(success(S::READ_ANSWER)).await;
        let client = of::<S>(&[&lost.uri(), &well.uri()]);
        for _ in 0..2 {
            S::read(&client).await.unwrap();
        }
        assert_eq!((asked(&lost).await.len(), asked(&well).await.len()), (1, 2));
    }
}

async fn a_write_is_passed_on_only_if_it_was_not_sent<S: Subject>() {
    let well = answering(success(S::WRITE_ANSWER)).await;
    let away = format!("http://{}", nobody().await);
    S::write(&of::<S>(&[&away, &well.uri()]), "v").await.unwrap();
    let broken = Raw::new([Turn::ResetAfter]).await;
    let error = S::write(&of::<S>(&[&broken.address, &well.uri()]), "v").await.unwrap_err();
    assert!(error.may_have_applied(), "{error}");
    let lost = answering(refusal::<S>(500, S::PASSING[0].1)).await;
    S::write(&of::<S>(&[&lost.uri(), &well.uri()]), "v").await.unwrap_err();
    assert_eq!(asked(&well).await.len(), 1);
    S::put(&of::<S>(&[&lost.uri(), &well.uri()]), "v").await.unwrap();
    assert_eq!(asked(&well).await.len(), 2);
}

async fn a_refusal_is_not_passed_on<S: Subject>() {
    let well = answering(success(S::READ_ANSWER)).await;
    for (status, text) in [(403, S::DENIED), (404, "none"), (429, "slow down"), (500, "internal failure")] {
        let first = answering(refusal::<S>(status, text)).await;
        let error = S::read(&of::<S>(&[&first.uri(), &well.uri()])).await.unwrap_err();
        assert_eq!((error.status(), asked(&well).await.len()), (Some(status), 0), "{error}");
    }
}

async fn when_all_are_away_the_error_says_so<S: Subject>() {
    let addresses = [format!("http://{}", nobody().await), format!("http://{}", nobody().await)];
    let client = of::<S>(&[&addresses[0], &addresses[1]]);
    let error = S::read(&client).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Connect);
    assert!(error.to_string().contains("tried 2 times") && error.to_string().contains(&addresses[1]), "{error}");
}

async fn a_redirect_among_them_is_followed<S: Subject>() {
    let leader = answering(success(S::WRITE_ANSWER)).await;
    let location = format!("{}/moved", leader.uri());
    let follower = answering(ResponseTemplate::new(307).insert_header("location", location)).await;
    S::write(&of::<S>(&[&follower.uri(), &leader.uri()]), "v").await.unwrap();
    assert_eq!(asked(&leader).await.len(), 1);
    assert_eq!(S::write(&client::<S>(&follower.uri()), "v").await.unwrap_err().stage(), Stage::Redirect);
}

async fn one_server_is_passed_over_by_many_calls_once<S: Subject>() {
    let slow = ResponseTemplate::new(503).set_delay(Duration::from_millis(50));
    let (lost, well) = (answering(slow).await, answering(success(S::READ_ANSWER)).await);
    let third = answering(refusal::<S>(500, "internal failure")).await;
    let client = of::<S>(&[&lost.uri(), &well.uri(), &third.uri()]);
    for result in futures_util::future::join_all((0..6).map(|_| S::read(&client))).await {
        result.unwrap();
    }
    assert_eq!((asked(&lost).await.len(), asked(&third).await.len()), (6, 0));
}
