//! Binding rules, which say what a login gives: <https://developer.hashicorp.com/consul/api-docs/acl/binding-rules>.

use super::TemplateVariables;
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

wire_enum! {
    /// What a binding rule gives.
    pub BindType {
        /// A service identity.
        Service = "service",
        /// A node identity.
        Node = "node",
        /// A role, if it exists.
        Role = "role",
        /// A policy.
        Policy = "policy",
        /// A templated policy.
        TemplatedPolicy = "templated-policy",
    }
}

default_empty!(BindType);

object! {
    /// A binding rule.
    BindingRule {
        /// Its id; empty until it is created.
        #[serde(rename = "ID")]
        pub id: String,
        /// A text for people.
        pub description: String,
        /// The auth method whose logins it is for.
        pub auth_method: String,
        /// Which logins it is for; all when empty.
        pub selector: String,
        /// What it gives.
        pub bind_type: BindType,
        /// The name of what it gives; may refer to claims, as in `${value.nomad_service}`.
        pub bind_name: String,
        /// What is put into the template of a templated policy.
        pub bind_vars: Option<TemplateVariables>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl BindingRule {
    /// A rule to be created, for all logins.
    pub fn new(auth_method: impl Into<String>, bind_type: BindType, bind_name: impl Into<String>) -> Self {
        Self { auth_method: auth_method.into(), bind_type, bind_name: bind_name.into(), ..Self::default() }
    }

    /// Only for logins that match this expression.
    #[must_use]
    pub fn with_selector(mut self, selector: impl Into<String>) -> Self {
        self.selector = selector.into();
        self
    }
}

/// Options of [`BindingRules::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    auth_method: Option<String>,
    read: ReadOptions,
}

impl ListOptions {
    /// The defaults: the rules of all auth methods.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the rules of this auth method.
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

/// Handle made by [`Acl::binding_rules`](super::Acl::binding_rules).
#[derive(Clone, Debug)]
pub struct BindingRules {
    client: Client,
}

impl BindingRules {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the rules of all auth methods. `GET /v1/acl/binding-rules`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/binding-rules#list-binding-rules)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for rule in consul.acl().binding_rules().list().await? {
    ///     println!("{} gives {} {}", rule.auth_method, rule.bind_type, rule.bind_name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<BindingRule>> {
        Ok(self.list_with(&ListOptions::new()).await?.value)
    }

    /// As [`BindingRules::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`BindingRules::list`].
    pub async fn list_with(&self, options: &ListOptions) -> Result<Answer<Vec<BindingRule>>> {
        self.client.answer_or_none(list_request(options)?).await
    }

    /// Watches the list of rules, as [`BindingRules::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`BindingRules::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ListOptions) -> Watch<Vec<BindingRule>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(rules, options), read| {
            Box::pin(async move { rules.list_with(&options.clone().with_read(read)).await })
        })
    }

    /// Reads a rule, or `None` when there is none. `GET /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/binding-rules#read-a-binding-rule));
    /// needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let id = "315b8a78-baa2-5b9c-c15f-d8afea0cb27f";
    /// if let Some(rule) = consul.acl().binding_rules().read(id).await? {
    ///     println!("for logins that match {}", rule.selector);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<BindingRule>> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`BindingRules::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`BindingRules::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<BindingRule>>> {
        self.client.answer_if_found(options.apply(Request::get("/v1/acl/binding-rule/:id", [id])?)).await
    }

    /// Creates a rule and returns it with its id. `PUT /v1/acl/binding-rule`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/binding-rules#create-a-binding-rule));
    /// needs `acl:write`.
    ///
    /// Each call makes one more rule, even when an equal one exists.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::{BindType, BindingRule};
    ///
    /// let rule = BindingRule::new("nomad-workloads", BindType::Service, "${value.nomad_service}")
    ///     .with_selector("\"nomad_service\" in value");
    /// consul.acl().binding_rules().create(&rule).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such auth method,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.put("/v1/acl/binding-rule", [], rule).await
    }

    /// Replaces a rule. `PUT /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/binding-rules#update-a-binding-rule));
    /// needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let rules = consul.acl().binding_rules();
    /// for mut rule in rules.list().await? {
    ///     rule.description = "made by us".to_owned();
    ///     rules.update(&rule).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a rule without an id is refused.
    pub async fn update(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.fetch(Request::put("/v1/acl/binding-rule/:id", [rule.id.as_str()])?.json(rule)?.idempotent()).await
    }

    /// Deletes a rule; one that does not exist is fine too. `DELETE /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/binding-rules#delete-a-binding-rule));
    /// needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().binding_rules().delete("315b8a78-baa2-5b9c-c15f-d8afea0cb27f").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn delete(&self, id: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/binding-rule/:id", id).await
    }
}

fn list_request(options: &ListOptions) -> Result<Request> {
    let request = Request::get("/v1/acl/binding-rules", [])?;
    Ok(options.read.apply(request.query_if("authmethod", options.auth_method.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::{BindType, BindingRule, ListOptions, list_request};
    use crate::object::tests::lossless;

    #[test]
    fn a_rule_goes_back_as_it_came() {
        let rule: BindingRule = lossless(
            r#"{"ID":"315b8a78-baa2-5b9c-c15f-d8afea0cb27f","Description":"","AuthMethod":"jwt1",
                "Selector":"\"svc\" in value","BindType":"service","BindName":"${value.svc}","CreateIndex":37,"ModifyIndex":38}"#,
        );
        assert_eq!(rule.bind_type, BindType::Service);
    }

    #[test]
    fn a_list_can_be_narrowed() {
        assert_eq!(list_request(&ListOptions::new()).unwrap().query, "");
        assert_eq!(list_request(&ListOptions::new().with_auth_method("a b")).unwrap().query, "authmethod=a%20b");
    }
}
