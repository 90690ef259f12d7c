//! The built-in storage: one server of the shared stack.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use tests::stack;
use tests::wait::until;
use vault_client::sys::raft::{NodeStatus, NodeType, ServerStatus};
use vault_client::sys::snapshot::SnapshotError;
use vault_client::{Client, Config};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{MINUTE, client, denied, powerless};

#[test]
fn the_cluster_is_looked_at_and_tuned() {
    stack::run(async {
        let vault = client().await;
        let raft = vault.sys().raft();
        let configuration = raft.read_configuration().await.unwrap();
        assert!(configuration.servers.len() == 1 && configuration.servers[0].leader, "{configuration:?}");
        let own = configuration.servers[0].node_id.clone();
        let state = until("autopilot knows the server", MINUTE, async || {
            raft.autopilot_state().await.ok().flatten().filter(|state| state.healthy)
        })
        .await;
        let server = &state.servers[&own];
        assert_eq!((&state.leader, &server.status), (&own, &Some(ServerStatus::Leader)));
        assert_eq!((&server.node_status, &server.node_type), (&Some(NodeStatus::Alive), &Some(NodeType::Voter)));
        let mut config = raft.read_autopilot_config().await.unwrap();
        config.max_trailing_logs = Some(1234);
        config.last_contact_threshold = Some(Duration::from_secs(15));
        raft.put_autopilot_config(&config).await.unwrap();
        let read = raft.read_autopilot_config().await.unwrap();
        assert_eq!((read.max_trailing_logs, read.last_contact_threshold), (Some(1234), Some(Duration::from_secs(15))));
        assert!(raft.remove_peer("sdk-nobody").await.is_ok());

        let weak = powerless(&vault).await;
        denied(weak.sys().raft().read_configuration().await);
        denied(weak.sys().raft().autopilot_state().await);
        denied(weak.sys().raft().snapshot().await.map(drop));
        denied(weak.sys().raft().remove_peer(&own).await);
        // A peer of ours forgets to look at the status here.
        let nothing = || futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"x"))]);
        denied(weak.sys().raft().restore_snapshot(nothing()).await);
        denied(weak.sys().raft().force_restore_snapshot(nothing()).await);
        weak.token().revoke_self().await.unwrap();
    });
}

/// What a client says of this content, had a server given it for a snapshot.
async fn judged(content: Vec<u8>) -> Result<(), SnapshotError> {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_bytes(content)).mount(&server).await;
    let vault = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
    vault.sys().raft().snapshot().await?.try_for_each(|_| async { Ok(()) }).await
}

#[test]
fn t25_a_snapshot_is_checked_while_it_is_streamed() {
    stack::run(async {
        let vault = client().await;
        let saved = vault.sys().raft().snapshot().await.unwrap();
        let whole: Vec<u8> = saved.map_ok(|piece| piece.to_vec()).try_concat().await.unwrap();
        assert!(whole.len() > 1000 && whole[..2] == [0x1f, 0x8b], "{}", whole.len());
        judged(whole.clone()).await.unwrap();

        let cut = judged(whole[..whole.len() - 10].to_vec()).await.unwrap_err();
        assert!(matches!(cut, SnapshotError::Truncated), "{cut:?}");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let flipped = judged(flipped).await.unwrap_err();
        assert!(matches!(flipped, SnapshotError::Damaged(_) | SnapshotError::Truncated), "{flipped:?}");
    });
}
