//! Tokens that are wrong, lack a permission, or end soon: that is not known is never "down".

use lattice_deploy::servers::Product;
use serde_json::{Value, json};
use tests::stack::{self, Live};

use crate::probe::Probe;

/// A policy of Vault cannot be empty.
const NOTHING: &str = "path \"none\" { capabilities = [\"deny\"] }";

async fn consul_token(live: &Live, rules: &str, name: &str, ttl: Option<&str>) -> String {
    let policy = json!({"Name": name, "Rules": rules}).to_string();
    live.put(Product::Consul, "acl/policy", &policy).await;
    let token = json!({"Policies": [{"Name": name}], "ExpirationTTL": ttl}).to_string();
    secret(&live.send(Product::Consul, "PUT", "acl/token", &token).await.json()["SecretID"])
}

async fn nomad_token(live: &Live, rules: &str, name: &str, ttl: Option<&str>) -> String {
    let policy = json!({"Name": name, "Rules": rules}).to_string();
    live.put(Product::Nomad, &format!("acl/policy/{name}"), &policy).await;
    let token = json!({"Name": name, "Type": "client", "Policies": [name], "ExpirationTTL": ttl}).to_string();
    secret(&live.send(Product::Nomad, "POST", "acl/token", &token).await.json()["SecretID"])
}

async fn vault_token(live: &Live, rules: &str, name: &str, ttl: &str) -> String {
    let policy = json!({"policy": rules}).to_string();
    live.put(Product::Vault, &format!("sys/policies/acl/{name}"), &policy).await;
    let token = json!({"policies": [name], "ttl": ttl}).to_string();
    secret(&live.send(Product::Vault, "POST", "auth/token/create", &token).await.json()["auth"]["client_token"])
}

fn secret(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no token: {value}")).to_owned()
}

fn with(live: &Live, tokens: [(&str, &str); 3]) -> Probe {
    let mut probe = Probe::of(live);
    for (variable, token) in tokens {
        probe.0.hide(token);
        probe.set(variable, token);
    }
    probe
}

#[test]
fn tokens_that_nobody_knows() {
    stack::run(async {
        let live = stack::stack().await;
        let wrong = "0badc0de-0bad-c0de-0bad-c0de0badc0de";
        let probe =
            with(live, [("CONSUL_HTTP_TOKEN", wrong), ("VAULT_TOKEN", "hvs.0badc0de0badc0de"), ("NOMAD_TOKEN", wrong)]);
        let found = probe.found(&["--service", "base"]).await;
        // The servers are well, and the tokens are what is wrong.
        found
            .says("consul.leader", "unknown", "the token is not known")
            .says("vault.seal", "ok", "unsealed and active")
            .says("nomad.leader", "ok", "leader")
            .says("tokens.vault", "critical", "the token is not valid")
            .says("tokens.nomad", "critical", "the token is not valid")
            .says("nomad.nodes.down", "unknown", "the token may not look");
        for check in found.0["checks"].as_array().unwrap() {
            let critical = check["status"] == "critical";
            assert!(!critical || check["component"] == "tokens", "a wrong token is not a server that is down: {check}");
        }
    });
}

