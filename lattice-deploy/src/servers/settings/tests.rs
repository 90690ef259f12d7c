use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::servers::Origin;

fn layout() -> StackLayout {
    let locks = tempfile::tempdir().unwrap();
    let mut block = PortBlock::reserve(locks.path()).unwrap();
    let mut layout = StackLayout::new("/stack", "a", &mut block).unwrap();
    // Whatever the machine gave: fixed numbers, to compare whole texts.
    layout.ports = ports(10_000);
    layout.network.dynamic = 20_000..=20_199;
    layout.network.bridge_name = "lattice0".into();
    layout.network.bridge_subnet = "172.26.128.0/24".into();
    layout
}

fn ports(first: u16) -> NodePorts {
    NodePorts {
        consul: ConsulPorts {
            http: first,
            dns: first + 1,
            grpc: first + 2,
            grpc_tls: first + 3,
            serf_lan: first + 4,
            serf_wan: first + 5,
            server: first + 6,
        },
        nomad: NomadPorts { http: first + 7, rpc: first + 8, serf: first + 9 },
        vault: VaultPorts { api: first + 10, cluster: first + 11 },
    }
}

fn rendered(layout: &StackLayout, product: Product) -> Value {
    let value = serde_json::from_str(layout.render(product).unwrap().expose_secret()).unwrap();
    if product == Product::Nomad { unblocked(value) } else { value }
}

/// Takes off the lists that Nomad wants around every block.
fn unblocked(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, unblocked(value))).collect(),
        Value::Array(mut items) if items.len() == 1 && items[0].is_object() => unblocked(items.remove(0)),
        Value::Array(items) => items.into_iter().map(unblocked).collect(),
        other => other,
    }
}

#[test]
fn ports_of_a_node_are_distinct() {
    let locks = tempfile::tempdir().unwrap();
    let mut block = PortBlock::reserve(locks.path()).unwrap();
    let [one, two] = [(); 2].map(|()| NodePorts::take(&mut block).unwrap());
    let all: std::collections::BTreeSet<_> = [one, two]
        .iter()
        .flat_map(|node| {
            let NodePorts { consul: c, nomad: n, vault: v } = node;
            let consul = [c.http, c.dns, c.grpc, c.grpc_tls, c.serf_lan, c.serf_wan, c.server];
            consul.into_iter().chain([n.http, n.rpc, n.serf, v.api, v.cluster])
        })
        .collect();
    assert_eq!(all.len(), 24);
}

#[test]
fn consul_of_one_node() {
    let mut layout = layout();
    let config = rendered(&layout, Product::Consul);
    assert_eq!(config["data_dir"], "/stack/consul/data");
    assert_eq!(config["bootstrap_expect"], 1);
    assert_eq!(config["ports"]["https"], -1);
    assert_eq!(config["ports"]["grpc_tls"], 10_003);
    assert_eq!(config["acl"]["default_policy"], "deny");
    assert!(config["acl"].get("tokens").is_none() && config.get("retry_join").is_none());
    layout.consul_management = Some("m".into());
    layout.consul_agent = Some("g".into());
    let tokens = &rendered(&layout, Product::Consul)["acl"]["tokens"];
    assert_eq!(*tokens, serde_json::json!({ "initial_management": "m", "agent": "g" }));
    layout.acl = false;
    assert!(rendered(&layout, Product::Consul).get("acl").is_none());
}

#[test]
fn vault_with_each_storage() {
    let mut layout = layout();
    let config = rendered(&layout, Product::Vault);
    assert_eq!(config["api_addr"], "http://127.0.0.1:10010");
    assert_eq!(config["cluster_addr"], "https://127.0.0.1:10011");
    let raft = serde_json::json!({ "path": "/stack/vault/data", "node_id": "a", "performance_multiplier": 1 });
    assert_eq!(config["storage"]["raft"], raft);
    layout.vault_storage = VaultStorage::File;
    let storage = &rendered(&layout, Product::Vault)["storage"];
    assert_eq!(*storage, serde_json::json!({ "file": { "path": "/stack/vault/data" } }));
    layout.vault_storage = VaultStorage::Inmem;
    assert_eq!(rendered(&layout, Product::Vault)["storage"], serde_json::json!({ "inmem": {} }));
}

#[test]
fn nomad_of_one_node() {
    let mut layout = layout();
    layout.nomad_consul = Some("n".into());
    layout.network.cni_path = Some("/usr/lib/cni".into());
    layout.chroot_env.insert("/lib64".into(), "/lib64".into());
    let config = rendered(&layout, Product::Nomad);
    assert_eq!(config["consul"]["token"], "n");
    assert_eq!(config["consul"]["address"], "127.0.0.1:10000");
    assert_eq!(config["vault"]["address"], "http://127.0.0.1:10010");
    assert_eq!(config["vault"]["default_identity"]["aud"][0], "vault.io");
    let client = &config["client"];
    assert_eq!((&client["min_dynamic_port"], &client["max_dynamic_port"]), (&20_000.into(), &20_199.into()));
    assert_eq!(client["cni_path"], "/usr/lib/cni");
    assert_eq!((&client["gc_disk_usage_threshold"], &client["gc_max_allocs"]), (&99.into(), &500.into()));
    assert_eq!(client["chroot_env"]["/lib64"], "/lib64");
    assert_eq!(client["options"]["driver.denylist"], "docker");
    let gc = &config["plugin"][1]["docker"]["config"]["gc"];
    assert_eq!(gc["dangling_containers"]["enabled"], false);
    let endpoint = "unix:///tmp/docker.sock";
    layout.docker = Some(Docker { infra_image: Some("local/pause:1".into()), endpoint: Some(endpoint.into()) });
    let config = rendered(&layout, Product::Nomad);
    assert!(config["client"]["options"].get("driver.denylist").is_none());
    assert_eq!(config["plugin"][1]["docker"]["config"]["infra_image"], "local/pause:1");
    assert_eq!(config["plugin"][1]["docker"]["config"]["endpoint"], endpoint);
}

