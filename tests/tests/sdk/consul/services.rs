//! Services: registered with the agent, found in the catalog, judged by their health.

use std::time::Duration;

use consul_client::agent::{CheckDefinition, ServiceDefinition};
use consul_client::health::{HealthState, ServiceOptions};
use consul_client::{Client, Consistency, ReadOptions, catalog};
use tests::stack;
use tests::wait::until;

use super::{Granted, SOON, assert_denied, assert_invalid, assert_unknown_token, shared, stranger};

/// An instance whose check has this state until it is told otherwise.
fn instance(service: &str, id: &str, status: HealthState) -> ServiceDefinition {
    let mut definition = ServiceDefinition::new(service);
    id.clone_into(&mut definition.id);
    definition.tags = vec!["sdk".to_owned(), id.to_owned()];
    definition.meta = [("version".to_owned(), "7".to_owned())].into();
    "127.0.0.9".clone_into(&mut definition.address);
    definition.port = Some(4321);
    let mut check = CheckDefinition::ttl(Duration::from_secs(3600));
    check.name = format!("alive {id}");
    check.status = Some(status);
    definition.check = Some(check);
    definition
}

/// Waits until the catalog has so many instances: the agent brings it there by itself.
async fn in_catalog(consul: &Client, service: &str, count: usize) {
    let what = format!("{count} instances of {service}");
    until(&what, SOON, async || {
        let found = consul.health().service(service).await.unwrap();
        // Each has its own check besides that of the node.
        let complete = found.len() == count && found.iter().all(|entry| entry.checks.len() >= 2);
        complete.then_some(())
    })
    .await;
}

async fn gone(consul: &Client, service: &str, ids: &[&str]) {
    for id in ids {
        consul.agent().deregister_service(id).await.unwrap();
        assert!(!consul.agent().services().await.unwrap().contains_key(*id));
        // Once more is fine.
        consul.agent().deregister_service(id).await.unwrap();
    }
    until("the service is gone", SOON, async || {
        consul.catalog().service(service).await.unwrap().is_empty().then_some(())
    })
    .await;
    assert!(!consul.catalog().services().await.unwrap().contains_key(service));
    assert!(consul.health().service(service).await.unwrap().is_empty());
    assert!(consul.health().checks(service).await.unwrap().is_empty());
}

#[test]
fn an_instance_is_found_where_it_was_registered() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, catalog, name) = (consul.agent(), consul.catalog(), "sdk-found");
        assert!(catalog.service(name).await.unwrap().is_empty());
        agent.register_service(&instance(name, "sdk-found-1", HealthState::Passing)).await.unwrap();
        let own = agent.services().await.unwrap().remove("sdk-found-1").unwrap();
        assert_eq!((own.service.as_str(), own.address.as_str(), own.port), (name, "127.0.0.9", 4321));
        assert_eq!((&own.tags[..], own.meta["version"].as_str()), (&["sdk".into(), "sdk-found-1".into()][..], "7"));
        in_catalog(&consul, name, 1).await;

        let info = agent.read().await.unwrap().config;
        let nodes = catalog.nodes().await.unwrap();
        let node = nodes.iter().find(|node| node.node == info.node_name).unwrap();
        assert_eq!((&node.id, &node.datacenter), (&info.node_id, &info.datacenter));
        let [found] = &catalog.service(name).await.unwrap()[..] else { panic!("one instance") };
        assert_eq!((found.service_id.as_str(), found.service_name.as_str()), ("sdk-found-1", name));
        assert_eq!((found.address(), found.service_port, &found.node), ("127.0.0.9", 4321, &info.node_name));
        assert_eq!((&found.service_tags, &found.service_meta), (&own.tags, &own.meta));
        let mut tags = catalog.services().await.unwrap().remove(name).unwrap();
        tags.sort();
        assert_eq!(tags, own.tags);

        // It is replaced, not doubled.
        let mut moved = instance(name, "sdk-found-1", HealthState::Passing);
        moved.port = Some(4322);
        agent.register_service(&moved).await.unwrap();
        assert_eq!(agent.services().await.unwrap()["sdk-found-1"].port, 4322);
        until("the new port", SOON, async || {
            let found = catalog.service(name).await.unwrap();
            assert_eq!(found.len(), 1);
            (found[0].service_port == 4322).then_some(())
        })
        .await;
        gone(&consul, name, &["sdk-found-1"]).await;
    });
}

