//! A session: logs in, renews the token, logs in anew when that can live no longer, and replaces what hangs on it.
//!
//! ```no_run
//! # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
//! use std::path::PathBuf;
//!
//! use vault_client::session::{AppRoleLogin, Session};
//!
//! let login = AppRoleLogin::new("approle", "5fa88e0c-…").with_secret_id(PathBuf::from("/run/secrets/secret-id"));
//! let session = Session::new(&vault, login);
//! let vault = session.client();
//! let database = session.hold(|vault| async move { vault.database("database").creds("web").await });
//! let user = database.read().await?;
//! println!("connecting as {}", user.data.username);
//! # Ok(())
//! # }
//! ```
//!
//! Everything happens when it is needed: a call of [`Session::client`] that finds the token due renews it first, and
//! whoever comes at the same time waits for that one renewal. [`Session::keep`] does the same in time, so that no call
//! has to wait and nothing ends while no call is made. Neither starts a task.
//!
//! A token that has ended is never sent: if no other can be got, calls fail.

mod held;
mod login;
mod state;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::{Stream, stream};
use tokio::time::{Instant, timeout_at};

pub use self::held::Held;
use self::held::{Holder, Refresh};
pub use self::login::{AppRoleLogin, JwtLogin, Login, LoginFuture, Proof, UserpassLogin};
use self::state::{Authority, Live, State};

use crate::client::Client;
use crate::credential::{Credential, Issued, Provider, Token, TokenFuture};
use crate::error::{Error, Result};
use crate::leased::Leased;

/// How many events are kept for [`Session::keep`]; the oldest go first.
const EVENTS: usize = 256;

/// What happens in a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A login gave a token. The first is generation 1.
    LoggedIn {
        /// How many logins there have been.
        generation: u64,
    },
    /// The token was renewed.
    Renewed,
    /// The token could not be renewed. It is used until its end, and renewal is tried again.
    RenewalFailed(Error),
    /// The server no longer knows the token, or its end has come.
    Lost,
    /// No other token could be got. It is tried again.
    LoginFailed(Error),
    /// Something that hangs on the token was made anew.
    Reissued,
    /// Something that hangs on the token could not be renewed or made anew. It is tried again.
    ReissueFailed(Error),
}

/// Logs in and stays logged in; cheap to clone.
#[derive(Clone)]
pub struct Session(Arc<Shared>);

struct Shared {
    client: Client,
    authority: Box<dyn Authority>,
    /// Held over renewals and logins, so that there is one at a time.
    state: tokio::sync::Mutex<State>,
    events: Mutex<VecDeque<Event>>,
    /// Tells the stream of events that there is one.
    told: tokio::sync::Notify,
    held: Mutex<Vec<Weak<dyn Refresh>>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Session {
    /// A session at the server of this client, whose own token is not used. Nothing is sent yet.
    pub fn new(client: &Client, login: impl Login) -> Self {
        let client = client.anonymous();
        let authority = Live { client: client.clone(), login: Box::new(login) };
        Self::with_authority(client, Box::new(authority))
    }

    fn with_authority(client: Client, authority: Box<dyn Authority>) -> Self {
        Self(Arc::new(Shared {
            client,
            authority,
            state: tokio::sync::Mutex::default(),
            events: Mutex::default(),
            told: tokio::sync::Notify::new(),
            held: Mutex::default(),
        }))
    }

    /// A client whose token is that of the session at any time.
    ///
    /// When the server says that it does not know the token, the session makes sure, logs in if that is so, and the
    /// call is sent once more. A call that the token may not make is an error at once.
    pub fn client(&self) -> Client {
        self.0.client.with_credential(Credential::provider(self.clone()))
    }

    /// Holds something that hangs on the token, such as the user of a database. It is made when it is first read,
    /// renewed as long as that helps, and made anew after that, and after each login.
    pub fn hold<T, F, R>(&self, issue: F) -> Held<T>
    where
        T: Send + Sync + 'static,
        F: Fn(Client) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Leased<T>>> + Send + 'static,
    {
        let client = self.client();
        let issue = move || issue(client.clone());
        let renewing = self.client();
        let renew = move |id: String| {
            let client = renewing.clone();
            async move { client.sys().leases().renew(&id, None).await }
        };
        self.hold_with(Box::new(move || Box::pin(issue())), Box::new(move |id| Box::pin(renew(id))))
    }

    fn hold_with<T: Send + Sync + 'static>(&self, issue: held::Issue<T>, renew: held::Renew) -> Held<T> {
        let holder = Arc::new(Holder::new(self.clone(), issue, renew));
        let refresh: Weak<dyn Refresh> = Arc::downgrade(&(Arc::clone(&holder) as Arc<dyn Refresh>));
        let mut all = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|held| held.strong_count() > 0);
        all.push(refresh);
        Held(holder)
    }

    /// Keeps the token and all that is held alive for as long as the stream is polled, and tells what happens. It never
    /// ends; several of them share the events.
    pub fn keep(&self) -> impl Stream<Item = Event> + Send + use<> {
        stream::unfold(self.clone(), |session| async move {
            loop {
                if let Some(event) = session.0.next_event() {
                    return Some((event, session));
                }
                let mut due = session.0.advance().await;
                for held in session.0.all_held() {
                    due = due.min(held.refresh().await);
                }
                if session.0.has_events() {
                    continue;
                }
                // Whatever a call does in between is an event, too.
                let _ = timeout_at(due, session.0.told.notified()).await;
            }
        })
    }

    /// How many logins there have been.
    pub async fn generation(&self) -> u64 {
        self.0.state.lock().await.generation
    }

    /// Makes sure that there is a token, and tells of which login it is.
    async fn ensure(&self) -> Result<u64> {
        let mut state = self.0.state.lock().await;
        state.current(&self.0, None).await?;
        Ok(state.generation)
    }
}

impl Provider for Session {
    fn token<'a>(&'a self, refused: Option<&'a Token>) -> TokenFuture<'a> {
        Box::pin(async move {
            let mut state = self.0.state.lock().await;
            let (token, due) = state.current(&self.0, refused).await?;
            let fresh_for = due.saturating_duration_since(Instant::now());
            Ok(Issued::new(token).with_fresh_for(fresh_for))
        })
    }
}

impl Shared {
    fn tell(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == EVENTS {
            events.pop_front();
        }
        events.push_back(event);
        drop(events);
        self.told.notify_one();
    }

    fn next_event(&self) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn has_events(&self) -> bool {
        !self.events.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn all_held(&self) -> Vec<Arc<dyn Refresh>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect()
    }

    /// Does what is due for the token, and says when to look again.
    async fn advance(&self) -> Instant {
        let mut state = self.state.lock().await;
        // What failed was told as an event.
        let _ = state.current(self, None).await;
        state.due()
    }
}
