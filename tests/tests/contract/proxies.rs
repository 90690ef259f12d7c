//! A proxy on the way: when it is used, and what it gets to see.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::raw::{Raw, Turn, answer, nobody};
use crate::subject::{Fault, MARKER, Setting, Subject, Trust, config};
use crate::tls::Secured;

cases! {
    async: a_proxy_passes_plain_text_on, a_proxy_sees_nothing_of_what_is_encrypted,
        a_proxy_that_is_away_or_refuses_is_no_secret, this_machine_needs_no_proxy, the_products_own_variables_win;
    plain: an_odd_proxy_is_named,
}

/// A proxy: what it is asked, up to the end of the headers, goes to its log, and then everything to the server.
struct Proxy {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// One that lets everything through to this server.
    async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = server.split_once("://").unwrap().1.to_owned();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), Arc::clone(&log)));
            }
        });
        Self { address, seen, task }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut client: TcpStream, server: String, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    log.lock().unwrap().push(String::from_utf8(head.clone()).unwrap());
    let mut server = TcpStream::connect(server).await.unwrap();
    if head.starts_with(b"CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
    } else {
        server.write_all(&head).await.unwrap();
    }
    // Either side may hang up as it likes.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

async fn a_proxy_passes_plain_text_on<S: Subject>() {
    let server = Raw::new([Turn::Close(answer(200, S::READ_ANSWER))]).await;
    let proxy = Proxy::to(&server.address).await;
    let config = S::with(config::<S>("http://server.example"), Setting::Proxy(proxy.address.clone()));
    S::read(&S::build(&config).unwrap()).await.unwrap();
    let request = &server.log.requests()[0];
    assert_eq!(request.target, format!("http://server.example{}", S::READ_PATH));
    assert_eq!(request.header(S::TOKEN_HEADER), Some(MARKER));
}

async fn a_proxy_sees_nothing_of_what_is_encrypted<S: Subject>() {
    let server = Secured::new(Turn::Close(answer(200, S::READ_ANSWER))).await;
    let proxy = Proxy::to(&server.address).await;
    let with_password = format!("http://user:secret-of-the-proxy@{}", proxy.address);
    let trust = Trust { pem: Some(server.authority.clone()), ..Trust::default() };
    let config = S::with(config::<S>(&server.address), Setting::Proxy(with_password));
    let config = S::with(config, Setting::Tls(trust));
    let client = S::build(&config).unwrap();
    S::read(&client).await.unwrap();
    assert_eq!(server.log.requests()[0].header(S::TOKEN_HEADER), Some(MARKER));
    assert_eq!(server.log.requests()[0].header("proxy-authorization"), None);
    let seen = proxy.seen();
    assert!(seen[0].starts_with("CONNECT 127.0.0.1:"), "{seen:?}");
    assert!(seen[0].to_lowercase().contains("proxy-authorization: basic "), "{seen:?}");
    assert!(!seen[0].contains(MARKER) && !seen[0].to_lowercase().contains(S::TOKEN_HEADER), "{seen:?}");
    assert!(!format!("{config:?} {client:?}").contains("secret-of-the-proxy"));
}

async fn a_proxy_that_is_away_or_refuses_is_no_secret<S: Subject>() {
    let refusing = Raw::new([Turn::Close("HTTP/1.1 407 Word\r\ncontent-length: 0\r\n\r\n".to_owned())]).await;
    for place in [nobody().await.to_string(), refusing.address.split_once("://").unwrap().1.to_owned()] {
        let setting = Setting::Proxy(format!("http://user:{MARKER}@{place}"));
        let config = S::with(config::<S>("https://server.example"), setting);
        let error = S::read(&S::build(&config).unwrap()).await.unwrap_err();
        assert!(error.is_connect() && !error.may_have_applied(), "{error}");
        assert!(error.to_string().contains(&format!("through the proxy http://{place}")), "{error}");
        assert!(!error.printed().contains(MARKER), "{}", error.printed());
    }
}

/// A client of the address, in an environment with these variables besides.
fn client<S: Subject>(address: &str, variables: &[(&str, &str)]) -> S::Client {
    let lookup = |name: &str| {
        if name == S::VARIABLES.address {
            return Some(address.to_owned());
        }
        variables.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned())
    };
    S::build(&S::with(S::from_lookup(&lookup).unwrap(), Setting::Retries(0))).unwrap()
}

async fn this_machine_needs_no_proxy<S: Subject>() {
    let server = Raw::new([Turn::Close(answer(200, S::READ_ANSWER))]).await;
    let proxy = Proxy::to(&server.address).await;
    for name in ["HTTP_PROXY", "http_proxy"] {
        S::read(&client::<S>(&server.address, &[(name, &proxy.address)])).await.unwrap();
        assert_eq!(proxy.seen().len(), 0);
    }
    for name in ["HTTP_PROXY", "http_proxy"] {
        S::read(&client::<S>("http://server.example", &[(name, &proxy.address)])).await.unwrap();
    }
    assert_eq!(proxy.seen().len(), 2);
    let excepted = [("HTTP_PROXY", proxy.address.as_str()), ("NO_PROXY", "server.invalid")];
    let error = S::read(&client::<S>("http://server.invalid", &excepted)).await.unwrap_err();
    assert!(error.is_connect() && !error.to_string().contains("proxy"), "{error}");
    let encrypted = [("HTTP_PROXY", proxy.address.as_str())];
    S::read(&client::<S>("https://server.invalid", &encrypted)).await.unwrap_err();
    assert_eq!(proxy.seen().len(), 2);
}

async fn the_products_own_variables_win<S: Subject>() {
    let server = Raw::new([Turn::Close(answer(200, S::READ_ANSWER))]).await;
    let proxy = Proxy::to(&server.address).await;
    let away = nobody().await.to_string();
    for (place, name) in S::VARIABLES.proxies.iter().enumerate() {
        // Even for this machine.
        let mut variables = vec![(*name, proxy.address.as_str()), ("HTTP_PROXY", away.as_str())];
        variables.extend(S::VARIABLES.proxies[place + 1..].iter().map(|later| (*later, away.as_str())));
        S::read(&client::<S>(&server.address, &variables)).await.unwrap();
        assert_eq!(proxy.seen().len(), place + 1);
    }
}

fn an_odd_proxy_is_named<S: Subject>() {
    for value in ["socks5://a:1", "http://", "http://a b", "://"] {
        for name in S::VARIABLES.proxies.iter().chain(&["HTTPS_PROXY", "http_proxy"]) {
            let lookup = |asked: &str| (asked == *name).then(|| value.to_owned());
            let error = S::from_lookup(&lookup).unwrap_err();
            assert_eq!(error.setting(), Some(*name), "{error}");
        }
    }
}
