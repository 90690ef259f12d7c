//! Transactions, filters, snapshots and events.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use consul_client::event::{FireOptions, ListOptions};
use consul_client::filter::{Filter, field};
use consul_client::health::HealthState;
use consul_client::session::NewSession;
use consul_client::snapshot::SnapshotError;
use consul_client::txn::{Operation, OperationResult, TxnAddress, TxnCheck, TxnNode, TxnOutcome, TxnProxy, TxnService};
use consul_client::{Consistency, Index, ReadOptions, Reason};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;

use super::{Granted, SOON, assert_denied, assert_refused_here, assert_unknown_token, shared, stranger};

#[test]
fn every_operation_on_keys_happens_or_none() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (txn, kv) = (consul.txn(), consul.kv());
        let session = consul.sessions().create(&NewSession::default()).await.unwrap();
        let key = |name: &str| format!("sdk-txn/{name}");
        let outcome = txn
            .apply(&[
                Operation::check_not_exists(key("a")),
                Operation::set(key("a"), vec![0xff, 0]).with_flags(7),
                Operation::cas(key("b"), "2", Index(0)),
                Operation::lock(key("c"), "3", &session),
                Operation::check_session(key("c"), &session),
                Operation::get(key("a")),
                Operation::get_or_empty(key("none")),
                Operation::get_tree(key("")),
                Operation::delete(key("none")),
            ])
            .await
            .unwrap();
        let results = outcome.results();
        assert_eq!(results.len(), 9, "{outcome:?}");
        assert_eq!(results[0], OperationResult::Nothing);
        let a = results[5].pair().unwrap();
        assert_eq!((a.key.as_str(), &a.value[..], a.flags), ("sdk-txn/a", &[0xff, 0][..], 7));
        let written = results[1].pair().unwrap();
        assert_eq!((written.modify_index, written.value.len()), (a.modify_index, 0));
        assert_eq!(results[3].pair().unwrap().session.as_deref(), Some(session.as_str()));
        let none = results[6].pair().unwrap();
        assert_eq!((none.key.as_str(), none.create_index), ("sdk-txn/none", Index(0)));
        let OperationResult::Pairs(tree) = &results[7] else { panic!("{results:?}") };
        assert_eq!(
            tree.iter().map(|pair| pair.key.as_str()).collect::<Vec<_>>(),
            ["sdk-txn/a", "sdk-txn/b", "sdk-txn/c"]
        );
        assert_eq!(results[8], OperationResult::Nothing);
        assert_eq!(kv.list("sdk-txn/").await.unwrap(), *tree);

        // One that fails takes the others with it, and is named.
        let outcome = txn
            .apply(&[
                Operation::set(key("a"), "changed"),
                Operation::check_index(key("b"), Index(1)),
                Operation::get(key("none")),
                Operation::check_not_exists(key("a")),
                Operation::lock(key("c"), "", super::NOWHERE),
                Operation::delete_cas(key("b"), Index(1)),
            ])
            .await
            .unwrap();
        let TxnOutcome::Refused(failures) = outcome else { panic!("{outcome:?}") };
        let failed: Vec<usize> = failures.iter().map(|failure| failure.operation).collect();
        assert_eq!(failed, [1, 2, 3, 4, 5], "{failures:?}");
        assert!(failures[1].what.contains("doesn't exist"), "{failures:?}");
        assert_eq!(kv.list("sdk-txn/").await.unwrap(), *tree);

        let outcome = txn
            .apply(&[
                Operation::check_index(key("a"), a.modify_index),
                Operation::unlock(key("c"), "", &session),
                Operation::delete_cas(key("b"), tree[1].modify_index),
                Operation::delete_tree(key("")),
                Operation::get_tree(key("")),
            ])
            .await
            .unwrap();
        assert!(outcome.is_applied() && outcome.failures().is_empty(), "{outcome:?}");
        assert_eq!(outcome.results()[4], OperationResult::Pairs(Vec::new()));
        assert!(kv.keys("sdk-txn/").await.unwrap().is_empty());
        consul.sessions().destroy(&session).await.unwrap();
    });
}

