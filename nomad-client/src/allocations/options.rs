//! What calls about allocations may be told.

use crate::options::ReadOptions;
use crate::transport::Request;

/// Which of a task's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

impl LogKind {
    /// The word on the wire, and in the names of files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Where an offset counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Forwards from the oldest byte that is kept.
    #[default]
    Start,
    /// Backwards from the newest byte.
    End,
}

/// Options of [`Allocations::logs`](super::Allocations::logs) and
/// [`Allocations::stream_logs`](super::Allocations::stream_logs); everything that is kept, unless set.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LogOptions {
    origin: Origin,
    offset: u64,
}

impl LogOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// From this many bytes after the start, or before the end.
    #[must_use]
    pub fn from(mut self, origin: Origin, offset: u64) -> Self {
        self.origin = origin;
        self.offset = offset;
        self
    }

    pub(super) fn apply(&self, request: Request, task: &str, kind: LogKind) -> Request {
        let origin = match self.origin {
            Origin::Start => "start",
            Origin::End => "end",
        };
        request
            .query("task", task)
            .query("type", kind.as_str())
            .query("origin", origin)
            .query("offset", self.offset.to_string())
    }
}

/// Options of [`Allocations::list_as`](super::Allocations::list_as).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    read: ReadOptions,
    resources: bool,
    stateless: bool,
}

impl ListOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Filter, prefix, page, consistency and what else every read takes.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }

    /// With what each allocation was given.
    #[must_use]
    pub fn with_resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// Without the states of the tasks, which are the larger part of the answer.
    #[must_use]
    pub fn without_task_states(mut self) -> Self {
        self.stateless = true;
        self
    }

    pub(super) fn apply(&self, mut request: Request) -> Request {
        if self.resources {
            request = request.query("resources", "true");
        }
        if self.stateless {
            request = request.query("task_states", "false");
        }
        self.read.apply(request)
    }
}

/// As [`ListOptions::with_read`].
impl From<ReadOptions> for ListOptions {
    fn from(read: ReadOptions) -> Self {
        Self::new().with_read(read)
    }
}

/// Options of [`Allocations::stop_with`](super::Allocations::stop_with).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StopOptions {
    hurried: bool,
    reschedule: bool,
}

impl StopOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the tasks without the pause that their group or services ask for.
    #[must_use]
    pub fn without_shutdown_delay(mut self) -> Self {
        self.hurried = true;
        self
    }

    /// Counts as a failure, so that the replacement goes by the group's rules for rescheduling: another node if there is
    /// one, and not at once.
    #[must_use]
    pub fn rescheduling(mut self) -> Self {
        self.reschedule = true;
        self
    }

    pub(super) fn apply(&self, mut request: Request) -> Request {
        if self.hurried {
            request = request.query("no_shutdown_delay", "true");
        }
        if self.reschedule {
            request = request.query("reschedule", "true");
        }
        request
    }
}
