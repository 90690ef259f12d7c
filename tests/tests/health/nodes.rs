//! Nomad's nodes: down, draining, ineligible.

use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::settings::NomadRole;
use serde_json::{Value, json};
use tests::stack::{self, Live};
use tests::wait::until;

use crate::probe::{Found, Probe};
use crate::servers::Alone;

async fn nodes(live: &Live) -> Vec<Value> {
    live.get(Product::Nomad, "nodes").await.json().as_array().unwrap().clone()
}

/// Waits until the probe says this.
async fn says(probe: &Probe, id: &str, status: &str, text: &str) -> Found {
    until(&format!("{id} is {status}"), Duration::from_secs(90), async || {
        let found = probe.found(&["nomad"]).await;
        let check = found.check(id);
        (check["status"] == status && check["message"].as_str()?.contains(text)).then_some(found)
    })
    .await
}

#[test]
fn nodes_in_every_state() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let probe = Probe::of(live);
        let id = nodes(live).await[0]["ID"].as_str().unwrap().to_owned();

        live.put(Product::Nomad, &format!("node/{id}/eligibility"), &json!({"Eligibility": "ineligible"}).to_string())
            .await;
        let found = says(&probe, "nomad.nodes.ineligible", "warning", "1 of 1 nodes ineligible: lattice-client").await;
        found.says("nomad.nodes.ready", "critical", "0 of 1 nodes ready").says("nomad.nodes.draining", "ok", "");
        live.put(Product::Nomad, &format!("node/{id}/eligibility"), &json!({"Eligibility": "eligible"}).to_string())
            .await;

        // A drain ends when nothing is left on the node, so something has to run there that takes its time.
        let job = json!({"Job": {"ID": "slow", "Name": "slow", "Type": "service", "Datacenters": ["*"], "TaskGroups": [{
            "Name": "slow", "Tasks": [{"Name": "slow", "Driver": "raw_exec", "KillTimeout": 30_000_000_000_u64,
                "Config": {"command": "/bin/sh", "args": ["-c", "trap '' INT; while :; do sleep 1; done"]},
                "Resources": {"CPU": 20, "MemoryMB": 20}}]}]}});
        live.put(Product::Nomad, "jobs", &job.to_string()).await;
        until("the job runs", Duration::from_secs(90), async || {
            let all = live.get(Product::Nomad, "job/slow/allocations").await.json();
            (all[0]["ClientStatus"] == "running").then_some(())
        })
        .await;
        let drain = json!({"DrainSpec": {"Deadline": 120_000_000_000_u64, "IgnoreSystemJobs": true}});
        live.put(Product::Nomad, &format!("node/{id}/drain"), &drain.to_string()).await;
        let found = says(&probe, "nomad.nodes.draining", "warning", "1 of 1 nodes draining: lattice-client").await;
        found.says("nomad.nodes.ineligible", "ok", "0 of 1");
        live.put(
            Product::Nomad,
            &format!("node/{id}/drain"),
            &json!({"DrainSpec": null, "MarkEligible": true}).to_string(),
        )
        .await;
        says(&probe, "nomad.nodes.ready", "ok", "1 of 1 nodes ready").await;

        // Another agent joins, and is killed.
        let server = live.get(Product::Nomad, "agent/self").await.json();
        let port = u16::try_from(server["config"]["Ports"]["RPC"].as_u64().unwrap()).unwrap();
        let more =
            json!({"consul": [{"client_auto_join": false, "auto_advertise": false}], "acl": [{"enabled": true}]});
        let second = Alone::start_with(
            Product::Nomad,
            |layout, _| {
                "doomed".clone_into(&mut layout.name);
                layout.nomad_role = NomadRole::Client { servers: vec![port] };
            },
            Some(more),
        );
        let mut second = second.await;
        says(&probe, "nomad.nodes.ready", "ok", "2 of 2 nodes ready").await;
        second.server.kill().await.unwrap();
        let found = says(&probe, "nomad.nodes.down", "warning", "1 of 2 nodes down: doomed").await;
        found.says("nomad.nodes.ready", "ok", "1 of 2 nodes ready: lattice-client");
        let found = probe.found(&["nomad", "-c", "nodes.down=0"]).await;
        found.says("nomad.nodes.down", "critical", "");
        live.put(Product::Nomad, "system/gc", "").await;
        live.send(Product::Nomad, "DELETE", "job/slow?purge=true", "").await;
    });
}
