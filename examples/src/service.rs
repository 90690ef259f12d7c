//! The running service: what it knows, what it reloads, how it stops.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::files::Files;
use crate::http::{self, Requests};
use crate::log::Log;
use crate::settings::Settings;

/// How long requests that are under way may take once the service is told to stop: well below
/// the five seconds after which Nomad kills a task.
const GRACE: Duration = Duration::from_secs(3);

/// What a reload replaces; always seen as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) files: Arc<Files>,
    pub(crate) reloads: u64,
    pub(crate) failures: u64,
    pub(crate) last_error: Option<String>,
}

/// What every request handler can see.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) started: Timestamp,
    pub(crate) requests: Requests,
    loaded: watch::Sender<Loaded>,
}

impl Service {
    fn new(settings: Settings) -> anyhow::Result<Service> {
        let loaded =
            Loaded { files: Arc::new(Files::load(&settings.paths)?), reloads: 0, failures: 0, last_error: None };
        Ok(Service {
            settings,
            started: Timestamp::now(),
            requests: Requests::default(),
            loaded: watch::Sender::new(loaded),
        })
    }

    /// The latest good reading of the files.
    pub(crate) fn loaded(&self) -> Loaded {
        self.loaded.borrow().clone()
    }

    /// Reads all files again; keeps what it has if any of them is bad.
    fn reload(&self, log: Log) {
        match Files::load(&self.settings.paths) {
            Ok(files) => {
                let problems = files.problems(Timestamp::now());
                self.loaded.send_modify(|loaded| {
                    loaded.files = Arc::new(files);
                    loaded.reloads += 1;
                    loaded.last_error = None;
                });
                log.info("reloaded", &[("reloads", self.loaded().reloads.into())]);
                log_problems(log, &problems);
            }
            Err(error) => {
                let reason = format!("{error:#}");
                log.error("reload failed", &[("reason", reason.clone().into())]);
                self.loaded.send_modify(|loaded| {
                    loaded.failures += 1;
                    loaded.last_error = Some(reason);
                });
            }
        }
    }
}

/// Serves until `SIGTERM` or `SIGINT`, and reloads the files on each `SIGHUP`.
///
/// # Errors
/// When a configured file cannot be loaded, or the address is not to be had.
pub async fn run(settings: Settings, log: Log) -> anyhow::Result<()> {
    // First of all: until a handler is in place, the signal of an early reload would be deadly.
    let mut signals = Signals::install()?;
    let service = Arc::new(Service::new(settings)?);
    let address = &service.settings.address;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("LATTICE_HTTP_ADDR: cannot listen on {address}"))?;
    log_start(log, &service, &listener)?;

    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, http::router(Arc::clone(&service))).with_graceful_shutdown(async move {
        // An answer and a dropped sender both mean: stop.
        let _stop = stopped.await;
    });
    let mut server = pin!(server.into_future());

    let name = tokio::select! {
        ended = &mut server => return ended.context("the HTTP server ended"),
        name = signals.until_stop(&service, log) => name,
    };
    log.info("stopping", &[("signal", name.into())]);
    drop(stop);
    match tokio::time::timeout(GRACE, server).await {
        Ok(ended) => ended.context("the HTTP server ended badly")?,
        Err(_) => log.error("stopped with requests under way", &[]),
    }
    log.info("stopped", &[]);
    Ok(())
}

fn log_start(log: Log, service: &Service, listener: &TcpListener) -> anyhow::Result<()> {
    let Settings { version, alloc_id, .. } = &service.settings;
    let address = listener.local_addr().context("the listener has no address")?;
    log.info(
        "started",
        &[
            ("version", json!(version)),
            ("address", json!(address.to_string())),
            ("alloc_id", json!(alloc_id)),
            ("pid", json!(std::process::id())),
        ],
    );
    if let Some(reason) = service.settings.broken() {
        log.error("health check failing", &[("reason", reason.into())]);
    }
    log_problems(log, &service.loaded().files.problems(Timestamp::now()));
    Ok(())
}

fn log_problems(log: Log, problems: &[String]) {
    if !problems.is_empty() {
        log.error("not ready", &[("reasons", json!(problems))]);
    }
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn install() -> anyhow::Result<Signals> {
        let install = |kind| signal(kind).context("cannot handle signals");
        Ok(Signals {
            hangup: install(SignalKind::hangup())?,
            terminate: install(SignalKind::terminate())?,
            interrupt: install(SignalKind::interrupt())?,
        })
    }

    /// Reloads on each `SIGHUP`; returns the name of the signal that says stop.
    async fn until_stop(&mut self, service: &Service, log: Log) -> &'static str {
        loop {
            tokio::select! {
                _ = self.hangup.recv() => service.reload(log),
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
            }
        }
    }
}
