//! Auth methods, which trust the tokens of somebody else:
//! <https://developer.hashicorp.com/consul/api-docs/acl/auth-methods>.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::is_zero;
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::redact::Names;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::null::or_default;

/// An auth method.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AuthMethod {
    /// Its name.
    pub name: String,
    /// Its type: `jwt`, `kubernetes`, `aws-iam`, `oidc`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// A name for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// A text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The longest life of a token from a login.
    #[serde(rename = "MaxTokenTTL", with = "crate::object::go_text", skip_serializing_if = "Option::is_none")]
    pub max_token_ttl: Option<Duration>,
    /// Where such tokens are known: `local` or `global`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token_locality: String,
    /// The settings of its type. They may hold secrets, so they are never printed.
    #[serde(deserialize_with = "or_default")]
    pub config: Map<String, Value>,
    /// When it was made.
    #[serde(skip_serializing_if = "is_zero")]
    pub create_index: Index,
    /// When it was last written.
    #[serde(skip_serializing_if = "is_zero")]
    pub modify_index: Index,
    /// What this version of the crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AuthMethod {
    /// An auth method to be written.
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { name: name.into(), kind: kind.into(), ..Self::default() }
    }

    /// Sets one of the settings of its type, such as `JWKSURL`.
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.config.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthMethod")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("max_token_ttl", &self.max_token_ttl)
            .field("token_locality", &self.token_locality)
            .field("config", &Names(&self.config))
            .field("modify_index", &self.modify_index)
            .field("extra", &Names(&self.extra))
            .finish_non_exhaustive()
    }
}

/// An auth method as a list shows it: without its settings, so that it cannot be written back without them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AuthMethodStub {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "Type")]
    pub kind: String,
    /// A name for people.
    pub display_name: String,
    /// A text for people.
    pub description: String,
    /// The longest life of a token from a login.
    #[serde(rename = "MaxTokenTTL", with = "crate::object::go_text")]
    pub max_token_ttl: Option<Duration>,
    /// Where such tokens are known.
    pub token_locality: String,
    /// When it was made.
    pub create_index: Index,
    /// When it was last written.
    pub modify_index: Index,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Handle made by [`Acl::auth_methods`](super::Acl::auth_methods).
#[derive(Clone, Debug)]
pub struct AuthMethods {
    client: Client,
}

impl AuthMethods {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all auth methods without their settings. `GET /v1/acl/auth-methods`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/auth-methods#list-auth-methods)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for method in consul.acl().auth_methods().list().await? {
    ///     println!("{} ({})", method.name, method.kind);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<AuthMethodStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`AuthMethods::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`AuthMethods::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<AuthMethodStub>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/acl/auth-methods", [])?)).await
    }

    /// Watches the list of auth methods, as [`AuthMethods::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`AuthMethods::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ReadOptions) -> Watch<Vec<AuthMethodStub>> {
        Watch::new(self.clone(), options, |methods, read| Box::pin(async move { methods.list_with(&read).await }))
    }

    /// Reads an auth method, or `None` when there is none. `GET /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/auth-methods#read-an-auth-method)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(method) = consul.acl().auth_methods().read("nomad-workloads").await? {
    ///     println!("{:?}", method.config.get("JWKSURL"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, name: &str) -> Result<Option<AuthMethod>> {
        Ok(self.read_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`AuthMethods::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`AuthMethods::read`].
    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Option<AuthMethod>>> {
        self.client.answer_if_found(options.apply(Request::get("/v1/acl/auth-method/:name", [name])?)).await
    }

    /// Creates an auth method; as [`AuthMethods::put`] it replaces one of the same name. `PUT /v1/acl/auth-method`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/auth-methods#create-an-auth-method));
    /// needs `acl:write`.
    ///
    /// A server that is given a `JWKSURL` fetches it at once.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::AuthMethod;
    ///
    /// let method = AuthMethod::new("nomad-workloads", "jwt")
    ///     .with_setting("JWKSURL", "http://127.0.0.1:4646/.well-known/jwks.json")
    ///     .with_setting("BoundAudiences", vec!["consul.io"]);
    /// consul.acl().auth_methods().create(&method).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, method: &AuthMethod) -> Result<AuthMethod> {
        self.client.fetch(Request::put("/v1/acl/auth-method", [])?.json(method)?.idempotent()).await
    }

    /// Creates or replaces an auth method. `PUT /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/auth-methods#update-an-auth-method));
    /// needs `acl:write`.
    ///
    /// A server that is given a `JWKSURL` fetches it at once.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let methods = consul.acl().auth_methods();
    /// if let Some(mut method) = methods.read("nomad-workloads").await? {
    ///     method.description = "jobs of Nomad".to_owned();
    ///     methods.put(&method).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn put(&self, method: &AuthMethod) -> Result<AuthMethod> {
        let request = Request::put("/v1/acl/auth-method/:name", [method.name.as_str()])?;
        self.client.fetch(request.json(method)?.idempotent()).await
    }

    /// Deletes an auth method with its binding rules and the tokens from its logins; one that does not exist is fine
    /// too. `DELETE /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/auth-methods#delete-an-auth-method));
    /// needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().auth_methods().delete("nomad-workloads").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn delete(&self, name: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/auth-method/:name", name).await
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthMethod, AuthMethodStub};
    use crate::object::tests::lossless;

    #[test]
    fn an_auth_method_goes_back_as_it_came_and_hides_its_settings() {
        let method: AuthMethod = lossless(
            r#"{"MaxTokenTTL":"10m0s","Name":"jwt1","Type":"jwt","DisplayName":"x","TokenLocality":"local",
                "Config":{"BoundAudiences":["consul.io"],"OIDCClientSecret":"marker-secret"},"CreateIndex":34,"ModifyIndex":35,
                "NamespaceRules":[]}"#,
        );
        assert_eq!(method.max_token_ttl.unwrap().as_secs(), 600);
        let text = format!("{method:?}");
        assert!(text.contains("OIDCClientSecret") && !text.contains("marker-secret"), "{text}");
    }

    #[test]
    fn a_list_has_no_settings() {
        let text =
            r#"[{"MaxTokenTTL":"10m0s","Name":"jwt1","Type":"jwt","CreateIndex":34,"ModifyIndex":35},{"Name":"b"}]"#;
        let stubs: Vec<AuthMethodStub> = serde_json::from_str(text).unwrap();
        assert_eq!((stubs[0].kind.as_str(), stubs[1].max_token_ttl), ("jwt", None));
    }
}
