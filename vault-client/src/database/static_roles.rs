//! Users that are there already, whose passwords the engine changes.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CredentialType, Database};
use crate::codec;
use crate::error::Result;
use crate::object::secret_or_none;
use crate::transport::Request;
use crate::wire::{null, time};

object! {
    /// A user that is there already, and how often its password is changed.
    StaticRole {
        /// The name of the connection.
        pub db_name: Option<String>,
        /// The name of the user, which can never change.
        pub username: Option<String>,
        /// What changes the password; empty for the plugin's own statements.
        pub rotation_statements: Option<Vec<String>>,
        /// How often it is changed.
        pub rotation_period: Option<Duration> as seconds,
        /// When it is changed, as cron says it, in place of a period.
        pub rotation_schedule: Option<String>,
        /// How late a change on schedule may be.
        pub rotation_window: Option<Duration> as seconds,
        /// With what the user logs in.
        pub credential_type: Option<CredentialType>,
        /// How that is made, such as the name of a password policy.
        pub credential_config: Option<Map<String, Value>>,
    }
}

impl StaticRole {
    /// This user at this connection, whose password is changed so often.
    pub fn new(db_name: impl Into<String>, username: impl Into<String>, rotation_period: Duration) -> Self {
        Self {
            db_name: Some(db_name.into()),
            username: Some(username.into()),
            rotation_period: Some(rotation_period),
            ..Self::default()
        }
    }
}

/// A static role, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StaticRoleInfo {
    /// When the password was changed last.
    #[serde(deserialize_with = "time::or_none")]
    pub last_vault_rotation: Option<Timestamp>,
    /// What can be written.
    #[serde(flatten)]
    pub role: StaticRole,
}

/// The credentials of a user that is there already. They have no lease: they are good until the next change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StaticCredentials {
    /// Its name.
    pub username: String,
    /// Its password; empty where the role has a key instead.
    #[serde(default, with = "codec::secret")]
    pub password: SecretString,
    /// Its RSA key, in PEM.
    #[serde(default, with = "secret_or_none")]
    pub rsa_private_key: Option<SecretString>,
    /// How long they are good, from the moment of the answer.
    #[serde(default, with = "codec::seconds")]
    pub ttl: Duration,
    /// When they were changed last.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_vault_rotation: Option<Timestamp>,
    /// How often they are changed; zero for those that have a schedule.
    #[serde(default, with = "codec::seconds")]
    pub rotation_period: Duration,
    /// When they are changed, as cron says it; empty for those that have a period.
    #[serde(default, deserialize_with = "null::or_default")]
    pub rotation_schedule: String,
    /// How late a change on schedule may be.
    #[serde(default, with = "codec::seconds")]
    pub rotation_window: Duration,
}

impl Database {
    /// Lists the names of the static roles.
    ///
    /// `LIST /v1/:mount/static-roles`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#list-static-roles)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.database("database").list_static_roles().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_static_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/static-roles/", [&self.mount]).await
    }

    /// Reads a static role, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/static-roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#read-static-role)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(found) = vault.database("database").read_static_role("reports").await? {
    ///     println!("{:?}", found.last_vault_rotation);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_static_role(&self, name: &str) -> Result<Option<StaticRoleInfo>> {
        self.client.read("/v1/*mount/static-roles/:name", [&self.mount, name]).await
    }

    /// Writes a static role; of one that exists, what is absent stays as it is. A new one gets a new password at once.
    ///
    /// `POST /v1/:mount/static-roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#create-static-role)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::database::StaticRole;
    ///
    /// let role = StaticRole::new("main", "reports", Duration::from_secs(24 * 3600));
    /// vault.database("database").put_static_role("reports", &role).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the period is less than 5 seconds.
    pub async fn put_static_role(&self, name: &str, role: &StaticRole) -> Result<()> {
        self.client.put("/v1/*mount/static-roles/:name", [&self.mount, name], role).await
    }

    /// Deletes a static role, not its user; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/static-roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#delete-static-role)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").delete_static_role("reports").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_static_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/static-roles/:name", [&self.mount, name]).await
    }

    /// Reads the credentials of a static role.
    ///
    /// `GET /v1/:mount/static-creds/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#get-static-credentials)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let user = vault.database("database").static_creds("reports").await?;
    /// println!("read them again in {:?}", user.ttl);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist.
    pub async fn static_creds(&self, name: &str) -> Result<StaticCredentials> {
        self.client.fetch(Request::get("/v1/*mount/static-creds/:name", [&self.mount, name])?).await
    }

    /// Changes the password of a static role now.
    ///
    /// `POST /v1/:mount/rotate-role/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/databases#rotate-static-role-credentials)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.database("database").rotate_role("reports").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist.
    pub async fn rotate_role(&self, name: &str) -> Result<()> {
        self.client.execute(Request::post("/v1/*mount/rotate-role/:name", [&self.mount, name])?).await
    }
}
