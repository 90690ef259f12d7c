//! So many holders at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::keeper::Keeper;
use super::{Lease, LockError, LockOptions, SEMAPHORE_FLAGS};
use crate::cas::{Cas, Outcome};
use crate::client::Client;
use crate::error::Result;
use crate::kv::{Pair, PutOptions};
use crate::meta::Index;
use crate::session::Behavior;
use crate::wire::null::or_default;

/// How often somebody else may be faster while a slot is given back.
const TRIES: usize = 100;

/// A semaphore; made by [`Client::semaphore`].
#[derive(Clone, Debug)]
pub struct Semaphore {
    client: Client,
    prefix: String,
    limit: u64,
    options: LockOptions,
}

/// What stands in the key on which all agree.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Slots {
    limit: u64,
    /// The sessions that have a slot.
    #[serde(deserialize_with = "or_default")]
    pub(super) holders: BTreeMap<String, bool>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Semaphore {
    pub(crate) fn new(client: Client, prefix: &str, limit: u64, options: LockOptions) -> Self {
        Self { client, prefix: prefix.trim_end_matches('/').to_owned(), limit, options }
    }

    /// Waits until there is a slot, however long that takes. Its session is kept alive meanwhile; when this is dropped,
    /// the session ends by itself.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
    /// let mut lease = consul.semaphore("app/backups", 3).acquire().await?;
    /// let done = lease.hold(async { /* the work */ }).await.is_ok();
    /// lease.release().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`LockError::OtherUse`] when the prefix is no semaphore, [`LockError::OtherLimit`] when others have agreed on
    /// another number of slots; [`LockError::Client`] when Consul refuses, or cannot be reached for as long as the
    /// session lives.
    pub async fn acquire(&self) -> Result<Lease, LockError> {
        loop {
            if let Some(lease) = self.take(None).await? {
                return Ok(lease);
            }
        }
    }

    /// As [`Semaphore::acquire`], but gives up after this time, and ends its session then.
    ///
    /// # Errors
    /// As [`Semaphore::acquire`].
    pub async fn acquire_within(&self, patience: Duration) -> Result<Option<Lease>, LockError> {
        self.take(Some(Instant::now() + patience)).await
    }

    /// How many slots are taken.
    ///
    /// # Errors
    /// As [`Semaphore::acquire`].
    pub async fn held(&self) -> Result<usize, LockError> {
        let pairs = self.client.kv().list(&self.folder()).await?;
        Ok(self.slots(&pairs)?.0.holders.len())
    }

    /// Deletes its key if nobody has a slot: nothing is left then.
    ///
    /// # Errors
    /// As [`Semaphore::acquire`].
    pub async fn remove(&self) -> Result<Outcome, LockError> {
        let pairs = self.client.kv().list(&self.folder()).await?;
        match self.slots(&pairs)? {
            (_, Cas::Absent) => Ok(Outcome::Applied),
            (slots, Cas::At(index)) if slots.holders.is_empty() => {
                Ok(self.client.kv().delete_at(&self.key(), index).await?)
            }
            _ => Ok(Outcome::Refused),
        }
    }

    pub(super) fn folder(&self) -> String {
        format!("{}/", self.prefix)
    }

    fn key(&self) -> String {
        format!("{}/.lock", self.prefix)
    }

    fn contender(&self, session: &str) -> String {
        format!("{}/{session}", self.prefix)
    }

    async fn take(&self, limit: Option<Instant>) -> Result<Option<Lease>, LockError> {
        let mut keeper = Keeper::create(&self.client, &self.options, Behavior::Delete).await?;
        let taken = self.wait(&mut keeper, limit).await;
        if let Ok(Some(fence)) = taken {
            return Ok(Some(Lease::of_slot(keeper, self.clone(), fence)));
        }
        keeper.abandon().await;
        taken.map(|_| None)
    }

    async fn wait(&self, keeper: &mut Keeper, limit: Option<Instant>) -> Result<Option<Index>, LockError> {
        loop {
            match self.try_once(keeper, limit).await {
                Ok(Some(fence)) => return Ok(Some(fence)),
                Ok(None) => {}
                Err(LockError::Client(error)) => keeper.ride_out(error).await?,
                Err(error) => return Err(error),
            }
            if limit.is_some_and(|limit| Instant::now() >= limit) {
                return Ok(None);
            }
        }
    }

    async fn try_once(&self, keeper: &mut Keeper, limit: Option<Instant>) -> Result<Option<Index>, LockError> {
        keeper.revive().await?;
        let Some(pairs) = keeper.wait(&self.folder(), true, limit).await? else { return Ok(None) };
        let (mut slots, guard) = self.slots(&pairs)?;
        if !pairs.iter().any(|pair| pair.session.as_ref() == Some(&keeper.session)) {
            // A sign of life, which goes when the session does: whose is gone has no slot any more.
            let options = PutOptions::new().acquiring(&keeper.session).with_flags(SEMAPHORE_FLAGS);
            let key = self.contender(&keeper.session);
            let _: Outcome = self.client.kv().put_with(&key, self.options.value.clone(), &options).await?;
            keeper.forget();
            return Box::pin(self.try_once(keeper, limit)).await;
        }
        if let (true, Cas::At(index)) = (slots.holders.contains_key(&keeper.session), guard) {
            return Ok(Some(index));
        }
        if slots.holders.len() as u64 >= self.limit {
            return Ok(None);
        }
        slots.holders.insert(keeper.session.clone(), true);
        keeper.forget();
        if !self.write(&slots, guard).await?.is_applied() {
            return Ok(None);
        }
        let pairs = keeper.look(&self.folder(), true).await?;
        match self.slots(&pairs)? {
            (slots, Cas::At(index)) if slots.holders.contains_key(&keeper.session) => Ok(Some(index)),
            _ => Ok(None),
        }
    }

    /// Who has a slot and lives, and the guard for changing that.
    pub(super) fn slots(&self, pairs: &[Pair]) -> Result<(Slots, Cas), LockError> {
        let key = self.key();
        let Some(pair) = pairs.iter().find(|pair| pair.key == key) else {
            return Ok((Slots { limit: self.limit, ..Slots::default() }, Cas::Absent));
        };
        let other_use = || LockError::OtherUse { key: key.clone() };
        if pair.flags != SEMAPHORE_FLAGS {
            return Err(other_use());
        }
        let mut slots: Slots = serde_json::from_slice(&pair.value).map_err(|_| other_use())?;
        if slots.limit != self.limit {
            return Err(LockError::OtherLimit { ours: self.limit, theirs: slots.limit });
        }
        let lives = |session: &str| pairs.iter().any(|pair| pair.session.as_deref() == Some(session));
        slots.holders.retain(|session, _| lives(session));
        Ok((slots, Cas::At(pair.modify_index)))
    }

    async fn write(&self, slots: &Slots, guard: Cas) -> Result<Outcome> {
        let value = serde_json::to_vec(slots).unwrap_or_default();
        let options = PutOptions::new().with_cas(guard).with_flags(SEMAPHORE_FLAGS);
        self.client.kv().put_with(&self.key(), value, &options).await
    }

    /// Gives the slot of a session back.
    pub(super) async fn leave(&self, session: &str) -> Result<()> {
        for _ in 0..TRIES {
            let pairs = self.client.kv().list(&self.folder()).await?;
            let Ok((mut slots, guard)) = self.slots(&pairs) else { break };
            if slots.holders.remove(session).is_none() || self.write(&slots, guard).await?.is_applied() {
                break;
            }
        }
        self.client.kv().delete(&self.contender(session)).await
    }
}
