//! How services are found: by prepared queries, along discovery chains, from other clusters, and by distance.

use std::time::Duration;

use consul_client::agent::ServiceDefinition;
use consul_client::catalog::Registration;
use consul_client::config_entry::exported_services::{Consumer, ExportedService};
use consul_client::config_entry::parts::MeshGatewayMode;
use consul_client::config_entry::{ConfigEntry, ExportedServices, Kind};
use consul_client::coordinate::{Coordinate, ListOptions, NodeCoordinate};
use consul_client::discovery_chain::{ChainNodeKind, ChainOptions, Overrides};
use consul_client::prepared_query::{ExecuteOptions, PreparedQuery, QueryDns, QueryFailover, QueryTemplate};
use consul_client::{ReadOptions, Reason};
use futures_util::StreamExt as _;
use serde_json::json;
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;

use super::{
    Granted, NOWHERE, SOON, assert_conflict, assert_denied, assert_invalid, assert_refused_here, assert_unknown_token,
    shared, stranger,
};

fn place(along: f64) -> Coordinate {
    let mut place = Coordinate::default();
    place.vec = vec![along, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    (place.error, place.height) = (1.5, 0.001);
    place
}

#[test]
fn nodes_have_a_place_in_the_network() {
    stack::run(async {
        let (_, consul) = shared().await;
        let coordinates = consul.coordinates();
        let datacenters = coordinates.datacenters().await.unwrap();
        let [own] = &datacenters[..] else { panic!("one datacenter: {datacenters:?}") };
        assert_eq!((own.area_id.as_str(), own.coordinates.len()), ("wan", 1));
        assert!(!own.coordinates[0].coord.vec.is_empty());

        let nodes = ["sdk-place-a", "sdk-place-b"];
        for (node, along) in nodes.into_iter().zip([0.0, 0.018]) {
            assert!(coordinates.node(node).await.unwrap().is_empty());
            consul.catalog().register(&Registration::new(node, "192.0.2.21")).await.unwrap();
            coordinates.update(&NodeCoordinate::new(node, place(along))).await.unwrap();
        }
        // The server takes them together, some seconds later.
        let found = until("both are known", SOON, async || {
            let all = coordinates.nodes_with(&ListOptions::new()).await.unwrap();
            assert!(all.meta.index.is_some());
            let mut ours: Vec<_> = all.value.into_iter().filter(|found| nodes.contains(&found.node.as_str())).collect();
            ours.sort_by(|a, b| a.node.cmp(&b.node));
            (ours.len() == 2).then_some(ours)
        })
        .await;
        assert_eq!(found[0].coord.distance(&found[1].coord), Some(Duration::from_millis(20)));
        let one = coordinates.node_with(nodes[1], &ListOptions::new()).await.unwrap();
        assert_eq!((&one.value[..], one.meta.index.is_some()), (&found[1..], true));
        let elsewhere = ListOptions::new().with_segment("sdk-nowhere");
        assert!(coordinates.node_with(nodes[1], &elsewhere).await.unwrap().value.is_empty());
        let seen = coordinates.watch_nodes(&ListOptions::new()).next().await.unwrap().unwrap().value;
        assert!(seen.contains(&found[0]));
        let mut flat = place(0.0);
        flat.vec.pop();
        assert!(coordinates.update(&NodeCoordinate::new(nodes[0], flat)).await.is_err(), "another space");

        let nobody = Granted::powerless(&consul, "sdk-place-nobody").await;
        let denied = nobody.client.coordinates();
        assert_denied(denied.node(nodes[0]).await);
        assert_denied(denied.update(&found[0]).await);
        assert!(denied.nodes().await.unwrap().is_empty());
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).coordinates().nodes().await);
        for node in nodes {
            consul.catalog().deregister_node(node).await.unwrap();
        }
    });
}

