//! Three servers with the built-in storage: joining, standbys, handing over, snapshots.

use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use secrecy::ExposeSecret;
use serde_json::json;
use tests::programs::folder;
use tests::stack;
use tests::wait::until;
use vault_client::sys::mounts::NewMount;
use vault_client::sys::raft::JoinRequest;
use vault_client::sys::{HealthState, InitRequest};
use vault_client::{Client, Config, Token};

const LIMIT: Duration = Duration::from_secs(60);

struct Node {
    server: Server,
    client: Client,
    address: String,
}

async fn start(block: &mut PortBlock, name: &str) -> Node {
    let folder = folder(name);
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    let (api, cluster) = (block.take().unwrap(), block.take().unwrap());
    let address = format!("http://127.0.0.1:{api}");
    let config = json!({
        "storage": { "raft": { "path": data, "node_id": name, "performance_multiplier": 1 } },
        "listener": [{ "tcp": {
            "address": format!("127.0.0.1:{api}"), "cluster_address": format!("127.0.0.1:{cluster}"),
            "tls_disable": true,
        } }],
        "api_addr": address,
        "cluster_addr": format!("https://127.0.0.1:{cluster}"),
        "disable_mlock": true,
    });
    let file = folder.join("vault.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let program = &stack::servers().await.vault.path;
    let mut spec = Spec::new(Product::Vault, program, folder.join("log"));
    spec.args = vec!["server".into(), format!("-config={}", file.display()).into()];
    spec.environment = stack::harmless();
    let server = Server::start(&stack::guard(), &spec).await.unwrap();
    let client = Client::new(&Config::new(&address).unwrap()).unwrap();
    until("Vault answers", LIMIT, async || client.sys().health().await.ok()).await;
    Node { server, client, address }
}

async fn wait(client: &Client, wanted: HealthState) {
    until("the server has its state", LIMIT, async || {
        (client.sys().health().await.ok()?.state == wanted).then_some(())
    })
    .await;
}

#[test]
fn t05_t09_standbys_join_answer_and_take_over() {
    stack::run(async {
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let first = start(&mut block, "sdk-raft-0").await;
        let keys = first.client.sys().init(&InitRequest::new(1, 1)).await.unwrap();
        first.client.sys().unseal(&keys.keys[0]).await.unwrap();
        wait(&first.client, HealthState::Active).await;
        let token = Token::new(keys.root_token.expose_secret()).unwrap();
        let root = first.client.with_token(token.clone());

        let mut others = Vec::new();
        for name in ["sdk-raft-1", "sdk-raft-2"] {
            let node = start(&mut block, name).await;
            assert!(node.client.sys().raft().join(&JoinRequest::new(&first.address)).await.unwrap());
            // The first share only lets the node ask for the data.
            until("the node is unsealed", LIMIT, async || {
                let _ = node.client.sys().unseal(&keys.keys[0]).await;
                node.client.sys().health().await.ok().filter(|health| health.state == HealthState::Standby)
            })
            .await;
            others.push(node);
        }
        let standby = others[0].client.with_token(token.clone());
        let health = standby.sys().health().await.unwrap();
        assert!(health.standby && health.state.is_usable() && !standby.sys().leader().await.unwrap().is_self);
        // A standby passes calls on.
        standby.sys().mounts().enable("kv", &NewMount::new("kv")).await.unwrap();
        standby.raw().write("kv/a", &json!({ "n": 1 })).await.unwrap();
        assert_eq!(root.raw().read("kv/a").await.unwrap().unwrap().data(), Some(&json!({ "n": 1 })));
        // Who joins gets a vote only after it has been healthy for a while, and who has none cannot take over.
        until("all nodes vote", LIMIT, async || {
            let servers = root.sys().raft().read_configuration().await.ok()?.servers;
            (servers.iter().filter(|server| server.voter).count() == 3).then_some(())
        })
        .await;
        until("all nodes were heard of", LIMIT, async || (root.sys().ha_status().await.ok()?.len() == 3).then_some(()))
            .await;

        root.sys().step_down().await.unwrap();
        let active = until("another node is active", LIMIT, async || {
            for node in &others {
                if node.client.sys().health().await.ok()?.state == HealthState::Active {
                    return Some(node.client.with_token(token.clone()));
                }
            }
            None
        })
        .await;
        wait(&first.client, HealthState::Standby).await;
        let raft = active.sys().raft();
        until("the node is removed", LIMIT, async || raft.remove_peer("sdk-raft-0").await.ok()).await;
        assert_eq!(raft.read_configuration().await.unwrap().servers.len(), 2);
        snapshots(&active).await;
        for node in others {
            node.server.stop().await.unwrap();
        }
        first.server.stop().await.unwrap();
    });
}

/// All data becomes again what it was.
async fn snapshots(root: &Client) {
    let raft = root.sys().raft();
    let pieces: Vec<Bytes> = raft.snapshot().await.unwrap().try_collect().await.unwrap();
    for forced in [false, true] {
        root.raw().write("kv/a", &json!({ "n": 2 })).await.unwrap();
        let content = futures_util::stream::iter(pieces.clone().into_iter().map(Ok::<_, std::io::Error>));
        if forced {
            raft.force_restore_snapshot(content).await.unwrap();
        } else {
            raft.restore_snapshot(content).await.unwrap();
        }
        until("the data is back", LIMIT, async || {
            let read = root.raw().read("kv/a").await.ok()??;
            (read.data() == Some(&json!({ "n": 1 }))).then_some(())
        })
        .await;
    }
    // Half of one is none.
    let half: Vec<_> =
        pieces.iter().take(1).map(|piece| Ok::<_, std::io::Error>(piece.slice(..piece.len() / 2))).collect();
    assert!(raft.restore_snapshot(futures_util::stream::iter(half)).await.is_err());
    assert_eq!(root.raw().read("kv/a").await.unwrap().unwrap().data(), Some(&json!({ "n": 1 })));
}
