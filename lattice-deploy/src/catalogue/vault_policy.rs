//! Vault's ACL policies.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Result, System};
use crate::owner::Owner;

/// A policy: paths and what may be done there.
#[derive(Clone, Debug)]
pub struct VaultPolicy {
    policy: String,
    rules: Vec<(String, Vec<&'static str>)>,
}

impl VaultPolicy {
    /// Declares a policy.
    pub fn new(policy: impl Into<String>, rules: Vec<(String, Vec<&'static str>)>) -> Self {
        Self { policy: policy.into(), rules }
    }

    fn rules(&self) -> String {
        let mut text = String::new();
        for (path, capabilities) in &self.rules {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "path {path:?} {{\n  capabilities = {capabilities:?}\n}}");
        }
        text
    }
}

impl Kind for VaultPolicy {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "policy";

    fn name(&self) -> String {
        self.policy.clone()
    }

    fn declared(&self) -> Value {
        json!({"rules": self.rules()})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let policy = clients.vault.sys().policies().read(&self.policy).await;
        let policy = policy.doing(format!("read the policy {} in Vault", self.policy))?;
        Ok(policy.map(|policy| {
            let mark = Mark::of_text(owner, &policy.policy);
            let rules: Vec<&str> = policy.policy.lines().filter(|line| !line.starts_with('#')).collect();
            Held::new(json!({"rules": rules.join("\n") + "\n"}), mark)
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let text = format!("# {}\n{}", owner.mark(), self.rules());
        let written = clients.vault.sys().policies().put(&self.policy, &text).await;
        written.doing(format!("write the policy {} in Vault", self.policy))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let deleted = clients.vault.sys().policies().delete(name).await;
        deleted.doing(format!("delete the policy {name} in Vault"))?;
        Ok(Removal::Removed)
    }
}
