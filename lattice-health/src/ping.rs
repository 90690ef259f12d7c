//! The dead man's switch: a service that alarms when the probe itself falls silent.
//!
//! Its URL is a key to it, so it comes from a variable or a file only and is never shown. That it cannot be reached
//! changes nothing about what the probe says.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use url::Url;

use crate::layers::Lookup;
use crate::settings::{PingUrl, Settings};

/// No more of the output is sent.
const LONGEST: usize = 10_000;

/// The switch. It has no `Debug`: its URL is a secret.
pub(crate) struct Ping {
    url: Url,
    timeout: Duration,
    start: bool,
}

impl Ping {
    /// The switch that the settings name, if they name one.
    ///
    /// # Errors
    /// When there is no URL where they say; the text never has it.
    pub(crate) fn of(settings: &Settings, lookup: Lookup<'_>) -> Result<Option<Self>, String> {
        let Some(ping) = &settings.ping else { return Ok(None) };
        let (place, text) = match &ping.url {
            PingUrl::Variable(name) => {
                (name.clone(), lookup(name).ok_or_else(|| format!("--ping-url-env: {name} is not set"))?)
            }
            PingUrl::File(path) => {
                let text = std::fs::read_to_string(path);
                let name = path.display().to_string();
                let text = text.map_err(|error| format!("--ping-url-file: {name}: {error}"))?;
                (name, text)
            }
        };
        let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| format!("{place} holds no URL for the ping"))?;
        Ok(Some(Self { url, timeout: ping.timeout, start: ping.start }))
    }

    /// Tells it that a run begins, if it wants to know.
    ///
    /// # Errors
    /// When it cannot be told; without its URL.
    pub(crate) async fn start(&self) -> Result<(), String> {
        if self.start { self.send("start", String::new()).await } else { Ok(()) }
    }

    /// Tells it how a run ended, and what it said.
    ///
    /// # Errors
    /// When it cannot be told; without its URL.
    pub(crate) async fn end(&self, code: u8, output: &str) -> Result<(), String> {
        let end = output.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or(0);
        let body = if output.len() > LONGEST { &output[..end] } else { output };
        self.send(&code.to_string(), body.to_owned()).await
    }

    async fn send(&self, what: &str, body: String) -> Result<(), String> {
        let mut url = self.url.clone();
        url.path_segments_mut().map_err(|()| "the ping's URL has no path".to_owned())?.pop_if_empty().push(what);
        // A client for each: there are two calls, and most runs make none.
        let sent = client(self.timeout)?.post(url).body(body).send().await;
        let status = sent.map_err(|error| format!("the ping failed: {}", reason(&error)))?.status();
        if status.is_success() { Ok(()) } else { Err(format!("the ping failed: the answer is {}", status.as_u16())) }
    }
}

/// Why a ping failed, in words without its URL.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "the connection broke"
    }
}

fn client(timeout: Duration) -> Result<reqwest::Client, String> {
    let unusable = |what: String| format!("the ping cannot be sent: {what}");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| unusable(error.to_string()))?;
    let tls = tls.with_platform_verifier().map_err(|error| unusable(error.to_string()))?.with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).http1_only().timeout(timeout);
    // A redirect would carry the key elsewhere.
    let builder = builder.redirect(reqwest::redirect::Policy::none()).retry(reqwest::retry::never());
    let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    builder.user_agent(agent).build().map_err(|error| unusable(error.without_url().to_string()))
}
