//! Vault's certificate authority: a root that signs one intermediate, and the role by which certificates are issued.

use std::time::Duration;

use serde_json::{Value, json};
use vault_client::pki::{CaRequest, IntermediateRequest, KeyType, Role, UrlsConfig};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::Owner;

const KEY_TYPE: KeyType = KeyType::Ec;
const KEY_BITS: u64 = 256;
/// How long a certificate of the service is valid, unless it asks for less.
const CERTIFICATE_TTL: Duration = Duration::from_secs(72 * 3600);
const CERTIFICATE_MAX_TTL: Duration = Duration::from_secs(720 * 3600);

/// The root authority of a mount. One that is there already does as well.
#[derive(Clone, Debug)]
pub struct VaultPkiRoot {
    authority: Authority,
}

impl VaultPkiRoot {
    /// Declares a root.
    pub fn new(authority: Authority) -> Self {
        Self { authority }
    }
}

/// What every authority has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Authority {
    /// The mount it lives in.
    pub mount: String,
    /// Its name in certificates.
    pub common_name: String,
    /// How long it is valid.
    pub ttl: Duration,
    /// Vault's address, where what it signs says that its certificate and revocation list are.
    pub vault: String,
}

impl Authority {
    /// Describes an authority.
    pub fn new(mount: impl Into<String>, common_name: impl Into<String>, ttl: Duration, vault: &str) -> Self {
        let vault = vault.trim_end_matches('/').to_owned();
        Self { mount: mount.into(), common_name: common_name.into(), ttl, vault }
    }

    fn request(&self) -> CaRequest {
        let mut request = CaRequest::new(&self.common_name);
        request.key_type = Some(KEY_TYPE);
        request.key_bits = Some(KEY_BITS);
        request
    }

    async fn put_urls(&self, clients: &Clients) -> Result<()> {
        let mut urls = UrlsConfig::new();
        urls.issuing_certificates = Some(vec![format!("{}/v1/{}/ca", self.vault, self.mount)]);
        urls.crl_distribution_points = Some(vec![format!("{}/v1/{}/crl", self.vault, self.mount)]);
        let written = clients.vault.pki(&self.mount).put_urls(&urls).await;
        written.doing(format!("write the URLs of {} in Vault", self.mount))
    }
}

/// Whether a mount has an authority; none as long as it is not mounted.
async fn authority(clients: &Clients, mount: &str) -> Result<Option<Held>> {
    let issuers = unless_missing(clients.vault.pki(mount).list_issuers().await)
        .doing(format!("list the issuers of {mount} in Vault"))?;
    Ok((!issuers.is_empty()).then(|| Held::new(json!({"has an issuer": true}), Mark::Unmarkable)))
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
        self.authority.mount.clone()
    }

    fn declared(&self) -> Value {
        json!({"has an issuer": true})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        authority(clients, &self.authority.mount).await
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let authority = &self.authority;
        authority.put_urls(clients).await?;
        let mut root = authority.request();
        root.ttl = Some(authority.ttl);
        let made = clients.vault.pki(&authority.mount).generate_root(&root).await;
        made.doing(format!("make the root CA in {} in Vault", authority.mount))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal> {
        remove_authority(clients, owner, name).await
    }
}

/// The intermediate authority of a mount, signed by the root of another.
#[derive(Clone, Debug)]
pub struct VaultPkiIntermediate {
    authority: Authority,
    root: String,
}

impl VaultPkiIntermediate {
    /// Declares an intermediate that the root in this mount signs.
    pub fn new(authority: Authority, root: impl Into<String>) -> Self {
        Self { authority, root: root.into() }
    }
}

impl Kind for VaultPkiIntermediate {
    const SYSTEM: System = System::Vault;
    const KIND: &'static str = "intermediate CA";
    const HOLDS_DATA: bool = true;

    fn name(&self) -> String {
        self.authority.mount.clone()
    }

    fn declared(&self) -> Value {
        json!({"has an issuer": true})
    }

    async fn observe(&self, clients: &Clients, _owner: &Owner) -> Result<Option<Held>> {
        authority(clients, &self.authority.mount).await
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let Authority { mount, common_name, ttl, .. } = &self.authority;
        self.authority.put_urls(clients).await?;
        let pki = clients.vault.pki(mount);
        let asked = pki.generate_intermediate(&self.authority.request()).await;
        let asked = asked.doing(format!("make the key of the intermediate CA in {mount} in Vault"))?;
        let mut signing = IntermediateRequest::new(asked.value.csr);
        signing.common_name = Some(common_name.clone());
        signing.ttl = Some(*ttl);
        let signed = clients.vault.pki(&self.root).sign_intermediate(&signing).await;
        let signed = signed.doing(format!("let the root CA in {} sign the one in {mount} in Vault", self.root))?;
        let imported = pki.set_signed(&signed.value.certificate).await;
        imported.doing(format!("import the signed intermediate CA into {mount} in Vault"))?;
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
        let role = unless_missing(clients.vault.pki(&self.mount).read_role(&self.role).await)
            .doing(format!("read the certificate role {} in Vault", self.name()))?;
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
        role.key_type = Some(KEY_TYPE);
        role.key_bits = Some(KEY_BITS);
        let written = clients.vault.pki(&self.mount).put_role(&self.role, &role).await;
        written.doing(format!("write the certificate role {} in Vault", self.name()))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let (mount, role) = name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no role")))?;
        unless_missing(clients.vault.pki(mount).delete_role(role).await)
            .doing(format!("delete the certificate role {name} in Vault"))?;
        Ok(Removal::Removed)
    }
}
