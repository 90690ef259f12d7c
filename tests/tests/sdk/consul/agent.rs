//! The agent itself. What concerns all of its node is tried on a stack of its own.

use std::time::Duration;

use consul_client::acl::{AclToken, NodeIdentity};
use consul_client::agent::{LogLevel, MemberStatus, MembersOptions, MonitorOptions, TokenKind};
use consul_client::health::HealthState;
use consul_client::{Client, ReadOptions, Token};
use futures_util::StreamExt as _;
use tests::stack;
use tests::wait::until;
use tokio::time::timeout;

use super::{Granted, SOON, assert_denied, assert_unknown_token, shared, stranger};

/// Made up by the test, and known to one agent only.
const RECOVERY: &str = "5d0c0ffe-e000-4000-8000-000000000001";

#[test]
fn an_agent_is_a_member_of_its_cluster() {
    stack::run(async {
        let (_, consul) = shared().await;
        let info = consul.agent().read().await.unwrap();
        assert!(info.config.server && info.config.version.contains('.'), "{:?}", info.config);
        assert_eq!(info.config.datacenter, info.config.primary_datacenter);
        assert!(info.debug_config.contains_key("NodeName") && !info.config.node_id.is_empty());
        assert_eq!((&info.member.name, info.member.status), (&info.config.node_name, MemberStatus::Alive));
        let members = consul.agent().members().await.unwrap();
        assert_eq!(members.len(), 1);
        assert_eq!((&members[0].name, members[0].port), (&info.member.name, info.member.port));
        assert_eq!(members[0].tags["role"], "consul");

        let nobody = Granted::powerless(&consul, "sdk-agent-nobody").await;
        let denied = nobody.client.agent();
        assert_denied(denied.read().await);
        assert!(denied.members().await.unwrap().is_empty());
        assert_denied(denied.set_token(TokenKind::Dns, &Token::new("sdk").unwrap()).await);
        assert_denied(denied.enter_maintenance("never").await);
        assert_denied(denied.leave_maintenance().await);
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).agent().members().await);
        assert_unknown_token(stranger(&consul).agent().read().await);
    });
}

#[test]
fn an_agent_tells_of_its_machine_and_itself() {
    stack::run(async {
        let (_, consul) = shared().await;
        let agent = consul.agent();
        let info = agent.read().await.unwrap();
        let version = agent.version().await.unwrap();
        assert!(info.config.version.starts_with(&version.human_version), "{version:?}");
        assert!(info.stats["consul"]["leader"] == "true" && info.xds.unwrap().supported_proxies.contains_key("envoy"));
        let host = agent.host().await.unwrap();
        assert!(host.memory.unwrap().total > 0 && host.disk.unwrap().total > 0 && !host.cpu.is_empty());
        assert_eq!(host.host.unwrap().os, "linux");
        // Now and then it has measured what JSON cannot say.
        let metrics = until("there are metrics", SOON, async || agent.metrics().await.ok()).await;
        assert!(metrics.gauges.iter().any(|gauge| gauge.name.contains("runtime.alloc_bytes") && gauge.value > 0.0));
        assert!(!metrics.timestamp.is_empty() && !metrics.counters.is_empty());
        let filter = |name: &str| ReadOptions::new().with_filter(format!("Name == \"{name}\""));
        let named = MembersOptions::new().with_read(filter(&info.config.node_name));
        assert_eq!(agent.members_with(&named).await.unwrap().len(), 1);
        let others = MembersOptions::new().with_read(filter("sdk-nowhere"));
        assert!(agent.members_with(&others).await.unwrap().is_empty());
        agent.reload().await.unwrap();
        // Whoever leads cannot be declared gone, and nobody answers there.
        assert!(agent.force_leave("sdk-nowhere").await.is_err());
        assert!(agent.join("127.0.0.1:1").await.is_err());

        let nobody = Granted::powerless(&consul, "sdk-agent-self-nobody").await;
        let denied = nobody.client.agent();
        assert_denied(denied.host().await);
        assert_denied(denied.metrics().await);
        assert_denied(denied.reload().await);
        assert_denied(denied.leave().await);
        assert_denied(denied.join("127.0.0.1:1").await);
        assert_denied(denied.force_leave("sdk-nowhere").await);
        assert_eq!(nobody.client.anonymous().agent().version().await.unwrap(), version);
        nobody.revoke(&consul).await;
    });
}

