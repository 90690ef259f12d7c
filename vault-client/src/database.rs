//! The database engine: <https://developer.hashicorp.com/vault/api-docs/secret/databases>.
//!
//! Not covered: static roles.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::leased::Leased;
use crate::transport::Request;
use crate::wire::{duration, null};

/// A database server, as the engine knows it. Its password is no part of it: it can be written and never read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connection {
    /// The plugin that speaks with it: `postgresql-database-plugin`….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<String>,
    /// The version of the plugin; empty for the one that comes with the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_version: Option<String>,
    /// The roles that may use it; `*` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_roles: Option<Vec<String>>,
    /// The rules by which passwords are made; empty for the engine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<String>,
    /// What changes the password of the engine's own user; empty for the plugin's own statements.
    #[serde(rename = "root_credentials_rotate_statements", default, skip_serializing_if = "Option::is_none")]
    pub root_rotation_statements: Option<Vec<String>>,
    /// Whether the engine connects at once when this is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_connection: Option<bool>,
    /// How it connects.
    #[serde(default, deserialize_with = "null::or_default")]
    pub connection_details: ConnectionDetails,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How the engine connects to a database server.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionDetails {
    /// The address, with `{{username}}` and `{{password}}` where these belong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_url: Option<String>,
    /// The engine's own user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What this crate does not know: options of the plugin.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Without values that may hold a password.
impl fmt::Debug for ConnectionDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<&String> = self.extra.keys().collect();
        f.debug_struct("ConnectionDetails")
            .field("username", &self.username)
            .field("extra", &options)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection through this plugin to this address, in which `{{username}}` and `{{password}}` stand for both.
    pub fn new(plugin_name: impl Into<String>, connection_url: impl Into<String>, username: impl Into<String>) -> Self {
        let connection_details = ConnectionDetails {
            connection_url: Some(connection_url.into()),
            username: Some(username.into()),
            extra: Map::new(),
        };
        Self { plugin_name: Some(plugin_name.into()), connection_details, ..Self::default() }
    }

    /// The roles that may use it; `*` for all.
    #[must_use]
    pub fn with_allowed_roles<S: Into<String>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.allowed_roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// An option of the plugin.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.connection_details.extra.insert(name.into(), value.into());
        self
    }

    /// What is read inside `connection_details` is written beside the rest, and one field has another name.
    fn body<'a>(&'a self, password: Option<&'a SecretString>) -> Body<'a> {
        Body {
            plugin_name: self.plugin_name.as_deref(),
            plugin_version: self.plugin_version.as_deref(),
            allowed_roles: self.allowed_roles.as_deref(),
            password_policy: self.password_policy.as_deref(),
            root_rotation_statements: self.root_rotation_statements.as_deref(),
            verify_connection: self.verify_connection,
            password: password.map(ExposeSecret::expose_secret),
            details: &self.connection_details,
            extra: &self.extra,
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_roles: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_rotation_statements: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify_connection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(flatten)]
    details: &'a ConnectionDetails,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// How the users of a role are made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// The name of the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_name: Option<String>,
    /// What makes a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_statements: Option<Vec<String>>,
    /// What removes it; empty for the plugin's own statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_statements: Option<Vec<String>>,
    /// What cleans up when making it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_statements: Option<Vec<String>>,
    /// What makes it live longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_statements: Option<Vec<String>>,
    /// How long it lives; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub default_ttl: Option<Duration>,
    /// How long it can be renewed; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub max_ttl: Option<Duration>,
    /// With what it logs in: `password`, `rsa_private_key` or `client_certificate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_type: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Role {
    /// A role at this connection whose users are made by these statements.
    pub fn new<S: Into<String>>(db_name: impl Into<String>, creation_statements: impl IntoIterator<Item = S>) -> Self {
        Self {
            db_name: Some(db_name.into()),
            creation_statements: Some(creation_statements.into_iter().map(Into::into).collect()),
            ..Self::default()
        }
    }
}

