//! The service's secret: names and versions can be looked at, values only be written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use consul_client::kv::PutOptions;
use secrecy::SecretString;
use serde::Serialize;
use vault_client::kv2::{Cas, Fields, Kv2Read};

use crate::clients::Clients;
use crate::desired::{KV, SECRET, pin_key, secret_path};
use crate::error::{Doing, Error, Result, unless_missing};
use crate::owner::{KV_FLAGS, Owner};

/// What can be said about a secret without saying it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SecretInfo {
    /// Where it is in Vault.
    pub path: String,
    /// The names of its fields.
    pub fields: Vec<String>,
    /// Its newest version.
    pub version: u64,
    /// The version that the service reads.
    pub pinned: Option<u64>,
    /// When the newest version was written.
    pub written: Option<jiff::Timestamp>,
}

/// Looks at the service's secret.
///
/// # Errors
/// When Vault or Consul cannot be read.
pub async fn inspect(clients: &Clients, owner: &Owner) -> Result<Option<SecretInfo>> {
    let path = secret_path(owner, SECRET);
    let read = unless_missing(clients.vault.kv2(KV).read::<Fields>(&path).await)
        .doing(format!("read the secret {KV}/{path} in Vault"))?;
    let Some(read) = read else { return Ok(None) };
    let pin =
        clients.consul.kv().read(&pin_key(owner, SECRET)).await.doing("read the version of the secret in Consul")?;
    Ok(Some(SecretInfo {
        path: format!("{KV}/{path}"),
        fields: read.data().into_iter().flat_map(Fields::iter).map(|(name, _)| name.to_owned()).collect(),
        version: read.metadata().version,
        pinned: pin.and_then(|pin| String::from_utf8_lossy(&pin.value).parse().ok()),
        written: read.metadata().created_time,
    }))
}

/// Writes fields of the service's secret, all others unchanged, and tells the running service.
///
/// # Errors
/// [`Error::Missing`] before the first `vault-setup`; [`Error::Stale`] when somebody else wrote at the same time.
pub async fn put(clients: &Clients, owner: &Owner, changes: Vec<(String, SecretString)>) -> Result<u64> {
    let path = secret_path(owner, SECRET);
    let kv = clients.vault.kv2(KV);
    let read = kv.read::<Fields>(&path).await.doing(format!("read the secret {KV}/{path} in Vault"))?;
    let read = read.ok_or_else(|| {
        Error::Missing(format!(
            "the secret {KV}/{path} does not exist in Vault; run `lattice-deploy vault-setup` first"
        ))
    })?;
    let version = read.metadata().version;
    let mut fields = Kv2Read::into_data(read).unwrap_or_default();
    for (name, value) in changes {
        fields.insert(name, value);
    }
    let written = match kv.put_with(&path, &fields, Cas::At(version)).await {
        Err(error) if error.is_conflict() => return Err(Error::Stale { key: format!("the secret {KV}/{path}") }),
        other => other.doing(format!("write the secret {KV}/{path} in Vault"))?,
    };
    let key = pin_key(owner, SECRET);
    let options = PutOptions::new().with_flags(KV_FLAGS);
    let pinned = clients.consul.kv().put_with(&key, written.version.to_string(), &options).await;
    let doing = format!("tell the service about version {} through the key {key} in Consul", written.version);
    pinned.map(|_| ()).doing(doing)?;
    Ok(written.version)
}

/// A random password of 256 bits, safe in URLs and files.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_password() -> Result<SecretString> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Unexpected(format!("the system gives no random bytes: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}
