//! The KV engine, version 2: <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>.
//!
//! The data of a secret is any type that serde reads and writes. [`Fields`] is one for plain texts which are never
//! printed; a type of your own keeps its secrets as `secrecy::SecretString`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::client::{Client, says_nothing};
use crate::codec::{self, Own};
use crate::error::{Error, Result};
use crate::transport::Request;
use crate::wire::{duration, null, time};

/// The data of a secret whose values are all texts. Only the names are printed.
#[derive(Clone, Default)]
pub struct Fields(BTreeMap<String, SecretString>);

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<SecretString>) {
        self.0.insert(name.into(), value.into());
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// All fields, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, format_args!("…")))).finish()
    }
}

impl<N: Into<String>, V: Into<SecretString>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<SecretString>, const COUNT: usize> From<[(N, V); COUNT]> for Fields {
    fn from(fields: [(N, V); COUNT]) -> Self {
        fields.into_iter().collect()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value.expose_secret())))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer).map(Self::from_iter)
    }
}

/// A version of a secret, as it was read.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Kv2Read<T> {
    /// It is there.
    Live {
        /// What it holds.
        data: T,
        /// What is known about the version.
        metadata: VersionMetadata,
    },
    /// It was deleted or destroyed.
    Deleted {
        /// What is known about the version; its number is what [`Cas::At`] wants.
        metadata: VersionMetadata,
    },
}

impl<T> Kv2Read<T> {
    /// What it holds, if it is there.
    pub fn data(&self) -> Option<&T> {
        match self {
            Self::Live { data, .. } => Some(data),
            Self::Deleted { .. } => None,
        }
    }

    /// What it holds, if it is there.
    pub fn into_data(self) -> Option<T> {
        match self {
            Self::Live { data, .. } => Some(data),
            Self::Deleted { .. } => None,
        }
    }

    /// What is known about the version.
    pub fn metadata(&self) -> &VersionMetadata {
        match self {
            Self::Live { metadata, .. } | Self::Deleted { metadata } => metadata,
        }
    }
}

/// Without the data, whatever its type.
impl<T> fmt::Debug for Kv2Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.data().is_some() { "Live" } else { "Deleted" };
        f.debug_struct(name).field("metadata", self.metadata()).finish_non_exhaustive()
    }
}

/// What is known about one version of a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionMetadata {
    /// Its number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: u64,
    /// When it was written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was deleted, or will be.
    #[serde(default, deserialize_with = "time::or_none")]
    pub deletion_time: Option<Timestamp>,
    /// Whether it is gone for good.
    #[serde(default, deserialize_with = "null::or_default")]
    pub destroyed: bool,
    /// Notes of the application about the secret.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
}

/// What must be true for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cas {
    /// Nothing.
    #[default]
    Any,
    /// The secret must never have had a version.
    Absent,
    /// This must be the current version, deleted or not.
    At(u64),
}

impl Cas {
    fn options(self) -> Value {
        match self {
            Self::Any => json!({}),
            Self::Absent => json!({ "cas": 0 }),
            Self::At(version) => json!({ "cas": version }),
        }
    }
}

/// Settings of the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Config {
    /// How many versions are kept; 0 for ten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_versions: Option<u64>,
    /// Whether every write needs a guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cas_required: Option<bool>,
    /// How long versions are kept; zero for ever.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub delete_version_after: Option<Duration>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What is known about a secret and all its versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The number of the newest version; 0 before the first.
    #[serde(default, deserialize_with = "null::or_default")]
    pub current_version: u64,
    /// The number of the oldest version that is kept.
    #[serde(default, deserialize_with = "null::or_default")]
    pub oldest_version: u64,
    /// When it was first written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was last written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub updated_time: Option<Timestamp>,
    /// Who wrote last; none before Vault 1.21.
    #[serde(default)]
    pub last_updated_by: Option<Author>,
    /// Notes of the application.
    #[serde(default, deserialize_with = "null::or_default")]
    pub custom_metadata: BTreeMap<String, String>,
    /// How many versions are kept; 0 for what the engine is set to.
    #[serde(default, deserialize_with = "null::or_default")]
    pub max_versions: u64,
    /// Whether every write needs a guard.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cas_required: bool,
    /// How long versions are kept; zero for what the engine is set to.
    #[serde(default, with = "codec::seconds")]
    pub delete_version_after: Duration,
    /// Its versions, by number.
    #[serde(default, deserialize_with = "null::or_default")]
    pub versions: BTreeMap<u64, VersionState>,
}

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Author {
    /// The display name of the token.
    #[serde(default, deserialize_with = "null::or_default")]
    pub actor: String,
    /// The entity of the token.
    #[serde(default, deserialize_with = "null::or_default")]
    pub entity_id: String,
    /// The client as which the token is counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_id: String,
    /// What was done.
    #[serde(default, deserialize_with = "null::or_default")]
    pub operation: String,
}

