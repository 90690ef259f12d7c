use serde_json::{Map, Value, json};

use super::{NomadRole, Product, Result, StackLayout, Version, exposed, local, text};

/// The first version whose tasks have identities of their own for Consul and Vault.
const IDENTITIES: Version = Version::new(1, 7, 0);

pub(super) fn config(layout: &StackLayout) -> Result<Value> {
    let ports = layout.ports.nomad;
    Ok(blocks(json!({
        "name": layout.name,
        "datacenter": layout.datacenter,
        "data_dir": layout.storage_path(Product::Nomad)?,
        "log_level": layout.log_level.as_str(),
        "bind_addr": "127.0.0.1",
        // With a loopback bind Nomad refuses to guess these.
        "advertise": { "http": "127.0.0.1", "rpc": "127.0.0.1", "serf": "127.0.0.1" },
        "ports": { "http": ports.http, "rpc": ports.rpc, "serf": ports.serf },
        "disable_update_check": true,
        "acl": { "enabled": layout.acl },
        "server": server(layout),
        "client": client(layout)?,
        "plugin": [
            { "raw_exec": { "config": { "enabled": layout.raw_exec } } },
            { "docker": { "config": docker(layout) } },
        ],
        "consul": consul(layout),
        "vault": vault(layout),
    })))
}

/// Writes every block as a list of one: a block with only one block in it is otherwise taken for a labelled block
/// ("unexpected keys gc").
fn blocks(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let block = value.is_object();
                let value = blocks(value);
                (name, if block { json!([value]) } else { value })
            };
            members.into_iter().map(member).collect()
        }
        Value::Array(items) => items.into_iter().map(blocks).collect(),
        other => other,
    }
}

fn server(layout: &StackLayout) -> Value {
    if matches!(layout.nomad_role, NomadRole::Client { .. }) {
        return json!({ "enabled": false });
    }
    let mut server = json!({
        "enabled": true,
        "bootstrap_expect": layout.servers(),
        "raft_multiplier": layout.raft_multiplier,
        // The default of 100 is less than what a deployment of a dozen instances says.
        "event_buffer_size": 1000,
    });
    if !layout.peers.is_empty() {
        let peers: Value = layout.peers.iter().map(|peer| local(peer.nomad.serf)).collect();
        server["server_join"] = json!({ "retry_join": peers, "retry_interval": "1s" });
    }
    server
}

fn client(layout: &StackLayout) -> Result<Value> {
    if layout.nomad_role == NomadRole::Server {
        return Ok(json!({ "enabled": false }));
    }
    let network = &layout.network;
    let mut options = json!({ "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean" });
    if layout.docker.is_none() {
        options["driver.denylist"] = "docker".into();
    }
    let mut client = json!({
        "enabled": true,
        "min_dynamic_port": network.dynamic.start(),
        "max_dynamic_port": network.dynamic.end(),
        "bridge_network_name": network.bridge_name,
        "bridge_network_subnet": network.bridge_subnet,
        // The defaults (5 s to 4 min) make a rotated secret reach its task late.
        "template": { "wait": { "min": "200ms", "max": "2s" } },
        // By default a disk that is four fifths full, as of many a laptop, takes the logs of a task with its end.
        "gc_disk_usage_threshold": 99,
        "gc_inode_usage_threshold": 99,
        "gc_max_allocs": 500,
        "options": options,
    });
    if let NomadRole::Client { servers } = &layout.nomad_role {
        client["servers"] = servers.iter().map(|port| local(*port)).collect();
    }
    if let Some(interface) = &network.interface {
        client["network_interface"] = interface.as_str().into();
    }
    if let Some(path) = &network.cni_path {
        client["cni_path"] = text(path)?;
    }
    if !layout.chroot_env.is_empty() {
        let mut chroot = Map::new();
        for (outside, inside) in &layout.chroot_env {
            let outside = text(outside)?.as_str().unwrap_or_default().to_owned();
            chroot.insert(outside, text(inside)?);
        }
        client["chroot_env"] = chroot.into();
    }
    Ok(client)
}

/// Always written: by default every Nomad removes containers that it does not know, those of other stacks too.
fn docker(layout: &StackLayout) -> Value {
    let mut docker = json!({ "gc": { "image": false, "dangling_containers": { "enabled": false } } });
    if let Some(image) = layout.docker.as_ref().and_then(|docker| docker.infra_image.as_ref()) {
        docker["infra_image"] = image.as_str().into();
    }
    if let Some(endpoint) = layout.docker.as_ref().and_then(|docker| docker.endpoint.as_ref()) {
        docker["endpoint"] = endpoint.as_str().into();
    }
    docker
}

fn consul(layout: &StackLayout) -> Value {
    let ports = layout.ports.consul;
    let mut consul = json!({ "address": local(ports.http), "grpc_address": local(ports.grpc) });
    if let Some(token) = &layout.nomad_consul {
        consul["token"] = exposed(token);
    }
    if layout.nomad_version >= IDENTITIES {
        consul["service_identity"] = json!({ "aud": ["consul.io"] });
        consul["task_identity"] = json!({ "aud": ["consul.io"] });
    }
    if !layout.peers.is_empty() {
        // Nodes of a cluster find each other by their peers; by Consul they would find other stacks' too.
        for name in ["server_auto_join", "client_auto_join", "auto_advertise"] {
            consul[name] = false.into();
        }
    }
    consul
}

fn vault(layout: &StackLayout) -> Value {
    let mut vault = json!({
        "enabled": true,
        "address": layout.ports.address(Product::Vault),
        "create_from_role": "nomad-workloads",
    });
    if layout.nomad_version >= IDENTITIES {
        vault["jwt_auth_backend_path"] = "jwt-nomad".into();
        vault["default_identity"] = json!({ "aud": ["vault.io"] });
    }
    vault
}
