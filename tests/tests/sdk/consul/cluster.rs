//! The leader, its peers, and what an operator looks at.

use std::time::Duration;

use consul_client::agent::{ForceLeaveOptions, JoinOptions, MemberStatus, MembersOptions};
use consul_client::operator::autopilot::{LastContact, ServerStatus};
use consul_client::operator::raft::TransferOptions;
use consul_client::operator::{Peer, RaftServer};
use consul_client::txn::{ApplyOptions, Operation};
use consul_client::{Cas, Client, Consistency, EffectiveConsistency, Index, Outcome, ReadOptions, Token};
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;
use tokio::time::timeout;

use super::{Granted, SOON, assert_denied, shared, stranger};

#[test]
fn one_server_leads_itself() {
    stack::run(async {
        let (_, consul) = shared().await;
        let leader = consul.status().leader().await.unwrap().unwrap();
        assert_eq!(consul.status().peers().await.unwrap(), [leader.as_str()]);
        // Both need no token.
        assert_eq!(consul.anonymous().status().leader().await.unwrap().as_ref(), Some(&leader));

        let operator = consul.operator();
        let raft = operator.raft_configuration().await.unwrap();
        let [server] = &raft.servers[..] else { panic!("{raft:?}") };
        assert!(server.leader && server.voter && server.address == leader, "{server:?}");
        let health = until("the server is healthy", SOON, async || {
            let health = operator.autopilot_health().await.unwrap();
            health.healthy.then_some(health)
        })
        .await;
        assert_eq!((health.failure_tolerance, health.servers.len()), (0, 1));
        let healthy = &health.servers[0];
        assert_eq!((&healthy.id, &healthy.name, &healthy.address), (&server.id, &server.node, &server.address));
        assert!(healthy.healthy && healthy.leader && healthy.voter && healthy.serf_status == "alive", "{healthy:?}");
        assert!(healthy.stable_since.is_some() && healthy.last_index > 0, "{healthy:?}");
    });
}

/// An agent that may answer from any server does so, unless it is told to ask the leader.
#[test]
fn t11_the_leader_answers_where_it_is_asked_for() {
    stack::run(async {
        let cluster = Cluster::start_with(1, &serde_json::json!({ "discovery_max_stale": "10m" })).await;
        let catalog = cluster.client(0).catalog();
        let by = async |consistency| {
            let read = ReadOptions::new().with_consistency(consistency);
            catalog.nodes_with(&read.into()).await.unwrap().meta.effective_consistency
        };
        assert_eq!(by(Consistency::Default).await, Some(EffectiveConsistency::Stale));
        assert_eq!(by(Consistency::Leader).await, Some(EffectiveConsistency::Leader));
        assert_eq!(by(Consistency::Consistent).await, Some(EffectiveConsistency::Consistent));
        cluster.stop().await;
    });
}

/// There is nothing to wait on, so nothing offers to, and whoever tries is answered at once.
#[test]
fn t45_what_has_no_index_is_not_waited_for() {
    stack::run(async {
        let (_, consul) = shared().await;
        let waiting = ReadOptions::new().waiting(Index(u64::from(u32::MAX)), Duration::from_secs(600));
        let (operator, raw, txn) = (consul.operator(), consul.raw(), consul.txn());
        let raft = operator.raft_configuration_with(&waiting);
        assert_eq!(timeout(SOON, raft).await.unwrap().unwrap().meta.index, None);
        for path in ["operator/autopilot/configuration", "operator/autopilot/health", "operator/autopilot/state"] {
            let read = raw.read_with(path, &[], &waiting);
            match timeout(SOON, read).await.unwrap() {
                Ok(answer) => assert_eq!(answer.meta.index, None, "{path}"),
                // What is unhealthy for a moment.
                Err(error) => assert_eq!((error.status(), path.ends_with("health")), (Some(429), true), "{error:?}"),
            }
        }
        let only_reads = [Operation::get_or_empty("sdk-txn-waits/a")];
        let options = ApplyOptions::new().with_read(waiting);
        assert!(timeout(SOON, txn.apply_with(&only_reads, &options)).await.unwrap().unwrap().is_applied());
    });
}

#[test]
fn the_operators_view_needs_a_permission() {
    stack::run(async {
        let (_, consul) = shared().await;
        let nobody = Granted::powerless(&consul, "sdk-operator-nobody").await;
        assert_denied(nobody.client.operator().autopilot_health().await);
        assert_denied(nobody.client.operator().raft_configuration().await);
        nobody.revoke(&consul).await;
        super::assert_unknown_token(stranger(&consul).operator().raft_configuration().await);
        let reader = Granted::new(&consul, "sdk-operator-reader", "operator = \"read\"").await;
        assert_eq!(reader.client.operator().raft_configuration().await.unwrap().servers.len(), 1);
        reader.revoke(&consul).await;
    });
}

