//! The example that submits a job and follows it.

use std::path::PathBuf;
use std::process::Output;

use tests::programs::folder;
use tests::stack::{self, Live};

use super::{purge, shared};

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

/// The program stands beside this one: they were built together.
async fn follow(live: &Live, text: &str) -> Output {
    let folder: PathBuf = folder("follow");
    let file = folder.join("job.nomad.hcl");
    std::fs::write(&file, text).unwrap();
    let own = std::env::current_exe().unwrap();
    let program = own.ancestors().nth(2).unwrap().join("nomad-submit-follow");
    let mut command = tokio::process::Command::new(program);
    command.arg(file).env_clear().envs(live.environment()).output().await.unwrap()
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
