use serde_json::{Value, json};

use super::{Product, Result, StackLayout, VaultStorage, local};

pub(super) fn config(layout: &StackLayout) -> Result<Value> {
    let ports = layout.ports.vault;
    let address = layout.ports.address(Product::Vault);
    Ok(json!({
        "storage": storage(layout)?,
        "listener": [{ "tcp": {
            "address": local(ports.api),
            "cluster_address": local(ports.cluster),
            "tls_disable": true,
        } }],
        "api_addr": address,
        // Between servers Vault speaks TLS with certificates of its own, also when the listener is plain.
        "cluster_addr": format!("https://{}", local(ports.cluster)),
        "disable_mlock": true,
        "ui": true,
        "log_level": layout.log_level.as_str(),
    }))
}

fn storage(layout: &StackLayout) -> Result<Value> {
    let path = layout.storage_path(Product::Vault)?;
    Ok(match layout.vault_storage {
        VaultStorage::Raft => {
            let mut raft = json!({
                "path": path,
                "node_id": layout.name,
                "performance_multiplier": layout.raft_multiplier,
            });
            if !layout.peers.is_empty() {
                let join = |peer: &super::NodePorts| json!({ "leader_api_addr": peer.address(Product::Vault) });
                raft["retry_join"] = layout.peers.iter().map(join).collect();
            }
            json!({ "raft": raft })
        }
        VaultStorage::File => json!({ "file": { "path": path } }),
        VaultStorage::Inmem => json!({ "inmem": {} }),
    })
}
