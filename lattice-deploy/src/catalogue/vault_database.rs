//! Vault's database engine: the connection to PostgreSQL, and the role that gives out short-lived accounts.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vault_client::database::{Connection, Role};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::Owner;

const PLUGIN: &str = "postgresql-database-plugin";
const CREATE: [&str; 2] = [
    "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"{{name}}\";",
];
const DEFAULT_TTL: Duration = Duration::from_secs(3600);
const MAX_TTL: Duration = Duration::from_secs(24 * 3600);

/// A connection to a database.
#[derive(Clone, Debug)]
pub struct VaultDatabaseConnection {
    mount: String,
    connection: String,
    url: SecretString,
    role: String,
    username: String,
    password: Option<SecretString>,
}

impl VaultDatabaseConnection {
    /// Declares a connection. The URL holds `{{username}}` and `{{password}}` in the place of the account.
    pub fn new(mount: impl Into<String>, connection: impl Into<String>, url: impl Into<SecretString>) -> Self {
        Self {
            mount: mount.into(),
            connection: connection.into(),
            url: url.into(),
            role: String::new(),
            username: String::new(),
            password: None,
        }
    }

    /// The only role that may use it.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.role = role.into();
        self
    }

    /// The account as which Vault works. The password is written once and never read or compared.
    #[must_use]
    pub fn with_account(mut self, username: impl Into<String>, password: Option<SecretString>) -> Self {
        self.username = username.into();
        self.password = password;
        self
    }
}

impl Kind for VaultDatabaseConnection {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "database connection";

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.connection)
    }

    fn declared(&self) -> Value {
        json!({"plugin": PLUGIN, "url": without_account(self.url.expose_secret()), "username": self.username, "roles": [self.role]})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let connection = unless_missing(clients.vault.database(&self.mount).read_config(&self.connection).await)
            .doing(format!("read the database connection {} in Vault", self.name()))?;
        Ok(connection.map(|connection| {
            let details = connection.connection_details;
            let value = json!({
                "plugin": connection.plugin_name,
                "url": details.connection_url.as_deref().map(without_account),
                "username": details.username,
                "roles": connection.allowed_roles,
            });
            Held::new(value, Mark::Unmarkable)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        // Vault may have changed the password since, so it is only sent when the connection is made.
        let password = self.password.as_ref().filter(|_| held.is_none());
        let connection =
            Connection::new(PLUGIN, self.url.expose_secret(), &self.username).with_allowed_roles([&self.role]);
        let written = clients.vault.database(&self.mount).put_config(&self.connection, &connection, password).await;
        written.doing(format!("write the database connection {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, connection) =
            name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no connection")))?;
        unless_missing(clients.vault.database(mount).delete_config(connection).await)
            .doing(format!("delete the database connection {name} in Vault"))?;
        Ok(Removal::Removed)
    }
}

/// The URL as it may be shown: what stands before the host, and every parameter with a password, are left out.
fn without_account(url: &str) -> String {
    // The other form, `host=… password=…`, is known only from connections that somebody else made.
    let Some((scheme, rest)) = url.split_once("://") else { return "[REDACTED]".to_owned() };
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let Some((place, query)) = rest.split_once('?') else { return format!("{scheme}://{rest}") };
    let shown: Vec<&str> = query.split('&').filter(|pair| !pair.to_lowercase().contains("password")).collect();
    format!("{scheme}://{place}?{}", shown.join("&"))
}

/// A role that gives out accounts.
#[derive(Clone, Debug)]
pub struct VaultDatabaseRole {
    mount: String,
    role: String,
    connection: String,
}

impl VaultDatabaseRole {
    /// Declares a role on a connection.
    pub fn new(mount: impl Into<String>, role: impl Into<String>, connection: impl Into<String>) -> Self {
        Self { mount: mount.into(), role: role.into(), connection: connection.into() }
    }
}

impl Kind for VaultDatabaseRole {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "database role";

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.role)
    }

    fn declared(&self) -> Value {
        json!({
            "connection": self.connection,
            "creation": CREATE,
            "default_ttl": DEFAULT_TTL.as_secs(),
            "max_ttl": MAX_TTL.as_secs(),
        })
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let role = unless_missing(clients.vault.database(&self.mount).read_role(&self.role).await)
            .doing(format!("read the database role {} in Vault", self.name()))?;
        Ok(role.map(|role| {
            let value = json!({
                "connection": role.db_name,
                "creation": role.creation_statements,
                "default_ttl": role.default_ttl.map(|ttl| ttl.as_secs()),
                "max_ttl": role.max_ttl.map(|ttl| ttl.as_secs()),
            });
            Held::new(value, Mark::Unmarkable)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let mut role = Role::new(&self.connection, CREATE);
        role.default_ttl = Some(DEFAULT_TTL);
        role.max_ttl = Some(MAX_TTL);
        let written = clients.vault.database(&self.mount).put_role(&self.role, &role).await;
        written.doing(format!("write the database role {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, role) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no role")))?;
        let doing = || format!("delete the database role {name} in Vault");
        // The accounts that were given out end first: without their role they could not be revoked.
        clients.vault.sys().leases().revoke_prefix(&format!("{mount}/creds/{role}")).await.doing(doing())?;
        unless_missing(clients.vault.database(mount).delete_role(role).await).doing(doing())?;
        Ok(Removal::Removed)
    }
}

#[cfg(test)]
mod tests {
    use super::without_account;

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(without_account("postgresql://u:hunter2@h:5432/d?a=b"), "postgresql://h:5432/d?a=b");
        assert_eq!(without_account("postgresql://h/d"), "postgresql://h/d");
        let url = "postgresql://{{username}}@h/d?sslmode=disable&password=hunter2&sslpassword=hunter2";
        assert_eq!(without_account(url), "postgresql://h/d?sslmode=disable");
        assert_eq!(without_account("host=h password=hunter2"), "[REDACTED]");
    }
}
