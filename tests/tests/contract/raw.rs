//! A server that says exactly what a test wants, byte for byte, or nothing at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// How a connection is treated.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// Every request gets this answer.
    Serve(String),
    /// The first request gets this answer, and the connection ends.
    Close(String),
    /// The first request gets this answer followed by single bytes, for ever.
    Drip(String),
    /// The first request gets this beginning of an answer, and then nothing.
    Stall(String),
    /// The first request gets this, and nothing more can come; but the client may go on to speak.
    HalfClose(String),
    /// The first request gets no answer.
    Hang,
    /// The connection is reset once the first request was read.
    ResetAfter,
    /// The connection is reset before anything was read.
    ResetBefore,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<(usize, Vec<Received>)>>);

impl Log {
    /// What was asked.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.0.lock().unwrap().1.clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.0.lock().unwrap().0
    }
}

/// A server on TCP.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) address: String,
    pub(crate) log: Log,
    task: JoinHandle<()>,
}

impl Raw {
    /// Each connection takes the next turn; the last one is taken again and again.
    pub(crate) async fn new(turns: impl IntoIterator<Item = Turn>) -> Self {
        let turns: Vec<Turn> = turns.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Log::default();
        let task = tokio::spawn(accept(listener, turns, log.clone()));
        Self { address, log, task }
    }

    /// A server that gives every request this answer.
    pub(crate) async fn serving(answer: &str) -> Self {
        Self::new([Turn::Serve(answer.to_owned())]).await
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// An answer with this JSON.
pub(crate) fn answer(status: u16, json: &str) -> String {
    let length = json.len();
    format!("HTTP/1.1 {status} Word\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}")
}

async fn accept(listener: TcpListener, turns: Vec<Turn>, log: Log) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = {
            let mut log = log.0.lock().unwrap();
            log.0 += 1;
            log.0
        };
        let turn = turns.get(number - 1).or(turns.last()).unwrap().clone();
        connections.spawn(treat(stream, turn, log.clone()));
    }
}

async fn treat(mut stream: TcpStream, turn: Turn, log: Log) {
    if !matches!(turn, Turn::ResetBefore) {
        converse(&mut stream, &turn, &log).await;
    }
    if matches!(turn, Turn::ResetBefore | Turn::ResetAfter) {
        stream.set_zero_linger().unwrap();
    }
}

/// Talks on one connection until the turn or the client ends it.
pub(crate) async fn converse<T: AsyncRead + AsyncWrite + Unpin>(stream: &mut T, turn: &Turn, log: &Log) {
    while let Some(request) = receive(stream).await {
        log.0.lock().unwrap().1.push(request);
        // A client that hangs up early is what some cases are about.
        let more = match turn {
            Turn::Serve(answer) => stream.write_all(answer.as_bytes()).await.is_ok(),
            Turn::Close(answer) => stream.write_all(answer.as_bytes()).await.is_err(),
            Turn::Drip(answer) => drip(stream, answer).await.is_ok(),
            Turn::Stall(answer) => {
                let _ = stream.write_all(answer.as_bytes()).await;
                std::future::pending().await
            }
            Turn::HalfClose(answer) => {
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
                std::future::pending().await
            }
            Turn::Hang => std::future::pending().await,
            Turn::ResetAfter | Turn::ResetBefore => false,
        };
        if !more {
            return;
        }
    }
}

async fn drip(stream: &mut (impl AsyncWrite + Unpin), answer: &str) -> std::io::Result<()> {
    stream.write_all(answer.as_bytes()).await?;
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        stream.write_all(b" ").await?;
    }
}

/// Reads one request, or nothing when the client is gone.
async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(ToOwned::to_owned);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut request = Received { method: first.next()?, target: first.next()?, headers, body: Vec::new() };
    if let Some(length) = request.header("content-length") {
        request.body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut request.body).await.ok()?;
    }
    if request.header("transfer-encoding") == Some("chunked") {
        while let Some(length) = chunk_length(stream).await.filter(|length| *length > 0) {
            let mut chunk = vec![0; length + 2];
            stream.read_exact(&mut chunk).await.ok()?;
            request.body.extend_from_slice(&chunk[..length]);
        }
        stream.read_u16().await.ok()?;
    }
    Some(request)
}

async fn chunk_length(stream: &mut (impl AsyncRead + Unpin)) -> Option<usize> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.ok()?);
    }
    usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim_end(), 16).ok()
}
