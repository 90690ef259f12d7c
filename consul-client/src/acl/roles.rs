//! Roles: <https://developer.hashicorp.com/consul/api-docs/acl/roles>.

use super::{Link, NodeIdentity, ServiceIdentity, TemplatedPolicy};
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

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

/// Options of [`Roles::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    policy: Option<String>,
    read: ReadOptions,
}

impl ListOptions {
    /// The defaults: all roles.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only roles with the policy of this id.
    #[must_use]
    pub fn with_policy(mut self, id: impl Into<String>) -> Self {
        self.policy = Some(id.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
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

    /// Lists all roles. `GET /v1/acl/roles`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#list-roles)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for role in consul.acl().roles().list().await? {
    ///     println!("{} has {} policies", role.name, role.policies.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn list(&self) -> Result<Vec<Role>> {
        Ok(self.list_with(&ListOptions::new()).await?.value)
    }

    /// As [`Roles::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Roles::list`].
    pub async fn list_with(&self, options: &ListOptions) -> Result<Answer<Vec<Role>>> {
        let request = Request::get("/v1/acl/roles", [])?.query_if("policy", options.policy.as_ref());
        self.client.answer_or_none(options.read.apply(request)).await
    }

    /// Watches the list of roles, as [`Roles::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Roles::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ListOptions) -> Watch<Vec<Role>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(roles, options), read| {
            Box::pin(async move { roles.list_with(&options.clone().with_read(read)).await })
        })
    }

    /// Reads a role by its id, or `None` when there is none. `GET /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#read-a-role)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let role = consul.acl().roles().read("a2e08264-32d8-dc72-9afb-e3389913a42e").await?;
    /// println!("{}", if role.is_some() { "it exists" } else { "it does not" });
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read(&self, id: &str) -> Result<Option<Role>> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Roles::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Roles::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<Role>>> {
        self.client.answer_if_found(options.apply(Request::get("/v1/acl/role/:id", [id])?)).await
    }

    /// Reads a role by its name, or `None` when there is none. `GET /v1/acl/role/name/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#read-a-role-by-name)); needs `acl:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(role) = consul.acl().roles().read_by_name("web").await? {
    ///     println!("{}", role.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:read`.
    pub async fn read_by_name(&self, name: &str) -> Result<Option<Role>> {
        none_if_not_found(self.client.get("/v1/acl/role/name/:name", [name]).await)
    }

    /// Creates a role and returns it with its id. `PUT /v1/acl/role`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#create-a-role)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::{Link, Role};
    ///
    /// let mut role = Role::new("web");
    /// role.policies = vec![Link::by_name("web-config")];
    /// let role = consul.acl().roles().create(&role).await?;
    /// println!("{}", role.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the name is taken,
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`.
    pub async fn create(&self, role: &Role) -> Result<Role> {
        self.client.put("/v1/acl/role", [], role).await
    }

    /// Replaces a role. `PUT /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#update-a-role)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::acl::ServiceIdentity;
    ///
    /// let roles = consul.acl().roles();
    /// if let Some(mut role) = roles.read_by_name("web").await? {
    ///     role.service_identities.push(ServiceIdentity::new("web"));
    ///     roles.update(&role).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `acl:write`; a role without an id is refused.
    pub async fn update(&self, role: &Role) -> Result<Role> {
        self.client.fetch(Request::put("/v1/acl/role/:id", [role.id.as_str()])?.json(role)?.idempotent()).await
    }

    /// Deletes a role; one that does not exist is fine too. `DELETE /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/acl/roles#delete-a-role)); needs `acl:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.acl().roles().delete("a2e08264-32d8-dc72-9afb-e3389913a42e").await?;
    /// # Ok(()) }
    /// ```
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
