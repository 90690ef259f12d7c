//! One run at a time: a lock in Consul, bound to a session that ends by itself when its holder is gone.

use std::time::Duration;

use consul_client::kv::PutOptions;
use consul_client::session::{Behavior, NewSession};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::clients::Clients;
use crate::error::{Doing, Error, Result};
use crate::owner::Owner;

const TTL: Duration = Duration::from_secs(30);
const RENEW_EVERY: Duration = Duration::from_secs(10);
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Who holds the lock, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The user and the machine.
    pub who: String,
    /// The process.
    pub pid: u32,
    /// The command.
    pub what: String,
    /// Since when.
    pub since: jiff::Timestamp,
}

impl Holder {
    /// The process that this code runs in.
    pub fn new(who: impl Into<String>, what: impl Into<String>) -> Self {
        Self { who: who.into(), pid: std::process::id(), what: what.into(), since: jiff::Timestamp::now() }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {}) runs `{}` since {:.0}", self.who, self.pid, self.what, self.since)
    }
}

/// Does the work while the lock is held, and gives the lock back however the work ends.
///
/// # Errors
/// [`Error::Locked`] when somebody else holds it for longer than `patience`; [`Error::LockLost`] when it was lost
/// while the work was going on, which is then stopped; else what the work says.
pub async fn hold<T>(
    clients: &Clients,
    owner: &Owner,
    holder: &Holder,
    patience: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let lock = Lock::acquire(clients, owner, holder, patience).await?;
    let result = tokio::select! {
        result = work => result,
        why = lock.lost() => Err(Error::LockLost { why }),
    };
    let released = lock.release().await;
    let value = result?;
    released.map(|()| value)
}

/// Who holds the lock at the moment.
///
/// # Errors
/// When Consul does not answer.
pub async fn holder(clients: &Clients, owner: &Owner) -> Result<Option<Holder>> {
    let pair = clients.consul.kv().read(&place(owner)).await.doing("read the lock")?;
    Ok(pair.filter(|pair| pair.session.is_some()).and_then(|pair| serde_json::from_slice(&pair.value).ok()))
}

fn place(owner: &Owner) -> String {
    format!("{}/lock", owner.run_prefix())
}

struct Lock<'a> {
    clients: &'a Clients,
    key: String,
    session: String,
}

impl<'a> Lock<'a> {
    async fn acquire(clients: &'a Clients, owner: &Owner, holder: &Holder, patience: Duration) -> Result<Self> {
        let mut session = NewSession::default();
        session.name = Some(format!("lattice-deploy {owner}"));
        session.ttl = Some(TTL);
        // With the session its key goes too, so that nothing is left of a run that was killed.
        session.behavior = Some(Behavior::Delete);
        // Every write is guarded by what its plan saw, so a holder that does not know yet that it lost the lock does no
        // harm, and the next run need not wait for it.
        session.lock_delay = Some(Duration::from_millis(1));
        let session = clients.consul.sessions().create(&session).await.doing("make a session for the lock")?;
        let lock = Self { clients, key: place(owner), session };
        match lock.wait(owner, holder, patience).await {
            Ok(()) => Ok(lock),
            Err(error) => {
                lock.destroy_session().await?;
                Err(error)
            }
        }
    }

    async fn wait(&self, owner: &Owner, me: &Holder, patience: Duration) -> Result<()> {
        let value = serde_json::to_vec(me).map_err(|_| Error::Unexpected("the lock cannot be written".into()))?;
        let options = PutOptions::new().acquiring(&self.session);
        let begun = Instant::now();
        loop {
            let taken = self.clients.consul.kv().put_with(&self.key, value.clone(), &options).await;
            if taken.doing("take the lock")? {
                return Ok(());
            }
            if begun.elapsed() >= patience {
                let holder = holder(self.clients, owner).await?;
                let holder = holder.map_or_else(|| "a run that has just ended".to_owned(), |holder| holder.to_string());
                return Err(Error::Locked { holder });
            }
            self.renew().await.map_err(|why| Error::LockLost { why })?;
            sleep(ASK_EVERY).await;
        }
    }

    /// Keeps the session alive for as long as that works, and says why it did not work any more.
    async fn lost(&self) -> String {
        let mut renewed = Instant::now();
        loop {
            sleep(RENEW_EVERY).await;
            match self.renew().await {
                Ok(()) => renewed = Instant::now(),
                // A leader election is no reason to stop, as long as the session can still be alive.
                Err(_) if renewed.elapsed() < TTL => {}
                Err(why) => return why,
            }
        }
    }

    async fn renew(&self) -> Result<(), String> {
        match self.clients.consul.sessions().renew(&self.session).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("its session in Consul has ended".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn release(self) -> Result<()> {
        self.destroy_session().await
    }

    async fn destroy_session(&self) -> Result<()> {
        self.clients.consul.sessions().destroy(&self.session).await.doing("give the lock back")
    }
}
