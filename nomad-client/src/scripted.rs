//! A server for tests that says what it is told to, piece by piece, and remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::{Client, Config};

/// What is said on one connection: bytes, and whether it is then closed or just silent.
pub(crate) struct Said {
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) closed: bool,
}

impl Said {
    /// A stream of these lines, closed after them.
    pub(crate) fn lines(lines: &[&str]) -> Self {
        let mut said = Self::head("200 OK");
        said.pieces.extend(lines.iter().map(|line| format!("{line}\n").into_bytes()));
        said
    }

    /// A whole answer with a text.
    pub(crate) fn text(status: &str, text: &str) -> Self {
        let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        Self { pieces: vec![answer.into_bytes()], closed: true }
    }

    /// Only the head of an answer whose end is that of the connection.
    pub(crate) fn head(status: &str) -> Self {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n");
        Self { pieces: vec![head.into_bytes()], closed: true }
    }

    pub(crate) fn and(mut self, piece: impl Into<Vec<u8>>) -> Self {
        self.pieces.push(piece.into());
        self
    }

    /// Stays open when all is said.
    pub(crate) fn held(mut self) -> Self {
        self.closed = false;
        self
    }
}

/// The server: what it was asked, first lines of requests only.
pub(crate) struct Scripted {
    pub(crate) client: Client,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Each connection gets the next of these; one more than there are is not answered.
    pub(crate) async fn new(script: Vec<Said>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let config = Config::new(&address).unwrap().with_retries(0).with_timeout(Duration::from_secs(20));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut held = Vec::new();
            for said in script {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = head(&mut socket).await;
                log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                for piece in said.pieces {
                    socket.write_all(&piece).await.unwrap();
                    socket.flush().await.unwrap();
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                if !said.closed {
                    held.push(socket);
                }
            }
            std::future::pending::<()>().await;
        });
        Self { client: Client::new(&config).unwrap(), asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The target of the request, whose head is read to its end.
async fn head(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(socket.read_u8().await.unwrap());
    }
    let text = String::from_utf8(bytes).unwrap();
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}
