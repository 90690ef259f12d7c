//! Roles, which are policies under one name: <https://developer.hashicorp.com/nomad/api-docs/acl/roles>.

use super::Acl;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

object! {
    /// Policies under one name.
    Role {
        /// Set by the server: its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// Its policies.
        pub policies: Vec<PolicyLink>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Role {
    /// A role with these policies.
    pub fn new(name: impl Into<String>, policies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let policies = policies.into_iter().map(|name| PolicyLink { name: name.into(), ..PolicyLink::default() });
        Self { name: name.into(), policies: policies.collect(), ..Self::default() }
    }
}

object! {
    /// A policy of a role.
    PolicyLink {
        /// Its name.
        pub name: String,
    }
}

impl Acl {
    /// Lists the roles that the token may see: all with a management token, its own otherwise. `GET /v1/acl/roles`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#list-roles)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for role in nomad.acl().roles().await? {
    ///     println!("{}: {:?}", role.name, role.policies);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn roles(&self) -> Result<Vec<Role>> {
        Ok(self.roles_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Acl::roles`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Acl::roles`].
    pub async fn roles_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Role>>> {
        self.client.get_with("/v1/acl/roles", [], options).await
    }

    /// Reads a role by its id, or `None` when there is none. `GET /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#read-role-by-id)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let role = nomad.acl().role("d569c5ce-c0ae-b6c2-4a1a-b3cd5e1f6f8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token or this role.
    pub async fn role(&self, id: &str) -> Result<Option<Role>> {
        none_if_not_found(self.client.get("/v1/acl/role/:id", [id]).await)
    }

    /// Reads a role by its name, or `None` when there is none. `GET /v1/acl/role/name/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#read-role-by-name)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let role = nomad.acl().role_by_name("deployers").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::role`].
    pub async fn role_by_name(&self, name: &str) -> Result<Option<Role>> {
        none_if_not_found(self.client.get("/v1/acl/role/name/:name", [name]).await)
    }

    /// Makes a role. `PUT /v1/acl/role` ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#create-role)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::Role;
    ///
    /// let role = nomad.acl().create_role(&Role::new("deployers", ["deploy"])).await?;
    /// println!("{}", role.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses a name that is taken,
    /// and policies that do not exist.
    pub async fn create_role(&self, role: &Role) -> Result<Role> {
        self.client.put("/v1/acl/role", [], role).await
    }

    /// Changes a role, by its id. `PUT /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#update-role)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(mut role) = nomad.acl().role_by_name("deployers").await? {
    ///     role.description = "who deploys".to_owned();
    ///     nomad.acl().update_role(&role).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::create_role`]; the server refuses one that does not exist.
    pub async fn update_role(&self, role: &Role) -> Result<Role> {
        self.client.fetch(Request::put("/v1/acl/role/:id", [&role.id])?.json(role)?.idempotent()).await
    }

    /// Deletes a role by its id. `DELETE /v1/acl/role/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/roles#delete-role)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.acl().delete_role("d569c5ce-c0ae-b6c2-4a1a-b3cd5e1f6f8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none.
    pub async fn delete_role(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/acl/role/:id", [id])?).await
    }
}