#[test]
fn health_tells_the_instances_apart() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, health, name) = (consul.agent(), consul.health(), "sdk-health");
        agent.register_service(&instance(name, "sdk-health-good", HealthState::Passing)).await.unwrap();
        agent.register_service(&instance(name, "sdk-health-bad", HealthState::Critical)).await.unwrap();
        in_catalog(&consul, name, 2).await;

        let mut all = health.service(name).await.unwrap();
        all.sort_by(|a, b| a.service.id.cmp(&b.service.id));
        assert_eq!(
            all.iter().map(|entry| entry.service.id.as_str()).collect::<Vec<_>>(),
            ["sdk-health-bad", "sdk-health-good"]
        );
        assert!(!all[0].is_passing() && all[1].is_passing());
        assert_eq!((all[1].address(), all[1].service.port), ("127.0.0.9", 4321));
        let passing = health.service_with(name, &ServiceOptions::new().passing()).await.unwrap();
        assert_eq!(passing.value, [all[1].clone()]);
        assert!(passing.meta.index.is_some());
        let read = ReadOptions::new().with_consistency(Consistency::Consistent);
        let tagged = ServiceOptions::new().with_tag("sdk-health-bad").with_read(read);
        assert_eq!(health.service_with(name, &tagged).await.unwrap().value, [all[0].clone()]);
        let both = ServiceOptions::new().with_tag("sdk-health-bad").passing();
        assert!(health.service_with(name, &both).await.unwrap().value.is_empty());

        let mut checks = health.checks(name).await.unwrap();
        checks.sort_by(|a, b| a.service_id.cmp(&b.service_id));
        let states: Vec<_> = checks.iter().map(|check| (check.name.as_str(), &check.status)).collect();
        let expected =
            [("alive sdk-health-bad", &HealthState::Critical), ("alive sdk-health-good", &HealthState::Passing)];
        assert_eq!(states, expected);
        assert!(checks.iter().all(|check| check.kind == "ttl" && check.service_name == name));
        let on_node = health.node(&all[0].node.node).await.unwrap();
        assert!(checks.iter().all(|check| on_node.contains(check)), "{on_node:?}");
        assert!(on_node.iter().any(|check| check.check_id == "serfHealth" && check.service_id.is_empty()));
        assert!(health.node("sdk-nowhere").await.unwrap().is_empty());
        assert!(health.checks("sdk-nowhere").await.unwrap().is_empty());
        assert!(health.state(&HealthState::Critical).await.unwrap().contains(&checks[0]));
        assert!(!health.state(&HealthState::Passing).await.unwrap().contains(&checks[0]));
        assert!(checks.iter().all(|check| !check.check_id.is_empty()));
        let any = health.state(&HealthState::Any).await.unwrap();
        assert!(checks.iter().all(|check| any.contains(check)), "{any:?}");
        assert!(health.state(&HealthState::Warning).await.unwrap().iter().all(|check| check.service_name != name));
        gone(&consul, name, &["sdk-health-good", "sdk-health-bad"]).await;
    });
}

#[test]
fn the_catalog_is_filtered_and_waited_for() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (catalog, name) = (consul.catalog(), "sdk-filter");
        let none = catalog.service_with(name, &catalog::ServiceOptions::new()).await.unwrap();
        assert!(none.value.is_empty());
        // It blocks on what is not there yet.
        let waiting = ReadOptions::new().waiting(none.meta.index.unwrap(), SOON).into();
        let register = async {
            for id in ["sdk-filter-1", "sdk-filter-2"] {
                consul.agent().register_service(&instance(name, id, HealthState::Passing)).await.unwrap();
            }
        };
        let (seen, ()) = tokio::join!(catalog.service_with(name, &waiting), register);
        let seen = seen.unwrap();
        assert!(!seen.value.is_empty() && seen.meta.index > none.meta.index);
        in_catalog(&consul, name, 2).await;
        let filter = ReadOptions::new().with_filter("ServiceID == \"sdk-filter-2\"").into();
        let [one] = &catalog.service_with(name, &filter).await.unwrap().value[..] else { panic!("one instance") };
        assert_eq!(one.service_id, "sdk-filter-2");
        let filter = ReadOptions::new().with_filter(format!("ServiceName == \"{name}\"")).into();
        let services = catalog.services_with(&filter).await.unwrap();
        assert_eq!(services.value.keys().collect::<Vec<_>>(), [name]);
        assert!(services.meta.index.is_some());
        let nobody = ReadOptions::new().with_filter("Node == \"sdk-nowhere\"").into();
        assert!(catalog.nodes_with(&nobody).await.unwrap().value.is_empty());
        assert!(!catalog.nodes_with(&catalog::ListOptions::new()).await.unwrap().value.is_empty());
        assert_invalid(catalog.nodes_with(&ReadOptions::new().with_filter("=").into()).await);
        gone(&consul, name, &["sdk-filter-1", "sdk-filter-2"]).await;
    });
}

#[test]
fn services_are_hidden_from_a_token_without_permissions() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-hidden");
        agent.register_service(&instance(name, name, HealthState::Passing)).await.unwrap();
        in_catalog(&consul, name, 1).await;
        let nobody = Granted::powerless(&consul, "sdk-services-nobody").await;
        let denied = &nobody.client;
        assert_denied(denied.agent().register_service(&instance(name, "sdk-hidden-2", HealthState::Passing)).await);
        assert_denied(denied.agent().deregister_service(name).await);
        assert!(denied.agent().services().await.unwrap().is_empty());
        let hidden = denied.catalog().service_with(name, &catalog::ServiceOptions::new()).await.unwrap();
        assert_eq!((hidden.value.len(), hidden.meta.filtered_by_acls), (0, Some(true)));
        assert!(denied.catalog().nodes().await.unwrap().is_empty());
        assert!(denied.health().service(name).await.unwrap().is_empty());
        assert!(denied.health().state(&HealthState::Any).await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        let stranger = stranger(&consul);
        assert_unknown_token(stranger.agent().services().await);
        assert_unknown_token(stranger.catalog().services().await);
        assert_unknown_token(stranger.health().service(name).await);
        let rules = format!("service \"{name}\" {{ policy = \"write\" }}");
        let owner = Granted::new(&consul, "sdk-services-owner", &rules).await;
        assert!(owner.client.agent().services().await.unwrap().contains_key(name));
        // The agent would go on using the owner's token for what the owner registers.
        owner.client.agent().deregister_service(name).await.unwrap();
        gone(&consul, name, &[name]).await;
        owner.revoke(&consul).await;
    });
}
