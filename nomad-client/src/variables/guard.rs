//! A lock that is looked after.
//!
//! Work under a lock must have ended when somebody else can have the lock. So the work is part of a future that also
//! renews the lock, and that drops the work as soon as the lock is lost, or can no longer be known to be held: the time
//! counts from before the last renewal that succeeded was sent. Nothing of this happens behind the caller's back: while
//! that future is not polled the lock is not renewed, and the work does not go on either.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::lock::{LockId, LockOptions, acquire_request, kept_request};
use super::{Items, Variable, VariableStub, Variables};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::patience::{self, Patience};

/// The server's own, should it not say.
const USUAL_TTL: Duration = Duration::from_secs(15);

/// How often it is looked whether a lock is free.
const LOOK: Duration = Duration::from_secs(1);

/// The lock of a variable, held. Dropping it does not give it back, since that takes a call: [`Lock::release`] does, or
/// a [`Releaser`] that was made in time.
#[derive(Debug)]
pub struct Lock {
    releaser: Releaser,
    variable: Variable,
    delay: Option<Duration>,
    lease: Lease,
}

/// Gives a lock back, whatever became of the future that used it.
#[derive(Clone, Debug)]
pub struct Releaser {
    client: Client,
    path: String,
    id: LockId,
}

/// The lock was lost while work was done under it, or could not be renewed in time. The work was dropped.
#[derive(Debug, thiserror::Error)]
#[error("the lock of the variable {path} {}", if *.taken { "was lost" } else { "could not be renewed in time" })]
pub struct LockLost {
    path: String,
    taken: bool,
    #[source]
    cause: Option<Error>,
}

impl LockLost {
    /// Whether the server says so, rather than that it could not be asked in time.
    pub fn is_certain(&self) -> bool {
        self.taken
    }

    /// What the last renewal ended with.
    pub fn cause(&self) -> Option<&Error> {
        self.cause.as_ref()
    }
}

impl Variables {
    /// Takes the lock of a variable, which is made if it does not exist; `None` while somebody else has it.
    ///
    /// `PUT /v1/var/:path?lock-acquire`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/variables/locks#acquire-a-lock)). Needs `variables:write`
    /// and `variables:read` on the path. The items of the variable are kept.
    ///
    /// ```no_run
    /// # async fn work() {}
    /// # async fn example(nomad: nomad_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(mut lock) = nomad.variables().lock("jobs/leader").await? {
    ///     // `work` is dropped when the lock is lost.
    ///     let result = lock.hold(work()).await;
    ///     lock.release().await?;
    ///     result?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:write` on the path. When
    /// [`Error::may_have_applied`](crate::Error::may_have_applied), the lock may be held by nobody for its TTL.
    pub async fn lock(&self, path: &str) -> Result<Option<Lock>> {
        self.lock_with(path, &LockOptions::new()).await
    }

    /// As [`Variables::lock`], with options.
    ///
    /// # Errors
    /// As [`Variables::lock`].
    pub async fn lock_with(&self, path: &str, options: &LockOptions) -> Result<Option<Lock>> {
        let items = match &options.items {
            Some(items) => items.clone(),
            None => self.read(path).await?.map(|variable| variable.items).unwrap_or_default(),
        };
        let sent = Instant::now();
        let variable: Variable = match self.client.fetch(acquire_request(path, None, &items, options)?).await {
            Err(error) if error.is_conflict() => return Ok(None),
            variable => variable?,
        };
        let lock = variable.lock.clone().unwrap_or_default();
        let Some(id) = lock.id else { return Ok(None) };
        Ok(Some(Lock {
            releaser: Releaser { client: self.client.clone(), path: path.to_owned(), id },
            delay: lock.lock_delay.or(options.delay),
            lease: Lease::new(sent, lock.ttl.or(options.ttl).unwrap_or(USUAL_TTL)),
            variable,
        }))
    }

    /// As [`Variables::lock_with`], but waits until the lock is free. The order of those who wait is by chance.
    ///
    /// # Errors
    /// As [`Variables::lock`]; also when the servers are out of reach for 5 minutes.
    pub async fn lock_when_free(&self, path: &str, options: &LockOptions) -> Result<Lock> {
        let mut patience = Patience::new(patience::USUAL);
        loop {
            match self.lock_with(path, options).await {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) => {
                    patience.calm();
                    sleep(LOOK).await;
                }
                Err(error) => match patience.pause(&error) {
                    Some(pause) => sleep(pause).await,
                    None => return Err(error),
                },
            }
        }
    }
}

impl Lock {
    /// The variable as it was when the lock was taken, or when it was written last by [`Lock::write`].
    pub fn variable(&self) -> &Variable {
        &self.variable
    }

    /// Names the hold; to be kept by those who want to take the lock again after a crash.
    pub fn id(&self) -> &LockId {
        &self.releaser.id
    }

    /// For how long the lock is surely held without another renewal.
    pub fn remaining(&self) -> Duration {
        self.lease.end().saturating_duration_since(Instant::now())
    }

    /// Does the work and renews the lock while it lasts. The work is dropped, wherever it is, before anybody else can
    /// have the lock.
    ///
    /// The lock is renewed each third of its TTL. A renewal that fails is tried again until the lock must count as lost.
    /// Dropping this future drops the work and leaves the lock held until its TTL is over, or until it is released.
    ///
    /// Work that blocks its thread can neither be stopped nor the lock be renewed meanwhile.
    ///
    /// # Errors
    /// When the lock was lost.
    pub async fn hold<T>(&mut self, work: impl Future<Output = T>) -> Result<T, LockLost> {
        let releaser = &self.releaser;
        let renew = || async {
            let kept: VariableStub = releaser.client.fetch(releaser.request("lock-renew")?).await?;
            Ok(kept.lock.and_then(|lock| lock.ttl))
        };
        guard(&mut self.lease, renew, work).await.map_err(|(taken, cause)| LockLost {
            path: releaser.path.clone(),
            taken,
            cause,
        })
    }