#[test]
fn t19_without_coordinates_it_says_so() {
    stack::run(async {
        let cluster = Cluster::start_with(1, &json!({ "disable_coordinates": true })).await;
        let error = cluster.client(0).coordinates().nodes().await.unwrap_err();
        assert_eq!((error.status(), error.reason()), (Some(401), Some(&Reason::Disabled)), "{error:?}");
        cluster.stop().await;
    });
}

#[test]
fn a_query_finds_instances_by_rules_of_its_own() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (queries, name) = (consul.prepared_queries(), "sdk-query");
        for number in 1..=3 {
            let mut instance = ServiceDefinition::new(name);
            instance.id = format!("{name}-{number}");
            (instance.port, instance.tags) = (Some(4500 + number), vec![format!("v{number}")]);
            consul.agent().register_service(&instance).await.unwrap();
        }
        let mut query = PreparedQuery::new(name, name);
        query.service.only_passing = true;
        query.service.tags = vec!["!v3".to_owned()];
        query.service.failover = Some(QueryFailover::nearest(2));
        let mut dns = QueryDns::default();
        dns.ttl = Some(Duration::from_secs(10));
        query.dns = Some(dns);
        query.id = queries.create(&query).await.unwrap();
        assert_conflict(queries.create(&PreparedQuery::new(name, name)).await);
        assert_invalid(queries.create(&PreparedQuery::new("sdk-query-empty", "")).await);
        let read = queries.read_with(&query.id, &ReadOptions::new()).await.unwrap();
        assert!(read.meta.index.is_some());
        let read = read.value.unwrap();
        assert_eq!((&read.name, &read.dns, &read.service.tags), (&query.name, &query.dns, &query.service.tags));
        assert!(queries.list().await.unwrap().contains(&read));
        let listed = queries.watch_list(&ReadOptions::new()).next().await.unwrap().unwrap().value;
        assert!(listed.contains(&read));

        let found = until("both instances are found", SOON, async || {
            let found = queries.execute(name).await.unwrap();
            (found.nodes.len() == 2).then_some(found)
        })
        .await;
        assert!(found.nodes.iter().all(|found| found.service.id != "sdk-query-3"));
        assert_eq!((found.service.as_str(), found.datacenter.as_str(), found.failovers), (name, "dc1", 0));
        assert_eq!(found.dns, read.dns);
        let one = ExecuteOptions::new().with_limit(1).near("_agent");
        assert_eq!(queries.execute_with(&query.id, &one).await.unwrap().value.nodes.len(), 1);
        let in_mesh = ExecuteOptions::new().in_mesh();
        assert!(queries.execute_with(name, &in_mesh).await.unwrap().value.nodes.is_empty());

        // What was read can be changed and written back; with a token of its own, it works for everybody.
        let anyone = consul.anonymous().prepared_queries();
        assert!(anyone.execute(name).await.unwrap().nodes.is_empty());
        let reader = "service_prefix \"sdk-query\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }";
        let reader = Granted::new(&consul, "sdk-query-reader", reader).await;
        let mut changed = read;
        changed.service.tags = vec!["v3".to_owned()];
        changed.token = consul.acl().tokens().read(&reader.accessor).await.unwrap().unwrap().secret;
        queries.update(&changed).await.unwrap();
        let found = anyone.execute(name).await.unwrap().nodes;
        assert_eq!(found.iter().map(|found| found.service.id.as_str()).collect::<Vec<_>>(), ["sdk-query-3"]);
        assert_eq!(queries.read(&query.id).await.unwrap().unwrap().token, changed.token);
        assert_refused_here(queries.update(&PreparedQuery::new(name, name)).await);

        queries.delete(&query.id).await.unwrap();
        queries.delete(&query.id).await.unwrap();
        assert_eq!(queries.read(&query.id).await.unwrap(), None);
        assert!(queries.update(&changed).await.unwrap_err().is_not_found());
        assert!(queries.execute(name).await.unwrap_err().is_not_found());
        assert!(queries.explain(name).await.unwrap_err().is_not_found());
        let nobody = Granted::powerless(&consul, "sdk-query-nobody").await;
        assert_denied(nobody.client.prepared_queries().create(&PreparedQuery::new(name, name)).await);
        nobody.revoke(&consul).await;
        reader.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).prepared_queries().list().await);
        assert_eq!(queries.read(NOWHERE).await.unwrap(), None);
        for number in 1..=3 {
            consul.agent().deregister_service(&format!("{name}-{number}")).await.unwrap();
        }
    });
}

