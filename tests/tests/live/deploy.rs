//! A deployment is what the official command lines say it is.

use std::collections::BTreeSet;

use lattice_deploy::servers::Product;
use serde_json::Value;
use tests::http;
use tests::project::Project;
use tests::stack::{self, BASE};

#[test]
fn the_official_command_lines_see_a_healthy_service() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "official");
        project.set("instance_count", 2);
        let said = project.deploy(&["deploy"]).await.exits(0);
        assert!(said.stdout.contains("official version 0 (v1) runs healthy: 2 of 2 instances."), "{}", said.stdout);

        let services = live.official(Product::Consul, &["catalog", "services"]).await;
        assert!(services.lines().any(|line| line == "official"), "{services}");
        let status = live.official(Product::Nomad, &["job", "status", "official"]).await;
        let latest = status.split_once("Latest Deployment").unwrap().1;
        assert!(latest.lines().any(|line| line.starts_with("Status") && line.ends_with("successful")), "{status}");
        let versions = project.runs("v1", 2).await;
        let checks = live.get(Product::Consul, "health/checks/official").await.json();
        assert_eq!(checks.as_array().unwrap().len(), 4, "{checks}");
        for version in &versions {
            runs_well(&project, version).await;
        }
        for (address, _) in project.instances().await {
            assert_eq!(http::get(&format!("http://{address}/ready")).await.unwrap().status, 200);
        }
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

/// Secret, configuration and certificate have arrived and belong together.
async fn runs_well(project: &Project<'_>, version: &Value) {
    assert_eq!(version["secret"]["names"], serde_json::json!(["admin_password", "encryption_key"]), "{version}");
    assert_eq!(version["secret"]["sha256"], project.digest().await, "{version}");
    assert_eq!(version["config"]["replicas"], "2", "{version}");
    let certificate = &version["certificate"];
    assert_eq!(certificate["issuer"], format!("CN={BASE} intermediate CA"), "{version}");
    assert_eq!(certificate["subject"], "CN=official.service.consul", "{version}");
    assert_eq!(certificate["key_matches"], true, "{version}");
    let serial = certificate["serial"].as_str().unwrap().replace(':', "-");
    let known = project.live.get(Product::Vault, &format!("pki_int/cert/{serial}")).await;
    assert_eq!(known.status, 200, "{known:?}");
}

#[test]
fn the_policy_grants_what_is_declared_and_nothing_more() {
    stack::run(async {
        let live = stack::stack().await;
        let project = Project::on(live, "granted");
        project.deploy(&["vault-setup"]).await.exits(0);
        let policy = live.official(Product::Vault, &["policy", "read", "granted-policy"]).await;
        let rules: Vec<&str> = policy.lines().filter(|line| line.contains('"')).map(str::trim).collect();
        let granted: BTreeSet<(&str, &str)> = rules.chunks(2).map(|rule| (rule[0], rule[1])).collect();
        let declared = [
            ("secret/data/granted/development/*", "read"),
            ("pki_int/issue/granted", "update"),
            ("transit/encrypt/granted", "update"),
            ("transit/decrypt/granted", "update"),
        ];
        let rule = |(path, can): (&str, &str)| (format!("path \"{path}\" {{"), format!("capabilities = [\"{can}\"]"));
        let declared = declared.map(rule);
        let declared = declared.iter().map(|(path, can)| (path.as_str(), can.as_str())).collect();
        assert_eq!(granted, declared, "{policy}");
        assert!(!policy.contains("sys/"), "{policy}");
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn nothing_secret_is_logged_at_the_highest_level() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "traced");
        let password = "correct-horse-battery-staple";
        project.cli.set("TF_VAR_admin_password", password);
        project.cli.hide(password);
        let said = project.deploy(&["-vv", "deploy"]).await.exits(0);
        assert!(said.stderr.lines().count() > 100, "no log: {}", said.stderr);
        assert_eq!(project.secret().await.unwrap()["admin_password"], password);
        for command in [
            &["-vv", "status"][..],
            &["-vv", "secrets", "list"],
            &["-vv", "inputs"],
            &["-vv", "render", "all"],
            &["-vv", "plan"],
        ] {
            project.deploy(command).await.exits(0);
        }
        project.deploy(&["-vv", "cleanup", "--yes"]).await.exits(0);
    });
}
