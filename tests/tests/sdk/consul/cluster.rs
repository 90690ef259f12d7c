//! The leader, its peers, and what an operator looks at.

use consul_client::Token;
use tests::stack;
use tests::wait::until;

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
        assert_eq!(consul.in_datacenter(own.as_str()).catalog().nodes().await.unwrap().len(), 1);
        let error = consul.in_datacenter("sdk-nowhere").catalog().nodes().await.unwrap_err();
        assert!(error.status().is_some() && !error.is_denied() && !error.is_not_found(), "{error:?}");
        assert!(error.to_string().contains("/v1/catalog/nodes"), "{error}");
        assert!(Token::new("").is_err());
    });
}
