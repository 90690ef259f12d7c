//! Logging in over a browser.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::Jwt;
use crate::auth::Auth;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;
use crate::wire::null;

/// How the browser is sent to the provider.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct AuthUrlOptions {
    /// The role; the method's default one unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A random text that the login has to bring again, so that nobody else can end it.
    #[serde(serialize_with = "exposed", skip_serializing_if = "Option::is_none")]
    pub client_nonce: Option<SecretString>,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn exposed<S: serde::Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

impl AuthUrlOptions {
    /// With the method's default role.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The login has to bring this again.
    #[must_use]
    pub fn with_client_nonce(mut self, nonce: impl Into<SecretString>) -> Self {
        self.client_nonce = Some(nonce.into());
        self
    }
}

/// What the browser brings back from the provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OidcLogin {
    /// Which login it is.
    pub state: SecretString,
    /// What the provider gives for a token; not needed when [`Jwt::oidc_deliver`] brought it.
    pub code: Option<SecretString>,
    /// The text with which the login was begun.
    pub client_nonce: Option<SecretString>,
}

impl OidcLogin {
    /// The login of this state, with this code.
    pub fn new(state: impl Into<SecretString>, code: impl Into<SecretString>) -> Self {
        Self { state: state.into(), code: Some(code.into()), client_nonce: None }
    }

    /// The login of this state, whose code was delivered.
    pub fn delivered(state: impl Into<SecretString>) -> Self {
        Self { state: state.into(), code: None, client_nonce: None }
    }

    /// Begun with this text.
    #[must_use]
    pub fn with_client_nonce(mut self, nonce: impl Into<SecretString>) -> Self {
        self.client_nonce = Some(nonce.into());
        self
    }
}

/// What stands for a code that was delivered before.
const DELIVERED: &str = "no_code";

#[derive(Serialize, Deserialize)]
struct AuthUrl {
    #[serde(default, deserialize_with = "null::or_default")]
    auth_url: String,
}

#[derive(Serialize)]
struct Asking<'a> {
    redirect_uri: &'a str,
    #[serde(flatten)]
    options: &'a AuthUrlOptions,
}

impl Jwt {
    /// Asks where a browser has to go to log in, and come back from to `redirect_uri`; `None` when the role does not
    /// allow that.
    ///
    /// `POST /v1/auth/:mount/oidc/auth_url`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#oidc-authorization-url-request)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::jwt::AuthUrlOptions;
    ///
    /// let options = AuthUrlOptions::new().with_role("people");
    /// let url = vault.jwt("oidc").oidc_auth_url("http://localhost:8250/oidc/callback", &options).await?;
    /// println!("open {url:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist; status 400 when the method has
    /// no provider.
    pub async fn oidc_auth_url(&self, redirect_uri: &str, options: &AuthUrlOptions) -> Result<Option<String>> {
        let request = Request::post("/v1/auth/*mount/oidc/auth_url", [&self.mount])?;
        let request = request.json(&Asking { redirect_uri, options })?;
        let answer: AuthUrl = self.client.anonymous().fetch(request).await?;
        Ok(Some(answer.auth_url).filter(|url| !url.is_empty()))
    }

    /// Logs in with what the browser brought back.
    ///
    /// `GET /v1/auth/:mount/oidc/callback`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#oidc-callback)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, state: String, code: String) -> vault_client::Result<()> {
    /// use vault_client::jwt::OidcLogin;
    ///
    /// let auth = vault.jwt("oidc").oidc_login(&OidcLogin::new(state, code)).await?.value;
    /// # drop(auth);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the login is not known, too old, or not accepted.
    pub async fn oidc_login(&self, login: &OidcLogin) -> Result<Answer<Auth>> {
        let mut request = Request::get("/v1/auth/*mount/oidc/callback", [&self.mount])?;
        // A state is good once.
        request.idempotent = false;
        request = request.query("state", login.state.expose_secret());
        request = request.query("code", login.code.as_ref().map_or(DELIVERED, ExposeSecret::expose_secret));
        if let Some(nonce) = &login.client_nonce {
            request = request.query("client_nonce", nonce.expose_secret());
        }
        self.client.anonymous().login(request).await
    }

    /// Hands over what the provider had the browser post, and says what page the browser shows then. The login itself
    /// comes after it, with [`OidcLogin::delivered`].
    ///
    /// `POST /v1/auth/:mount/oidc/callback`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#oidc-callback)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, state: String, code: String) -> vault_client::Result<()> {
    /// use vault_client::jwt::OidcLogin;
    ///
    /// vault.jwt("oidc").oidc_deliver(&OidcLogin::new(state.clone(), code)).await?;
    /// let auth = vault.jwt("oidc").oidc_login(&OidcLogin::delivered(state)).await?.value;
    /// # drop(auth);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when the login is not known, or `redirect_uri` was none of Vault's own addresses.
    pub async fn oidc_deliver(&self, delivery: &OidcLogin) -> Result<String> {
        let body = serde_json::json!({
            "state": delivery.state.expose_secret(),
            "code": delivery.code.as_ref().map(ExposeSecret::expose_secret),
        });
        let request = Request::post("/v1/auth/*mount/oidc/callback", [&self.mount])?.json(&body)?;
        let page = self.client.anonymous().send(request).await?.body;
        Ok(String::from_utf8_lossy(&page).into_owned())
    }
}
