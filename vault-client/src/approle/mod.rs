//! The `AppRole` auth method, for machines: <https://developer.hashicorp.com/vault/api-docs/auth/approle>.

pub mod field;
mod types;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::field::{Field, Setting};
pub use self::types::{Role, SecretId, SecretIdInfo, SecretIdRequest};

use crate::auth::Auth;
use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::approle`].
#[derive(Clone, Debug)]
pub struct AppRole {
    client: Client,
    mount: String,
}

#[derive(Serialize, Deserialize)]
struct RoleId {
    role_id: String,
}

#[derive(Serialize, Deserialize)]
struct LocalSecretIds {
    #[serde(default)]
    local_secret_ids: bool,
}

impl AppRole {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Logs in with a role id and, where the role wants one, a secret id.
    ///
    /// `POST /v1/auth/:mount/login`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#login-with-approle)); needs no token of
    /// Vault.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let secret_id = secrecy::SecretString::from("…");
    /// let auth = vault.approle("approle").login("5fa88e0c-…", Some(&secret_id)).await?.value;
    /// let web = auth.client_token.map(|token| vault.with_token(token));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 400 when either id is wrong, has ended or is used up.
    pub async fn login(&self, role_id: &str, secret_id: Option<&SecretString>) -> Result<Answer<Auth>> {
        let mut body = json!({ "role_id": role_id });
        if let Some(secret_id) = secret_id {
            body["secret_id"] = secret_id.expose_secret().into();
        }
        self.client.anonymous().login(Request::post("/v1/auth/*mount/login", [&self.mount])?.json(&body)?).await
    }

    /// Lists the names of the roles.
    ///
    /// `LIST /v1/auth/:mount/role` ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#list-roles));
    /// needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let names = vault.approle("approle").list_roles().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no method is mounted there.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/*mount/role/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist.
    ///
    /// `GET /v1/auth/:mount/role/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-approle)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let role = vault.approle("approle").read_role("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role(&self, role: &str) -> Result<Option<Role>> {
        self.client.read("/v1/auth/*mount/role/:role", [&self.mount, role]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is.
    ///
    /// `POST /v1/auth/:mount/role/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#create-update-approle)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::approle::Role;
    ///
    /// let role = Role::with_policies(["web"]).with_token_ttl(Duration::from_secs(1200));
    /// vault.approle("approle").put_role("web", &role).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role(&self, role: &str, settings: &Role) -> Result<()> {
        let mut settings = settings.clone();
        // The server refuses to hear of this again, even if it stays as it is.
        settings.local_secret_ids = settings.local_secret_ids.filter(|local| *local);
        self.client.put("/v1/auth/*mount/role/:role", [&self.mount, role], &settings).await
    }

    /// Deletes a role with its secret ids; one that does not exist is fine too.
    ///
    /// `DELETE /v1/auth/:mount/role/:role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#delete-approle)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.approle("approle").delete_role("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_role(&self, role: &str) -> Result<()> {
        self.client.delete("/v1/auth/*mount/role/:role", [&self.mount, role]).await
    }

    /// Reads the id of a role, which is no secret; `None` when the role does not exist.
    ///
    /// `GET /v1/auth/:mount/role/:role/role-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-approle-role-id)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let role_id = vault.approle("approle").read_role_id("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role_id(&self, role: &str) -> Result<Option<String>> {
        let found: Option<RoleId> = self.client.read("/v1/auth/*mount/role/:role/role-id", [&self.mount, role]).await?;
        Ok(found.map(|found| found.role_id))
    }

    /// Gives a role another id.
    ///
    /// `POST /v1/auth/:mount/role/:role/role-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#update-approle-role-id)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.approle("approle").put_role_id("web", "web-on-prod").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role_id(&self, role: &str, role_id: &str) -> Result<()> {
        let body = json!({ "role_id": role_id });
        self.client.put("/v1/auth/*mount/role/:role/role-id", [&self.mount, role], &body).await
    }

    /// Makes a secret id.
    ///
    /// `POST /v1/auth/:mount/role/:role/secret-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#generate-new-secret-id)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::approle::SecretIdRequest;
    ///
    /// let once = SecretIdRequest::new().with_num_uses(1);
    /// let made = vault.approle("approle").create_secret_id("web", &once).await?;
    /// println!("made {}", made.secret_id_accessor);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn create_secret_id(&self, role: &str, request: &SecretIdRequest) -> Result<SecretId> {
        let request = Request::post("/v1/auth/*mount/role/:role/secret-id", [&self.mount, role])?.json(request)?;
        self.client.fetch(request).await
    }

    /// Takes a secret id of the caller's choice.
    ///
    /// `POST /v1/auth/:mount/role/:role/custom-secret-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#create-custom-approle-secret-id)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::approle::SecretIdRequest;
    ///
    /// let secret_id = secrecy::SecretString::from("…");
    /// vault.approle("approle").create_custom_secret_id("web", &secret_id, &SecretIdRequest::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the role has it already;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn create_custom_secret_id(
        &self,
        role: &str,
        secret_id: &SecretString,
        request: &SecretIdRequest,
    ) -> Result<SecretId> {
        #[derive(Serialize)]
        struct Custom<'a> {
            secret_id: &'a str,
            #[serde(flatten)]
            request: &'a SecretIdRequest,
        }
        let body = Custom { secret_id: secret_id.expose_secret(), request };
        let request = Request::post("/v1/auth/*mount/role/:role/custom-secret-id", [&self.mount, role])?.json(&body)?;
        self.client.fetch(request).await
    }

    /// Lists the accessors of the secret ids of a role.
    ///
    /// `LIST /v1/auth/:mount/role/:role/secret-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#list-secret-id-accessors)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let accessors = vault.approle("approle").list_secret_ids("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. [`Error::is_not_found`](crate::Error::is_not_found)
    /// when the role does not exist.
    pub async fn list_secret_ids(&self, role: &str) -> Result<Vec<String>> {
        self.client.list("/v1/auth/*mount/role/:role/secret-id/", [&self.mount, role]).await
    }

    /// Looks a secret id up; `None` when it has ended.
    ///
    /// `POST /v1/auth/:mount/role/:role/secret-id/lookup`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-approle-secret-id)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let secret_id = secrecy::SecretString::from("…");
    /// let info = vault.approle("approle").lookup_secret_id("web", &secret_id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup_secret_id(&self, role: &str, secret_id: &SecretString) -> Result<Option<SecretIdInfo>> {
        let body = json!({ "secret_id": secret_id.expose_secret() });
        let request = Request::post("/v1/auth/*mount/role/:role/secret-id/lookup", [&self.mount, role])?.json(&body)?;
        self.client.find(request.idempotent()).await
    }

    /// Revokes a secret id; one that has ended is fine too. Tokens that were got with it stay.
    ///
    /// `POST /v1/auth/:mount/role/:role/secret-id/destroy`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#destroy-approle-secret-id)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let secret_id = secrecy::SecretString::from("…");
    /// vault.approle("approle").revoke_secret_id("web", &secret_id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke_secret_id(&self, role: &str, secret_id: &SecretString) -> Result<()> {
        let body = json!({ "secret_id": secret_id.expose_secret() });
        self.client.put("/v1/auth/*mount/role/:role/secret-id/destroy", [&self.mount, role], &body).await
    }

    /// Looks a secret id up by its accessor; `None` when it has ended.
    ///
    /// `POST /v1/auth/:mount/role/:role/secret-id-accessor/lookup`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-approle-secret-id-accessor)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for accessor in vault.approle("approle").list_secret_ids("web").await? {
    ///     let info = vault.approle("approle").lookup_secret_id_accessor("web", &accessor).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn lookup_secret_id_accessor(&self, role: &str, accessor: &str) -> Result<Option<SecretIdInfo>> {
        let request = Request::post("/v1/auth/*mount/role/:role/secret-id-accessor/lookup", [&self.mount, role])?;
        let request = request.json(&json!({ "secret_id_accessor": accessor }))?.idempotent();
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Revokes a secret id by its accessor; one that has ended is fine too. Tokens that were got with it stay.
    ///
    /// `POST /v1/auth/:mount/role/:role/secret-id-accessor/destroy`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#destroy-approle-secret-id-accessor)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.approle("approle").revoke_secret_id_accessor("web", "f843824b-…").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn revoke_secret_id_accessor(&self, role: &str, accessor: &str) -> Result<()> {
        let route = "/v1/auth/*mount/role/:role/secret-id-accessor/destroy";
        let body = json!({ "secret_id_accessor": accessor });
        none_if_not_found(self.client.put(route, [&self.mount, role], &body).await).map(drop)
    }

    /// Reads whether the secret ids of a role are left out of replication; `None` when the role does not exist.
    ///
    /// `GET /v1/auth/:mount/role/:role/local-secret-ids`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-update-or-delete-approle-properties));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let local = vault.approle("approle").read_local_secret_ids("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_local_secret_ids(&self, role: &str) -> Result<Option<bool>> {
        let found: Option<LocalSecretIds> =
            self.client.read("/v1/auth/*mount/role/:role/local-secret-ids", [&self.mount, role]).await?;
        Ok(found.map(|found| found.local_secret_ids))
    }

    /// Reads one field of a role, or `None` when the role does not exist.
    ///
    /// Needs `read` on the route of the field
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-update-or-delete-approle-properties)).
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::approle::field;
    ///
    /// let ttl = vault.approle("approle").read_field("web", &field::TOKEN_TTL).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_field<T: Setting>(&self, role: &str, field: &Field<T>) -> Result<Option<T>> {
        let request = Request::get(field.route, [&self.mount, role])?;
        let found: Option<BTreeMap<String, Option<T::Wire>>> = self.client.find(request).await?;
        Ok(found.map(|mut found| found.remove(field.name).flatten().unwrap_or_default().into()))
    }

    /// Writes one field of a role.
    ///
    /// Needs `update` on the route of the field
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-update-or-delete-approle-properties)).
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::approle::field;
    ///
    /// vault.approle("approle").put_field("web", &field::TOKEN_TTL, Duration::from_secs(600)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 404 when the role does not exist;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_field<T: Setting>(&self, role: &str, field: &Field<T>, value: T) -> Result<()> {
        let body = BTreeMap::from([(field.name, (field.wire)(value))]);
        self.client.put(field.route, [&self.mount, role], &body).await
    }

    /// Sets one field of a role back to what the server takes by itself.
    ///
    /// Needs `delete` on the route of the field
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#read-update-or-delete-approle-properties)).
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::approle::field;
    ///
    /// vault.approle("approle").delete_field("web", &field::TOKEN_TTL).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Status 404 when the role does not exist;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_field<T: Setting>(&self, role: &str, field: &Field<T>) -> Result<()> {
        self.client.execute(Request::delete(field.route, [&self.mount, role])?.idempotent()).await
    }

    /// Starts to clean up secret ids that have ended. The answer comes before that has ended.
    ///
    /// `POST /v1/auth/:mount/tidy/secret-id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/approle#tidy-tokens)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.approle("approle").tidy_secret_ids().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn tidy_secret_ids(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/auth/*mount/tidy/secret-id", [&self.mount])?.idempotent()).await
    }
}
