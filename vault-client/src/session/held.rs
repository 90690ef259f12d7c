//! What hangs on the token of a session.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{Event, Session};
use crate::error::{Error, Result};
use crate::leased::{Lease, Leased};
use crate::term::{Term, pause_after};

pub(super) type Issue<T> = Box<dyn Fn() -> BoxFuture<'static, Result<Leased<T>>> + Send + Sync>;
pub(super) type Renew = Box<dyn Fn(String) -> BoxFuture<'static, Result<Lease>> + Send + Sync>;

/// Something with a lease that is kept and replaced; made by [`Session::hold`]. Dropping it lets the lease run out.
pub struct Held<T>(pub(super) Arc<Holder<T>>);

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> std::fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held(…)")
    }
}

impl<T: Send + Sync + 'static> Held<T> {
    /// What is held now: never something whose lease is over, or that a token made which has been replaced.
    ///
    /// # Errors
    /// What making it failed with, when there is nothing to fall back on.
    pub async fn read(&self) -> Result<Arc<Leased<T>>> {
        self.0.current().await
    }
}

pub(super) trait Refresh: Send + Sync {
    /// Does what is due, and says when to look again.
    fn refresh(&self) -> BoxFuture<'_, Instant>;
}

pub(super) struct Holder<T> {
    session: Session,
    issue: Issue<T>,
    renew: Renew,
    state: tokio::sync::Mutex<State<T>>,
}

struct State<T> {
    made: Option<Made<T>>,
    failures: u32,
    not_before: Option<Instant>,
}

struct Made<T> {
    value: Arc<Leased<T>>,
    term: Term,
    generation: u64,
}

impl<T: Send + Sync + 'static> Holder<T> {
    pub(super) fn new(session: Session, issue: Issue<T>, renew: Renew) -> Self {
        let state = tokio::sync::Mutex::new(State { made: None, failures: 0, not_before: None });
        Self { session, issue, renew, state }
    }

    async fn current(&self) -> Result<Arc<Leased<T>>> {
        let generation = self.session.ensure().await?;
        let mut state = self.state.lock().await;
        let now = Instant::now();
        match &state.made {
            Some(made) if made.generation == generation && now < made.term.due() => return Ok(Arc::clone(&made.value)),
            Some(made) if made.generation == generation && made.term.can_be_renewed() && !made.term.is_over(now) => {
                self.renew(&mut state).await;
            }
            _ => {}
        }
        let now = Instant::now();
        if let Some(made) = state.made.as_ref().filter(|made| made.generation == generation && now < made.term.due()) {
            return Ok(Arc::clone(&made.value));
        }
        let result = self.issue(&mut state, generation).await;
        let now = Instant::now();
        match (&mut state.made, result) {
            // The old one still works.
            (Some(made), Err(_)) if made.generation == generation && !made.term.is_over(now) => {
                made.term.failed(now);
                Ok(Arc::clone(&made.value))
            }
            (_, result) => result,
        }
    }

    async fn renew(&self, state: &mut State<T>) {
        let Some(made) = &mut state.made else { return };
        let now = Instant::now();
        let left = made.term.ends().map_or(Duration::MAX, |ends| ends.saturating_duration_since(now));
        let renewal = tokio::time::timeout(left, (self.renew)(made.value.lease.id.clone())).await;
        match renewal {
            Ok(Ok(lease)) => made.term.renewed(Instant::now(), lease.duration, lease.renewable),
            // It is gone: another one is needed.
            Ok(Err(error)) if error.is_not_found() => state.made = None,
            Ok(Err(error)) => {
                made.term.failed(Instant::now());
                self.session.0.tell(Event::ReissueFailed(error));
            }
            Err(_) => {}
        }
    }

    async fn issue(&self, state: &mut State<T>, generation: u64) -> Result<Arc<Leased<T>>> {
        if state.not_before.is_some_and(|time| Instant::now() < time) {
            return Err(Error::no_token(std::io::Error::other("the last try failed a moment ago")));
        }
        match (self.issue)().await {
            Ok(leased) => {
                let term = Term::new(Instant::now(), leased.lease.duration, leased.lease.renewable);
                let value = Arc::new(leased);
                state.made = Some(Made { value: Arc::clone(&value), term, generation });
                (state.failures, state.not_before) = (0, None);
                self.session.0.tell(Event::Reissued);
                Ok(value)
            }
            Err(error) => {
                state.not_before = Some(Instant::now() + pause_after(state.failures));
                state.failures += 1;
                let told = Error::no_token(std::io::Error::other(error.to_string()));
                self.session.0.tell(Event::ReissueFailed(error));
                Err(told)
            }
        }
    }
}

impl<T: Send + Sync + 'static> Refresh for Holder<T> {
    fn refresh(&self) -> BoxFuture<'_, Instant> {
        Box::pin(async {
            // What nobody has read yet is not needed yet. What failed was told as an event.
            if self.state.lock().await.made.is_some() {
                let _ = self.current().await;
            }
            let state = self.state.lock().await;
            let now = Instant::now();
            let due = match &state.made {
                Some(made) => made.term.due(),
                None => now + Duration::from_secs(3600),
            };
            // What is still due has failed just now.
            if due > now { due } else { state.not_before.unwrap_or(now).max(now + pause_after(0)) }
        })
    }
}