#[test]
fn t21_the_limits_are_those_of_the_server() {
    stack::run(async {
        let (_, consul) = shared().await;
        let txn = consul.txn();
        // The documentation says 64.
        let many: Vec<Operation> =
            (0..128).map(|number| Operation::get_or_empty(format!("sdk-txn-many/{number}"))).collect();
        let consistent = ReadOptions::new().with_consistency(Consistency::Stale);
        let options = consul_client::txn::ApplyOptions::new().with_read(consistent);
        assert_eq!(txn.apply_with(&many, &options).await.unwrap().results().len(), 128);
        let more: Vec<Operation> = many.into_iter().chain([Operation::get("a")]).collect();
        assert_refused_here(txn.apply(&more).await);
        let large = [Operation::set("sdk-txn-large", vec![0; 400 * 1024])];
        assert_refused_here(txn.apply(&large).await);
        let options = consul_client::txn::ApplyOptions::new().with_max_bytes(1 << 20);
        let error = txn.apply_with(&large, &options).await.unwrap_err();
        assert_eq!((error.status(), error.reason()), (Some(413), Some(&Reason::TooLarge)));

        // What the token may not do is a failure of the operation, and nothing happens.
        let nobody = Granted::powerless(&consul, "sdk-txn-nobody").await;
        let outcome = nobody.client.txn().apply(&[Operation::set("sdk-txn-denied", "x")]).await.unwrap();
        assert_eq!(outcome.failures()[0].operation, 0);
        assert!(outcome.failures()[0].what.contains("Permission denied"), "{outcome:?}");
        nobody.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).txn().apply(&[Operation::set("sdk-txn-denied", "x")]).await);
        assert_eq!(consul.kv().read("sdk-txn-denied").await.unwrap(), None);
    });
}

#[test]
fn nodes_services_and_checks_are_written_together() {
    stack::run(async {
        let (_, consul) = shared().await;
        let txn = consul.txn();
        let name = "sdk-txn-node";
        let mut node = TxnNode::new(name);
        node.address = "10.0.0.9".to_owned();
        node.id = "4e5f0e6c-0b5c-4b0c-9f54-6a1f1b1f0a01".to_owned();
        node.meta = BTreeMap::from([("external-node".to_owned(), "true".to_owned())]);
        node.tagged_addresses = BTreeMap::from([("lan".to_owned(), "10.0.0.9".to_owned())]);
        let mut service = TxnService::new("web-1", "sdk-txn-web");
        (service.port, service.tags) = (8080, vec!["v1".to_owned()]);
        service.address = "10.0.0.10".to_owned();
        service.tagged_addresses = BTreeMap::from([("wan".to_owned(), TxnAddress::new("1.2.3.4", 80))]);
        let mut sidecar = TxnService::new("web-1-proxy", "sdk-txn-web-proxy");
        sidecar.kind = "connect-proxy".to_owned();
        sidecar.port = 8081;
        let mut proxy = TxnProxy::new("sdk-txn-web");
        proxy.destination_service_id = "web-1".to_owned();
        (proxy.local_service_address, proxy.local_service_port) = ("127.0.0.1".to_owned(), 8080);
        sidecar.proxy = Some(proxy);
        let mut check = TxnCheck::new(name, "alive");
        (check.name, check.status) = ("alive".to_owned(), HealthState::Warning);
        check.service_id = "web-1".to_owned();
        check.definition.http = "http://10.0.0.10:8080/health".to_owned();
        check.definition.interval = Some(Duration::from_secs(90));
        check.definition.timeout = Some(Duration::from_millis(1500));
        let outcome = txn
            .apply(&[
                Operation::set_node(node.clone()),
                Operation::set_service(name, service.clone()),
                Operation::set_service(name, sidecar),
                Operation::set_check(check.clone()),
                Operation::get_node(name),
                Operation::get_service(name, "web-1-proxy"),
                Operation::get_check(name, "alive"),
            ])
            .await
            .unwrap();
        let results = outcome.results();
        assert_eq!(results.len(), 7, "{outcome:?}");
        let OperationResult::Node(read) = &results[4] else { panic!("{results:?}") };
        assert_eq!((&read.node, &read.address, &read.meta), (&node.node, &node.address, &node.meta));
        let OperationResult::Service(read_service) = &results[1] else { panic!("{results:?}") };
        assert_eq!((read_service.port, &read_service.address), (8080, &service.address));
        let OperationResult::Check(read_check) = &results[6] else { panic!("{results:?}") };
        assert_eq!((&read_check.status, read_check.service_name.as_str()), (&HealthState::Warning, "sdk-txn-web"));
        let entries = consul.health().service("sdk-txn-web").await.unwrap();
        assert!(entries.len() == 1 && !entries[0].is_passing());

        (node.modify_index, service.modify_index, check.modify_index) = (Index(1), Index(1), Index(1));
        let outcome = txn
            .apply(&[
                Operation::cas_node(node.clone()),
                Operation::cas_service(name, service.clone()),
                Operation::cas_check(check.clone()),
                Operation::delete_node_cas(name, Index(1)),
                Operation::delete_service_cas(name, service.clone()),
                Operation::delete_check_cas(name, "alive", Index(1)),
                Operation::get_service(name, "none"),
            ])
            .await
            .unwrap();
        assert_eq!(outcome.failures().len(), 7, "{outcome:?}");

        let index = |place: usize| results[place].modify_index().unwrap();
        (node.modify_index, service.modify_index, check.modify_index) = (index(4), index(1), index(6));
        (check.status, service.port) = (HealthState::Passing, 8090);
        node.meta.insert("more".to_owned(), "meta".to_owned());
        let outcome = txn
            .apply(&[
                Operation::cas_node(node),
                Operation::cas_service(name, service),
                Operation::cas_check(check),
                Operation::delete_service(name, TxnService::new("web-1-proxy", "sdk-txn-web-proxy")),
            ])
            .await
            .unwrap();
        assert!(outcome.is_applied(), "{outcome:?}");
        let entries = consul.health().service("sdk-txn-web").await.unwrap();
        assert!(entries[0].is_passing() && entries[0].service.port == 8090 && entries[0].node.meta.len() == 2);
        let OperationResult::Check(check) = &outcome.results()[2] else { panic!("{outcome:?}") };
        let removed = txn
            .apply(&[
                Operation::delete_check_cas(name, "alive", check.modify_index),
                Operation::delete_check(name, "alive"),
                Operation::delete_service(name, TxnService::new("web-1", "sdk-txn-web")),
                Operation::delete_node(name),
            ])
            .await
            .unwrap();
        assert!(removed.is_applied(), "{removed:?}");
        assert!(consul.health().service("sdk-txn-web").await.unwrap().is_empty());
    });
}

