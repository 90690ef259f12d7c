//! The checks of an agent, and services with all that they can have.

use std::time::Duration;

use consul_client::agent::{
    CheckDefinition, CheckOptions, Headers, Locality, RegisterOptions, ReportOptions, ServiceAddress,
    ServiceDefinition, ServicePort, Weights,
};
use consul_client::health::HealthState;
use consul_client::{Client, ReadOptions};
use futures_util::StreamExt as _;
use tests::stack;
use tests::wait::until;

use super::{Granted, SOON, assert_denied, assert_invalid, assert_unknown_token, shared, stranger};

/// Nothing ends by this one within a test.
const LONG: Duration = Duration::from_secs(3600);

fn ttl(id: &str) -> CheckDefinition {
    let mut check = CheckDefinition::ttl(LONG);
    id.clone_into(&mut check.id);
    check.name = format!("{id} is well");
    check.status = Some(HealthState::Passing);
    check
}

async fn status(consul: &Client, id: &str) -> (HealthState, String) {
    let check = consul.agent().checks().await.unwrap().remove(id).unwrap();
    (check.status, check.output)
}

#[test]
fn a_check_of_the_node_is_reported() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, id) = (consul.agent(), "sdk-check");
        let mut check = ttl(id);
        check.notes = "of a test".to_owned();
        agent.register_check(&check).await.unwrap();
        let own = agent.checks().await.unwrap().remove(id).unwrap();
        assert_eq!((own.status, own.kind.as_str(), own.notes.as_str()), (HealthState::Passing, "ttl", "of a test"));
        assert!(own.service_id.is_empty() && own.definition.ttl.is_none());
        let note = |text: &str| ReportOptions::new().with_note(text);
        agent.warn_check_with(id, &note("a bit & more")).await.unwrap();
        assert_eq!(status(&consul, id).await, (HealthState::Warning, "a bit & more".to_owned()));
        agent.fail_check_with(id, &note("no")).await.unwrap();
        assert_eq!(status(&consul, id).await, (HealthState::Critical, "no".to_owned()));
        agent.pass_check_with(id, &note("yes")).await.unwrap();
        assert_eq!(status(&consul, id).await, (HealthState::Passing, "yes".to_owned()));
        agent.warn_check(id).await.unwrap();
        assert_eq!(status(&consul, id).await, (HealthState::Warning, String::new()));
        agent.update_check(id, &HealthState::Critical, "line 1\nline 2").await.unwrap();
        assert_eq!(status(&consul, id).await, (HealthState::Critical, "line 1\nline 2".to_owned()));
        agent.pass_check(id).await.unwrap();
        assert_invalid(agent.update_check(id, &HealthState::Any, "").await);
        for missing in [agent.pass_check("sdk-nowhere").await, agent.fail_check("sdk-nowhere").await] {
            assert!(missing.unwrap_err().is_not_found());
        }
        let filter = ReadOptions::new().with_filter(format!("CheckID == \"{id}\""));
        assert_eq!(agent.checks_with(&filter).await.unwrap().len(), 1);
        until("the catalog has it", SOON, async || {
            let found = consul.health().state(&HealthState::Passing).await.unwrap();
            found.into_iter().find(|check| check.check_id == id && check.output.is_empty())
        })
        .await;
        agent.deregister_check(id).await.unwrap();
        assert!(!agent.checks().await.unwrap().contains_key(id));
        agent.deregister_check(id).await.unwrap();
        assert_invalid(agent.register_check(&CheckDefinition::ttl(LONG)).await);
    });
}

