//! What somebody else has made is neither changed nor taken over.

use lattice_deploy::servers::Product;
use serde_json::json;
use tests::dump::dump;
use tests::project::Project;
use tests::stack;

#[test]
fn a_policy_of_somebody_else_stops_everything_before_it_begins() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "taken");
        let theirs = json!({ "policy": "path \"theirs\" {\n  capabilities = [\"read\"]\n}\n" }).to_string();
        live.put(Product::Vault, "sys/policies/acl/taken-policy", &theirs).await;
        let before = dump(live).await;
        for command in ["vault-setup", "deploy"] {
            project.deploy(&[command]).await.exits(7).says(&["taken-policy", "nothing was changed"]);
            let differences = before.differences(&dump(live).await);
            assert!(differences.is_empty(), "{}", differences.join("\n"));
        }
        live.send(Product::Vault, "DELETE", "sys/policies/acl/taken-policy", "").await;
    });
}
