//! Vault's auth method for Nomad's tasks, and the workload's role in it.

use serde_json::{Map, Value, json};
use vault_client::sys::mounts::NewMount;

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::Owner;
use crate::workload;

/// The auth method that takes Nomad's workload identities. One that somebody else set up does as well.
#[derive(Clone, Debug)]
pub struct VaultAuthMount {
    path: String,
    jwks_url: String,
}

impl VaultAuthMount {
    /// Declares a method that trusts these keys.
    pub fn new(path: impl Into<String>, jwks_url: impl Into<String>) -> Self {
        Self { path: path.into(), jwks_url: jwks_url.into() }
    }
}

impl Kind for VaultAuthMount {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "auth method";

    fn name(&self) -> String {
        self.path.clone()
    }

    fn declared(&self) -> Value {
        json!({"type": "jwt", "keys": self.jwks_url})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let doing = || format!("read the auth method {} in Vault", self.path);
        let Some(mount) = clients.vault.sys().auth().read(&self.path).await.doing(doing())? else { return Ok(None) };
        let config = match mount.kind.as_str() {
            "jwt" => clients.vault.jwt(&self.path).read_config().await.doing(doing())?,
            _ => None,
        };
        let mark = Mark::of_text(owner, &mount.description);
        let keys = config.and_then(|config| match mark {
            Mark::Ours => config.jwks_url,
            // Where somebody else's method has its keys from is not ours to say.
            _ => {
                config.jwks_url.or(config.jwt_validation_pubkeys.map(|_| String::new())).map(|_| self.jwks_url.clone())
            }
        });
        Ok(Some(Held::new(json!({"type": mount.kind, "keys": keys}), mark)))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        if held.is_none() {
            let mount = NewMount::new("jwt").with_description(owner.mark());
            let enabled = clients.vault.sys().auth().enable(&self.path, &mount).await;
            enabled.doing(format!("enable the auth method {} in Vault", self.path))?;
        }
        let config = workload::vault_config(&self.jwks_url);
        let written = clients.vault.jwt(&self.path).put_config(&config).await;
        written.doing(format!("let the auth method {} in Vault trust the keys at {}", self.path, self.jwks_url))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let doing = || format!("disable the auth method {name} in Vault");
        let auth = clients.vault.sys().auth();
        if auth.read(name).await.doing(doing())?.is_none() {
            return Ok(Removal::Removed);
        }
        let roles = clients.vault.jwt(name).list_roles().await.doing(doing())?;
        if !roles.is_empty() {
            return Ok(Removal::Kept(format!("others have roles in it: {}", roles.join(", "))));
        }
        auth.disable(name).await.doing(doing())?;
        Ok(Removal::Removed)
    }
}

/// The role as which the service's tasks log in: bound to the job and its namespace.
#[derive(Clone, Debug)]
pub struct VaultJwtRole {
    mount: String,
    role: String,
    namespace: String,
    job: String,
    policy: String,
}

impl VaultJwtRole {
    /// Declares a role for a job, named by its namespace and id.
    pub fn new(
        mount: impl Into<String>,
        role: impl Into<String>,
        (namespace, job): (&str, &str),
        policy: impl Into<String>,
    ) -> Self {
        Self {
            mount: mount.into(),
            role: role.into(),
            namespace: namespace.to_owned(),
            job: job.to_owned(),
            policy: policy.into(),
        }
    }

    fn bound_claims(&self) -> Map<String, Value> {
        Map::from_iter([
            ("nomad_job_id".to_owned(), json!(self.job)),
            ("nomad_namespace".to_owned(), json!(self.namespace)),
        ])
    }
}

impl Kind for VaultJwtRole {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "auth role";

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.role)
    }

    fn declared(&self) -> Value {
        json!({
            "policies": [self.policy],
            "audiences": [workload::VAULT_AUDIENCE],
            "bound_claims": self.bound_claims(),
        })
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let role = unless_missing(clients.vault.jwt(&self.mount).read_role(&self.role).await);
        let role = role.doing(format!("read the auth role {} in Vault", self.name()))?;
        Ok(role.map(|role| {
            let value = json!({
                "policies": role.token_policies,
                "audiences": role.bound_audiences,
                "bound_claims": role.bound_claims,
            });
            Held::new(value, Mark::Unmarkable)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let mut role = workload::vault_role(&self.policy);
        role.bound_claims = Some(self.bound_claims());
        let written = clients.vault.jwt(&self.mount).put_role(&self.role, &role).await;
        written.doing(format!("write the auth role {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, role) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no auth role")))?;
        let doing = || format!("delete the auth role {name} in Vault");
        unless_missing(clients.vault.jwt(mount).delete_role(role).await).doing(doing())?;
        forget_logins(clients, mount, role).await
    }
}

/// Ends the tokens of tasks that have stopped, and forgets the entities which their logins left behind.
async fn forget_logins(clients: &Clients, mount: &str, role: &str) -> Result<Removal> {
    let doing = || format!("forget the logins of the auth role {mount}/{role} in Vault");
    let tokens = clients.vault.token();
    let accessors = match tokens.list_accessors().await {
        Err(error) if error.is_denied() => {
            return Ok(Removal::Kept(
                "the role is gone; the tokens of its tasks end by themselves, since this token may not list them"
                    .into(),
            ));
        }
        other => other.doing(doing())?,
    };
    let path = format!("auth/{mount}/login");
    for accessor in accessors {
        // A token may end between the list and the look.
        let Some(token) = tokens.lookup_accessor(&accessor).await.doing(doing())? else { continue };
        if token.path == path && token.meta.get("role").is_some_and(|name| name == role) {
            tokens.revoke_accessor(&accessor).await.doing(doing())?;
            let identity = clients.vault.identity();
            let entity = identity.read_entity(&token.entity_id).await.doing(doing())?;
            if entity.is_some_and(|entity| entity.aliases.len() == 1) {
                identity.delete_entity(&token.entity_id).await.doing(doing())?;
            }
        }
    }
    Ok(Removal::Removed)
}