/// Nothing listens there, and how often it is tried does not matter here.
#[test]
fn every_way_of_checking_is_taken() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, every) = (consul.agent(), Duration::from_secs(600));
        let mut http = CheckDefinition::http("http://127.0.0.1:1/", every);
        http.method = Some("POST".to_owned());
        http.header = Headers([("X-Sdk".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into());
        http.body = Some("{}".to_owned());
        http.disable_redirects = Some(true);
        http.tls_server_name = Some("sdk".to_owned());
        http.tls_skip_verify = Some(true);
        http.output_max_size = Some(100);
        let mut tcp = CheckDefinition::tcp("127.0.0.1:1", every);
        tcp.tcp_use_tls = Some(true);
        let mut grpc = CheckDefinition::grpc("127.0.0.1:1/sdk", every);
        grpc.grpc_use_tls = Some(true);
        let mut udp = way(every);
        udp.udp = Some("127.0.0.1:1".to_owned());
        let mut ping = way(every);
        ping.h2ping = Some("127.0.0.1:1".to_owned());
        ping.h2ping_use_tls = Some(false);
        let kinds = [("http", http), ("tcp", tcp), ("grpc", grpc), ("udp", udp), ("h2ping", ping)];
        for (kind, mut check) in kinds {
            check.id = format!("sdk-way-{kind}");
            check.name = format!("by {kind}");
            check.timeout = Some(Duration::from_secs(2));
            check.success_before_passing = Some(2);
            check.failures_before_warning = Some(1);
            check.failures_before_critical = Some(3);
            agent.register_check(&check).await.unwrap();
            let own = agent.checks().await.unwrap().remove(&check.id).unwrap();
            assert_eq!((own.kind.as_str(), own.interval, own.timeout), (kind, Some(every), check.timeout), "{own:?}");
            agent.deregister_check(&check.id).await.unwrap();
        }
        // A script is for agents that allow it, which ours does not.
        let mut script = way(every);
        script.script_args = vec!["true".to_owned()];
        assert!(agent.register_check(&script).await.is_err());
        assert!(agent.register_check(&way(every)).await.is_err(), "no way at all");
    });
}

fn way(every: Duration) -> CheckDefinition {
    let mut check = CheckDefinition::default();
    "sdk-way".clone_into(&mut check.name);
    check.interval = Some(every);
    check
}

fn instance(name: &str) -> ServiceDefinition {
    let mut service = ServiceDefinition::new(name);
    service.port = Some(4300);
    service.check = Some(ttl(&format!("{name}-a")));
    service.checks = vec![ttl(&format!("{name}-b"))];
    service
}

/// 200, 429, 503 and 404 all come with data, and none of them is an error.
#[test]
fn t15_t16_the_health_of_an_instance_is_no_error() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-local");
        assert_eq!(agent.instance_health(name).await.unwrap(), None);
        assert!(agent.service_health(name).await.unwrap().is_empty());
        agent.register_service(&instance(name)).await.unwrap();
        let (a, b) = ("sdk-local-a", "sdk-local-b");
        for (state, id) in [(HealthState::Passing, a), (HealthState::Warning, a), (HealthState::Critical, b)] {
            agent.update_check(id, &state, "said so").await.unwrap();
            let health = agent.instance_health(name).await.unwrap().unwrap();
            assert_eq!((&health.aggregated_status, health.checks.len()), (&state, 2));
            assert_eq!(health.service.unwrap().port, 4300);
            let all = agent.service_health(name).await.unwrap();
            assert_eq!(all.iter().map(|health| &health.aggregated_status).collect::<Vec<_>>(), [&state]);
        }
        agent.pass_check(b).await.unwrap();
        agent.pass_check(a).await.unwrap();

        agent.enter_service_maintenance(name, "a new disk & more").await.unwrap();
        let health = agent.instance_health(name).await.unwrap().unwrap();
        assert_eq!(health.aggregated_status, HealthState::Maintenance);
        assert!(health.checks.iter().any(|check| check.notes == "a new disk & more"), "{health:?}");
        agent.leave_service_maintenance(name).await.unwrap();
        let health = agent.instance_health(name).await.unwrap().unwrap();
        assert_eq!(health.aggregated_status, HealthState::Passing);
        assert!(agent.enter_service_maintenance("sdk-nowhere", "never").await.unwrap_err().is_not_found());
        assert!(agent.leave_service_maintenance("sdk-nowhere").await.unwrap_err().is_not_found());

        let nobody = Granted::powerless(&consul, "sdk-local-nobody").await;
        let denied = nobody.client.agent();
        assert_denied(denied.instance_health(name).await);
        assert_denied(denied.service_health(name).await);
        assert_denied(denied.service(name).await);
        assert_denied(denied.enter_service_maintenance(name, "never").await);
        assert_denied(denied.pass_check(a).await);
        assert_denied(denied.update_check(a, &HealthState::Passing, "").await);
        assert_denied(denied.register_check(&ttl("sdk-never")).await);
        assert_denied(denied.deregister_check(a).await);
        assert!(denied.checks().await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).agent().checks().await);
        agent.deregister_service(name).await.unwrap();
    });
}

