//! What the README shows: each command line there is run here, as its host would run it.

use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::json;
use tests::stack;
use tests::wait::until;
use tokio::process::Command;

use crate::app::{job, register, remove};
use crate::probe::Probe;
use crate::servers::Alone;

#[test]
fn a_script_check_of_consul() {
    stack::run(async {
        let more = json!({"enable_local_script_checks": true});
        let consul = Alone::start_with(Product::Consul, |_, _| {}, Some(more)).await;
        let probe = Probe::anywhere();
        let program = probe.0.program.display().to_string();
        let (good, bad) = (probe.file("good.toml"), probe.file("bad.toml"));
        let config = |warning: &str| {
            format!(
                "only = [\"consul.members\"]\n[warning]\n\"consul.members\" = \"{warning}\"\n[variables]\nCONSUL_HTTP_ADDR = \"{}\"\n",
                consul.address
            )
        };
        std::fs::write(&good, config("0")).unwrap();
        std::fs::write(&bad, config("5:")).unwrap();
        // With enable_local_script_checks a check comes from a file, not from the API.
        let check =
            |id: &str, args: &[&str]| json!({"id": id, "name": id, "args": args, "interval": "1s", "timeout": "20s"});
        let folder = probe.file("consul.d");
        std::fs::create_dir(&folder).unwrap();
        let checks = json!({"checks": [
            check("lattice-ok", &[&program, "--config", good.to_str().unwrap()]),
            check("lattice-warning", &[&program, "--config", bad.to_str().unwrap()]),
            check("lattice-critical", &[&program, "vault"]),
        ]});
        std::fs::write(folder.join("lattice.json"), checks.to_string()).unwrap();
        consul.server.stop().await.unwrap();
        let more = json!({"enable_local_script_checks": true, "checks": checks["checks"]});
        // The same port again: the configuration names it.
        let port = consul.address.rsplit(':').next().unwrap().parse().unwrap();
        let consul = Alone::start_with(Product::Consul, |layout, _| layout.ports.consul.http = port, Some(more)).await;
        for (id, status, says) in [
            ("lattice-ok", "passing", "OK: "),
            ("lattice-warning", "warning", "WARNING: consul.members"),
            ("lattice-critical", "critical", "CRITICAL: vault.seal"),
        ] {
            until(&format!("{id} is {status}"), Duration::from_secs(90), async || {
                let checks = tests::http::get(&format!("{}/v1/agent/checks", consul.address)).await.ok()?.json();
                let check = &checks[id];
                (check["Status"] == status && check["Output"].as_str()?.contains(says)).then_some(())
            })
            .await;
        }
        consul.server.stop().await.unwrap();
    });
}

#[test]
fn a_script_check_of_nomad() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let program = probe.0.program.display().to_string();
        let check = |name: &str, args: &[&str]| {
            json!({"Name": name, "Type": "script", "TaskName": "main", "Command": program, "Args": args,
                "Interval": 2_000_000_000_u64, "Timeout": 20_000_000_000_u64})
        };
        let service = json!({"Name": "scripted", "Provider": "consul", "TaskName": "main", "Checks": [
            check("good", &["--only", "consul.leader"]),
            check("bad", &["--only", "vault.seal"]),
        ]});
        let mut job = job("scripted", "sleep 600", &json!({"Services": [service]}));
        // What the check sees is the environment of its task.
        let address = live.stack().address(Product::Consul);
        job["Job"]["TaskGroups"][0]["Tasks"][0]["Env"] =
            json!({"CONSUL_HTTP_ADDR": address, "VAULT_ADDR": crate::probe::NOWHERE});
        register(live, &job).await;
        for (name, status, says) in [("good", "passing", "OK: 1 check ok"), ("bad", "critical", "CRITICAL: vault.seal")]
        {
            until(&format!("{name} is {status}"), Duration::from_secs(90), async || {
                // From the agent: a new output without a new status takes minutes to reach the catalog.
                let checks = live.get(Product::Consul, "agent/checks").await.json();
                let mut own = checks.as_object()?.values().filter(|check| check["ServiceName"] == "scripted");
                let check = own.find(|check| check["Name"] == name)?;
                (check["Status"] == status && check["Output"].as_str()?.contains(says)).then_some(())
            })
            .await;
        }
        remove(live, "scripted").await;
    });
}

/// The line of the README for cron, a systemd service, Nagios and the textfile collector, with nothing in the
/// environment: cron gives little more.
#[test]
fn an_empty_environment_is_enough() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        let home = probe.0.home.display().to_string();
        let tokens = [("CONSUL_HTTP_TOKEN", "consul"), ("VAULT_TOKEN", "vault"), ("NOMAD_TOKEN", "nomad")];
        let mut config = "service = \"base\"\n\n[variables]\n".to_owned();
        for (name, value) in live.environment() {
            match tokens.iter().find(|(token, _)| *token == name) {
                Some((_, file)) => {
                    let path = format!("{home}/{file}.token");
                    std::fs::write(&path, value).unwrap();
                    config = format!("{config}{name}_FILE = \"{path}\"\n");
                }
                None => config = format!("{config}{name} = \"{value}\"\n"),
            }
        }
        std::fs::write(probe.file("health.toml"), config).unwrap();
        let (place, heard) = crate::fixtures::hearing(200).await;
        std::fs::write(probe.file("ping"), format!("http://{place}/key-of-the-switch")).unwrap();
        let program = probe.0.program.display();
        let servers = "consul vault nomad tokens";
        let probed = |options: &str| format!("{program} --config {home}/health.toml {servers} {options}");
        let cron = probed(&format!(
            "-q --on-change --remind 6h --confirm 2 --jitter 200ms --lock {home}/lock --state-file {home}/state.json --ping-url-file {home}/ping"
        ));
        let nagios = probed("-f nagios -t 20s");
        let textfile = probed(&format!("-q --textfile {home}/lattice.prom"));
        for (command, says) in [(&cron, ""), (&cron, ""), (&nagios, "OK: "), (&textfile, "")] {
            let output = Command::new("/bin/sh").args(["-c", &format!("env -i {command}")]).output().await.unwrap();
            let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(0), "{command}: {stdout}{stderr}");
            assert!(
                stderr.is_empty() && if says.is_empty() { stdout.is_empty() } else { stdout.starts_with(says) },
                "{stdout}{stderr}"
            );
        }
        assert_eq!(heard.lock().unwrap().len(), 2);
        let metrics = std::fs::read_to_string(probe.file("lattice.prom")).unwrap();
        assert!(metrics.contains("lattice_health_overall_status 0\n"), "{metrics}");
    });
}