#[test]
fn another_datacenter_is_another_cluster() {
    stack::run(async {
        let (_, consul) = shared().await;
        let [own] = &consul.catalog().datacenters().await.unwrap()[..] else { panic!("one datacenter") };
        assert_eq!(consul.anonymous().catalog().datacenters().await.unwrap(), [own.as_str()]);
        let name = consul.agent().read().await.unwrap().config.node_name;
        let nodes = consul.in_datacenter(own.as_str()).catalog().nodes().await.unwrap();
        assert!(nodes.iter().any(|node| node.node == name), "{nodes:?}");
        let error = consul.in_datacenter("sdk-nowhere").catalog().nodes().await.unwrap_err();
        assert!(error.status().is_some() && !error.is_denied() && !error.is_not_found(), "{error:?}");
        assert!(error.to_string().contains("/v1/catalog/nodes"), "{error}");
        assert!(Token::new("").is_err());
    });
}

#[test]
fn autopilot_is_configured_under_a_guard() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let operator = live.stack().clients().consul.operator();
        let before = operator.autopilot_configuration().await.unwrap();
        assert!(before.cleanup_dead_servers && before.max_trailing_logs > 0, "{before:?}");
        assert!(before.last_contact_threshold.is_some() && before.modify_index.0 > 0);
        let mut changed = before.clone();
        changed.max_trailing_logs += 7;
        changed.server_stabilization_time = Some(Duration::from_millis(1500));
        // A guard that does not hold is no error.
        let outdated = Cas::At(Index(before.modify_index.0 - 1));
        assert_eq!(operator.put_autopilot_configuration_with(&changed, outdated).await.unwrap(), Outcome::Refused);
        assert_eq!(operator.autopilot_configuration().await.unwrap(), before);
        let fresh = Cas::At(before.modify_index);
        assert_eq!(operator.put_autopilot_configuration_with(&changed, fresh).await.unwrap(), Outcome::Applied);
        let after = operator.autopilot_configuration().await.unwrap();
        assert_eq!(after.max_trailing_logs, changed.max_trailing_logs);
        assert_eq!(after.server_stabilization_time, changed.server_stabilization_time);
        operator.put_autopilot_configuration(&before).await.unwrap();
        let state = until("autopilot knows the server", SOON, async || {
            let state = operator.autopilot_state().await.unwrap();
            state.servers.contains_key(&state.leader).then_some(state)
        })
        .await;
        let server = &state.servers[&state.leader];
        assert_eq!((&state.voters[..], &server.status), (&[server.id.clone()][..], &ServerStatus::Leader));
        let nobody = Granted::powerless(&live.stack().clients().consul, "sdk-autopilot-nobody").await;
        let denied = nobody.client.operator();
        assert_denied(denied.autopilot_configuration().await);
        assert_denied(denied.autopilot_state().await);
        assert_denied(denied.put_autopilot_configuration(&before).await);
        assert_denied(denied.transfer_leader().await);
        assert_denied(denied.remove_peer(&Peer::id("sdk")).await);
        nobody.revoke(&live.stack().clients().consul).await;
    });
}

async fn server(consul: &Client, place: usize) -> Option<RaftServer> {
    let stale = ReadOptions::new().with_consistency(Consistency::Stale);
    let servers = consul.operator().raft_configuration_with(&stale).await.ok()?.value.servers;
    servers.into_iter().find(|server| server.node == format!("server-{place}"))
}

#[test]
fn the_lead_is_handed_over() {
    stack::run(async {
        let cluster = Cluster::start(3).await;
        let first = cluster.leader().await;
        let second = until("another leads", SOON, async || {
            let _ = cluster.client(first).operator().transfer_leader().await;
            let leader = cluster.leader().await;
            (leader != first).then_some(leader)
        })
        .await;
        let third = 3 - first - second;
        let known = until("the third is known", SOON, async || server(&cluster.client(second), third).await);
        let id = known.await.id;
        let wanted = TransferOptions::new().with_id(&id);
        until("it takes the lead", SOON, async || {
            let _ = cluster.client(cluster.leader().await).operator().transfer_leader_with(&wanted).await;
            (cluster.leader().await == third).then_some(())
        })
        .await;
        // A server that is still there is taken in again by and by.
        let consul = cluster.client(third);
        let removed = until("the first is known", SOON, async || server(&consul, first).await).await;
        until("the first is out", SOON, async || {
            let _ = consul.operator().remove_peer(&Peer::id(&removed.id)).await;
            let peers = consul.status().peers().await.ok()?;
            (!peers.contains(&removed.address)).then_some(())
        })
        .await;
        cluster.stop().await;
    });
}

