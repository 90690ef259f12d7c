//! Following files that come and go.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use serde_json::json;

use super::{FollowOptions, Kept, LogCursor, LogEvent, LogStart, Next, Place, after, first};
use crate::allocations::LogKind;
use crate::scripted::{Said, Scripted};

fn kept(files: &[(u64, u64)]) -> Kept {
    files.iter().copied().collect()
}

#[test]
fn what_comes_next_is_known_by_number_and_size() {
    let files = kept(&[(3, 10), (4, 5)]);
    let at = LogCursor::new;
    assert_eq!(after(&files, at(3, 9)), Next::Here);
    assert_eq!(after(&files, at(3, 10)), Next::File(at(4, 0)));
    assert_eq!(after(&files, at(4, 5)), Next::Nothing);
    assert_eq!(after(&files, at(2, 7)), Next::Lost(at(3, 0)));
    assert_eq!(after(&kept(&[(3, 10), (5, 1)]), at(3, 10)), Next::Lost(at(5, 0)));
    assert_eq!(after(&Kept::new(), at(2, 7)), Next::Nothing);
}

#[test]
fn a_tail_may_reach_over_several_files() {
    let files = kept(&[(3, 10), (4, 5)]);
    let tail = |bytes| first(&files, Place::Tail(bytes)).map(|cursor| (cursor.file, cursor.offset));
    assert_eq!((tail(0), tail(5), tail(6), tail(99)), (Some((4, 5)), Some((4, 0)), Some((3, 9)), Some((3, 0))));
    assert_eq!(first(&files, Place::Oldest), Some(LogCursor::new(3, 0)));
    assert_eq!(first(&Kept::new(), Place::Tail(7)), None);
}

fn listing(files: &[(u64, usize)]) -> Said {
    let file = |(number, size): &(u64, usize)| json!({"Name": format!("t.stdout.{number}"), "Size": size});
    let mut all: Vec<_> = files.iter().map(file).collect();
    all.extend([json!({"Name": "t.stderr.9", "Size": 1}), json!({"Name": ".t.stdout.fifo", "Size": 0})]);
    Said::text("200 OK", &json!(all).to_string())
}

fn written(number: u64, text: &str) -> Said {
    let frame = json!({"Data": STANDARD.encode(text), "File": format!("alloc/logs/t.stdout.{number}"), "Offset": 7});
    Said::head("200 OK").and(frame.to_string())
}

fn allocation(status: &str, task: &str) -> Said {
    let text = json!({"ID": "a", "ClientStatus": status, "TaskStates": {"t": {"State": task}}});
    Said::text("200 OK", &text.to_string())
}

/// A node whose task writes over two rotations, restarts, and ends.
fn script() -> Vec<Said> {
    vec![
        listing(&[(0, 6)]),
        written(0, "one\ntw"),
        listing(&[(0, 9), (1, 2)]),
        written(0, "o\nt"),
        listing(&[(0, 9), (1, 7)]),
        written(1, "hree\nfo"),
        // The rest of it was thrown away meanwhile.
        listing(&[(3, 5)]),
        written(3, "five\n"),
        listing(&[(3, 5)]),
        allocation("running", "running"),
        written(3, "six").and("{}"),
        listing(&[(3, 8)]),
        allocation("complete", "dead"),
        listing(&[(3, 8)]),
        allocation("complete", "dead"),
    ]
}

#[tokio::test]
async fn t35_a_follow_ends_with_its_task_and_knows_its_place() {
    let server = Scripted::new(script()).await;
    let mut log = server.client.allocations().follow_logs("a", "t", LogKind::Stdout);
    let (mut text, mut lost, mut place) = (String::new(), Vec::new(), LogCursor::default());
    while let Some(event) = log.next().await {
        match event.unwrap() {
            LogEvent::Data { data, next } => {
                text.push_str(std::str::from_utf8(&data).unwrap());
                place = next;
            }
            LogEvent::Lost { from, to } => lost.push((from, to)),
        }
    }
    assert_eq!(text, "one\ntwo\nthree\nfofive\nsix");
    assert_eq!(lost, [(LogCursor::new(1, 7), LogCursor::new(3, 0))]);
    assert_eq!(place, LogCursor::new(3, 8));
    let asked: BTreeMap<String, usize> = server.asked().into_iter().fold(BTreeMap::new(), |mut all, asked| {
        *all.entry(asked).or_default() += 1;
        all
    });
    let at = |file: u64, offset: u64| {
        format!("/v1/client/fs/stream/a?path=alloc%2Flogs%2Ft.stdout.{file}&origin=start&offset={offset}&follow=true")
    };
    for place in [at(0, 0), at(0, 6), at(1, 0), at(3, 0), at(3, 5)] {
        assert_eq!(asked.get(&place), Some(&1), "{place} {asked:?}");
    }
}

#[tokio::test]
async fn t35_a_line_that_is_cut_by_a_rotation_is_whole() {
    let server = Scripted::new(script()).await;
    let log = server.client.allocations().follow_logs("a", "t", LogKind::Stdout);
    let lines: Vec<_> = log.lines(1000).map(|line| line.unwrap()).collect().await;
    let text: Vec<_> = lines.iter().map(|line| std::str::from_utf8(&line.text).unwrap()).collect();
    assert_eq!(text, ["one", "two", "three", "fo", "five", "six"]);
    let places: Vec<_> = lines.iter().map(|line| (line.next.file, line.next.offset)).collect();
    assert_eq!(places, [(0, 4), (0, 8), (1, 5), (1, 7), (3, 5), (3, 8)]);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_cut() {
    let server = Scripted::new(vec![
        written(0, "abcdefg\nh\n"),
        listing(&[(0, 10)]),
        allocation("failed", "dead"),
        written(0, ""),
        listing(&[(0, 10)]),
        allocation("failed", "dead"),
    ])
    .await;
    let options = FollowOptions::new().from(LogStart::At(LogCursor::new(0, 0)));
    let log = server.client.allocations().follow_logs_with("a", "t", LogKind::Stdout, &options);
    let lines: Vec<_> = log.lines(3).map(|line| line.unwrap()).collect().await;
    let text: Vec<_> = lines.iter().map(|line| std::str::from_utf8(&line.text).unwrap()).collect();
    assert_eq!(text, ["abc", "def", "g", "h"]);
}

#[tokio::test]
async fn a_task_that_is_not_known_is_an_error_and_no_wait() {
    let job = json!({"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t"}]}]});
    let text = json!({"ID": "a", "ClientStatus": "running", "TaskGroup": "g", "Job": job}).to_string();
    let server = Scripted::new(vec![
        listing(&[]),
        Said::text("200 OK", &text),
        Said::text("404 Not Found", "Unknown allocation \"a\""),
        Said::text("404 Not Found", "alloc not found"),
        Said::text("403 Forbidden", "Permission denied"),
    ])
    .await;
    let follow = |task| server.client.allocations().follow_logs("a", task, LogKind::Stdout);
    assert!(follow("zz").next().await.unwrap().unwrap_err().is_not_found());
    assert!(follow("t").next().await.unwrap().unwrap_err().is_not_found());
    assert!(follow("t").next().await.unwrap().unwrap_err().is_denied());
}
