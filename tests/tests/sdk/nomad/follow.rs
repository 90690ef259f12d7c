//! The examples: one submits a job and follows it, one runs a command in a task, one follows logs.

use std::path::Path;
use std::process::{Output, Stdio};

use tests::programs::{binaries, folder};
use tests::stack::{self, Live};

use super::{batch, purge, running, service, shared};

fn job(id: &str, kind: &str, script: &str, update: &str) -> String {
    format!(
        r#"job "{id}" {{
  type = "{kind}"
  group "main" {{
    restart {{
      attempts = 0
      mode     = "fail"
    }}
    reschedule {{
      attempts  = 0
      unlimited = false
    }}
    task "main" {{
      driver = "raw_exec"
      config {{
        command = "/bin/sh"
        args    = ["-c", "{script}"]
      }}
      resources {{
        cpu    = 10
        memory = 32
      }}
    }}
  }}
  {update}
}}
"#
    )
}

/// How a service is rolled out: a failure is told when the time for it is over, a success at once.
fn update(healthy: u32) -> String {
    format!(
        r#"update {{
    health_check      = "task_states"
    min_healthy_time  = "100ms"
    healthy_deadline  = "{healthy}s"
    progress_deadline = "{}s"
  }}"#,
        healthy + 10
    )
}

/// Runs an example of the SDK with the addresses and tokens of the stack.
async fn run(live: &Live, program: &Path, args: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(program);
    command.args(args).stdin(Stdio::null()).env_clear().envs(live.environment()).output().await.unwrap()
}

async fn follow(live: &Live, text: &str) -> Output {
    let [.., submit] = &binaries().nomad;
    let file = folder("follow").join("job.nomad.hcl");
    std::fs::write(&file, text).unwrap();
    run(live, submit, &[file.to_str().unwrap()]).await
}

#[test]
fn a_job_is_submitted_and_followed_to_its_end() {
    stack::run(async {
        let (live, nomad) = shared().await;
        let table = [
            ("sdk-follow-service", "service", "sleep 600", update(100), true, "successful: main 1/1 healthy"),
            ("sdk-follow-broken", "service", "exit 3", update(20), false, "failed: version 0 of sdk-follow-broken"),
            ("sdk-follow-batch", "batch", "exit 0", String::new(), true, "sdk-follow-batch.main[0] is complete"),
        ];
        for (id, kind, script, update, good, last) in table {
            let output = follow(live, &job(id, kind, script, &update)).await;
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.success(), good, "{id}: {output:?}");
            assert!(text.lines().last().unwrap().contains(last), "{id}: {text}");
            assert!(text.contains("evaluation "), "{id}: {text}");
            purge(&nomad, id).await;
        }
        let output = follow(live, "job \"nonsense\" {").await;
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stdout).starts_with("failed: "));
    });
}

#[test]
fn a_command_is_run_and_logs_are_followed_to_their_end() {
    stack::run(async {
        let (live, nomad) = shared().await;
        let [exec, logs, _] = &binaries().nomad;
        let job = "sdk-example-exec";
        nomad.jobs().register(&service(job)).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        let output = run(live, exec, &[&id, "main", "/bin/sh", "-c", "echo out; echo err >&2; exit 7"]).await;
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(7), &b"out\n"[..]), "{output:?}");
        assert_eq!(output.stderr, b"err\n");
        purge(&nomad, job).await;

        let job = "sdk-example-logs";
        nomad.jobs().register(&batch(job, "for n in 1 2 3; do echo line $n; sleep 0.3; done")).await.unwrap();
        let output = run(live, logs, &[job, "main"]).await;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = text.lines().filter_map(|line| line.split_once(' ')).map(|(_, line)| line).collect();
        assert_eq!(
            (lines.as_slice(), output.status.success()),
            (&["line 1", "line 2", "line 3"][..], true),
            "{output:?}"
        );
        purge(&nomad, job).await;
    });
}
