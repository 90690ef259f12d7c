//! The only code that names the HTTP library.

mod answer;
mod decode;
mod request;
mod retry;
mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use tokio::time::{Instant, sleep, timeout};
use url::Url;

pub(crate) use self::decode::{Decode, json, none_if_not_found};
pub(crate) use self::request::Request;

use crate::config::{Address, Config};
use crate::credential::Source;
use crate::error::{ConfigError, Error, Result, TransportError, TransportKind};
use crate::product;
use crate::reason::Reason;

/// Connections, limits and rules; one per client, shared by all its clones.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    server: String,
    timeout: Duration,
    retries: usize,
    max_body: usize,
    redirect_hosts: Vec<String>,
}

/// An answer whose status means success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let settings = config.settings();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .connect_timeout(settings.connect_timeout)
            .tls_backend_preconfigured(tls::client_config(&settings.tls)?)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        let base = match &settings.address {
            Address::Http(url) => url.clone(),
            Address::Unix(path) => {
                builder = builder.unix_socket(path.clone());
                local()?
            }
        };
        let http = builder
            .build()
            .map_err(|error| ConfigError::new("HTTP client", "it cannot be built").caused(error.without_url()))?;
        Ok(Self {
            http,
            base,
            server: settings.address.to_string(),
            timeout: settings.timeout,
            retries: settings.retries,
            max_body: settings.max_body,
            redirect_hosts: settings.redirect_hosts.clone(),
        })
    }

    /// Sends the request, as often as its idempotency and the deadline allow.
    pub(crate) async fn send(&self, request: &Request, source: &Source) -> Result<Reply> {
        let started = Instant::now();
        let budget = request.timeout.unwrap_or(self.timeout);
        let mut pauses = retry::schedule(self.retries);
        let mut token_renewed = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let tried = Instant::now();
            let result = self.attempt(request, source, budget.saturating_sub(started.elapsed())).await;
            trace(request, attempt, tried.elapsed(), &result);
            let error = match result {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if !token_renewed && error.reason().is_some_and(Reason::wants_new_token) && source.forget() {
                token_renewed = true;
                continue;
            }
            let left = budget.saturating_sub(started.elapsed());
            match self.next_pause(&error, request, &mut pauses) {
                Some(pause) if pause < left => sleep(pause).await,
                _ => return Err(counted(error, attempt, started.elapsed())),
            }
        }
    }

    fn next_pause(
        &self,
        error: &Error,
        request: &Request,
        pauses: &mut impl Iterator<Item = Duration>,
    ) -> Option<Duration> {
        if self.retries == 0 || !retry::allowed(error, request.idempotent) {
            return None;
        }
        pauses.next().map(|scheduled| retry::pause(error, scheduled))
    }

    async fn attempt(&self, request: &Request, source: &Source, left: Duration) -> Result<Reply> {
        let reply = match timeout(left, self.exchange(request, source)).await {
            Ok(reply) => reply?,
            Err(_) => return Err(self.timed_out(request)),
        };
        answer::check(request, reply)
    }

    /// One exchange, and one more when the server points to another place where the token may go.
    async fn exchange(&self, request: &Request, source: &Source) -> Result<Reply> {
        let token = source.header().await?;
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{}", request.path.as_str()));
        url.set_query(Some(request.query.as_str()).filter(|query| !query.is_empty()));
        let response = self.dispatch(request, url.clone(), token.clone()).await?;
        if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
            return self.read(request, response).await;
        }
        let target = self.redirect_target(request, &url, response.headers())?;
        let response = self.dispatch(request, target, token).await?;
        if response.status().is_redirection() {
            return Err(self.failed(request, TransportKind::Redirect, "it redirects a second time", false));
        }
        self.read(request, response).await
    }

    async fn dispatch(&self, request: &Request, url: Url, token: Option<HeaderValue>) -> Result<reqwest::Response> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| request.refused("not an HTTP method"))?;
        let mut builder = self.http.request(method, url).headers(Self::headers(request)?);
        if let Some(token) = token {
            builder = builder.header(product::TOKEN_HEADER, token);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, body.content_type).body(body.content.clone());
        }
        builder.send().await.map_err(|error| self.broken(request, error))
    }

    fn headers(request: &Request) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, value) in product::HEADERS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| request.refused("a header holds a line break"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    /// Where a redirect may lead: the same server or a configured one, never from TLS to plain text.
    fn redirect_target(&self, request: &Request, from: &Url, headers: &HeaderMap) -> Result<Url> {
        // A server that points elsewhere has not carried the request out.
        let refuse = |why: &str| self.failed(request, TransportKind::Redirect, why, false);
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let target = location
            .and_then(|location| Url::options().base_url(Some(from)).parse(location).ok())
            .filter(|target| matches!(target.scheme(), "http" | "https"))
            .ok_or_else(|| refuse("it redirects to no readable place"))?;
        if from.scheme() == "https" && target.scheme() != "https" {
            return Err(refuse("it redirects from TLS to plain text, where the token must not go"));
        }
        let same = target.host() == from.host() && target.port_or_known_default() == from.port_or_known_default();
        if same || self.redirect_hosts.iter().any(|allowed| is_host(allowed, &target)) {
            return Ok(target);
        }
        Err(refuse("it redirects to another server, where the token must not go unless it is named as allowed"))
    }

    async fn read(&self, request: &Request, mut response: reqwest::Response) -> Result<Reply> {
        let too_large = || self.failed(request, TransportKind::TooLarge, "the answer is too large", true);
        let announced = response.content_length().map(usize::try_from);
        if announced.is_some_and(|length| length.map_or(true, |length| length > self.max_body)) {
            return Err(too_large());
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.truncated(request, error))? {
            if body.len() + chunk.len() > self.max_body {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body: body.freeze() })
    }

    fn failed(&self, request: &Request, kind: TransportKind, detail: impl Into<String>, sent: bool) -> Error {
        self.error(request, kind, detail.into(), sent, None)
    }

    fn timed_out(&self, request: &Request) -> Error {
        self.failed(request, TransportKind::Timeout, "no answer before the deadline of the call", true)
    }

    fn broken(&self, request: &Request, error: reqwest::Error) -> Error {
        let (kind, sent) = if error.is_connect() {
            (TransportKind::Connect, false)
        } else if error.is_timeout() {
            (TransportKind::Timeout, true)
        } else {
            (TransportKind::Broken, true)
        };
        let what = if sent { "the connection broke" } else { "cannot connect" };
        let mut detail = format!("{what}: {}", innermost(&error));
        if !sent {
            detail.push_str(connect_hint(&error));
        }
        self.error(request, kind, detail, sent, Some(error))
    }

    fn truncated(&self, request: &Request, error: reqwest::Error) -> Error {
        let detail = format!("the answer broke off: {}", innermost(&error));
        self.error(request, TransportKind::Truncated, detail, true, Some(error))
    }

    fn error(
        &self,
        request: &Request,
        kind: TransportKind,
        detail: String,
        sent: bool,
        source: Option<reqwest::Error>,
    ) -> Error {
        Error::Transport(Box::new(TransportError {
            method: request.method,
            path: request.path.as_str().to_owned(),
            server: self.server.clone(),
            kind,
            detail,
            sent,
            attempts: 1,
            elapsed: Duration::ZERO,
            source: source.map(|error| error.without_url().into()),
        }))
    }
}

