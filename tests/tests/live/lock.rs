//! One run at a time; and a run that was killed neither blocks the next nor leaves anything behind.

use std::process::Command;
use std::time::Duration;

use lattice_deploy::servers::Product;
use tests::dump::{dump, unchanged_since};
use tests::project::Project;
use tests::stack::{self, Live};
use tests::wait::until;
use tokio::process::Child;

async fn locked(project: &Project<'_>) -> bool {
    project.live.get(Product::Consul, &format!("kv/lattice/{}/lock", project.prefix())).await.status == 200
}

#[test]
fn a_second_run_is_refused_or_waits() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "queue");
        project.cli.set("USER", "somebody-else");
        project.set("min_healthy_time", "5s");
        let first = project.cli.start(&["deploy"], "").await;
        until("the first run holds the lock", Duration::from_secs(30), async || locked(&project).await.then_some(()))
            .await;
        let pid = format!("process {}", first.id().unwrap());
        // Looks at the servers while the first has hardly begun, so that it must look again when its turn comes.
        let second = project.cli.start(&["deploy", "--image-tag", "v2", "--lock-wait", "2m"], "").await;
        let third = project.deploy(&["deploy", "--image-tag", "v3"]).await;
        third.exits(6).says(&["somebody-else", &pid, "lattice-deploy deploy", "--lock-wait"]);
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
        project.set("min_healthy_time", "10s");
        project.set("healthy_deadline", "60s");
        let holds = project.cli.start(&["deploy"], "").await;
        let limit = Duration::from_secs(30);
        until("the job is watched", limit, async || (!project.job().await.is_null()).then_some(())).await;
        let waits = project.cli.start(&["deploy", "--image-tag", "v2", "--lock-wait", "2m"], "").await;
        until("a second run waits", limit, async || (sessions(&project).await == 2).then_some(())).await;
        signal(&waits, "-INT");
        project.cli.wait(waits).await.exits(130).says(&["interrupted"]);
        assert!(locked(&project).await && sessions(&project).await == 1, "the first run must go on");
        signal(&holds, "-TERM");
        project.cli.wait(holds).await.exits(130).says(&["interrupted"]);
        assert!(!locked(&project).await && sessions(&project).await == 0, "something of a stopped run is left");
        project.deploy(&["deploy"]).await.exits(0).says(&["(v1) runs healthy"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn a_killed_run_gives_way_and_the_next_completes_its_work() {
    stack::run(async {
        let live = Live::start(|_| {}).await;
        let project = Project::on(&live, "killed");
        let before = dump(&live).await;
        let mut first = project.cli.start(&["deploy"], "").await;
        until("half of the work is done", Duration::from_secs(30), async || {
            (live.get(Product::Vault, "sys/policies/acl/killed-policy").await.status == 200).then_some(())
        })
        .await;
        first.kill().await.unwrap();
        assert!(project.job().await.is_null(), "killed too late");
        // Its session ends between one and two times its time to live.
        until("the lock is free again", Duration::from_secs(62), async || (!locked(&project).await).then_some(()))
            .await;
        project.deploy(&["deploy", "--lock-wait", "5s"]).await.exits(0);
        project.runs("v1", 1).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(&live, &before).await;
        drop(project);
        live.stop().await;
    });
}