#[test]
fn a_template_is_a_query_for_many_names() {
    stack::run(async {
        let (_, consul) = shared().await;
        let queries = consul.prepared_queries();
        let mut query = PreparedQuery::new("sdk-geo-", "${match(1)}");
        query.service.tags = vec!["${match(2)}".to_owned()];
        let mut template = QueryTemplate::by_prefix("^sdk-geo-([a-z]+)-?(.*)$");
        template.remove_empty_tags = true;
        query.template = Some(template);
        let id = queries.create(&query).await.unwrap();
        let explained = queries.explain("sdk-geo-web-v1").await.unwrap();
        assert_eq!((explained.service.service.as_str(), &explained.service.tags[..]), ("web", &["v1".to_owned()][..]));
        let found = queries.execute("sdk-geo-consul").await.unwrap();
        assert_eq!((found.service.as_str(), found.nodes.len()), ("consul", 1));
        queries.delete(&id).await.unwrap();
    });
}

#[test]
fn a_chain_leads_from_a_service_to_its_instances() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (chains, entries) = (consul.discovery_chains(), consul.config_entries());
        let (web, admin) = ("sdk-chain-web", "sdk-chain-admin");
        let plain = chains.read_with(web, &ChainOptions::new()).await.unwrap();
        assert!(plain.meta.index.is_some() && plain.value.is_default == Some(true));
        let mut watch = chains.watch(web, &ChainOptions::new());
        assert_eq!(watch.next().await.unwrap().unwrap().value, plain.value);

        let http = |name: &str| ConfigEntry::new(Kind::ServiceDefaults, name).with_field("Protocol", "http");
        let entry = |kind, field: &str, value| ConfigEntry::new(kind, web).with_field(field, value);
        let subsets = json!({ "v1": { "Filter": "Service.Meta.version == v1", "OnlyPassing": true }, "v2": {} });
        let resolver = entry(Kind::ServiceResolver, "Subsets", subsets)
            .with_field("ConnectTimeout", "3s")
            .with_field("RequestTimeout", "9s")
            .with_field("Failover", json!({ "v1": { "Datacenters": ["dc2"] } }))
            .with_field("LoadBalancer", json!({ "Policy": "maglev" }));
        let splits = json!([{ "Weight": 90, "ServiceSubset": "v1" }, { "Weight": 10, "ServiceSubset": "v2" }]);
        let route = json!([{ "Match": { "HTTP": { "PathPrefix": "/admin" } }, "Destination": { "Service": admin } }]);
        let written = [
            http(web),
            http(admin),
            resolver,
            entry(Kind::ServiceSplitter, "Splits", splits),
            entry(Kind::ServiceRouter, "Routes", route),
        ];
        for entry in &written {
            entries.put(entry).await.unwrap();
        }
        let chain = chains.read(web).await.unwrap();
        assert_eq!((chain.service_name.as_str(), chain.protocol.as_str(), chain.is_default), (web, "http", None));
        let router = &chain.nodes[&chain.start_node];
        assert_eq!((&router.kind, router.routes.len()), (&ChainNodeKind::Router, 2));
        let admins = &chain.nodes[&router.routes[0].next_node];
        assert_eq!(chain.targets[&admins.resolver.as_ref().unwrap().target].service, admin);
        let splitter = &chain.nodes[&router.routes[1].next_node];
        assert_eq!((&splitter.kind, splitter.splits[0].weight), (&ChainNodeKind::Splitter, 90.0));
        let first = chain.nodes[&splitter.splits[0].next_node].resolver.as_ref().unwrap();
        assert_eq!(first.connect_timeout, Some(Duration::from_secs(3)));
        assert_eq!(first.request_timeout, Some(Duration::from_secs(9)));
        let instead = &chain.targets[&first.failover.as_ref().unwrap().targets[0]];
        assert_eq!((instead.datacenter.as_str(), instead.service_subset.as_str()), ("dc2", "v1"));
        let seen = until("the watch has seen it", SOON, async || {
            let seen = watch.next().await.unwrap().unwrap().value;
            (seen.start_node == chain.start_node).then_some(seen)
        })
        .await;
        assert_eq!(seen.service_name, web);

        let overrides = Overrides::new().with_protocol("tcp").with_connect_timeout(Duration::from_secs(7));
        let flat = chains.compile(web, &overrides.with_mesh_gateway(MeshGatewayMode::Remote)).await.unwrap();
        assert_eq!((&flat.nodes[&flat.start_node].kind, flat.protocol.as_str()), (&ChainNodeKind::Resolver, "tcp"));
        assert!(!flat.customization_hash.is_empty());
        assert!(flat.targets.values().all(|target| target.connect_timeout == Some(Duration::from_secs(7))));
        let elsewhere = ChainOptions::new().for_datacenter("dc2");
        assert_eq!(chains.read_with(web, &elsewhere).await.unwrap().value.datacenter, "dc2");
        let same = chains.compile_with(web, &Overrides::new(), &elsewhere).await.unwrap().value;
        assert_eq!((same.datacenter.as_str(), same.customization_hash.as_str()), ("dc2", ""));
        let wrong = Overrides::new().with_mesh_gateway("sdk-nowhere".into());
        assert_invalid(chains.compile(web, &wrong).await);

        let nobody = Granted::powerless(&consul, "sdk-chain-nobody").await;
        assert_denied(nobody.client.discovery_chains().read(web).await);
        assert_denied(nobody.client.discovery_chains().compile(web, &Overrides::new()).await);
        nobody.revoke(&consul).await;
        for entry in written.iter().rev() {
            entries.delete(&entry.kind, &entry.name).await.unwrap();
        }
    });
}

