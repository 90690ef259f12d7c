//! How fast a watch may ask; pure but for the jitter of its pauses.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// So many queries may follow one another at once.
const BURST: u32 = 2;
/// And each one more needs this much time.
const REFILL: Duration = Duration::from_millis(500);
/// How often to read what cannot be waited on.
const POLL: Duration = Duration::from_secs(5);
/// The pause after a first error; it doubles with each, with jitter.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Pace {
    /// When the bucket is full again.
    full: Instant,
    not_before: Instant,
    backoff: Option<ExponentialBackoff>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { full: now, not_before: now, backoff: None }
    }

    /// When the next query may be sent; takes its token out of the bucket.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let due = self.full.checked_sub(REFILL * (BURST - 1)).unwrap_or(now);
        let at = due.max(self.not_before).max(now);
        self.full = self.full.max(at) + REFILL;
        at
    }

    pub(super) fn succeeded(&mut self) {
        self.backoff = None;
    }

    pub(super) fn poll(&mut self, now: Instant) {
        self.not_before = now + POLL;
    }

    pub(super) fn failed(&mut self, now: Instant, wish: Option<Duration>) {
        let pause = self.backoff.get_or_insert_with(schedule).next().unwrap_or(LONGEST);
        let pause = wish.map_or(pause, |wish| wish.max(pause));
        self.not_before = now.checked_add(pause).unwrap_or(now + LONGEST);
    }
}

fn schedule() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST)
        .with_max_delay(LONGEST)
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::time::Instant;

    use super::{LONGEST, POLL, Pace, REFILL};

    #[test]
    fn t04_two_may_follow_at_once_and_then_the_rate_counts() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let asked: Vec<Duration> = (0..4).map(|_| pace.next(now) - now).collect();
        assert_eq!(asked, [Duration::ZERO, Duration::ZERO, REFILL, REFILL * 2]);
        let later = now + Duration::from_secs(60);
        assert_eq!([pace.next(later), pace.next(later), pace.next(later)], [later, later, later + REFILL]);
    }

    #[test]
    fn pauses_grow_with_errors_and_end_with_success() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let pauses: Vec<Duration> = (0..12)
            .map(|_| {
                pace.failed(now, None);
                pace.not_before - now
            })
            .collect();
        assert!(pauses[0] >= Duration::from_secs(1) && pauses[0] < Duration::from_secs(3), "{pauses:?}");
        assert!(pauses[11] >= LONGEST && pauses[11] <= LONGEST * 2, "{pauses:?}");
        pace.succeeded();
        pace.failed(now, None);
        assert!(pace.not_before - now < Duration::from_secs(3));
        pace.failed(now, Some(Duration::from_secs(99)));
        assert_eq!(pace.not_before - now, Duration::from_secs(99));
        pace.failed(now, Some(Duration::MAX));
        pace.poll(now);
        assert_eq!(pace.next(now) - now, POLL);
    }

    proptest! {
        #[test]
        fn no_more_than_the_rate_in_any_time(steps in prop::collection::vec(0_u64..2_000, 1..60)) {
            let start = Instant::now();
            let mut pace = Pace::new(start);
            let mut now = start;
            let mut sent = Vec::new();
            for step in steps {
                now = pace.next(now + Duration::from_millis(step));
                sent.push(now);
            }
            for pair in sent.windows(4) {
                prop_assert!(pair[3] - pair[0] >= REFILL * 2);
            }
        }
    }
}
