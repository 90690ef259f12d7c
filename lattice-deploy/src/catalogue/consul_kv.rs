//! Keys in Consul's key/value store.

use consul_client::kv::PutOptions;
use consul_client::{Cas, Index, Outcome};
use serde_json::{Value, json};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System};
use crate::owner::{KV_FLAGS, Owner};

/// A key with a text.
#[derive(Clone, Debug)]
pub struct ConsulPair {
    key: String,
    value: String,
}

impl ConsulPair {
    /// Declares a key.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

impl Kind for ConsulPair {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "key";

    fn name(&self) -> String {
        self.key.clone()
    }

    fn declared(&self) -> Value {
        json!({"value": self.value})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let pair = clients.consul.kv().read(&self.key).await.doing(format!("read the key {} in Consul", self.key))?;
        Ok(pair.map(|pair| {
            let mark = if pair.flags == KV_FLAGS { Mark::Ours } else { Mark::Foreign };
            Held::new(json!({"value": String::from_utf8_lossy(&pair.value)}), mark).guarded(pair.modify_index.0)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        put(clients, &self.key, &self.value, held).await
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        clients.consul.kv().delete(name).await.doing(format!("delete the key {name} in Consul"))?;
        Ok(Removal::Removed)
    }
}

/// Writes a key as the plan saw it, or not at all.
pub(super) async fn put(clients: &Clients, key: &str, value: &str, held: Option<&Held>) -> Result<Effect> {
    let cas = held.and_then(|held| held.guard).map_or(Cas::Absent, |guard| Cas::At(Index(guard)));
    let options = PutOptions::new().with_cas(cas).with_flags(KV_FLAGS);
    let written = clients.consul.kv().put_with(key, value.to_owned(), &options).await;
    match written.doing(format!("write the key {key} in Consul"))? {
        Outcome::Applied => Ok(Effect::default()),
        Outcome::Refused => Err(Error::Stale { key: format!("the key {key} in Consul") }),
    }
}