/// What is known about a version in the list of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionState {
    /// Who wrote it; none before Vault 1.21.
    #[serde(default)]
    pub created_by: Option<Author>,
    /// Who deleted it.
    #[serde(default)]
    pub deleted_by: Option<Author>,
    /// When it was written.
    #[serde(default, deserialize_with = "time::or_none")]
    pub created_time: Option<Timestamp>,
    /// When it was deleted, or will be.
    #[serde(default, deserialize_with = "time::or_none")]
    pub deletion_time: Option<Timestamp>,
    /// Whether it is gone for good.
    #[serde(default, deserialize_with = "null::or_default")]
    pub destroyed: bool,
}

/// Settings of a secret to be changed. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MetadataRequest {
    /// Notes of the application, in place of all those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_metadata: Option<BTreeMap<String, String>>,
    /// How many versions are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_versions: Option<u64>,
    /// Whether every write needs a guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cas_required: Option<bool>,
    /// How long versions are kept.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub delete_version_after: Option<Duration>,
}

impl MetadataRequest {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes of the application, in place of all those before.
    #[must_use]
    pub fn with_custom_metadata<N: Into<String>, V: Into<String>>(
        mut self,
        notes: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let notes = notes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.custom_metadata = Some(notes);
        self
    }
}

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

impl Kv2 {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Reads the settings of the engine. `GET /v1/:mount/config`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_config(&self) -> Result<Config> {
        self.client.fetch(Request::get("/v1/*mount/config", [&self.mount])?).await
    }

