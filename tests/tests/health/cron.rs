//! What cron needs: a state that survives, silence, one run at a time, signals, closed pipes.

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::cli::Output;
use tests::stack;
use tests::wait::until;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::fixtures::{Mute, silent};
use crate::probe::Probe;

/// A check of Consul that is good or bad as the threshold says.
async fn run(probe: &Probe, good: bool, args: &[&str]) -> Output {
    let threshold = if good { "consul.members=1000" } else { "consul.members=1000:" };
    let all = ["--only", "consul.members", "-c", threshold, "--state-file", "state.json"];
    probe.run(&[&all[..], args].concat()).await
}

#[test]
fn only_changes_are_told() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let quiet = ["-q", "--on-change"];
        assert_eq!(run(&probe, true, &quiet).await.exits(0).stdout, "");
        assert!(run(&probe, false, &quiet).await.exits(2).stdout.starts_with("CRITICAL: consul.members"));
        assert_eq!(run(&probe, false, &quiet).await.exits(2).stdout, "", "the exit code stays");
        assert_ne!(run(&probe, false, &["--on-change", "--remind", "1ms"]).await.exits(2).stdout, "");
        assert_eq!(run(&probe, false, &["--on-change", "--remind", "1h"]).await.exits(2).stdout, "");
        let well = run(&probe, true, &quiet).await.exits(0);
        assert!(well.stdout.starts_with("OK: "), "a recovery is told: {:?}", well.stdout);
        let json = run(&probe, false, &["--json"]).await.exits(2);
        let json: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!((&json["previous"], &json["checks"][0]["news"]), (&"ok".into(), &"problem".into()));
        let shown = probe.run(&["state", "show", "--state-file", "state.json"]).await.exits(0);
        assert!(shown.stdout.contains("CRITICAL  consul.members"), "{}", shown.stdout);
        probe.run(&["state", "reset", "--state-file", "state.json"]).await.exits(0);
        assert!(!probe.file("state.json").exists());
        probe.run(&["state", "reset", "--state-file", "state.json"]).await.exits(0).says(&["was not there"]);
    });
}

#[test]
fn bad_runs_have_to_be_confirmed_and_flapping_is_told_once() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let confirm = ["--confirm", "3", "--flap-window", "0"];
        for run_number in 1..3 {
            let output = run(&probe, false, &confirm).await.exits(0);
            assert!(
                output.stdout.contains(&format!("critical in run {run_number}, not confirmed yet")),
                "{}",
                output.stdout
            );
        }
        run(&probe, false, &confirm).await.exits(2);
        run(&probe, true, &confirm).await.exits(0);
        run(&probe, false, &confirm).await.exits(0);

        probe.run(&["state", "reset", "--state-file", "state.json"]).await.exits(0);
        let mut told = 0;
        for turn in 0..12 {
            let output = run(&probe, turn % 2 == 0, &["--on-change"]).await;
            told += usize::from(!output.stdout.is_empty());
        }
        assert!(told < 6, "{told} of 12 changes were told");
        let json = run(&probe, true, &["--json"]).await;
        let json: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["flapping"], serde_json::json!(["consul.members"]));
    });
}

#[test]
fn a_state_that_cannot_be_read_or_written_is_no_reason_to_fail() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let state = probe.file("state.json");
        run(&probe, true, &[]).await.exits(0);
        let whole = std::fs::read(&state).unwrap();
        for text in [&b""[..], &whole[..whole.len() / 2], b"\0\0\0\0", b"{\"schema\":99}", b"nonsense"] {
            std::fs::write(&state, text).unwrap();
            let output = run(&probe, false, &["--on-change"]).await.exits(2);
            assert!(output.stderr.contains("begins anew"), "{}", output.stderr);
            assert!(output.stdout.starts_with("CRITICAL"), "as a first run: {}", output.stdout);
            serde_json::from_slice::<Value>(&std::fs::read(&state).unwrap()).unwrap();
        }
        std::fs::remove_file(&state).unwrap();
        assert_eq!(run(&probe, true, &[]).await.exits(0).stderr, "", "a missing one is a first run");

        // Nobody, not even root, writes here.
        for place in ["/proc/lattice/state.json", "/dev/full/state.json"] {
            let args = ["--only", "consul.leader", "--state-file", place, "--on-change"];
            let output = probe.run(&args).await.exits(0);
            assert!(output.stderr.contains("the state cannot be kept in"), "{}", output.stderr);
        }
        let output = probe.run(&["--only", "consul.leader", "--textfile", "/proc/lattice/x.prom"]).await.exits(0);
        assert!(output.stderr.contains("the metrics cannot be written"), "{}", output.stderr);
    });
}