#[test]
fn t08_one_instance_is_waited_for_by_its_hash() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-hash");
        assert_eq!(agent.service(name).await.unwrap(), None);
        let mut service = instance(name);
        agent.register_service(&service).await.unwrap();
        let first = agent.service_with(name, &ReadOptions::new()).await.unwrap();
        let hash = first.meta.content_hash.clone().unwrap();
        assert_eq!(first.value.as_ref().unwrap().content_hash, hash);
        // Nothing changes, and the wait is over.
        let brief = ReadOptions::new().waiting_on_hash(&hash, Duration::from_millis(50));
        assert_eq!(agent.service_with(name, &brief).await.unwrap().value, first.value);
        service.port = Some(4301);
        let waiting = ReadOptions::new().waiting_on_hash(&hash, SOON);
        let (second, registered) = tokio::join!(agent.service_with(name, &waiting), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            agent.register_service(&service).await
        });
        registered.unwrap();
        let second = second.unwrap();
        assert_eq!(second.value.unwrap().port, 4301);
        assert_ne!(second.meta.content_hash.as_ref(), Some(&hash));
        // A watch sees each change, and the end of the instance too.
        let mut watch = agent.watch_service(name, &ReadOptions::new());
        let seen = watch.next().await.unwrap().unwrap().value.unwrap();
        assert_eq!(seen.port, 4301);
        let (gone, removed) = tokio::join!(watch.next(), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            agent.deregister_service(name).await
        });
        removed.unwrap();
        assert_eq!(gone.unwrap().unwrap().value, None);
    });
}

#[test]
fn a_definition_is_kept_as_a_whole() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-whole");
        let mut service = instance(name);
        service.id = "sdk-whole-1".to_owned();
        service.tags = vec!["a".to_owned()];
        service.meta = [("version".to_owned(), "7".to_owned())].into();
        service.address = "127.0.0.9".to_owned();
        service.tagged_addresses = [("wan".to_owned(), ServiceAddress::new("192.0.2.9", 4399))].into();
        service.weights = Some(Weights::new(10, 2));
        service.enable_tag_override = Some(true);
        service.locality = Some(Locality::new("here", "room-7"));
        agent.register_service(&service).await.unwrap();
        let own = agent.service("sdk-whole-1").await.unwrap().unwrap();
        assert_eq!((&own.tags, &own.meta, &own.address), (&service.tags, &service.meta, &service.address));
        assert_eq!((&own.weights, own.enable_tag_override), (&service.weights, true));
        assert_eq!(own.tagged_addresses["wan"], service.tagged_addresses["wan"]);
        assert_eq!(own.locality, service.locality);
        let filter = ReadOptions::new().with_filter(format!("Service == \"{name}\" and \"a\" in Tags"));
        assert_eq!(agent.services_with(&filter).await.unwrap().keys().collect::<Vec<_>>(), ["sdk-whole-1"]);

        // A check that was registered besides stays when asked for, and goes with the next registration otherwise.
        let extra = ttl("sdk-whole-extra");
        agent.register_check_with(&extra, &CheckOptions::new().of_instance("sdk-whole-1")).await.unwrap();
        let nowhere = agent.register_check_with(&extra, &CheckOptions::new().of_instance("sdk-nowhere")).await;
        assert!(nowhere.unwrap_err().is_not_found());
        agent.register_service_with(&service, &RegisterOptions::new().keeping_checks()).await.unwrap();
        assert_eq!(agent.checks().await.unwrap()[&extra.id].service_id, "sdk-whole-1");
        agent.register_service(&service).await.unwrap();
        assert!(!agent.checks().await.unwrap().contains_key(&extra.id));
        agent.deregister_service("sdk-whole-1").await.unwrap();
    });
}

#[test]
fn t47_a_service_has_one_port_or_several_with_a_default() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-ports");
        let mut service = ServiceDefinition::new(name);
        service.ports = vec![ServicePort::new("http", 4310).as_default(), ServicePort::new("admin", 4311)];
        agent.register_service(&service).await.unwrap();
        let own = agent.service(name).await.unwrap().unwrap();
        assert_eq!((&own.ports, own.port), (&service.ports, 4310));
        let found =
            until("it is in the catalog", SOON, async || consul.catalog().service(name).await.unwrap().pop()).await;
        assert_eq!(found.service_ports, service.ports);
        let entry = consul.health().service(name).await.unwrap().pop().unwrap();
        assert_eq!((entry.service.port, entry.service.ports), (4310, service.ports.clone()));
        service.port = Some(4310);
        assert_invalid(agent.register_service(&service).await);
        service.port = None;
        service.ports[0].default = false;
        assert!(agent.register_service(&service).await.is_err(), "no default");
        agent.deregister_service(name).await.unwrap();
    });
}