#[test]
fn services_are_shared_with_peers() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let consul = cluster.client(0);
        let sharing = consul.sharing();
        let mut watch = sharing.watch_exported(&ReadOptions::new());
        assert!(watch.next().await.unwrap().unwrap().value.is_empty());
        let to = |peer: &str| {
            let mut consumer = Consumer::default();
            peer.clone_into(&mut consumer.peer);
            consumer
        };
        let mut service = ExportedService::default();
        (service.name, service.consumers) = ("sdk-web".to_owned(), vec![to("east"), to("west")]);
        let mut entry = ExportedServices::new(ExportedServices::NAME);
        entry.services = vec![service];
        consul.config_entries().of().put(&entry).await.unwrap();
        let [exported] = &sharing.exported().await.unwrap()[..] else { panic!("one service") };
        assert_eq!(
            (exported.service.as_str(), &exported.consumers.peers[..]),
            ("sdk-web", &["east".into(), "west".into()][..])
        );
        until("the watch has seen it", SOON, async || {
            let seen = watch.next().await.unwrap().unwrap().value;
            (seen.as_slice() == [exported.clone()]).then_some(())
        })
        .await;
        // Nobody has joined, so nothing comes from there.
        let imported = sharing.imported_with(&ReadOptions::new()).await.unwrap();
        assert!(imported.value.is_empty() && imported.meta.index.is_some());
        assert!(sharing.imported().await.unwrap().is_empty());
        assert!(sharing.watch_imported(&ReadOptions::new()).next().await.unwrap().unwrap().value.is_empty());
        cluster.stop().await;

        let (_, consul) = shared().await;
        let nobody = Granted::powerless(&consul, "sdk-sharing-nobody").await;
        assert_denied(nobody.client.sharing().exported().await);
        assert_denied(nobody.client.sharing().imported().await);
        nobody.revoke(&consul).await;
    });
}