/// A user that was made for one reader.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Credentials {
    /// Its name.
    pub username: String,
    /// Its password; empty where the role gives out a key or a certificate instead.
    #[serde(default, with = "codec::secret")]
    pub password: SecretString,
}

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

    /// Lists the names of the connections. `LIST /v1/:mount/config`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no engine is mounted there.
    pub async fn list_configs(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/config/", [&self.mount]).await
    }

    /// Reads a connection, or `None` when it does not exist. `GET /v1/:mount/config/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_config(&self, name: &str) -> Result<Option<Connection>> {
        self.client.read("/v1/*mount/config/:name", [&self.mount, name]).await
    }

    /// Writes a connection; of one that exists, what is `None` stays as it is, the password too.
    /// `POST /v1/:mount/config/:name`; needs `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 when the server cannot connect.
    pub async fn put_config(&self, name: &str, connection: &Connection, password: Option<&SecretString>) -> Result<()> {
        self.client.put("/v1/*mount/config/:name", [&self.mount, name], &connection.body(password)).await
    }

    /// Deletes a connection; one that does not exist is fine too. `DELETE /v1/:mount/config/:name`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_config(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/config/:name", [&self.mount, name]).await
    }

    /// Closes a connection and makes it anew. `POST /v1/:mount/reset/:name`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn reset(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/reset/:name", [&self.mount, name])?.idempotent()).await
    }

    /// Changes the password of the engine's own user, which nobody but Vault knows from then on.
    /// `POST /v1/:mount/rotate-root/:name`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the connection does not exist.
    pub async fn rotate_root(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/rotate-root/:name", [&self.mount, name])?).await
    }

    /// Lists the names of the roles. `LIST /v1/:mount/roles`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/roles/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist. `GET /v1/:mount/roles/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is. `POST /v1/:mount/roles/:name`; needs `create`
    /// or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/*mount/roles/:name", [&self.mount, name], role).await
    }

    /// Deletes a role; one that does not exist is fine too. `DELETE /v1/:mount/roles/:name`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Makes a user of a role. `GET /v1/:mount/creds/:role`; needs `read`.
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
    use super::{Connection, Credentials, creds_request};
    use crate::leased::Leased;
    use std::time::Duration;

    const READ: &str = r#"{"allowed_roles":["web"],"connection_details":{"connection_url":
        "postgresql://{{username}}:{{password}}@127.0.0.1:5432/postgres","password_authentication":"scram-sha-256",
        "username":"vroot"},"disable_automated_rotation":false,"password_policy":"","plugin_name":
        "postgresql-database-plugin","plugin_version":"","root_credentials_rotate_statements":["ALTER"],
        "rotation_period":0,"verify_connection":true}"#;

    #[test]
    fn a_connection_is_read_in_two_levels_and_written_in_one() {
        let connection: Connection = serde_json::from_str(READ).unwrap();
        assert_eq!(
            serde_json::to_value(&connection).unwrap(),
            serde_json::from_str::<serde_json::Value>(READ).unwrap()
        );
        let password = "hunter2".into();
        let body = serde_json::to_value(connection.body(Some(&password))).unwrap();
        assert_eq!(body["password_authentication"], "scram-sha-256");
        assert_eq!(body["root_rotation_statements"][0], "ALTER");
        assert_eq!((&body["password"], &body["rotation_period"]), (&"hunter2".into(), &0.into()));
        assert!(body.get("connection_details").is_none());
        assert!(serde_json::to_value(connection.body(None)).unwrap().get("password").is_none());
    }

    #[test]
    fn options_are_not_printed() {
        let connection = Connection::new("p", "postgresql://u:hunter2@h/d", "u").with_option("password", "hunter2");
        let text = format!("{connection:?}");
        assert!(!text.contains("hunter2") && text.contains("\"password\""), "{text}");
    }

    #[test]
    fn credentials_keep_their_lease_and_are_asked_for_once() {
        let text = r#"{"request_id":"r","lease_id":"database/creds/web/E","renewable":true,"lease_duration":300,
            "data":{"password":"hunter2","username":"v-root-web"},"wrap_info":null,"warnings":null,"auth":null}"#;
        let credentials: Leased<Credentials> = serde_json::from_str(text).unwrap();
        assert_eq!(
            (credentials.lease.id.as_str(), credentials.data.username.as_str()),
            ("database/creds/web/E", "v-root-web")
        );
        assert_eq!(credentials.lease.duration, Duration::from_secs(300));
        assert!(!format!("{credentials:?}").contains("hunter2"));
        assert!(!creds_request("database", "web").unwrap().idempotent);
    }
}
