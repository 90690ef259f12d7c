//! A session that lives as long as it is renewed.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::LockOptions;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::kv::Pair;
use crate::meta::{Answer, Index};
use crate::options::{Consistency, ReadOptions};
use crate::session::{Behavior, NewSession};

/// Between a failure and the next try, and at least between two questions.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) client: Client,
    /// Its id.
    pub(super) session: String,
    settings: NewSession,
    ttl: Duration,
    /// When the last renewal that succeeded was sent. The server counts from later on.
    renewed: Instant,
    /// What a change is waited for from.
    index: Option<Index>,
    /// When something was last asked.
    asked: Instant,
}

/// What is seen of the keys that say whether something is held.
pub(super) type Seen = Answer<Vec<Pair>>;

impl Keeper {
    pub(super) async fn create(client: &Client, options: &LockOptions, behavior: Behavior) -> Result<Self> {
        let settings = NewSession {
            name: Some(options.session_name.clone()),
            behavior: Some(behavior),
            ttl: Some(options.ttl),
            lock_delay: Some(options.lock_delay),
            // It lives and dies by being renewed, not with the agent that happens to be asked.
            node_checks: Some(Vec::new()),
            ..NewSession::default()
        };
        let renewed = Instant::now();
        let session = client.sessions().create(&settings).await?;
        let asked = renewed - PAUSE;
        Ok(Self { client: client.clone(), session, settings, ttl: options.ttl, renewed, index: None, asked })
    }

    /// When it is to be renewed.
    fn due(&self) -> Instant {
        self.renewed + self.ttl / 2
    }

    /// When the server may have ended it.
    fn deadline(&self) -> Instant {
        self.renewed + self.ttl
    }

    /// Renews it if it is time; false when it has ended.
    async fn renew(&mut self) -> Result<bool> {
        let now = Instant::now();
        if now < self.due() {
            return Ok(true);
        }
        let alive = self.client.sessions().renew(&self.session).await?.is_some();
        if alive {
            self.renewed = now;
        }
        Ok(alive)
    }

    /// Renews it if it is time, or makes another in place of one that has ended, for one that holds nothing yet. True
    /// when it is another.
    pub(super) async fn revive(&mut self) -> Result<bool> {
        if self.renew().await? {
            return Ok(false);
        }
        let renewed = Instant::now();
        self.session = self.client.sessions().create(&self.settings).await?;
        self.renewed = renewed;
        self.forget();
        Ok(true)
    }

    /// Has the next question answered at once.
    pub(super) fn forget(&mut self) {
        self.index = None;
    }

    /// What stands at or below this key now, as the leader knows it.
    pub(super) async fn look(&mut self, key: &str, recurse: bool) -> Result<Vec<Pair>> {
        self.forget();
        self.ask(key, recurse, ReadOptions::new()).await
    }

    /// What stands at or below this key: now, if that is not known yet, else after a change. Nothing when it is time
    /// for a renewal, or at `limit`.
    pub(super) async fn wait(&mut self, key: &str, recurse: bool, limit: Option<Instant>) -> Result<Option<Vec<Pair>>> {
        let Some(index) = self.index else {
            let asked = timeout_at(self.deadline(), self.ask(key, recurse, ReadOptions::new())).await;
            return asked.ok().transpose();
        };
        let until = limit.map_or_else(|| self.due(), |limit| limit.min(self.due()));
        let options = ReadOptions::new().waiting(index, until.saturating_duration_since(Instant::now()));
        timeout_at(until, self.ask(key, recurse, options)).await.ok().transpose()
    }

    async fn ask(&mut self, key: &str, recurse: bool, options: ReadOptions) -> Result<Vec<Pair>> {
        // Not every answer means a change, so they could come without end.
        sleep_until(self.asked + PAUSE).await;
        self.asked = Instant::now();
        let options = options.with_consistency(Consistency::Consistent);
        let kv = self.client.kv();
        let seen: Seen = if recurse {
            kv.list_with(key, &options).await?
        } else {
            kv.read_with(key, &options).await?.map(|pair| pair.into_iter().collect())
        };
        // One that goes back, as after a restored snapshot, is not to be waited on.
        self.index = seen.meta.index.filter(|index| index.0 > 0 && self.index.is_none_or(|last| *index >= last));
        Ok(seen.value)
    }

    /// Waits a moment after a failure that is no refusal and may pass while the session lives; else says it.
    pub(super) async fn ride_out(&mut self, error: Error) -> Result<()> {
        let passing = error.is_retryable() || error.is_connect() || error.is_timeout();
        if !passing || Instant::now() >= self.deadline() {
            return Err(error);
        }
        self.forget();
        sleep(PAUSE).await;
        Ok(())
    }

    /// Keeps the session alive while a change is waited for. `None` when the session has ended, or may have.
    pub(super) async fn keep(&mut self, key: &str, recurse: bool) -> Option<Vec<Pair>> {
        loop {
            // Each renewal moves the deadline.
            let seen = match timeout_at(self.deadline(), self.renew()).await {
                Ok(Ok(true)) => self.wait(key, recurse, None).await,
                Ok(Ok(false)) | Err(_) => return None,
                Ok(Err(error)) => Err(error),
            };
            match seen {
                Ok(Some(pairs)) => return Some(pairs),
                Ok(None) => {}
                Err(_) => {
                    self.forget();
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Ends it.
    pub(super) async fn end(&self) -> Result<()> {
        self.client.sessions().destroy(&self.session).await
    }

    /// Ends it where a failure matters little: it ends by itself then.
    pub(super) async fn abandon(&self) {
        if let Err(error) = self.end().await {
            tracing::debug!(%error, session = self.session, "the session cannot be ended; it ends by itself");
        }
    }
}
