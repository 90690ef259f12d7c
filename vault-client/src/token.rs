//! Tokens: <https://developer.hashicorp.com/vault/api-docs/auth/token>.
//!
//! Not covered: token roles, and calls that take another token in the body.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::{Auth, TokenType};
use crate::client::Client;
use crate::codec::{self, Withheld};
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{duration, null, time};

/// What the server knows about a token; never the token itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Names the token without giving it away.
    #[serde(default, deserialize_with = "null::or_default")]
    pub accessor: String,
    /// How it is called in the audit log.
    #[serde(default, deserialize_with = "null::or_default")]
    pub display_name: String,
    /// The entity that it acts for.
    #[serde(default, deserialize_with = "null::or_default")]
    pub entity_id: String,
    /// When it was made, to the second.
    #[serde(default, with = "codec::unix")]
    pub creation_time: Option<Timestamp>,
    /// When it was made; none for a root token.
    #[serde(default, deserialize_with = "time::or_none")]
    pub issue_time: Option<Timestamp>,
    /// When it ends; never for a root token.
    #[serde(default, deserialize_with = "time::or_none")]
    pub expire_time: Option<Timestamp>,
    /// How long it still lives; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub ttl: Duration,
    /// How long it lived when it was made; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub creation_ttl: Duration,
    /// How long it lives at most; zero for the server's own limit.
    #[serde(default, with = "codec::seconds")]
    pub explicit_max_ttl: Duration,
    /// How long each renewal makes it live, without any end; zero for a token that has one.
    #[serde(default, with = "codec::seconds")]
    pub period: Duration,
    /// Whether it can be renewed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub renewable: bool,
    /// What its maker noted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub meta: BTreeMap<String, String>,
    /// How many calls it is still good for; 0 without limit.
    #[serde(default, deserialize_with = "null::or_default")]
    pub num_uses: i64,
    /// Whether it outlives the token that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub orphan: bool,
    /// The path of the login or call that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub path: String,
    /// Its own policies.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policies: Vec<String>,
    /// The policies that come from its entity and groups.
    #[serde(default, deserialize_with = "null::or_default")]
    pub identity_policies: Vec<String>,
    /// Its kind.
    #[serde(rename = "type", default)]
    pub kind: Option<TokenType>,
    #[serde(default)]
    id: Withheld,
}

/// A token to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TokenRequest {
    /// Its policies; those of the maker unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<String>>,
    /// How long it lives.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long it lives at most, whatever its renewals ask for.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub explicit_max_ttl: Option<Duration>,
    /// How long each renewal makes it live, without any end; needs `sudo`.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub period: Option<Duration>,
    /// Whether it can be renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewable: Option<bool>,
    /// Lets it outlive its maker; needs `sudo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_parent: Option<bool>,
    /// Leaves out the policy `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_default_policy: Option<bool>,
    /// How it is called in the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How many calls it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_uses: Option<u64>,
    /// What to note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<BTreeMap<String, String>>,
    /// Its kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenType>,
}

impl TokenRequest {
    /// A token as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token with these policies.
    pub fn with_policies<S: Into<String>>(policies: impl IntoIterator<Item = S>) -> Self {
        Self { policies: Some(policies.into_iter().map(Into::into).collect()), ..Self::default() }
    }
}

/// Handle made by [`Client::token`].
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
}

impl Tokens {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads what the client's own token is. `GET /v1/auth/token/lookup-self`; every token may.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more.
    pub async fn lookup_self(&self) -> Result<TokenInfo> {
        self.client.fetch(Request::get("/v1/auth/token/lookup-self", [])?).await
    }

    /// Renews the client's own token; the server may grant less than `increment`. `POST /v1/auth/token/renew-self`;
    /// every token may.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more; status 400 when it cannot be
    /// renewed, as with a root token.
    pub async fn renew_self(&self, increment: Option<Duration>) -> Result<Answer<Auth>> {
        let body = match increment {
            Some(increment) => json!({ "increment": format!("{}s", increment.as_secs()) }),
            None => json!({}),
        };
        self.client.login(Request::post("/v1/auth/token/renew-self", [])?.json(&body)?.idempotent()).await
    }

    /// Makes a token. `POST /v1/auth/token/create`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 for policies that the maker has not.
    pub async fn create(&self, token: &TokenRequest) -> Result<Answer<Auth>> {
        self.client.login(Request::post("/v1/auth/token/create", [])?.json(token)?).await
    }

    /// Revokes the client's own token with all that it made. `POST /v1/auth/token/revoke-self`; every token may.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when it is not valid any more.
    pub async fn revoke_self(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/auth/token/revoke-self", [])?).await
    }

    /// Looks a token up by its accessor; `None` when it has ended. `POST /v1/auth/token/lookup-accessor`; needs
    /// `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup_accessor(&self, accessor: &str) -> Result<Option<TokenInfo>> {
        let request =
            Request::post("/v1/auth/token/lookup-accessor", [])?.json(&json!({ "accessor": accessor }))?.idempotent();
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Revokes a token by its accessor, with all that it made; one that has ended is fine too.
    /// `POST /v1/auth/token/revoke-accessor`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke_accessor(&self, accessor: &str) -> Result<()> {
        let body = json!({ "accessor": accessor });
        none_if_not_found(self.client.put("/v1/auth/token/revoke-accessor", [], &body).await).map(drop)
    }

    /// Lists the accessors of all tokens. `LIST /v1/auth/token/accessors`; needs `list` and `sudo`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn list_accessors(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/token/accessors/", []).await
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenInfo, TokenRequest};
    use crate::auth::TokenType;
    use std::time::Duration;

    #[test]
    fn a_root_token_has_no_end() {
        let text = r#"{"accessor":"g6T1TBb9mAms9dqfvmsp8YBc","creation_time":1795455974,"creation_ttl":0,
            "display_name":"root","entity_id":"","expire_time":null,"explicit_max_ttl":0,"id":"hvs.hunter2",
            "meta":null,"num_uses":0,"orphan":true,"path":"auth/token/root","policies":["root"],"ttl":0,
            "type":"service"}"#;
        let info: TokenInfo = serde_json::from_str(text).unwrap();
        assert_eq!((info.expire_time, info.ttl), (None, Duration::ZERO));
        assert_eq!(info.kind, Some(TokenType::Service));
        assert!(!format!("{info:?}").contains("hunter2"));
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let mut request = TokenRequest::with_policies(["web"]);
        request.ttl = Some(Duration::from_secs(3600));
        request.kind = Some(TokenType::Batch);
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"policies":["web"],"ttl":"3600s","type":"batch"}"#);
    }
}
