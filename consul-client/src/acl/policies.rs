//! Policies: <https://developer.hashicorp.com/consul/api-docs/acl/policies>.

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

object! {
    /// A set of rules.
    Policy {
        /// Its id; empty until it is created.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// The rules, in HCL or JSON.
        pub rules: String,
        /// Only in these datacenters; in all when empty.
        pub datacenters: Vec<String>,
        /// A hash over its content.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl Policy {
    /// A policy to be created.
    pub fn new(name: impl Into<String>, rules: impl Into<String>) -> Self {
        Self { name: name.into(), rules: rules.into(), ..Self::default() }
    }
}

object! {
    /// A policy as a list shows it: without its rules, so that it cannot be written back without them.
    PolicyStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// Only in these datacenters; in all when empty.
        pub datacenters: Vec<String>,
        /// A hash over its content.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

/// Handle made by [`Acl::policies`](super::Acl::policies).
#[derive(Clone, Debug)]
pub struct Policies {
    client: Client,
}

impl Policies {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all policies without their rules. `GET /v1/acl/policies`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#list-policies)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for policy in consul.acl().policies().list().await? {
    ///     println!("{}: {}", policy.name, policy.description);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<PolicyStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Policies::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Policies::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<PolicyStub>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/acl/policies", [])?)).await
    }

    /// Watches the list of policies, as [`Policies::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Policies::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ReadOptions) -> Watch<Vec<PolicyStub>> {
        Watch::new(self.clone(), options, |policies, read| Box::pin(async move { policies.list_with(&read).await }))
    }

    /// Reads a policy by its id, or `None` when there is none. `GET /v1/acl/policy/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#read-a-policy)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let management = "00000000-0000-0000-0000-000000000001";
    /// if let Some(policy) = consul.acl().policies().read(management).await? {
    ///     println!("{}", policy.rules);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<Policy>> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Policies::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Policies::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<Policy>>> {
        self.client.answer_if_found(options.apply(Request::get("/v1/acl/policy/:id", [id])?)).await
    }

    /// Reads a policy by its name, or `None` when there is none. `GET /v1/acl/policy/name/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#read-a-policy-by-name)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let policy = consul.acl().policies().read_by_name("global-management").await?;
    /// assert!(policy.is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read_by_name(&self, name: &str) -> Result<Option<Policy>> {
        none_if_not_found(self.client.get("/v1/acl/policy/name/:name", [name]).await)
    }

    /// Creates a policy and returns it with its id. `PUT /v1/acl/policy`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#create-a-policy)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::Policy;
    ///
    /// let rules = r#"key_prefix "web/" { policy = "read" }"#;
    /// let policy = consul.acl().policies().create(&Policy::new("web-config", rules)).await?;
    /// println!("{}", policy.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the name is taken,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, policy: &Policy) -> Result<Policy> {
        self.client.put("/v1/acl/policy", [], policy).await
    }

    /// Replaces a policy. `PUT /v1/acl/policy/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#update-a-policy)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let policies = consul.acl().policies();
    /// if let Some(mut policy) = policies.read_by_name("web-config").await? {
    ///     policy.description = "what web may read".to_owned();
    ///     policies.update(&policy).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a policy without an id is refused.
    pub async fn update(&self, policy: &Policy) -> Result<Policy> {
        self.client.fetch(Request::put("/v1/acl/policy/:id", [policy.id.as_str()])?.json(policy)?.idempotent()).await
    }

    /// Deletes a policy; one that does not exist is fine too. `DELETE /v1/acl/policy/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/policies#delete-a-policy)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().policies().delete("0c87530d-572d-f3f2-bb29-2250b3d1bab7").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn delete(&self, id: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/policy/:id", id).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Policy, PolicyStub};
    use crate::object::tests::lossless;

    #[test]
    fn a_policy_goes_back_as_it_came() {
        let policy: Policy = lossless(
            r#"{"ID":"0c87530d-572d-f3f2-bb29-2250b3d1bab7","Name":"p1","Description":"","Rules":"key_prefix \"\" {policy=\"read\"}",
                "Datacenters":["dc1"],"Hash":"1Dd6uYNutkj/UtLPL0D5Opuxsp1eoNRWDGaAJ+lAHwc=","CreateIndex":28,"ModifyIndex":29,
                "Namespace":"later"}"#,
        );
        assert_eq!(policy.extra["Namespace"], "later");
        let new = serde_json::to_string(&Policy::new("p", "")).unwrap();
        assert_eq!(new, r#"{"Name":"p","CreateIndex":0,"ModifyIndex":0}"#);
    }

    #[test]
    fn a_list_has_null_in_it() {
        let text = r#"[{"ID":"00000000-0000-0000-0000-000000000001","Name":"global-management","Description":"d",
            "Datacenters":null,"Hash":"+TzV","CreateIndex":4,"ModifyIndex":4}]"#;
        let stubs: Vec<PolicyStub> = serde_json::from_str(text).unwrap();
        assert_eq!((stubs[0].name.as_str(), stubs[0].datacenters.len()), ("global-management", 0));
    }
}
