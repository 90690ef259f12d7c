//! The token that goes with each request.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::ConfigError;

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

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where the token comes from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Credential {
    /// No token is sent.
    #[default]
    Anonymous,
    /// Always this one.
    Static(Token),
    /// The content of a file, read again every 30 seconds and when the server does not know the token any more.
    File(PathBuf),
}

/// A credential together with what was last read from it; shared by all clones of a client.
#[derive(Clone, Debug)]
pub(crate) struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    credential: Credential,
    read: Mutex<Option<(Instant, HeaderValue)>>,
}

impl Source {
    pub(crate) fn new(credential: Credential) -> Self {
        Self(Arc::new(Inner { credential, read: Mutex::new(None) }))
    }

    /// The value of the token header, or none for an anonymous client.
    pub(crate) async fn header(&self) -> Result<Option<HeaderValue>, ConfigError> {
        match &self.0.credential {
            Credential::Anonymous => Ok(None),
            Credential::Static(token) => token.header().map(Some),
            Credential::File(path) => self.read_file(path).await.map(Some),
        }
    }

    /// Forgets what was read. Says whether reading again can give another token.
    pub(crate) fn forget(&self) -> bool {
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = None;
        // Not "was something forgotten": a call at the same time may have forgotten it first.
        matches!(self.0.credential, Credential::File(_))
    }

    async fn read_file(&self, path: &Path) -> Result<HeaderValue, ConfigError> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let what = || format!("token file {}", path.display());
        let text = tokio::fs::read_to_string(path)
            .await
            .map_err(|error| ConfigError::new(what(), "it cannot be read").caused(error))?;
        let value = Token::new(&text).and_then(|token| token.header()).map_err(|error| error.about(what()))?;
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some((Instant::now(), value.clone()));
        Ok(value)
    }

    fn fresh(&self) -> Option<HeaderValue> {
        let read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.as_ref().filter(|(at, _)| at.elapsed() < REREAD).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Credential, Token};

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
}
