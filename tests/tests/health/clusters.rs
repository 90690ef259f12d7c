//! Clusters of three, of which a server fails: that they still work, how many more may fail, and which one is ill.

use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::settings::{NodePorts, NomadRole};
use serde_json::{Value, json};
use tests::http;
use tests::stack;
use tests::wait::until;

use crate::probe::{Found, Probe};
use crate::servers::Alone;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// How long an election may take here, or that a dead server is noticed.
const LIMIT: Duration = Duration::from_secs(150);

struct Cluster {
    servers: Vec<Alone>,
    // Held for as long as the ports are in use.
    _block: PortBlock,
}

impl Cluster {
    async fn start(product: Product, more: Option<Value>) -> Self {
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let ports = NAMES.map(|_| NodePorts::take(&mut block).unwrap());
        let mut servers = Vec::new();
        for (place, name) in NAMES.into_iter().enumerate() {
            let adapt = |layout: &mut lattice_deploy::servers::settings::StackLayout, _: &mut PortBlock| {
                name.clone_into(&mut layout.name);
                layout.ports = ports[place];
                let others = ports.iter().enumerate().filter(|(other, _)| *other != place);
                // The first one of Vault is there before there are others to join.
                let others = others.filter(|(other, _)| product != Product::Vault || place != 0 && *other == 0);
                layout.peers = others.map(|(_, ports)| *ports).collect();
                layout.nomad_role = NomadRole::Server;
            };
            servers.push(Alone::start_with(product, adapt, more.clone()).await);
        }
        Self { servers, _block: block }
    }

    /// Waits until the probe says this about a check.
    async fn says(&self, probe: &Probe, component: &str, id: &str, status: &str, text: &str) -> Found {
        until(&format!("{id} is {status}: {text}"), LIMIT, async || {
            let found = probe.found(&[component]).await;
            let check = found.check(id);
            (check["status"] == status && check["message"].as_str()?.contains(text)).then_some(found)
        })
        .await
    }

    /// Kills the last server, as a crash would.
    async fn fail(&mut self) {
        self.servers[2].server.kill().await.unwrap();
    }

    async fn stop(self) {
        for server in self.servers {
            server.server.stop().await.unwrap();
        }
    }
}

#[test]
fn a_server_of_consul_fails() {
    stack::run(async {
        // Else the leader forgets a dead server within seconds.
        let more = json!({"autopilot": {"cleanup_dead_servers": false}});
        let mut cluster = Cluster::start(Product::Consul, Some(more)).await;
        let mut probe = Probe::anywhere();
        probe.set("CONSUL_HTTP_ADDR", &cluster.servers[0].address);
        let found = cluster.says(&probe, "consul", "consul.tolerance", "ok", "1 of 3 servers may fail").await;
        found.says("consul.servers", "ok", "3 servers, all healthy").says("consul.members", "ok", "3 members, none");
        cluster.fail().await;
        cluster.says(&probe, "consul", "consul.members", "warning", "1 of 3 members failed: three").await;
        let found =
            cluster.says(&probe, "consul", "consul.servers", "warning", "1 of 3 servers unhealthy: three").await;
        found.says("consul.tolerance", "warning", "0 of 3 servers may fail").says("consul.leader", "ok", "leader ");
        cluster.stop().await;
    });
}

#[test]
fn a_server_of_nomad_fails() {
    stack::run(async {
        let more = json!({"autopilot": [{"cleanup_dead_servers": false}]});
        let mut cluster = Cluster::start(Product::Nomad, Some(more)).await;
        let mut probe = Probe::anywhere();
        probe.set("NOMAD_ADDR", &cluster.servers[0].address);
        let found = cluster.says(&probe, "nomad", "nomad.tolerance", "ok", "1 of 3 servers may fail").await;
        found.says("nomad.servers", "ok", "3 servers, all healthy").says("nomad.versions", "ok", "version ");
        // Servers alone run nothing.
        found.says("nomad.nodes.ready", "critical", "0 of 0 nodes ready");
        cluster.fail().await;
        let found = cluster.says(&probe, "nomad", "nomad.servers", "warning", "1 of 3 servers unhealthy: three").await;
        found.says("nomad.tolerance", "warning", "0 of 3 servers may fail").says("nomad.leader", "ok", "leader ");
        cluster.stop().await;
    });
}

#[test]
fn a_server_of_vault_fails() {
    stack::run(async {
        let mut cluster = Cluster::start(Product::Vault, None).await;
        let first = &cluster.servers[0];
        let keys = first.put("sys/init", &json!({"secret_shares": 1, "secret_threshold": 1})).await;
        let key = json!({"key": keys["keys"][0]}).to_string();
        let token = keys["root_token"].as_str().unwrap();
        let mut probe = Probe::anywhere();
        probe.0.hide(token);
        probe.set("VAULT_ADDR", &first.address).set("VAULT_TOKEN", token);
        for (server, status) in cluster.servers.iter().zip([200, 429, 429]) {
            until("the server is unsealed", LIMIT, async || {
                let url = format!("{}/v1/sys/unseal", server.address);
                let _ = http::send("PUT", &url, &[], &key).await;
                let health = http::get(&format!("{}/v1/sys/health", server.address)).await.ok()?;
                (health.status == status).then_some(())
            })
            .await;
        }
        let found = cluster.says(&probe, "vault", "vault.tolerance", "ok", "1 of 3 servers may fail").await;
        found.says("vault.active", "ok", "this node is active").says("vault.servers", "ok", "3 servers, all healthy");
        cluster.fail().await;
        let found = cluster.says(&probe, "vault", "vault.servers", "warning", "1 of 3 servers unhealthy: three").await;
        found.says("vault.tolerance", "warning", "0 of 3 servers may fail").says("vault.seal", "ok", "active");
        cluster.stop().await;
    });
}