fn local() -> Result<Url, ConfigError> {
    Url::parse("http://localhost/").map_err(|error| ConfigError::new("address", "not a URL").caused(error))
}

/// An allowed host is named alone or with its port.
fn is_host(allowed: &str, target: &Url) -> bool {
    let Some(host) = target.host_str() else { return false };
    let port = target.port_or_known_default().unwrap_or_default();
    allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(&format!("{host}:{port}"))
}

fn connect_hint(error: &reqwest::Error) -> &'static str {
    match tls::failure(error) {
        None => "; is the server running, and the address right?",
        Some(rustls::Error::InvalidCertificate(_)) => "; are the CA certificates and the server name right?",
        Some(rustls::Error::InvalidMessage(_)) => "; does the server speak TLS at this address?",
        Some(_) => "; TLS failed",
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn counted(mut error: Error, attempts: u32, elapsed: Duration) -> Error {
    if let Error::Transport(error) = &mut error {
        error.attempts = attempts;
        error.elapsed = elapsed;
    }
    error
}

fn trace(request: &Request, attempt: u32, elapsed: Duration, result: &Result<Reply>) {
    let (method, path, route) = (request.method, request.path.as_str(), request.path.route());
    let status = match result {
        Ok(reply) => Some(reply.status),
        Err(error) => error.status(),
    };
    tracing::debug!(method, route, path, status, attempt, elapsed_ms = elapsed.as_secs_f64() * 1e3, "answered");
}