/// A user as which cron might run it, who may read here and not write.
#[cfg(feature = "root")]
#[test]
fn a_user_who_may_not_write_the_state_is_told_the_truth_all_the_same() {
    stack::run(async {
        use std::os::unix::fs::PermissionsExt;

        let live = stack::stack().await;
        let mut probe = Probe::of(live);
        run(&probe, true, &[]).await.exits(0);
        let state = probe.file("state.json");
        let before = std::fs::read(&state).unwrap();
        std::fs::set_permissions(&probe.0.home, PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&state, PermissionsExt::from_mode(0o644)).unwrap();

        let program = std::mem::replace(&mut probe.0.program, "/usr/bin/setpriv".into());
        let program = program.display().to_string();
        let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", &program, "--only", "consul.members"];
        let bad = ["-c", "consul.members=1000:", "--on-change", "--json"];
        for file in ["state.json", "none.json"] {
            let output = probe.run(&[&nobody[..], &bad, &["--state-file", file]].concat()).await.exits(2);
            let told = format!("the state cannot be kept in {file}: Permission denied");
            assert!(output.stderr.contains(&told), "{}", output.stderr);
            let found: Value = serde_json::from_str(&output.stdout).unwrap();
            // What was known before still is.
            assert_eq!(found["previous"], if file == "state.json" { "ok".into() } else { Value::Null });
            assert_eq!(found["checks"][0]["news"], "problem");
        }
        assert_eq!(std::fs::read(&state).unwrap(), before);
        assert!(!probe.file("none.json").exists());

        // One that may not even be read is a first run.
        std::fs::set_permissions(&state, PermissionsExt::from_mode(0o600)).unwrap();
        let output = probe.run(&[&nobody[..], &bad, &["--state-file", "state.json"]].concat()).await.exits(2);
        assert!(output.stderr.contains("begins anew: Permission denied"), "{}", output.stderr);
        let output = probe.run(&[&nobody[..], &["--textfile", "lattice.prom"]].concat()).await.exits(0);
        assert!(output.stderr.contains("the metrics cannot be written"), "{}", output.stderr);
        probe.run(&[&nobody[..], &["--lock", "lock"]].concat()).await.exits(3).says(&["the lock cannot be taken"]);
    });
}

#[test]
fn one_run_at_a_time() {
    stack::run(async {
        let mut probe = Probe::anywhere();
        let mute = Mute::new().await;
        probe.set("CONSUL_HTTP_ADDR", &format!("http://{}", mute.place));
        let slow = ["--only", "consul.leader", "-t", "5m", "--request-timeout", "5m", "--lock", "lock", "--json"];
        let mut first = probe.0.start(&slow, "").await;
        // It asks under the lock.
        mute.called().await;
        let second = probe.run(&slow).await.exits(0);
        assert_eq!((second.stdout.as_str(), second.stderr.as_str()), ("", ""));
        probe.run(&[&slow[..], &["--lock-fail"]].concat()).await.exits(3).says(&["another run is going on"]);
        assert!(first.try_wait().unwrap().is_none(), "the others waited for the first");
        mute.hang_up();
        let first = probe.0.wait(first).await.exits(2);
        assert_eq!(serde_json::from_str::<Value>(&first.stdout).unwrap()["skipped_runs"], 0);
        let third = probe.run(&["--only", "consul.leader", "--lock", "lock", "--json"]).await.exits(2);
        assert_eq!(serde_json::from_str::<Value>(&third.stdout).unwrap()["skipped_runs"], 2);
        probe.run(&["--lock", "/proc/lattice/lock"]).await.exits(3).says(&["the lock cannot be taken"]);
    });
}