    /// Renews the lock now.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it was lost.
    pub async fn renew(&mut self) -> Result<()> {
        let sent = Instant::now();
        let kept: VariableStub = self.releaser.client.fetch(self.releaser.request("lock-renew")?).await?;
        self.lease.renewed(sent, kept.lock.and_then(|lock| lock.ttl));
        Ok(())
    }

    /// Writes other items to the variable, as only the holder of the lock can.
    ///
    /// It takes the lock again: a plain write of the holder resets the TTL to the server's own, behind its back.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the lock was lost.
    pub async fn write(&mut self, items: Items) -> Result<()> {
        let mut options = LockOptions::new().with_id(self.releaser.id.clone()).with_ttl(self.lease.ttl);
        options.delay = self.delay;
        let request = acquire_request(&self.releaser.path, None, &items, &options)?;
        let sent = Instant::now();
        self.variable = self.releaser.client.fetch(request).await?;
        self.lease.renewed(sent, self.variable.lock.as_ref().and_then(|lock| lock.ttl));
        Ok(())
    }

    /// What gives the lock back even when this value is gone with a future that was dropped.
    ///
    /// ```no_run
    /// # async fn work() {}
    /// # async fn example(nomad: nomad_client::Client, deadline: std::time::Duration)
    /// #     -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(mut lock) = nomad.variables().lock("jobs/leader").await? {
    ///     let releaser = lock.releaser();
    ///     let done = tokio::time::timeout(deadline, async move { lock.hold(work()).await }).await;
    ///     releaser.release().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn releaser(&self) -> Releaser {
        self.releaser.clone()
    }

    /// Gives the lock back, so that others get it at once.
    ///
    /// # Errors
    /// When the server gives no usable answer; the lock is then free after its TTL.
    pub async fn release(self) -> Result<()> {
        self.releaser.release().await
    }
}

impl Releaser {
    fn request(&self, operation: &str) -> Result<crate::transport::Request> {
        kept_request(operation, &self.path, None, &self.id)
    }

    /// Gives the lock back. One that is no longer held is fine too.
    ///
    /// # Errors
    /// When the server gives no usable answer; the lock is then free after its TTL.
    pub async fn release(self) -> Result<()> {
        match self.client.execute(self.request("lock-release")?).await {
            Err(error) if error.is_conflict() || error.is_not_found() => Ok(()),
            result => result,
        }
    }
}

/// How long a lock is surely held.
#[derive(Clone, Copy, Debug)]
struct Lease {
    ttl: Duration,
    /// Right before the last call was sent that was answered well.
    confirmed: Instant,
    /// When it is tried to renew it.
    due: Instant,
}

impl Lease {
    fn new(confirmed: Instant, ttl: Duration) -> Self {
        Self { ttl, confirmed, due: confirmed + ttl / 3 }
    }

    fn renewed(&mut self, sent: Instant, ttl: Option<Duration>) {
        *self = Self::new(sent, ttl.unwrap_or(self.ttl));
    }

    /// A renewal failed at this time.
    fn failed(&mut self, now: Instant) {
        self.due = now + (self.ttl / 20).min(Duration::from_secs(1));
    }

    /// From then on it counts as lost; a little early, since dropping the work takes time.
    fn end(&self) -> Instant {
        self.confirmed + self.ttl - (self.ttl / 10).min(Duration::from_secs(1))
    }
}

enum Step<T> {
    Done(T),
    Renewed(Instant, Result<Option<Duration>>),
    Over,
}

/// Drives the work and the renewals. The error says whether the lock is surely lost.
async fn guard<T, R: Future<Output = Result<Option<Duration>>>>(
    lease: &mut Lease,
    mut renew: impl FnMut() -> R,
    work: impl Future<Output = T>,
) -> Result<T, (bool, Option<Error>)> {
    let mut work = pin!(work);
    let mut cause = None;
    loop {
        let (due, end) = (lease.due, lease.end());
        let mut over = pin!(sleep_until(end));
        let mut renewal = pin!(async {
            sleep_until(due).await;
            let sent = Instant::now();
            match timeout_at(end, renew()).await {
                Ok(result) => (sent, result),
                // The other future wakes up at the same time.
                Err(_) => std::future::pending().await,
            }
        });
        let step = poll_fn(|context| {
            // First of all, so that the work makes not one step more.
            if over.as_mut().poll(context).is_ready() {
                return Poll::Ready(Step::Over);
            }
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Step::Done(done));
            }
            renewal.as_mut().poll(context).map(|(sent, result)| Step::Renewed(sent, result))
        });
        match step.await {
            Step::Done(done) => return Ok(done),
            Step::Over => return Err((false, cause)),
            Step::Renewed(sent, Ok(ttl)) => {
                lease.renewed(sent, ttl);
                cause = None;
            }
            Step::Renewed(_, Err(error)) if error.is_conflict() || error.is_not_found() => {
                return Err((true, Some(error)));
            }
            Step::Renewed(_, Err(error)) => {
                lease.failed(Instant::now());
                cause = Some(error);
            }
        }
    }
}

#[cfg(test)]
mod tests;