/// Any expression over the fields of a node.
fn any_filter() -> impl Strategy<Value = Filter> {
    let text = || "[a-z.\\-/ \"'`\\\\ü\n\t()=!]{0,12}";
    let leaf = (0..9, text(), text()).prop_map(|(kind, key, value)| match kind {
        0 => field("Node").equals(value),
        1 => field("Address").not_equals(value),
        2 => field("Meta").key(key).equals(value),
        3 => field("Meta").contains(value),
        4 => field("Meta").key(key).not_contains(value),
        5 => field("Meta").is_empty(),
        6 => field("TaggedAddresses").is_not_empty(),
        7 => field("Meta").not_contains(value),
        _ => field("Node").matches("^[a-z]+\\.\"?$"),
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left & right),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left | right),
            inner.prop_map(|filter| !filter),
        ]
    })
}

#[test]
fn t30_any_filter_that_is_built_is_understood() {
    stack::run(async {
        let (_, consul) = shared().await;
        let mut runner = TestRunner::deterministic();
        for _ in 0..100 {
            let filter = any_filter().new_tree(&mut runner).unwrap().current();
            let options = ReadOptions::new().with_filter(filter.clone()).into();
            let nodes = consul.catalog().nodes_with(&options).await;
            assert!(nodes.is_ok(), "{filter}: {nodes:?}");
        }
        // And means what it says.
        let (name, odd) = ("sdk-filter-node", "a\"b\\c`d' or Node != \"");
        let mut node = TxnNode::new(name);
        node.address = "10.0.0.8".to_owned();
        node.meta = BTreeMap::from([("sdk-filter.odd".to_owned(), odd.to_owned())]);
        let written = consul.txn().apply(&[Operation::set_node(node)]).await.unwrap();
        assert!(written.is_applied(), "{written:?}");
        let found = async |filter: Filter| {
            let nodes =
                consul.catalog().nodes_with(&ReadOptions::new().with_filter(filter).into()).await.unwrap().value;
            nodes.into_iter().map(|node| node.node).collect::<Vec<_>>()
        };
        let exact = || field("Meta").key("sdk-filter.odd").equals(odd);
        assert_eq!(found(exact()).await, [name]);
        assert_eq!(found(exact() & field("Address").equals("10.0.0.8")).await, [name]);
        assert!(found(exact() & !field("Node").equals(name)).await.is_empty());
        assert!(!found(!exact()).await.contains(&name.to_owned()));
        assert_eq!(found(field("Meta").contains("sdk-filter.odd")).await, [name]);
        let wrong = ReadOptions::new().with_filter(field("NoSuchField").equals("x")).into();
        let error = consul.catalog().nodes_with(&wrong).await.unwrap_err();
        assert_eq!((error.status(), error.reason()), (Some(500), Some(&Reason::Invalid)));
        let removed = consul.txn().apply(&[Operation::delete_node(name)]).await.unwrap();
        assert!(removed.is_applied());
    });
}

