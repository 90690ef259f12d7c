//! What programs read: one document on standard output, true and complete.

use std::time::Duration;

use serde_json::{Value, json};
use tests::cli::{Cli, Output};
use tests::programs::binaries;
use tests::project::Project;
use tests::stack;
use tests::wait::until;

#[test]
fn every_command_prints_one_document() {
    stack::run(async {
        let live = stack::stack().await;
        let project = Project::on(live, "document");
        for (args, code, outcome) in [
            (&["validate"][..], 0, "ok"),
            (&["inputs"], 0, "ok"),
            (&["render", "job"], 0, "ok"),
            (&["render", "all"], 0, "ok"),
            (&["completions", "bash"], 0, "ok"),
            (&["plan"], 0, "ok"),
            (&["plan", "--detailed-exitcode"], 2, "changes"),
            (&["status"], 0, "ok"),
            (&["health", "app"], 13, "unhealthy"),
            (&["update", "--image-tag", "v2"], 1, "error"),
            (&["update"], 64, "usage"),
            (&["vault-setup"], 0, "ok"),
            (&["consul-config"], 0, "ok"),
            (&["deploy"], 0, "ok"),
            (&["plan", "--detailed-exitcode"], 0, "ok"),
            (&["update", "--image-tag", "v2"], 0, "ok"),
            (&["rollback"], 0, "ok"),
            (&["secrets", "list"], 0, "ok"),
            (&["secrets", "rotate", "admin_password"], 0, "ok"),
            (&["status"], 0, "ok"),
            (&["health"], 0, "ok"),
            (&["cleanup"], 14, "declined"),
            (&["cleanup", "--yes"], 0, "ok"),
            (&["dev", "status"], 0, "ok"),
        ] {
            let all: Vec<&str> = ["-o", "json"].iter().chain(args).copied().collect();
            let document =
                if args[0] == "health" { verdict(&project, &all, code).await } else { project.deploy(&all).await };
            let document = document.exits(code).json();
            assert_eq!(document["outcome"], outcome, "{args:?}");
            assert_eq!(document["command"], args[0], "{args:?}");
        }
    });
}

/// What health checks say once they say so: an instance that has just ended is known for a moment.
async fn verdict(project: &Project<'_>, args: &[&str], code: i32) -> Output {
    until(&format!("{args:?} ends with {code}"), Duration::from_secs(60), async || {
        let output = project.deploy(args).await;
        (output.code == code).then_some(output)
    })
    .await
}

#[test]
fn status_and_health_tell_the_truth() {
    stack::run(async {
        let live = stack::stack().await;
        let project = Project::on(live, "truth");
        let ask = async |command: &'static str, code| {
            let output = project.deploy(&["-o", "json", command]).await.exits(code);
            output.json()["data"].clone()
        };
        assert_eq!(ask("status", 0).await["job"], Value::Null);
        project.deploy(&["deploy"]).await.exits(0);

        let status = ask("status", 0).await;
        assert_eq!(status["job"]["image_tag"], "v1");
        assert_eq!(status["job"]["owner"], "truth/development");
        assert_eq!(status["deployment"]["status"], "successful");
        assert_eq!(status["allocations"][0]["healthy"], true);
        assert_eq!(status["instances"][0]["passing"], true);
        assert_eq!(status["secret"]["fields"], json!(["admin_password", "encryption_key"]));
        assert_eq!(status["secret"]["pinned"], status["secret"]["version"]);
        let health = verdict(&project, &["-o", "json", "health"], 0).await.json()["data"].clone();
        assert_eq!(health["status"], "ok");
        assert!(health["checks"].as_array().unwrap().len() > 40);
        let mut probe = Cli::of(binaries().health.clone());
        live.environment().chain([("LATTICE_SERVICE", "truth")]).for_each(|(name, value)| probe.set(name, value));
        live.secrets().iter().for_each(|secret| probe.hide(secret));
        let well = until("the probe finds nothing", Duration::from_secs(60), async || {
            Some(probe.run(&[]).await).filter(|output| output.code == 0)
        })
        .await;
        assert!(well.stdout.starts_with("OK: "), "{}", well.stdout);

        live.official(lattice_deploy::servers::Product::Nomad, &["job", "stop", "truth"]).await;
        assert!(probe.run(&["app"]).await.exits(2).stdout.starts_with("CRITICAL: app.job the job truth is stopped"));
        until("its instance is gone", Duration::from_secs(60), async || {
            project.instances().await.is_empty().then_some(())
        })
        .await;
        let health = ask("health", 13).await;
        let check =
            |id: &str| health["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap().clone();
        assert_eq!(check("app.job")["status"], "critical");
        assert_eq!(check("app.instances")["status"], "critical");
        assert_eq!(check("vault.seal")["status"], "ok");
        assert_eq!(ask("status", 0).await["job"]["status"], "stopped");
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn every_event_is_a_line_before_the_document() {
    stack::run(async {
        let live = stack::stack().await;
        let project = Project::on(live, "lines");
        let output = project.deploy(&["-o", "ndjson", "deploy"]).await.exits(0);
        let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (document, events) = lines.split_last().unwrap();
        assert_eq!(document["outcome"], "ok");
        assert!(events.len() > 20 && events.iter().all(|event| event["event"].is_string()), "{}", output.stdout);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}
