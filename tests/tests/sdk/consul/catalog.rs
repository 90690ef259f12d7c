//! The catalog itself: registered past any agent, and read in every way.

use consul_client::agent::{AgentService, ServicePort};
use consul_client::catalog::{ListOptions, Registration, ServiceOptions};
use consul_client::health::{self, HealthCheck, HealthState};
use consul_client::{Consistency, ReadOptions};
use tests::stack;

use super::{Granted, assert_denied, assert_refused_here, assert_unknown_token, shared, stranger};

fn registration(node: &str, service: &str) -> Registration {
    let mut registration = Registration::new(node, "192.0.2.7");
    registration.node_meta = [("sdk".to_owned(), node.to_owned()), ("kind".to_owned(), "printer".to_owned())].into();
    let mut instance = AgentService::default();
    instance.id = format!("{service}-1");
    service.clone_into(&mut instance.service);
    instance.tags = vec!["colour".to_owned(), "a3".to_owned()];
    instance.port = 631;
    let mut check = HealthCheck::default();
    check.check_id = format!("{service}-paper");
    "paper".clone_into(&mut check.name);
    check.status = HealthState::Warning;
    check.service_id.clone_from(&instance.id);
    registration.service = Some(instance);
    registration.check = Some(check);
    registration
}

#[test]
fn a_node_without_an_agent_is_registered_and_removed() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (catalog, node, service) = (consul.catalog(), "sdk-printer", "sdk-printing");
        assert_eq!(catalog.node(node).await.unwrap(), None);
        let wanted = registration(node, service);
        catalog.register(&wanted).await.unwrap();
        // Once more is fine.
        catalog.register(&wanted).await.unwrap();

        let found = catalog.node(node).await.unwrap().unwrap();
        let own = found.node.unwrap();
        assert_eq!((own.address.as_str(), &own.meta), ("192.0.2.7", &wanted.node_meta));
        let instance = &found.services["sdk-printing-1"];
        assert_eq!((instance.service.as_str(), instance.port, instance.tags.len()), (service, 631, 2));
        let listed = catalog.node_services(node).await.unwrap().unwrap();
        assert_eq!(listed.services.iter().map(|found| &found.id).collect::<Vec<_>>(), [&instance.id]);
        let [found] = &catalog.service(service).await.unwrap()[..] else { panic!("one instance") };
        assert_eq!((found.address(), found.service_port, found.node.as_str()), ("192.0.2.7", 631, node));
        let [check] = &consul.health().checks(service).await.unwrap()[..] else { panic!("one check") };
        assert_eq!(
            (check.name.as_str(), &check.status, check.service_name.as_str()),
            ("paper", &HealthState::Warning, service)
        );

        // What was read can be registered again, on another node too.
        let mut again = Registration::new("sdk-printer-2", "192.0.2.8");
        again.service = Some(instance.clone());
        let mut check_again = check.clone();
        check_again.node = "sdk-printer-2".to_owned();
        again.checks = vec![check_again];
        catalog.register(&again).await.unwrap();
        assert_eq!(catalog.service(service).await.unwrap().len(), 2);

        catalog.deregister_check(node, &check.check_id).await.unwrap();
        assert_eq!(consul.health().checks(service).await.unwrap().len(), 1);
        catalog.deregister_service(node, "sdk-printing-1").await.unwrap();
        assert_eq!(catalog.service(service).await.unwrap().len(), 1);
        assert!(catalog.node(node).await.unwrap().unwrap().services.is_empty());
        assert_refused_here(catalog.deregister_service(node, "").await);
        assert_refused_here(catalog.deregister_check(node, "").await);
        assert!(catalog.node(node).await.unwrap().is_some());
        for node in [node, "sdk-printer-2"] {
            catalog.deregister_node(node).await.unwrap();
            assert_eq!(catalog.node(node).await.unwrap(), None);
            catalog.deregister_node(node).await.unwrap();
        }
        assert!(catalog.service(service).await.unwrap().is_empty());
    });
}

/// An unknown node is a bare `null` here, and an object of nothing there.
#[test]
fn t25_what_is_not_there_is_none() {
    stack::run(async {
        let (_, consul) = shared().await;
        let catalog = consul.catalog();
        assert_eq!(catalog.node_with("sdk-nowhere", &ReadOptions::new()).await.unwrap().value, None);
        let list = catalog.node_services_with("sdk-nowhere", &ReadOptions::new()).await.unwrap();
        assert_eq!((list.value, list.meta.index.is_some()), (None, true));
        assert!(catalog.gateway_services("sdk-nowhere").await.unwrap().is_empty());
        assert!(catalog.connect("sdk-nowhere").await.unwrap().is_empty());
        assert!(consul.health().connect("sdk-nowhere").await.unwrap().is_empty());
        assert!(consul.health().ingress("sdk-nowhere").await.unwrap().is_empty());
    });
}

