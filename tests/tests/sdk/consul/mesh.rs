//! The mesh as agents serve it: proxies, gateways, certificates and intentions.

use consul_client::agent::{Proxy, ServiceConnect, ServiceDefinition, ServiceKind, Upstream};
use consul_client::config_entry::service_intentions::{HttpPermission, Permission};
use consul_client::config_entry::{ConfigEntry, Kind};
use consul_client::intention::{Action, Intention, Side};
use consul_client::{ReadOptions, Reason};
use secrecy::ExposeSecret;
use serde_json::json;
use tests::stack;
use tests::wait::until;

use super::{Granted, SOON, assert_denied, assert_unknown_token, shared, stranger};

/// Everything of a proxy that a registration can say comes back.
#[test]
fn t37_a_proxy_is_registered_beside_its_service() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-mesh");
        let mut upstream = Upstream::new("sdk-mesh-db", 9191);
        upstream.config.insert("connect_timeout_ms".to_owned(), json!(500));
        let mut proxy = Proxy::default();
        proxy.upstreams = vec![upstream];
        proxy.config.insert("protocol".to_owned(), json!("http"));
        proxy.expose.checks = true;
        let mut sidecar = ServiceDefinition::default();
        sidecar.port = Some(21_900);
        sidecar.tags = vec!["side".to_owned()];
        sidecar.proxy = Some(proxy);
        let mut service = ServiceDefinition::new(name);
        service.port = Some(4400);
        let mut connect = ServiceConnect::default();
        connect.sidecar_service = Some(Box::new(sidecar));
        service.connect = Some(connect);
        agent.register_service(&service).await.unwrap();

        let own = agent.service("sdk-mesh-sidecar-proxy").await.unwrap().unwrap();
        assert_eq!((&own.kind, own.port, own.tags.len()), (&ServiceKind::ConnectProxy, 21_900, 1));
        let seen = own.proxy.unwrap();
        assert_eq!((seen.destination_service_name.as_str(), seen.local_service_port), (name, Some(4400)));
        assert_eq!(seen.config["protocol"], "http");
        assert_eq!(seen.upstreams[0].config["connect_timeout_ms"], 500);
        assert_eq!(
            (seen.upstreams[0].destination_name.as_str(), seen.upstreams[0].local_bind_port),
            ("sdk-mesh-db", Some(9191))
        );
        assert!(seen.expose.checks);
        let found =
            until("the proxy is in the catalog", SOON, async || consul.catalog().connect(name).await.unwrap().pop())
                .await;
        assert_eq!(
            (found.service_id.as_str(), &found.service_kind),
            ("sdk-mesh-sidecar-proxy", &ServiceKind::ConnectProxy)
        );
        assert_eq!(found.service_proxy.unwrap().upstreams[0].destination_name, "sdk-mesh-db");
        let entry = consul.health().connect(name).await.unwrap().pop().unwrap();
        assert_eq!(entry.service.proxy.unwrap().destination_service_id, name);

        // One that speaks the protocol itself needs no proxy.
        let mut native = ServiceDefinition::new("sdk-mesh-native");
        native.port = Some(4401);
        native.connect = Some(ServiceConnect::native());
        agent.register_service(&native).await.unwrap();
        let found = until("it is in the catalog", SOON, async || {
            consul.catalog().connect("sdk-mesh-native").await.unwrap().pop()
        })
        .await;
        assert!(found.service_connect.unwrap().native);
        agent.deregister_service("sdk-mesh-native").await.unwrap();
        // The sidecar goes with its service.
        agent.deregister_service(name).await.unwrap();
        assert_eq!(agent.service("sdk-mesh-sidecar-proxy").await.unwrap(), None);
    });
}

