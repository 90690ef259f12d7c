//! ACL policies: <https://developer.hashicorp.com/vault/api-docs/system/policies>, and the rules by which passwords are
//! made: <https://developer.hashicorp.com/vault/api-docs/system/policies-password>.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::null;

/// An ACL policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Its name, in lower case.
    pub name: String,
    /// Its text, in HCL or JSON, as it was written.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policy: String,
}

/// Handle made by [`Sys::policies`](super::Sys::policies).
#[derive(Clone, Debug)]
pub struct Policies {
    client: Client,
}

impl Policies {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the names of all policies.
    ///
    /// `LIST /v1/sys/policies/acl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies#list-acl-policies)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let names = vault.sys().policies().list().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<Vec<String>> {
        self.client.list("/v1/sys/policies/acl/", []).await
    }

    /// Reads a policy, or `None` when it does not exist.
    ///
    /// `GET /v1/sys/policies/acl/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies#read-acl-policy)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let policy = vault.sys().policies().read("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read(&self, name: &str) -> Result<Option<Policy>> {
        self.client.read("/v1/sys/policies/acl/*name", [name]).await
    }

    /// Writes a policy.
    ///
    /// `POST /v1/sys/policies/acl/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies#create-update-acl-policy)); needs `create`
    /// or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let text = r#"path "secret/data/web/*" { capabilities = ["read"] }"#;
    /// vault.sys().policies().put("web", text).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 when the text is not a policy.
    pub async fn put(&self, name: &str, policy: &str) -> Result<()> {
        self.client.put("/v1/sys/policies/acl/*name", [name], &json!({ "policy": policy })).await
    }

    /// Deletes a policy; one that does not exist is fine too.
    ///
    /// `DELETE /v1/sys/policies/acl/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies#delete-acl-policy)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().policies().delete("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/sys/policies/acl/*name", [name]).await
    }
}

/// The rules by which passwords are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasswordPolicy {
    /// Their text, in HCL, as it was written.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policy: String,
}

#[derive(Serialize, Deserialize)]
struct Generated {
    #[serde(with = "codec::secret")]
    password: SecretString,
}

/// Handle made by [`Sys::password_policies`](super::Sys::password_policies).
#[derive(Clone, Debug)]
pub struct PasswordPolicies {
    client: Client,
}

impl PasswordPolicies {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the names of all rules.
    ///
    /// `LIST /v1/sys/policies/password`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies-password#list-password-policies)); needs
    /// `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let names = vault.sys().password_policies().list().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list(&self) -> Result<Vec<String>> {
        self.client.list("/v1/sys/policies/password/", []).await
    }

    /// Reads rules, or `None` when they do not exist.
    ///
    /// `GET /v1/sys/policies/password/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies-password#read-password-policy)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let rules = vault.sys().password_policies().read("long").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read(&self, name: &str) -> Result<Option<PasswordPolicy>> {
        none_if_not_found(self.client.read("/v1/sys/policies/password/*name", [name]).await).map(Option::flatten)
    }

    /// Writes rules.
    ///
    /// `POST /v1/sys/policies/password/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies-password#create-update-password-policy));
    /// needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let rules = "length = 20\nrule \"charset\" { charset = \"abcdefghij0123456789\" }";
    /// vault.sys().password_policies().put("long", rules).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 when the text is not understood, or no
    /// password can be made by it.
    pub async fn put(&self, name: &str, policy: &str) -> Result<()> {
        self.client.put("/v1/sys/policies/password/*name", [name], &json!({ "policy": policy })).await
    }

    /// Deletes rules; ones that do not exist are fine too.
    ///
    /// `DELETE /v1/sys/policies/password/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies-password#delete-password-policy)); needs
    /// `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().password_policies().delete("long").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/sys/policies/password/*name", [name]).await
    }

    /// Makes a password by these rules. It is kept nowhere.
    ///
    /// `GET /v1/sys/policies/password/:name/generate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/policies-password#generate-password-from-password-policy));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let password = vault.sys().password_policies().generate("long").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there are no such rules;
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn generate(&self, name: &str) -> Result<SecretString> {
        let request = Request::get("/v1/sys/policies/password/*name/generate", [name])?;
        Ok(self.client.fetch::<Generated>(request).await?.password)
    }
}
