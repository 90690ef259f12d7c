//! The KV engine, version 2: <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>.
//!
//! The data of a secret is any type that serde reads and writes. [`Fields`] is one for plain texts which are never
//! printed; a type of your own keeps its secrets as `secrecy::SecretString`.
//!
//! A version that was deleted or destroyed is an answer, [`Kv2Read::Deleted`], and no error.

mod fields;
#[cfg(test)]
mod tests;
mod types;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::fields::Fields;
pub use self::types::{
    Author, Cas, Config, Kv2Read, ListOptions, Metadata, MetadataPatch, MetadataRequest, SubkeysOptions,
    VersionMetadata, VersionState,
};

use crate::client::{Client, Keys, list_request, merge_request, says_nothing};
use crate::codec::Own;
use crate::error::{Error, Result};
use crate::transport::Request;

/// Handle made by [`Client::kv2`].
#[derive(Clone, Debug)]
pub struct Kv2 {
    client: Client,
    mount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = ""))]
struct Version<T> {
    data: Option<Own<T>>,
    metadata: VersionMetadata,
}

impl<T> From<Version<T>> for Kv2Read<T> {
    fn from(version: Version<T>) -> Self {
        let metadata = version.metadata;
        match version.data {
            Some(Own(data)) => Self::Live { data, metadata },
            None => Self::Deleted { metadata },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Subkeys {
    subkeys: Option<Map<String, Value>>,
    metadata: VersionMetadata,
}

impl From<Subkeys> for Kv2Read<Map<String, Value>> {
    fn from(Subkeys { subkeys, metadata }: Subkeys) -> Self {
        match subkeys {
            Some(data) => Self::Live { data, metadata },
            None => Self::Deleted { metadata },
        }
    }
}

impl Kv2 {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Reads the settings of the engine.
    ///
    /// `GET /v1/:mount/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-kv-engine-configuration)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?} versions", vault.kv2("secret").read_config().await?.max_versions);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_config(&self) -> Result<Config> {
        self.client.fetch(Request::get("/v1/*mount/config", [&self.mount])?).await
    }

    /// Changes the settings of the engine; what is absent stays as it is.
    ///
    /// `POST /v1/:mount/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#configure-the-kv-engine)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Config;
    ///
    /// let mut config = Config::default();
    /// config.cas_required = Some(true);
    /// vault.kv2("secret").put_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn put_config(&self, config: &Config) -> Result<()> {
        self.client.put("/v1/*mount/config", [&self.mount], config).await
    }

    /// Reads the newest version of a secret, or `None` when it never had one.
    ///
    /// `GET /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::{Fields, Kv2Read};
    ///
    /// match vault.kv2("secret").read::<Fields>("app/database").await? {
    ///     Some(Kv2Read::Live { data, .. }) => println!("{} fields", data.len()),
    ///     Some(Kv2Read::Deleted { metadata }) => println!("version {} is deleted", metadata.version),
    ///     _ => println!("there is none"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<Kv2Read<T>>> {
        self.version(Request::get("/v1/*mount/data/*path", [&self.mount, path])?).await
    }

    /// Reads one version of a secret, or `None` when it never had that.
    ///
    /// `GET /v1/:mount/data/:path` with a `version`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Fields;
    ///
    /// let before = vault.kv2("secret").read_version::<Fields>("app/database", 3).await?;
    /// # drop(before);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv2::read`].
    pub async fn read_version<T: DeserializeOwned>(&self, path: &str, version: u64) -> Result<Option<Kv2Read<T>>> {
        self.version(Request::get("/v1/*mount/data/*path", [&self.mount, path])?.query("version", version.to_string()))
            .await
    }

    /// Reads the names of the fields of a secret, and of those inside them, without any value: for who may know what
    /// there is, but not the secret. A name without others below it has `null`.
    ///
    /// `GET /v1/:mount/subkeys/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-subkeys)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(read) = vault.kv2("secret").read_subkeys("app/database").await? {
    ///     println!("{:?}", read.data().map(|names| names.keys().collect::<Vec<_>>()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv2::read`].
    pub async fn read_subkeys(&self, path: &str) -> Result<Option<Kv2Read<Map<String, Value>>>> {
        self.read_subkeys_with(path, &SubkeysOptions::new()).await
    }

    /// As [`Kv2::read_subkeys`], with options.
    ///
    /// # Errors
    /// As [`Kv2::read`].
    pub async fn read_subkeys_with(
        &self,
        path: &str,
        options: &SubkeysOptions,
    ) -> Result<Option<Kv2Read<Map<String, Value>>>> {
        let mut request = Request::get("/v1/*mount/subkeys/*path", [&self.mount, path])?;
        for (name, value) in [("version", options.version), ("depth", options.depth)] {
            if let Some(value) = value {
                request = request.query(name, value.to_string());
            }
        }
        or_deleted(self.client.fetch::<Subkeys>(request).await)
    }

