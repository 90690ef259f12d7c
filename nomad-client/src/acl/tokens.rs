//! Tokens: <https://developer.hashicorp.com/nomad/api-docs/acl/tokens>.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::Acl;
use crate::credential::Token;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::secret::REDACTED;
use crate::transport::{Request, none_if_not_found};
use crate::wire::{duration, null, time};

wire_enum! {
    /// What a token may do.
    pub TokenType {
        /// What its policies say.
        Client = "client",
        /// Everything.
        Management = "management",
    }
}

default_empty!(TokenType);

/// A token with its secret, which is left out where the token is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AclToken {
    /// Its public name.
    #[serde(rename = "AccessorID")]
    pub accessor_id: String,
    /// The token itself.
    #[serde(rename = "SecretID", deserialize_with = "secret", serialize_with = "redacted")]
    pub secret_id: Option<Token>,
    /// A name for people.
    pub name: String,
    /// What it may do.
    #[serde(rename = "Type")]
    pub kind: TokenType,
    /// Its policies.
    #[serde(deserialize_with = "null::or_default")]
    pub policies: Vec<String>,
    /// Its roles.
    #[serde(deserialize_with = "null::or_default")]
    pub roles: Vec<RoleLink>,
    /// Whether it is known in all regions.
    pub global: bool,
    /// When it was made.
    #[serde(deserialize_with = "time::or_none")]
    pub create_time: Option<Timestamp>,
    /// How long it lives from then on, if it was made so and not asked for its end.
    #[serde(rename = "ExpirationTTL", with = "duration::go_text")]
    pub expiration_ttl: Option<Duration>,
    /// When it ends.
    #[serde(deserialize_with = "time::or_none")]
    pub expiration_time: Option<Timestamp>,
    /// A digest of what it may do, in base64.
    #[serde(deserialize_with = "null::or_default")]
    pub hash: String,
    /// When it was made.
    pub create_index: Index,
    /// When it changed.
    pub modify_index: Index,
}

pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Token>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| Token::new(&text)).transpose().map_err(|_| serde::de::Error::custom("not a token"))
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(super) fn redacted<S: Serializer>(token: &Option<Token>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    token.as_ref().map(|_| REDACTED).serialize(serializer)
}

object! {
    /// A role of a token.
    RoleLink {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
    }
}

impl RoleLink {
    /// The role of this id.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// The role of this name.
    pub fn by_name(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

answer! {
    /// A token in a list.
    TokenStub {
        /// Its public name.
        #[serde(rename = "AccessorID")]
        pub accessor_id: String,
        /// A name for people.
        pub name: String,
        /// What it may do.
        #[serde(rename = "Type")]
        pub kind: TokenType,
        /// Its policies.
        pub policies: Vec<String>,
        /// Its roles.
        pub roles: Vec<RoleLink>,
        /// Whether it is known in all regions.
        pub global: bool,
        /// When it was made.
        pub create_time: Option<Timestamp> as rfc3339,
        /// When it ends.
        pub expiration_time: Option<Timestamp> as rfc3339,
        /// A digest of its content, in base64.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

/// A token to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct NewToken {
    /// A name for people.
    pub name: String,
    /// What it may do.
    #[serde(rename = "Type")]
    pub kind: TokenType,
    /// Its policies; none for a management token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Its roles; none for a management token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleLink>,
    /// Whether it is known in all regions.
    pub global: bool,
    /// How long it lives; without it, until it is deleted.
    #[serde(rename = "ExpirationTTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub expiration_ttl: Option<Duration>,
}

impl NewToken {
    /// A token with these policies.
    pub fn client(name: impl Into<String>, policies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            name: name.into(),
            kind: TokenType::Client,
            policies: policies.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// What a token is now, to be changed.
    pub fn of(token: &AclToken) -> Self {
        Self {
            name: token.name.clone(),
            kind: token.kind.clone(),
            policies: token.policies.clone(),
            roles: token.roles.clone(),
            global: token.global,
            expiration_ttl: None,
        }
    }

    /// A token that may do everything.
    pub fn management(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: TokenType::Management, ..Self::default() }
    }
}

#[derive(Serialize)]
struct Update<'a> {
    #[serde(rename = "AccessorID")]
    accessor: &'a str,
    #[serde(flatten)]
    token: &'a NewToken,
}

impl Acl {
    /// Makes the first management token; its secret is this UUID, or the server's choice. `POST /v1/acl/bootstrap`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#bootstrap-token)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let first = nomad.anonymous().acl().bootstrap(None).await?;
    /// let nomad = first.secret_id.map(|secret| nomad.with_token(secret));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::AlreadyBootstrapped`](crate::Reason::AlreadyBootstrapped) when that was done before;
    /// [`Reason::AclDisabled`](crate::Reason::AclDisabled) when the cluster has no access control.
    pub async fn bootstrap(&self, secret: Option<Token>) -> Result<AclToken> {
        let mut request = Request::post("/v1/acl/bootstrap", [])?;
        if let Some(secret) = secret {
            request = request.json(&json!({ "BootstrapSecret": secret.expose() }))?;
        }
        self.client.fetch(request).await
    }

    /// Reads the client's own token. `GET /v1/acl/token/self`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#read-self-token)); needs a valid token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{:?}", nomad.acl().token_self().await?.policies);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn token_self(&self) -> Result<AclToken> {
        self.client.get("/v1/acl/token/self", []).await
    }

    /// Lists the tokens, without their secrets. `GET /v1/acl/tokens`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#list-tokens)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for token in nomad.acl().tokens().await? {
    ///     println!("{}: {:?}", token.name, token.policies);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn tokens(&self) -> Result<Vec<TokenStub>> {
        Ok(self.tokens_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Acl::tokens`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Acl::tokens`].
    pub async fn tokens_with(&self, options: &ReadOptions) -> Result<Answer<Vec<TokenStub>>> {
        self.client.get_with("/v1/acl/tokens", [], options).await
    }

    /// Reads a token by its accessor, or `None` when there is none. `GET /v1/acl/token/:accessor`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#read-token)); one's own needs no management token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let token = nomad.acl().token("aa534e09-6a07-0a45-2295-a7f77063d429").await?;
    /// println!("{:?}", token.map(|token| token.expiration_time));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn token(&self, accessor: &str) -> Result<Option<AclToken>> {
        none_if_not_found(self.client.get("/v1/acl/token/:accessor", [accessor]).await)
    }

