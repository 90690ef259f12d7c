//! Servers of a test's own, in states that a shared one must not be in.

use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::Server;
use lattice_deploy::servers::settings::{NodePorts, StackLayout, VaultStorage};
use serde_json::{Value, json};
use tests::http;
use tests::programs::folder;
use tests::stack;
use tests::wait::until;

use crate::probe::Probe;

/// One server by itself.
pub(crate) struct Alone {
    pub(crate) server: Server,
    pub(crate) address: String,
    _block: PortBlock,
}

/// The official program of a product.
async fn program(product: Product) -> lattice_deploy::servers::binary::Binary {
    let all = stack::servers().await;
    match product {
        Product::Consul => all.consul.clone(),
        Product::Vault => all.vault.clone(),
        Product::Nomad => all.nomad.clone(),
    }
}

impl Alone {
    /// Starts a server without access control, and waits until it answers.
    pub(crate) async fn start(product: Product, adapt: impl FnOnce(&mut StackLayout, &mut PortBlock)) -> Self {
        Self::start_with(product, adapt, None).await
    }

    /// As [`Alone::start`], with more configuration.
    pub(crate) async fn start_with(
        product: Product,
        adapt: impl FnOnce(&mut StackLayout, &mut PortBlock),
        more: Option<Value>,
    ) -> Self {
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let mut layout = StackLayout::new(folder("alone"), "alone", &mut block).unwrap();
        layout.acl = false;
        layout.temporary = true;
        adapt(&mut layout, &mut block);
        layout.write(product).unwrap();
        let mut spec = layout.spec(&program(product).await, stack::harmless());
        if let Some(more) = more {
            let file = layout.server_dir(product).join("more.json");
            std::fs::write(&file, more.to_string()).unwrap();
            let option = if product == Product::Consul { "-config-file=" } else { "-config=" };
            spec.args.push(format!("{option}{}", file.display()).into());
        }
        let server = Server::start(&stack::guard(), &spec).await.unwrap();
        let address = layout.ports.address(product);
        let page = match product {
            Product::Consul | Product::Nomad => "status/leader",
            Product::Vault => "sys/seal-status",
        };
        until("the server answers", Duration::from_secs(90), async || {
            http::get(&format!("{address}/v1/{page}")).await.ok()
        })
        .await;
        Self { server, address, _block: block }
    }

    /// Writes something.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Value {
        let answer = http::send("PUT", &format!("{}/v1/{path}", self.address), &[], &body.to_string()).await.unwrap();
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer.json()
    }
}

/// Waits for a second server that never comes.
fn waits_for_another(layout: &mut StackLayout, block: &mut PortBlock) {
    layout.peers = vec![NodePorts::take(block).unwrap()];
}

#[test]
fn consul_without_a_leader() {
    stack::run(async {
        let consul = Alone::start(Product::Consul, waits_for_another).await;
        let mut probe = Probe::anywhere();
        probe.set("CONSUL_HTTP_ADDR", &consul.address);
        let found = probe.found(&["consul", "app"]).await;
        found.says("consul.leader", "critical", "the cluster has no leader");
        found.says("consul.servers", "skipped", "depends on consul.leader").says(
            "app.instances",
            "skipped",
            "consul.leader",
        );
        consul.server.stop().await.unwrap();
    });
}

#[test]
fn nomad_without_a_leader() {
    stack::run(async {
        let nomad = Alone::start(Product::Nomad, |layout, block| {
            waits_for_another(layout, block);
            layout.nomad_role = lattice_deploy::servers::settings::NomadRole::Server;
        })
        .await;
        let mut probe = Probe::anywhere();
        probe.set("NOMAD_ADDR", &nomad.address);
        let found = probe.found(&["nomad", "deployment", "--request-timeout", "20s"]).await;
        found.says("nomad.leader", "critical", "the cluster has no leader");
        found.says("nomad.nodes.down", "skipped", "nomad.leader").says("deployment.state", "skipped", "nomad.leader");
        nomad.server.stop().await.unwrap();
    });
}

