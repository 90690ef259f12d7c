//! Answers that are handed over in a wrapping: <https://developer.hashicorp.com/vault/api-docs/system/wrapping-wrap>.
//!
//! To wrap the answer of any call see [`Client::wrap`].

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::Auth;
use crate::client::Client;
use crate::codec::{self, Own};
use crate::credential::Token;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;
use crate::wire::{null, time};
use crate::wrapped::{WrapInfo, unwrapping};

/// What a wrapping tells without being unwrapped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrapLookup {
    /// The path whose answer is inside, without `/v1/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub creation_path: String,
    /// When it was wrapped.
    #[serde(default, deserialize_with = "time::or_none")]
    pub creation_time: Option<Timestamp>,
    /// How long it can be unwrapped, from then on.
    #[serde(default, with = "codec::seconds")]
    pub creation_ttl: Duration,
}

/// Handle made by [`Sys::wrapping`](super::Sys::wrapping).
#[derive(Clone, Debug)]
pub struct Wrapping {
    client: Client,
}

impl Wrapping {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Wraps data of the caller's own, which has to be a JSON object.
    ///
    /// `POST /v1/sys/wrapping/wrap`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/wrapping-wrap#wrapping-wrap)); every token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::kv2::Fields;
    ///
    /// let fields = Fields::from([("password", "correct horse")]);
    /// let wrapped = vault.sys().wrapping().wrap(Duration::from_secs(60), &fields).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not valid.
    pub async fn wrap<T: Serialize + ?Sized>(&self, ttl: Duration, data: &T) -> Result<WrapInfo> {
        let mut request = Request::post("/v1/sys/wrapping/wrap", [])?.json(&data)?;
        request.headers.push(("x-vault-wrap-ttl", format!("{}s", ttl.as_secs().max(1))));
        self.client.wrapping(request).await
    }

    /// Reads what a wrapping tells without being unwrapped. Whoever gets one should do this first, to see that it was
    /// not exchanged.
    ///
    /// `POST /v1/sys/wrapping/lookup`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/wrapping-lookup#wrapping-lookup)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let wrapping = vault.sys().wrapping().lookup(&token).await?;
    /// println!("the answer of {}", wrapping.creation_path);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::is_wrap_invalid`](crate::Reason::is_wrap_invalid) when it was unwrapped before or is over.
    pub async fn lookup(&self, token: &Token) -> Result<WrapLookup> {
        let request = Request::post("/v1/sys/wrapping/lookup", [])?.json(&json!({ "token": token.expose() }))?;
        self.client.fetch(request.idempotent()).await
    }

    /// Exchanges a wrapping for another one of the same content and life.
    ///
    /// `POST /v1/sys/wrapping/rewrap`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/wrapping-rewrap#wrapping-rewrap)); every token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let fresh = vault.sys().wrapping().rewrap(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::is_wrap_invalid`](crate::Reason::is_wrap_invalid) when it was unwrapped before or is over.
    pub async fn rewrap(&self, token: &Token) -> Result<WrapInfo> {
        let request = Request::post("/v1/sys/wrapping/rewrap", [])?.json(&json!({ "token": token.expose() }))?;
        self.client.wrapping(request).await
    }

    /// Unwraps data. To unwrap the answer of a call of this crate see [`Wrapped`](crate::Wrapped).
    ///
    /// `POST /v1/sys/wrapping/unwrap`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/wrapping-unwrap#wrapping-unwrap)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Fields;
    ///
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let fields: Fields = vault.sys().wrapping().unwrap(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::is_wrap_invalid`](crate::Reason::is_wrap_invalid) when it was unwrapped before or is over.
    pub async fn unwrap<T: DeserializeOwned>(&self, token: &Token) -> Result<T> {
        Ok(self.client.with_token(token.clone()).fetch::<Own<T>>(unwrapping()?).await?.0)
    }

    /// Unwraps a token: the answer of a login, or of making a token.
    ///
    /// `POST /v1/sys/wrapping/unwrap`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/wrapping-unwrap#wrapping-unwrap)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let auth = vault.sys().wrapping().unwrap_auth(&token).await?.value;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::is_wrap_invalid`](crate::Reason::is_wrap_invalid) when it was unwrapped before or is over.
    pub async fn unwrap_auth(&self, token: &Token) -> Result<Answer<Auth>> {
        self.client.with_token(token.clone()).login(unwrapping()?).await
    }
}
