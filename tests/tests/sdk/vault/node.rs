//! A server of its own, from its first start on: initialising, sealing and unsealing it.

use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use secrecy::ExposeSecret;
use serde_json::json;
use tests::programs::folder;
use tests::stack;
use tests::wait::until;
use vault_client::sys::audit::NewAuditDevice;
use vault_client::sys::{HealthState, InitRequest};
use vault_client::{Client, Config, Token};

use super::denied;

/// A new server that keeps everything in memory, and a client without a token.
async fn start(block: &mut PortBlock) -> (Server, Client) {
    let folder = folder("vault");
    let (api, cluster) = (block.take().unwrap(), block.take().unwrap());
    let address = format!("http://127.0.0.1:{api}");
    let config = json!({
        "storage": { "inmem": {} },
        "listener": [{ "tcp": { "address": format!("127.0.0.1:{api}"), "tls_disable": true } }],
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
    let mut server = Server::start(&stack::guard(), &spec).await.unwrap();
    let client = Client::new(&Config::new(&address).unwrap()).unwrap();
    until("Vault answers", Duration::from_secs(60), async || {
        server.check().unwrap();
        client.sys().health().await.ok()
    })
    .await;
    (server, client)
}

async fn state(vault: &Client) -> HealthState {
    vault.sys().health().await.unwrap().state
}

async fn active(vault: &Client) {
    until("Vault is active", Duration::from_secs(30), async || {
        (state(vault).await == HealthState::Active).then_some(())
    })
    .await;
}

#[test]
fn a_server_is_initialised_unsealed_and_sealed() {
    stack::run(async {
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let (server, nobody) = start(&mut block).await;
        let sys = nobody.sys();
        assert_eq!(state(&nobody).await, HealthState::NotInitialized);
        assert!(!sys.seal_status().await.unwrap().initialized && !sys.is_initialized().await.unwrap());

        let keys = sys.init(&InitRequest::new(3, 2)).await.unwrap();
        assert_eq!((keys.keys.len(), keys.keys_base64.len(), keys.recovery_keys.len()), (3, 3, 0));
        assert!(sys.init(&InitRequest::new(1, 1)).await.unwrap_err().is_conflict());
        assert_eq!(state(&nobody).await, HealthState::Sealed);
        let root = nobody.with_token(Token::new(keys.root_token.expose_secret()).unwrap());
        assert!(root.sys().mounts().list().await.unwrap_err().is_sealed());

        let status = sys.unseal(&keys.keys[0]).await.unwrap();
        assert_eq!((status.sealed, status.progress, status.threshold, status.shares), (true, 1, 2, 3));
        let status = sys.seal_status().await.unwrap();
        assert_eq!((status.kind.as_str(), status.progress, status.storage_type.as_str()), ("shamir", 1, "inmem"));
        let error = sys.unseal(&"no key".into()).await.unwrap_err();
        assert_eq!(error.status(), Some(400), "{error}");
        // Either form of a share will do.
        let status = sys.unseal(&keys.keys_base64[2]).await.unwrap();
        assert!(!status.sealed && status.initialized);
        active(&nobody).await;

        denied(sys.seal().await);
        root.sys().seal().await.unwrap();
        assert_eq!(state(&nobody).await, HealthState::Sealed);
        assert!(sys.seal_status().await.unwrap().sealed);
        for key in &keys.keys[1..] {
            sys.unseal(key).await.unwrap();
        }
        active(&nobody).await;
        audit(&root).await;
        server.stop().await.unwrap();
    });
}

/// The devices of this server alone, since each request waits for them.
async fn audit(root: &Client) {
    let audit = root.sys().audit();
    assert!(audit.list().await.unwrap().is_empty());
    let device = NewAuditDevice::file("discard").with_description("to nowhere");
    audit.enable("sdk-audit", &device).await.unwrap();
    assert!(audit.enable("sdk-audit", &device).await.unwrap_err().is_conflict());
    let devices = audit.list().await.unwrap();
    let device = &devices["sdk-audit/"];
    assert_eq!((device.kind.as_str(), device.description.as_str(), device.local), ("file", "to nowhere", false));
    assert_eq!(device.options["file_path"], "discard");
    let hash = audit.hash("sdk-audit", &"secret".into()).await.unwrap();
    assert!(hash.starts_with("hmac-sha256:") && hash == audit.hash("sdk-audit", &"secret".into()).await.unwrap());
    for _ in 0..2 {
        audit.disable("sdk-audit").await.unwrap();
    }
    assert_eq!(audit.hash("sdk-audit", &"secret".into()).await.unwrap_err().status(), Some(400));
    assert!(audit.list().await.unwrap().is_empty());
}