/// Both go on until they are dropped, and say nothing for as long as there is nothing.
#[test]
fn t41_a_log_and_measurements_flow_until_they_are_dropped() {
    stack::run(async {
        let (_, consul) = shared().await;
        let agent = consul.agent();
        let options = MonitorOptions::new().with_level(LogLevel::Debug).as_json();
        let mut log = Box::pin(agent.monitor(&options).await.unwrap());
        // The log begins when the agent has got round to it.
        let line = until("the agent logs what is asked", SOON, async || {
            consul.kv().read("sdk-monitor/a").await.unwrap();
            let next = async {
                loop {
                    let line = log.next().await.unwrap().unwrap();
                    if line.windows(11).any(|part| part == b"sdk-monitor") {
                        break line;
                    }
                }
            };
            timeout(Duration::from_secs(1), next).await.ok()
        })
        .await;
        let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!((&line["@level"], line["@module"].is_string()), (&"debug".into(), true), "{line}");

        // Now and then it has measured what JSON cannot say.
        let interval = until("an interval has been measured", SOON * 2, async || {
            let mut metrics = Box::pin(agent.stream_metrics().await.ok()?);
            timeout(SOON, metrics.next()).await.ok()??.ok()
        })
        .await;
        assert!(interval.gauges.iter().any(|gauge| gauge.name.contains("runtime.alloc_bytes")), "{interval:?}");

        let nobody = Granted::powerless(&consul, "sdk-monitor-nobody").await;
        assert_denied(nobody.client.agent().monitor(&options).await.map(drop));
        assert_denied(nobody.client.agent().stream_metrics().await.map(drop));
        nobody.revoke(&consul).await;
    });
}

/// The reason of the node's maintenance as the whole cluster sees it.
async fn maintenance(consul: &Client) -> Option<String> {
    let node = consul.agent().read().await.unwrap().config.node_name;
    let checks = consul.health().node(&node).await.unwrap();
    let check = checks.into_iter().find(|check| check.check_id == "_node_maintenance")?;
    assert_eq!(check.status, HealthState::Critical);
    Some(check.notes)
}

#[test]
fn a_node_in_maintenance_is_critical() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let consul = &live.stack().clients().consul;
        assert_eq!(maintenance(consul).await, None);
        consul.agent().enter_maintenance("a new disk & more").await.unwrap();
        let reason = until("the node is in maintenance", SOON, async || maintenance(consul).await).await;
        assert_eq!(reason, "a new disk & more");
        // Once more is fine, and so is leaving twice.
        consul.agent().enter_maintenance("again").await.unwrap();
        consul.agent().leave_maintenance().await.unwrap();
        until("the node is in service", SOON, async || maintenance(consul).await.is_none().then_some(())).await;
        consul.agent().leave_maintenance().await.unwrap();
    });
}

#[test]
fn an_agent_takes_its_tokens() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let consul = &live.stack().clients().consul;
        let agent = consul.agent();
        consul.kv().put("sdk-agent/a", "x").await.unwrap();
        let rules = "key_prefix \"sdk-agent/\" { policy = \"read\" }";
        let reader = Granted::new(consul, "sdk-agent-default", rules).await;
        let mut token = AclToken::new("sdk-agent");
        let info = agent.read().await.unwrap().config;
        token.node_identities = vec![NodeIdentity::new(&info.node_name, &info.datacenter)];
        // It stays: from now on the agent works with it.
        let own = consul.acl().tokens().create(&token).await.unwrap().secret.unwrap();

        let nameless = consul.anonymous();
        assert_denied(nameless.kv().read("sdk-agent/a").await);
        let secret = reader_secret(consul, &reader).await;
        agent.set_token(TokenKind::Default, &secret).await.unwrap();
        assert_eq!(nameless.kv().read("sdk-agent/a").await.unwrap().unwrap().value, "x");
        // The token that stands for none.
        agent.set_token(TokenKind::Default, &Token::new("anonymous").unwrap()).await.unwrap();
        assert_denied(nameless.kv().read("sdk-agent/a").await);

        let recovery = Token::new(RECOVERY).unwrap();
        assert_unknown_token(consul.with_token(recovery.clone()).agent().read().await);
        agent.set_token(TokenKind::AgentRecovery, &recovery).await.unwrap();
        let recovered = consul.with_token(recovery).agent().read().await.unwrap();
        assert_eq!(recovered.config.node_id, info.node_id);

        for kind in [TokenKind::Agent, TokenKind::ConfigFileServiceRegistration, TokenKind::Replication, TokenKind::Dns]
        {
            agent.set_token(kind, &own).await.unwrap();
        }
        // The agent can still write to the catalog with what it was given.
        agent.enter_maintenance("tokens").await.unwrap();
        until("the agent works", SOON, async || maintenance(consul).await).await;
        agent.leave_maintenance().await.unwrap();
        until("the agent works on", SOON, async || maintenance(consul).await.is_none().then_some(())).await;
        reader.revoke(consul).await;
        consul.kv().delete("sdk-agent/a").await.unwrap();
    });
}

async fn reader_secret(consul: &Client, granted: &Granted) -> Token {
    consul.acl().tokens().read(&granted.accessor).await.unwrap().unwrap().secret.unwrap()
}
