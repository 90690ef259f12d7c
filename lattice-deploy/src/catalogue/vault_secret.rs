//! The service's secrets, and the Consul key that says which version of them the service shall read.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde_json::{Value, json};
use vault_client::kv2::{Cas, Fields, Kv2Read, MetadataRequest};

use super::consul_kv;
use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::{KV_FLAGS, Owner};
use crate::secrets::random_password;

/// The name under which the owner stands in a secret's metadata.
pub(crate) const META_OWNER: &str = "lattice-owner";

/// A secret in a key/value engine of version 2. What is there is never overwritten: fields that are missing are added.
#[derive(Clone, Debug)]
pub struct VaultSecret {
    mount: String,
    path: String,
    fields: BTreeMap<String, Option<SecretString>>,
}

impl VaultSecret {
    /// Declares a secret without fields.
    pub fn new(mount: impl Into<String>, path: impl Into<String>) -> Self {
        Self { mount: mount.into(), path: path.into(), fields: BTreeMap::new() }
    }

    /// A field whose first value is random.
    #[must_use]
    pub fn generated(mut self, field: impl Into<String>) -> Self {
        self.fields.insert(field.into(), None);
        self
    }

    /// A field whose first value is this one.
    #[must_use]
    pub fn given(mut self, field: impl Into<String>, value: SecretString) -> Self {
        self.fields.insert(field.into(), Some(value));
        self
    }
}

impl Kind for VaultSecret {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "secret";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.path)
    }

    fn declared(&self) -> Value {
        json!({"fields": self.fields.keys().map(|name| (name.clone(), json!("present"))).collect::<serde_json::Map<_, _>>()})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let read = unless_missing(clients.vault.kv2(&self.mount).read::<Fields>(&self.path).await)
            .doing(format!("read the secret {} in Vault", self.name()))?;
        Ok(read.map(|read| {
            let names: BTreeSet<&str> = read.data().into_iter().flat_map(Fields::iter).map(|(name, _)| name).collect();
            let present: serde_json::Map<_, _> = self
                .fields
                .keys()
                .filter(|name| names.contains(name.as_str()))
                .map(|name| (name.clone(), json!("present")))
                .collect();
            let note = read.metadata().custom_metadata.get(META_OWNER);
            let mark = Mark::of_name(owner, note.map(String::as_str));
            Held::new(json!({"fields": present}), mark).guarded(read.metadata().version)
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let kv = clients.vault.kv2(&self.mount);
        let doing = || format!("write the secret {} in Vault", self.name());
        let mut fields = match held {
            Some(_) => {
                kv.read::<Fields>(&self.path).await.doing(doing())?.and_then(Kv2Read::into_data).unwrap_or_default()
            }
            None => Fields::new(),
        };
        for (name, value) in &self.fields {
            if fields.get(name).is_none() {
                fields.insert(name, value.clone().map_or_else(random_password, Ok)?);
            }
        }
        let cas = held.and_then(|held| held.guard).map_or(Cas::Absent, Cas::At);
        match kv.put_with(&self.path, &fields, cas).await {
            Err(error) if error.is_conflict() => {
                return Err(Error::Stale { key: format!("the secret {}", self.name()) });
            }
            other => other.doing(doing())?,
        };
        // Vault replaces all notes at once; those of others stay.
        let metadata = unless_missing(kv.read_metadata(&self.path).await).doing(doing())?;
        let mut notes = metadata.unwrap_or_default().custom_metadata;
        notes.insert(META_OWNER.to_owned(), owner.to_string());
        let metadata = MetadataRequest::new().with_custom_metadata(notes);
        kv.put_metadata(&self.path, &metadata).await.doing(doing())?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, path) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no secret")))?;
        unless_missing(clients.vault.kv2(mount).delete_metadata(path).await)
            .doing(format!("delete the secret {name} in Vault"))?;
        Ok(Removal::Removed)
    }
}

/// The Consul key with the version of a secret that the service shall read.
///
/// A task looks for a new version of a secret only every few minutes, but is told of a changed key at once.
#[derive(Clone, Debug)]
pub struct SecretPin {
    mount: String,
    path: String,
    key: String,
}

impl SecretPin {
    /// Declares that the key names the newest version of the secret.
    pub fn new(mount: impl Into<String>, path: impl Into<String>, key: impl Into<String>) -> Self {
        Self { mount: mount.into(), path: path.into(), key: key.into() }
    }

    async fn newest(&self, clients: &Clients) -> Result<Option<u64>> {
        let metadata = unless_missing(clients.vault.kv2(&self.mount).read_metadata(&self.path).await);
        let metadata =
            metadata.doing(format!("read the version of the secret {}/{} in Vault", self.mount, self.path))?;
        Ok(metadata.map(|metadata| metadata.current_version))
    }
}

impl Kind for SecretPin {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "secret version";

    fn name(&self) -> String {
        self.key.clone()
    }

    fn declared(&self) -> Value {
        json!({"names the newest version": true})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let pair = clients.consul.kv().read(&self.key).await.doing(format!("read the key {} in Consul", self.key))?;
        let Some(pair) = pair else { return Ok(None) };
        let newest = self.newest(clients).await?.map(|version| version.to_string());
        let newest = newest.is_some_and(|newest| newest.as_bytes() == &pair.value[..]);
        let mark = if pair.flags == KV_FLAGS { Mark::Ours } else { Mark::Foreign };
        Ok(Some(Held::new(json!({"names the newest version": newest}), mark).guarded(pair.modify_index.0)))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let newest = self.newest(clients).await?;
        let newest = newest.ok_or_else(|| {
            Error::Missing(format!(
                "the secret {}/{} does not exist in Vault; run `vault-setup`",
                self.mount, self.path
            ))
        })?;
        consul_kv::put(clients, &self.key, &newest.to_string(), held).await
    }

    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal> {
        consul_kv::ConsulPair::remove(clients, owner, name).await
    }
}