#[test]
fn runs_at_the_same_time_leave_a_state_that_is_whole() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let one = async |good| run(&probe, good, &["--textfile", "lattice.prom"]).await.code;
        let codes = tokio::join!(one(true), one(false), one(true), one(false));
        assert_eq!(codes, (0, 2, 0, 2));
        let state: Value = serde_json::from_slice(&std::fs::read(probe.file("state.json")).unwrap()).unwrap();
        assert_eq!(state["schema"], 1);
        let metrics = std::fs::read_to_string(probe.file("lattice.prom")).unwrap();
        assert!(metrics.ends_with('\n') && metrics.contains("lattice_health_overall_status"), "{metrics}");
        let left: Vec<_> = std::fs::read_dir(&probe.0.home).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    });
}

#[test]
fn nobody_reads_what_it_says() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let mut child = probe.0.start(&["-vv", "-c", "consul.members=5:", "consul"], "").await;
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().await.unwrap().code(), Some(2), "the exit code counts");
        // Closed before it starts, and a disk that is full.
        for (redirect, code) in [(">&-", 2), ("2>&- >&-", 2), ("> /dev/full", 3)] {
            let script =
                format!("exec {} --only consul.members -c consul.members=5: {redirect}", probe.0.program.display());
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", &script]).env_clear().envs(live.environment());
            assert_eq!(shell.status().await.unwrap().code(), Some(code), "{redirect}");
        }
    });
}

async fn kill(child: &Child, signal: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().await.unwrap().success());
}

/// Waits until a program has handlers of its own for SIGINT and SIGTERM: before, they just end it.
async fn handles_signals(child: &Child) {
    let status = format!("/proc/{}/status", child.id().unwrap());
    until("it handles signals", Duration::from_secs(60), async || {
        let text = std::fs::read_to_string(&status).unwrap();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"))?.trim();
        let caught = u64::from_str_radix(caught, 16).unwrap();
        let both = 1 << (2 - 1) | 1 << (15 - 1);
        (caught & both == both).then_some(())
    })
    .await;
}

#[test]
fn it_ends_when_it_is_told_to() {
    stack::run(async {
        let mut probe = Probe::anywhere();
        probe.set("CONSUL_HTTP_ADDR", &format!("http://{}", silent().await));
        for (signal, args) in [
            ("TERM", &["-t", "1h", "--request-timeout", "1h", "--only", "consul.leader"][..]),
            ("INT", &["--jitter", "100000s"]),
        ] {
            let child = probe.0.start(args, "").await;
            handles_signals(&child).await;
            let begun = Instant::now();
            kill(&child, signal).await;
            let output = probe.0.wait(child).await.exits(3);
            // Far from what it waits for.
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
            assert_eq!(output.stdout, format!("UNKNOWN: stopped by SIG{signal} before the checks were made\n"));
        }
        let mut probe = Probe::anywhere();
        probe.set("LATTICE_HEALTH_WATCH", "100ms");
        let mut child = probe.0.start(&["--only", "consul.leader"], "").await;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let again_and_again = async {
            let mut times = 0;
            while times < 3 {
                let line = lines.next_line().await.unwrap().unwrap();
                times += usize::from(line.starts_with("CRITICAL: consul.leader"));
            }
        };
        tokio::time::timeout(Duration::from_secs(60), again_and_again).await.unwrap();
        kill(&child, "TERM").await;
        assert_eq!(child.wait().await.unwrap().code(), Some(2), "the last run's");
    });
}
