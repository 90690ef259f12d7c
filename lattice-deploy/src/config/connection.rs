//! The database's connection URL.

use super::field::{Fault, Field, text, violation};
use super::table::{Constraint, InputType};
use super::value::Value;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// What Vault replaces by the account's password.
const PASSWORD_TEMPLATE: &str = "{{password}}";
/// The one query parameter that matters to a reader and cannot be a secret.
const SHOWN_PARAMETER: &str = "sslmode=";

/// A `PostgreSQL` URL, which may hold `{{username}}` and `{{password}}` for Vault to fill in.
///
/// It may hold a password too, so `Debug` and `Display` leave out the user part.
#[derive(Clone)]
pub struct ConnectionUrl(SecretString);

impl ConnectionUrl {
    /// The whole URL, for Vault only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether a password stands in the URL itself, where Vault cannot rotate it.
    pub fn has_literal_password(&self) -> bool {
        let parts = Parts::of(self.expose());
        let in_user = parts.user.and_then(|user| user.split_once(':'));
        let in_query = parts
            .query
            .split('&')
            .any(|pair| pair.split_once('=').is_some_and(|(key, value)| key.contains("password") && !value.is_empty()));
        in_query || in_user.is_some_and(|(_, password)| password != PASSWORD_TEMPLATE)
    }
}

impl fmt::Display for ConnectionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = Parts::of(self.expose());
        write!(f, "{}://", parts.scheme)?;
        // An @ behind the host means that the parts were not told apart for certain.
        if parts.query.contains('@') {
            return f.write_str("[REDACTED]");
        }
        f.write_str(parts.location)?;
        let mut pairs = parts.query.split('&');
        match pairs.find(|pair| pair.starts_with(SHOWN_PARAMETER)) {
            Some(pair) => write!(f, "?{pair}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ConnectionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionUrl({self})")
    }
}

impl Field for ConnectionUrl {
    const KIND: InputType = InputType::String;
    const CONSTRAINT: Constraint = Constraint::ConnectionUrl;

    fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
        let text = text(value)?;
        let parts = Parts::of(&text);
        let names_a_host = !parts.location.is_empty() && !parts.location.starts_with(['/', ':']);
        let is_whole = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if matches!(parts.scheme, "postgresql" | "postgres") && names_a_host && is_whole {
            return Ok(Self(SecretString::from(text.as_ref())));
        }
        Err(violation(value, None, constraint))
    }
}

/// Cut by hand: templates and lists of hosts are no part of a standard URL.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    location: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (before, query) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
        let (user, location) = match before.rsplit_once('@') {
            Some((user, location)) => (Some(user), location),
            None => (None, before),
        };
        Self { scheme, user, location, query }
    }
}