#[test]
fn a_gateway_leads_to_services() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (entries, agent) = (consul.config_entries(), consul.agent());
        let (gateway, service) = ("sdk-way-in", "sdk-behind");
        let entry = ConfigEntry::new(Kind::IngressGateway, gateway)
            .with_field("Listeners", json!([{"Port": 21_901, "Protocol": "tcp", "Services": [{"Name": service}]}]));
        entries.put(&entry).await.unwrap();
        let mut definition = ServiceDefinition::new(gateway);
        definition.kind = ServiceKind::IngressGateway;
        definition.port = Some(21_902);
        agent.register_service(&definition).await.unwrap();
        let [link] = &consul.catalog().gateway_services(gateway).await.unwrap()[..] else { panic!("one service") };
        assert_eq!((link.gateway.name.as_str(), link.service.name.as_str()), (gateway, service));
        assert_eq!(
            (&link.gateway_kind, link.port, link.protocol.as_str()),
            (&ServiceKind::IngressGateway, Some(21_901), "tcp")
        );
        let read = ReadOptions::new();
        assert!(consul.catalog().gateway_services_with(gateway, &read).await.unwrap().meta.index.is_some());
        let found = until("the gateway is in the catalog", SOON, async || {
            consul.health().ingress(service).await.unwrap().pop()
        })
        .await;
        assert_eq!((found.service.service.as_str(), found.service.kind), (gateway, ServiceKind::IngressGateway));
        agent.deregister_service(gateway).await.unwrap();
        until("the gateway is gone", SOON, async || {
            consul.catalog().service(gateway).await.unwrap().is_empty().then_some(())
        })
        .await;
        entries.delete(&Kind::IngressGateway, gateway).await.unwrap();
    });
}

#[test]
fn t46_a_service_has_a_certificate_of_its_own() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (agent, name) = (consul.agent(), "sdk-leaf");
        let roots = agent.ca_roots_with(&ReadOptions::new()).await.unwrap();
        assert!(roots.meta.index.is_some());
        let roots = roots.value;
        let root = roots.roots.iter().find(|root| root.id == roots.active_root_id).unwrap();
        assert!(root.active && root.root_cert.contains("BEGIN CERTIFICATE") && root.not_after > root.not_before);
        let leaf = agent.leaf(name).await.unwrap();
        assert!(leaf.certificate.contains("BEGIN CERTIFICATE") && leaf.valid_before > leaf.valid_after);
        assert!(leaf.private_key.as_ref().unwrap().expose_secret().contains("PRIVATE KEY"));
        assert!(leaf.service_uri.starts_with(&format!("spiffe://{}/", roots.trust_domain)), "{}", leaf.service_uri);
        assert!(leaf.service_uri.ends_with("/svc/sdk-leaf") && leaf.service == name);
        assert!(!format!("{leaf:?}").contains("PRIVATE KEY"));
        // The agent keeps it.
        let again = agent.leaf_with(name, &ReadOptions::new()).await.unwrap();
        assert_eq!(again.value.serial_number, leaf.serial_number);

        let mut say = Intention::new(name, "sdk-leaf-api", Action::Allow);
        consul.intentions().put(&say).await.unwrap();
        let answer = until("it may connect", SOON, async || {
            let answer = agent.authorize("sdk-leaf-api", &leaf.service_uri, &leaf.serial_number).await.unwrap();
            answer.authorized.then_some(answer)
        })
        .await;
        assert!(answer.reason.contains("sdk-leaf"), "{}", answer.reason);
        say.action = Some(Action::Deny);
        consul.intentions().put(&say).await.unwrap();
        until("it may not connect", SOON, async || {
            let answer = agent.authorize("sdk-leaf-api", &leaf.service_uri, &leaf.serial_number).await.unwrap();
            (!answer.authorized).then_some(())
        })
        .await;
        consul.intentions().delete(name, "sdk-leaf-api").await.unwrap();
        let nonsense = agent.authorize("sdk-leaf-api", "https://sdk", "01").await.unwrap_err();
        assert_eq!(nonsense.reason(), Some(&Reason::Invalid), "{nonsense:?}");

        let nobody = Granted::powerless(&consul, "sdk-leaf-nobody").await;
        let denied = nobody.client.agent();
        // One that the agent has not made yet.
        assert_denied(denied.leaf("sdk-leaf-other").await);
        assert_denied(denied.authorize("sdk-leaf-api", &leaf.service_uri, "01").await);
        assert_eq!(denied.ca_roots().await.unwrap().active_root_id, roots.active_root_id);
        nobody.revoke(&consul).await;
    });
}

