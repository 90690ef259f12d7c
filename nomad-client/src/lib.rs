//! A typed, async client for the HashiCorp Nomad HTTP API.
//!
//! ```no_run
//! # async fn example() -> nomad_client::Result<()> {
//! use nomad_client::{Client, Config};
//!
//! let nomad = Client::new(&Config::from_env()?)?;
//! let job = nomad.jobs().parse(r#"job "latticedb" { … }"#).await?;
//! let registered = nomad.jobs().register(&job).await?;
//! for allocation in nomad.jobs().allocations("latticedb").await? {
//!     println!("{} is {}", allocation.name, allocation.client_status);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Client`] is cheap to clone; all clones share one pool of connections. No call starts a task of its own: to
//! cancel a call, drop its future.

#[macro_use]
pub mod wire;
#[macro_use]
mod object;

pub mod acl;
pub mod agent;
pub mod allocations;
mod client;
pub mod clients;
pub mod config;
mod credential;
pub mod deployments;
mod digest;
mod error;
pub mod evaluations;
pub mod events;
#[cfg(feature = "exec")]
pub mod exec;
pub mod files;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod job;
pub mod jobs;
pub mod jwks;
#[cfg(feature = "lossless")]
#[doc(hidden)]
pub mod lossless;
mod meta;
pub mod metrics;
pub mod namespaces;
pub mod node_pools;
pub mod nodes;
pub mod operator;
mod options;
mod pages;
mod patience;
mod product;
mod random;
pub mod raw;
mod reason;
mod regions;
mod resolve;
mod said;
pub mod scaling;
#[cfg(test)]
mod scripted;
pub mod search;
mod secret;
pub mod services;
pub mod status;
pub mod system;
mod transport;
pub mod variables;
pub mod volumes;
pub mod watch;

pub use self::client::Client;
pub use self::config::Config;
pub use self::credential::{Credential, Issued, Provider, Token, TokenFuture};
pub use self::error::{ApiError, ConfigError, DecodeError, Error, RequestError, Result, TransportError, TransportKind};
pub use self::meta::{Answer, BodyMeta, Index, Meta};
pub use self::options::{Consistency, ReadOptions};
pub use self::pages::Items;
pub use self::reason::Reason;
pub use self::resolve::Resolved;
pub use self::secret::Secret;
pub use self::watch::Watch;