#[test]
fn vault_uninitialised_sealed_and_unsealed() {
    stack::run(async {
        let vault = Alone::start(Product::Vault, |layout, _| layout.vault_storage = VaultStorage::File).await;
        let mut probe = Probe::anywhere();
        probe.set("VAULT_ADDR", &vault.address);
        let found = probe.found(&["vault", "certs", "tokens"]).await;
        found.says("vault.seal", "critical", "not initialised").says("vault.active", "skipped", "vault.seal");
        let keys = vault.put("sys/init", &json!({"secret_shares": 1, "secret_threshold": 1})).await;
        let (key, token) = (keys["keys"][0].as_str().unwrap(), keys["root_token"].as_str().unwrap());
        probe.0.hide(key);
        probe.0.hide(token);
        probe.set("VAULT_TOKEN", token);
        let found = probe.found(&["vault", "certs", "tokens"]).await;
        found.says("vault.seal", "critical", "sealed").says("certs.pki", "skipped", "vault.seal");
        assert_eq!(found.trouble().len(), 1, "{:?}", found.trouble());
        vault.put("sys/unseal", &json!({"key": key})).await;
        until("Vault is active", Duration::from_secs(60), async || {
            let health = http::get(&format!("{}/v1/sys/health", vault.address)).await.ok()?;
            (health.status == 200).then_some(())
        })
        .await;
        let found = probe.found(&["vault", "certs", "tokens"]).await;
        found
            .says("vault.seal", "ok", "unsealed and active")
            .says("vault.active", "ok", "a single node")
            .says("vault.tolerance", "skipped", "not on integrated storage")
            .says("certs.pki", "skipped", "no issuer at pki_int");
        assert_eq!(found.status(), "ok", "{:?}", found.trouble());
        let found = probe.found(&["--only", "vault.audit"]).await;
        found.says("vault.audit", "warning", "0 audit devices");
        vault.server.stop().await.unwrap();
    });
}

#[test]
fn a_standby_of_vault_is_well_until_it_cannot_reach_the_active_node() {
    stack::run(async {
        let mut places = None;
        let mut first = Alone::start(Product::Vault, |layout, _| places = Some(layout.ports)).await;
        let keys = first.put("sys/init", &json!({"secret_shares": 1, "secret_threshold": 1})).await;
        let key = json!({"key": keys["keys"][0]});
        first.put("sys/unseal", &key).await;
        let second = Alone::start(Product::Vault, |layout, _| {
            "second".clone_into(&mut layout.name);
            layout.peers = vec![places.unwrap()];
        })
        .await;
        let mut probe = Probe::anywhere();
        let token = keys["root_token"].as_str().unwrap();
        probe.0.hide(token);
        probe.set("VAULT_ADDR", &second.address).set("VAULT_TOKEN", token);
        until("the second node is a standby", Duration::from_secs(120), async || {
            let url = format!("{}/v1/sys/unseal", second.address);
            let _ = http::send("PUT", &url, &[], &key.to_string()).await;
            let health = http::get(&format!("{}/v1/sys/health", second.address)).await.ok()?;
            (health.status == 429).then_some(())
        })
        .await;
        let found = until("autopilot knows both", Duration::from_secs(120), async || {
            let found = probe.found(&["vault"]).await;
            found.check("vault.tolerance")["message"].as_str()?.contains("of 2").then_some(found)
        })
        .await;
        found
            .says("vault.seal", "ok", "unsealed, standby")
            .says("vault.active", "ok", &format!("{} is active", first.address))
            .says("vault.versions", "ok", "version ");
        // Two servers of which none may fail.
        found.says("vault.tolerance", "warning", "0 of 2 servers may fail");
        first.server.kill().await.unwrap();
        let found = until("the standby misses the active node", Duration::from_secs(120), async || {
            let found = probe.found(&["vault", "--request-timeout", "10s"]).await;
            (found.status() == "critical").then_some(found)
        })
        .await;
        let trouble = found.trouble().join("\n");
        assert!(trouble.contains("vault.seal") || trouble.contains("vault.active"), "{trouble}");
        second.server.stop().await.unwrap();
    });
}
