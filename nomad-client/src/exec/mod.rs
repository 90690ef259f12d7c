//! Commands in running tasks: <https://developer.hashicorp.com/nomad/api-docs/client#exec-into-allocation>.
//!
//! Behind the cargo feature `exec`, since it needs a library for web sockets. Needs `namespace:alloc-exec`, and
//! `namespace:alloc-node-exec` where the driver does not isolate. The connection is made like any other, with the same
//! address, TLS and token.

pub(crate) mod frames;
mod session;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

pub use self::session::{Finished, Input, Output, RunError, Session};

use crate::allocations::Allocations;
use crate::client::Client;
use crate::error::{Error, Result, TransportError, TransportKind};
use crate::transport::{Content, Request};

/// Options of [`Allocations::exec_with`] and [`Allocations::run_action_with`]: no terminal, unless set.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ExecOptions {
    terminal: bool,
}

impl ExecOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the command a terminal: all that it writes is standard output, and it can be told a size.
    #[must_use]
    pub fn with_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }
}

/// A command that a job defines for its tasks, and where it is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionTarget {
    /// The allocation.
    pub allocation: String,
    /// Its job.
    pub job: String,
    /// Its group.
    pub group: String,
    /// The task.
    pub task: String,
}

impl ActionTarget {
    /// Nowhere yet: the fields say where.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Allocations {
    /// Begins a command in a running task.
    ///
    /// `GET /v1/client/allocation/:id/exec`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/client#exec-into-allocation)). Needs
    /// `namespace:alloc-exec`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// let session = nomad.allocations().exec(id, "server", &["cat", "/etc/hostname"]).await?;
    /// let finished = session.output().await?;
    /// println!("{}: {}", finished.exit_code, String::from_utf8_lossy(&finished.stdout));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:alloc-exec`,
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation, task or program. The server
    /// may tell either only after the session has begun, so its first output may be this error.
    pub async fn exec(&self, id: &str, task: &str, command: &[&str]) -> Result<Session> {
        self.exec_with(id, task, command, &ExecOptions::new()).await
    }

    /// As [`Allocations::exec`], with options.
    ///
    /// # Errors
    /// As [`Allocations::exec`].
    pub async fn exec_with(&self, id: &str, task: &str, command: &[&str], options: &ExecOptions) -> Result<Session> {
        connect(self.client(), exec_request(id, task, command, *options)?).await
    }

    /// Begins a command that a job defines for its tasks.
    ///
    /// `GET /v1/job/:id/action` ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#run-action)). Needs
    /// `namespace:alloc-exec`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// use nomad_client::exec::ActionTarget;
    ///
    /// let mut target = ActionTarget::new();
    /// target.allocation = id.to_owned();
    /// target.job = "latticedb".to_owned();
    /// target.group = "latticedb".to_owned();
    /// target.task = "server".to_owned();
    /// let finished = nomad.allocations().run_action("compact", &target).await?.output().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Allocations::exec`].
    pub async fn run_action(&self, action: &str, target: &ActionTarget) -> Result<Session> {
        self.run_action_with(action, target, &ExecOptions::new()).await
    }

    /// As [`Allocations::run_action`], with options.
    ///
    /// # Errors
    /// As [`Allocations::exec`].
    pub async fn run_action_with(&self, action: &str, target: &ActionTarget, options: &ExecOptions) -> Result<Session> {
        let request = Request::get("/v1/job/:id/action", [&target.job])?
            .query("action", action)
            .query("allocID", &target.allocation)
            .query("group", &target.group)
            .query("task", &target.task)
            .query("tty", word(options.terminal));
        connect(self.client(), request).await
    }
}

fn exec_request(id: &str, task: &str, command: &[&str], options: ExecOptions) -> Result<Request> {
    let request = Request::get("/v1/client/allocation/:id/exec", [id])?;
    let Ok(text) = serde_json::to_string(command) else {
        return Err(request.refused("the command cannot be written as JSON"));
    };
    Ok(request.query("task", task).query("command", text).query("tty", word(options.terminal)))
}

fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

/// Asks for the change of protocol over a connection of the client, and takes that connection over.
async fn connect(client: &Client, mut request: Request) -> Result<Session> {
    let key = generate_key();
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", key.as_str()),
    ];
    request.headers.extend(headers.map(|(name, value)| (name, value.to_owned())));
    // A command that may have begun is not begun again.
    request.idempotent = false;
    let opened = client.open(request.clone()).await?;
    let accepted = opened.headers.get("sec-websocket-accept").and_then(|value| value.to_str().ok());
    let Content::Flowing(response) = opened.content else {
        return Err(broken(&request, "the server does not change to web sockets"));
    };
    if opened.status != 101 || accepted != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err(broken(&request, "the server does not change to web sockets"));
    }
    let connection = response.upgrade().await.map_err(|_| broken(&request, "the connection broke at its upgrade"))?;
    Ok(Session::new(WebSocketStream::from_raw_socket(connection, Role::Client, None).await, request))
}

/// The session ended as none does.
fn broken(request: &Request, detail: &str) -> Error {
    Error::Transport(Box::new(TransportError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        server: "the agent".to_owned(),
        kind: TransportKind::Broken,
        detail: detail.to_owned(),
        sent: true,
        attempts: 1,
        elapsed: std::time::Duration::ZERO,
        source: None,
    }))
}

fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests;