    /// Writes a new version of a secret, whatever it held before.
    ///
    /// `POST /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-secret)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::Fields;
    ///
    /// let written = vault.kv2("secret").put("app/database", &Fields::from([("password", "…")])).await?;
    /// println!("version {}", written.version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn put<T: Serialize + ?Sized>(&self, path: &str, data: &T) -> Result<VersionMetadata> {
        self.put_with(path, data, Cas::Any).await
    }

    /// Writes a new version of a secret if the guard holds.
    ///
    /// `POST /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-secret)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::{Cas, Fields};
    ///
    /// let fields = Fields::from([("password", "…")]);
    /// match vault.kv2("secret").put_with("app/database", &fields, Cas::Absent).await {
    ///     Err(error) if error.is_conflict() => println!("somebody was faster"),
    ///     written => println!("version {}", written?.version),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv2::put`]; [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold.
    pub async fn put_with<T: Serialize + ?Sized>(&self, path: &str, data: &T, cas: Cas) -> Result<VersionMetadata> {
        self.client.fetch(put_request(&self.mount, path, data, cas)?).await
    }

    /// Writes a new version with some fields changed; `null` removes one. [`Cas::Absent`] means the same as
    /// [`Cas::Any`].
    ///
    /// `PATCH /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#patch-secret)); needs `patch`, which no
    /// other permission includes. Without it, see [`Kv2::merge`].
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use serde_json::json;
    /// use vault_client::kv2::Cas;
    ///
    /// let change = json!({ "user": "web", "old_password": null });
    /// vault.kv2("secret").patch("app/database", &change, Cas::Any).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no version to change, or it is deleted;
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold.
    pub async fn patch<T: Serialize + ?Sized>(&self, path: &str, data: &T, cas: Cas) -> Result<VersionMetadata> {
        self.client.fetch(patch_request(&self.mount, path, data, cas)?).await
    }

    /// As [`Kv2::patch`], for a token that has no `patch`: reads the newest version, changes it here, and writes it if
    /// nobody did in between.
    ///
    /// `GET /v1/:mount/data/:path` and `POST /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-secret)); needs
    /// `read` and `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").merge("app/database", &serde_json::json!({ "user": "web" })).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv2::patch`]; [`Error::is_conflict`](crate::Error::is_conflict) when somebody else has written in between.
    pub async fn merge<T: Serialize + ?Sized>(&self, path: &str, change: &T) -> Result<VersionMetadata> {
        let request = Request::get("/v1/*mount/data/*path", [&self.mount, path])?;
        let change = serde_json::to_value(change).map_err(|_| request.refused("the data cannot be written as JSON"))?;
        // What is missing or deleted comes as the error that it is.
        let Version { data, metadata } = self.client.fetch::<Version<Value>>(request).await?;
        let mut data = data.map_or(Value::Null, |Own(data)| data);
        merge_into(&mut data, change);
        self.put_with(path, &data, Cas::At(metadata.version)).await
    }

    /// Deletes the newest version, in a way that [`Kv2::undelete`] takes back.
    ///
    /// `DELETE /v1/:mount/data/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#delete-latest-version-of-secret)); needs
    /// `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").delete("app/database").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete(&self, path: &str) -> Result<()> {
        // Not to be repeated: in between, somebody may have written a version that is not meant.
        self.client.execute(Request::delete("/v1/*mount/data/*path", [&self.mount, path])?).await
    }

    /// Deletes these versions, in a way that [`Kv2::undelete`] takes back.
    ///
    /// `POST /v1/:mount/delete/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#delete-secret-versions)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").delete_versions("app/database", &[1, 2]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_versions(&self, path: &str, versions: &[u64]) -> Result<()> {
        self.client.put("/v1/*mount/delete/*path", [&self.mount, path], &json!({ "versions": versions })).await
    }

    /// Takes back the deletion of these versions.
    ///
    /// `POST /v1/:mount/undelete/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#undelete-secret-versions)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").undelete("app/database", &[2]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn undelete(&self, path: &str, versions: &[u64]) -> Result<()> {
        self.client.put("/v1/*mount/undelete/*path", [&self.mount, path], &json!({ "versions": versions })).await
    }

    /// Removes the data of these versions for good.
    ///
    /// `POST /v1/:mount/destroy/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#destroy-secret-versions)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").destroy("app/database", &[1]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn destroy(&self, path: &str, versions: &[u64]) -> Result<()> {
        self.client.put("/v1/*mount/destroy/*path", [&self.mount, path], &json!({ "versions": versions })).await
    }

    /// Lists the secrets in a folder, or those at the top for an empty one; names of folders end with `/`.
    ///
    /// `LIST /v1/:mount/metadata/:prefix`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#list-secrets)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for name in vault.kv2("secret").list("app").await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.list_with(prefix, &ListOptions::new()).await
    }

    /// As [`Kv2::list`], with options.
    ///
    /// # Errors
    /// As [`Kv2::list`].
    pub async fn list_with(&self, prefix: &str, options: &ListOptions) -> Result<Vec<String>> {
        let mut request = list_request("/v1/*mount/metadata/*prefix/", [&self.mount, prefix])?;
        if options.exclude_deleted {
            request = request.query("exclude_deleted", "true");
        }
        Ok(self.client.find::<Keys>(request).await?.unwrap_or_default().keys)
    }

    /// Reads what is known about a secret, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/metadata/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-metadata)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(metadata) = vault.kv2("secret").read_metadata("app/database").await? {
    ///     println!("version {} of {}", metadata.current_version, metadata.versions.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_metadata(&self, path: &str) -> Result<Option<Metadata>> {
        self.client.read("/v1/*mount/metadata/*path", [&self.mount, path]).await
    }

    /// Changes the settings of a secret, which need not have a version yet. Its notes are replaced as a whole.
    ///
    /// `POST /v1/:mount/metadata/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-metadata)); needs
    /// `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::MetadataRequest;
    ///
    /// let notes = MetadataRequest::new().with_custom_metadata([("owner", "team-blue")]);
    /// vault.kv2("secret").put_metadata("app/database", &notes).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn put_metadata(&self, path: &str, metadata: &MetadataRequest) -> Result<()> {
        self.client.put("/v1/*mount/metadata/*path", [&self.mount, path], metadata).await
    }

    /// Changes some settings and notes of a secret, and leaves the others as they are.
    ///
    /// `PATCH /v1/:mount/metadata/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#patch-metadata)); needs `patch`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::kv2::MetadataPatch;
    ///
    /// let change = MetadataPatch::new().with_note("owner", "team-green").without_note("ticket");
    /// vault.kv2("secret").patch_metadata("app/database", &change).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn patch_metadata(&self, path: &str, change: &MetadataPatch) -> Result<()> {
        let request = Request::new("PATCH", "/v1/*mount/metadata/*path", [&self.mount, path])?;
        self.client.execute(merge_request(request, change)?.idempotent()).await
    }

    /// Removes a secret with all its versions for good; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/metadata/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#delete-metadata-and-all-versions)); needs
    /// `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.kv2("secret").delete_metadata("app/database").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_metadata(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/*mount/metadata/*path", [&self.mount, path]).await
    }

    async fn version<T: DeserializeOwned>(&self, request: Request) -> Result<Option<Kv2Read<T>>> {
        or_deleted(self.client.fetch::<Version<T>>(request).await)
    }
}

