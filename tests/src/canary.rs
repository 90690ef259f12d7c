//! Looks for secrets in all that is logged in this process, and in all that the programs under test say.
//!
//! What is a secret is known in three ways: a test has planted it, it begins with [`PREFIX`], or an SDK writes
//! `(redacted)` in its place. One that comes to be known late is found in what was logged before, too.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::lossless::REDACTED;
use crate::{coverage, stack};

/// How every secret begins that a test makes up: it may be seen nowhere.
pub const PREFIX: &str = "canary-";

/// What is shorter is found everywhere.
const SHORTEST: usize = 12;

/// No test runs longer.
const LIMIT: Duration = Duration::from_secs(290);

/// Everything that was logged or said, and what must not be in it.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    text: String,
    secrets: BTreeSet<String>,
}

/// The one of this process.
pub fn journal() -> &'static Journal {
    static JOURNAL: OnceLock<Journal> = OnceLock::new();
    JOURNAL.get_or_init(Journal::default)
}

impl Journal {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was said.
    pub fn write(&self, text: &str) {
        let mut pages = self.pages();
        pages.text.push_str(text);
        pages.text.push('\n');
    }

    /// Names a secret. Of one with several lines, such as a private key, each line is one.
    pub fn plant(&self, secret: &str) {
        let lines = secret.lines().filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"));
        self.pages().secrets.extend(lines.map(str::to_owned));
    }

    /// Names the secrets of an answer: what was written again as `(redacted)`.
    pub fn plant_redacted(&self, sent: &Value, kept: &Value) {
        match (sent, kept) {
            (Value::String(sent), Value::String(kept)) if kept == REDACTED => self.plant(sent),
            (Value::Array(sent), Value::Array(kept)) => {
                sent.iter().zip(kept).for_each(|(sent, kept)| self.plant_redacted(sent, kept));
            }
            (Value::Object(sent), Value::Object(kept)) => {
                for (name, sent) in sent {
                    kept.get(name).into_iter().for_each(|kept| self.plant_redacted(sent, kept));
                }
            }
            _ => {}
        }
    }

    /// Whether a text stands there.
    pub fn has(&self, text: &str) -> bool {
        self.pages().text.contains(text)
    }

    /// How many secrets are looked for.
    pub fn planted(&self) -> usize {
        self.pages().secrets.len()
    }

    /// Where a secret stands; in place of the secrets themselves stands something else.
    pub fn sightings(&self) -> Vec<String> {
        let pages = self.pages();
        let mut seen: Vec<&str> = pages.secrets.iter().map(String::as_str).collect();
        seen.push(PREFIX);
        seen.retain(|secret| pages.text.contains(secret));
        let lines = pages.text.lines().filter(|line| seen.iter().any(|secret| line.contains(secret)));
        lines.map(|line| seen.iter().fold(line.to_owned(), |line, secret| line.replace(secret, "<secret>"))).collect()
    }
}

/// Writes down every event, and every span with its fields.
impl<S: Subscriber> Layer<S> for Journal {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        let mut line = Line::new(metadata.target(), metadata.name());
        attributes.record(&mut line);
        self.write(&line.0);
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        values.record(&mut line);
        self.write(&line.0);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::new(event.metadata().target(), event.metadata().name());
        event.record(&mut line);
        self.write(&line.0);
    }
}

/// What libraries log that know nothing of spans.
impl log::Log for Journal {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.write(&format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[derive(Default)]
struct Line(String);

impl Line {
    fn new(target: &str, name: &str) -> Self {
        Self(format!("{target} {name}"))
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        // As it is: a text in quotes would be escaped.
        write!(self.0, " {}={value}", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

/// Lets the journal have what libraries log; what is traced it gets as a layer of the subscriber.
pub(crate) fn listen() {
    log::set_boxed_logger(Box::new(journal().clone())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
}

/// For the last test of a binary: waits for the end of all others, and fails if a secret was seen until then.
///
/// # Panics
/// As said.
pub fn none_seen() {
    coverage::record();
    let begun = Instant::now();
    loop {
        // All others have been started when the last is; at first, some perhaps only just now.
        std::thread::sleep(Duration::from_secs(1));
        if stack::running() == 0 || begun.elapsed() > LIMIT {
            break;
        }
    }
    let decoy = "a decoy, logged on purpose";
    tracing::trace!(decoy);
    assert!(journal().has(decoy), "nothing that is logged would be seen");
    println!("{} secrets were looked for", journal().planted());
    assert_eq!(journal().sightings(), Vec::<String>::new(), "secrets were logged or said");
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{Journal, PREFIX};

    const SECRET: &str = "correct horse battery staple";

    /// What is seen when this is done.
    fn seen(journal: &Journal, log: impl FnOnce()) -> Vec<String> {
        let subscriber = tracing_subscriber::registry().with(journal.clone());
        tracing::subscriber::with_default(subscriber, log);
        journal.sightings()
    }

    #[test]
    fn a_secret_that_is_logged_is_seen_wherever_it_stands() {
        let ways: [fn(); 7] = [
            || tracing::trace!("it is {SECRET}"),
            || tracing::trace!(token = SECRET, "it is"),
            || tracing::error!(token = ?Some(SECRET), "it is"),
            || tracing::trace!(error = &std::io::Error::other(SECRET) as &dyn std::error::Error),
            || drop(tracing::trace_span!("call", token = SECRET)),
            || {
                tracing::trace_span!("call", token = tracing::field::Empty).record("token", SECRET);
            },
            || tracing::trace!("it is {PREFIX}1"),
        ];
        for (place, way) in ways.into_iter().enumerate() {
            let journal = Journal::default();
            journal.plant(SECRET);
            let seen = seen(&journal, way);
            assert!(seen.len() == 1 && seen[0].contains("<secret>") && !seen[0].contains(SECRET), "{place}: {seen:?}");
        }
        let journal = Journal::default();
        journal.plant(SECRET);
        let arguments = format_args!("it is {SECRET}");
        log::Log::log(&journal, &log::Record::builder().args(arguments).build());
        assert_eq!(journal.sightings(), [" it is <secret>"]);
    }

    #[test]
    fn one_that_is_known_late_is_seen_and_what_is_none_is_not() {
        let journal = Journal::default();
        assert_eq!(seen(&journal, || tracing::trace!("it is {SECRET}, or {SECRET}-2")), Vec::<String>::new());
        assert!(journal.has(SECRET));
        let sent = json!({"a": [{"b": SECRET, "c": "it is what it is", "d": "short"}], "e": {"f": "another secret"}});
        let kept = json!({"a": [{"b": "(redacted)", "c": "it is what it is", "d": "(redacted)"}], "e": "(redacted)"});
        journal.plant_redacted(&sent, &kept);
        assert_eq!((journal.planted(), journal.sightings().len()), (1, 1));
        journal.plant("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n");
        assert_eq!(journal.planted(), 2);
    }
}
