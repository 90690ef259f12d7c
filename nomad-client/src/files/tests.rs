//! Files of a server that says what it is told to.

use super::{FileEvent, StreamOptions};
use crate::allocations::Origin;
use crate::scripted::{Said, Scripted};

/// As a live server answers with what is in a file.
fn content(bytes: &[u8]) -> Said {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; sandbox\r\n\
         Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    Said { pieces: vec![head.into_bytes(), bytes.to_vec()], closed: true }
}

#[tokio::test]
async fn peer_a_file_may_hold_any_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let server =
        Scripted::new(vec![content(&bytes), content(b"stat x: no such file or directory"), Said::text("200 OK", "")])
            .await;
    let files = server.client.files();
    assert_eq!(files.read("a", "x/y z").await.unwrap(), bytes);
    assert_eq!(files.read_at("a", "x", 7, 100).await.unwrap().len(), 33, "a text like an error, but in a file");
    assert!(files.read("a", "empty").await.unwrap().is_empty());
    let asked = server.asked();
    assert_eq!(asked[0], "/v1/client/fs/cat/a?path=x%2Fy%20z");
    assert_eq!(asked[1], "/v1/client/fs/readat/a?path=x&offset=7&limit=100");
}

#[tokio::test]
async fn an_error_with_the_status_of_a_success_is_an_error() {
    let missing = "stat /var/nomad/alloc/a/x: no such file or directory";
    let server = Scripted::new(vec![
        Said::text("200 OK", missing),
        Said::text("404 Not Found", missing),
        Said::text("200 OK", "Permission denied"),
        Said::text("403 Forbidden", "Permission denied"),
        Said::text("200 OK", "Reading secret file prohibited: a/secrets/b"),
        Said::text("200 OK", r#"{"Name":"b","Size":12}"#),
    ])
    .await;
    let files = server.client.files();
    assert!(files.read("a", "x").await.unwrap_err().is_not_found());
    assert!(files.read_at("a", "x", 0, 10).await.unwrap_err().is_denied());
    assert_eq!(files.read("a", "secrets/b").await.unwrap_err().status(), Some(400));
}

#[tokio::test]
async fn t34_the_place_is_counted_by_the_bytes_of_each_file() {
    // The offsets that come with the frames are what a live server may send: of no use.
    let frames = concat!(
        r#"{"Data":"YWJj","File":"alloc/logs/t.stdout.0","Offset":9}{}"#,
        r#"{"Data":"ZA==","File":"alloc/logs/t.stdout.0","Offset":3}"#,
        r#"{"File":"alloc/logs/t.stdout.0","FileEvent":"file truncated","Offset":0}"#,
        r#"{"Data":"ZWY=","File":"alloc/logs/t.stdout.0","Offset":2}"#,
        r#"{"Data":"Zw==","File":"alloc/logs/t.stdout.1","Offset":1}"#,
    );
    let server =
        Scripted::new(vec![Said::head("200 OK").and(&frames.as_bytes()[..70]).and(&frames.as_bytes()[70..])]).await;
    let options = StreamOptions::new().from(Origin::Start, 6);
    let mut stream = server.client.files().stream_with("a", "alloc/logs/t.stdout.0", &options).await.unwrap();
    let mut seen = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.unwrap();
        seen.push((chunk.offset, String::from_utf8(chunk.data.to_vec()).unwrap(), chunk.event));
    }
    let piece = |offset, text: &str| (offset, text.to_owned(), None);
    let truncated = (0, String::new(), Some(FileEvent::Truncated));
    assert_eq!(seen, [piece(6, "abc"), piece(9, "d"), truncated, piece(0, "ef"), piece(0, "g")]);
    assert_eq!(
        server.asked(),
        ["/v1/client/fs/stream/a?path=alloc%2Flogs%2Ft.stdout.0&origin=start&offset=6&follow=true"]
    );
}

#[tokio::test]
async fn t35_the_servers_last_words_are_an_error_after_all_that_came_before() {
    let server = Scripted::new(vec![
        Said::head("200 OK").and(r#"{"Data":"YWJj","File":"f"}failed to str"#).and("eam: unknown allocation \"a\""),
        Said::head("200 OK").and(r#"{"Data":"YWJj","File":"f"}{"Data":7}"#),
        Said::head("200 OK").and(r#"{"Data":"YWJj","File":"f"}{"Da"#),
    ])
    .await;
    for expected in ["unknown allocation", "could not be read", ""] {
        let mut stream = server.client.files().stream("a", "f").await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().data, "abc");
        match stream.next().await {
            Some(Err(error)) => assert!(!expected.is_empty() && error.to_string().contains(expected), "{error}"),
            other => assert!(expected.is_empty() && other.is_none(), "{other:?}"),
        }
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn from_the_end_is_a_place_that_is_known() {
    let server = Scripted::new(vec![
        Said::text("200 OK", r#"{"Name":"f","Size":100}"#),
        Said::head("200 OK").and(r#"{"Data":"YWJj","File":"f"}"#),
    ])
    .await;
    let options = StreamOptions::new().from(Origin::End, 3).once();
    let mut stream = server.client.files().stream_with("a", "f", &options).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().offset, 97);
    assert_eq!(server.asked()[1], "/v1/client/fs/stream/a?path=f&origin=start&offset=97&follow=false");
}
