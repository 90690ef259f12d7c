//! What a login may do: <https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules>.

use jiff::Timestamp;

use super::Acl;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

wire_enum! {
    /// What a rule gives to a login.
    pub BindType {
        /// A role.
        Role = "role",
        /// A policy.
        Policy = "policy",
        /// Everything.
        Management = "management",
    }
}

default_empty!(BindType);

object! {
    /// What a login may do.
    BindingRule {
        /// Set by the server: its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// A text for people.
        pub description: String,
        /// The auth method; it stays what it is.
        pub auth_method: String,
        /// Which logins: an expression over `value` and `list`; all unless set.
        pub selector: String,
        /// What they get.
        pub bind_type: BindType,
        /// Its name, in which `${value.name}` stands for what the login says.
        pub bind_name: String,
        /// Set by the server: when it was made.
        pub create_time: Option<Timestamp> as rfc3339,
        /// Set by the server: when it changed.
        pub modify_time: Option<Timestamp> as rfc3339,
        /// Set by the server: when it was made.
        pub create_index: Index,
        /// Set by the server: when it changed.
        pub modify_index: Index,
    }
}

impl BindingRule {
    /// Gives every login of this method the role or policy of this name.
    pub fn new(auth_method: impl Into<String>, bind_type: BindType, bind_name: impl Into<String>) -> Self {
        Self { auth_method: auth_method.into(), bind_type, bind_name: bind_name.into(), ..Self::default() }
    }
}

answer! {
    /// A binding rule in a list.
    BindingRuleStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// A text for people.
        pub description: String,
        /// The auth method.
        pub auth_method: String,
        /// A digest of its content, in base64.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Acl {
    /// Lists the binding rules. `GET /v1/acl/binding-rules`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules#list-binding-rules)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for rule in nomad.acl().binding_rules().await? {
    ///     println!("{} of {}", rule.id, rule.auth_method);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn binding_rules(&self) -> Result<Vec<BindingRuleStub>> {
        Ok(self.binding_rules_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Acl::binding_rules`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Acl::binding_rules`].
    pub async fn binding_rules_with(&self, options: &ReadOptions) -> Result<Answer<Vec<BindingRuleStub>>> {
        self.client.get_with("/v1/acl/binding-rules", [], options).await
    }

    /// Reads a binding rule by its id, or `None` when there is none. `GET /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules#read-binding-rule)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let rule = nomad.acl().binding_rule("12d57b5f-ba27-0c4d-c9a8-dd6c1cd5ef7f").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::binding_rules`].
    pub async fn binding_rule(&self, id: &str) -> Result<Option<BindingRule>> {
        none_if_not_found(self.client.get("/v1/acl/binding-rule/:id", [id]).await)
    }

    /// Makes a binding rule; a second call makes a second one. `PUT /v1/acl/binding-rule`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules#create-binding-rule)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::{BindType, BindingRule};
    ///
    /// let mut rule = BindingRule::new("ci", BindType::Role, "deployers");
    /// rule.selector = "value.repository == \"latticedb\"".to_owned();
    /// nomad.acl().create_binding_rule(&rule).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses a method that does
    /// not exist, and an expression that it cannot read.
    pub async fn create_binding_rule(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.put("/v1/acl/binding-rule", [], rule).await
    }

    /// Changes a binding rule, by its id. `PUT /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules#update-binding-rule)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(mut rule) = nomad.acl().binding_rule("12d57b5f-ba27-0c4d-c9a8-dd6c1cd5ef7f").await? {
    ///     rule.description = "who deploys".to_owned();
    ///     nomad.acl().update_binding_rule(&rule).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::create_binding_rule`].
    pub async fn update_binding_rule(&self, rule: &BindingRule) -> Result<BindingRule> {
        self.client.fetch(Request::put("/v1/acl/binding-rule/:id", [&rule.id])?.json(rule)?.idempotent()).await
    }

    /// Deletes a binding rule by its id. `DELETE /v1/acl/binding-rule/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/binding-rules#delete-binding-rule)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.acl().delete_binding_rule("12d57b5f-ba27-0c4d-c9a8-dd6c1cd5ef7f").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::binding_rules`].
    pub async fn delete_binding_rule(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/acl/binding-rule/:id", [id])?.idempotent()).await
    }
}
