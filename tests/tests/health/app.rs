//! The service: a dead job, restarting allocations, too few instances, pages that do not answer well.

use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::{Value, json};
use tests::stack::{self, Live};
use tests::wait::until;

use crate::fixtures::{silent, talking};
use crate::probe::Probe;

/// A job of one shell script.
pub(crate) fn job(name: &str, script: &str, more: &Value) -> Value {
    let mut group = json!({"Name": name, "Count": 1, "Tasks": [{"Name": "main", "Driver": "raw_exec",
        "Config": {"command": "/bin/sh", "args": ["-c", script]}, "Resources": {"CPU": 20, "MemoryMB": 20}}]});
    for (key, value) in more.as_object().unwrap() {
        group[key] = value.clone();
    }
    json!({"Job": {"ID": name, "Name": name, "Type": "service", "Datacenters": ["*"], "TaskGroups": [group]}})
}

pub(crate) async fn register(live: &Live, job: &Value) {
    live.put(Product::Nomad, "jobs", &job.to_string()).await;
}

pub(crate) async fn remove(live: &Live, name: &str) {
    live.send(Product::Nomad, "DELETE", &format!("job/{name}?purge=true"), "").await;
}

#[test]
fn a_job_that_is_dead() {
    stack::run(async {
        let live = stack::stack().await;
        let never = json!({"RestartPolicy": {"Attempts": 0, "Mode": "fail"}, "ReschedulePolicy": {"Attempts": 0, "Unlimited": false}});
        register(live, &job("died", "exit 1", &never)).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "died");
        let found = until("the job is dead", Duration::from_secs(90), async || {
            let found = probe.found(&["app"]).await;
            found.check("app.job")["message"].as_str()?.contains("is dead").then_some(found)
        })
        .await;
        found
            .says("app.job", "critical", "the job died is dead")
            .says("app.allocs.failed", "warning", "1 failed within an hour")
            .says("app.allocs.missing", "critical", "0 of 1 allocations run")
            .says("app.instances", "critical", "0 of 1 instances of died pass");
        remove(live, "died").await;
        let found = probe.found(&["app"]).await;
        found.says("app.job", "critical", "there is no job died").says(
            "app.allocs.missing",
            "skipped",
            "there is no job died",
        );
    });
}

#[test]
fn an_allocation_that_restarts() {
    stack::run(async {
        let live = stack::stack().await;
        let often = json!({"RestartPolicy": {"Attempts": 100, "Interval": 3_600_000_000_000_u64, "Delay": 200_000_000, "Mode": "fail"}});
        register(live, &job("restless", "sleep 0.2; exit 1", &often)).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "restless");
        // The usual thresholds come to be critical; before that some runs may find a warning, but none has to.
        for (status, thresholds) in
            [("warning", &["-w", "allocs.restarts=0", "-c", "allocs.restarts=1000"][..]), ("critical", &[])]
        {
            until(&format!("restarts are {status}"), Duration::from_secs(120), async || {
                let found = probe.found(&[&["--only", "allocs.restarts"], thresholds].concat()).await;
                let check = found.check("app.allocs.restarts");
                (check["status"] == status && check["message"].as_str()?.contains("most of main of ")).then_some(())
            })
            .await;
        }
        let calm = probe
            .found(&["--only", "allocs.restarts", "-w", "allocs.restarts=1000", "-c", "allocs.restarts=1000"])
            .await;
        calm.says("app.allocs.restarts", "ok", "restarts within an hour");
        remove(live, "restless").await;
    });
}

#[test]
fn an_allocation_without_a_place_is_missing() {
    stack::run(async {
        let live = stack::stack().await;
        let mut huge = job("homeless", "sleep 600", &json!({}));
        huge["Job"]["TaskGroups"][0]["Tasks"][0]["Resources"]["MemoryMB"] = 16_000_000.into();
        register(live, &huge).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "homeless");
        let found = probe.found(&["app"]).await;
        found.says("app.job", "warning", "is pending").says("app.allocs.missing", "critical", "0 of 1 allocations run");
        remove(live, "homeless").await;
    });
}

