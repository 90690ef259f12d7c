//! Templated policies, which the server brings along:
//! <https://developer.hashicorp.com/consul/api-docs/acl/templated-policies>.

use std::collections::BTreeMap;

use super::{Policy, TemplateVariables};
use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

object! {
    /// A template of a policy.
    Template {
        /// Its name, such as `builtin/service`.
        pub template_name: String,
        /// A JSON schema of its variables; empty when it has none.
        pub schema: String,
        /// The rules, with places for the variables.
        pub template: String,
        /// A text for people.
        pub description: String,
    }
}

/// Handle made by [`Acl::templates`](super::Acl::templates).
#[derive(Clone, Debug)]
pub struct Templates {
    client: Client,
}

impl Templates {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all templates by their name. `GET /v1/acl/templated-policies`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/templated-policies#list-templated-policies));
    /// needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for (name, template) in consul.acl().templates().list().await? {
    ///     println!("{name}: {}", template.description);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<BTreeMap<String, Template>> {
        self.client.list("/v1/acl/templated-policies", []).await
    }

    /// Reads a template. `GET /v1/acl/templated-policy/name/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/templated-policies#read-a-templated-policy-by-name));
    /// needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.acl().templates().read("builtin/service").await?.template);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) when there is none,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, name: &str) -> Result<Template> {
        self.client.get("/v1/acl/templated-policy/name/*name", [name]).await
    }

    /// Shows the policy that a template makes. `POST /v1/acl/templated-policy/preview/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/templated-policies#preview-a-templated-policy));
    /// needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::TemplateVariables;
    ///
    /// let templates = consul.acl().templates();
    /// let policy = templates.preview("builtin/service", &TemplateVariables::new("web")).await?;
    /// println!("{}", policy.rules);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) when there is no such template or a variable is missing,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn preview(&self, name: &str, variables: &TemplateVariables) -> Result<Policy> {
        let request = Request::post("/v1/acl/templated-policy/preview/*name", [name])?;
        self.client.fetch(request.json(variables)?.idempotent()).await
    }
}
