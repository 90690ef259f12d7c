//! One run at a time: a lock in Consul, bound to a session that ends by itself when its holder is gone.

use std::time::Duration;

use consul_client::kv::PutOptions;
use consul_client::session::{Behavior, NewSession};
use futures_util::future::BoxFuture;
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

/// Does the work while the lock is held, until it ends or `stop` does, and gives the lock back in any case.
///
/// # Errors
/// [`Error::Locked`] when somebody else holds it for longer than `patience`; [`Error::Interrupted`] when it was
/// stopped; [`Error::LockLost`] when the lock was lost while the work was going on, which is then stopped; else what
/// the work says.
pub async fn hold<T>(
    clients: &Clients,
    owner: &Owner,
    holder: &Holder,
    patience: Duration,
    mut stop: BoxFuture<'_, ()>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let lock = unless(&mut stop, Lock::new_session(clients, owner)).await?;
    let result = match unless(&mut stop, lock.wait(owner, holder, patience)).await {
        Ok(()) => tokio::select! {
            biased;
            result = unless(&mut stop, work) => result,
            why = lock.lost() => Err(Error::LockLost { why }),
        },
        Err(error) => Err(error),
    };
    lock.release().await;
    result
}

/// Does the work until it ends or `stop` does.
///
/// # Errors
/// [`Error::Interrupted`] when it was stopped; else what the work says.
pub(crate) async fn unless<T>(stop: &mut BoxFuture<'_, ()>, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        result = work => result,
        () = stop => Err(Error::Interrupted),
    }
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
    async fn new_session(clients: &'a Clients, owner: &Owner) -> Result<Self> {
        let mut session = NewSession::default();
        session.name = Some(format!("lattice-deploy {owner}"));
        session.ttl = Some(TTL);
        // With the session its key goes too, so that nothing is left of a run that was killed.
        session.behavior = Some(Behavior::Delete);
        // A holder that does not know yet that it lost the lock still looks at each object right before writing it, so
        // the next run need not wait for it.
        session.lock_delay = Some(Duration::from_millis(1));
        let session = clients.consul.sessions().create(&session).await.doing("make a session for the lock")?;
        Ok(Self { clients, key: place(owner), session })
    }

    async fn wait(&self, owner: &Owner, me: &Holder, patience: Duration) -> Result<()> {
        let value = serde_json::to_vec(me).map_err(|_| Error::Unexpected("the lock cannot be written".into()))?;
        let options = PutOptions::new().acquiring(&self.session);
        let begun = Instant::now();
        loop {
            let taken = self.clients.consul.kv().put_with(&self.key, value.clone(), &options).await;
            if taken.doing("take the lock")?.is_applied() {
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

    /// What the work came to matters more than a lock that ends by itself, so a failure is only told.
    async fn release(self) {
        if let Err(error) = self.clients.consul.sessions().destroy(&self.session).await {
            tracing::warn!(%error, "the lock cannot be given back; it ends by itself within a minute");
        }
    }
}
