//! Sessions with a server that says what it is told to.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{ExecOptions, Output, RunError, Session, exec_request};
use crate::scripted::{Said, Scripted};
use crate::transport::Request;

async fn pair() -> (Session<DuplexStream>, WebSocketStream<DuplexStream>) {
    let (near, far) = duplex(1024);
    let request = Request::get("/v1/client/allocation/:id/exec", ["a"]).unwrap();
    let near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    let far = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
    (Session::new(near, request), far)
}

async fn say(server: &mut WebSocketStream<DuplexStream>, texts: &[&str]) {
    for text in texts {
        server.send(Message::text(*text)).await.unwrap();
    }
}

/// What the client says.
async fn hear(server: &mut WebSocketStream<DuplexStream>) -> String {
    loop {
        if let Message::Text(text) = server.next().await.unwrap().unwrap() {
            return text.as_str().to_owned();
        }
    }
}

/// A node forgets what a command has said and how it ended when it is told anything just as the command ends.
#[tokio::test(start_paused = true)]
async fn t36_nothing_is_said_after_the_end_of_the_input() {
    let (session, mut server) = pair().await;
    let told = async {
        assert_eq!(hear(&mut server).await, r#"{"stdin":{"close":true}}"#);
        let begun = tokio::time::Instant::now();
        for _ in 0..3 {
            // What keeps the connection alive goes no further than the server.
            assert!(matches!(server.next().await.unwrap().unwrap(), Message::Ping(_)));
        }
        assert!(begun.elapsed() >= std::time::Duration::from_secs(30));
        say(&mut server, &[r#"{"exited":true}"#]).await;
    };
    let (finished, ()) = tokio::join!(session.output(), told);
    assert_eq!(finished.unwrap().exit_code, 0);
}

#[test]
fn t36_a_command_is_a_list_in_json() {
    let request =
        exec_request("a-b", "server", &["sh", "-c", "echo \"a b\""], ExecOptions::new().with_terminal()).unwrap();
    assert_eq!(request.path.as_str(), "/v1/client/allocation/a-b/exec");
    let command = "%5B%22sh%22%2C%22-c%22%2C%22echo%20%5C%22a%20b%5C%22%22%5D";
    assert_eq!(request.query, format!("task=server&command={command}&tty=true"));
}

#[tokio::test]
async fn t36_an_exit_code_that_is_left_out_is_zero() {
    let exits = [
        (r#"{"exited":true,"result":{}}"#, 0),
        (r#"{"exited":true,"result":{"exit_code":3}}"#, 3),
        (r#"{"exited":true,"result":null}"#, 0),
        (r#"{"exited":true}"#, 0),
        (r#"{"exited":true,"result":{"exit_code":-1,"zzz":1}}"#, -1),
    ];
    for (exit, code) in exits {
        let (session, mut server) = pair().await;
        let told = async {
            assert_eq!(hear(&mut server).await, r#"{"stdin":{"close":true}}"#, "nobody writes");
            let begin = [
                r#"{"stdout":{"data":"YWJj"}}"#,
                "{}",
                r#"{"stderr":{"data":"ZGVm"}}"#,
                r#"{"stdout":{"close":true}}"#,
            ];
            say(&mut server, &begin).await;
            say(&mut server, &[exit]).await;
        };
        let (finished, ()) = tokio::join!(session.output(), told);
        let finished = finished.unwrap();
        assert_eq!((finished.exit_code, &finished.stdout[..], &finished.stderr[..]), (code, &b"abc"[..], &b"def"[..]));
    }
}

#[tokio::test]
async fn t36_an_end_without_an_exit_code_is_an_error() {
    let (session, server) = pair().await;
    drop(server);
    assert!(session.output().await.unwrap_err().to_string().contains("without an exit code"));
    let (session, mut server) = pair().await;
    server.close(None).await.unwrap();
    assert!(session.output().await.unwrap_err().may_have_applied());
}

#[tokio::test]
async fn t37_a_refusal_is_the_same_before_and_in_the_session() {
    let reasons = [
        (CloseCode::Policy, "rpc error: Permission denied"),
        (CloseCode::Error, "Permission denied"),
        (CloseCode::Policy, "Unknown allocation \"a\""),
        (CloseCode::Error, "task not found"),
    ];
    for (code, reason) in reasons {
        let (mut session, mut server) = pair().await;
        server.close(Some(CloseFrame { code, reason: reason.into() })).await.unwrap();
        let error = session.next().await.unwrap().unwrap_err();
        assert_eq!((error.is_denied(), error.is_not_found()), (reason.contains("denied"), !reason.contains("denied")));
        assert!(session.next().await.is_none() && session.exit_code().is_none());
    }
    let refused =
        [("403 Forbidden", "Permission denied"), ("200 OK", "no web socket"), ("404 Not Found", "No path to node")];
    let script = refused.map(|(status, text)| Said::text(status, text)).into();
    let server = Scripted::new(script).await;
    let exec = || async { server.client.allocations().exec("a", "t", &["true"]).await.unwrap_err() };
    assert!(exec().await.is_denied());
    assert!(exec().await.to_string().contains("web sockets"));
    assert_eq!(exec().await.reason(), Some(&crate::Reason::NoPathToNode));
}

#[tokio::test]
async fn input_is_passed_on_while_output_comes() {
    let (session, mut server) = pair().await;
    // More than the pipe between holds, both ways at once.
    let input = vec![b'x'; 300_000];
    let echo = async {
        let mut bytes = 0;
        loop {
            let text = hear(&mut server).await;
            if text.contains("close") {
                break;
            }
            bytes += text.len();
            say(&mut server, &[&text.replace("stdin", "stdout")]).await;
        }
        say(&mut server, &[r#"{"exited":true,"result":{"exit_code":7}}"#]).await;
        bytes
    };
    let mut stdout = Vec::new();
    let (code, bytes) = tokio::join!(session.run(&input[..], &mut stdout, tokio::io::sink()), echo);
    assert!(code.unwrap() == 7 && bytes > input.len() && stdout == input);
}

#[tokio::test]
async fn an_input_that_is_taken_stays_open_and_tells_sizes() {
    let (mut session, mut server) = pair().await;
    let input = session.input().unwrap();
    assert!(session.input().is_none());
    let caller = async {
        input.resize(40, 120).await.unwrap();
        input.write("abc").await.unwrap();
        input.close().await.unwrap();
        input.close().await.unwrap();
    };
    let told = async {
        assert_eq!(hear(&mut server).await, r#"{"tty_size":{"height":40,"width":120}}"#);
        assert_eq!(hear(&mut server).await, r#"{"stdin":{"data":"YWJj"}}"#);
        assert_eq!(hear(&mut server).await, r#"{"stdin":{"close":true}}"#);
        say(&mut server, &[r#"{"stdout":{"data":"YQ=="}}"#, r#"{"exited":true}"#]).await;
    };
    let seen = async { (session.next().await, session.next().await) };
    let ((first, last), (), ()) = tokio::join!(seen, caller, told);
    assert!(first.unwrap().unwrap() == Output::Stdout("a".into()) && last.is_none());
    assert!(input.write("late").await.is_err());
}

#[tokio::test]
async fn the_callers_own_failure_is_told_apart() {
    let (session, mut server) = pair().await;
    let (reader, writer) = duplex(8);
    drop(reader);
    let told = async { say(&mut server, &[r#"{"stdout":{"data":"YQ=="}}"#]).await };
    let (result, ()) = tokio::join!(session.run(tokio::io::empty(), writer, tokio::io::sink()), told);
    assert!(matches!(result, Err(RunError::Local(_))), "{result:?}");
}
