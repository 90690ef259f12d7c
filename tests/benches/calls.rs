//! What the SDKs cost over bare `reqwest` and `serde_json`: one call on loopback, and a large answer decoded.
//!
//! `cargo bench -p tests --bench calls`
#![expect(clippy::unwrap_used, reason = "a bench fails loudly")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::LazyLock;

use divan::{AllocProfiler, Bencher, black_box};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// A whole job, as a live server answers.
const JOB: &str = include_str!("../../nomad-client/tests/fixtures/nomad-1.11.3/job/registered.json");
/// Stubs of allocations, as a live server answers.
const STUBS: &str = include_str!("../../nomad-client/tests/fixtures/nomad-1.11.3/allocation/stubs.json");
const PAIR: &str = r#"[{"LockIndex":0,"Key":"a","Flags":0,"Value":"dmFsdWU=","CreateIndex":5,"ModifyIndex":6}]"#;
const SECRET: &str = r#"{"request_id":"r","lease_id":"","lease_duration":0,"renewable":false,"data":{"data":{"a":"b"},
    "metadata":{"created_time":"2026-11-23T17:47:17.7Z","custom_metadata":null,"deletion_time":"","destroyed":false,
    "version":3}},"warnings":null}"#;

/// How many stubs the large answer holds.
const MANY: usize = 100_000;

fn main() {
    divan::main();
}

/// Answers every request on a connection with the same bytes; runs on a thread of its own, whose allocations are not
/// counted.
fn serve(body: &'static str) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, body));
            }
        })
    });
    receiver.recv().unwrap()
}

async fn answer(mut stream: TcpStream, body: &'static str) -> Result<Infallible, std::io::Error> {
    stream.set_nodelay(true)?;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    let whole = [head.as_bytes(), body.as_bytes()].concat();
    let mut read = [0; 4_096];
    loop {
        if stream.read(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        stream.write_all(&whole).await?;
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Times a call over a connection that is already open.
fn call<T>(bencher: Bencher<'_, '_>, call: impl AsyncFn() -> T) {
    let runtime = runtime();
    runtime.block_on(call());
    bencher.bench_local(|| runtime.block_on(call()));
}

/// The same call without an SDK: a request, its status, its body, and JSON of unknown shape.
fn bare(bencher: Bencher<'_, '_>, body: &'static str, header: &'static str) {
    let url = format!("http://{}/v1/some/path", serve(body));
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls()).no_proxy().build().unwrap();
    call(bencher, async || {
        let response = client.get(&url).header(header, "token").send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice::<Value>(&response.bytes().await.unwrap()).unwrap()
    });
}

fn tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}

#[divan::bench]
fn consul_kv_bare(bencher: Bencher<'_, '_>) {
    bare(bencher, PAIR, "x-consul-token");
}

#[divan::bench]
fn consul_kv(bencher: Bencher<'_, '_>) {
    use consul_client::{Client, Config, Token};
    let config = Config::new(&serve(PAIR).to_string()).unwrap().with_token(Token::new("token").unwrap());
    let kv = Client::new(&config).unwrap().kv();
    call(bencher, async || kv.read("some/path").await.unwrap());
}

#[divan::bench]
fn vault_kv2_bare(bencher: Bencher<'_, '_>) {
    bare(bencher, SECRET, "x-vault-token");
}

#[divan::bench]
fn vault_kv2(bencher: Bencher<'_, '_>) {
    use vault_client::kv2::Fields;
    use vault_client::{Client, Config, Token};
    let address = format!("http://{}", serve(SECRET));
    let config = Config::new(&address).unwrap().with_token(Token::new("token").unwrap());
    let kv = Client::new(&config).unwrap().kv2("secret");
    call(bencher, async || kv.read::<Fields>("some/path").await.unwrap());
}

#[divan::bench]
fn nomad_job_bare(bencher: Bencher<'_, '_>) {
    bare(bencher, JOB, "x-nomad-token");
}

#[divan::bench]
fn nomad_job(bencher: Bencher<'_, '_>) {
    use nomad_client::{Client, Config, Token};
    let config = Config::new(&serve(JOB).to_string()).unwrap().with_token(Token::new("token").unwrap());
    let jobs = Client::new(&config).unwrap().jobs();
    call(bencher, async || jobs.read("some").await.unwrap());
}

/// The stubs of the fixture, over and over.
static LARGE: LazyLock<String> = LazyLock::new(|| {
    let stubs: Vec<Value> = serde_json::from_str(STUBS).unwrap();
    let texts: Vec<String> = stubs.iter().map(Value::to_string).collect();
    let repeated: Vec<&str> = texts.iter().map(String::as_str).cycle().take(MANY).collect();
    format!("[{}]", repeated.join(","))
});

#[divan::bench(sample_count = 5, sample_size = 1)]
fn allocation_stubs_100_000_as_values(bencher: Bencher<'_, '_>) {
    let text = LARGE.as_bytes();
    bencher
        .counter(divan::counter::BytesCount::of_slice(text))
        .bench_local(|| serde_json::from_slice::<Vec<Value>>(black_box(text)).unwrap());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn allocation_stubs_100_000(bencher: Bencher<'_, '_>) {
    let text = LARGE.as_bytes();
    bencher.counter(divan::counter::BytesCount::of_slice(text)).bench_local(|| {
        serde_json::from_slice::<Vec<nomad_client::allocations::AllocationStub>>(black_box(text)).unwrap()
    });
}
