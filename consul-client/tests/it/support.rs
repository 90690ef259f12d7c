//! Servers that say exactly what a test wants.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use consul_client::{Client, Config, Token};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A secret that must not appear anywhere.
pub(crate) const MARKER: &str = "hunter2-marker-secret";

/// A configuration for this address, with the marker as its token and a short patience.
pub(crate) fn config(address: &str) -> Config {
    Config::new(address).unwrap().with_token(Token::new(MARKER).unwrap()).with_timeout(Duration::from_secs(5))
}

/// A client of this address that never tries twice.
pub(crate) fn client(address: &str) -> Client {
    Client::new(&config(address).with_retries(0)).unwrap()
}

/// A success with this body.
pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A server on TCP that gives each connection the next of these answers, byte for byte, and closes it.
pub(crate) struct Raw {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                let request = serve(stream, &answer).await;
                seen.lock().unwrap().push(request);
            }
        });
        Self { address, requests, task }
    }

    /// What was asked, with headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request up to the end of its headers, answers and closes.
pub(crate) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) -> String {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    // A client that hangs up early is what some tests are about.
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
    String::from_utf8(request).unwrap()
}
