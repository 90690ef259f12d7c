//! How long a stream goes on trying while its server cannot be reached.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::error::Error;
use crate::reason::Reason;

/// How long it goes on unless told otherwise: longer than an election or the restart of a server.
pub(crate) const USUAL: Duration = Duration::from_secs(300);

/// A server that just began knows no token for a moment, so that a refusal after a success must last to count.
const FORGETFUL: Duration = Duration::from_secs(10);

/// The tries since the stream last worked.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    /// Whether it ever worked.
    worked: bool,
    trouble: Option<(Instant, ExponentialBackoff)>,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, worked: false, trouble: None }
    }

    /// It works again.
    pub(crate) fn calm(&mut self) {
        self.worked = true;
        self.trouble = None;
    }

    /// The pause before the next try; none when another makes no sense.
    pub(crate) fn pause(&mut self, error: &Error) -> Option<Duration> {
        let limit = if may_pass(error) {
            self.limit
        } else if error.is_denied() && self.worked {
            self.limit.min(FORGETFUL)
        } else {
            return None;
        };
        self.next_pause(limit)
    }

    fn next_pause(&mut self, limit: Duration) -> Option<Duration> {
        let (since, pauses) = self.trouble.get_or_insert_with(|| (Instant::now(), schedule()));
        let pause = pauses.next()?;
        (since.elapsed() + pause <= limit).then_some(pause)
    }
}

/// Pauses double, with jitter, from a quarter of a second to 15 seconds.
fn schedule() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(Duration::from_secs(15))
        .without_max_times()
        .with_jitter()
        .build()
}

/// A server that fails or a node that is away may be well again; a refusal stays one.
fn may_pass(error: &Error) -> bool {
    error.is_retryable() || matches!(error.reason(), Some(Reason::Server | Reason::NoPathToNode))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Patience;
    use crate::reason::Reason;
    use crate::said;
    use crate::transport::Request;

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_time_or_with_a_refusal() {
        let request = Request::get("/v1/event/stream", []).unwrap();
        let error = |reason| said::with_reason(&request, String::new(), reason);
        let mut patience = Patience::new(Duration::from_secs(60));
        assert_eq!(patience.pause(&error(Reason::PermissionDenied)), None);
        let begun = tokio::time::Instant::now();
        while let Some(pause) = patience.pause(&error(Reason::NoLeader)) {
            tokio::time::sleep(pause).await;
        }
        assert!(
            (Duration::from_secs(20)..=Duration::from_secs(60)).contains(&begun.elapsed()),
            "{:?}",
            begun.elapsed()
        );
        patience.calm();
        assert!(patience.pause(&error(Reason::Server)).unwrap() < Duration::from_secs(1));
        patience.calm();
        let begun = tokio::time::Instant::now();
        while let Some(pause) = patience.pause(&error(Reason::PermissionDenied)) {
            tokio::time::sleep(pause).await;
        }
        assert!((Duration::from_secs(2)..=Duration::from_secs(10)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }
}
