//! Accounts of a real `PostgreSQL`, made by Vault for the service and gone with it.

use serde_json::Value;
use tests::dump::{dump, unchanged_since};
use tests::postgres::{ADMIN, Database, PASSWORD};
use tests::project::Project;
use tests::stack;

#[test]
fn the_service_gets_an_account_of_its_own() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let database = Database::start().await;
        let mut project = Project::on(live, "stored");
        let before = dump(live).await;
        project.set("db_connection_url", database.connection_url());
        project.set("db_username", ADMIN);
        project.cli.set("TF_VAR_db_password", PASSWORD);
        project.cli.hide(PASSWORD);
        project.deploy(&["deploy"]).await.exits(0);
        let versions = project.runs("v1", 1).await;
        let username = versions[0]["database"]["username"].as_str().unwrap();
        assert!(
            username.starts_with("v-jwt-nomad-stored-") || username.starts_with("v-jwt-noma-stored-"),
            "{username}"
        );

        let password = password(live, versions[0]["alloc_id"].as_str().unwrap(), username);
        let who = database.ask(username, &password, "select current_user").await;
        assert_eq!(who.as_deref(), Ok(username));
        project.cli.hide(&password);

        project.deploy(&["deploy"]).await.exits(0).says(&["Nothing to change"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        let roles = format!("select count(*) from pg_roles where rolname = '{username}'");
        assert_eq!(database.ask(ADMIN, PASSWORD, &roles).await.as_deref(), Ok("0"));
        unchanged_since(live, &before).await;
        database.stop().await;
    });
}

/// The password is in the task's own secrets and nowhere else.
fn password(live: &stack::Live, allocation: &str, username: &str) -> String {
    let mut folders = vec![live.stack().data_dir().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.ends_with("secrets/database.json") && path.display().to_string().contains(allocation) {
                let account: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
                assert_eq!(account["username"], username);
                return account["password"].as_str().unwrap().to_owned();
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            }
        }
    }
    panic!("the task has no credentials")
}