/// 429 says that a server is missing, and comes with data.
#[test]
fn t15_a_server_that_is_missing_is_no_error_of_the_question() {
    stack::run(async {
        let mut cluster = Cluster::start(3).await;
        let leader = cluster.leader().await;
        let consul = cluster.client(leader);
        let health = until("all are healthy", SOON, async || {
            let health = consul.operator().autopilot_health().await.ok()?;
            (health.healthy && health.servers.len() == 3).then_some(health)
        })
        .await;
        assert_eq!(health.failure_tolerance, 1);
        let lost = (leader + 1) % 3;
        let address = server(&consul, lost).await.unwrap().address;
        // It shall not be removed by itself.
        let mut autopilot = consul.operator().autopilot_configuration().await.unwrap();
        autopilot.cleanup_dead_servers = false;
        consul.operator().put_autopilot_configuration(&autopilot).await.unwrap();
        cluster.kill(lost).await;
        let health = until("one is missing", SOON, async || {
            let health = consul.operator().autopilot_health().await.ok()?;
            (!health.healthy).then_some(health)
        })
        .await;
        let name = format!("server-{lost}");
        let ill = health.servers.iter().find(|server| server.name == name).unwrap();
        assert!(!ill.healthy && !ill.leader, "{ill:?}");
        let well = health.servers.iter().find(|server| server.leader).unwrap();
        assert!(well.healthy && well.last_contact == LastContact::Ago(Duration::ZERO), "{well:?}");
        until("the members have noticed", SOON, async || {
            let members = consul.agent().members().await.unwrap();
            members.iter().any(|member| member.name == name && member.status == MemberStatus::Failed).then_some(())
        })
        .await;

        consul.agent().force_leave(&name).await.unwrap();
        let status = async || {
            let members = consul.agent().members().await.unwrap();
            members.into_iter().find(|member| member.name == name).map(|member| member.status)
        };
        until("it counts as left", SOON, async || (status().await != Some(MemberStatus::Failed)).then_some(())).await;
        consul.agent().force_leave_with(&name, &ForceLeaveOptions::new().prune()).await.unwrap();
        until("it is forgotten", SOON, async || status().await.is_none().then_some(())).await;
        let everywhere = ForceLeaveOptions::new().prune().wan();
        // It is gone from among the servers of all datacenters as well.
        assert!(consul.agent().force_leave_with(&format!("{name}.dc1"), &everywhere).await.is_err());
        // Leaving takes it out of Raft too.
        until("it is no peer any more", SOON, async || {
            (!consul.status().peers().await.unwrap().contains(&address)).then_some(())
        })
        .await;
        assert!(consul.operator().remove_peer(&Peer::address("127.0.0.1:1")).await.is_err());
        cluster.stop().await;
    });
}

#[test]
fn a_server_joins_and_leaves() {
    stack::run(async {
        let (one, two) = (
            Cluster::start(1).await,
            Cluster::start_with(1, &serde_json::json!({"node_name": "guest", "datacenter": "dc2"})).await,
        );
        let (consul, guest) = (one.client(0), two.client(0));
        let wan = MembersOptions::new().wan();
        assert_eq!(consul.agent().members_with(&wan).await.unwrap().len(), 1);
        let port = &guest.agent().members_with(&wan).await.unwrap()[0].port;
        consul.agent().join_with(&format!("127.0.0.1:{port}"), &JoinOptions::new().wan()).await.unwrap();
        until("both are known", SOON, async || {
            (consul.agent().members_with(&wan).await.unwrap().len() == 2).then_some(())
        })
        .await;
        assert_eq!(consul.agent().members().await.unwrap().len(), 1);
        until("both datacenters are known", SOON, async || {
            let mut datacenters = consul.catalog().datacenters().await.unwrap();
            datacenters.sort();
            (datacenters == ["dc1", "dc2"]).then_some(())
        })
        .await;
        // The own agent passes on what is asked of the other datacenter.
        until("the other datacenter answers", SOON, async || {
            let nodes = consul.in_datacenter("dc2").catalog().nodes().await.ok()?;
            nodes.iter().map(|node| node.node.as_str()).eq(["guest"]).then_some(())
        })
        .await;
        // Somebody of another datacenter is no member of this one.
        let lan = guest.agent().members().await.unwrap()[0].port;
        assert!(consul.agent().join(&format!("127.0.0.1:{lan}")).await.is_err());
        let own = consul.agent().members().await.unwrap()[0].port;
        consul.agent().join(&format!("127.0.0.1:{own}")).await.unwrap();

        consul.agent().reload().await.unwrap();
        guest.agent().leave().await.unwrap();
        until("it has ended", SOON, async || {
            guest.status().leader().await.is_err_and(|error| error.is_connect()).then_some(())
        })
        .await;
        until("it has left", SOON, async || {
            let members = consul.agent().members_with(&wan).await.unwrap();
            members.iter().any(|member| member.name == "guest.dc2" && member.status == MemberStatus::Left).then_some(())
        })
        .await;
        one.stop().await;
        two.stop().await;
    });
}
