//! What 5,000 watches cost that are held at the same time: memory per watch, and the time until each has its first state.
//!
//! `cargo bench -p tests --bench watches`; the server is this program once more, so that its memory is not counted.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench fails loudly and prints what it found")]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use consul_client::{Client, Config, ReadOptions};
use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

const WATCHES: usize = 5_000;
const BODY: &str = r#"[{"LockIndex":0,"Key":"a","Flags":0,"Value":"dmFsdWU=","CreateIndex":5,"ModifyIndex":6}]"#;
/// What makes this program the server.
const SERVER: &str = "server";

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    if std::env::args().nth(1).as_deref() == Some(SERVER) {
        runtime.block_on(serve());
    } else {
        let (server, address) = start();
        runtime.block_on(measure(address));
        stop(server);
    }
}

fn start() -> (Child, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut server = command.arg(SERVER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (server, line.trim().parse().unwrap())
}

fn stop(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Answers at once who knows nothing yet, and keeps waiting who does; ends with the other process.
async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let orphaned = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    let accept = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(hold(stream));
        }
    };
    tokio::select! {
        () = accept => {}
        _ = orphaned => {}
    }
}

async fn hold(mut stream: TcpStream) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nx-consul-index: 10\r\ncontent-length: {}\r\n\r\n", BODY.len());
    while !waits(&request(&mut stream).await?) {
        stream.write_all(&[head.as_bytes(), BODY.as_bytes()].concat()).await?;
    }
    std::future::pending().await
}

/// Whether a request is for what comes after an index.
fn waits(request: &[u8]) -> bool {
    request.windows(6).any(|part| part == b"index=")
}

/// Reads one request without a body.
async fn request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await?);
    }
    Ok(text)
}

async fn measure(address: SocketAddr) {
    let consul = Client::new(&Config::new(&address.to_string()).unwrap()).unwrap();
    consul.kv().read("a").await.unwrap();
    let before = resident();
    let begun = Instant::now();
    let mut watches: Vec<_> = (0..WATCHES).map(|_| Box::pin(consul.kv().watch("a", &ReadOptions::new()))).collect();
    // Not all at the same moment: the listener's queue is shorter than that.
    for some in watches.chunks_mut(100) {
        for first in join_all(some.iter_mut().map(StreamExt::next)).await {
            first.unwrap().unwrap();
        }
    }
    let first = begun.elapsed();
    let unpolled = resident();
    // The queries that wait are under way once each watch was asked for its next state.
    let waiting = join_all(watches.iter_mut().map(StreamExt::next));
    tokio::pin!(waiting);
    let over = tokio::time::timeout(Duration::from_secs(3), waiting.as_mut()).await;
    assert!(over.is_err() && waiting.now_or_never().is_none(), "no watch may have news");
    let held = resident();
    println!("{WATCHES} watches have their first state after {} ms", first.as_millis());
    println!(
        "{} bytes each before they wait, {} bytes each while they wait",
        each(before, unpolled),
        each(before, held)
    );
}

fn each(before: usize, after: usize) -> usize {
    (after.saturating_sub(before)) * 1_024 / WATCHES
}

/// The resident memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
