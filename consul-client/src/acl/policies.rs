//! Policies: <https://developer.hashicorp.com/consul/api-docs/acl/policies>.

use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::{Request, none_if_not_found};

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

    /// Lists all policies without their rules. `GET /v1/acl/policies`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<PolicyStub>> {
        self.client.list("/v1/acl/policies", []).await
    }

    /// Reads a policy by its id, or `None` when there is none. `GET /v1/acl/policy/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<Policy>> {
        none_if_not_found(self.client.get("/v1/acl/policy/:id", [id]).await)
    }

    /// Reads a policy by its name, or `None` when there is none. `GET /v1/acl/policy/name/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read_by_name(&self, name: &str) -> Result<Option<Policy>> {
        none_if_not_found(self.client.get("/v1/acl/policy/name/:name", [name]).await)
    }

    /// Creates a policy and returns it with its id. `PUT /v1/acl/policy`.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the name is taken,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, policy: &Policy) -> Result<Policy> {
        self.client.put("/v1/acl/policy", [], policy).await
    }

    /// Replaces a policy. `PUT /v1/acl/policy/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a policy without an id is refused.
    pub async fn update(&self, policy: &Policy) -> Result<Policy> {
        self.client.fetch(Request::put("/v1/acl/policy/:id", [policy.id.as_str()])?.json(policy)?.idempotent()).await
    }

    /// Deletes a policy; one that does not exist is fine too. `DELETE /v1/acl/policy/:id`.
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
        assert_eq!(new, r#"{"Name":"p"}"#);
    }

    #[test]
    fn a_list_has_null_in_it() {
        let text = r#"[{"ID":"00000000-0000-0000-0000-000000000001","Name":"global-management","Description":"d",
            "Datacenters":null,"Hash":"+TzV","CreateIndex":4,"ModifyIndex":4}]"#;
        let stubs: Vec<PolicyStub> = serde_json::from_str(text).unwrap();
        assert_eq!((stubs[0].name.as_str(), stubs[0].datacenters.len()), ("global-management", 0));
    }
}