#[test]
fn a_snapshot_brings_back_what_was_saved() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let consul = cluster.client(0);
        let kv = consul.kv();
        let value: Vec<u8> =
            (0..400_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for (number, part) in value.chunks(200_000).enumerate() {
            kv.put(&format!("sdk/{number}"), part.to_vec()).await.unwrap();
        }
        kv.put("sdk/changed", "before").await.unwrap();
        let saved = consul.snapshot().save().await.unwrap();
        assert!(saved.meta().index > Some(Index(1)) && saved.meta().known_leader == Some(true));
        let pieces: Vec<Bytes> = saved.try_collect().await.unwrap();
        assert!(pieces.len() > 2, "{} pieces", pieces.len());
        let stale = ReadOptions::new().with_consistency(Consistency::Stale);
        consul.snapshot().save_with(&stale).await.unwrap().try_for_each(|_| async { Ok(()) }).await.unwrap();

        kv.put("sdk/changed", "after").await.unwrap();
        kv.put("sdk/new", "").await.unwrap();
        kv.delete("sdk/0").await.unwrap();
        let whole = pieces.concat();
        // A damaged one changes nothing.
        let cut = Bytes::copy_from_slice(&whole[..whole.len() - 8]);
        let error = consul.snapshot().restore(stream::iter([Ok::<_, SnapshotError>(cut)])).await.unwrap_err();
        assert_eq!(error.status(), Some(500));
        assert_eq!(kv.read("sdk/changed").await.unwrap().unwrap().value, "after");
        let broken = stream::iter([Ok(pieces[0].clone()), Err(std::io::Error::other("the disk is gone"))]);
        consul.snapshot().restore(broken).await.unwrap_err();
        assert_eq!(kv.read("sdk/changed").await.unwrap().unwrap().value, "after");

        let content = stream::iter(pieces).map(Ok::<_, std::io::Error>);
        consul.snapshot().restore(content).await.unwrap();
        let back = until("the old value is back", SOON, async || {
            let pair = kv.read("sdk/changed").await.ok()??;
            (pair.value == "before").then_some(pair)
        });
        back.await;
        assert_eq!(kv.read("sdk/new").await.unwrap(), None);
        assert_eq!(kv.read_raw("sdk/0").await.unwrap().unwrap(), value[..200_000]);
        cluster.stop().await;
    });
}

#[test]
fn t03_an_event_is_seen_whatever_its_index_is() {
    stack::run(async {
        let (_, consul) = shared().await;
        let events = consul.events();
        let named = ListOptions::new().with_name("sdk-event");
        assert!(events.list_with(&named).await.unwrap().value.is_empty());
        let mut seen = events.watch(&named).keyed(|event| event.id.clone());
        assert!(seen.next().await.unwrap().unwrap().changes.is_empty());
        let mut fired = Vec::new();
        // The index is a hash: it goes up and down.
        for number in 0..6 {
            let options = FireOptions::new().with_payload(vec![0xff, number]).with_node(".*");
            let event = events.fire_with("sdk-event", &options).await.unwrap();
            assert_eq!((event.name.as_str(), &event.payload[..]), ("sdk-event", &[0xff, number][..]));
            assert_eq!((event.node_filter.as_str(), event.service_filter.as_str()), (".*", ""));
            fired.push(event.id);
            while !seen.current().contains_key(fired.last().unwrap()) {
                seen.next().await.unwrap().unwrap();
            }
        }
        let listed = events.list().await.unwrap();
        let listed: Vec<_> = listed.iter().filter(|event| event.name == "sdk-event").collect();
        assert_eq!(listed.iter().map(|event| &event.id).collect::<Vec<_>>(), fired.iter().collect::<Vec<_>>());
        assert!(listed.iter().all(|event| event.ltime > 0));
        // One that is for none of the agent's services is taken, but not seen here.
        let elsewhere = FireOptions::new().with_service("^sdk-nowhere$").with_tag("v1");
        let event = events.fire_with("sdk-event", &elsewhere).await.unwrap();
        assert_eq!((event.service_filter.as_str(), event.tag_filter.as_str()), ("^sdk-nowhere$", "v1"));
        let large = FireOptions::new().with_payload(vec![0; 301]);
        assert_eq!(events.fire_with("sdk-event", &large).await.unwrap_err().reason(), Some(&Reason::TooLarge));
        let nobody = Granted::powerless(&consul, "sdk-event-nobody").await;
        assert_denied(nobody.client.events().fire("sdk-event").await);
        assert!(nobody.client.events().list().await.unwrap().is_empty());
        nobody.revoke(&consul).await;
    });
}
