//! Tokens: <https://developer.hashicorp.com/consul/api-docs/acl/tokens>.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Link, NodeIdentity, Policy, Role, ServiceIdentity, TemplatedPolicy, is_zero};
use crate::client::Client;
use crate::credential::Token;
use crate::error::{Error, Result};
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::reason::Reason;
use crate::transport::Request;
use crate::watch::Watch;
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
    #[serde(skip_serializing_if = "String::is_empty")]
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

/// A token with everything that it may do, as the servers resolve it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ExpandedToken {
    /// All its policies, those of its roles and identities too.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub expanded_policies: Vec<Policy>,
    /// Its roles.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub expanded_roles: Vec<Role>,
    /// The policies that its namespace adds; Enterprise.
    #[serde(
        rename = "NamespaceDefaultPolicyIDs",
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub namespace_default_policy_ids: Vec<String>,
    /// The roles that its namespace adds; Enterprise.
    #[serde(
        rename = "NamespaceDefaultRoleIDs",
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub namespace_default_role_ids: Vec<String>,
    /// What holds where no policy says anything: `allow` or `deny`.
    #[serde(rename = "AgentACLDefaultPolicy")]
    pub agent_default_policy: String,
    /// What holds while policies cannot be fetched: `allow`, `deny`, `extend-cache` or `async-cache`.
    #[serde(rename = "AgentACLDownPolicy")]
    pub agent_down_policy: String,
    /// The agent that resolved it.
    pub resolved_by_agent: String,
    /// The token itself. It goes without what was resolved, so it can be changed and written back.
    #[serde(flatten)]
    pub token: AclToken,
}

/// Options of [`Tokens::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    policy: Option<String>,
    role: Option<String>,
    service: Option<String>,
    auth_method: Option<String>,
    read: ReadOptions,
}

impl ListOptions {
    /// The defaults: all tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only tokens with the policy of this id.
    #[must_use]
    pub fn with_policy(mut self, id: impl Into<String>) -> Self {
        self.policy = Some(id.into());
        self
    }

    /// Only tokens with the role of this id.
    #[must_use]
    pub fn with_role(mut self, id: impl Into<String>) -> Self {
        self.role = Some(id.into());
        self
    }

