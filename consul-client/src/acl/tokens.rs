//! Tokens: <https://developer.hashicorp.com/consul/api-docs/acl/tokens>.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Link, NodeIdentity, ServiceIdentity, TemplatedPolicy, is_zero};
use crate::client::Client;
use crate::credential::Token;
use crate::error::{Error, Result};
use crate::meta::Index;
use crate::reason::Reason;
use crate::transport::Request;
use crate::wire::duration;
use crate::wire::null::or_default;
use crate::wire::time::{Timestamp, or_none};

/// A token and what it may do.
///
/// ```
/// # use consul_client::acl::{AclToken, Link};
/// let mut token = AclToken::new("reads the configuration of web");
/// token.policies.push(Link::by_name("web-config"));
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AclToken {
    /// Its public name, which says nothing about the secret.
    #[serde(rename = "AccessorID", skip_serializing_if = "String::is_empty")]
    pub accessor_id: String,
    /// The secret. It is sent only when the token is created; `Serialize` writes `(redacted)` in its place.
    #[serde(rename = "SecretID", with = "crate::redact::token", skip_serializing_if = "Option::is_none")]
    pub secret: Option<Token>,
    /// A text for people.
    pub description: String,
    /// Its policies.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Link>,
    /// Its roles.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Link>,
    /// The services it acts for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub service_identities: Vec<ServiceIdentity>,
    /// The agents it acts for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub node_identities: Vec<NodeIdentity>,
    /// Permissions from templates.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub templated_policies: Vec<TemplatedPolicy>,
    /// Whether it is known in its own datacenter only.
    pub local: bool,
    /// The auth method whose login made it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_method: String,
    /// When it stops to work.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<Timestamp>,
    /// How long a token that is created shall work; the server turns it into the time.
    #[serde(rename = "ExpirationTTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub expiration_ttl: Option<Duration>,
    /// When it was made.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// A hash over its content.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// When it was made, as an index.
    #[serde(skip_serializing_if = "is_zero")]
    pub create_index: Index,
    /// When it was last written, as an index.
    #[serde(skip_serializing_if = "is_zero")]
    pub modify_index: Index,
    /// What this version of the crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AclToken {
    /// A token that may do nothing yet.
    pub fn new(description: impl Into<String>) -> Self {
        Self { description: description.into(), ..Self::default() }
    }
}

/// Handle made by [`Acl::tokens`](super::Acl::tokens).
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
}

impl Tokens {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all tokens. `GET /v1/acl/tokens`.
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:read`.
    pub async fn list(&self) -> Result<Vec<AclToken>> {
        self.client.list("/v1/acl/tokens", []).await
    }

    /// Reads a token by its accessor, or `None` when there is none. `GET /v1/acl/token/:accessor`.
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:read`.
    pub async fn read(&self, accessor: &str) -> Result<Option<AclToken>> {
        match self.client.get("/v1/acl/token/:accessor", [accessor]).await {
            Ok(token) => Ok(Some(token)),
            Err(error) if is_about_the_accessor(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the client's own token. `GET /v1/acl/token/self`; needs no permission.
    ///
    /// # Errors
    /// [`Error::is_denied`] when the server does not know the token.
    pub async fn read_self(&self) -> Result<AclToken> {
        self.client.get("/v1/acl/token/self", []).await
    }

    /// Creates a token and returns it with its secret. `PUT /v1/acl/token`.
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`.
    pub async fn create(&self, token: &AclToken) -> Result<AclToken> {
        self.client.fetch(create_request(token)?).await
    }

    /// Replaces what a token may do; its secret stays. `PUT /v1/acl/token/:accessor`.
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`; a token without an accessor is refused.
    pub async fn update(&self, token: &AclToken) -> Result<AclToken> {
        self.client.fetch(update_request(token)?).await
    }

    /// Revokes a token; one that does not exist is fine too. `DELETE /v1/acl/token/:accessor`.
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`.
    pub async fn delete(&self, accessor: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/token/:id", accessor).await
    }
}

fn create_request(token: &AclToken) -> Result<Request> {
    with_body(Request::put("/v1/acl/token", [])?, token, token.secret.as_ref())
}

fn update_request(token: &AclToken) -> Result<Request> {
    let request = Request::put("/v1/acl/token/:accessor", [token.accessor_id.as_str()])?;
    Ok(with_body(request, token, None)?.idempotent())
}

/// The token as it is sent: with this secret, which `Serialize` does not write.
fn with_body(request: Request, token: &AclToken, secret: Option<&Token>) -> Result<Request> {
    let Ok(Value::Object(mut body)) = serde_json::to_value(token) else {
        return Err(request.refused("the token cannot be written as JSON"));
    };
    body.remove("SecretID");
    if let Some(secret) = secret {
        body.insert("SecretID".to_owned(), secret.expose().into());
    }
    request.json(&body)
}

/// The server says "ACL not found" of the client's own token too, but in other words.
fn is_about_the_accessor(error: &Error) -> bool {
    let Error::Api(api) = error else { return false };
    let gone = api.messages.iter().any(|message| message.starts_with("token does not exist"));
    error.is_not_found() || gone && *api.reason() == Reason::TokenNotFound
}

#[cfg(test)]
mod tests {
    use super::{AclToken, create_request, update_request};
    use crate::credential::Token;

    const READ: &str = r#"{"AccessorID":"e7bbaf8d-7545-e3ef-d3e1-01c409416322","SecretID":"marker-secret","Description":"t",
        "Policies":[{"ID":"0c87530d-572d-f3f2-bb29-2250b3d1bab7","Name":"p1"}],"Roles":null,"Local":true,
        "ExpirationTime":"2026-11-23T18:37:41.417589007Z","CreateTime":"2026-11-23T17:37:41.417589007Z",
        "Hash":"QBqhKfEywcWpQelSUikbfko7txa8OI/9USxPy66UHKU=","CreateIndex":32,"ModifyIndex":33,"Later":{"a":1}}"#;

    #[test]
    fn a_token_goes_back_as_it_came_but_for_its_secret() {
        let token: AclToken = serde_json::from_str(READ).unwrap();
        assert_eq!(token.secret.as_ref().unwrap().expose(), "marker-secret");
        let mut sent: serde_json::Value = serde_json::from_str(READ).unwrap();
        sent.as_object_mut().unwrap().remove("Roles");
        sent["SecretID"] = "(redacted)".into();
        assert_eq!(serde_json::to_value(&token).unwrap(), sent);
        assert!(!format!("{token:?}").contains("marker-secret"));
    }

    #[test]
    fn only_a_creation_carries_a_secret() {
        let mut token = AclToken::new("d");
        token.expiration_ttl = Some(std::time::Duration::from_secs(3600));
        let body = |token: &AclToken| {
            String::from_utf8(create_request(token).unwrap().body.unwrap().content.to_vec()).unwrap()
        };
        assert_eq!(body(&token), r#"{"Description":"d","ExpirationTTL":"1h0m0s","Local":false}"#);
        token.secret = Some(Token::new("s").unwrap());
        assert!(body(&token).contains(r#""SecretID":"s""#));
        assert!(!create_request(&token).unwrap().idempotent);
        assert!(update_request(&token).is_err());
        token.accessor_id = "a".to_owned();
        let update = update_request(&token).unwrap();
        assert!(update.idempotent && !String::from_utf8_lossy(&update.body.unwrap().content).contains("SecretID"));
    }
}
