//! Logins, and tokens that serve once: <https://developer.hashicorp.com/nomad/api-docs/acl/login>.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{Acl, AclToken};
use crate::credential::Token;
use crate::error::Result;
use crate::meta::{BodyMeta, Index};
use crate::secret::{Secret, redacted};
use crate::transport::Request;
use crate::wire::{duration, time};

/// A secret that is exchanged for a token, once and within ten minutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct OneTimeToken {
    /// The secret; left out where this is written.
    #[serde(rename = "OneTimeSecretID", serialize_with = "redacted")]
    pub one_time_secret_id: Secret,
    /// The accessor of the token that it is exchanged for.
    #[serde(rename = "AccessorID")]
    pub accessor_id: String,
    /// When it ends.
    #[serde(deserialize_with = "time::or_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub create_index: Index,
    /// When it changed.
    pub modify_index: Index,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OneTime {
    one_time_token: OneTimeToken,
    #[serde(flatten)]
    meta: BodyMeta,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Exchanged {
    token: AclToken,
    #[serde(flatten)]
    meta: BodyMeta,
}

/// How a login in a browser begins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OidcLogin {
    /// The auth method.
    pub auth_method: String,
    /// Where the browser is sent back to: one of the method's
    /// [`allowed_redirect_uris`](super::AuthMethodConfig::allowed_redirect_uris).
    pub redirect_uri: String,
    /// A random text of the caller's, the same from the beginning to the end of a login.
    pub client_nonce: Secret,
}

impl OidcLogin {
    /// A login by this method.
    pub fn new(
        auth_method: impl Into<String>,
        redirect_uri: impl Into<String>,
        client_nonce: impl Into<Secret>,
    ) -> Self {
        Self { auth_method: auth_method.into(), redirect_uri: redirect_uri.into(), client_nonce: client_nonce.into() }
    }

    fn body(&self) -> Value {
        json!({
            "AuthMethodName": self.auth_method,
            "RedirectURI": self.redirect_uri,
            "ClientNonce": self.client_nonce,
        })
    }
}

/// What the browser brings back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OidcCallback {
    /// The parameter `state`.
    pub state: Secret,
    /// The parameter `code`.
    pub code: Secret,
    /// The parameter `iss`, if it is there.
    pub iss: Option<String>,
}

impl OidcCallback {
    /// The parameters `state` and `code` of the address that the browser was sent back to.
    pub fn new(state: impl Into<Secret>, code: impl Into<Secret>) -> Self {
        Self { state: state.into(), code: code.into(), iss: None }
    }
}

/// The text of a URL with secrets in it.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AuthUrl {
    #[serde(rename = "AuthURL")]
    auth_url: String,
}

/// For whom an introduction of a new client is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ClientIntroduction {
    /// How long it holds; the server's default unless set.
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// The name that the client must have; any unless set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node_name: String,
    /// The pool that it must join; `default` unless set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node_pool: String,
}

impl ClientIntroduction {
    /// For any client of the default pool.
    pub fn new() -> Self {
        Self::default()
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Introduced {
    #[serde(rename = "JWT", serialize_with = "redacted")]
    jwt: Secret,
}

impl Acl {
    /// Logs in with somebody else's signed token. `PUT /v1/acl/login`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/login#login-using-auth-method)); needs
    /// no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::Token;
    ///
    /// let proof = Token::new("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.…")?;
    /// let token = nomad.anonymous().acl().login("ci", &proof).await?;
    /// let nomad = token.secret_id.map(|secret| nomad.with_token(secret));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when no binding rule fits; the server refuses a token that it cannot
    /// check, and a method that does not exist.
    pub async fn login(&self, auth_method: &str, proof: &Token) -> Result<AclToken> {
        let body = json!({ "AuthMethodName": auth_method, "LoginToken": proof.expose() });
        self.client.put("/v1/acl/login", [], &body).await
    }

    /// Begins a login in a browser, and returns where to send it. `PUT /v1/acl/oidc/auth-url`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/oidc#obtain-authorization-url)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::OidcLogin;
    ///
    /// let login = OidcLogin::new("sso", "http://localhost:4649/oidc/callback", "a random text");
    /// let address = nomad.anonymous().acl().oidc_auth_url(&login).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses a method that does not exist, and an address that the method does not allow.
    pub async fn oidc_auth_url(&self, login: &OidcLogin) -> Result<Url> {
        let request = Request::put("/v1/acl/oidc/auth-url", [])?.json(&login.body())?;
        let answer: AuthUrl = self.client.fetch(request.clone()).await?;
        answer.auth_url.parse().map_err(|_| request.refused("the server returned no URL"))
    }

    /// Ends a login in a browser with what it brought back. `PUT /v1/acl/oidc/complete-auth`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/oidc#complete-authorization)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::{OidcCallback, OidcLogin};
    ///
    /// let login = OidcLogin::new("sso", "http://localhost:4649/oidc/callback", "a random text");
    /// let callback = OidcCallback::new("st_…", "…");
    /// let token = nomad.anonymous().acl().oidc_complete_auth(&login, &callback).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when no binding rule fits; the server refuses what the issuer does.
    pub async fn oidc_complete_auth(&self, login: &OidcLogin, callback: &OidcCallback) -> Result<AclToken> {
        let mut body = login.body();
        body["State"] = json!(callback.state);
        body["Code"] = json!(callback.code);
        if let Some(iss) = &callback.iss {
            body["Iss"] = json!(iss);
        }
        self.client.put("/v1/acl/oidc/complete-auth", [], &body).await
    }

    /// Makes a secret that can be exchanged for the client's own token, once and within ten minutes: to hand it to a
    /// browser without writing the token itself into an address. `PUT /v1/acl/token/onetime`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#upsert-one-time-token)); needs a valid token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let once = nomad.acl().one_time_token().await?;
    /// println!("until {:?}", once.expires_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn one_time_token(&self) -> Result<OneTimeToken> {
        Ok(self.client.fetch::<OneTime>(Request::put("/v1/acl/token/onetime", [])?).await?.one_time_token)
    }

    /// Exchanges such a secret for the token. `PUT /v1/acl/token/onetime/exchange`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#exchange-one-time-token)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let once = nomad.acl().one_time_token().await?;
    /// let token = nomad.anonymous().acl().exchange_one_time_token(&once.one_time_secret_id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it was exchanged before, is over or was never made.
    pub async fn exchange_one_time_token(&self, secret: &Secret) -> Result<AclToken> {
        let body = json!({ "OneTimeSecretID": secret });
        Ok(self.client.put::<Exchanged, 0>("/v1/acl/token/onetime/exchange", [], &body).await?.token)
    }

    /// Makes an introduction for a new client agent, which it shows when it registers.
    /// `PUT /v1/acl/identity/client-introduction-token`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/identity#create-client-introduction-token)); needs
    /// `node:write`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::ClientIntroduction;
    ///
    /// let mut introduction = ClientIntroduction::new();
    /// introduction.node_name = "client-7".to_owned();
    /// let token = nomad.acl().client_introduction(&introduction).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn client_introduction(&self, introduction: &ClientIntroduction) -> Result<Secret> {
        let introduced: Introduced =
            self.client.put("/v1/acl/identity/client-introduction-token", [], introduction).await?;
        Ok(introduced.jwt)
    }
}
