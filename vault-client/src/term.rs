//! When something that ends has to be renewed: one rule for tokens and for leases. No clock and no I/O is in here.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::Instant;

/// The first pause after a failed renewal; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a failed renewal.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Without an end in sight it is still worth to look once in a while.
const FOR_EVER: Duration = Duration::from_secs(30 * 86_400);

/// A life that ends, and when to do something about it.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// None for ever.
    ends: Option<Instant>,
    ttl: Duration,
    due: Instant,
    failures: u32,
    /// Whether a renewal can still move the end.
    movable: bool,
}

impl Term {
    /// A life that begins now; a `ttl` of zero means for ever.
    pub(crate) fn new(now: Instant, ttl: Duration, renewable: bool) -> Self {
        Self::with_jitter(now, ttl, renewable, jitter())
    }

    fn with_jitter(now: Instant, ttl: Duration, renewable: bool, jitter: f64) -> Self {
        // An end that no clock can show never comes.
        let ends = Some(ttl).filter(|ttl| !ttl.is_zero()).and_then(|ttl| now.checked_add(ttl));
        let due = match ends {
            // At two thirds, or a little before, so that many clients do not come at once.
            Some(_) => now + ttl.mul_f64(0.6 + jitter / 15.0),
            None => now + FOR_EVER,
        };
        Self { ends, ttl, due, failures: 0, movable: renewable }
    }

    /// When to act: renew, or replace what cannot be renewed.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// When it ends; none for ever.
    pub(crate) fn ends(&self) -> Option<Instant> {
        self.ends
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    /// Whether a renewal makes sense; otherwise it has to be replaced.
    pub(crate) fn can_be_renewed(&self) -> bool {
        self.movable && self.ends.is_some()
    }

    /// Takes what a renewal granted. The server may grant less than before, down to nothing when the longest life is
    /// reached: then no further renewal helps.
    pub(crate) fn renewed(&mut self, now: Instant, ttl: Duration, renewable: bool) {
        let before = self.ends;
        let (full, mut term) = (self.ttl, Self::new(now, ttl, renewable));
        if let (Some(before), Some(after)) = (before, term.ends) {
            // What was granted is cut short by the longest life, or moved nothing.
            term.movable = renewable && after > before + full / 20 && ttl + full / 20 >= full;
        }
        // The measure stays what was granted at first.
        term.ttl = full.max(ttl);
        *self = term;
    }

    /// Puts off the next try after a failed one, never beyond the end.
    pub(crate) fn failed(&mut self, now: Instant) {
        let pause = pause_after(self.failures);
        self.failures = self.failures.saturating_add(1);
        let left = self.ends.map_or(FOR_EVER, |ends| ends.saturating_duration_since(now));
        // Near the end half of what is left, but never so often that it becomes a loop.
        let shortest = (self.ttl / 20).clamp(Duration::from_millis(500), 2 * FIRST_PAUSE);
        self.due = now + pause.min(left / 2).max(shortest);
    }
}

/// The pause after so many failures in a row.
pub(crate) fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(6)).min(LONGEST_PAUSE)
}

/// Between 0 and 1, another each time.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0_u8) >> 40;
    #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
    let part = random as f64 / (1_u64 << 24) as f64;
    part
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::time::Instant;

    use super::Term;

    proptest! {
        #[test]
        fn peer_d9_a_renewal_is_always_due_before_the_end(millis in 2_000_u64..=3_600_000, jitter in 0.0_f64..1.0) {
            let (now, ttl) = (Instant::now(), Duration::from_millis(millis));
            let term = Term::with_jitter(now, ttl, true, jitter);
            prop_assert!(term.due() < now + ttl);
            prop_assert!(term.due() >= now + ttl.mul_f64(0.59) && term.due() <= now + ttl.mul_f64(0.67));
        }

        #[test]
        fn failures_are_few_and_the_last_is_before_the_end(seconds in 30_u64..=3_600) {
            let mut now = Instant::now();
            let mut term = Term::new(now, Duration::from_secs(seconds), true);
            let end = term.ends().unwrap();
            let (mut tries, mut in_30_seconds) = (0, 0);
            let first = term.due();
            now = first;
            while now < end {
                tries += 1;
                in_30_seconds += u32::from(now < first + Duration::from_secs(30));
                term.failed(now);
                prop_assert!(term.due() >= now + Duration::from_millis(500));
                now = term.due();
            }
            prop_assert!(in_30_seconds <= 8, "{in_30_seconds}");
            prop_assert!((1..=40).contains(&tries), "{tries}");
        }
    }

    #[test]
    fn what_cannot_be_moved_any_more_is_not_renewed_for_ever() {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let mut term = Term::new(now, seconds(60), true);
        assert!(term.can_be_renewed());
        term.renewed(now + seconds(40), seconds(60), true);
        assert!(term.can_be_renewed());
        // The longest life of 120 s cuts the next one.
        term.renewed(now + seconds(80), seconds(40), true);
        assert!(!term.can_be_renewed() && !term.is_over(now + seconds(119)));
        assert!(term.is_over(now + seconds(120)));
        // A periodic token grants the same for ever, a root token has no end.
        let mut periodic = Term::new(now, seconds(60), true);
        for round in 1..100 {
            periodic.renewed(now + seconds(40 * round), seconds(60), true);
            assert!(periodic.can_be_renewed());
        }
        let root = Term::new(now, Duration::ZERO, false);
        assert!(root.ends().is_none() && !root.is_over(now + seconds(1_000_000_000)) && !root.can_be_renewed());
    }
}
