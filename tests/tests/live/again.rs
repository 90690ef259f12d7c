//! What is done already is not done again.

use tests::dump::dump;
use tests::project::Project;
use tests::stack;

#[test]
fn deploying_again_changes_nothing_at_all() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "again");
        project.deploy(&["deploy"]).await.exits(0);
        let (before, version) = (dump(live).await, project.job().await["Version"].clone());
        project.deploy(&["deploy"]).await.exits(0).says(&["Nothing to change"]);
        project.deploy(&["plan", "--detailed-exitcode"]).await.exits(0);
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert_eq!(project.job().await["Version"], version);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn setting_up_again_changes_nothing_and_rotates_nothing() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "twice");
        project.deploy(&["vault-setup"]).await.exits(0);
        project.deploy(&["consul-config"]).await.exits(0);
        let (before, secret) = (dump(live).await, project.secret().await.unwrap());
        project.deploy(&["vault-setup"]).await.exits(0).says(&["Nothing to change"]);
        project.deploy(&["consul-config"]).await.exits(0).says(&["Nothing to change"]);
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert_eq!(project.secret().await.unwrap(), secret);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}
