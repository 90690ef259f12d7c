//! What is held.

use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};

use super::keeper::Keeper;
use super::semaphore::Slots;
use super::{LOCK_FLAGS, Semaphore};
use crate::error::Result;
use crate::kv::{Pair, PutOptions};
use crate::meta::Index;

/// A lock, a slot of a semaphore or a leadership, for as long as it is not lost.
///
/// It is kept by polling [`Lease::lost`] or [`Lease::hold`]: when nobody does, it ends after the time to live. Dropping
/// it leaves it to end so; [`Lease::release`] gives it back at once.
#[derive(Debug)]
#[must_use = "it ends when nobody keeps it"]
pub struct Lease {
    keeper: Keeper,
    place: Place,
    fence: Index,
    lock_index: u64,
}

#[derive(Debug)]
enum Place {
    Key { key: String, value: Bytes },
    Slot(Semaphore),
}

/// Why something is no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The session ended, or could not be renewed in time, so that it may have ended.
    #[error("its session has ended, or could not be renewed in time")]
    Ended,
    /// The session was ended by somebody, or the key was changed.
    #[error("it was taken away")]
    Taken,
}

impl Lease {
    pub(super) fn of_key(keeper: Keeper, pair: Pair, value: Bytes) -> Self {
        let (fence, lock_index) = (pair.modify_index, pair.lock_index);
        Self { keeper, place: Place::Key { key: pair.key, value }, fence, lock_index }
    }

    pub(super) fn of_slot(keeper: Keeper, semaphore: Semaphore, fence: Index) -> Self {
        Self { keeper, place: Place::Slot(semaphore), fence, lock_index: 0 }
    }

    /// The session that holds it.
    pub fn session(&self) -> &str {
        &self.keeper.session
    }

    /// A number that grows with every holder, even if the key is deleted in between: who guards something with this
    /// lock refuses all that comes with a smaller one than it has seen.
    pub fn fence(&self) -> Index {
        self.fence
    }

    /// How often the key was locked since it was made (`LockIndex`); 0 for a slot of a semaphore.
    ///
    /// It begins anew when the key is deleted, as `consul lock` does when it ends: then only [`Lease::fence`] grows.
    pub fn lock_index(&self) -> u64 {
        self.lock_index
    }

    /// Keeps it, and ends when it is lost: within moments when its session is destroyed or its key is changed, and at
    /// the end of its time to live when the servers cannot be reached.
    ///
    /// May be dropped and called again as long as it is polled more often than at half of the time to live.
    ///
    /// ```no_run
    /// # async fn work() {}
    /// # async fn example(consul: consul_client::Client) -> Result<(), consul_client::lock::LockError> {
    /// let mut lease = consul.lock("app/lock").acquire().await?;
    /// tokio::select! {
    ///     () = work() => lease.release().await?,
    ///     lost = lease.lost() => println!("{lost}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn lost(&mut self) -> Lost {
        let (key, recurse) = match &self.place {
            Place::Key { key, .. } => (key.clone(), false),
            Place::Slot(semaphore) => (semaphore.folder(), true),
        };
        loop {
            let Some(pairs) = self.keeper.keep(&key, recurse).await else { return Lost::Ended };
            if !self.is_held(&pairs) {
                return Lost::Taken;
            }
        }
    }

    /// Keeps it while the work goes on.
    ///
    /// # Errors
    /// Why it was lost; the work is dropped then.
    pub async fn hold<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Lost> {
        match select(pin!(work), pin!(self.lost())).await {
            Either::Left((result, _)) => Ok(result),
            Either::Right((lost, _)) => Err(lost),
        }
    }

    fn is_held(&self, pairs: &[Pair]) -> bool {
        match &self.place {
            Place::Key { .. } => pairs.iter().any(|pair| pair.session.as_deref() == Some(self.session())),
            Place::Slot(semaphore) => {
                semaphore.slots(pairs).is_ok_and(|(slots, _): (Slots, _)| slots.holders.contains_key(self.session()))
            }
        }
    }

    /// Gives it back and ends its session. The next one can take it without delay.
    ///
    /// # Errors
    /// When Consul gives no usable answer: it then ends by itself, after at most twice its time to live.
    pub async fn release(self) -> Result<()> {
        let released = match &self.place {
            Place::Key { key, value } => {
                let options = PutOptions::new().releasing(self.session()).with_flags(LOCK_FLAGS);
                self.keeper.client.kv().put_with(key, value.clone(), &options).await.map(|_| ())
            }
            Place::Slot(semaphore) => semaphore.leave(self.session()).await,
        };
        let ended = self.keeper.end().await;
        released.and(ended)
    }
}
