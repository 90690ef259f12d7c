//! A session against a server that is only played, in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, join_all};
use tokio::time::{Instant, sleep};

use super::state::Authority;
use super::{Event, Session};
use crate::auth::Auth;
use crate::client::Client;
use crate::config::Config;
use crate::credential::{Credential, Source, Token};
use crate::error::{Error, Result};
use crate::leased::{Lease, Leased};

/// Tokens of 60 seconds that live 150 seconds at most.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Played>>);

#[derive(Default)]
struct Played {
    tokens: Vec<(Instant, Instant)>,
    renewals: usize,
    lookups: usize,
    tries: usize,
    down: bool,
}

const TTL: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(150);

impl Server {
    fn alive(&self, token: &str) -> bool {
        let number: usize = token.parse().unwrap();
        self.0.lock().unwrap().tokens[number].1 > Instant::now()
    }

    fn revoke(&self, token: &str) {
        let number: usize = token.parse().unwrap();
        self.0.lock().unwrap().tokens[number].1 = Instant::now();
    }

    fn logins(&self) -> usize {
        self.0.lock().unwrap().tokens.len()
    }

    fn set_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    fn auth(number: usize, duration: Duration) -> Auth {
        let token = Token::new(&number.to_string()).unwrap();
        Auth { client_token: Some(token), lease_duration: duration, renewable: true, ..Auth::default() }
    }
}

fn failed() -> Error {
    Error::no_token(std::io::Error::other("the server is down"))
}

impl Authority for Server {
    fn login(&self) -> BoxFuture<'_, Result<Auth>> {
        Box::pin(async {
            sleep(Duration::from_millis(50)).await;
            let mut played = self.0.lock().unwrap();
            played.tries += 1;
            if played.down {
                return Err(failed());
            }
            played.tokens.push((Instant::now(), Instant::now() + TTL));
            Ok(Self::auth(played.tokens.len() - 1, TTL))
        })
    }

    fn renew(&self, token: Token) -> BoxFuture<'_, Result<Auth>> {
        Box::pin(async move {
            sleep(Duration::from_millis(50)).await;
            let mut played = self.0.lock().unwrap();
            played.tries += 1;
            if played.down {
                return Err(failed());
            }
            played.renewals += 1;
            let number: usize = token.expose().parse().unwrap();
            let now = Instant::now();
            let end = (played.tokens[number].0 + LONGEST).min(now + TTL);
            played.tokens[number].1 = end;
            Ok(Self::auth(number, end - now))
        })
    }

    fn knows(&self, token: Token) -> BoxFuture<'_, Result<bool>> {
        self.0.lock().unwrap().lookups += 1;
        Box::pin(async move { Ok(self.alive(token.expose())) })
    }
}

fn start() -> (Server, Session, Source) {
    let server = Server::default();
    let client = Client::new(&Config::new("http://127.0.0.1:1").unwrap()).unwrap();
    let session = Session::with_authority(client, Box::new(server.clone()));
    let source = Source::new(Credential::provider(session.clone()));
    (server, session, source)
}

async fn token(source: &Source) -> String {
    source.token().await.unwrap().unwrap().expose().to_owned()
}

#[tokio::test(start_paused = true)]
async fn readers_never_get_a_token_that_has_ended_and_there_is_one_login_for_each_generation() {
    let (server, session, source) = start();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(600) {
        let tokens = join_all((0..100).map(|_| token(&source))).await;
        assert!(tokens.iter().all(|token| server.alive(token)), "{:?}", begun.elapsed());
        sleep(Duration::from_secs(7)).await;
    }
    let logins = server.logins();
    assert_eq!(session.generation().await, logins as u64);
    // A token lives 150 seconds and is replaced a little before.
    assert!((4..=6).contains(&logins), "{logins}");
    assert!(server.0.lock().unwrap().renewals >= logins - 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_kept_stays_alive_without_any_call() {
    let (server, session, _source) = start();
    let begun = Instant::now();
    let mut events = Box::pin(session.keep());
    let mut generations = Vec::new();
    while begun.elapsed() < Duration::from_secs(600) {
        match events.next().await.unwrap() {
            Event::LoggedIn { generation } => generations.push(generation),
            Event::Renewed => {}
            other => panic!("{other:?}"),
        }
        let last = server.logins() - 1;
        assert!(server.alive(&last.to_string()));
    }
    assert_eq!(generations, (1..=server.logins() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_dead_is_replaced_once_and_a_living_one_never() {
    let (server, _session, source) = start();
    let first = token(&source).await;
    let refused = Token::new(&first).unwrap();
    // The server knows it, so the call is wrong and not the token.
    assert!(source.instead_of(&refused).await.unwrap().is_none());
    assert_eq!((server.logins(), server.0.lock().unwrap().lookups), (1, 1));
    server.revoke(&first);
    let all = join_all((0..100).map(|_| source.instead_of(&refused))).await;
    assert!(all.iter().all(|token| token.as_ref().unwrap().as_ref().unwrap().expose() == "1"));
    assert_eq!(server.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_session_fails_closed_and_comes_back() {
    let (server, session, source) = start();
    let begun = Instant::now();
    assert_eq!(token(&source).await, "0");
    server.set_down(true);
    let mut last = begun;
    while let Ok(Some(token)) = source.token().await {
        assert!(server.alive(token.expose()));
        last = Instant::now();
        sleep(Duration::from_millis(300)).await;
    }
    assert!(last - begun > Duration::from_secs(58), "{:?}", last - begun);
    // Calls do not become logins without pause.
    let tries = server.0.lock().unwrap().tries;
    for _ in 0..300 {
        assert!(source.token().await.is_err());
        sleep(Duration::from_millis(100)).await;
    }
    let tries = server.0.lock().unwrap().tries - tries;
    assert!(tries <= 8, "{tries}");
    server.set_down(false);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(token(&source).await, "1");
    assert_eq!(session.generation().await, 2);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_the_token_is_made_anew_after_each_login() {
    let (server, session, _source) = start();
    let made = Arc::new(Mutex::new(0_u64));
    let (issued, own) = (Arc::clone(&made), session.clone());
    let issue = move || -> BoxFuture<'static, Result<Leased<u64>>> {
        let (issued, session) = (Arc::clone(&issued), own.clone());
        Box::pin(async move {
            let generation = session.generation().await;
            *issued.lock().unwrap() += 1;
            let lease = Lease { id: "l".to_owned(), duration: Duration::from_secs(3600), renewable: true };
            Ok(Leased { lease, data: generation })
        })
    };
    let renew = |_| -> BoxFuture<'static, Result<Lease>> { Box::pin(async { Err(failed()) }) };
    let held = session.hold_with(Box::new(issue), Box::new(renew));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(500) {
        let all = join_all((0..20).map(|_| held.read())).await;
        let generation = session.generation().await;
        assert!(all.iter().all(|value| value.as_ref().unwrap().data == generation));
        sleep(Duration::from_secs(3)).await;
    }
    assert_eq!(*made.lock().unwrap(), server.logins() as u64);
    // A stream that is polled does the same while nobody reads.
    let mut events = Box::pin(session.keep());
    let before = *made.lock().unwrap();
    let kept = async {
        while *made.lock().unwrap() == before {
            events.next().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(200), kept).await.unwrap();
}
