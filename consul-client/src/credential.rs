//! The token that goes with each request.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

#[cfg(doc)]
use crate::error::Error;
use crate::error::{ConfigError, Result};

/// How long a token read from a file is used before the file is looked at again.
const REREAD: Duration = Duration::from_secs(30);

/// A token. It is never printed, and wiped from memory when dropped.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// Takes a token, without the white space around it.
    ///
    /// # Errors
    /// When it is empty or holds a character that cannot stand in an HTTP header.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ConfigError::new("token", "it is empty"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::new("token", "it holds a character that is not printable ASCII"));
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The token itself, for the moment it is needed.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn header(&self) -> Result<HeaderValue, ConfigError> {
        let mut value = HeaderValue::from_str(self.expose())
            .map_err(|_| ConfigError::new("token", "it holds a character that cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Token {}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Gives out tokens: a login, a helper program, another store of secrets.
///
/// ```
#[doc = concat!("# use ", env!("CARGO_CRATE_NAME"), "::{Credential, Issued, Provider, Token, TokenFuture};")]
/// struct Helper;
///
/// impl Provider for Helper {
///     fn token<'a>(&'a self, _refused: Option<&'a Token>) -> TokenFuture<'a> {
///         Box::pin(async { Ok(Issued::new(Token::new("from somewhere else")?)) })
///     }
/// }
///
/// let credential = Credential::provider(Helper);
/// ```
pub trait Provider: Send + Sync + 'static {
    /// The token to send from now on.
    ///
    /// It is asked for before the first call, when [`Issued::fresh_for`] is over, and when the server no longer knows
    /// the token: that one is then named as `refused`, and the call is sent again if another is given out. It is never
    /// asked for twice at a time, however many calls wait for it. An error fails the calls that wait; the next one asks
    /// again. An error of your own becomes one by [`Error::no_token`].
    fn token<'a>(&'a self, refused: Option<&'a Token>) -> TokenFuture<'a>;
}

/// What [`Provider::token`] returns: a boxed `async` block.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Issued>> + Send + 'a>>;

/// A token and how long it may be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The token.
    pub token: Token,
    /// When to ask for another one; only when the server refuses it if absent.
    pub fresh_for: Option<Duration>,
}

impl Issued {
    /// A token that is used until the server refuses it.
    pub fn new(token: Token) -> Self {
        Self { token, fresh_for: None }
    }

    /// Another token is asked for after this time, which should end before the token does.
    #[must_use]
    pub fn with_fresh_for(mut self, time: Duration) -> Self {
        self.fresh_for = Some(time);
        self
    }
}

/// Where the token comes from.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Credential {
    /// No token is sent.
    #[default]
    Anonymous,
    /// Always this one.
    Static(Token),
    /// The content of a file, read again every 30 seconds and when the server does not know the token any more.
    File(PathBuf),
    /// Whatever this gives out.
    Provider(Arc<dyn Provider>),
}

impl Credential {
    /// Tokens of this provider.
    pub fn provider(provider: impl Provider) -> Self {
        Self::Provider(Arc::new(provider))
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Static(token) => f.debug_tuple("Static").field(token).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Provider(_) => f.write_str("Provider(…)"),
        }
    }
}

struct File(PathBuf);

impl Provider for File {
    fn token<'a>(&'a self, _refused: Option<&'a Token>) -> TokenFuture<'a> {
        Box::pin(async {
            let what = || format!("token file {}", self.0.display());
            let text = tokio::fs::read_to_string(&self.0)
                .await
                .map_err(|error| ConfigError::new(what(), "it cannot be read").caused(error))?;
            let token = Token::new(&text).map_err(|error| error.about(what()))?;
            Ok(Issued::new(token).with_fresh_for(REREAD))
        })
    }
}

/// A credential together with the token that it gave last; shared by all clones of a client.
#[derive(Clone)]
pub(crate) struct Source(Arc<Inner>);

enum Inner {
    Fixed(Option<Token>),
    Provided { provider: Arc<dyn Provider>, current: Mutex<Option<Current>>, asking: tokio::sync::Mutex<()> },
}

#[derive(Clone)]
struct Current {
    token: Token,
    until: Option<Instant>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source(…)")
    }
}

impl Source {
    pub(crate) fn new(credential: Credential) -> Self {
        let provider: Arc<dyn Provider> = match credential {
            Credential::Anonymous => return Self(Arc::new(Inner::Fixed(None))),
            Credential::Static(token) => return Self(Arc::new(Inner::Fixed(Some(token)))),
            Credential::File(path) => Arc::new(File(path)),
            Credential::Provider(provider) => provider,
        };
        let (current, asking) = (Mutex::new(None), tokio::sync::Mutex::new(()));
        Self(Arc::new(Inner::Provided { provider, current, asking }))
    }

    /// The token to send, or none for an anonymous client.
    pub(crate) async fn token(&self) -> Result<Option<Token>> {
        match &*self.0 {
            Inner::Fixed(token) => Ok(token.clone()),
            Inner::Provided { .. } => self.another(None).await,
        }
    }

