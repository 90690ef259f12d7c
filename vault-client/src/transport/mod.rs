//! The only code that names the HTTP library.

mod answer;
mod decode;
mod exchange;
mod failure;
mod path;
mod request;
mod retry;
mod stream;
mod tls;
mod upload;

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

pub(crate) use self::decode::{Decode, json, none_if_not_found};
use self::failure::Origin;
pub(crate) use self::request::Request;
pub(crate) use self::stream::{Content, Opened};
use self::upload::Upload;

use crate::config::{Address, Config};
use crate::credential::Source;
use crate::error::{ConfigError, Error, Result};
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

    /// Sends the request, as often as its idempotency and the deadline allow, and reads the answer to its end.
    pub(crate) async fn send(&self, request: &Request, source: &Source) -> Result<Reply> {
        let whole = |left| async move {
            let origin = self.origin(request);
            let call = async { self.read(&origin, self.exchange(request, source).await?).await };
            let reply = self.in_time(request, left, call).await?;
            answer::check(request, reply)
        };
        self.persist(request, source, whole, |reply| reply.status).await
    }

    /// As [`Transport::send`], but leaves a success to be read while it comes. What goes wrong from then on is told by
    /// the body, and nothing is tried again.
    pub(crate) async fn open(&self, request: &Request, source: &Source) -> Result<Opened> {
        let begin = |left| async move {
            let origin = self.origin(request);
            let call = async {
                let mut response = self.exchange(request, source).await?;
                let status = response.status().as_u16();
                // A connection that changes its protocol goes on, too.
                if status != 101 && !(200..300).contains(&status) {
                    return Ok(Err(self.read(&origin, response).await?));
                }
                let headers = std::mem::take(response.headers_mut());
                Ok(Ok((status, headers, Content::Flowing(response))))
            };
            let (status, headers, content) = match self.in_time(request, left, call).await? {
                Ok(flowing) => flowing,
                Err(reply) => {
                    let reply = answer::check(request, reply)?;
                    (reply.status, reply.headers, Content::Whole(reply.body))
                }
            };
            Ok(Opened { status, headers, content, origin, silence: request.timeout.unwrap_or(self.timeout) })
        };
        self.persist(request, source, begin, |opened| opened.status).await
    }

    /// Tries again for as long as idempotency, schedule and deadline allow.
    async fn persist<T, F: Future<Output = Result<T>>>(
        &self,
        request: &Request,
        source: &Source,
        attempt: impl Fn(Duration) -> F,
        status: impl Fn(&T) -> u16,
    ) -> Result<T> {
        let started = Instant::now();
        let budget = request.timeout.unwrap_or(self.timeout);
        let mut pauses = retry::schedule(self.retries);
        let mut token_renewed = false;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let tried = Instant::now();
            // In a box, so that the futures of all callers stay small.
            let result = Box::pin(attempt(budget.saturating_sub(started.elapsed()))).await;
            trace(
                request,
                attempts,
                tried.elapsed(),
                result.as_ref().map_or_else(Error::status, |good| Some(status(good))),
            );
            let error = match result {
                Ok(good) => return Ok(good),
                Err(error) => error,
            };
            let sendable = !request.upload.as_ref().is_some_and(Upload::has_begun);
            let stale = error.reason().is_some_and(Reason::wants_new_token);
            if sendable && !token_renewed && stale && request.token.is_none() && source.forget() {
                token_renewed = true;
                continue;
            }
            let left = budget.saturating_sub(started.elapsed());
            match self.next_pause(&error, request, &mut pauses) {
                Some(pause) if sendable && pause < left => sleep(pause).await,
                _ => return Err(failure::counted(error, attempts, started.elapsed())),
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

    /// The result of the call, or the error that its deadline has passed.
    async fn in_time<T>(&self, request: &Request, left: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
        let result = match &request.upload {
            None => timeout(left, call).await.ok(),
            Some(upload) => upload.while_it_moves(left, call).await,
        };
        result.unwrap_or_else(|| Err(self.origin(request).timed_out()))
    }

    fn origin(&self, request: &Request) -> Origin {
        Origin::new(request, &self.server)
    }
}

fn local() -> Result<Url, ConfigError> {
    Url::parse("http://localhost/").map_err(|error| ConfigError::new("address", "not a URL").caused(error))
}

fn trace(request: &Request, attempt: u32, elapsed: Duration, status: Option<u16>) {
    let (method, path, route) = (request.method, request.path.as_str(), request.path.route());
    tracing::debug!(method, route, path, status, attempt, elapsed_ms = elapsed.as_secs_f64() * 1e3, "answered");
}
