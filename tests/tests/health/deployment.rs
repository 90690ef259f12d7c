//! Deployments that are stuck, wait for a promotion, or failed, and a lock that is held for long.

use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::{Value, json};
use tests::stack::{self, Live};
use tests::wait::until;

use crate::app::{job, register, remove};
use crate::probe::Probe;

const SECOND: u64 = 1_000_000_000;

/// A job whose instance never answers its check, when it listens nowhere.
fn updated(name: &str, script: &str, version: &str, update: &Value) -> Value {
    let mut job = job(name, script, &json!({"Update": update}));
    job["Job"]["Meta"] = json!({"version": version});
    job
}

async fn deployment(live: &Live, name: &str) -> Value {
    live.get(Product::Nomad, &format!("job/{name}/deployment")).await.json()
}

#[test]
fn a_deployment_that_is_stuck() {
    stack::run(async {
        let live = stack::stack().await;
        let patient =
            json!({"MinHealthyTime": 120 * SECOND, "HealthyDeadline": 200 * SECOND, "ProgressDeadline": 220 * SECOND});
        register(live, &updated("stuck", "sleep 600", "1", &patient)).await;
        until("there is a deployment", Duration::from_secs(60), async || {
            (deployment(live, "stuck").await["Status"] == "running").then_some(())
        })
        .await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "stuck");
        let found = probe.found(&["deployment"]).await;
        found.says("deployment.state", "ok", "running, 0 of 1 healthy").says("deployment.age", "ok", "under way for ");
        let found = probe.found(&["deployment", "-w", "deployment.age=~:-1", "-c", "deployment.age=1h"]).await;
        found.says("deployment.age", "warning", "under way for ");
        let found = probe.found(&["deployment", "-c", "deployment.age=~:-1"]).await;
        found.says("deployment.age", "critical", "under way for ").says("deployment.promotion", "ok", "none waiting");
        remove(live, "stuck").await;
    });
}

#[test]
fn a_deployment_that_awaits_promotion() {
    stack::run(async {
        let live = stack::stack().await;
        let quick = json!({"MinHealthyTime": SECOND / 10, "HealthyDeadline": 120 * SECOND, "ProgressDeadline": 240 * SECOND,
            "HealthCheck": "task_states", "Canary": 1, "AutoPromote": false});
        register(live, &updated("canary", "sleep 600", "1", &quick)).await;
        until("the first version is there", Duration::from_secs(120), async || {
            (deployment(live, "canary").await["Status"] == "successful").then_some(())
        })
        .await;
        register(live, &updated("canary", "sleep 601", "2", &quick)).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "canary");
        let found = until("the canary is healthy", Duration::from_secs(120), async || {
            let found = probe.found(&["deployment", "-c", "deployment.age=0", "-w", "deployment.promotion=~:-1"]).await;
            let check = found.check("deployment.promotion");
            check["message"].as_str()?.starts_with("waiting for a promotion").then_some(found)
        })
        .await;
        found.says("deployment.promotion", "warning", "waiting for a promotion for ");
        found.says("deployment.age", "ok", "none under way").says("deployment.state", "ok", "running");
        remove(live, "canary").await;
    });
}

#[test]
fn a_deployment_that_failed() {
    stack::run(async {
        let live = stack::stack().await;
        let hasty = json!({"MinHealthyTime": SECOND, "HealthyDeadline": 6 * SECOND, "ProgressDeadline": 8 * SECOND,
            "HealthCheck": "task_states", "AutoRevert": false});
        register(live, &updated("hopeless", "sleep 0.3; exit 1", "1", &hasty)).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "hopeless");
        let found = until("the deployment has failed", Duration::from_secs(120), async || {
            let found = probe.found(&["deployment"]).await;
            (found.status() == "critical").then_some(found)
        })
        .await;
        found.says("deployment.state", "critical", "failed, 0 of 1 healthy: Failed due to progress deadline");
        remove(live, "hopeless").await;
    });
}

#[test]
fn a_lock_of_deployments_that_is_held() {
    stack::run(async {
        let live = stack::stack().await;
        let session =
            live.send(Product::Consul, "PUT", "session/create", "{\"TTL\":\"60s\",\"Behavior\":\"delete\"}").await;
        let session = session.json()["ID"].as_str().unwrap().to_owned();
        let holder = json!({"who": "ci on builder", "pid": 1, "what": "deploy", "since": "2020-01-01T00:00:00Z"});
        live.put(Product::Consul, &format!("kv/lattice/locked/production/lock?acquire={session}"), &holder.to_string())
            .await;
        let probe = Probe::of(live);
        let lock = ["--service", "locked", "--only", "deployment.lock"];
        let found = probe.found(&[&lock[..], &["--environment", "production"]].concat()).await;
        found.says("deployment.lock", "critical", "ci on builder holds it for ");
        live.put(Product::Consul, &format!("session/destroy/{session}"), "").await;
        let found = probe.found(&[&lock[..], &["--environment", "production"]].concat()).await;
        found.says("deployment.lock", "ok", "not held");
    });
}