#[test]
fn t43_what_is_read_is_selected_by_tag_metadata_and_nearness() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (catalog, health) = (consul.catalog(), consul.health());
        let service = "sdk-select";
        let nodes = ["sdk-select-a", "sdk-select-b"];
        for node in nodes {
            let mut wanted = registration(node, service);
            let instance = wanted.service.as_mut().unwrap();
            instance.tags.push(node.to_owned());
            instance.ports = vec![ServicePort::new("ipp", 631).as_default()];
            instance.port = 0;
            catalog.register(&wanted).await.unwrap();
        }
        let of = |node: &str| ListOptions::new().with_node_meta("sdk", node).with_node_meta("kind", "printer");
        let found = catalog.nodes_with(&of(nodes[0])).await.unwrap().value;
        assert_eq!(found.iter().map(|node| node.node.as_str()).collect::<Vec<_>>(), [nodes[0]]);
        let services = catalog.services_with(&of(nodes[1])).await.unwrap().value;
        assert_eq!(services.keys().collect::<Vec<_>>(), [service]);
        let near = ListOptions::new().near("_agent");
        assert!(catalog.nodes_with(&near).await.unwrap().value.len() > 2);

        let tagged = ServiceOptions::new().with_tag("colour").with_tag(nodes[1]);
        let [found] = &catalog.service_with(service, &tagged).await.unwrap().value[..] else { panic!("one") };
        assert_eq!((found.node.as_str(), found.service_ports.len()), (nodes[1], 1));
        let both = ServiceOptions::new().with_tag(nodes[0]).with_tag(nodes[1]);
        assert!(catalog.service_with(service, &both).await.unwrap().value.is_empty());
        let on_node = ServiceOptions::new().with_node_meta("sdk", nodes[0]).near("_agent").merging_central_config();
        assert_eq!(catalog.service_with(service, &on_node).await.unwrap().value.len(), 1);
        let of_peer = ServiceOptions::new().of_peer("sdk-nobody");
        assert!(catalog.service_with(service, &of_peer).await.unwrap().value.is_empty());

        let tagged = health::ServiceOptions::new().with_tag("colour").with_tag(nodes[0]);
        assert_eq!(health.service_with(service, &tagged).await.unwrap().value.len(), 1);
        let passing = health::ServiceOptions::new().passing();
        assert!(health.service_with(service, &passing).await.unwrap().value.is_empty());
        let read = ReadOptions::new().with_filter("Node.Node == \"sdk-select-b\"");
        let filtered = health::ServiceOptions::new().with_read(read).near("_agent");
        assert_eq!(health.service_with(service, &filtered).await.unwrap().value[0].node.node, nodes[1]);
        let checks = health.checks_with(service, &of(nodes[0])).await.unwrap().value;
        assert_eq!(checks.iter().map(|check| check.node.as_str()).collect::<Vec<_>>(), [nodes[0]]);
        let warning = health.state_with(&HealthState::Warning, &of(nodes[1]).near("_agent")).await.unwrap().value;
        assert_eq!(warning.iter().map(|check| check.node.as_str()).collect::<Vec<_>>(), [nodes[1]]);
        let read = ReadOptions::new().with_filter("Name == \"paper\"").with_consistency(Consistency::Stale);
        assert_eq!(health.node_with(nodes[0], &read).await.unwrap().value.len(), 1);
        for node in nodes {
            catalog.deregister_node(node).await.unwrap();
        }
    });
}

#[test]
fn the_catalog_is_written_by_those_who_may() {
    stack::run(async {
        let (_, consul) = shared().await;
        let nobody = Granted::powerless(&consul, "sdk-catalog-nobody").await;
        let denied = nobody.client.catalog();
        assert_denied(denied.register(&registration("sdk-never", "sdk-never")).await);
        let node = consul.agent().read().await.unwrap().config.node_name;
        assert_denied(denied.deregister_node(&node).await);
        assert_eq!(denied.node(&node).await.unwrap(), None);
        assert_eq!(denied.node_services(&node).await.unwrap(), None);
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).catalog().node(&node).await);
    });
}
