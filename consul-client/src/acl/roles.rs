//! Roles: <https://developer.hashicorp.com/consul/api-docs/acl/roles>.

use super::{Link, NodeIdentity, ServiceIdentity, TemplatedPolicy};
use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::{Request, none_if_not_found};

object! {
    /// A set of permissions that tokens share.
    Role {
        /// Its id; empty until it is created.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// Its policies.
        pub policies: Vec<Link>,
        /// The services it acts for.
        pub service_identities: Vec<ServiceIdentity>,
        /// The agents it acts for.
        pub node_identities: Vec<NodeIdentity>,
        /// Permissions from templates.
        pub templated_policies: Vec<TemplatedPolicy>,
        /// A hash over its content.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl Role {
    /// A role to be created, which may do nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Handle made by [`Acl::roles`](super::Acl::roles).
#[derive(Clone, Debug)]
pub struct Roles {
    client: Client,
}

impl Roles {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all roles. `GET /v1/acl/roles`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<Role>> {
        self.client.list("/v1/acl/roles", []).await
    }

    /// Reads a role by its id, or `None` when there is none. `GET /v1/acl/role/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<Role>> {
        none_if_not_found(self.client.get("/v1/acl/role/:id", [id]).await)
    }

    /// Reads a role by its name, or `None` when there is none. `GET /v1/acl/role/name/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read_by_name(&self, name: &str) -> Result<Option<Role>> {
        none_if_not_found(self.client.get("/v1/acl/role/name/:name", [name]).await)
    }

    /// Creates a role and returns it with its id. `PUT /v1/acl/role`.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the name is taken,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, role: &Role) -> Result<Role> {
        self.client.put("/v1/acl/role", [], role).await
    }

    /// Replaces a role. `PUT /v1/acl/role/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a role without an id is refused.
    pub async fn update(&self, role: &Role) -> Result<Role> {
        self.client.fetch(Request::put("/v1/acl/role/:id", [role.id.as_str()])?.json(role)?.idempotent()).await
    }

    /// Deletes a role; one that does not exist is fine too. `DELETE /v1/acl/role/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn delete(&self, id: &str) -> Result<()> {
        super::delete(&self.client, "/v1/acl/role/:id", id).await
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use crate::object::tests::lossless;

    #[test]
    fn a_role_goes_back_as_it_came() {
        let role: Role = lossless(
            r#"{"ID":"a2e08264-32d8-dc72-9afb-e3389913a42e","Name":"r1","Description":"",
                "Policies":[{"ID":"0c87530d-572d-f3f2-bb29-2250b3d1bab7","Name":"p1"}],
                "ServiceIdentities":[{"ServiceName":"web"}],"NodeIdentities":[{"NodeName":"a","Datacenter":"dc1","New":1}],
                "TemplatedPolicies":[{"TemplateID":"00000000-0000-0000-0000-000000000003","TemplateName":"builtin/service",
                "TemplateVariables":{"name":"api"}}],"Hash":"lR6ZUPBO","CreateIndex":30,"ModifyIndex":31}"#,
        );
        assert_eq!(role.templated_policies[0].template_variables.as_ref().unwrap().name, "api");
        assert_eq!(role.node_identities[0].extra["New"], 1);
    }
}