    /// Another token than this one, which the server does not know; none if there is no other.
    pub(crate) async fn instead_of(&self, refused: &Token) -> Result<Option<Token>> {
        let token = self.another(Some(refused)).await?;
        Ok(token.filter(|token| token != refused))
    }

    async fn another(&self, refused: Option<&Token>) -> Result<Option<Token>> {
        let Inner::Provided { provider, current, asking } = &*self.0 else { return Ok(None) };
        let lock = || current.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = || {
            let known = lock().clone()?;
            let fresh = known.until.is_none_or(|until| Instant::now() < until);
            Some(known.token).filter(|token| fresh && Some(token) != refused)
        };
        if let Some(token) = usable() {
            return Ok(Some(token));
        }
        let _alone = asking.lock().await;
        // While this call waited, another may have got one.
        if let Some(token) = usable() {
            return Ok(Some(token));
        }
        let issued = provider.token(refused).await?;
        let until = issued.fresh_for.and_then(|time| Instant::now().checked_add(time));
        *lock() = Some(Current { token: issued.token.clone(), until });
        Ok(Some(issued.token))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tokio::time::sleep;

    use super::{Credential, Issued, Provider, Source, Token, TokenFuture};
    use crate::error::Error;

    #[test]
    fn tokens_are_checked_and_hidden() {
        assert!(Token::new("").is_err());
        assert!(Token::new("a\nb").is_err());
        assert!(Token::new("ü").is_err());
        let token = Token::new(" s.hunter2\n").unwrap();
        assert_eq!(token.expose(), "s.hunter2");
        let text = format!("{token:?} {:?}", Credential::Static(token.clone()));
        assert!(!text.contains("hunter2"), "{text}");
        assert!(token.header().unwrap().is_sensitive());
    }

    /// Gives out numbered tokens, slowly, and remembers which were refused.
    #[derive(Clone, Default)]
    struct Numbered {
        asked: Arc<AtomicUsize>,
        refused: Arc<Mutex<Vec<String>>>,
        fresh_for: Option<Duration>,
        fails: bool,
    }

    impl Provider for Numbered {
        fn token<'a>(&'a self, refused: Option<&'a Token>) -> TokenFuture<'a> {
            Box::pin(async move {
                let number = self.asked.fetch_add(1, Ordering::SeqCst);
                self.refused.lock().unwrap().extend(refused.map(|token| token.expose().to_owned()));
                sleep(Duration::from_secs(1)).await;
                if self.fails {
                    return Err(Error::no_token(std::io::Error::other("no login")));
                }
                Ok(Issued { token: Token::new(&format!("t{number}"))?, fresh_for: self.fresh_for })
            })
        }
    }

    fn source(provider: &Numbered) -> Source {
        Source::new(Credential::provider(provider.clone()))
    }

    async fn token(source: &Source) -> String {
        source.token().await.unwrap().unwrap().expose().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_ask_once() {
        let provider = Numbered::default();
        let source = source(&provider);
        let all = futures_util::future::join_all((0..100).map(|_| token(&source))).await;
        assert!(all.iter().all(|token| token == "t0"));
        let old = Token::new("t0").unwrap();
        let all = futures_util::future::join_all((0..100).map(|_| source.instead_of(&old))).await;
        assert!(all.iter().all(|token| token.as_ref().unwrap().as_ref().unwrap().expose() == "t1"));
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
        assert_eq!(*provider.refused.lock().unwrap(), ["t0"]);
        // Who comes late with the first token is told of the second.
        assert_eq!(source.instead_of(&old).await.unwrap().unwrap().expose(), "t1");
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_while_it_is_fresh() {
        let provider = Numbered { fresh_for: Some(Duration::from_secs(60)), ..Numbered::default() };
        let source = source(&provider);
        assert_eq!(token(&source).await, "t0");
        sleep(Duration::from_secs(59)).await;
        assert_eq!(token(&source).await, "t0");
        sleep(Duration::from_secs(1)).await;
        assert_eq!(token(&source).await, "t1");
        assert!(provider.refused.lock().unwrap().is_empty());
        let endless = Numbered { fresh_for: Some(Duration::MAX), ..Numbered::default() };
        assert_eq!(token(&Source::new(Credential::provider(endless))).await, "t0");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_lets_the_next_one_ask() {
        let provider = Numbered::default();
        let source = source(&provider);
        assert!(tokio::time::timeout(Duration::from_millis(500), source.token()).await.is_err());
        assert_eq!(token(&source).await, "t1");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_the_provider_is_told_and_not_kept() {
        let provider = Numbered { fails: true, ..Numbered::default() };
        let source = source(&provider);
        for _ in 0..2 {
            let error = source.token().await.unwrap_err();
            assert!(std::error::Error::source(&error).is_some() && !error.may_have_applied(), "{error}");
        }
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_cannot_change_is_not_asked_for_again() {
        let token = Token::new("t").unwrap();
        for credential in [Credential::Anonymous, Credential::Static(token.clone())] {
            assert_eq!(Source::new(credential).instead_of(&token).await.unwrap(), None);
        }
    }
}
