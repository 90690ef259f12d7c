//! Access control: <https://developer.hashicorp.com/consul/api-docs/acl>.
//!
//! Reading needs `acl:read`, everything else `acl:write`; logging in and out and reading one's own token need nothing.
//! What a server sent and this crate does not know is kept in `extra` and sent back by an update. Not covered: OIDC's
//! browser flow, which is Enterprise.

pub mod auth_methods;
pub mod binding_rules;
pub mod policies;
pub mod roles;
pub mod templates;
pub mod tokens;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::auth_methods::{AuthMethod, AuthMethodStub, AuthMethods};
pub use self::binding_rules::{BindType, BindingRule, BindingRules};
pub use self::policies::{Policies, Policy, PolicyStub};
pub use self::roles::{Role, Roles};
pub use self::templates::{Template, Templates};
pub use self::tokens::{AclToken, ExpandedToken, Tokens};

use crate::client::Client;
use crate::credential::Token;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::{Request, none_if_not_found};
use crate::wire::time::Timestamp;

/// Handle made by [`Client::acl`].
#[derive(Clone, Debug)]
pub struct Acl {
    client: Client,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Bootstrap<'a> {
    bootstrap_secret: &'a str,
}

/// The secret comes twice; here it must not be taken for something unknown, which may be printed.
#[derive(Serialize, Deserialize)]
struct Bootstrapped {
    #[serde(rename = "ID", default, with = "crate::redact::token")]
    id: Option<Token>,
    #[serde(flatten)]
    token: AclToken,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Login<'a> {
    auth_method: &'a str,
    bearer_token: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    meta: &'a BTreeMap<String, String>,
}

impl Acl {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Tokens.
    pub fn tokens(&self) -> Tokens {
        Tokens::new(self.client.clone())
    }

    /// Policies.
    pub fn policies(&self) -> Policies {
        Policies::new(self.client.clone())
    }

    /// Roles.
    pub fn roles(&self) -> Roles {
        Roles::new(self.client.clone())
    }

    /// Auth methods.
    pub fn auth_methods(&self) -> AuthMethods {
        AuthMethods::new(self.client.clone())
    }

    /// Binding rules.
    pub fn binding_rules(&self) -> BindingRules {
        BindingRules::new(self.client.clone())
    }

    /// Templates of policies, which the server brings along.
    pub fn templates(&self) -> Templates {
        Templates::new(self.client.clone())
    }

    /// Makes the first management token, with this secret or with one that the server chooses. `PUT /v1/acl/bootstrap`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl#bootstrap-acls)); needs no token.
    ///
    /// Before there is a leader the server holds the call for seconds: wait for the leader first.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if consul.status().leader().await?.is_some() {
    ///     let management = consul.acl().bootstrap(None).await?;
    ///     let management = management.secret.map(|secret| consul.with_token(secret));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::AlreadyBootstrapped`](crate::Reason::AlreadyBootstrapped) when it was done before.
    pub async fn bootstrap(&self, secret: Option<&Token>) -> Result<AclToken> {
        let mut request = Request::put("/v1/acl/bootstrap", [])?;
        if let Some(secret) = secret {
            request = request.json(&Bootstrap { bootstrap_secret: secret.expose() })?;
        }
        Ok(self.client.fetch::<Bootstrapped>(request).await?.token)
    }

    /// Reads how far this datacenter has copied the access control of the primary one. `GET /v1/acl/replication`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl#check-acl-replication)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let replication = consul.acl().replication().await?;
    /// println!("enabled: {}, last success: {:?}", replication.enabled, replication.last_success);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::AclDisabled`](crate::Reason::AclDisabled) where access control is off.
    pub async fn replication(&self) -> Result<Replication> {
        self.client.get("/v1/acl/replication", []).await
    }

    /// Trades a bearer token of somebody else, such as a signed JWT, for a Consul token. `POST /v1/acl/login`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl#login-to-auth-method)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::Token;
    ///
    /// let bearer = Token::new("eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl")?;
    /// let token = consul.acl().login("nomad-workloads", &bearer).await?;
    /// let own = token.secret.map(|secret| consul.with_token(secret));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such auth method,
    /// [`Error::is_denied`](crate::Error::is_denied) when no binding rule matches. A bearer token that is malformed,
    /// expired or not signed as it should be is answered with status 500 and a text only.
    pub async fn login(&self, auth_method: &str, bearer: &Token) -> Result<AclToken> {
        self.login_with(auth_method, bearer, &LoginOptions::new()).await
    }

    /// As [`Acl::login`], with options.
    ///
    /// # Errors
    /// As [`Acl::login`].
    pub async fn login_with(&self, auth_method: &str, bearer: &Token, options: &LoginOptions) -> Result<AclToken> {
        let body = Login { auth_method, bearer_token: bearer.expose(), meta: &options.meta };
        // The server wants no other token besides.
        self.client.anonymous().fetch(Request::post("/v1/acl/login", [])?.json(&body)?).await
    }

    /// Revokes the client's own token, which must come from a login. `POST /v1/acl/logout`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl#logout-from-auth-method)).
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().logout().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known or does not come from a login.
    pub async fn logout(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/acl/logout", [])?).await
    }