#[test]
fn an_allocation_that_does_not_begin() {
    stack::run(async {
        let live = stack::stack().await;
        let mut waits = job("unbegun", "sleep 600", &json!({}));
        let source = format!("http://{}/never", silent().await);
        waits["Job"]["TaskGroups"][0]["Tasks"][0]["Artifacts"] = json!([{"GetterSource": source}]);
        register(live, &waits).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "unbegun");
        let pending = async |thresholds: [&str; 4], status: &str| {
            until(&format!("it is pending, and that is {status}"), Duration::from_secs(90), async || {
                let found = probe.found(&[&["--only", "allocs.pending"][..], &thresholds].concat()).await;
                let check = found.check("app.allocs.pending");
                (check["status"] == status && check["message"].as_str()?.contains(" is pending for ")).then_some(())
            })
            .await;
        };
        pending(["-w", "allocs.pending=1h", "-c", "allocs.pending=2h"], "ok").await;
        pending(["-w", "allocs.pending=0", "-c", "allocs.pending=2h"], "warning").await;
        pending(["-w", "allocs.pending=0", "-c", "allocs.pending=1"], "critical").await;
        remove(live, "unbegun").await;
    });
}

/// Registers an instance in Consul by hand.
async fn instance(live: &Live, service: &str, id: &str, place: &str, status: &str) {
    let (address, port) = place.rsplit_once(':').unwrap();
    let body = json!({"ID": id, "Name": service, "Address": address, "Port": port.parse::<u16>().unwrap(),
        "Check": {"CheckID": format!("check-{id}"), "Name": "alive", "TTL": "1h", "Status": status}});
    live.put(Product::Consul, "agent/service/register", &body.to_string()).await;
    // The catalog learns of it from the agent.
    until(&format!("{id} is in the catalog"), Duration::from_secs(60), async || {
        let checks = live.get(Product::Consul, &format!("health/checks/{service}")).await.json();
        let mut own = checks.as_array()?.iter().filter(|check| check["ServiceID"] == id);
        own.any(|check| check["Status"] == status).then_some(())
    })
    .await;
}

#[test]
fn a_service_with_too_few_passing_instances() {
    stack::run(async {
        let live = stack::stack().await;
        let good = talking("HTTP/1.0 200 OK\r\n\r\n# HELP a b\na 1\n").await;
        let bad = talking("HTTP/1.0 503 No\r\n\r\nnot now").await;
        instance(live, "few", "few-1", &good, "passing").await;
        let mut probe = Probe::of(live);
        let only = ["app", "monitoring", "connectivity", "--skip", "app.job", "--skip", "allocs.missing"];
        let found = probe.found(&[&only[..], &["--service", "few=2"]].concat()).await;
        found
            .says("app.instances", "warning", "1 of 2 instances of few pass")
            .says("app.health", "ok", "1 of 1 instances are healthy")
            .says("monitoring.metrics", "ok", "1 of 1 instances offer metrics");
        assert_eq!(found.check("app.instances")["value"], 1.0);
        instance(live, "few", "few-2", &bad, "critical").await;
        let found = probe.found(&[&only[..], &["--service", "few"]].concat()).await;
        found
            .says("app.instances", "warning", "1 of 2 instances of few pass; failing: alive")
            .says("app.health", "warning", &format!("1 of 2 instances are healthy; {bad} answers 503"))
            .says("app.ready", "warning", "answers 503")
            .says("monitoring.metrics", "warning", "1 of 2 instances offer metrics");
        // The tag of nobody.
        let found = probe.found(&["app", "--service", "few", "--tag", "blue"]).await;
        found.says("app.instances", "critical", "0 of 1 instances of few pass");

        // One that accepts and never answers, and one that is gone.
        let quiet = silent().await;
        instance(live, "mute", "mute-1", &quiet, "passing").await;
        instance(live, "mute", "mute-2", "127.0.0.1:1", "passing").await;
        let found = probe.found(&[&only[..], &["--service", "mute", "--request-timeout", "500ms"]].concat()).await;
        found.says("app.health", "critical", "no answer within 0.5 s").says("app.health", "critical", "127.0.0.1:1: ");

        // The ports behind which SQL is spoken.
        instance(live, "few-sql", "few-sql-1", &quiet, "passing").await;
        instance(live, "few-sql", "few-sql-2", "127.0.0.1:1", "passing").await;
        instance(live, "few-sidecar-proxy", "few-sidecar-1", &quiet, "critical").await;
        probe.set("LATTICE_HEALTH_SERVICE", "few");
        let found = probe.found(&["connectivity"]).await;
        found.says("connectivity.sql", "warning", "1 of 2 SQL ports take connections; 127.0.0.1:1: ").says(
            "connectivity.sidecars",
            "critical",
            "0 of 1 sidecars pass; failing: alive",
        );
        for id in ["few-1", "few-2", "mute-1", "mute-2", "few-sql-1", "few-sql-2", "few-sidecar-1"] {
            live.put(Product::Consul, &format!("agent/service/deregister/{id}"), "").await;
        }
    });
}

