//! The smallest HTTP client that will do for a page of the service: one GET over one connection, in plain text.
//!
//! HTTP/1.0, so that the answer ends with the connection and is never chunked.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No more of an answer is looked at.
const LONGEST: u64 = 64 * 1024;

/// Reads a page: its status and the beginning of its body.
pub(super) async fn get(place: &str, path: &str, patience: Duration) -> io::Result<(u16, String)> {
    timeout(patience, exchange(place, path)).await.unwrap_or_else(|_| Err(late("answer", patience)))
}

/// Makes a connection and ends it.
pub(super) async fn connect(place: &str, patience: Duration) -> io::Result<()> {
    let connected = timeout(patience, TcpStream::connect(place)).await;
    connected.unwrap_or_else(|_| Err(late("connection", patience))).map(drop)
}

fn late(what: &str, patience: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no {what} within {:.1} s", patience.as_secs_f64()))
}

async fn exchange(place: &str, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(place).await?;
    let agent = concat!("lattice-health/", env!("CARGO_PKG_VERSION"));
    let request = format!("GET {path} HTTP/1.0\r\nHost: {place}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "what answers does not speak HTTP"))
}

fn parse(answer: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut words = head.lines().next()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status = words.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn answers_and_what_is_none() {
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nbody\n"), Some((200, "body\n".to_owned())));
        assert_eq!(parse(b"HTTP/1.1 503 \r\n\r\n"), Some((503, String::new())));
        for text in ["", "HTTP/1.1 200 OK", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 999\r\n\r\n"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
