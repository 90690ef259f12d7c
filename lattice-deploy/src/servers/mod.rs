//! Finds, builds, starts and stops real Consul, Vault and Nomad servers.
//!
//! - [`binary`] finds a server on this machine or builds it from its pinned Go module,
//! - [`ports`] reserves what several stacks on one machine must not share,
//! - [`settings`] renders the servers' configuration files,
//! - [`guard`] and [`process`] run a server so that nothing of it outlives its owner.
//!
//! Nothing here speaks HTTP: whether a server is ready, and how it is bootstrapped, is asked through the SDK crates.

pub mod binary;
mod build;
mod environment;
mod error;
pub mod guard;
mod mounts;
pub mod ports;
pub mod process;
mod product;
mod progress;
pub mod settings;
mod tree;

pub use environment::{Environment, Lookup};
pub use error::{Error, Result};
pub use product::{Product, Version};
pub use progress::{Event, Origin, Progress};
