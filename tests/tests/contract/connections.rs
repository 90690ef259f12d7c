//! Connections that are refused, hang, break and are shared.

use std::time::{Duration, Instant};

use tokio::net::UnixListener;

use crate::raw::{Log, Raw, Turn, answer, converse, nobody};
use crate::subject::{Fault, MARKER, Setting, Stage, Subject, client, config, patient};

cases! {
    async: a_refused_connection_names_the_address, a_silent_server_is_left_at_the_deadline,
        a_dripping_server_is_left_at_the_deadline, the_deadline_covers_all_tries, a_broken_connection_is_made_anew_for_a_read,
        a_write_on_a_broken_connection_is_not_repeated, a_server_that_speaks_no_http_is_an_error,
        a_second_answer_is_not_taken_for_the_next_one, a_half_closed_connection_is_noticed_at_once,
        a_connection_that_is_reset_at_once_is_made_anew, clones_share_their_connections, a_unix_socket_is_as_good_as_a_port, a_base_path_is_kept;
    plain:
}

async fn a_refused_connection_names_the_address<S: Subject>() {
    let address = format!("http://{}", nobody().await);
    for error in [S::read(&patient::<S>(&address)).await, S::write(&patient::<S>(&address), "v").await] {
        let error = error.unwrap_err();
        assert_eq!(error.stage(), Stage::Connect);
        assert!(error.is_connect() && error.is_retryable() && !error.may_have_applied() && !error.is_timeout());
        let text = error.to_string();
        assert!(text.contains(&address) && text.contains("refused") && text.contains("tried 3 times"), "{text}");
    }
}

/// Calls with a deadline of 300 ms, which must be kept, but not to the millisecond.
async fn times_out<S: Subject>(turn: Turn, retries: usize) {
    let server = Raw::new([turn]).await;
    let config = S::with(config::<S>(&server.address), Setting::Timeout(Duration::from_millis(300)));
    let client = S::build(&S::with(config, Setting::Retries(retries))).unwrap();
    let started = Instant::now();
    let error = S::read(&client).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(error.stage(), Stage::Timeout, "{error}");
    assert!(error.is_timeout() && error.is_retryable() && error.may_have_applied() && !error.is_connect());
    assert!(error.to_string().contains(&server.address) && error.to_string().contains(S::READ_PATH), "{error}");
    assert_eq!(server.log.requests().len(), 1, "after the deadline nothing is tried");
}

async fn a_silent_server_is_left_at_the_deadline<S: Subject>() {
    times_out::<S>(Turn::Hang, 2).await;
}

async fn a_dripping_server_is_left_at_the_deadline<S: Subject>() {
    let head = "HTTP/1.1 200 Word\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n[";
    times_out::<S>(Turn::Drip(head.to_owned()), 2).await;
}

async fn the_deadline_covers_all_tries<S: Subject>() {
    let server = Raw::new([Turn::ResetAfter]).await;
    let config = S::with(config::<S>(&server.address), Setting::Timeout(Duration::from_millis(300)));
    let client = S::build(&S::with(config, Setting::Retries(1_000_000))).unwrap();
    let started = Instant::now();
    S::read(&client).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(server.log.requests().len() < 10);
}

async fn a_broken_connection_is_made_anew_for_a_read<S: Subject>() {
    let ends = [Turn::ResetBefore, Turn::ResetAfter, Turn::Close(String::new())];
    for end in ends {
        let server = Raw::new([end.clone(), Turn::Serve(answer(200, S::READ_ANSWER))]).await;
        S::read(&patient::<S>(&server.address)).await.unwrap();
        assert_eq!(server.log.connections(), 2, "{end:?}");
        let server = Raw::new([end.clone()]).await;
        let error = S::read(&patient::<S>(&server.address)).await.unwrap_err();
        assert_eq!((error.stage(), server.log.connections()), (Stage::Broken, 3), "{end:?} {error}");
    }
}