/// A deleted version is answered with 404 and all that a version has but its data.
fn or_deleted<T>(result: Result<impl Into<Kv2Read<T>>>) -> Result<Option<Kv2Read<T>>> {
    match result {
        Ok(version) => Ok(Some(version.into())),
        Err(error) if says_nothing(&error) => Ok(None),
        Err(error) => deleted(&error).map(|metadata| Some(Kv2Read::Deleted { metadata })).ok_or(error),
    }
}

/// As RFC 7396 has it: an object changes field by field, `null` removes, anything else replaces.
fn merge_into(target: &mut Value, change: Value) {
    let Value::Object(change) = change else {
        *target = change;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (name, value) in change {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge_into(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn deleted(error: &Error) -> Option<VersionMetadata> {
    let Error::Api(error) = error else { return None };
    let metadata = error.body().filter(|_| error.status() == 404)?.get("data")?.get("metadata")?;
    VersionMetadata::deserialize(metadata).ok()
}

#[derive(Serialize)]
struct Write<'a, T: ?Sized> {
    data: &'a T,
    options: Value,
}

fn put_request<T: Serialize + ?Sized>(mount: &str, path: &str, data: &T, cas: Cas) -> Result<Request> {
    Request::post("/v1/*mount/data/*path", [mount, path])?.json(&Write { data, options: cas.options() })
}

fn patch_request<T: Serialize + ?Sized>(mount: &str, path: &str, data: &T, cas: Cas) -> Result<Request> {
    let request = Request::new("PATCH", "/v1/*mount/data/*path", [mount, path])?;
    let options = if cas == Cas::Absent { Cas::Any.options() } else { cas.options() };
    merge_request(request, &Write { data, options })
}
