//! One run: lock, state, checks, what counts, and who is told.

use std::future::Future;

use jiff::Timestamp;
use lattice_deploy::clients::Clients;
use lattice_deploy::health::format::{Human, Report, human, json, nagios, prometheus};
use lattice_deploy::health::{Status, check};

use crate::files;
use crate::layers::Lookup;
use crate::lock::{self, Lock};
use crate::ping::Ping;
use crate::settings::{Format, Say, Settings};

/// What a run leaves.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// For standard output; none when there is nothing to say.
    pub(crate) output: Option<String>,
    /// For standard error: what concerns the probe itself.
    pub(crate) notes: Vec<String>,
    /// The exit code.
    pub(crate) code: u8,
}

impl Said {
    /// The probe could not do its work.
    pub(crate) fn unknown(why: &str) -> Self {
        Self { output: Some(format!("UNKNOWN: {why}\n")), notes: Vec::new(), code: Status::Unknown.exit_code() }
    }
}

/// Makes one run, or says by what it was stopped.
pub(crate) async fn run(
    settings: &Settings,
    lookup: Lookup<'_>,
    colour: bool,
    stop: impl Future<Output = &'static str>,
) -> Result<Said, &'static str> {
    tokio::select! {
        biased;
        said = Box::pin(whole(settings, lookup, colour)) => Ok(said),
        signal = stop => Err(signal),
    }
}

async fn whole(settings: &Settings, lookup: Lookup<'_>, colour: bool) -> Said {
    // A timer that is over at once still waits for the next tick of the clock, which is most of a quick run.
    if !settings.jitter.is_zero() {
        tokio::time::sleep(jitter(settings.jitter)).await;
    }
    let mut skipped_runs = 0;
    let _lock = match settings.lock.as_ref().map(|lock| lock::take(&lock.path)).transpose() {
        Ok(Some(Lock::Held)) if settings.lock.as_ref().is_some_and(|lock| lock.fail) => {
            return Said::unknown("another run is going on");
        }
        Ok(Some(Lock::Held)) => return Said::default(),
        Ok(Some(Lock::Ours { skipped, file })) => {
            skipped_runs = skipped;
            Some(file)
        }
        Ok(None) => None,
        Err(error) => return Said::unknown(&format!("the lock cannot be taken: {error}")),
    };
    let (clients, ping) = match (Clients::from_lookup_with(lookup, settings.patience), Ping::of(settings, lookup)) {
        (Ok(clients), Ok(ping)) => (clients, ping),
        (Err(error), _) => return Said::unknown(&describe(&error)),
        (_, Err(error)) => return Said::unknown(&error),
    };
    locked(settings, &clients, ping.as_ref(), skipped_runs, colour).await
}

/// An error with the causes that its own text does not repeat.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}

async fn locked(settings: &Settings, clients: &Clients, ping: Option<&Ping>, skipped_runs: u64, colour: bool) -> Said {
    let mut notes = Vec::new();
    let (mut state, note) = match &settings.state_file {
        Some(path) => files::load_state(path),
        None => (lattice_deploy::health::state::State::new(), None),
    };
    notes.extend(note);
    let mut target = settings.target.clone();
    target.backup_seen = state.backup_seen.or(target.backup_seen);
    let began = async {
        match ping {
            Some(ping) => ping.start().await.err(),
            None => None,
        }
    };
    let (health, failed) = tokio::join!(Box::pin(check(clients, &target)), Box::pin(began));

    let previous = state.status;
    let standings = match settings.state_file {
        Some(_) => state.step(&health, Timestamp::now(), &settings.policy),
        None => std::collections::BTreeMap::new(),
    };
    let mut report = Report::new(health, standings);
    report.status = settings.severity.of(report.status);
    report.previous = previous;
    report.skipped_runs = skipped_runs;
    state.status = Some(report.status);
    if let Some(path) = &settings.state_file {
        notes.extend(files::save_state(path, &state).err());
    }
    report.notes.clone_from(&notes);

    let text = written(settings, &report, colour);
    if let Some(path) = &settings.textfile {
        let written = files::replace(path, &prometheus(&report));
        notes
            .extend(written.err().map(|error| format!("the metrics cannot be written to {}: {error}", path.display())));
    }
    let code = if settings.exit_ok { 0 } else { report.status.exit_code() };
    notes.extend(failed);
    if let Some(ping) = ping {
        notes.extend(Box::pin(ping.end(code, &text)).await.err());
    }
    Said { output: is_worth_saying(settings, &report).then_some(text), notes, code }
}

fn written(settings: &Settings, report: &Report, colour: bool) -> String {
    match settings.format {
        Format::Human => human(report, Human::new(settings.detail).with_colour(colour)),
        Format::Json => json(report),
        Format::Nagios => nagios(report),
        Format::Prometheus => prometheus(report),
    }
}

/// Cron sends a mail for every word.
fn is_worth_saying(settings: &Settings, report: &Report) -> bool {
    match settings.say {
        Say::Always => true,
        Say::Trouble => report.status != Status::Ok,
        // A recovery too.
        Say::Changes => report.has_news(),
    }
}

/// A random part of the longest delay, so that many machines do not ask at the same moment.
fn jitter(longest: std::time::Duration) -> std::time::Duration {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = RandomState::new().build_hasher().finish() >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let part = random as f64 / (1_u64 << 53) as f64;
    longest.mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::jitter;
    use std::time::Duration;

    #[test]
    fn jitter_is_within_its_bound() {
        let longest = Duration::from_secs(20);
        let delays: Vec<Duration> = (0..100).map(|_| jitter(longest)).collect();
        assert!(delays.iter().all(|delay| *delay < longest));
        assert!(delays.iter().any(|delay| *delay != delays[0]));
        assert_eq!(jitter(Duration::ZERO), Duration::ZERO);
    }
}
