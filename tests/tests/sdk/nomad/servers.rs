//! The servers and agents themselves, and the keys of the cluster.

use nomad_client::{Consistency, ReadOptions, Reason};
use tests::stack;
use tests::wait::until;

use super::{Powerless, SOON, denied, shared};

#[test]
fn agents_and_servers_say_how_they_are() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let anonymous = nomad.anonymous();
        let powerless = Powerless::new(&nomad, "sdk-servers").await;

        let regions = anonymous.regions().await.unwrap();
        assert_eq!(regions, ["global"]);
        let leader = anonymous.status().leader().await.unwrap().unwrap();
        assert_eq!(anonymous.status().peers().await.unwrap(), std::slice::from_ref(&leader));

        let agent = nomad.agent().read().await.unwrap();
        let version = agent.version().unwrap().to_owned();
        assert!(agent.member.tags["build"].starts_with(&version), "{:?}", agent.member);
        assert_eq!(agent.stats["nomad"]["leader"], "true");
        denied(powerless.client.agent().read().await);

        let health = anonymous.agent().health().await.unwrap();
        assert!(health.is_healthy() && health.server.unwrap().ok);
        // The node is an agent of its own.
        assert_eq!(health.client, None);

        let members = nomad.agent().members().await.unwrap();
        assert_eq!((members.members.len(), members.server_region.as_str()), (1, "global"));
        assert_eq!(members.members[0].status, "alive");
        assert_eq!(members.members[0].name, agent.member.name);
        denied(powerless.client.agent().members().await);

        let health = until("autopilot finds the server healthy", SOON, async || {
            Some(nomad.operator().autopilot_health().await.unwrap()).filter(|health| health.healthy)
        })
        .await;
        let server = &health.servers[0];
        assert!(server.healthy && server.leader && server.voter && server.stable_since.is_some(), "{server:?}");
        assert_eq!((&health.leader, &health.voters), (&server.id, &vec![server.id.clone()]));
        assert_eq!(server.version, version);
        denied(powerless.client.operator().autopilot_health().await);

        let raft = nomad.operator().raft_configuration().await.unwrap();
        assert_eq!(raft.servers.len(), 1);
        assert!(raft.servers[0].leader && raft.servers[0].voter);
        assert_eq!(raft.servers[0].address, leader);
        let stale = ReadOptions::new().with_consistency(Consistency::Stale);
        assert_eq!(nomad.operator().raft_configuration_with(&stale).await.unwrap(), raft);
        denied(powerless.client.operator().raft_configuration().await);
        powerless.end(&nomad).await;
    });
}

#[test]
fn the_keys_of_identities_are_public() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let keys = nomad.anonymous().jwks().await.unwrap();
        assert!(!keys.is_empty());
        for key in keys {
            assert!(!key.id.is_empty() && !key.alg.is_empty() && key.extra["use"] == "sig", "{key:?}");
            assert!(key.kind == "RSA" && key.extra.contains_key("n") || key.kind == "OKP", "{key:?}");
        }
    });
}

#[test]
fn an_unknown_region_is_named_as_the_reason() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let error = nomad.in_region("sdk-nowhere").jobs().list().await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::NoRegionPath), "{error:?}");
        assert!(nomad.in_region("global").nodes().list().await.unwrap().len() == 1);
    });
}
