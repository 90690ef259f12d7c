//! Connections, roles, and the users that are made.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::codec;
use crate::object::secret_or_none;
use crate::wire::null;

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
    pub(super) fn body<'a>(&'a self, password: Option<&'a SecretString>) -> Body<'a> {
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
pub(super) struct Body<'a> {
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

wire_enum! {
    /// With what users log in.
    pub CredentialType {
        /// With a password.
        Password = "password",
        /// With an RSA key.
        RsaPrivateKey = "rsa_private_key",
        /// With a certificate.
        ClientCertificate = "client_certificate",
    }
}

object! {
    /// How the users of a role are made.
    Role {
        /// The name of the connection.
        pub db_name: Option<String>,
        /// What makes a user.
        pub creation_statements: Option<Vec<String>>,
        /// What removes it; empty for the plugin's own statements.
        pub revocation_statements: Option<Vec<String>>,
        /// What cleans up when making it failed.
        pub rollback_statements: Option<Vec<String>>,
        /// What makes it live longer.
        pub renew_statements: Option<Vec<String>>,
        /// How long it lives; zero for what the mount is set to.
        pub default_ttl: Option<Duration> as seconds,
        /// How long it can be renewed; zero for what the mount is set to.
        pub max_ttl: Option<Duration> as seconds,
        /// With what it logs in.
        pub credential_type: Option<CredentialType>,
        /// How that is made, such as the name of a password policy.
        pub credential_config: Option<Map<String, Value>>,
    }
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

/// A user that was made for one reader. What it has depends on the role's kind of credentials.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Credentials {
    /// Its name.
    pub username: String,
    /// Its password; empty where the role gives out a key or a certificate instead.
    #[serde(default, with = "codec::secret")]
    pub password: SecretString,
    /// Its RSA key, in PEM.
    #[serde(default, with = "secret_or_none")]
    pub rsa_private_key: Option<SecretString>,
    /// Its certificate, in PEM.
    #[serde(default)]
    pub client_certificate: Option<String>,
    /// The key of its certificate, in PEM.
    #[serde(default, with = "secret_or_none")]
    pub private_key: Option<SecretString>,
    /// The kind of that key.
    #[serde(default)]
    pub private_key_type: Option<String>,
}

answer! {
    /// What a reload has reached.
    Reloaded {
        /// The connections that were made anew.
        pub connections: Vec<String>,
        /// How many they are.
        pub count: u64,
    }
}

#[cfg(test)]
mod tests {
    use super::{Connection, Credentials};
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
    fn peer_d1_credentials_keep_their_lease() {
        let text = r#"{"request_id":"r","lease_id":"database/creds/web/E","renewable":true,"lease_duration":300,
            "data":{"password":"hunter2","username":"v-root-web"},"wrap_info":null,"warnings":null,"auth":null}"#;
        let credentials: Leased<Credentials> = serde_json::from_str(text).unwrap();
        assert_eq!(
            (credentials.lease.id.as_str(), credentials.data.username.as_str()),
            ("database/creds/web/E", "v-root-web")
        );
        assert_eq!(credentials.lease.duration, Duration::from_secs(300));
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
