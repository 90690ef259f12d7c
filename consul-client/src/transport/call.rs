//! One call: its tries at one server or several, under one deadline.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::failure::{Origin, counted};
use super::{Content, Opened, Reply, Request, Server, Transport, answer, retry};
use crate::credential::{Source, Token};
use crate::error::{Error, Result, TransportKind};
use crate::reason::Reason;

/// What one try has to work with.
struct Try<'a> {
    server: &'a Server,
    token: Option<Token>,
    left: Duration,
}

impl Transport {
    /// Sends the request, as often as its idempotency and the deadline allow, and reads the answer to its end.
    pub(crate) async fn send(&self, request: &Request, source: &Source) -> Result<Reply> {
        self.persist(request, source, |one| self.whole(request, one), |reply| reply.status).await
    }

    /// As [`Transport::send`], but leaves a success to be read while it comes. What goes wrong from then on is told by
    /// the body, and nothing is tried again.
    pub(crate) async fn open(&self, request: &Request, source: &Source) -> Result<Opened> {
        self.persist(request, source, |one| self.begun(request, one), |opened| opened.status).await
    }

    async fn whole(&self, request: &Request, one: Try<'_>) -> Result<Reply> {
        let origin = Origin::new(request, &one.server.name);
        let call = async {
            let response = self.exchange(request, one.server, one.token.as_ref()).await?;
            self.read(&origin, response).await
        };
        answer::check(request, in_time(request, one.left, &origin, call).await?)
    }

    async fn begun(&self, request: &Request, one: Try<'_>) -> Result<Opened> {
        let origin = Origin::new(request, &one.server.name);
        let call = async {
            let mut response = self.exchange(request, one.server, one.token.as_ref()).await?;
            let status = response.status().as_u16();
            // A connection that changes its protocol goes on, too.
            if status != 101 && !(200..300).contains(&status) {
                return Ok(Err(self.read(&origin, response).await?));
            }
            let headers = std::mem::take(response.headers_mut());
            Ok(Ok((status, headers, Content::Flowing(response))))
        };
        let (status, headers, content) = match in_time(request, one.left, &origin, call).await? {
            Ok(flowing) => flowing,
            Err(reply) => {
                let reply = answer::check(request, reply)?;
                (reply.status, reply.headers, Content::Whole(reply.body))
            }
        };
        Ok(Opened { status, headers, content, origin, silence: self.budget(request) })
    }

    /// Makes the call in a span of its own, which tells at the end what became of it.
    async fn persist<'a, T, F: Future<Output = Result<T>>>(
        &'a self,
        request: &Request,
        source: &Source,
        attempt: impl Fn(Try<'a>) -> F,
        status: impl Fn(&T) -> u16,
    ) -> Result<T> {
        let (method, route) = (request.method, request.path.route());
        let span = tracing::debug_span!("call", method, route, status = Empty, attempts = Empty, elapsed_ms = Empty);
        let started = Instant::now();
        let mut attempts = 0;
        let tries = self.tries(request, source, attempt, &status, &mut attempts);
        let result = tries.instrument(span.clone()).await;
        if let Some(status) = outcome(&result, &status) {
            span.record("status", status);
        }
        span.record("attempts", attempts).record("elapsed_ms", millis(started.elapsed()));
        result
    }

    /// Tries again for as long as idempotency, schedule and deadline allow.
    async fn tries<'a, T, F: Future<Output = Result<T>>>(
        &'a self,
        request: &Request,
        source: &Source,
        attempt: impl Fn(Try<'a>) -> F,
        status: &impl Fn(&T) -> u16,
        attempts: &mut u32,
    ) -> Result<T> {
        let started = Instant::now();
        let left = || self.budget(request).saturating_sub(started.elapsed());
        let mut token = self.first_token(request, source, left()).await?;
        let mut token_renewed = request.token.is_some();
        let mut pauses = retry::schedule(self.retries);
        let mut passed_over = 0;
        loop {
            *attempts += 1;
            let (place, server) = self.servers.current();
            let tried = Instant::now();
            // In a box, so that the futures of all callers stay small.
            let result = Box::pin(attempt(Try { server, token: token.clone(), left: left() })).await;
            trace(request, *attempts, tried.elapsed(), outcome(&result, status));
            let error = match result {
                Ok(good) => return Ok(good),
                Err(error) => counted(error, *attempts, started.elapsed()),
            };
            if request.upload.as_ref().is_some_and(super::Upload::has_begun) {
                return Err(error);
            }
            if let Some(refused) = token.as_ref().filter(|_| !token_renewed && wants_new_token(&error)) {
                token_renewed = true;
                if let Some(another) = self.in_time_for_token(request, left(), source.instead_of(refused)).await? {
                    token = Some(another);
                    continue;
                }
            }
            if retry::belongs_elsewhere(&error, request.idempotent) && self.servers.pass_over(place) {
                passed_over += 1;
                if passed_over < self.servers.len() {
                    continue;
                }
                passed_over = 0;
            }
            match self.next_pause(&error, request, &mut pauses) {
                Some(pause) if pause < left() => sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    async fn first_token(&self, request: &Request, source: &Source, left: Duration) -> Result<Option<Token>> {
        match &request.token {
            Some(token) => Ok(Some(token.clone())),
            None => self.in_time_for_token(request, left, source.token()).await,
        }
    }

    async fn in_time_for_token(
        &self,
        request: &Request,
        left: Duration,
        token: impl Future<Output = Result<Option<Token>>>,
    ) -> Result<Option<Token>> {
        let late = || {
            let origin = Origin::new(request, &self.servers.current().1.name);
            origin.failed(
                TransportKind::Timeout,
                "no token before the deadline of the call; is what gives it out well?",
                false,
            )
        };
        timeout(left, token).await.unwrap_or_else(|_| Err(late()))
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

    /// The time for a whole call.
    fn budget(&self, request: &Request) -> Duration {
        request.timeout.unwrap_or(self.timeout)
    }
}

/// The status of an answer, be it a success or an error.
fn outcome<T>(result: &Result<T>, status: impl Fn(&T) -> u16) -> Option<u16> {
    result.as_ref().map_or_else(Error::status, |good| Some(status(good)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn wants_new_token(error: &Error) -> bool {
    error.reason().is_some_and(Reason::wants_new_token)
}

/// The result of the call, or the error that its deadline has passed.
async fn in_time<T>(
    request: &Request,
    left: Duration,
    origin: &Origin,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let result = match &request.upload {
        None => timeout(left, call).await.ok(),
        Some(upload) => upload.while_it_moves(left, call).await,
    };
    result.unwrap_or_else(|| Err(origin.timed_out(left)))
}

fn trace(request: &Request, attempt: u32, elapsed: Duration, status: Option<u16>) {
    let (method, path, route) = (request.method, request.path.as_str(), request.path.route());
    tracing::debug!(method, route, path, status, attempt, elapsed_ms = millis(elapsed), "answered");
}
