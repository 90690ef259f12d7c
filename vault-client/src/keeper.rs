//! Keeping a lease alive until its real end.

use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};
use crate::leased::Lease;
use crate::term::Term;

/// What happens to a lease that is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum LeaseEvent {
    /// It was renewed, and this is how it stands now.
    Renewed(Lease),
    /// A renewal failed. It is tried again as long as the lease lives.
    Failed {
        /// Why.
        error: Error,
        /// How long the lease still lives.
        left: Duration,
    },
    /// It cannot be made longer any more: it is time for another one.
    Ending {
        /// How long it still lives.
        left: Duration,
    },
    /// It has ended, or was revoked. Nothing follows.
    Ended,
}

/// Renews the lease with `renew` for as long as the stream is polled.
pub(crate) fn keep<F>(
    lease: Lease,
    renew: impl Fn(String) -> F + Send + Sync + 'static,
) -> impl Stream<Item = LeaseEvent> + Send
where
    F: Future<Output = Result<Lease>> + Send,
{
    let term = Term::new(Instant::now(), lease.duration, lease.renewable);
    let kept = Kept { id: lease.id, term, told: false };
    stream::unfold(Some((kept, renew)), |state| async {
        let (mut kept, renew) = state?;
        let event = kept.next(&renew).await;
        let over = matches!(event, LeaseEvent::Ended);
        Some((event, (!over).then_some((kept, renew))))
    })
}

struct Kept {
    id: String,
    term: Term,
    /// Whether the coming end was told.
    told: bool,
}

impl Kept {
    async fn next<F: Future<Output = Result<Lease>>>(&mut self, renew: &impl Fn(String) -> F) -> LeaseEvent {
        if self.told {
            self.end().await;
            return LeaseEvent::Ended;
        }
        sleep_until(self.term.due()).await;
        let now = Instant::now();
        if self.term.is_over(now) {
            return LeaseEvent::Ended;
        }
        if !self.term.can_be_renewed() {
            self.told = true;
            return LeaseEvent::Ending { left: self.left(now) };
        }
        // A renewal that outlives the lease would tell of its end too late.
        let renewal = tokio::time::timeout(self.left(now), renew(self.id.clone()));
        match renewal.await {
            Err(_) => LeaseEvent::Ended,
            Ok(Ok(lease)) => {
                self.term.renewed(Instant::now(), lease.duration, lease.renewable);
                LeaseEvent::Renewed(lease)
            }
            Ok(Err(error)) if error.is_not_found() => LeaseEvent::Ended,
            Ok(Err(error)) => {
                let now = Instant::now();
                self.term.failed(now);
                LeaseEvent::Failed { error, left: self.left(now) }
            }
        }
    }

    fn left(&self, now: Instant) -> Duration {
        self.term.ends().map_or(Duration::MAX, |ends| ends.saturating_duration_since(now))
    }

    async fn end(&self) {
        match self.term.ends() {
            Some(ends) => sleep_until(ends).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use tokio::time::Instant;

    use super::{LeaseEvent, keep};
    use crate::error::{Error, Result};
    use crate::leased::Lease;

    fn lease(seconds: u64) -> Lease {
        Lease { id: "database/creds/web/x".to_owned(), duration: Duration::from_secs(seconds), renewable: true }
    }

    fn down() -> Result<Lease> {
        Err(Error::no_token(std::io::Error::other("the server is down")))
    }

    #[tokio::test(start_paused = true)]
    async fn peer_d9_a_server_that_is_down_for_30_seconds_is_asked_at_most_8_times() {
        let begun = Instant::now();
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let events = keep(lease(60), move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { if begun.elapsed() < Duration::from_secs(70) { down() } else { Ok(lease(60)) } }
        });
        let mut events = Box::pin(events);
        let mut failed = 0;
        while let Some(event) = events.next().await {
            match event {
                LeaseEvent::Failed { .. } => failed += 1,
                LeaseEvent::Ended => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(failed <= 8 && tries.load(Ordering::Relaxed) <= 9, "{failed}");
        assert!(begun.elapsed() <= Duration::from_secs(61), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn t21_the_longest_life_is_told_before_it_is_over() {
        let begun = Instant::now();
        let longest = Duration::from_secs(150);
        let renewals = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&renewals);
        let mut events = Box::pin(keep(lease(60), move |_| {
            seen.lock().unwrap().push(begun.elapsed());
            let granted = longest.saturating_sub(begun.elapsed()).min(Duration::from_secs(60));
            async move { Ok(Lease { duration: granted, ..lease(0) }) }
        }));
        loop {
            match events.next().await.unwrap() {
                LeaseEvent::Renewed(_) => {}
                LeaseEvent::Ending { left } => {
                    assert!(left > Duration::from_secs(5) && begun.elapsed() + left <= longest, "{left:?}");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(events.next().await, Some(LeaseEvent::Ended)));
        assert!(events.next().await.is_none());
        assert!(begun.elapsed() + Duration::from_millis(10) >= longest);
        let renewals = renewals.lock().unwrap();
        assert!((2..=4).contains(&renewals.len()), "{renewals:?}");
    }
}
