//! Answers that are handed over in a wrapping: <https://developer.hashicorp.com/vault/docs/concepts/response-wrapping>.
//!
//! Any call can be made so that its answer stays at the server, under a token that is good for one reading. Whoever
//! gets that token makes the same call with it, and the answer is read as if the server had given it then.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::codec::{self, Withheld};
use crate::credential::Token;
use crate::error::{Error, Result};
use crate::meta::{Answer, Envelope};
use crate::reason::Reason;
use crate::transport::{Reply, Request, json};
use crate::wire::{null, time};

/// What is known about a wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrapInfo {
    /// The token that unwraps it, once.
    #[serde(default, with = "codec::token")]
    pub token: Option<Token>,
    /// Names that token without giving it away.
    #[serde(default, deserialize_with = "null::or_default")]
    pub accessor: String,
    /// How long it can be unwrapped.
    #[serde(default, with = "codec::seconds")]
    pub ttl: Duration,
    /// When it was wrapped.
    #[serde(default, deserialize_with = "time::or_none")]
    pub creation_time: Option<Timestamp>,
    /// The path whose answer is inside, without `/v1/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub creation_path: String,
    /// Names the token inside, if there is one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub wrapped_accessor: String,
}

/// The answer of a call, still wrapped: `T` is what the call gives once it is unwrapped.
pub struct Wrapped<T> {
    token: Token,
    info: WrapInfo,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Wrapped<T> {
    fn clone(&self) -> Self {
        Self { token: self.token.clone(), info: self.info.clone(), kind: PhantomData }
    }
}

impl<T> fmt::Debug for Wrapped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").field("info", &self.info).finish_non_exhaustive()
    }
}

impl<T> Wrapped<T> {
    /// Takes a token that came from elsewhere.
    pub fn from_token(token: Token) -> Self {
        Self { token, info: WrapInfo::default(), kind: PhantomData }
    }

    /// The token to hand over.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// What is known about the wrapping; empty for a token that came from elsewhere.
    pub fn info(&self) -> &WrapInfo {
        &self.info
    }

    /// Unwraps the answer of `call`, which is made as if it was not wrapped.
    ///
    /// Before that the server is asked of which path the answer is: a wrapping of another one, which somebody may have
    /// put in the place of the right one, is refused and stays as it is.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::{Fields, Kv2Read};
    /// use vault_client::{Reason, Token, Wrapped};
    ///
    /// let wrapped = Wrapped::<Option<Kv2Read<Fields>>>::from_token(Token::new("hvs.…")?);
    /// match wrapped.unwrap_with(&vault, |vault| async move { vault.kv2("secret").read("app").await }).await {
    ///     Ok(secret) => println!("{secret:?}"),
    ///     Err(error) if error.reason().is_some_and(Reason::is_wrap_invalid) => println!("somebody was faster"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::is_wrap_invalid`] when it was unwrapped before or is over: whoever handed it over should know of that.
    /// [`Error::Request`] when it wraps the answer of another path.
    pub async fn unwrap_with<F, R>(&self, client: &Client, call: F) -> Result<T>
    where
        F: FnOnce(Client) -> R,
        R: Future<Output = Result<T>>,
    {
        call(client.detoured(Detour::Unwrap(self.token.clone()))).await
    }
}

/// What happens to a call instead of being sent as it is.
#[derive(Clone, Debug)]
pub(crate) enum Detour {
    Wrap(Duration, Slot),
    Unwrap(Token),
}

/// Where the wrapping of an answer is put.
pub(crate) type Slot = Arc<Mutex<Option<WrapInfo>>>;

impl Client {
    /// Makes a call whose answer is wrapped, for whoever gets the token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// let ttl = Duration::from_secs(300);
    /// let wrapped = vault.wrap(ttl, |vault| async move { vault.database("database").creds("web").await }).await?;
    /// println!("unwrap it until then: {:?}", wrapped.info().ttl);
    /// let user = wrapped.unwrap_with(&vault, |vault| async move { vault.database("database").creds("web").await });
    /// println!("{}", user.await?.data.username);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the call fails with; [`Error::Request`] when it has no answer that could be wrapped.
    pub async fn wrap<T, F, R>(&self, ttl: Duration, call: F) -> Result<Wrapped<T>>
    where
        F: FnOnce(Self) -> R,
        R: Future<Output = Result<T>>,
    {
        let slot = Slot::default();
        let result = call(self.detoured(Detour::Wrap(ttl, Arc::clone(&slot)))).await;
        let found = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (found, result) {
            (Some(mut info), _) => match info.token.take() {
                Some(token) => Ok(Wrapped { token, info, kind: PhantomData }),
                None => Err(nothing_to_wrap()),
            },
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(nothing_to_wrap()),
        }
    }

    /// Sends a request whose answer is the wrapping of what was asked for.
    pub(crate) async fn wrapping(&self, request: Request) -> Result<WrapInfo> {
        let reply = self.send(request.clone()).await?;
        let found = if reply.body.is_empty() { None } else { wrap_info(&request, &reply)? };
        found.ok_or_else(|| request.refused("there is no answer that could be wrapped"))
    }

    /// Sends a request another way, and gives an answer that the call can read, or an error that ends it.
    pub(crate) async fn detour(&self, request: Request, detour: &Detour) -> Result<Reply> {
        let direct = self.direct();
        match detour {
            Detour::Wrap(ttl, slot) => {
                let mut request = request;
                request.headers.push(("x-vault-wrap-ttl", format!("{}s", ttl.as_secs().max(1))));
                // The token of a wrapping whose answer got lost would lie there for nobody.
                request.idempotent = false;
                let info = direct.wrapping(request.clone()).await?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
                Err(request.refused("the answer is wrapped"))
            }
            Detour::Unwrap(token) => {
                let found = direct.sys().wrapping().lookup(token).await?;
                let own = request.path.as_str().trim_start_matches("/v1/").trim_end_matches('/');
                if found.creation_path.trim_end_matches('/') != own {
                    return Err(request.refused("the wrapping holds the answer of another path"));
                }
                direct.with_token(token.clone()).send(unwrapping()?).await
            }
        }
    }
}

fn wrap_info(request: &Request, reply: &Reply) -> Result<Option<WrapInfo>> {
    let answer = Answer::from(json::<Envelope<Option<Withheld>>>(request, reply)?);
    Ok(answer.meta.wrap_info)
}

/// To be sent with the token of the wrapping, and so by whoever has that and no other. Then it must not be named in the
/// body.
pub(crate) fn unwrapping() -> Result<Request> {
    Request::post("/v1/sys/wrapping/unwrap", [])
}

fn nothing_to_wrap() -> Error {
    Error::no_token(std::io::Error::other("there was no answer that could be wrapped"))
}

impl Reason {
    /// A wrapping was unwrapped before, is over, or never was.
    pub fn is_wrap_invalid(&self) -> bool {
        *self == Self::WrapInvalid
    }
}
