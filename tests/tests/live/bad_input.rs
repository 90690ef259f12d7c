//! Nothing is changed when the input or a server is wrong, and the message says where and what to do.

use lattice_deploy::servers::Product;
use tests::dump::dump;
use tests::project::Project;
use tests::stack;
use tests::stack::Live;
use tests::wait::until;

/// The commands that would change something.
const WRITING: [&[&str]; 5] = [
    &["deploy"],
    &["vault-setup"],
    &["consul-config"],
    &["cleanup", "--yes"],
    &["secrets", "rotate", "admin_password"],
];

#[test]
fn a_wrong_configuration_is_refused_with_its_place() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "wrong");
        let before = dump(live).await;
        let good = std::fs::read_to_string(project.config()).unwrap();
        let number = good.lines().count() + 1;
        for (bad, name, what) in [
            ("instance_cuont = 3", "instance_cuont", "instance_count"),
            ("http_port = \"many\"", "http_port", "number"),
            ("sql_port = 70000", "sql_port", "1 to 65535"),
            ("canary_weight = 101", "canary_weight", "0 to 100"),
        ] {
            std::fs::write(project.config(), format!("{good}{bad}\n")).unwrap();
            for command in WRITING {
                let place = format!("terraform.tfvars:{number}:");
                let output = project.deploy(command).await.exits(3).says(&[&place, name, what]);
                let column = output.stderr.split(&place).nth(1).unwrap().split(':').next().unwrap();
                assert!(column.parse::<usize>().is_ok(), "no column in {}", output.stderr);
            }
        }
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn an_unreachable_server_is_named_with_its_address() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let before = dump(live).await;
        for (variable, server) in [("VAULT_ADDR", "Vault"), ("CONSUL_HTTP_ADDR", "Consul"), ("NOMAD_ADDR", "Nomad")] {
            let mut project = Project::on(live, "nobody");
            project.cli.set(variable, "http://127.0.0.1:1");
            project.deploy(&["deploy"]).await.exits(4).says(&[server, "127.0.0.1:1", variable, "nothing was changed"]);
        }
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn a_wrong_token_is_named_with_its_variable() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let before = dump(live).await;
        for variable in ["VAULT_TOKEN", "CONSUL_HTTP_TOKEN", "NOMAD_TOKEN"] {
            let mut project = Project::on(live, "stranger");
            let token = "11111111-2222-3333-4444-555555555555";
            project.cli.set(variable, token);
            project.cli.hide(token);
            project.deploy(&["deploy"]).await.exits(5).says(&[variable, "nothing was changed"]);
        }
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn a_sealed_vault_is_recognised() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "sealed");
        let before = dump(live).await;
        live.put(Product::Vault, "sys/seal", "").await;
        let output = project.deploy(&["deploy"]).await;
        live.stack().unseal().await.unwrap();
        active(live).await;
        output.exits(4).says(&["sealed", "vault operator unseal", "nothing was changed"]);
        let differences = before.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

async fn active(live: &Live) {
    until("Vault is active", std::time::Duration::from_secs(60), async || {
        (live.get(Product::Vault, "sys/health").await.status == 200).then_some(())
    })
    .await;
}
