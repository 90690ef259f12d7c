//! What this deployment made: one Consul key for each object, written before the object is made.
//!
//! Many objects of Vault cannot carry a mark of their owner. The ledger can, and since an entry comes before its
//! object, a run that is cut off at any point leaves nothing behind that cleanup does not find.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::Key;
use crate::clients::Clients;
use crate::error::{Doing, Error, Result};
use crate::owner::Owner;

#[derive(Serialize, Deserialize)]
struct Entry {
    key: Key,
    created: jiff::Timestamp,
}

/// What was made, with the time of each.
pub(crate) async fn read(clients: &Clients, owner: &Owner) -> Result<BTreeMap<Key, jiff::Timestamp>> {
    let prefix = format!("{}/ledger/", owner.run_prefix());
    let pairs = clients.consul.kv().list(&prefix).await.doing(format!("read the ledger at {prefix}"))?;
    let entry = |pair: consul_client::kv::Pair| {
        serde_json::from_slice::<Entry>(&pair.value)
            .map(|entry| (entry.key, entry.created))
            .map_err(|_| Error::Unexpected(format!("the ledger entry at {} in Consul cannot be read", pair.key)))
    };
    pairs.into_iter().map(entry).collect()
}

pub(crate) async fn add(clients: &Clients, owner: &Owner, key: &Key) -> Result<()> {
    let entry = Entry { key: key.clone(), created: jiff::Timestamp::now() };
    let text = serde_json::to_vec(&entry).map_err(|_| Error::Unexpected(format!("{key} cannot be written as JSON")))?;
    clients.consul.kv().put(&place(owner, key), text).await.doing(format!("note {key} in the ledger"))
}

pub(crate) async fn remove(clients: &Clients, owner: &Owner, key: &Key) -> Result<()> {
    clients.consul.kv().delete(&place(owner, key)).await.doing(format!("take {key} out of the ledger"))
}

fn place(owner: &Owner, key: &Key) -> String {
    let system = key.system.to_string().to_lowercase();
    let name = key.name.trim_end_matches('/');
    format!("{}/ledger/{system}/{}/{name}", owner.run_prefix(), key.kind.replace(' ', "-"))
}
