//! All is well: every check, every format, one connection to each server.

use std::sync::atomic::Ordering;
use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::Value;
use tests::project::Project;
use tests::stack;
use tests::wait::until;

use crate::fixtures::counting;
use crate::probe::Probe;

#[test]
fn a_healthy_deployment_is_ok_in_every_format() {
    stack::run(async {
        let live = stack::stack().await;
        let mut project = Project::on(live, "well");
        project.set("instance_count", 2);
        project.deploy(&["deploy"]).await.exits(0);
        project.runs("v1", 2).await;
        let mut probe = Probe::of(live);
        probe.set("LATTICE_SERVICE", "well").set("LATTICE_HEALTH_ENVIRONMENT", "development");

        // An instance that has just been made may be asked before it is ready; that nothing is wrong must come true.
        let found = until("nothing is wrong", Duration::from_secs(60), async || {
            let found = probe.found(&["--with", "consul.kv", "--expect", "2"]).await;
            println!("{:?}", found.trouble());
            found.trouble().is_empty().then_some(found)
        })
        .await;
        assert_eq!(found.status(), "ok");
        found
            .says("consul.leader", "ok", "leader 127.0.0.1:")
            .says("consul.tolerance", "ok", "a single server")
            .says("consul.kv", "ok", "a key was written and read")
            .says("vault.seal", "ok", "unsealed and active, version ")
            .says("vault.servers", "ok", "1 servers, all healthy")
            .says("nomad.nodes.ready", "ok", "1 of 1 nodes ready")
            .says("app.job", "ok", "the job well is running")
            .says("app.allocs.missing", "ok", "2 of 2 allocations run")
            .says("app.instances", "ok", "2 of 2 instances of well pass")
            .says("app.health", "ok", "2 of 2 instances are healthy")
            .says("app.ready", "ok", "2 of 2 instances are ready")
            .says("monitoring.metrics", "ok", "2 of 2 instances offer metrics")
            .says("mesh.intentions", "ok", "only named services may call well")
            .says("mesh.root", "ok", "the mesh's root certificate ends in ")
            .says("certs.pki", "ok", "the issuer of pki_int ends in ")
            .says("certs.vault", "skipped", "no TLS")
            .says("tokens.vault", "ok", "does not expire")
            .says("deployment.state", "ok", "successful, 2 of 2 healthy")
            .says("deployment.lock", "ok", "not held")
            .says("connectivity.sql", "skipped", "there is no service well-sql")
            .says("backup.age", "skipped", "there is no job well-backup");
        // Nothing is left of the round trip.
        let keys = live.get(Product::Consul, "kv/lattice/health/?keys").await;
        assert_eq!(keys.status, 404, "{keys:?}");

        let human = probe.run(&[]).await.exits(0);
        assert!(human.stdout.starts_with("OK: ") && human.stdout.lines().count() == 1, "{}", human.stdout);
        let nagios = probe.run(&["-f", "nagios"]).await.exits(0);
        assert!(nagios.stdout.lines().next().unwrap().contains(" | time=0."), "{}", nagios.stdout);
        let prometheus = probe.run(&["-f", "prometheus", "app"]).await.exits(0);
        assert!(prometheus.stdout.contains("lattice_health_value{check=\"app.instances\",component=\"app\"} 2\n"));
        assert_eq!(probe.run(&["-q"]).await.exits(0).stdout, "");

        // The command line of deployments makes the same checks.
        let same = project.deploy(&["-o", "json", "health"]).await.exits(0).json();
        let ids = |checks: &Value| -> Vec<String> {
            checks.as_array().unwrap().iter().map(|check| check["id"].to_string()).collect()
        };
        let own = probe.found(&[]).await;
        assert_eq!(ids(&same["data"]["checks"]), ids(&own.0["checks"]));
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
    });
}

#[test]
fn one_connection_to_each_server() {
    stack::run(async {
        let live = stack::stack().await;
        let mut probe = Probe::of(live);
        let mut counts = Vec::new();
        for (variable, product) in
            [("CONSUL_HTTP_ADDR", Product::Consul), ("VAULT_ADDR", Product::Vault), ("NOMAD_ADDR", Product::Nomad)]
        {
            let (place, count) = counting(&live.stack().address(product)).await;
            probe.set(variable, &format!("http://{place}"));
            counts.push((product, count));
        }
        probe.found(&["consul", "vault", "nomad", "mesh", "certs", "tokens"]).await;
        for (product, count) in counts {
            assert_eq!(count.load(Ordering::Relaxed), 1, "connections to {product}");
        }
    });
}

#[test]
fn what_no_server_is_asked_for() {
    stack::run(async {
        let mut probe = Probe::anywhere();
        let list = probe.run(&["list"]).await.exits(0);
        assert!(list.stdout.lines().count() > 40);
        let json: Value = serde_json::from_str(&probe.run(&["list", "--json"]).await.exits(0).stdout).unwrap();
        assert_eq!(json["checks"].as_array().unwrap().len(), list.stdout.lines().count() - 1);
        probe.run(&["explain", "nodes.down"]).await.exits(0).says(&["nomad.nodes.down", "node { policy = \"read\" }"]);
        probe.run(&["version"]).await.exits(0).says(&["lattice-health "]);
        probe.run(&["--help"]).await.exits(0).says(&["Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown"]);
        probe.run(&["--version", "-f", "nagios"]).await.exits(3);
        for shell in ["bash", "zsh", "fish"] {
            probe.run(&["completions", shell]).await.exits(0).says(&["vault.seal"]);
        }
        for wrong in [&["everything"][..], &["--nothing"], &["explain"], &["-w", "x=1"], &["state"], &["config"]] {
            let output = probe.run(wrong).await.exits(3);
            assert!(output.stdout.starts_with("UNKNOWN: "), "{wrong:?}: {}", output.stdout);
        }
        let config = probe.file("health.toml");
        std::fs::write(&config, "service = \"web\"\ntimeout = \"9s\"\n[warning]\n\"nodes.down\" = 3\n").unwrap();
        let config = config.to_str().unwrap();
        probe.set("LATTICE_HEALTH_RETRIES", "0");
        let valid = probe.run(&["config", "validate", "--config", config, "-q"]).await.exits(0);
        valid.says(&[
            "timeout = \"9s\" (configuration file)",
            "(LATTICE_HEALTH_RETRIES)",
            "quiet = \"true\" (--quiet)",
        ]);
        std::fs::write(config, "timeout = \"soon\"\n").unwrap();
        probe.run(&["config", "validate", "--config", config]).await.exits(3).says(&["configuration file: `soon`"]);
        probe.set("VAULT_SKIP_VERIFY", "perhaps");
        probe.run(&["config", "validate"]).await.exits(3).says(&["VAULT_SKIP_VERIFY"]);
    });
}
