//! After a rollout the service's own health checks are asked: what Nomad calls healthy may still not be reached.

use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::Value;
use tests::project::Project;
use tests::stack::{self, Live};
use tokio::io::{AsyncBufReadExt, BufReader};

/// Takes the only node, and with it every instance, out of service in Consul or back; Nomad does not mind.
async fn maintenance(live: &Live, on: bool) {
    live.put(Product::Consul, &format!("agent/maintenance?enable={on}&reason=gate"), "").await;
}

#[test]
fn health_checks_have_the_last_word_on_a_rollout() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "gated");
        let data = project.deploy(&["-o", "json", "deploy"]).await.exits(0).json()["data"].clone();
        assert_eq!(data["rollout"]["end"], "healthy");
        assert_eq!(data["gate"]["status"], "ok", "{data}");
        let checks = data["gate"]["checks"].as_array().unwrap();
        assert!(checks.iter().all(|check| check["component"] == "app"), "{data}");
        assert!(checks.iter().any(|check| check["id"] == "app.ready" && check["status"] == "ok"), "{data}");

        maintenance(live, true).await;
        let update = ["update", "--image-tag", "v2", "--gate-timeout", "3s"];
        let failed = project.deploy(&update).await.exits(13).says(&["gated version 1 (v2) runs healthy"]);
        failed.says(&["But its health checks fail: CRITICAL: app.instances 0 of 1 instances of gated pass"]);
        // The rollout is over, so the same again has nothing to change, and is no better.
        project.deploy(&update).await.exits(13).says(&["Nothing to change", "But its health checks fail"]);
        let back = project.deploy(&["-o", "json", "rollback", "--gate-timeout", "1s"]).await.exits(13).json();
        assert_eq!((&back["outcome"], &back["data"]["rollout"]["end"]), (&"unhealthy".into(), &"healthy".into()));
        assert_eq!(back["data"]["gate"]["status"], "critical");
        // Who does not want to know is not told.
        let data = project.deploy(&["-o", "json", "deploy", "--gate-timeout", "0s"]).await.exits(0).json();
        assert_eq!(data["data"]["gate"], Value::Null);

        // What gets well in time is no failure.
        let args = ["-o", "ndjson", "update", "--image-tag", "v3", "--gate-timeout", "5m"];
        let mut run = project.cli.start(&args, "").await;
        let mut lines = BufReader::new(run.stdout.take().unwrap()).lines();
        let mut seen = Vec::new();
        let listen = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let event: Value = serde_json::from_str(&line).unwrap();
                if event["event"] == "gate" && seen.is_empty() {
                    maintenance(live, false).await;
                }
                seen.extend(event["status"].as_str().filter(|_| event["event"] == "gate").map(str::to_owned));
            }
        };
        tokio::time::timeout(Duration::from_secs(300), listen).await.unwrap();
        project.cli.wait(run).await.exits(0);
        assert_eq!((seen[0].as_str(), seen[seen.len() - 1].as_str()), ("critical", "ok"), "{seen:?}");
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}
