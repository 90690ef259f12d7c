use std::{io, path::PathBuf, time::Duration};

use super::{Product, Version, process::Exited};

/// What finding, building, starting or stopping a server can end with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program that the environment variable names does not run as that server.
    #[error("{} names {}: {reason}", product.variable(), path.display())]
    Explicit {
        /// The server.
        product: Product,
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("no place for the cache: set XDG_CACHE_HOME or HOME to an absolute path")]
    NoCache,
    /// There is no Go to build with.
    #[error(
        "{product} is not installed and there is no Go to build it: install Go {needed} or newer, \
         or set {} / put {} on PATH", product.variable(), product.name()
    )]
    NoGo {
        /// The server.
        product: Product,
        /// The Go version that the module asks for.
        needed: Version,
    },
    /// Go is too old to build with.
    #[error(
        "{product} is not installed and Go is too old to build it ({found}): install Go {needed} or newer, \
         or set {} / put {} on PATH", product.variable(), product.name()
    )]
    OldGo {
        /// The server.
        product: Product,
        /// What `go version` says.
        found: String,
        /// The Go version that the module asks for.
        needed: Version,
    },
    /// The build failed.
    #[error("{product} {} did not build ({status}):\n{output}", product.pinned())]
    Build {
        /// The server.
        product: Product,
        /// How the Go client ended.
        status: String,
        /// Its last lines.
        output: String,
    },
    /// A file or a process could not be handled.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// All blocks of ports are taken by other stacks.
    #[error("no free ports: all {blocks} blocks below {} are taken by other stacks", folder.display())]
    NoBlock {
        /// How many there are.
        blocks: u16,
        /// Where they are locked.
        folder: PathBuf,
    },
    /// A block has no free port left.
    #[error("no free port left between {first} and {last}")]
    NoPort {
        /// The first port of the block.
        first: u16,
        /// The last port of the block.
        last: u16,
    },
    /// A path cannot be written in a configuration file.
    #[error("the path {} is not UTF-8", .0.display())]
    Path(PathBuf),
    /// The guardian did not do what it was asked for.
    #[error("the guardian of {product}: {reason}")]
    Guard {
        /// The server.
        product: Product,
        /// What happened.
        reason: String,
    },
    /// The server ended by itself.
    #[error("{product} {exited}")]
    Exited {
        /// The server.
        product: Product,
        /// How, and what it said last.
        exited: Exited,
    },
    /// Something took longer than it may.
    #[error("{product} did not {action} within {} s", limit.as_secs())]
    Timeout {
        /// The server.
        product: Product,
        /// What was waited for.
        action: &'static str,
        /// How long.
        limit: Duration,
    },
}

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what was tried on which path when it fails.
pub(super) trait Context<T> {
    fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T>;
}

impl<T, E: Into<io::Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T> {
        self.map_err(|source| Error::Io { action, path: path.into(), source: source.into() })
    }
}
