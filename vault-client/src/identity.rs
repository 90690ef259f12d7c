//! Entities, and the logins that belong to them: <https://developer.hashicorp.com/vault/api-docs/secret/identity>.
//!
//! Not covered: making entities, groups, OIDC and second factors.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Client, KeyInfo};
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{null, time};

/// Somebody or something that logs in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entity {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The logins that belong to it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub aliases: Vec<Alias>,
    /// Notes about it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub metadata: BTreeMap<String, String>,
    /// The policies that every login of it gets.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policies: Vec<String>,
    /// The groups that it belongs to.
    #[serde(default, deserialize_with = "null::or_default")]
    pub group_ids: Vec<String>,
    /// The groups that name it as a member.
    #[serde(default, deserialize_with = "null::or_default")]
    pub direct_group_ids: Vec<String>,
    /// The groups that it belongs to because a group of theirs does.
    #[serde(default, deserialize_with = "null::or_default")]
    pub inherited_group_ids: Vec<String>,
    /// The entities that became part of it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub merged_entity_ids: Vec<String>,
    /// The namespace in which it is.
    #[serde(default, deserialize_with = "null::or_default")]
    pub namespace_id: String,
    /// Whether its tokens are refused.
    #[serde(default, deserialize_with = "null::or_default")]
    pub disabled: bool,
    /// When it was made.
    #[serde(default, deserialize_with = "time::or_none")]
    pub creation_time: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_update_time: Option<Timestamp>,
}

/// A login that belongs to an entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alias {
    /// Its id.
    pub id: String,
    /// The name under which the auth method knows it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The id of the entity.
    #[serde(default, deserialize_with = "null::or_default")]
    pub canonical_id: String,
    /// Names the auth method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_accessor: String,
    /// The path of the auth method, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_path: String,
    /// The type of the auth method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_type: String,
    /// Whether it is left out of replication.
    #[serde(default, deserialize_with = "null::or_default")]
    pub local: bool,
    /// The namespace in which it is; empty inside an entity.
    #[serde(default, deserialize_with = "null::or_default")]
    pub namespace_id: String,
    /// The entities that had it before theirs were merged.
    #[serde(default, deserialize_with = "null::or_default")]
    pub merged_from_canonical_ids: Vec<String>,
    /// What the auth method says about it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub metadata: BTreeMap<String, String>,
    /// Notes about it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
    /// When it was made.
    #[serde(default, deserialize_with = "time::or_none")]
    pub creation_time: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_update_time: Option<Timestamp>,
}

/// An entity in the list of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntityStub {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The logins that belong to it; what the list leaves out is empty.
    #[serde(default, deserialize_with = "null::or_default")]
    pub aliases: Vec<AliasStub>,
}

/// A login in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AliasStub {
    /// Its id; empty in the list of logins, which has it as its key.
    #[serde(default, deserialize_with = "null::or_default")]
    pub id: String,
    /// The name under which the auth method knows it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The id of the entity.
    #[serde(default, deserialize_with = "null::or_default")]
    pub canonical_id: String,
    /// Names the auth method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_accessor: String,
    /// The path of the auth method, which ends with `/`.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_path: String,
    /// The type of the auth method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mount_type: String,
    /// Whether it is left out of replication.
    #[serde(default, deserialize_with = "null::or_default")]
    pub local: bool,
    /// What the auth method says about it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub metadata: BTreeMap<String, String>,
    /// Notes about it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
}

/// Handle made by [`Client::identity`].
#[derive(Clone, Debug)]
pub struct Identity {
    client: Client,
}

