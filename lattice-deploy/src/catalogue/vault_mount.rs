//! Vault's secrets engines.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use vault_client::sys::mounts::{NewMount, Tuning};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Result, System};
use crate::owner::Owner;

/// A secrets engine at a path. One that somebody else mounted does as well, if it is of the same type.
#[derive(Clone, Debug)]
pub struct VaultMount {
    path: String,
    engine: String,
    options: BTreeMap<String, String>,
    max_lease_ttl: Option<Duration>,
}

impl VaultMount {
    /// Declares an engine of this type.
    pub fn new(path: impl Into<String>, engine: impl Into<String>) -> Self {
        Self { path: path.into(), engine: engine.into(), options: BTreeMap::new(), max_lease_ttl: None }
    }

    /// One of the engine's own options, such as the version of a key/value store.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// The longest time for which the engine issues anything.
    #[must_use]
    pub fn with_max_lease_ttl(mut self, ttl: Duration) -> Self {
        self.max_lease_ttl = Some(ttl);
        self
    }
}

impl Kind for VaultMount {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "mount";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        self.path.clone()
    }

    fn declared(&self) -> Value {
        json!({
            "type": self.engine,
            "options": self.options,
            "max_lease_ttl": self.max_lease_ttl.map(|ttl| ttl.as_secs()),
        })
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let mount = clients.vault.sys().mounts().read(&self.path).await;
        let mount = mount.doing(format!("read the mount {} in Vault", self.path))?;
        Ok(mount.map(|mount| {
            let mark = Mark::of_text(owner, &mount.description);
            let mut value = json!({"type": mount.kind, "options": mount.options});
            // How long a shared engine issues things for is its owner's business.
            value["max_lease_ttl"] = match (&mark, mount.config.max_lease_ttl) {
                (Mark::Ours, Some(ttl)) => json!(ttl.as_secs()),
                _ => json!(self.max_lease_ttl.map(|ttl| ttl.as_secs())),
            };
            Held::new(value, mark)
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let mounts = clients.vault.sys().mounts();
        if held.is_some() {
            let mut tuning = Tuning::default();
            tuning.max_lease_ttl = self.max_lease_ttl;
            tuning.options = Some(self.options.clone()).filter(|options| !options.is_empty());
            mounts.tune(&self.path, &tuning).await.doing(format!("tune the mount {} in Vault", self.path))?;
            return Ok(Effect::default());
        }
        let mut mount = NewMount::new(&self.engine).with_description(owner.mark());
        mount.options.clone_from(&self.options);
        mount.config.max_lease_ttl = self.max_lease_ttl;
        mounts.enable(&self.path, &mount).await.doing(format!("mount {} at {} in Vault", self.engine, self.path))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let mounts = clients.vault.sys().mounts();
        let Some(mount) = mounts.read(name).await.doing(format!("read the mount {name} in Vault"))? else {
            return Ok(Removal::Removed);
        };
        if let Some(others) = others(clients, name, &mount.kind).await? {
            return Ok(Removal::Kept(format!("others use it: {others}")));
        }
        mounts.disable(name).await.doing(format!("unmount {name} in Vault"))?;
        Ok(Removal::Removed)
    }
}

/// What is left in an engine after everything of this deployment was taken out.
async fn others(clients: &Clients, path: &str, engine: &str) -> Result<Option<String>> {
    let doing = || format!("look what is left in the mount {path} in Vault");
    let names = match engine {
        "kv" => clients.vault.kv2(path).list("").await.doing(doing())?,
        "pki" => clients.vault.pki(path).list_roles().await.doing(doing())?,
        "transit" => clients.vault.transit(path).list_keys().await.doing(doing())?,
        "database" => clients.vault.database(path).list_configs().await.doing(doing())?,
        _ => Vec::new(),
    };
    Ok((!names.is_empty()).then(|| names.join(", ")))
}
