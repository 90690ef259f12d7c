//! Files of allocations, and logs that are followed.

use std::time::Duration;

use futures_util::StreamExt as _;
use nomad_client::allocations::{FollowOptions, LogCursor, LogEvent, LogFollow, LogKind, LogOptions, LogStart, Origin};
use nomad_client::files::StreamOptions;
use tests::stack;
use tests::wait::until;

use super::{NOTHING, Powerless, SOON, batch, denied, purge, running, service, shared};

/// Bytes that are no text, as the shell writes them.
const BINARY: &str = r"\377\000\001\n\376";

#[test]
fn files_are_listed_read_and_followed() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (files, job) = (nomad.files(), "sdk-files");
        let script = format!(
            "printf '{BINARY}' > local/binary; : > local/empty; echo 'stat x: no such file or directory' > local/odd; \
             echo a; echo bb; echo ccc; n=0; while :; do n=$((n+1)); echo line $n >> local/growing; sleep 0.2; done"
        );
        let mut wanted = service(job);
        wanted.task_groups[0].tasks[0].config = batch(job, &script).task_groups[0].tasks[0].config.clone();
        nomad.jobs().register(&wanted).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        until("the files are there", SOON, async || files.stat(&id, "main/local/growing").await.ok()).await;

        let root = files.list(&id, "/").await.unwrap();
        assert!(root.iter().any(|file| file.name == "alloc" && file.is_dir), "{root:?}");
        let stat = files.stat(&id, "main/local/binary").await.unwrap();
        assert!(stat.size == 5 && !stat.is_dir && stat.mod_time.is_some() && stat.file_mode.starts_with("-rw"));
        assert_eq!(files.read(&id, "main/local/binary").await.unwrap(), &b"\xff\x00\x01\n\xfe"[..]);
        assert_eq!(files.read_at(&id, "main/local/binary", 1, 2).await.unwrap(), &b"\x00\x01"[..]);
        assert!(files.read_at(&id, "main/local/binary", 99, 2).await.unwrap().is_empty());
        assert!(files.read(&id, "main/local/empty").await.unwrap().is_empty());
        assert_eq!(files.read(&id, "main/local/odd").await.unwrap(), "stat x: no such file or directory\n");

        let mut growing = files.stream(&id, "main/local/growing").await.unwrap();
        let mut text = String::new();
        while !text.contains("line 20\n") {
            let chunk = growing.next().await.unwrap().unwrap();
            assert_eq!(chunk.offset, text.len() as u64);
            text.push_str(std::str::from_utf8(&chunk.data).unwrap());
        }
        assert!(text.starts_with("line 1\nline 2\n"));
        let options = StreamOptions::new().from(Origin::Start, 7).once();
        let mut rest = files.stream_with(&id, "main/local/growing", &options).await.unwrap();
        let first = rest.next().await.unwrap().unwrap();
        assert!(first.offset == 7 && first.data.starts_with(b"line 2\n"));
        while rest.next().await.is_some() {}
        let options = StreamOptions::new().from(Origin::End, 5).once();
        let last = files.stream_with(&id, "main/local/growing", &options).await.unwrap().next().await.unwrap().unwrap();
        assert!(last.offset > 0 && last.data.len() >= 5);

        let allocations = nomad.allocations();
        until("the log is whole", SOON, async || {
            let log = allocations.logs(&id, "main", LogKind::Stdout, &LogOptions::new()).await.ok()?;
            (log == "a\nbb\nccc\n").then_some(())
        })
        .await;
        let options = FollowOptions::new().from(LogStart::Tail(7));
        let tail = allocations.follow_logs_with(&id, "main", LogKind::Stdout, &options);
        let lines: Vec<_> = tail.lines(1024).map(|line| line.unwrap()).take(2).collect().await;
        assert_eq!((&lines[0].text[..], &lines[1].text[..]), (&b"bb"[..], &b"ccc"[..]));
        assert_eq!(lines.iter().map(|line| line.next.offset).collect::<Vec<_>>(), [5, 9]);
        let mut relayed = allocations.stream_logs(&id, "main", LogKind::Stdout, &LogOptions::new()).await.unwrap();
        assert_eq!(relayed.next().await.unwrap().unwrap().data, "a\nbb\nccc\n");
        assert!(allocations.stream_logs(&id, "none", LogKind::Stdout, &LogOptions::new()).await.is_err());

        for missing in ["main/local/none", "none/x"] {
            assert!(files.read(&id, missing).await.unwrap_err().is_not_found(), "{missing}");
            assert!(files.read_at(&id, missing, 0, 9).await.unwrap_err().is_not_found(), "{missing}");
            assert!(files.stat(&id, missing).await.unwrap_err().is_not_found(), "{missing}");
            assert!(files.list(&id, missing).await.unwrap_err().is_not_found(), "{missing}");
            assert!(files.stream(&id, missing).await.unwrap_err().is_not_found(), "{missing}");
        }
        assert!(files.read(&id, "main/local").await.is_err());
        assert!(files.read(&id, "../../etc/passwd").await.is_err());
        assert!(files.read(NOTHING, "x").await.unwrap_err().is_not_found());
        let powerless = Powerless::new(&nomad, "sdk-files").await;
        let refused = powerless.client.files();
        denied(refused.list(&id, "/").await);
        denied(refused.stat(&id, "main/local/odd").await);
        denied(refused.read(&id, "main/local/odd").await);
        denied(refused.read_at(&id, "main/local/odd", 0, 1).await);
        denied(refused.stream(&id, "main/local/odd").await);
        let follow = powerless.client.allocations().follow_logs(&id, "main", LogKind::Stdout).next().await;
        denied(follow.unwrap());
        powerless.end(&nomad).await;
        purge(&nomad, job).await;
    });
}