    /// Changes the settings of the engine. `POST /v1/:mount/config`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_config(&self, config: &Config) -> Result<()> {
        self.client.put("/v1/*mount/config", [&self.mount], config).await
    }

    /// Reads the newest version of a secret, or `None` when it never had one. `GET /v1/:mount/data/:path`; needs
    /// `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no engine is mounted there.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<Kv2Read<T>>> {
        self.version(Request::get("/v1/*mount/data/*path", [&self.mount, path])?).await
    }

    /// Reads one version of a secret, or `None` when it never had that. `GET /v1/:mount/data/:path` with a
    /// `version`; needs `read`.
    ///
    /// # Errors
    /// As [`Kv2::read`].
    pub async fn read_version<T: DeserializeOwned>(&self, path: &str, version: u64) -> Result<Option<Kv2Read<T>>> {
        self.version(Request::get("/v1/*mount/data/*path", [&self.mount, path])?.query("version", version.to_string()))
            .await
    }

    /// Writes a new version of a secret, whatever it held before. `POST /v1/:mount/data/:path`; needs `create` or
    /// `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put<T: Serialize + ?Sized>(&self, path: &str, data: &T) -> Result<VersionMetadata> {
        self.put_with(path, data, Cas::Any).await
    }

    /// Writes a new version of a secret if the guard holds. `POST /v1/:mount/data/:path`; needs `create` or `update`.
    ///
    /// # Errors
    /// As [`Kv2::put`]; [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold.
    pub async fn put_with<T: Serialize + ?Sized>(&self, path: &str, data: &T, cas: Cas) -> Result<VersionMetadata> {
        self.client.fetch(put_request(&self.mount, path, data, cas)?).await
    }

    /// Writes a new version with some fields changed; `null` removes one. `PATCH /v1/:mount/data/:path`; needs
    /// `patch`. [`Cas::Absent`] means the same as [`Cas::Any`].
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no version to change;
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold.
    pub async fn patch<T: Serialize + ?Sized>(&self, path: &str, data: &T, cas: Cas) -> Result<VersionMetadata> {
        self.client.fetch(patch_request(&self.mount, path, data, cas)?).await
    }

    /// Deletes the newest version, in a way that [`Kv2::undelete`] takes back. `DELETE /v1/:mount/data/:path`; needs
    /// `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete(&self, path: &str) -> Result<()> {
        // Not to be repeated: in between, somebody may have written a version that is not meant.
        self.client.execute(Request::delete("/v1/*mount/data/*path", [&self.mount, path])?).await
    }

    /// Takes back the deletion of these versions. `POST /v1/:mount/undelete/:path`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn undelete(&self, path: &str, versions: &[u64]) -> Result<()> {
        self.client.put("/v1/*mount/undelete/*path", [&self.mount, path], &json!({ "versions": versions })).await
    }

    /// Removes the data of these versions for good. `POST /v1/:mount/destroy/:path`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn destroy(&self, path: &str, versions: &[u64]) -> Result<()> {
        self.client.put("/v1/*mount/destroy/*path", [&self.mount, path], &json!({ "versions": versions })).await
    }

    /// Lists the secrets in a folder, or those at the top for an empty one; names of folders end with `/`.
    /// `LIST /v1/:mount/metadata/:prefix`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no engine is mounted there.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/metadata/*prefix/", [&self.mount, prefix]).await
    }

    /// Reads what is known about a secret, or `None` when it does not exist. `GET /v1/:mount/metadata/:path`; needs
    /// `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_metadata(&self, path: &str) -> Result<Option<Metadata>> {
        self.client.read("/v1/*mount/metadata/*path", [&self.mount, path]).await
    }

    /// Changes the settings of a secret, which need not have a version yet. `POST /v1/:mount/metadata/:path`; needs
    /// `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_metadata(&self, path: &str, metadata: &MetadataRequest) -> Result<()> {
        self.client.put("/v1/*mount/metadata/*path", [&self.mount, path], metadata).await
    }

    /// Removes a secret with all its versions for good; one that does not exist is fine too.
    /// `DELETE /v1/:mount/metadata/:path`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_metadata(&self, path: &str) -> Result<()> {
        self.client.delete("/v1/*mount/metadata/*path", [&self.mount, path]).await
    }

    /// A deleted version is answered with 404 and all that a version has but its data.
    async fn version<T: DeserializeOwned>(&self, request: Request) -> Result<Option<Kv2Read<T>>> {
        match self.client.fetch::<Version<T>>(request).await {
            Ok(version) => Ok(Some(version.into())),
            Err(error) if says_nothing(&error) => Ok(None),
            Err(error) => deleted(&error).map(|metadata| Some(Kv2Read::Deleted { metadata })).ok_or(error),
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
    let body = serde_json::to_vec(&Write { data, options })
        .map_err(|_| request.refused("the data cannot be written as JSON"))?;
    Ok(request.bytes(Bytes::from(body), "application/merge-patch+json"))
}

#[cfg(test)]
mod tests {
    use super::{Cas, Fields, Kv2Read, Metadata, Version, patch_request, put_request};
    use crate::transport::Request;
    use secrecy::ExposeSecret;
    use std::time::Duration;

    fn body(request: &Request) -> &str {
        std::str::from_utf8(&request.body.as_ref().unwrap().content).unwrap()
    }

    #[test]
    fn guards_are_sent_and_no_write_is_repeated() {
        let fields = Fields::from([("p", "hunter2")]);
        let table = [(Cas::Any, "{}"), (Cas::Absent, r#"{"cas":0}"#), (Cas::At(7), r#"{"cas":7}"#)];
        for (cas, options) in table {
            let request = put_request("secret", "a", &fields, cas).unwrap();
            assert_eq!(body(&request), format!(r#"{{"data":{{"p":"hunter2"}},"options":{options}}}"#));
            assert!(!request.idempotent);
            assert!(!format!("{request:?}").contains("hunter2"));
        }
        let merge = patch_request("secret", "a", &serde_json::json!({ "p": null }), Cas::Absent).unwrap();
        assert_eq!((merge.method, body(&merge)), ("PATCH", r#"{"data":{"p":null},"options":{}}"#));
        assert_eq!(merge.body.unwrap().content_type, "application/merge-patch+json");
    }

    #[test]
    fn data_is_never_printed() {
        let text = r#"{"data":{"user":"u","password":"hunter2"},"metadata":{"created_time":
            "2026-11-23T17:47:17.721674729Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}}"#;
        let read: Kv2Read<Fields> = serde_json::from_str::<Version<Fields>>(text).unwrap().into();
        assert_eq!(read.metadata().version, 1);
        assert_eq!(read.data().unwrap().get("password").unwrap().expose_secret(), "hunter2");
        let value: Kv2Read<serde_json::Value> = serde_json::from_str::<Version<_>>(text).unwrap().into();
        for printed in [format!("{read:?}"), format!("{:?}", read.data()), format!("{value:?}")] {
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number() {
        let version = r#"{"created_by":{"actor":"root"},"created_time":"2026-11-23T17:47:17.721674729Z",
            "deleted_by":null,"deletion_time":"","destroyed":false}"#;
        let text = format!(
            r#"{{"cas_required":false,"created_time":"2026-11-23T17:47:17.721674729Z","current_version":10,
            "custom_metadata":{{"o":"p"}},"delete_version_after":"3h25m19s","max_versions":5,"oldest_version":2,
            "updated_time":"2026-11-23T17:47:17.721674729Z","versions":{{"10":{version},"2":{version}}}}}"#
        );
        let metadata: Metadata = serde_json::from_str(&text).unwrap();
        assert_eq!(metadata.versions.keys().copied().collect::<Vec<_>>(), [2, 10]);
        assert_eq!(metadata.delete_version_after, Duration::from_secs(3 * 3600 + 25 * 60 + 19));
    }
}