#[test]
fn nomad_may_be_two_agents() {
    let mut layout = layout();
    layout.nomad_role = NomadRole::Server;
    let config = rendered(&layout, Product::Nomad);
    assert_eq!((&config["server"]["enabled"], &config["client"]["enabled"]), (&true.into(), &false.into()));
    layout.nomad_role = NomadRole::Client { servers: vec![10_108] };
    let config = rendered(&layout, Product::Nomad);
    assert_eq!((&config["server"]["enabled"], &config["client"]["enabled"]), (&false.into(), &true.into()));
    assert_eq!(config["client"]["servers"], serde_json::json!(["127.0.0.1:10108"]));
    assert!(config["server"].get("bootstrap_expect").is_none());
}

#[test]
fn every_block_of_nomad_is_a_list() {
    fn check(value: &Value, path: &str) {
        for (name, value) in value.as_object().unwrap() {
            assert!(!value.is_object(), "{path}/{name}");
            let items = value.as_array().into_iter().flatten().filter(|item| item.is_object());
            items.for_each(|item| check(item, &format!("{path}/{name}")));
        }
    }
    let mut layout = layout();
    layout.peers = vec![ports(10_100)];
    let text = layout.render(Product::Nomad).unwrap();
    check(&serde_json::from_str(text.expose_secret()).unwrap(), "");
}

#[test]
fn an_old_nomad_is_not_told_what_it_does_not_know() {
    let mut layout = layout();
    layout.nomad_version = Version::new(1, 6, 10);
    let config = rendered(&layout, Product::Nomad);
    for (product, key) in [("consul", "service_identity"), ("consul", "task_identity"), ("vault", "default_identity")] {
        assert!(config[product].get(key).is_none(), "{key}");
    }
}

#[test]
fn a_cluster_names_its_peers() {
    let mut layout = layout();
    layout.peers = vec![ports(10_100), ports(10_200)];
    let consul = rendered(&layout, Product::Consul);
    assert_eq!(consul["bootstrap_expect"], 3);
    assert_eq!(consul["retry_join"], serde_json::json!(["127.0.0.1:10104", "127.0.0.1:10204"]));
    let nomad = rendered(&layout, Product::Nomad);
    assert_eq!(nomad["server"]["bootstrap_expect"], 3);
    assert_eq!(nomad["server"]["server_join"]["retry_join"][1], "127.0.0.1:10209");
    assert_eq!(nomad["consul"]["server_auto_join"], false);
    let vault = rendered(&layout, Product::Vault);
    assert_eq!(vault["storage"]["raft"]["retry_join"][0]["leader_api_addr"], "http://127.0.0.1:10110");
}

#[test]
fn files_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut layout = layout();
    layout.data_dir = folder.path().join("stack");
    let config = layout.config_path(Product::Vault);
    std::fs::create_dir_all(layout.server_dir(Product::Vault)).unwrap();
    std::fs::write(&config, "old, and readable by all").unwrap();
    layout.write(Product::Vault).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&config), 0o600);
    assert_eq!(mode(&layout.storage_dir(Product::Vault)), 0o700);
    let text = layout.render(Product::Vault).unwrap();
    assert_eq!(std::fs::read_to_string(&config).unwrap(), text.expose_secret());
}

#[test]
fn servers_are_started_with_their_file() {
    let layout = layout();
    for (product, args) in [
        (Product::Consul, ["agent", "-config-file=/stack/consul/config.json"]),
        (Product::Vault, ["server", "-config=/stack/vault/config.json"]),
        (Product::Nomad, ["agent", "-config=/stack/nomad/config.json"]),
    ] {
        let path = PathBuf::from("/bin/x");
        let binary = Binary { product, path, version: product.pinned(), origin: Origin::Cache };
        let spec = layout.spec(&binary, Environment::default());
        assert_eq!(spec.args, args);
        assert_eq!(spec.unmount, [layout.server_dir(product)]);
        assert!(spec.purge.is_empty() && spec.rmdir.is_empty());
    }
}

#[test]
fn each_server_of_a_temporary_stack_removes_its_own_folder() {
    let mut layout = layout();
    layout.temporary = true;
    let (product, path) = (Product::Nomad, PathBuf::from("/bin/x"));
    let binary = Binary { product, path, version: product.pinned(), origin: Origin::Cache };
    let spec = layout.spec(&binary, Environment::default());
    assert_eq!(spec.purge, [Path::new("/stack/nomad")]);
    assert_eq!(spec.rmdir, [Path::new("/stack")]);
}

#[test]
fn tokens_stay_out_of_debug() {
    let mut layout = layout();
    layout.consul_management = Some("hunter2".into());
    layout.nomad_consul = Some("hunter2".into());
    assert!(!format!("{layout:?}").contains("hunter2"));
}
