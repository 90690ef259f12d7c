//! Tokens: <https://developer.hashicorp.com/vault/api-docs/auth/token>.
//!
//! Not covered: `lookup` and `lookup-self` by their other verb, which say the same, and tokens whose text the caller
//! chooses.

mod types;

use std::time::Duration;

use serde_json::{Value, json};

pub use self::types::{TokenInfo, TokenRequest, TokenRole};

use crate::auth::Auth;
use crate::client::Client;
use crate::credential::Token;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::token`].
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
}

/// The body of a renewal.
fn renewal(mut body: Value, increment: Option<Duration>) -> Value {
    if let Some(increment) = increment {
        body["increment"] = format!("{}s", increment.as_secs()).into();
    }
    body
}

impl Tokens {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads what the client's own token is.
    ///
    /// `GET /v1/auth/token/lookup-self`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self)); every token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let info = vault.token().lookup_self().await?;
    /// println!("{} ends in {:?}", info.display_name, info.ttl);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more.
    pub async fn lookup_self(&self) -> Result<TokenInfo> {
        self.client.fetch(Request::get("/v1/auth/token/lookup-self", [])?).await
    }

    /// Looks a token up; `None` when it has ended.
    ///
    /// `POST /v1/auth/token/lookup` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let alive = vault.token().lookup(&token).await?.is_some();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup(&self, token: &Token) -> Result<Option<TokenInfo>> {
        let body = json!({ "token": token.expose() });
        let request = Request::post("/v1/auth/token/lookup", [])?.json(&body)?.idempotent();
        match self.client.fetch(request).await {
            // The server says of the token that is looked up what it would say of the client's own.
            Err(error) if says_bad_token(&error) => self.lookup_self().await.map(|_| None),
            result => result.map(Some),
        }
    }

    /// Looks a token up by its accessor; `None` when it has ended.
    ///
    /// `POST /v1/auth/token/lookup-accessor`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-accessor)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for accessor in vault.token().list_accessors().await? {
    ///     if let Some(info) = vault.token().lookup_accessor(&accessor).await? {
    ///         println!("{} of {:?}", info.display_name, info.policies);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup_accessor(&self, accessor: &str) -> Result<Option<TokenInfo>> {
        let request =
            Request::post("/v1/auth/token/lookup-accessor", [])?.json(&json!({ "accessor": accessor }))?.idempotent();
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Renews the client's own token; the server may grant less than `increment`.
    ///
    /// `POST /v1/auth/token/renew-self`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#renew-a-token-self)); every token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let renewed = vault.token().renew_self(None).await?.value;
    /// println!("valid for another {:?}", renewed.lease_duration);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more; status 400 when it cannot be
    /// renewed, as with a root token.
    pub async fn renew_self(&self, increment: Option<Duration>) -> Result<Answer<Auth>> {
        let body = renewal(json!({}), increment);
        self.client.login(Request::post("/v1/auth/token/renew-self", [])?.json(&body)?.idempotent()).await
    }

    /// Renews a token; the server may grant less than `increment`.
    ///
    /// `POST /v1/auth/token/renew` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#renew-a-token));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// vault.token().renew(&token, None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it has ended;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn renew(&self, token: &Token, increment: Option<Duration>) -> Result<Answer<Auth>> {
        let body = renewal(json!({ "token": token.expose() }), increment);
        self.client.login(Request::post("/v1/auth/token/renew", [])?.json(&body)?.idempotent()).await
    }

    /// Renews a token by its accessor; the server may grant less than `increment`. The answer has no token.
    ///
    /// `POST /v1/auth/token/renew-accessor`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#renew-a-token-accessor)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let accessor = vault.token().lookup_self().await?.accessor;
    /// vault.token().renew_accessor(&accessor, None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it has ended;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn renew_accessor(&self, accessor: &str, increment: Option<Duration>) -> Result<Answer<Auth>> {
        let body = renewal(json!({ "accessor": accessor }), increment);
        self.client.login(Request::post("/v1/auth/token/renew-accessor", [])?.json(&body)?.idempotent()).await
    }

    /// Makes a token.
    ///
    /// `POST /v1/auth/token/create` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#create-token));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::token::TokenRequest;
    ///
    /// let request = TokenRequest::with_policies(["web"]).with_ttl(Duration::from_secs(3600));
    /// let made = vault.token().create(&request).await?.value;
    /// let web = made.client_token.map(|token| vault.with_token(token));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 for policies that the maker has not.
    pub async fn create(&self, token: &TokenRequest) -> Result<Answer<Auth>> {
        self.client.login(Request::post("/v1/auth/token/create", [])?.json(token)?).await
    }

    /// Makes a token that outlives its maker.
    ///
    /// `POST /v1/auth/token/create-orphan`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#create-token)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::token::TokenRequest;
    ///
    /// let made = vault.token().create_orphan(&TokenRequest::with_policies(["web"])).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Tokens::create`].
    pub async fn create_orphan(&self, token: &TokenRequest) -> Result<Answer<Auth>> {
        self.client.login(Request::post("/v1/auth/token/create-orphan", [])?.json(token)?).await
    }

    /// Makes a token with a role.
    ///
    /// `POST /v1/auth/token/create/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#create-token)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::token::TokenRequest;
    ///
    /// let made = vault.token().create_with_role("deployers", &TokenRequest::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist; status 400 for what it does
    /// not allow; [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn create_with_role(&self, role: &str, token: &TokenRequest) -> Result<Answer<Auth>> {
        self.client.login(Request::post("/v1/auth/token/create/:role", [role])?.json(token)?).await
    }

    /// Revokes the client's own token with all that it made.
    ///
    /// `POST /v1/auth/token/revoke-self`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#revoke-a-token-self)); every token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.token().revoke_self().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more.
    pub async fn revoke_self(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/auth/token/revoke-self", [])?).await
    }

    /// Revokes a token with all that it made; one that has ended is fine too.
    ///
    /// `POST /v1/auth/token/revoke` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#revoke-a-token));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// vault.token().revoke(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke(&self, token: &Token) -> Result<()> {
        self.client.put("/v1/auth/token/revoke", [], &json!({ "token": token.expose() })).await
    }

    /// Revokes a token by its accessor, with all that it made; one that has ended is fine too.
    ///
    /// `POST /v1/auth/token/revoke-accessor`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#revoke-a-token-accessor)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let accessor = vault.token().lookup_self().await?.accessor;
    /// vault.token().revoke_accessor(&accessor).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke_accessor(&self, accessor: &str) -> Result<()> {
        let body = json!({ "accessor": accessor });
        none_if_not_found(self.client.put("/v1/auth/token/revoke-accessor", [], &body).await).map(drop)
    }

    /// Revokes a token but not the tokens that it made, which become orphans; one that has ended is fine too.
    ///
    /// `POST /v1/auth/token/revoke-orphan`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#revoke-token-and-orphan-children)); needs
    /// `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// vault.token().revoke_orphan(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn revoke_orphan(&self, token: &Token) -> Result<()> {
        let body = json!({ "token": token.expose() });
        none_if_not_found(self.client.put("/v1/auth/token/revoke-orphan", [], &body).await).map(drop)
    }

    /// Lists the accessors of all tokens.
    ///
    /// `LIST /v1/auth/token/accessors`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#list-accessors)); needs `list` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{} tokens", vault.token().list_accessors().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list_accessors(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/token/accessors/", []).await
    }

    /// Lists the names of the roles.
    ///
    /// `LIST /v1/auth/token/roles` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#list-token-roles));
    /// needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let names = vault.token().list_roles().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/token/roles/", []).await
    }

    /// Reads a role, or `None` when it does not exist.
    ///
    /// `GET /v1/auth/token/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#read-token-role)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let role = vault.token().read_role("deployers").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role(&self, name: &str) -> Result<Option<TokenRole>> {
        self.client.read("/v1/auth/token/roles/:name", [name]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is.
    ///
    /// `POST /v1/auth/token/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#create-update-token-role)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::token::TokenRole;
    ///
    /// vault.token().put_role("deployers", &TokenRole::with_allowed_policies(["deploy"])).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role(&self, name: &str, role: &TokenRole) -> Result<()> {
        self.client.put("/v1/auth/token/roles/:name", [name], role).await
    }

    /// Deletes a role; one that does not exist is fine too. Its tokens stay.
    ///
    /// `DELETE /v1/auth/token/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#delete-token-role)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.token().delete_role("deployers").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/auth/token/roles/:name", [name]).await
    }

    /// Starts to clean up what storage errors left behind of tokens. The answer comes before that has ended.
    ///
    /// `POST /v1/auth/token/tidy` ([API](https://developer.hashicorp.com/vault/api-docs/auth/token#tidy-tokens)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.token().tidy().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn tidy(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/auth/token/tidy", [])?.idempotent()).await
    }
}

fn says_bad_token(error: &crate::Error) -> bool {
    let crate::Error::Api(error) = error else { return false };
    error.status() == 403 && error.messages().iter().any(|message| message == "bad token")
}
