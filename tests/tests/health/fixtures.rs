//! What is no server: listeners that are silent, talk nonsense, count, or write down what they hear.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    (listener, place)
}

/// Accepts every connection and never answers.
pub(crate) async fn silent() -> String {
    let (listener, place) = listener().await;
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    place
}

/// Accepts every connection and never answers, until it hangs up.
pub(crate) struct Mute {
    pub(crate) place: String,
    called: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Mute {
    pub(crate) async fn new() -> Self {
        let (listener, place) = listener().await;
        let (calls, called) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
                calls.send_replace(true);
            }
        });
        Self { place, called, task }
    }

    /// Waits for the first connection.
    pub(crate) async fn called(&self) {
        let called = async { self.called.clone().wait_for(|called| *called).await.map(drop) };
        tokio::time::timeout(Duration::from_secs(60), called).await.unwrap().unwrap();
    }

    /// Ends all connections, and takes no more.
    pub(crate) fn hang_up(self) {
        self.task.abort();
    }
}

/// Answers every request with the same bytes.
pub(crate) async fn talking(answer: &'static str) -> String {
    let (listener, place) = listener().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    place
}

/// Passes everything on to a server, and counts the connections.
pub(crate) async fn counting(server: &str) -> (String, Arc<AtomicUsize>) {
    let (listener, place) = listener().await;
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, server) = (Arc::clone(&count), server.trim_start_matches("http://").to_owned());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let server = server.clone();
            tokio::spawn(async move {
                let mut beyond = TcpStream::connect(server).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut beyond).await;
            });
        }
    });
    (place, count)
}

/// What a listener heard: the first line and the body of each request.
pub(crate) type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// Answers every request with this status, and writes down what it hears.
pub(crate) async fn hearing(status: u16) -> (String, Heard) {
    let (listener, place) = listener().await;
    let heard = Heard::default();
    let written = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = request(&mut stream).await;
            written.lock().unwrap().push(request);
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (place, heard)
}

async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return (head.lines().next().unwrap_or_default().to_owned(), body.to_owned());
            }
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return (text, String::new()),
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}

/// Speaks TLS with a certificate that is valid for so long from now on.
pub(crate) async fn encrypted(valid: Duration) -> String {
    let (listener, place) = listener().await;
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = (std::time::SystemTime::now() + valid).into();
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 64]).await;
                }
            });
        }
    });
    place
}
