//! One run at a time; and a run that was killed neither blocks the next nor leaves anything behind.

use std::process::Command;
use std::time::Duration;

use lattice_deploy::servers::Product;
use tests::dump::{dump, unchanged_since};
use tests::gate::Gate;
use tests::project::Project;
use tests::stack::{self, Live};
use tests::wait::until;
use tokio::process::Child;

/// How long a run may take to begin its work, or a session to end.
const LIMIT: Duration = Duration::from_secs(120);

/// A run that holds the lock and is done with everything but the job, which the gate keeps from Nomad.
async fn held(project: &mut Project<'_>) -> (Child, Gate) {
    let nomad = project.live.stack().address(Product::Nomad);
    let gate = Gate::before(&nomad, "PUT /v1/jobs").await;
    project.cli.set("NOMAD_ADDR", &gate.address);
    let run = project.cli.start(&["deploy"], "").await;
    gate.holds().await;
    assert!(locked(project).await, "it works without the lock");
    project.cli.set("NOMAD_ADDR", &nomad);
    (run, gate)
}

async fn locked(project: &Project<'_>) -> bool {
    project.live.get(Product::Consul, &format!("kv/lattice/{}/lock", project.prefix())).await.status == 200
}

#[test]
fn a_second_run_is_refused_or_waits() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "queue");
        project.cli.set("USER", "somebody-else");
        let (first, gate) = held(&mut project).await;
        let pid = format!("process {}", first.id().unwrap());
        // Looks at the servers while the first has hardly begun, so that it must look again when its turn comes.
        let second = project.cli.start(&["deploy", "--image-tag", "v2", "--lock-wait", "3m"], "").await;
        until("the second run waits", LIMIT, async || (sessions(&project).await == 2).then_some(())).await;
        let third = project.deploy(&["deploy", "--image-tag", "v3"]).await;
        third.exits(6).says(&["somebody-else", &pid, "lattice-deploy deploy", "--lock-wait"]);
        gate.open();
        project.cli.wait(first).await.exits(0).says(&["(v1) runs healthy"]);
        project.cli.wait(second).await.exits(0).says(&["(v2) runs healthy"]);
        project.runs("v2", 1).await;
        assert!(!locked(&project).await);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

fn signal(run: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &run.id().unwrap().to_string()]).status().unwrap();
    assert!(sent.success(), "{signal} cannot be sent");
}

/// The sessions of this project's runs, of which each has one while it holds the lock or waits for it.
async fn sessions(project: &Project<'_>) -> usize {
    let all = project.live.get(Product::Consul, "session/list").await.json();
    let name = format!("lattice-deploy {}", project.prefix());
    all.as_array().unwrap().iter().filter(|session| session["Name"] == *name).count()
}

#[test]
fn a_signal_frees_the_lock_at_once() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "stopped");
        // Longer than anything that the test does meanwhile.
        project.set("min_healthy_time", "2m");
        project.set("healthy_deadline", "5m");
        let holds = project.cli.start(&["deploy"], "").await;
        until("the job is watched", LIMIT, async || (!project.job().await.is_null()).then_some(())).await;
        let waits = project.cli.start(&["deploy", "--image-tag", "v2", "--lock-wait", "2m"], "").await;
        until("a second run waits", LIMIT, async || (sessions(&project).await == 2).then_some(())).await;
        signal(&waits, "-INT");
        project.cli.wait(waits).await.exits(130).says(&["interrupted"]);
        assert!(locked(&project).await && sessions(&project).await == 1, "the first run must go on");
        signal(&holds, "-TERM");
        project.cli.wait(holds).await.exits(130).says(&["interrupted"]);
        assert!(!locked(&project).await && sessions(&project).await == 0, "something of a stopped run is left");
        project.set("min_healthy_time", "1s");
        project.deploy(&["deploy"]).await.exits(0).says(&["(v1) runs healthy"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn a_killed_run_gives_way_and_the_next_completes_its_work() {
    stack::run(async {
        let live = Live::start(|_| {}).await;
        let mut project = Project::on(&live, "killed");
        let before = dump(&live).await;
        let (mut first, _gate) = held(&mut project).await;
        first.kill().await.unwrap();
        let policy = live.get(Product::Vault, "sys/policies/acl/killed-policy").await;
        assert!(policy.status == 200 && project.job().await.is_null(), "not killed in the middle");
        // Its session ends between one and two times its time to live, which is half a minute.
        until("the lock is free again", LIMIT, async || (!locked(&project).await).then_some(())).await;
        project.deploy(&["deploy", "--lock-wait", "30s"]).await.exits(0);
        project.runs("v1", 1).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(&live, &before).await;
        drop(project);
        live.stop().await;
    });
}