impl Identity {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the entities by id.
    ///
    /// `LIST /v1/identity/entity/id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity#list-entities-by-id)); needs
    /// `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (id, entity) in vault.identity().list_entities().await? {
    ///     println!("{id}: {}", entity.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_entities(&self) -> Result<BTreeMap<String, EntityStub>> {
        Ok(self.client.list_as::<KeyInfo<EntityStub>, 0>("/v1/identity/entity/id/", []).await?.key_info)
    }

    /// Reads an entity with its logins, or `None` when it does not exist.
    ///
    /// `GET /v1/identity/entity/id/:id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity#read-entity-by-id)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(entity) = vault.identity().read_entity("8d6a45e5-572f-8f13-d226-cd0d1ec57297").await? {
    ///     println!("{} has {} logins", entity.name, entity.aliases.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_entity(&self, id: &str) -> Result<Option<Entity>> {
        self.client.read("/v1/identity/entity/id/:id", [id]).await
    }

    /// Deletes an entity with its logins; one that does not exist is fine too.
    ///
    /// `DELETE /v1/identity/entity/id/:id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity#delete-entity-by-id)); needs
    /// `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.identity().delete_entity("8d6a45e5-572f-8f13-d226-cd0d1ec57297").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_entity(&self, id: &str) -> Result<()> {
        self.client.delete("/v1/identity/entity/id/:id", [id]).await
    }

    /// Finds the entity to which a login belongs, or `None` when there is none.
    ///
    /// `POST /v1/identity/lookup/entity`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/lookup#lookup-an-entity)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let found = vault.identity().lookup_entity("web", "auth_jwt_bb722bd2").await?;
    /// println!("{:?}", found.map(|entity| entity.name));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn lookup_entity(&self, alias_name: &str, alias_mount_accessor: &str) -> Result<Option<Entity>> {
        let body = json!({ "alias_name": alias_name, "alias_mount_accessor": alias_mount_accessor });
        self.client.find(Request::post("/v1/identity/lookup/entity", [])?.json(&body)?.idempotent()).await
    }

    /// Lists the logins by id.
    ///
    /// `LIST /v1/identity/entity-alias/id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity-alias#list-entity-aliases-by-id));
    /// needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for login in vault.identity().list_aliases().await?.into_values() {
    ///     println!("{}{}", login.mount_path, login.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_aliases(&self) -> Result<BTreeMap<String, AliasStub>> {
        Ok(self.client.list_as::<KeyInfo<AliasStub>, 0>("/v1/identity/entity-alias/id/", []).await?.key_info)
    }

    /// Reads a login, or `None` when it does not exist.
    ///
    /// `GET /v1/identity/entity-alias/id/:id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity-alias#read-entity-alias-by-id));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let login = vault.identity().read_alias("34982d3d-e3ce-5d8b-6e5f-b9bb34246c31").await?;
    /// println!("{:?}", login.map(|login| login.canonical_id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_alias(&self, id: &str) -> Result<Option<Alias>> {
        self.client.read("/v1/identity/entity-alias/id/:id", [id]).await
    }

    /// Deletes a login; one that does not exist is fine too.
    ///
    /// `DELETE /v1/identity/entity-alias/id/:id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/identity/entity-alias#delete-entity-alias-by-id));
    /// needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.identity().delete_alias("34982d3d-e3ce-5d8b-6e5f-b9bb34246c31").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_alias(&self, id: &str) -> Result<()> {
        self.client.delete("/v1/identity/entity-alias/id/:id", [id]).await
    }
}

#[cfg(test)]
mod tests {
    use super::Entity;

    #[test]
    fn an_entity_knows_its_logins() {
        let text = r#"{"aliases":[{"canonical_id":"acd2","creation_time":"2026-11-23T17:47:19.30011834Z",
            "custom_metadata":{},"id":"3a47","last_update_time":"2026-11-23T17:47:19.30011834Z","local":false,
            "merged_from_canonical_ids":null,"metadata":null,"mount_accessor":"auth_jwt_bb722bd2",
            "mount_path":"auth/jwt-nomad/","mount_type":"jwt","name":"al"}],"creation_time":
            "2026-11-23T17:47:19.21034254Z","direct_group_ids":[],"disabled":false,"group_ids":[],"id":"acd2",
            "merged_entity_ids":null,"metadata":{"a":"b"},"name":"e1","namespace_id":"root","policies":["p"]}"#;
        let entity: Entity = serde_json::from_str(text).unwrap();
        assert_eq!((entity.aliases[0].name.as_str(), entity.policies.len()), ("al", 1));
        assert!(entity.aliases[0].metadata.is_empty() && entity.creation_time.is_some());
    }
}
