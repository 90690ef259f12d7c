//! The built-in storage: one server of the shared stack.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use tests::stack;
use tests::wait::until;

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
            raft.autopilot_state().await.ok().filter(|state| state.healthy)
        })
        .await;
        assert_eq!((state.leader.as_str(), state.servers[&own].status.as_str()), (own.as_str(), "leader"));
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

#[test]
fn t25_a_snapshot_is_streamed() {
    stack::run(async {
        let vault = client().await;
        let mut snapshot = Box::pin(vault.sys().raft().snapshot().await.unwrap());
        let (mut begin, mut length) = (Vec::new(), 0);
        while let Some(piece) = snapshot.try_next().await.unwrap() {
            length += piece.len();
            begin.extend_from_slice(&piece[..piece.len().min(2)]);
        }
        assert!(length > 1000 && begin[..2] == [0x1f, 0x8b], "{length}");
    });
}
