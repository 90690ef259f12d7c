//! The keys that clients have to bring before they can use ACME.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Pki;
use crate::error::Result;
use crate::wire::null;

answer! {
    /// A key that no client has used yet; never its secret part.
    EabKey {
        /// Its kind: `hs`.
        pub key_type: String,
        /// Where it can be used, below the mount.
        pub acme_directory: String,
        /// When it was made.
        pub created_on: Option<Timestamp> as time,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Keys {
    #[serde(deserialize_with = "null::or_default")]
    keys: Vec<String>,
    #[serde(deserialize_with = "null::or_default")]
    key_info: BTreeMap<String, EabKey>,
}

impl Pki {
    /// Lists the keys that no client has used yet, by id.
    ///
    /// `LIST /v1/:mount/eab`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-unused-acme-eab-binding-tokens)); needs
    /// `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (id, key) in vault.pki("pki").list_eab_keys().await? {
    ///     println!("{id}: {:?}", key.created_on);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_eab_keys(&self) -> Result<BTreeMap<String, EabKey>> {
        let keys: Keys = self.client.list_as("/v1/*mount/eab/", [&self.mount]).await?;
        Ok(keys.key_info)
    }

    /// Deletes a key that no client has used yet; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/eab/:key_id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#delete-unused-acme-eab-binding-tokens)); needs
    /// `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").delete_eab_key("d630b199-de69-813d-3d16-7d869055905d").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Reason::Unsupported`](crate::Reason::Unsupported) when the id is none.
    pub async fn delete_eab_key(&self, id: &str) -> Result<()> {
        self.client.delete("/v1/*mount/eab/:key_id", [&self.mount, id]).await
    }
}
