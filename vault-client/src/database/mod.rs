//! The database engine: <https://developer.hashicorp.com/vault/api-docs/secret/databases>.
//!
//! A [`Role`] makes a user for each reader, with a lease. A [`StaticRole`] is one user, whose password the engine changes
//! from time to time; that one has no lease.

mod static_roles;
mod types;

use secrecy::SecretString;

pub use self::static_roles::{StaticCredentials, StaticRole, StaticRoleInfo};
pub use self::types::{Connection, ConnectionDetails, CredentialType, Credentials, Reloaded, Role};

use crate::client::Client;
use crate::error::Result;
use crate::leased::Leased;
use crate::transport::Request;

/// Handle made by [`Client::database`].
#[derive(Clone, Debug)]
pub struct Database {
    client: Client,
    mount: String,
}

impl Database {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Lists the names of the connections.
    ///
    /// `LIST /v1/:mount/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#list-connections)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.database("database").list_configs().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list_configs(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/config/", [&self.mount]).await
    }

    /// Reads a connection, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/config/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#read-connection)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(connection) = vault.database("database").read_config("main").await? {
    ///     println!("{:?}", connection.allowed_roles);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_config(&self, name: &str) -> Result<Option<Connection>> {
        self.client.read("/v1/*mount/config/:name", [&self.mount, name]).await
    }

    /// Writes a connection; of one that exists, what is `None` stays as it is, the password too.
    ///
    /// `POST /v1/:mount/config/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#configure-connection)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::database::Connection;
    ///
    /// let address = "postgresql://{{username}}:{{password}}@db.example.com:5432/postgres";
    /// let connection = Connection::new("postgresql-database-plugin", address, "vault").with_allowed_roles(["web"]);
    /// vault.database("database").put_config("main", &connection, Some(&"…".into())).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the server cannot connect.
    pub async fn put_config(&self, name: &str, connection: &Connection, password: Option<&SecretString>) -> Result<()> {
        self.client.put("/v1/*mount/config/:name", [&self.mount, name], &connection.body(password)).await
    }

    /// Deletes a connection; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/config/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#delete-connection)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").delete_config("main").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_config(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/config/:name", [&self.mount, name]).await
    }

    /// Closes a connection and makes it anew.
    ///
    /// `POST /v1/:mount/reset/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#reset-connection)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").reset("main").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn reset(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/reset/:name", [&self.mount, name])?.idempotent()).await
    }

    /// Makes all connections of a plugin anew.
    ///
    /// `POST /v1/:mount/reload/:plugin`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#reload-plugin)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let reloaded = vault.database("database").reload("postgresql-database-plugin").await?;
    /// println!("{:?}", reloaded.connections);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn reload(&self, plugin: &str) -> Result<Reloaded> {
        self.client.fetch(Request::post("/v1/*mount/reload/:plugin", [&self.mount, plugin])?.idempotent()).await
    }

    /// Changes the password of the engine's own user, which nobody but Vault knows from then on.
    ///
    /// `POST /v1/:mount/rotate-root/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#rotate-root-credentials)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").rotate_root("main").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the connection does not exist.
    pub async fn rotate_root(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/rotate-root/:name", [&self.mount, name])?).await
    }

    /// Lists the names of the roles.
    ///
    /// `LIST /v1/:mount/roles`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#list-roles)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.database("database").list_roles().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/roles/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#read-role)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(role) = vault.database("database").read_role("web").await? {
    ///     println!("{:?}", role.default_ttl);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is.
    ///
    /// `POST /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#create-role)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::database::Role;
    ///
    /// let statement = r#"create role "{{name}}" with login password '{{password}}' valid until '{{expiration}}'"#;
    /// vault.database("database").put_role("web", &Role::new("main", [statement])).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/*mount/roles/:name", [&self.mount, name], role).await
    }

    /// Deletes a role; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#delete-role)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").delete_role("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Makes a user of a role, who lives as long as its lease.
    ///
    /// `GET /v1/:mount/creds/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#generate-credentials)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let user = vault.database("database").creds("web").await?;
    /// println!("{} until {:?} from now", user.data.username, user.lease.duration);
    /// vault.sys().leases().revoke(&user.lease.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist.
    pub async fn creds(&self, role: &str) -> Result<Leased<Credentials>> {
        self.client.leased(creds_request(&self.mount, role)?).await
    }
}

/// A GET that makes something: to repeat it after a lost answer would leave a user behind.
fn creds_request(mount: &str, role: &str) -> Result<Request> {
    let mut request = Request::get("/v1/*mount/creds/:role", [mount, role])?;
    request.idempotent = false;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::creds_request;

    #[test]
    fn peer_d7_credentials_are_asked_for_once() {
        assert!(!creds_request("database", "web").unwrap().idempotent);
    }
}
