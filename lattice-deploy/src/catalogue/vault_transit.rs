//! Vault's transit keys: encryption as a service.

use std::time::Duration;

use serde_json::{Value, json};
use vault_client::transit::{KeyConfig, KeyType, NewKey};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::Owner;

/// A new version of the key is made every 90 days; old ones still decrypt.
const ROTATE_EVERY: Duration = Duration::from_secs(2160 * 3600);

/// A key.
#[derive(Clone, Debug)]
pub struct VaultTransitKey {
    mount: String,
    key: String,
}

impl VaultTransitKey {
    /// Declares a key.
    pub fn new(mount: impl Into<String>, key: impl Into<String>) -> Self {
        Self { mount: mount.into(), key: key.into() }
    }
}

impl Kind for VaultTransitKey {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "transit key";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.key)
    }

    fn declared(&self) -> Value {
        json!({"auto_rotate_period": ROTATE_EVERY.as_secs()})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let key = unless_missing(clients.vault.transit(&self.mount).read_key(&self.key).await)
            .doing(format!("read the transit key {} in Vault", self.name()))?;
        let value = |period: Duration| json!({"auto_rotate_period": period.as_secs()});
        Ok(key.map(|key| Held::new(value(key.auto_rotate_period), Mark::Unmarkable)))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let transit = clients.vault.transit(&self.mount);
        let written = if held.is_some() {
            let mut config = KeyConfig::new();
            config.auto_rotate_period = Some(ROTATE_EVERY);
            transit.update_key(&self.key, &config).await
        } else {
            let mut key = NewKey::new(KeyType::Aes256Gcm96);
            key.auto_rotate_period = Some(ROTATE_EVERY);
            transit.create_key(&self.key, &key).await
        };
        written.doing(format!("write the transit key {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, key) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no key")))?;
        let doing = || format!("delete the transit key {name} in Vault");
        let transit = clients.vault.transit(mount);
        let held = unless_missing(transit.read_key(key).await).doing(doing())?;
        if held.is_some() {
            transit.update_key(key, &KeyConfig::new().with_deletion_allowed(true)).await.doing(doing())?;
            transit.delete_key(key).await.doing(doing())?;
        }
        Ok(Removal::Removed)
    }
}