/// Everything until the task has ended, or until so many bytes came.
async fn gather(mut log: LogFollow, enough: usize) -> (Vec<u8>, LogCursor) {
    let (mut bytes, mut place) = (Vec::new(), LogCursor::default());
    while let Some(event) = log.next().await {
        match event.unwrap() {
            LogEvent::Data { data, next } => {
                bytes.extend_from_slice(&data);
                place = next;
            }
            other => unreachable!("{other:?}"),
        }
        if bytes.len() >= enough {
            break;
        }
    }
    (bytes, place)
}

/// Lines of 50 bytes, 120 KiB at a time, over rotations, a restart and an end; `n` counts on over the restart.
const WRITER: &str = "n=$(cat count 2>/dev/null || echo 0); end=$((n+30000)); while [ $n -lt $end ]; do \
    chunk=0; while [ $chunk -lt 2500 ]; do n=$((n+1)); chunk=$((chunk+1)); printf '%049d\\n' $n; done; sleep 0.3; done; \
    echo $n > count; [ $n -ge 60000 ]";

#[test]
fn t35_logs_are_followed_over_rotation_and_restart_to_the_end() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (allocations, job) = (nomad.allocations(), "sdk-follow");
        let mut wanted = batch(job, WRITER);
        let task = &mut wanted.task_groups[0].tasks[0];
        let mut logs = nomad_client::job::LogConfig::default();
        logs.max_files = Some(10);
        logs.max_file_size_mb = Some(1);
        task.log_config = Some(logs);
        let mut restart = nomad_client::job::RestartPolicy::default();
        restart.attempts = Some(1);
        restart.interval = Some(Duration::from_secs(600));
        restart.delay = Some(Duration::from_millis(100));
        restart.mode = Some("fail".to_owned());
        wanted.task_groups[0].restart_policy = Some(restart);
        nomad.jobs().register(&wanted).await.unwrap();
        let id = until("it is placed", SOON, async || {
            nomad.jobs().allocations(job).await.unwrap().into_iter().next().map(|stub| stub.id)
        })
        .await;
        // Both begin before the task does. One is cut off in the middle and goes on elsewhere.
        let whole = gather(allocations.follow_logs(&id, "main", LogKind::Stdout), usize::MAX);
        let halves = async {
            let (mut first, place) = gather(allocations.follow_logs(&id, "main", LogKind::Stdout), 777_777).await;
            assert!(first.len() < 2_000_000);
            let options = FollowOptions::new().from(LogStart::At(place));
            let rest = allocations.follow_logs_with(&id, "main", LogKind::Stdout, &options);
            let (second, end) = gather(rest, usize::MAX).await;
            first.extend(second);
            (first, end)
        };
        let ((whole, end), (halves, same)) = tokio::join!(whole, halves);
        assert!(end == same && end.file >= 2, "{end:?}");
        let lines: Vec<String> = (1..=60_000).map(|n| format!("{n:049}")).collect();
        let expected = lines.join("\n") + "\n";
        assert_eq!(whole.len(), expected.len());
        assert!(whole == expected.as_bytes() && halves == expected.as_bytes());
        assert!(allocations.read(&id).await.unwrap().client_status.is_terminal());

        let none = allocations.follow_logs(&id, "none", LogKind::Stdout).next().await;
        assert!(none.unwrap().unwrap_err().is_not_found());
        let none = allocations.follow_logs(NOTHING, "main", LogKind::Stdout).next().await;
        assert!(none.unwrap().unwrap_err().is_not_found());
        purge(&nomad, job).await;
    });
}
