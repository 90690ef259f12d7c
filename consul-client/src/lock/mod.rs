//! Locks, semaphores and elections, which are built of keys and sessions:
//! <https://developer.hashicorp.com/consul/docs/automate/session>.
//!
//! What is held belongs to a session that lives as long as it is renewed. No task does that in the background: whoever
//! holds something polls [`Lease::lost`] (or [`Lease::hold`]), which renews the session at half of its time to live and
//! ends when the hold is lost. A leader election or a restart of a server within the time to live is no loss.
//!
//! ```no_run
//! # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
//! let mut lease = consul.lock("app/migration").acquire().await?;
//! match lease.hold(async { /* the work */ }).await {
//!     Ok(()) => println!("done"),
//!     Err(lost) => println!("stopped: {lost}"),
//! }
//! lease.release().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Keys, values and flags are those of the official Go client and of `consul lock`, so both exclude each other:
//! `consul lock PREFIX` takes the lock `PREFIX/.lock`, and `consul lock -n 3 PREFIX` is the semaphore `PREFIX` with
//! three slots.
//!
//! Needs `session:write` on the agent's node, `key:write` on the key and, for a semaphore, `key:list` on the prefix.

mod election;
mod keeper;
mod lease;
mod mutex;
mod semaphore;

use std::time::Duration;

use bytes::Bytes;

pub use self::election::{Election, Leader};
pub use self::lease::{Lease, Lost};
pub use self::mutex::Lock;
pub use self::semaphore::Semaphore;
use crate::error::Error;

/// Marks a key as a lock, as the official client does.
pub const LOCK_FLAGS: u64 = 0x2ddc_cbc0_58a5_0c18;

/// Marks a key as a part of a semaphore, as the official client does.
pub const SEMAPHORE_FLAGS: u64 = 0xe0f6_9a2b_aa41_4de0;

/// Options of locks, semaphores and elections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LockOptions {
    session_name: String,
    ttl: Duration,
    lock_delay: Duration,
    value: Bytes,
}

impl Default for LockOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            session_name: "consul-client lock".to_owned(),
            ttl: seconds(15),
            lock_delay: seconds(15),
            value: Bytes::new(),
        }
    }
}

impl LockOptions {
    /// The defaults: 15 seconds to live, and a delay of 15 seconds.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name of the session, for people.
    #[must_use]
    pub fn with_session_name(mut self, name: impl Into<String>) -> Self {
        self.session_name = name.into();
        self
    }

    /// How long the hold outlives its holder, at least; the server may take twice as long. 10 seconds to 24 hours.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long nobody can take it after it was lost, so that a holder that does not know yet does no harm; at most a
    /// minute. After a release there is no delay.
    #[must_use]
    pub fn with_lock_delay(mut self, delay: Duration) -> Self {
        self.lock_delay = delay;
        self
    }

    /// What stands in the key while it is held, for others to read.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<Bytes>) -> Self {
        self.value = value.into();
        self
    }
}

/// Why something could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The key exists and is used for something else.
    #[error("the key {key} is not used for this kind of lock")]
    OtherUse {
        /// The key.
        key: String,
    },
    /// Others have agreed on another number of slots.
    #[error("the semaphore has {theirs} slots, not {ours}")]
    OtherLimit {
        /// The number that was asked for.
        ours: u64,
        /// The number in the key.
        theirs: u64,
    },
    /// Consul gave no usable answer.
    #[error(transparent)]
    Client(#[from] Error),
}
