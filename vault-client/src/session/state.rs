//! The token of a session, and what is done about it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::login::Login;
use super::{Event, Shared};
use crate::auth::Auth;
use crate::client::Client;
use crate::credential::Token;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::term::{Term, pause_after};

/// What a session asks of a server.
pub(super) trait Authority: Send + Sync {
    fn login(&self) -> BoxFuture<'_, Result<Auth>>;
    fn renew(&self, token: Token) -> BoxFuture<'_, Result<Auth>>;
    /// Whether the server knows the token.
    fn knows(&self, token: Token) -> BoxFuture<'_, Result<bool>>;
}

pub(super) struct Live {
    pub(super) client: Client,
    pub(super) login: Box<dyn Login>,
}

impl Authority for Live {
    fn login(&self) -> BoxFuture<'_, Result<Auth>> {
        Box::pin(async { Ok(self.login.login(&self.client).await?.value) })
    }

    fn renew(&self, token: Token) -> BoxFuture<'_, Result<Auth>> {
        Box::pin(async { Ok(self.client.with_token(token).token().renew_self(None).await?.value) })
    }

    fn knows(&self, token: Token) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async {
            match self.client.with_token(token).token().lookup_self().await {
                Ok(_) => Ok(true),
                // A token that may not look itself up is denied this with other words.
                Err(error) if error.reason() == Some(&Reason::InvalidToken) => Ok(false),
                Err(error) if error.is_denied() => Ok(true),
                Err(error) => Err(error),
            }
        })
    }
}

#[derive(Default)]
pub(super) struct State {
    token: Option<(Token, Term)>,
    /// How many logins there have been.
    pub(super) generation: u64,
    /// How many logins have failed since, and when the next may be tried.
    failures: u32,
    not_before: Option<Instant>,
}

impl State {
    /// The token to use and until when, which is never beyond its end. What is due is done first.
    pub(super) async fn current(&mut self, shared: &Shared, refused: Option<&Token>) -> Result<(Token, Instant)> {
        self.doubt(shared, refused).await;
        let now = Instant::now();
        if self.token.as_ref().is_some_and(|(_, term)| term.is_over(now)) {
            self.lose(shared);
        }
        match &self.token {
            None => self.login(shared).await?,
            Some((_, term)) if term.due() <= now => self.prolong(shared).await?,
            Some(_) => {}
        }
        let until = |term: &Term| term.ends().map_or(term.due(), |ends| ends.min(term.due()));
        let held = self.token.as_ref().map(|(token, term)| (token.clone(), until(term)));
        held.ok_or_else(|| Error::no_token(std::io::Error::other("the session has no token")))
    }

    /// When something has to be done next.
    pub(super) fn due(&self) -> Instant {
        let now = Instant::now();
        match &self.token {
            Some((_, term)) => term.due().min(term.ends().unwrap_or(term.due())),
            None => self.not_before.unwrap_or(now + pause_after(0)),
        }
    }

    /// A token that was refused is gone only if the server says so when it is asked: it says the same when another
    /// token, named in a call, is not known to it.
    async fn doubt(&mut self, shared: &Shared, refused: Option<&Token>) {
        let Some((token, _)) = self.token.as_ref().filter(|(token, _)| Some(token) == refused) else { return };
        if let Ok(false) = shared.authority.knows(token.clone()).await {
            self.lose(shared);
        }
    }

    fn lose(&mut self, shared: &Shared) {
        self.token = None;
        shared.tell(Event::Lost);
    }

    /// Renews the token, or logs in where that does not help. The old token serves until its end if both fail.
    async fn prolong(&mut self, shared: &Shared) -> Result<()> {
        let Some((token, term)) = &mut self.token else { return Ok(()) };
        if !term.can_be_renewed() {
            let failed = self.login(shared).await;
            return self.spare(failed);
        }
        let token = token.clone();
        // A renewal that takes longer than the token lives is of no use.
        let left = term.ends().map_or(Duration::MAX, |ends| ends.saturating_duration_since(Instant::now()));
        let renewal = tokio::time::timeout(left, shared.authority.renew(token)).await;
        match renewal.unwrap_or_else(|_| Err(Error::no_token(std::io::Error::other("the renewal took too long")))) {
            Ok(auth) => {
                term.renewed(Instant::now(), auth.lease_duration, auth.renewable);
                shared.tell(Event::Renewed);
                Ok(())
            }
            Err(error) if error.reason() == Some(&Reason::InvalidToken) => {
                self.lose(shared);
                self.login(shared).await
            }
            // It may not be renewed, or cannot be: only another one helps.
            Err(error) if matches!(error.status(), Some(400..=404)) => {
                shared.tell(Event::RenewalFailed(error));
                let failed = self.login(shared).await;
                self.spare(failed)
            }
            Err(error) => {
                shared.tell(Event::RenewalFailed(error));
                term.failed(Instant::now());
                let over = term.is_over(Instant::now());
                if over {
                    self.lose(shared);
                    return self.login(shared).await;
                }
                Ok(())
            }
        }
    }

    /// While the old token lives, a login that failed is no reason to fail.
    fn spare(&mut self, login: Result<()>) -> Result<()> {
        let now = Instant::now();
        match (&mut self.token, login) {
            (Some((_, term)), Err(_)) if !term.is_over(now) => {
                term.failed(now);
                Ok(())
            }
            (_, login) => login,
        }
    }

    async fn login(&mut self, shared: &Shared) -> Result<()> {
        let now = Instant::now();
        if self.not_before.is_some_and(|time| now < time) {
            return Err(Error::no_token(std::io::Error::other("the last login failed a moment ago")));
        }
        match shared.authority.login().await.and_then(usable) {
            Ok((token, auth)) => {
                self.token = Some((token, Term::new(Instant::now(), auth.lease_duration, auth.renewable)));
                self.generation += 1;
                (self.failures, self.not_before) = (0, None);
                shared.tell(Event::LoggedIn { generation: self.generation });
                Ok(())
            }
            Err(error) => {
                self.not_before = Some(Instant::now() + pause_after(self.failures));
                self.failures += 1;
                let told = Error::no_token(std::io::Error::other(error.to_string()));
                shared.tell(Event::LoginFailed(error));
                Err(told)
            }
        }
    }
}

/// A login that wants a second factor gives no token.
fn usable(mut auth: Auth) -> Result<(Token, Auth)> {
    match auth.client_token.take() {
        Some(token) => Ok((token, auth)),
        None => Err(Error::no_token(std::io::Error::other("the login gave no token; does it want a second factor?"))),
    }
}
