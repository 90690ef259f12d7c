//! What tokens may do: <https://developer.hashicorp.com/vault/api-docs/system/capabilities>.

use std::collections::BTreeMap;

use serde_json::json;

use super::Sys;
use crate::credential::Token;
use crate::error::Result;
use crate::transport::Request;

wire_enum! {
    /// What a token may do with a path.
    pub Capability {
        /// Write what does not exist.
        Create = "create",
        /// Read.
        Read = "read",
        /// Write what exists.
        Update = "update",
        /// Write a part of what exists.
        Patch = "patch",
        /// Delete.
        Delete = "delete",
        /// List.
        List = "list",
        /// Use paths that are reserved for root.
        Sudo = "sudo",
        /// Nothing at all.
        Deny = "deny",
        /// Everything.
        Root = "root",
    }
}

impl Sys {
    /// Reads what the client's own token may do with these paths.
    ///
    /// `POST /v1/sys/capabilities-self`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities-self#query-self-capabilities)); every
    /// token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::Capability;
    ///
    /// let found = vault.sys().capabilities_self(&["secret/data/a"]).await?;
    /// let writable = found["secret/data/a"].contains(&Capability::Update);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not valid.
    pub async fn capabilities_self(&self, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let request = Request::post("/v1/sys/capabilities-self", [])?.json(&json!({ "paths": paths }))?;
        self.able(request, paths).await
    }

    /// Reads what a token may do with these paths.
    ///
    /// `POST /v1/sys/capabilities`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities#query-token-capabilities)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let found = vault.sys().capabilities(&token, &["secret/data/a"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn capabilities(&self, token: &Token, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let body = json!({ "token": token.expose(), "paths": paths });
        self.able(Request::post("/v1/sys/capabilities", [])?.json(&body)?, paths).await
    }

    /// Reads what a token, named by its accessor, may do with these paths.
    ///
    /// `POST /v1/sys/capabilities-accessor`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities-accessor#query-token-accessor-capabilities));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let accessor = vault.token().lookup_self().await?.accessor;
    /// let found = vault.sys().capabilities_accessor(&accessor, &["secret/data/a"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. [`Error::is_not_found`](crate::Error::is_not_found)
    /// when there is no such token.
    pub async fn capabilities_accessor(
        &self,
        accessor: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Vec<Capability>>> {
        let body = json!({ "accessor": accessor, "paths": paths });
        self.able(Request::post("/v1/sys/capabilities-accessor", [])?.json(&body)?, paths).await
    }

    async fn able(&self, request: Request, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let mut found: BTreeMap<String, Vec<Capability>> = self.client.fetch(request.idempotent()).await?;
        // Beside the paths stands the answer for the first of them, under the name `capabilities`.
        found.retain(|path, _| paths.contains(&path.as_str()));
        Ok(found)
    }
}
