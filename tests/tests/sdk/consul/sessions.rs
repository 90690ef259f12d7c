//! Sessions, and what ends them.

use std::time::Duration;

use consul_client::agent::{CheckDefinition, ServiceDefinition};
use consul_client::health::HealthState;
use consul_client::kv::PutOptions;
use consul_client::session::{Behavior, NewSession, ServiceCheck};
use consul_client::{Client, ReadOptions};
use tests::stack;
use tests::wait::until;

use super::{Granted, NOWHERE, SOON, assert_denied, assert_invalid, assert_unknown_token, shared, stranger};

fn named(name: &str) -> NewSession {
    let mut session = NewSession::new();
    session.name = Some(name.to_owned());
    session
}

async fn own_node(consul: &Client) -> String {
    consul.agent().read().await.unwrap().config.node_name
}

#[test]
fn a_session_is_made_listed_renewed_and_ended() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (sessions, node) = (consul.sessions(), own_node(&consul).await);
        let mut new = named("sdk-session");
        new.behavior = Some(Behavior::Delete);
        new.ttl = Some(Duration::from_secs(600));
        new.lock_delay = Some(Duration::from_millis(1));
        new.node_checks = Some(Vec::new());
        let id = sessions.create(&new).await.unwrap();
        let session = sessions.read(&id).await.unwrap().unwrap();
        assert_eq!(
            (session.name.as_str(), &session.node, &session.behavior),
            ("sdk-session", &node, &Behavior::Delete)
        );
        assert_eq!((session.ttl, session.lock_delay), (new.ttl, new.lock_delay));
        assert!(session.node_checks.is_empty() && session.create_index.0 > 0, "{session:?}");
        assert!(sessions.list().await.unwrap().contains(&session));
        assert!(sessions.list_on_node(&node).await.unwrap().contains(&session));
        assert!(sessions.list_on_node("sdk-nowhere").await.unwrap().is_empty());
        assert_eq!(sessions.renew(&id).await.unwrap(), Some(session.clone()));

        // Its end wakes who waits for it.
        let seen = sessions.read_with(&id, &ReadOptions::new()).await.unwrap();
        let waiting = ReadOptions::new().waiting(seen.meta.index.unwrap(), SOON);
        let (woken, ended) = tokio::join!(sessions.read_with(&id, &waiting), sessions.destroy(&id));
        ended.unwrap();
        assert!(woken.unwrap().meta.index > seen.meta.index);
        assert!(sessions.list_with(&ReadOptions::new()).await.unwrap().meta.index.is_some());
        let on_node = sessions.list_on_node_with(&node, &ReadOptions::new()).await.unwrap();
        assert!(!on_node.value.contains(&session) && on_node.meta.index.is_some());
        sessions.destroy(&id).await.unwrap();
    });
}

/// One that is gone is an empty list here and a 404 there.
#[test]
fn t26_a_session_that_is_gone_is_none() {
    stack::run(async {
        let (_, consul) = shared().await;
        assert_eq!(consul.sessions().read(NOWHERE).await.unwrap(), None);
        assert_eq!(consul.sessions().renew(NOWHERE).await.unwrap(), None);
        assert!(consul.sessions().read_with(NOWHERE, &ReadOptions::new()).await.unwrap().meta.index.is_some());
    });
}

/// Sent as text, a delay is read as it is meant; without a word, the server has its own.
#[test]
fn t34_a_lock_delay_is_as_long_as_it_was_said() {
    stack::run(async {
        let (_, consul) = shared().await;
        let sessions = consul.sessions();
        let delays = [Some(Duration::from_secs(60)), Some(Duration::from_millis(999)), Some(Duration::ZERO), None];
        for delay in delays {
            let mut new = named("sdk-delay");
            new.lock_delay = delay;
            let id = sessions.create(&new).await.unwrap();
            let session = sessions.read(&id).await.unwrap().unwrap();
            assert_eq!(session.lock_delay, Some(delay.unwrap_or(Duration::from_secs(15))));
            sessions.destroy(&id).await.unwrap();
        }
        // What is too long is taken without a word; only a minute of it counts.
        let mut too_long = named("sdk-delay");
        too_long.lock_delay = Some(Duration::from_secs(3600));
        let id = sessions.create(&too_long).await.unwrap();
        assert_eq!(sessions.read(&id).await.unwrap().unwrap().lock_delay, too_long.lock_delay);
        sessions.destroy(&id).await.unwrap();
        let mut too_short = named("sdk-ttl");
        too_short.ttl = Some(Duration::from_secs(1));
        assert_invalid(sessions.create(&too_short).await);
    });
}

#[test]
fn t35_a_session_ends_with_its_checks() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (sessions, agent, name) = (consul.sessions(), consul.agent(), "sdk-checked");
        let default = sessions.create(&NewSession::new()).await.unwrap();
        assert_eq!(sessions.read(&default).await.unwrap().unwrap().node_checks, ["serfHealth"]);
        sessions.destroy(&default).await.unwrap();

        let mut service = ServiceDefinition::new(name);
        let mut check = CheckDefinition::ttl(Duration::from_secs(3600));
        check.id = name.to_owned();
        check.status = Some(HealthState::Passing);
        service.check = Some(check);
        agent.register_service(&service).await.unwrap();
        until("the check is in the catalog", SOON, async || {
            (!consul.health().checks(name).await.unwrap().is_empty()).then_some(())
        })
        .await;
        let mut new = named(name);
        new.service_checks = Some(vec![ServiceCheck::new(name)]);
        let id = sessions.create(&new).await.unwrap();
        let session = sessions.read(&id).await.unwrap().unwrap();
        assert_eq!(session.service_checks, [ServiceCheck::new(name)]);
        let key = "sdk-checked/lock";
        let taken = consul.kv().put_with(key, "mine", &PutOptions::new().acquiring(&id)).await.unwrap();
        assert!(taken.is_applied());
        agent.fail_check(name).await.unwrap();
        until("the session has ended", SOON, async || sessions.read(&id).await.unwrap().is_none().then_some(())).await;
        assert_eq!(consul.kv().read(key).await.unwrap().unwrap().session, None);
        consul.kv().delete(key).await.unwrap();
        agent.deregister_service(name).await.unwrap();
    });
}

#[test]
fn sessions_need_a_permission() {
    stack::run(async {
        let (_, consul) = shared().await;
        let id = consul.sessions().create(&named("sdk-session-hidden")).await.unwrap();
        let nobody = Granted::powerless(&consul, "sdk-session-nobody").await;
        let denied = nobody.client.sessions();
        assert_denied(denied.create(&named("never")).await);
        assert_denied(denied.renew(&id).await);
        assert_denied(denied.destroy(&id).await);
        assert_eq!(denied.read(&id).await.unwrap(), None);
        assert!(denied.list().await.unwrap().is_empty());
        let node = own_node(&consul).await;
        assert!(denied.list_on_node(&node).await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).sessions().list().await);
        consul.sessions().destroy(&id).await.unwrap();
    });
}
