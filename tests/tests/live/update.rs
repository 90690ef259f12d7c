//! A new version replaces the old one without the service going away.

use std::time::Duration;

use tests::project::Project;
use tests::stack;
use tokio::time::sleep;

#[test]
fn an_update_keeps_all_but_one_instance_passing_at_every_moment() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "rolling");
        project.set("instance_count", 3);
        project.deploy(&["deploy"]).await.exits(0);
        project.runs("v1", 3).await;

        let update = project.cli.start(&["update", "--image-tag", "v2"], "").await;
        let (mut fewest, mut looks, mut seen_both) = (usize::MAX, 0, false);
        let watch = async {
            loop {
                fewest = fewest.min(project.instances().await.iter().filter(|(_, passing)| *passing).count());
                let versions = project.versions().await;
                seen_both |= versions.iter().any(|seen| seen["version"] == "v1")
                    && versions.iter().any(|seen| seen["version"] == "v2");
                looks += 1;
                sleep(Duration::from_millis(30)).await;
            }
        };
        let output = tokio::select! {
            output = project.cli.wait(update) => output,
            () = watch => unreachable!("the watch has no end"),
        };
        output.exits(0).says(&["rolling version 1 (v2) runs healthy: 3 of 3 instances."]);
        assert!(fewest >= 2, "only {fewest} instances passed at one moment");
        assert!(looks > 10 && seen_both, "{looks} looks saw no rolling update");
        project.runs("v2", 3).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn the_version_may_come_from_the_environment_but_must_be_named() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "named");
        project
            .deploy(&["update", "--image-tag", "v2"])
            .await
            .exits(1)
            .says(&["there is no job named", "lattice-deploy deploy"]);
        project.deploy(&["deploy"]).await.exits(0);
        project.deploy(&["update"]).await.exits(64).says(&["--image-tag", "IMAGE_TAG"]);
        project.cli.set("IMAGE_TAG", "v3");
        project.deploy(&["update"]).await.exits(0).says(&["named version 1 (v3) runs healthy"]);
        project.runs("v3", 1).await;
        project.deploy(&["rollback"]).await.exits(0);
        project.runs("v1", 1).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}
