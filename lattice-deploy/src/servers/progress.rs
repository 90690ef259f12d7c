use std::{path::Path, time::Duration};

use super::{Product, Version};

/// Hears what happens while a server is found or built; the caller decides what of it to show.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// Hears nothing.
impl Progress for () {
    fn event(&self, _: Event<'_>) {}
}

impl<F: Fn(Event<'_>) + Send + Sync> Progress for F {
    fn event(&self, event: Event<'_>) {
        self(event);
    }
}

/// What happened while a server was found or built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A usable program is there.
    Found {
        /// The server.
        product: Product,
        /// The program.
        path: &'a Path,
        /// Its version.
        version: Version,
        /// Where it was found.
        origin: Origin,
    },
    /// A program on the search path is not usable.
    Skipped {
        /// The server.
        product: Product,
        /// The program.
        path: &'a Path,
        /// Why it is not usable.
        reason: &'a str,
    },
    /// Another process builds the same program; it is waited for.
    Waiting {
        /// The server.
        product: Product,
    },
    /// A build begins.
    Building {
        /// The server.
        product: Product,
        /// The version that is built.
        version: Version,
        /// How long a first build takes on two cores.
        minutes: u32,
    },
    /// A line that the Go client printed.
    Detail {
        /// The server.
        product: Product,
        /// For example `go: downloading …`, or the package that is being compiled.
        line: &'a str,
    },
    /// The build or the wait goes on; comes every few seconds.
    Tick {
        /// The server.
        product: Product,
        /// The time since it began.
        elapsed: Duration,
    },
    /// The build ended well.
    Built {
        /// The server.
        product: Product,
        /// The program.
        path: &'a Path,
        /// How long it took.
        elapsed: Duration,
    },
}

/// Where a program was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Named by the environment variable [`Product::variable`].
    Variable,
    /// Found on the search path.
    SearchPath,
    /// Built before.
    Cache,
    /// Built just now.
    Build,
}
