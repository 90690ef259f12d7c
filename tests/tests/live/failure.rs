//! Each way in which a rollout can fail has its own exit code, and says what to look at.

use std::time::{Duration, Instant};

use lattice_deploy::servers::Product;
use tests::project::Project;
use tests::stack;

/// The sample's last words when its health check fails.
const LAST_WORDS: &str = "health check failing";

/// When a version that never gets healthy is given up: long enough for it to start and say so on a busy machine.
const HOPELESS: &str = "20s";

/// The allocations of a version of the job, as they are shown.
async fn allocations(project: &Project<'_>, version: u64) -> Vec<String> {
    let all = project.live.get(Product::Nomad, &format!("job/{}/allocations", project.name)).await.json();
    let of = all.as_array().unwrap().iter().filter(|allocation| allocation["JobVersion"] == version);
    of.map(|allocation| allocation["ID"].as_str().unwrap()[..8].to_owned()).collect()
}

#[test]
fn a_version_that_fails_its_check_is_rolled_back() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "back");
        project.set("instance_count", 2);
        project.deploy(&["deploy"]).await.exits(0);
        project.set("healthy_deadline", HOPELESS);
        let output = project.deploy(&["update", "--image-tag", "v9-broken"]).await.exits(10);
        let output = output.says(&[LAST_WORDS, "(v9-broken) failed", "(v1) runs now."]);
        let failing = allocations(&project, 1).await;
        assert!(!failing.is_empty());
        assert!(failing.iter().any(|id| output.stdout.contains(id)), "{failing:?} in {}", output.stdout);
        project.runs("v1", 2).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn a_first_version_that_fails_its_check_is_no_rollback() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "first");
        project.set("healthy_deadline", HOPELESS);
        let output = project.deploy(&["deploy", "--image-tag", "v9-broken"]).await.exits(9).says(&[LAST_WORDS]);
        let failing = allocations(&project, 0).await;
        assert!(failing.iter().any(|id| output.stdout.contains(id)), "{failing:?} in {}", output.stdout);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn an_instance_without_a_place_is_named_with_the_reason() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "huge");
        project.set("memory_limit", 16_000_000);
        let begun = Instant::now();
        let output = project.deploy(&["deploy", "--placement-timeout", "3s"]).await.exits(8);
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
        output.says(&["There is no place for huge", "memory exhausted on 1 node"]);
        // Another look at the same version finds the same.
        project.deploy(&["deploy", "--placement-timeout", "3s"]).await.exits(8).says(&["memory exhausted on 1 node"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}
