//! Stands before a server and holds back one kind of request, so that a test can meet a program in the middle of its
//! work on a machine of any speed.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a program may take to get there.
const LIMIT: Duration = Duration::from_secs(90);

/// A gate, closed until it is opened.
#[derive(Debug)]
pub struct Gate {
    /// Its own address.
    pub address: String,
    held: watch::Receiver<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Passes everything on to a server but requests of this method and path, such as `PUT /v1/jobs`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn before(server: &str, request: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let (holds, held) = watch::channel(false);
        let (open, opened) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((program, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_program, mut to_program) = program.into_split();
                let (mut from_server, to_server) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_program).await });
                tokio::spawn(pass(from_program, to_server, request, holds.clone(), opened.clone()));
            }
        });
        Self { address, held, open }
    }

    /// Waits until a request stands before the gate.
    ///
    /// # Panics
    /// When none comes.
    pub async fn holds(&self) {
        tokio::time::timeout(LIMIT, self.held.clone().wait_for(|held| *held)).await.unwrap().unwrap();
    }

    /// Lets through what is held, and all that comes later.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

/// A request begins a packet, since a program waits for the answer to its last one.
async fn pass(
    mut program: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    request: &str,
    holds: watch::Sender<bool>,
    mut opened: watch::Receiver<bool>,
) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = program.read(&mut part).await {
        let line = String::from_utf8_lossy(&part[..count]);
        let line = line.split([' ', '?', '\r']).take(2).collect::<Vec<_>>().join(" ");
        if line == request {
            holds.send_replace(true);
            // Without a gate there is nobody left to open it.
            if opened.wait_for(|open| *open).await.is_err() {
                return;
            }
        }
        if server.write_all(&part[..count]).await.is_err() {
            return;
        }
    }
}
