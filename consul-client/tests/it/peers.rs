//! What goes wrong in other clients of Consul.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use consul_client::watch::Change;
use consul_client::{Index, ReadOptions};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{any, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{client, ok};

/// rs-consul cuts waiting times to seconds, so that half a second becomes the server's default of five minutes.
#[tokio::test]
async fn peer_a_wait_is_not_cut_to_seconds() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&server).await;
    let catalog = client(&server.uri()).catalog();
    for wait in [500, 1500] {
        let waiting = ReadOptions::new().waiting(Index(7), Duration::from_millis(wait));
        catalog.nodes_with(&waiting.into()).await.unwrap();
    }
    let queries: Vec<_> = server.received_requests().await.unwrap();
    let queries: Vec<_> = queries.iter().map(|request| request.url.query().unwrap()).collect();
    assert_eq!(queries, ["index=7&wait=500ms", "index=7&wait=1500ms"]);
}

/// rs-consul takes options for a list of nodes, and leaves most of them out.
#[tokio::test]
async fn peer_a_list_takes_all_its_options_along() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&server).await;
    let read = ReadOptions::new().with_namespace("n").with_datacenter("dc2").with_filter("Node == \"a\"");
    let read = read.waiting(Index(7), Duration::from_secs(1));
    client(&server.uri()).catalog().nodes_with(&read.into()).await.unwrap();
    let sent = &server.received_requests().await.unwrap()[0];
    for (name, value) in [("ns", "n"), ("dc", "dc2"), ("filter", "Node == \"a\""), ("index", "7"), ("wait", "1000ms")] {
        assert!(sent.url.query_pairs().any(|pair| pair == (name.into(), value.into())), "{name} in {}", sent.url);
    }
}

/// Consul without Enterprise refuses any namespace, also the default one.
#[tokio::test]
async fn peer_a_namespace_is_sent_only_when_it_is_set() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("true")).mount(&server).await;
    let client = client(&server.uri());
    client.kv().put("a", "v").await.unwrap();
    client.sessions().destroy("s").await.unwrap();
    for request in server.received_requests().await.unwrap() {
        assert_eq!(request.url.query(), None);
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("Namespace") && !body.contains("Partition"), "{body}");
    }
}

/// The crate `consul` sends a value as JSON, so that quotes are stored; others read values as text only.
#[tokio::test]
async fn peer_a_value_is_stored_as_it_is() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("true")).mount(&server).await;
    let kv = client(&server.uri()).kv();
    kv.put("a", "plain").await.unwrap();
    kv.put("a", vec![0xff, 0x00]).await.unwrap();
    let sent = server.received_requests().await.unwrap();
    assert_eq!((&sent[0].body[..], &sent[1].body[..]), (&b"plain"[..], &[0xff, 0x00][..]));
}

/// In the watch of df-consul, an instance that is gone stays for ever.
#[tokio::test]
async fn peer_what_is_gone_leaves_the_view() {
    let server = MockServer::start().await;
    let node = |name: &str| format!(r#"{{"ID":"{name}","Node":"{name}","Address":"192.0.2.1"}}"#);
    let answer = |index: &str, body: String| {
        ResponseTemplate::new(200).insert_header("x-consul-index", index).set_body_string(body)
    };
    let one = answer("6", format!("[{}]", node("b")));
    Mock::given(query_param("index", "5")).respond_with(one).with_priority(1).mount(&server).await;
    let both = answer("5", format!("[{},{}]", node("a"), node("b")));
    Mock::given(any()).respond_with(both).mount(&server).await;
    let catalog = client(&server.uri()).catalog();
    let mut view = catalog.watch_nodes(&ReadOptions::new().into()).keyed(|node| node.node.clone());
    assert_eq!(view.next().await.unwrap().unwrap().changes.len(), 2);
    let changes = view.next().await.unwrap().unwrap().changes;
    assert!(matches!(&changes[..], [Change::Removed { key, .. }] if key == "a"), "{changes:?}");
    assert_eq!(view.current().keys().collect::<Vec<_>>(), ["b"]);
}

/// Answers everything on every connection, and counts the connections.
async fn counting() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(converse(stream));
        }
    });
    (address, connections)
}

async fn converse(mut stream: TcpStream) {
    let (mut request, mut answers) = (Vec::new(), 0_u64);
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        request.extend_from_slice(&buffer[..count]);
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            answers += 1;
            let node = format!(r#"[{{"Node":"a","Address":"192.0.2.1","ModifyIndex":{answers}}}]"#);
            let answer = ok(&node).replace("\r\ncontent", &format!("\r\nx-consul-index: {answers}\r\ncontent"));
            if stream.write_all(answer.as_bytes()).await.is_err() {
                break;
            }
        }
    }
}

/// An agent takes 200 connections from one address. rs-consul makes a new one for each request.
#[tokio::test]
async fn t50_connections_are_kept_and_shared() {
    let (address, connections) = counting().await;
    let client = client(&address);
    for _ in 0..50 {
        client.catalog().nodes().await.unwrap();
        client.clone().anonymous().catalog().nodes().await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    // As many as there are calls at a time, and no more.
    let watches = (0..3).map(|_| client.catalog().watch_nodes(&ReadOptions::new().into()).take(3).try_collect());
    let items: Vec<Result<Vec<_>, _>> = join_all(watches).await;
    assert!(items.into_iter().all(|items| items.unwrap().len() == 3));
    assert!(connections.load(Ordering::SeqCst) <= 3, "{connections:?}");
}