    /// Asks what the client's own token may do: up to 64 questions, answered in their order.
    /// `POST /v1/internal/acl/authorize`, which is made for the user interface, so the documentation of
    /// [access control](https://developer.hashicorp.com/consul/api-docs/acl) leaves it out; needs no permission.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::Authorization;
    ///
    /// let questions = [Authorization::new("key", "read").of("web/config")];
    /// for answer in consul.acl().authorize(&questions).await? {
    ///     println!("{} {}: {}", answer.resource, answer.segment, answer.is_allowed());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) for a resource or an access that does not exist,
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn authorize(&self, questions: &[Authorization]) -> Result<Vec<Authorization>> {
        let request = Request::post("/v1/internal/acl/authorize", [])?;
        self.client.fetch(request.json(&questions)?.idempotent()).await
    }
}

/// Options of [`Acl::login_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoginOptions {
    meta: BTreeMap<String, String>,
}

impl LoginOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes something about the login in the description of the token.
    #[must_use]
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }
}

object! {
    /// How far a datacenter has copied the access control of the primary one.
    Replication {
        /// Whether it copies at all: never in the primary datacenter.
        pub enabled: bool,
        /// Whether it is copying.
        pub running: bool,
        /// The primary datacenter.
        pub source_datacenter: String,
        /// What is copied: `tokens`, or `policies` without them.
        pub replication_type: String,
        /// The last index of the policies that was copied.
        pub replicated_index: Index,
        /// The last index of the roles that was copied.
        pub replicated_role_index: Index,
        /// The last index of the tokens that was copied.
        pub replicated_token_index: Index,
        /// When copying last succeeded.
        pub last_success: Option<Timestamp> as rfc3339,
        /// When copying last failed.
        pub last_error: Option<Timestamp> as rfc3339,
        /// Why it failed.
        pub last_error_message: String,
    }
}

object! {
    /// Whether the client's own token may do something: a question, and its answer.
    Authorization {
        /// The kind of thing: `key`, `service`, `node`, `operator` and others.
        pub resource: String,
        /// The thing, such as a key; empty for kinds that have no names.
        pub segment: String,
        /// What is done with it: `read`, `write` or `list`.
        pub access: String,
        /// Whether that is allowed; only in answers.
        pub allow: Option<bool>,
    }
}

impl Authorization {
    /// Asks whether this access to this kind of thing is allowed.
    pub fn new(resource: impl Into<String>, access: impl Into<String>) -> Self {
        Self { resource: resource.into(), access: access.into(), ..Self::default() }
    }

    /// The thing of this name.
    #[must_use]
    pub fn of(mut self, segment: impl Into<String>) -> Self {
        self.segment = segment.into();
        self
    }

    /// Whether the answer is yes.
    pub fn is_allowed(&self) -> bool {
        self.allow == Some(true)
    }
}

object! {
    /// Names a policy or a role, by id or by name.
    Link {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
    }
}

impl Link {
    /// By id, which outlives a change of the name.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// By name, which the server turns into an id at once.
    pub fn by_name(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

object! {
    /// Permissions that an instance of a service needs.
    ServiceIdentity {
        /// The service.
        pub service_name: String,
        /// Only in these datacenters; in all when empty.
        pub datacenters: Vec<String>,
    }
}

impl ServiceIdentity {
    /// In all datacenters.
    pub fn new(service: impl Into<String>) -> Self {
        Self { service_name: service.into(), ..Self::default() }
    }
}

object! {
    /// Permissions that a Consul agent needs.
    NodeIdentity {
        /// The agent's node.
        pub node_name: String,
        /// Its datacenter.
        pub datacenter: String,
    }
}

impl NodeIdentity {
    /// For this node.
    pub fn new(node: impl Into<String>, datacenter: impl Into<String>) -> Self {
        Self { node_name: node.into(), datacenter: datacenter.into(), ..Self::default() }
    }
}

object! {
    /// Permissions from a template of the server's.
    TemplatedPolicy {
        /// The template's id.
        #[serde(rename = "TemplateID")]
        pub template_id: String,
        /// The template's name, such as `builtin/service`.
        pub template_name: String,
        /// What is put into the template.
        pub template_variables: Option<TemplateVariables>,
        /// Only in these datacenters; in all when empty.
        pub datacenters: Vec<String>,
    }
}

impl TemplatedPolicy {
    /// Of this template, for the thing of this name.
    pub fn new(template: impl Into<String>, name: impl Into<String>) -> Self {
        let template_variables = Some(TemplateVariables::new(name));
        Self { template_name: template.into(), template_variables, ..Self::default() }
    }
}

/// What is put into a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TemplateVariables {
    /// The name of what the permissions are for.
    #[serde(alias = "Name", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What this version of the crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl TemplateVariables {
    /// With this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(index: &Index) -> bool {
    index.0 == 0
}

/// Deletes what may be gone already.
async fn delete(client: &Client, route: &'static str, id: &str) -> Result<()> {
    let request = Request::delete(route, [id])?.idempotent();
    none_if_not_found(client.execute(request).await).map(drop)
}

#[cfg(test)]
mod tests {
    use super::Bootstrapped;

    #[test]
    fn the_first_secret_is_not_printed() {
        let text =
            r#"{"ID":"marker-secret","AccessorID":"a","SecretID":"marker-secret","Description":"Bootstrap Token"}"#;
        let first: Bootstrapped = serde_json::from_str(text).unwrap();
        assert!(!serde_json::to_string(&first).unwrap().contains("marker"));
        assert!(first.id.is_some() && first.token.extra.is_empty());
        assert!(!format!("{:?}", first.token).contains("marker"));
    }
}