async fn a_write_on_a_broken_connection_is_not_repeated<S: Subject>() {
    for end in [Turn::ResetBefore, Turn::ResetAfter, Turn::Close(String::new())] {
        let server = Raw::new([end.clone(), Turn::Serve(answer(200, S::WRITE_ANSWER))]).await;
        let error = S::write(&patient::<S>(&server.address), "v").await.unwrap_err();
        assert_eq!((error.stage(), server.log.connections()), (Stage::Broken, 1), "{end:?} {error}");
        assert!(error.may_have_applied() && error.is_retryable() && !error.is_connect());
    }
}

async fn a_server_that_speaks_no_http_is_an_error<S: Subject>() {
    let server = Raw::new([Turn::Close("SSH-2.0-OpenSSH_9.6\r\n".to_owned())]).await;
    let error = S::read(&client::<S>(&server.address)).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Broken, "{error}");
}

async fn clones_share_their_connections<S: Subject>() {
    let server = Raw::serving(&answer(200, S::READ_ANSWER)).await;
    let client = client::<S>(&server.address);
    S::read(&client.clone()).await.unwrap();
    S::read(&client.clone()).await.unwrap();
    S::read(&S::with_token(&client, "other")).await.unwrap();
    S::read(&S::anonymous(&client)).await.unwrap();
    assert_eq!((server.log.requests().len(), server.log.connections()), (4, 1));
}

async fn a_second_answer_is_not_taken_for_the_next_one<S: Subject>() {
    let two = format!("{}{}", answer(200, S::READ_ANSWER), answer(500, "\"stale\""));
    let server = Raw::new([Turn::Serve(two), Turn::Serve(answer(200, S::READ_ANSWER))]).await;
    let client = client::<S>(&server.address);
    for _ in 0..3 {
        S::read(&client).await.unwrap();
    }
}

async fn a_half_closed_connection_is_noticed_at_once<S: Subject>() {
    let whole = answer(200, S::READ_ANSWER);
    let parts = [(0, Stage::Broken), (20, Stage::Broken), (whole.len() - 3, Stage::Truncated)];
    for (length, stage) in parts {
        let server = Raw::new([Turn::HalfClose(whole[..length].to_owned())]).await;
        let error = S::read(&client::<S>(&server.address)).await.unwrap_err();
        assert_eq!((error.stage(), error.may_have_applied()), (stage, true), "{length}: {error}");
    }
    let server = Raw::new([Turn::HalfClose(whole)]).await;
    S::read(&client::<S>(&server.address)).await.unwrap();
}

async fn a_connection_that_is_reset_at_once_is_made_anew<S: Subject>() {
    let server = Raw::new([Turn::ResetBefore, Turn::Serve(answer(200, S::READ_ANSWER))]).await;
    S::read(&patient::<S>(&server.address)).await.unwrap();
    assert_eq!((server.log.connections(), server.log.requests().len()), (2, 1));
}

async fn a_unix_socket_is_as_good_as_a_port<S: Subject>() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("server.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let log = Log::default();
    let seen = log.clone();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        converse(&mut stream, &Turn::Close(answer(200, S::READ_ANSWER)), &seen).await;
    });
    let address = format!("unix://{}", socket.display());
    S::read(&client::<S>(&address)).await.unwrap();
    server.await.unwrap();
    let request = &log.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", S::READ_PATH));
    assert_eq!((request.header("host"), request.header(S::TOKEN_HEADER)), (Some("localhost"), Some(MARKER)));
    let error = S::read(&client::<S>(&address)).await.unwrap_err();
    assert!(error.is_connect() && error.to_string().contains(&address), "{error}");
}

async fn a_base_path_is_kept<S: Subject>() {
    let server = Raw::serving(&answer(200, S::READ_ANSWER)).await;
    S::read(&client::<S>(&format!("{}/base/", server.address))).await.unwrap();
    assert_eq!(server.log.requests()[0].target, format!("/base{}", S::READ_PATH));
}
