//! Vault's certificate authority: a root that signs one intermediate, and the role by which certificates are issued.

use std::time::Duration;

use serde_json::{Value, json};
use vault_client::pki::{CaRequest, IntermediateRequest, Role};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System};
use crate::owner::Owner;

const KEY_TYPE: &str = "ec";
const KEY_BITS: u64 = 256;
/// How long a certificate of the service is valid, unless it asks for less.
const CERTIFICATE_TTL: Duration = Duration::from_secs(72 * 3600);
const CERTIFICATE_MAX_TTL: Duration = Duration::from_secs(720 * 3600);

/// The root authority of a mount. One that is there already does as well.
#[derive(Clone, Debug)]
pub struct VaultPkiRoot {
    mount: String,
    common_name: String,
    ttl: Duration,
}

impl VaultPkiRoot {
    /// Declares a root.
    pub fn new(mount: impl Into<String>, common_name: impl Into<String>, ttl: Duration) -> Self {
        Self { mount: mount.into(), common_name: common_name.into(), ttl }
    }
}

/// Whether a mount has an authority; none as long as it is not mounted.
async fn authority(clients: &Clients, mount: &str) -> Result<Option<Held>> {
    let issuers = match clients.vault.pki(mount).list_issuers().await {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other.doing(format!("list the issuers of {mount} in Vault"))?,
    };
    Ok((!issuers.is_empty()).then(|| Held::new(json!({"has an issuer": true}), Mark::Unmarkable)))
}

fn request(common_name: &str) -> CaRequest {
    let mut request = CaRequest::new(common_name);
    request.key_type = Some(KEY_TYPE.to_owned());
    request.key_bits = Some(KEY_BITS);
    request
}

/// The issuers of a mount go with it. In a mount that stays, they stay: what they have signed is still in use.
async fn remove_authority(clients: &Clients, owner: &Owner, mount: &str) -> Result<Removal> {
    let held = clients.vault.sys().mounts().read(mount).await.doing(format!("read the mount {mount} in Vault"))?;
    let stays = held.is_some_and(|held| !owner.is_in(&held.description));
    Ok(if stays { Removal::Kept(format!("it is in {mount}, which somebody else mounted")) } else { Removal::Removed })
}

impl Kind for VaultPkiRoot {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "root CA";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        self.mount.clone()
    }

    fn declared(&self) -> Value {
        json!({"has an issuer": true})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        authority(clients, &self.mount).await
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let mut root = request(&self.common_name);
        root.ttl = Some(self.ttl);
        let made = clients.vault.pki(&self.mount).generate_root(&root).await;
        made.doing(format!("make the root CA in {} in Vault", self.mount))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal> {
        remove_authority(clients, owner, name).await
    }
}

/// The intermediate authority of a mount, signed by the root of another.
#[derive(Clone, Debug)]
pub struct VaultPkiIntermediate {
    mount: String,
    root: String,
    common_name: String,
    ttl: Duration,
}

impl VaultPkiIntermediate {
    /// Declares an intermediate.
    pub fn new(
        mount: impl Into<String>,
        root: impl Into<String>,
        common_name: impl Into<String>,
        ttl: Duration,
    ) -> Self {
        Self { mount: mount.into(), root: root.into(), common_name: common_name.into(), ttl }
    }
}

impl Kind for VaultPkiIntermediate {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "intermediate CA";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        self.mount.clone()
    }

    fn declared(&self) -> Value {
        json!({"has an issuer": true})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        authority(clients, &self.mount).await
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let pki = clients.vault.pki(&self.mount);
        let asked = pki.generate_intermediate(&request(&self.common_name)).await;
        let asked = asked.doing(format!("make the key of the intermediate CA in {} in Vault", self.mount))?;
        let mut signing = IntermediateRequest::new(asked.value.csr);
        signing.common_name = Some(self.common_name.clone());
        signing.ttl = Some(self.ttl);
        let signed = clients.vault.pki(&self.root).sign_intermediate(&signing).await;
        let signed = signed.doing(format!("let the root CA in {} sign the one in {} in Vault", self.root, self.mount))?;
        let imported = pki.set_signed(&signed.value.certificate).await;
        imported.doing(format!("import the signed intermediate CA into {} in Vault", self.mount))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal> {
        remove_authority(clients, owner, name).await
    }
}

/// The role by which the service gets its certificates.
#[derive(Clone, Debug)]
pub struct VaultPkiRole {
    mount: String,
    role: String,
    domains: Vec<String>,
}

impl VaultPkiRole {
    /// Declares a role for these domains and everything below them.
    pub fn new(mount: impl Into<String>, role: impl Into<String>, domains: Vec<String>) -> Self {
        Self { mount: mount.into(), role: role.into(), domains }
    }
}

impl Kind for VaultPkiRole {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "certificate role";

    fn name(&self) -> String {
        format!("{}/{}", self.mount, self.role)
    }

    fn declared(&self) -> Value {
        json!({
            "allowed_domains": self.domains,
            "max_ttl": CERTIFICATE_MAX_TTL.as_secs(),
            "key_type": KEY_TYPE,
        })
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        let role = match clients.vault.pki(&self.mount).read_role(&self.role).await {
            Err(error) if error.is_not_found() => None,
            other => other.doing(format!("read the certificate role {} in Vault", self.name()))?,
        };
        Ok(role.map(|role| {
            let value = json!({
                "allowed_domains": role.allowed_domains,
                "max_ttl": role.max_ttl.map(|ttl| ttl.as_secs()),
                "key_type": role.key_type,
            });
            Held::new(value, Mark::Unmarkable)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let mut role = Role::new();
        role.allowed_domains = Some(self.domains.clone());
        role.allow_bare_domains = Some(true);
        role.allow_subdomains = Some(true);
        role.allow_ip_sans = Some(true);
        role.ttl = Some(CERTIFICATE_TTL);
        role.max_ttl = Some(CERTIFICATE_MAX_TTL);
        role.key_type = Some(KEY_TYPE.to_owned());
        role.key_bits = Some(KEY_BITS);
        let written = clients.vault.pki(&self.mount).put_role(&self.role, &role).await;
        written.doing(format!("write the certificate role {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, role) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no role")))?;
        match clients.vault.pki(mount).delete_role(role).await {
            Err(error) if error.is_not_found() => {}
            other => other.doing(format!("delete the certificate role {name} in Vault"))?,
        }
        Ok(Removal::Removed)
    }
}
