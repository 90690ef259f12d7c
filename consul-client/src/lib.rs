//! A typed, async client for the HashiCorp Consul HTTP API.
//!
//! ```no_run
//! # async fn example() -> consul_client::Result<()> {
//! use consul_client::{Client, Config};
//!
//! let consul = Client::new(&Config::from_env()?)?;
//! consul.kv().put("latticedb/config/replicas", "5").await?;
//! for pair in consul.kv().list("latticedb/").await? {
//!     println!("{} has {} bytes", pair.key, pair.value.len());
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
#[macro_use]
mod query;

pub mod acl;
pub mod agent;
#[cfg(feature = "snapshot")]
mod archive;
pub mod ca;
mod cas;
pub mod catalog;
mod client;
pub mod config;
pub mod config_entry;
pub mod coordinate;
mod credential;
pub mod discovery_chain;
mod error;
pub mod event;
pub mod filter;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::transport::fuzzing::{lines, path};
}
pub mod health;
pub mod intention;
pub mod kv;
pub mod lock;
#[cfg(feature = "lossless")]
#[doc(hidden)]
pub mod lossless;
mod meta;
pub mod operator;
mod options;
pub mod prepared_query;
mod product;
pub mod raw;
mod reason;
mod redact;
pub mod session;
pub mod sharing;
#[cfg(feature = "snapshot")]
pub mod snapshot;
pub mod status;
mod transport;
pub mod txn;
pub mod watch;

pub use self::cas::{Cas, Outcome};
pub use self::client::Client;
pub use self::config::Config;
pub use self::credential::{Credential, Issued, Provider, Token, TokenFuture};
pub use self::error::{ApiError, ConfigError, DecodeError, Error, RequestError, Result, TransportError, TransportKind};
pub use self::meta::{Answer, DefaultAclPolicy, EffectiveConsistency, Index, Meta, QueryBackend};
pub use self::options::{CacheControl, Consistency, ReadOptions};
pub use self::reason::Reason;
pub use self::watch::Watch;
