//! When a call is tried again, and after what pause.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::error::{ApiError, Error, TransportKind};

/// Pauses between tries: they double, with jitter, from 100 ms to at most 2 s.
pub(crate) fn schedule(retries: usize) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(retries)
        .with_jitter()
        .build()
}

/// Whether to try again after this error.
///
/// What was never sent, or was refused for its rate, may always be sent again. Anything else may have been carried
/// out already, so it is repeated only where repeating changes nothing.
pub(crate) fn allowed(error: &Error, idempotent: bool) -> bool {
    match error {
        Error::Transport(error) => match error.kind {
            TransportKind::Connect => true,
            TransportKind::Broken | TransportKind::Truncated => idempotent,
            _ => false,
        },
        Error::Api(error) if error.reason.is_rate_limited() => true,
        Error::Api(error) => {
            idempotent
                && (error.reason.is_transient() || matches!(error.status, 502..=504 if error.messages.is_empty()))
        }
        _ => false,
    }
}

/// Whether another server may do better: this one cannot be reached, or knows no leader to ask.
pub(crate) fn belongs_elsewhere(error: &Error, idempotent: bool) -> bool {
    match error {
        Error::Transport(error) => {
            error.kind == TransportKind::Connect || (idempotent && error.kind == TransportKind::Broken)
        }
        Error::Api(error) if error.status >= 500 => allowed_elsewhere(error, idempotent),
        _ => false,
    }
}

fn allowed_elsewhere(error: &ApiError, idempotent: bool) -> bool {
    let down = error.reason.is_no_leader() || matches!(error.status, 502..=504);
    down && idempotent && !error.reason.is_rate_limited()
}

/// The pause before the next try: the server's own wish where it gave one.
pub(crate) fn pause(error: &Error, scheduled: Duration) -> Duration {
    match error {
        Error::Api(error) => error.retry_after.map_or(scheduled, |wish| wish.max(scheduled)),
        _ => scheduled,
    }
}

#[cfg(test)]
mod tests {
    use super::schedule;
    use std::time::Duration;

    #[test]
    fn pauses_are_bounded_in_count_and_length() {
        let pauses: Vec<Duration> = schedule(8).collect();
        assert_eq!(pauses.len(), 8);
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(4)), "{pauses:?}");
        assert!(pauses[0] >= Duration::from_millis(100));
    }
}
