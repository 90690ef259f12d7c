//! A typed, async client for the HashiCorp Vault HTTP API.
//!
//! ```no_run
//! # async fn example() -> vault_client::Result<()> {
//! use vault_client::{Client, Config};
//! use vault_client::kv2::Fields;
//!
//! let vault = Client::new(&Config::from_env()?)?;
//! let secrets = vault.kv2("secret");
//! secrets.put("latticedb/production", &Fields::from([("password", "correct horse")])).await?;
//! for name in secrets.list("latticedb").await? {
//!     println!("there is a secret {name}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Client`] is cheap to clone; all clones share one pool of connections. No call starts a task of its own: to
//! cancel a call, drop its future. Tokens, keys and credentials are never part of an error, a log line or the `Debug`
//! text of a type.

#[macro_use]
pub mod wire;
#[macro_use]
mod object;

pub mod approle;
#[cfg(feature = "snapshot")]
mod archive;
pub mod auth;
mod client;
mod codec;
pub mod config;
#[cfg(test)]
mod config_tests;
mod credential;
pub mod database;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::transport::fuzzing::{lines, path};
}
pub mod identity;
pub mod jwt;
mod keeper;
pub mod kv1;
pub mod kv2;
mod leased;
#[cfg(feature = "lossless")]
#[doc(hidden)]
pub mod lossless;
mod meta;
pub mod pki;
mod product;
pub mod raw;
mod reason;
pub mod session;
pub mod sys;
mod term;
pub mod token;
pub mod transit;
mod transport;
#[cfg(test)]
mod traps_tests;
mod wrapped;

pub use self::auth::Auth;
pub use self::client::Client;
pub use self::config::Config;
pub use self::credential::{Credential, Issued, Provider, Token, TokenFuture};
pub use self::error::{ApiError, ConfigError, DecodeError, Error, RequestError, Result, TransportError, TransportKind};
pub use self::keeper::LeaseEvent;
pub use self::leased::{Lease, Leased};
pub use self::meta::{Answer, Meta};
pub use self::reason::Reason;
pub use self::wrapped::{WrapInfo, Wrapped};
