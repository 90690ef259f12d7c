//! Binding rules, which say what a login gives: <https://developer.hashicorp.com/consul/api-docs/acl/binding-rules>.

use super::TemplateVariables;
use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::{Request, none_if_not_found};

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

/// Handle made by [`Acl::binding_rules`](super::Acl::binding_rules).
#[derive(Clone, Debug)]
pub struct BindingRules {
    client: Client,
}

impl BindingRules {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the rules of one auth method, or of all. `GET /v1/acl/binding-rules`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self, auth_method: Option<&str>) -> Result<Vec<BindingRule>> {
        Ok(self.client.answer_or_none(list_request(auth_method)?).await?.value)
    }

    /// Reads a rule, or `None` when there is none. `GET /v1/acl/binding-rule/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<BindingRule>> {
        none_if_not_found(self.client.get("/v1/acl/binding-rule/:id", [id]).await)
    }

    /// Creates a rule and returns it with its id. `PUT /v1/acl/binding-rule`.
    ///
    /// Each call makes one more rule, even when an equal one exists.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.put("/v1/acl/binding-rule", [], rule).await
    }

    /// Replaces a rule. `PUT /v1/acl/binding-rule/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a rule without an id is refused.
    pub async fn update(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.fetch(Request::put("/v1/acl/binding-rule/:id", [rule.id.as_str()])?.json(rule)?.idempotent()).await
    }

    /// Deletes a rule; one that does not exist is fine too. `DELETE /v1/acl/binding-rule/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn delete(&self, id: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/binding-rule/:id", id).await
    }
}

fn list_request(auth_method: Option<&str>) -> Result<Request> {
    let request = Request::get("/v1/acl/binding-rules", [])?;
    Ok(match auth_method {
        Some(name) => request.query("authmethod", name),
        None => request,
    })
}

#[cfg(test)]
mod tests {
    use super::{BindType, BindingRule, list_request};
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
        assert_eq!(list_request(None).unwrap().query, "");
        assert_eq!(list_request(Some("a b")).unwrap().query, "authmethod=a%20b");
    }
}