#[test]
fn an_intention_is_written_matched_and_deleted() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (intentions, source, api) = (consul.intentions(), "sdk-exact-front", "sdk-exact-api");
        assert_eq!(intentions.read(source, api).await.unwrap(), None);
        let mut wanted = Intention::new(source, api, Action::Allow);
        wanted.description = "the front needs data".to_owned();
        intentions.put(&wanted).await.unwrap();
        let read = intentions.read_with(source, api, &ReadOptions::new()).await.unwrap();
        let mut intention = read.value.unwrap();
        assert_eq!((&intention.action, &intention.description), (&wanted.action, &wanted.description));
        assert!(intention.precedence > 0 && read.meta.index.is_none());
        assert!(intentions.check(source, api).await.unwrap());

        // What was read can be changed and written back.
        intention.action = Some(Action::Deny);
        intentions.put(&intention).await.unwrap();
        assert!(!intentions.check(source, api).await.unwrap());
        intentions.put(&Intention::new("*", api, Action::Allow)).await.unwrap();
        assert!(intentions.check("sdk-exact-other", api).await.unwrap());
        assert!(!intentions.check(source, api).await.unwrap(), "the exact one comes first");

        let by = intentions.matching(&Side::Destination, &[api, "sdk-exact-none"]).await.unwrap();
        let names: Vec<&str> = by[api].iter().map(|found| found.source_name.as_str()).collect();
        assert_eq!(names, [source, "*"]);
        assert!(by["sdk-exact-none"].is_empty());
        let by = intentions.matching_with(&Side::Source, &[source], &ReadOptions::new()).await.unwrap();
        assert_eq!(by.value[source].len(), 2);
        assert!(by.meta.index.is_some());
        let filter = ReadOptions::new().with_filter(format!("DestinationName == \"{api}\""));
        assert_eq!(intentions.list_with(&filter).await.unwrap().value.len(), 2);

        let nobody = Granted::powerless(&consul, "sdk-exact-nobody").await;
        let denied = nobody.client.intentions();
        assert_denied(denied.put(&wanted).await);
        assert_denied(denied.delete(source, api).await);
        assert_denied(denied.matching(&Side::Destination, &[api]).await);
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).intentions().read(source, api).await);
        for name in [source, "*"] {
            intentions.delete(name, api).await.unwrap();
            assert_eq!(intentions.read(name, api).await.unwrap(), None);
            intentions.delete(name, api).await.unwrap();
        }
    });
}

#[test]
fn an_intention_may_decide_for_each_request() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (intentions, entries) = (consul.intentions(), consul.config_entries());
        let (source, api) = ("sdk-l7-front", "sdk-l7-api");
        let mut http = HttpPermission::default();
        http.path_prefix = "/public".to_owned();
        http.methods = vec!["GET".to_owned()];
        let mut permission = Permission::default();
        permission.action = Some(Action::Allow);
        permission.http = Some(http);
        let wanted = Intention::by_request(source, api, vec![permission]);
        // Only for services that speak HTTP.
        assert!(intentions.put(&wanted).await.is_err());
        entries.put(&ConfigEntry::new(Kind::ServiceDefaults, api).with_field("Protocol", "http")).await.unwrap();
        intentions.put(&wanted).await.unwrap();
        let read = intentions.read(source, api).await.unwrap().unwrap();
        assert_eq!((read.action, &read.permissions), (None, &wanted.permissions));
        assert!(!intentions.check(source, api).await.unwrap());
        intentions.delete(source, api).await.unwrap();
        entries.delete(&Kind::ServiceDefaults, api).await.unwrap();
    });
}