    /// Only tokens that act for this service.
    #[must_use]
    pub fn with_service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Only tokens from logins with this auth method.
    #[must_use]
    pub fn with_auth_method(mut self, name: impl Into<String>) -> Self {
        self.auth_method = Some(name.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
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

    /// Lists all tokens. Their secrets are `<hidden>` from who lacks `acl:write`. `GET /v1/acl/tokens`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#list-tokens)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for token in consul.acl().tokens().list().await? {
    ///     println!("{}: {}", token.accessor_id, token.description);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:read`.
    pub async fn list(&self) -> Result<Vec<AclToken>> {
        Ok(self.list_with(&ListOptions::new()).await?.value)
    }

    /// As [`Tokens::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Tokens::list`].
    pub async fn list_with(&self, options: &ListOptions) -> Result<Answer<Vec<AclToken>>> {
        self.client.answer_or_none(list_request(options)?).await
    }

    /// Watches the list of tokens, as [`Tokens::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Tokens::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ListOptions) -> Watch<Vec<AclToken>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(tokens, options), read| {
            Box::pin(async move { tokens.list_with(&options.clone().with_read(read)).await })
        })
    }

    /// Reads a token by its accessor, or `None` when there is none. `GET /v1/acl/token/:accessor`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#read-a-token));
    /// needs `acl:read`, and `acl:write` to see the secret.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let accessor = "e7bbaf8d-7545-e3ef-d3e1-01c409416322";
    /// if let Some(token) = consul.acl().tokens().read(accessor).await? {
    ///     println!("{:?}", token.expiration_time);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:read`.
    pub async fn read(&self, accessor: &str) -> Result<Option<AclToken>> {
        none_if_unknown(self.client.get("/v1/acl/token/:accessor", [accessor]).await)
    }

    /// As [`Tokens::read`], with options and the index to wait on, which a token that does not exist does not have.
    ///
    /// # Errors
    /// As [`Tokens::read`].
    pub async fn read_with(&self, accessor: &str, options: &ReadOptions) -> Result<Option<Answer<AclToken>>> {
        let request = options.apply(Request::get("/v1/acl/token/:accessor", [accessor])?);
        none_if_unknown(self.client.answer(request).await)
    }

    /// Reads a token with all that follows from its policies, roles and identities, or `None` when there is none.
    /// `GET /v1/acl/token/:accessor?expanded`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#read-a-token)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let accessor = "e7bbaf8d-7545-e3ef-d3e1-01c409416322";
    /// if let Some(token) = consul.acl().tokens().read_expanded(accessor).await? {
    ///     for policy in &token.expanded_policies {
    ///         println!("{}", policy.rules);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:read`.
    pub async fn read_expanded(&self, accessor: &str) -> Result<Option<ExpandedToken>> {
        let request = Request::get("/v1/acl/token/:accessor", [accessor])?.flag("expanded");
        none_if_unknown(self.client.fetch(request).await)
    }

    /// Reads the client's own token. `GET /v1/acl/token/self`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#read-self-token)); needs no
    /// permission.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.acl().tokens().read_self().await?.accessor_id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] when the server does not know the token.
    pub async fn read_self(&self) -> Result<AclToken> {
        self.client.get("/v1/acl/token/self", []).await
    }

    /// Creates a token and returns it with its secret. `PUT /v1/acl/token`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#create-a-token)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::{AclToken, ServiceIdentity};
    ///
    /// let mut token = AclToken::new("an instance of web");
    /// token.service_identities = vec![ServiceIdentity::new("web")];
    /// token.expiration_ttl = Some(std::time::Duration::from_secs(3600));
    /// let token = consul.acl().tokens().create(&token).await?;
    /// let web = token.secret.map(|secret| consul.with_token(secret));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`.
    pub async fn create(&self, token: &AclToken) -> Result<AclToken> {
        self.client.fetch(create_request(token)?).await
    }

    /// Replaces what a token may do; its secret stays. `PUT /v1/acl/token/:accessor`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#update-a-token)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::Link;
    ///
    /// let tokens = consul.acl().tokens();
    /// if let Some(mut token) = tokens.read("e7bbaf8d-7545-e3ef-d3e1-01c409416322").await? {
    ///     token.policies.push(Link::by_name("web-config"));
    ///     tokens.update(&token).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`; a token without an accessor is refused.
    pub async fn update(&self, token: &AclToken) -> Result<AclToken> {
        self.client.fetch(update_request(token)?).await
    }

    /// Makes another token that may do the same, and returns it with its secret. `PUT /v1/acl/token/:accessor/clone`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#clone-a-token)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let accessor = "e7bbaf8d-7545-e3ef-d3e1-01c409416322";
    /// let twin = consul.acl().tokens().clone_token(accessor, "for the second instance").await?;
    /// println!("{}", twin.accessor_id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`, and when there is no such token.
    pub async fn clone_token(&self, accessor: &str, description: &str) -> Result<AclToken> {
        self.client.put("/v1/acl/token/:accessor/clone", [accessor], &Twin { description }).await
    }

    /// Revokes a token; one that does not exist is fine too. `DELETE /v1/acl/token/:accessor`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/tokens#delete-a-token)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().tokens().delete("e7bbaf8d-7545-e3ef-d3e1-01c409416322").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`] without `acl:write`.
    pub async fn delete(&self, accessor: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/token/:accessor", accessor).await
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Twin<'a> {
    description: &'a str,
}

fn list_request(options: &ListOptions) -> Result<Request> {
    let request = Request::get("/v1/acl/tokens", [])?
        .query_if("policy", options.policy.as_ref())
        .query_if("role", options.role.as_ref())
        .query_if("servicename", options.service.as_ref())
        .query_if("authmethod", options.auth_method.as_ref());
    Ok(options.read.apply(request))
}

fn none_if_unknown<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(token) => Ok(Some(token)),
        Err(error) if is_about_the_accessor(&error) => Ok(None),
        Err(error) => Err(error),
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
    use super::{AclToken, ExpandedToken, ListOptions, create_request, list_request, update_request};
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
    fn a_list_can_be_narrowed() {
        assert_eq!(list_request(&ListOptions::new()).unwrap().query, "");
        let options = ListOptions::new().with_policy("p").with_role("r").with_service("s t").with_auth_method("a");
        let query = "policy=p&role=r&servicename=s%20t&authmethod=a";
        assert_eq!(list_request(&options).unwrap().query, query);
    }

    #[test]
    fn what_was_resolved_is_not_sent_back() {
        let text = r#"{"AccessorID":"a","SecretID":"s","ExpandedPolicies":[{"ID":"p","Name":"p","Rules":"r"}],
            "ExpandedRoles":null,"NamespaceDefaultPolicyIDs":null,"AgentACLDefaultPolicy":"deny",
            "AgentACLDownPolicy":"extend-cache","ResolvedByAgent":"a"}"#;
        let token: ExpandedToken = serde_json::from_str(text).unwrap();
        assert_eq!((token.expanded_policies[0].rules.as_str(), token.agent_default_policy.as_str()), ("r", "deny"));
        let update = update_request(&token.token).unwrap();
        assert_eq!(&update.body.unwrap().content[..], br#"{"AccessorID":"a","Local":false}"#);
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