    /// Makes a token. `PUT /v1/acl/token`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#create-token)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::NewToken;
    ///
    /// let token = nomad.acl().create_token(&NewToken::client("ci", ["deploy"])).await?;
    /// let nomad = token.secret_id.map(|secret| nomad.with_token(secret));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn create_token(&self, token: &NewToken) -> Result<AclToken> {
        self.client.put("/v1/acl/token", [], token).await
    }

    /// Changes a token's name, policies and roles, by its accessor; its lifetime and secret stay.
    /// `PUT /v1/acl/token/:accessor` ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#update-token)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::NewToken;
    ///
    /// let accessor = "aa534e09-6a07-0a45-2295-a7f77063d429";
    /// if let Some(token) = nomad.acl().token(accessor).await? {
    ///     let mut changed = NewToken::of(&token);
    ///     changed.policies.push("logs".to_owned());
    ///     nomad.acl().update_token(accessor, &changed).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses when there is none,
    /// and to make it known in other regions.
    pub async fn update_token(&self, accessor: &str, token: &NewToken) -> Result<AclToken> {
        let body = Update { accessor, token };
        self.client.fetch(Request::put("/v1/acl/token/:accessor", [accessor])?.json(&body)?.idempotent()).await
    }

    /// Deletes a token by its accessor. `DELETE /v1/acl/token/:accessor`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/tokens#delete-token)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.acl().delete_token("aa534e09-6a07-0a45-2295-a7f77063d429").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn delete_token(&self, accessor: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/acl/token/:accessor", [accessor])?.idempotent()).await
    }
}

#[cfg(test)]
mod tests {
    use super::{AclToken, NewToken, TokenType};
    use std::time::Duration;

    #[test]
    fn a_recorded_token_is_read_and_hidden() {
        let text = r#"{"ExpirationTTL":"","AccessorID":"ae279a7e","SecretID":"hunter2","Name":"Bootstrap Token",
            "Type":"management","Policies":null,"Roles":null,"Global":true,"Hash":"BUJ3","CreateTime":
            "2026-11-23T17:36:20.979339245Z","ExpirationTime":null,"CreateIndex":10,"ModifyIndex":10}"#;
        let token: AclToken = serde_json::from_str(text).unwrap();
        assert_eq!(token.kind, TokenType::Management);
        assert_eq!(token.secret_id.as_ref().map(crate::Token::expose), Some("hunter2"));
        assert!(!format!("{token:?}").contains("hunter2"));
    }

    #[test]
    fn a_new_token_is_sent() {
        let mut token = NewToken::client("ci", ["deploy"]);
        token.expiration_ttl = Some(Duration::from_secs(3600));
        let text = r#"{"Name":"ci","Type":"client","Policies":["deploy"],"Global":false,"ExpirationTTL":"1h0m0s"}"#;
        assert_eq!(serde_json::to_string(&token).unwrap(), text);
    }
}