#[test]
fn tokens_that_lack_a_permission() {
    stack::run(async {
        let live = stack::stack().await;
        let consul = consul_token(live, "", "health-nothing", None).await;
        let nomad = nomad_token(live, "agent { policy = \"deny\" }", "health-nothing", None).await;
        let vault = vault_token(live, NOTHING, "health-nothing", "48h").await;
        let probe = with(live, [("CONSUL_HTTP_TOKEN", &consul), ("VAULT_TOKEN", &vault), ("NOMAD_TOKEN", &nomad)]);
        let found = probe.found(&["--service", "base", "--with", "vault.audit"]).await;
        for (id, line) in [
            ("consul.tolerance", "operator = \"read\""),
            ("nomad.nodes.down", "node { policy = \"read\" }"),
            ("nomad.servers", "operator { policy = \"read\" }"),
            ("app.job", "capabilities = [\"list-jobs\", \"read-job\"]"),
            ("vault.servers", "path \"sys/storage/raft/autopilot/state\""),
            ("vault.audit", "path \"sys/audit\""),
        ] {
            found.says(id, "unknown", line);
            assert!(found.check(id)["hint"].as_str().unwrap().contains(line), "{id}");
        }
        found.says("consul.leader", "ok", "leader").says("tokens.consul", "ok", "does not expire");
        // Consul leaves out what a token may not see: that is no less unknown.
        found.says("consul.members", "unknown", "");
        let critical = found.trouble().into_iter().filter(|line| line.contains("\"critical\"")).collect::<Vec<_>>();
        assert!(critical.iter().all(|line| line.contains("app.instances")), "{critical:?}");
        assert_eq!(probe.run(&["nomad", "--unknown-as", "ok"]).await.code, 0);
        assert_eq!(probe.run(&["nomad", "--unknown-as", "critical"]).await.code, 2);
        assert_eq!(probe.run(&["nomad", "--max-severity", "warning"]).await.code, 1);
        assert_eq!(probe.run(&["nomad", "--exit-ok"]).await.code, 0);

        // With exactly the lines that the table names everything can be seen.
        let all = |product: &str| -> String {
            lattice_deploy::health::CHECKS.iter().filter(|spec| spec.permission.ends_with(product)).fold(
                String::new(),
                |rules, spec| {
                    let lines = spec.permission.split('`').skip(1).step_by(2);
                    lines.fold(
                        rules,
                        |rules, line| if rules.contains(line) { rules } else { format!("{rules}{line}\n") },
                    )
                },
            )
        };
        let named = |rules: String| rules.replace("<service>", "base").replace("<namespace>", "default");
        // One service block with both of its rights.
        let rules = named(all("Consul")).replace(
            "service \"base\" { policy = \"read\" }\n",
            "service \"base\" { policy = \"read\" intentions = \"read\" }\n",
        );
        let rules = rules.replace("service \"base\" { intentions = \"read\" }\n", "");
        let consul = consul_token(live, &rules, "health-all", None).await;
        let nomad = nomad_token(live, &named(all("Nomad")), "health-all", None).await;
        let vault = vault_token(live, &named(all("Vault")), "health-all", "48h").await;
        let probe = with(live, [("CONSUL_HTTP_TOKEN", &consul), ("VAULT_TOKEN", &vault), ("NOMAD_TOKEN", &nomad)]);
        let found = probe.found(&["--service", "base", "--with", "vault.audit", "--with", "consul.kv"]).await;
        let unknown = found.trouble().into_iter().filter(|line| line.contains("\"unknown\"")).collect::<Vec<_>>();
        assert_eq!(unknown, Vec::<String>::new());
    });
}

#[test]
fn a_token_that_cannot_be_read_is_said_once() {
    stack::run(async {
        let mut probe = Probe::anywhere();
        probe.set("VAULT_TOKEN_FILE", "/none/vault.token");
        let output = probe.run(&[]).await.exits(3);
        assert!(output.stdout.starts_with("UNKNOWN: Vault: "), "{}", output.stdout);
        assert_eq!(output.stdout.matches("/none/vault.token cannot be read").count(), 1, "{}", output.stdout);
    });
}

#[test]
fn tokens_that_end_soon() {
    stack::run(async {
        let live = stack::stack().await;
        let consul = consul_token(live, "agent_prefix \"\" { policy = \"read\" }", "health-soon", Some("2h")).await;
        let nomad = nomad_token(live, "node { policy = \"read\" }", "health-soon", Some("2h")).await;
        let vault = vault_token(live, NOTHING, "health-soon", "30m").await;
        let probe = with(live, [("CONSUL_HTTP_TOKEN", &consul), ("VAULT_TOKEN", &vault), ("NOMAD_TOKEN", &nomad)]);
        let found = probe.found(&["tokens"]).await;
        found.says("tokens.consul", "warning", "expires in ").says("tokens.nomad", "warning", "expires in ").says(
            "tokens.vault",
            "critical",
            "expires in ",
        );
        assert_eq!(found.check("tokens.vault")["critical"], "3600:");
        let found = probe
            .found(&["tokens", "-w", "tokens.vault=1m:", "-c", "tokens.vault=10s:", "-w", "tokens.consul=1h:"])
            .await;
        found.says("tokens.vault", "ok", "").says("tokens.consul", "ok", "").says("tokens.nomad", "warning", "");
    });
}
