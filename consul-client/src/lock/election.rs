//! One leader among several candidates.

use std::time::Duration;

use bytes::Bytes;

use super::{Lease, Lock, LockError};
use crate::error::Result;
use crate::kv::Pair;
use crate::meta::Index;
use crate::options::ReadOptions;
use crate::watch::Watch;

/// An election; made by [`Client::election`](crate::Client::election).
#[derive(Clone, Debug)]
pub struct Election {
    lock: Lock,
}

/// Who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leader {
    /// What it says of itself: its [`LockOptions::with_value`](super::LockOptions::with_value).
    pub value: Bytes,
    /// Its session.
    pub session: String,
    /// A number that grows with every leader.
    pub fence: Index,
}

impl Leader {
    fn of(pair: Pair) -> Option<Self> {
        let (value, fence) = (pair.value, pair.modify_index);
        pair.session.map(|session| Self { value, session, fence })
    }
}

impl Election {
    pub(crate) fn new(lock: Lock) -> Self {
        Self { lock }
    }

    /// Waits until this candidate leads, which it does until the lease is lost or released.
    ///
    /// ```no_run
    /// # use consul_client::lock::LockOptions;
    /// # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
    /// let options = LockOptions::new().with_value("http://10.0.0.7:8080");
    /// let election = consul.election_with("app/leader", &options);
    /// loop {
    ///     let mut lease = election.campaign().await?;
    ///     println!("leads now, with the fence {}", lease.fence().0);
    ///     println!("{}", lease.lost().await);
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn campaign(&self) -> Result<Lease, LockError> {
        self.lock.acquire().await
    }

    /// As [`Election::campaign`], but gives up after this time.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn campaign_within(&self, patience: Duration) -> Result<Option<Lease>, LockError> {
        self.lock.acquire_within(patience).await
    }

    /// Who leads now.
    ///
    /// # Errors
    /// As [`Kv::read`](crate::kv::Kv::read).
    pub async fn leader(&self) -> Result<Option<Leader>> {
        Ok(self.lock.holder().await?.and_then(Leader::of))
    }

    /// Who leads, now and whenever that changes; `None` while nobody does. Errors are items too, after which it goes on.
    ///
    /// ```no_run
    /// # use futures_util::StreamExt as _;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let mut leaders = consul.election("app/leader").watch();
    /// while let Some(answer) = leaders.next().await {
    ///     println!("{:?}", answer?.value.map(|leader| leader.value));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self) -> Watch<Option<Leader>> {
        let pairs = self.lock.client().kv().watch(self.lock.key(), &ReadOptions::new());
        pairs.map_value(|pair| pair.and_then(Leader::of))
    }
}
