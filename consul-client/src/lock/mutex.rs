//! One holder at a time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::keeper::Keeper;
use super::{LOCK_FLAGS, Lease, LockError, LockOptions};
use crate::cas::Outcome;
use crate::client::Client;
use crate::error::Result;
use crate::kv::{Pair, PutOptions};
use crate::session::Behavior;

/// How often a lock is asked for that nobody holds but that cannot be taken, since it was lost a moment ago.
const DELAYED: Duration = Duration::from_millis(500);

/// A lock; made by [`Client::lock`].
#[derive(Clone, Debug)]
pub struct Lock {
    client: Client,
    key: String,
    options: LockOptions,
}

impl Lock {
    pub(crate) fn new(client: Client, key: String, options: LockOptions) -> Self {
        Self { client, key, options }
    }

    /// Waits until it is taken, however long that takes. Its session is kept alive meanwhile; when this is dropped, the
    /// session ends by itself.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
    /// let mut lease = consul.lock("app/migration").acquire().await?;
    /// let done = lease.hold(async { /* the work */ }).await.is_ok();
    /// lease.release().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`LockError::OtherUse`] when the key is no lock; [`LockError::Client`] when Consul refuses, or cannot be reached
    /// for as long as the session lives.
    pub async fn acquire(&self) -> Result<Lease, LockError> {
        loop {
            if let Some(lease) = self.take(None).await? {
                return Ok(lease);
            }
        }
    }

    /// As [`Lock::acquire`], but gives up after this time, and ends its session then.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn acquire_within(&self, patience: Duration) -> Result<Option<Lease>, LockError> {
        self.take(Some(Instant::now() + patience)).await
    }

    /// Takes it if nobody holds it now.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
    /// match consul.lock("app/migration").try_acquire().await? {
    ///     Some(lease) => lease.release().await?,
    ///     None => println!("somebody else is at it"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn try_acquire(&self) -> Result<Option<Lease>, LockError> {
        self.acquire_within(Duration::ZERO).await
    }

    /// What stands in the key while somebody holds it, with that one's session.
    ///
    /// # Errors
    /// As [`Kv::read`](crate::kv::Kv::read).
    pub async fn holder(&self) -> Result<Option<Pair>> {
        Ok(self.client.kv().read(&self.key).await?.filter(|pair| pair.session.is_some()))
    }

    /// Deletes the key if nobody holds it: nothing is left then.
    ///
    /// # Errors
    /// [`LockError::OtherUse`] when the key is no lock; [`LockError::Client`] when Consul gives no usable answer.
    pub async fn remove(&self) -> Result<Outcome, LockError> {
        match self.client.kv().read(&self.key).await? {
            None => Ok(Outcome::Applied),
            Some(pair) if pair.flags != LOCK_FLAGS => Err(self.other_use()),
            Some(pair) if pair.session.is_some() => Ok(Outcome::Refused),
            Some(pair) => Ok(self.client.kv().delete_at(&self.key, pair.modify_index).await?),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    fn other_use(&self) -> LockError {
        LockError::OtherUse { key: self.key.clone() }
    }

    async fn take(&self, limit: Option<Instant>) -> Result<Option<Lease>, LockError> {
        let mut keeper = Keeper::create(&self.client, &self.options, Behavior::Release).await?;
        let taken = self.wait(&mut keeper, limit).await;
        if let Ok(Some(pair)) = taken {
            return Ok(Some(Lease::of_key(keeper, pair, self.options.value.clone())));
        }
        keeper.abandon().await;
        taken.map(|_| None)
    }

    async fn wait(&self, keeper: &mut Keeper, limit: Option<Instant>) -> Result<Option<Pair>, LockError> {
        loop {
            match self.try_once(keeper, limit).await {
                Ok(Some(pair)) => return Ok(Some(pair)),
                Ok(None) => {}
                Err(LockError::Client(error)) => keeper.ride_out(error).await?,
                Err(error) => return Err(error),
            }
            if limit.is_some_and(|limit| Instant::now() >= limit) {
                return Ok(None);
            }
        }
    }

    async fn try_once(&self, keeper: &mut Keeper, limit: Option<Instant>) -> Result<Option<Pair>, LockError> {
        keeper.revive().await?;
        let Some(pairs) = keeper.wait(&self.key, false, limit).await? else { return Ok(None) };
        if let Some(pair) = pairs.into_iter().next() {
            if pair.flags != LOCK_FLAGS {
                return Err(self.other_use());
            }
            if pair.session.as_ref() == Some(&keeper.session) {
                return Ok(Some(pair));
            }
            if pair.session.is_some() {
                return Ok(None);
            }
        }
        let options = PutOptions::new().acquiring(&keeper.session).with_flags(LOCK_FLAGS);
        let taken = self.client.kv().put_with(&self.key, self.options.value.clone(), &options).await?;
        if taken.is_applied() {
            let pairs = keeper.look(&self.key, false).await?;
            return Ok(pairs.into_iter().find(|pair| pair.session.as_ref() == Some(&keeper.session)));
        }
        keeper.forget();
        let until = Instant::now() + DELAYED;
        if limit.is_none_or(|limit| until < limit) {
            sleep(DELAYED).await;
        }
        Ok(None)
    }
}
