//! What a run tells while it goes on.

use serde::Serialize;

use crate::catalogue::Key;
use crate::health::Status;
use crate::plan::Action;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A step of the plan begins.
    StepStarted {
        /// The object.
        key: Key,
        /// What is done with it.
        action: Action,
    },
    /// A step of the plan is done.
    StepDone {
        /// The object.
        key: Key,
        /// What was done with it.
        action: Action,
    },
    /// An object was taken away, or kept.
    Removed {
        /// The object.
        key: Key,
        /// Why it was kept.
        kept: Option<String>,
    },
    /// What the rollout waits for has changed.
    Waiting {
        /// How many instances are healthy.
        healthy: u64,
        /// How many there should be.
        wanted: u64,
        /// What it waits for.
        for_what: Vec<String>,
    },
    /// What the health checks say after the rollout has changed.
    Gate {
        /// The worst of them.
        status: Status,
        /// All of them in a line.
        line: String,
    },
    /// Something worth knowing.
    Note {
        /// In words.
        text: String,
    },
}

/// Who is told.
pub trait Report: Send + Sync {
    /// Takes an event. Must not block.
    fn event(&self, event: Event);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Silent;

impl Report for Silent {
    fn event(&self, _event: Event) {}
}