#[test]
fn intentions_that_allow_everybody() {
    stack::run(async {
        let live = stack::stack().await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "open-house");
        let found = probe.found(&["--only", "mesh.intentions"]).await;
        found.says("mesh.intentions", "ok", "only named services may call open-house");
        let entry =
            json!({"Kind": "service-intentions", "Name": "open-house", "Sources": [{"Name": "*", "Action": "allow"}]});
        live.put(Product::Consul, "config", &entry.to_string()).await;
        let found = probe.found(&["--only", "mesh.intentions"]).await;
        found.says("mesh.intentions", "warning", "any service may call open-house");
        live.send(Product::Consul, "DELETE", "config/service-intentions/open-house", "").await;
    });
}

#[test]
fn backups_that_succeed_fail_and_are_forgotten() {
    stack::run(async {
        let live = stack::stack().await;
        let periodic = |script: &str| {
            let mut job = job(
                "kept-backup",
                script,
                &json!({"RestartPolicy": {"Attempts": 0, "Mode": "fail"},
                "ReschedulePolicy": {"Attempts": 0, "Unlimited": false}}),
            );
            job["Job"]["Type"] = "batch".into();
            job["Job"]["Periodic"] = json!({"Enabled": true, "SpecType": "cron", "Specs": ["0 0 1 1 *"]});
            job
        };
        register(live, &periodic("exit 0")).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "kept");
        let state = probe.file("state.json");
        let state = state.to_str().unwrap();
        let found = probe.found(&["backup"]).await;
        found.says("backup.age", "unknown", "no success of kept-backup is known");
        let force = async || live.put(Product::Nomad, "job/kept-backup/periodic/force", "").await;
        force().await;
        let found = until("the backup has succeeded", Duration::from_secs(90), async || {
            let found = probe.found(&["backup", "--state-file", state]).await;
            (found.status() == "ok").then_some(found)
        })
        .await;
        found.says("backup.age", "ok", "kept-backup succeeded ");
        // Nomad forgets, the state does not.
        until("Nomad has forgotten the run", Duration::from_secs(60), async || {
            // Each takes what is over by then.
            live.put(Product::Nomad, "system/gc", "").await;
            let runs = live.get(Product::Nomad, "jobs?prefix=kept-backup").await.json();
            (runs.as_array()?.len() == 1).then_some(())
        })
        .await;
        probe.found(&["backup"]).await.says("backup.age", "unknown", "Nomad forgets ended runs");
        let found = probe.found(&["backup", "--state-file", state]).await;
        found.says("backup.age", "ok", "kept-backup succeeded ");
        let found =
            probe.found(&["backup", "--state-file", state, "-w", "backup.age=~:-1", "-c", "backup.age=1d"]).await;
        found.says("backup.age", "warning", "kept-backup succeeded ");
        register(live, &periodic("exit 1")).await;
        // A run of the same second would have the same name.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        force().await;
        until("the backup has failed", Duration::from_secs(90), async || {
            let found = probe.found(&["backup", "--state-file", state]).await;
            let check = found.check("backup.age");
            (check["status"] == "warning" && check["message"].as_str()?.contains("the newest run failed")).then_some(())
        })
        .await;
        probe.found(&["backup", "--backup-job", "none-backup"]).await.says("backup.age", "critical", "there is no job");
        remove(live, "kept-backup").await;
    });
}
