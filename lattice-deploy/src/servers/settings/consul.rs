use serde_json::{Map, Value, json};

use super::{Product, Result, StackLayout, exposed, local};

pub(super) fn config(layout: &StackLayout) -> Result<Value> {
    let ports = layout.ports.consul;
    let mut config = json!({
        "node_name": layout.name,
        "datacenter": layout.datacenter,
        "data_dir": layout.storage_path(Product::Consul)?,
        "log_level": layout.log_level.as_str(),
        "server": true,
        "bootstrap_expect": layout.servers(),
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "disable_update_check": true,
        "ports": {
            "http": ports.http,
            "https": -1,
            "dns": ports.dns,
            "grpc": ports.grpc,
            "grpc_tls": ports.grpc_tls,
            "serf_lan": ports.serf_lan,
            "serf_wan": ports.serf_wan,
            "server": ports.server,
        },
        "connect": { "enabled": true },
        "ui_config": { "enabled": true },
        "performance": { "raft_multiplier": layout.raft_multiplier },
    });
    if layout.acl {
        config["acl"] = acl(layout);
    }
    if !layout.peers.is_empty() {
        config["retry_join"] = layout.peers.iter().map(|peer| local(peer.consul.serf_lan)).collect();
        config["retry_interval"] = "1s".into();
    }
    Ok(config)
}

fn acl(layout: &StackLayout) -> Value {
    let tokens = [("initial_management", &layout.consul_management), ("agent", &layout.consul_agent)];
    let tokens: Map<_, _> =
        tokens.into_iter().filter_map(|(name, token)| Some((name.to_owned(), exposed(token.as_ref()?)))).collect();
    let mut acl = json!({ "enabled": true, "default_policy": "deny", "enable_token_persistence": true });
    if !tokens.is_empty() {
        acl["tokens"] = tokens.into();
    }
    acl
}
