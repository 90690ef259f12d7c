//! Consul's config entries.

use std::collections::BTreeMap;

use consul_client::config_entry::{ConfigEntry, Kind as EntryKind};
use consul_client::{Cas, Index, Outcome};
use serde_json::{Map, Value, json};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System};
use crate::owner::Owner;

/// The name under which the owner stands in an entry's metadata.
const OWNER: &str = "lattice-owner";

/// A config entry of any kind.
#[derive(Clone, Debug)]
pub struct ConsulConfigEntry {
    kind: String,
    entry: String,
    fields: BTreeMap<String, Value>,
}

impl ConsulConfigEntry {
    /// Declares an entry with these fields; all others are the server's business.
    pub fn new(kind: impl Into<String>, entry: impl Into<String>, fields: BTreeMap<String, Value>) -> Self {
        Self { kind: kind.into(), entry: entry.into(), fields }
    }
}

impl Kind for ConsulConfigEntry {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "config entry";

    fn name(&self) -> String {
        format!("{}/{}", self.kind, self.entry)
    }

    fn declared(&self) -> Value {
        json!(self.fields)
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let kind = EntryKind::from(self.kind.as_str());
        let entry = clients.consul.config_entries().read(&kind, &self.entry).await;
        let entry = entry.doing(format!("read the config entry {} in Consul", self.name()))?;
        Ok(entry.map(|entry| {
            let mark = Mark::of_name(owner, entry.meta.get(OWNER).map(String::as_str));
            let fields: Map<String, Value> =
                self.fields.keys().filter_map(|name| Some((name.clone(), entry.body.get(name)?.clone()))).collect();
            Held::new(Value::Object(fields), mark).guarded(entry.modify_index.0)
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let entries = clients.consul.config_entries();
        let doing = || format!("write the config entry {} in Consul", self.name());
        let kind = EntryKind::from(self.kind.as_str());
        // What others put into the entry stays: only the declared fields are set.
        let mut entry = match held {
            Some(_) => entries.read(&kind, &self.entry).await.doing(doing())?.ok_or_else(|| self.stale())?,
            None => ConfigEntry::new(kind, &self.entry),
        };
        entry.meta.insert(OWNER.to_owned(), owner.to_string());
        for (name, value) in &self.fields {
            entry.body.insert(name.clone(), value.clone());
        }
        let cas = held.and_then(|held| held.guard).map_or(Cas::Absent, |guard| Cas::At(Index(guard)));
        match entries.put_with(&entry, cas).await.doing(doing())? {
            Outcome::Applied => Ok(Effect::default()),
            Outcome::Refused => Err(self.stale()),
        }
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (kind, entry) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no config entry")))?;
        let deleted = clients.consul.config_entries().delete(&EntryKind::from(kind), entry).await;
        deleted.doing(format!("delete the config entry {name} in Consul"))?;
        Ok(Removal::Removed)
    }
}

impl ConsulConfigEntry {
    fn stale(&self) -> Error {
        Error::Stale { key: format!("the config entry {} in Consul", self.name()) }
    }
}
