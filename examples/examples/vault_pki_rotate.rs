//! Replaces the root of a PKI mount without a moment in which certificates cannot be issued or trusted.
//!
//! ```console
//! $ vault server -dev -dev-root-token-id=root &
//! $ export VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=root
//! $ vault secrets enable pki
//! $ cargo run -p examples --example vault-pki-rotate -- pki "Root 2026"
//! 1. a root: 64f6bc87-5e28-0069-3ae6-e558ffc7746f
//! 2. a certificate of it: 49:d6:36:6d:d2
//! 3. another root waits beside it: 924d8a2f-385c-0550-f20f-0264df62afa9
//! 4. the old one has signed it, so that who trusts the old one trusts it too
//! 5. it is the default now, and issues: 1f:bd:a1:5a:dc
//! 6. the old one issues no more, and still signs its revocation list
//! ```
//!
//! A second run does the same with the root that the first has left. The token needs all rights below the mount, and
//! `sudo` for signing a certificate that another root made for itself.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use anyhow::Context as _;
use vault_client::pki::{
    CaRequest, IssueRequest, IssuerSettings, IssuersConfig, KeyOrigin, KeyType, LeafNotAfter, Pki, Role, Usage,
};
use vault_client::{Client, Config};

const ROLE: &str = "rotating";
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mount, name) = arguments.next().zip(arguments.next()).context("usage: vault-pki-rotate MOUNT NAME")?;
    let pki = Client::new(&Config::from_env()?)?.pki(mount);
    let old = root(&pki, &name).await?;
    println!("1. a root: {old}");
    pki.put_role(ROLE, &role()).await?;
    println!("2. a certificate of it: {}", issued(&pki).await?);

    // Nobody has to trust it yet, so it is not the default.
    let next = pki.rotate_root(&authority(&format!("{name}, the next")), &KeyOrigin::Internal).await?.value;
    println!("3. another root waits beside it: {}", next.issuer_id);
    let bridge = pki.issuer(&old).sign_self_issued(&next.certificate).await?.value;
    pki.import_certificates(&bridge.certificate).await?;
    println!("4. the old one has signed it, so that who trusts the old one trusts it too");
    pki.replace_root(&next.issuer_id).await?;
    println!("5. it is the default now, and issues: {}", issued(&pki).await?);
    retire(&pki, &old).await?;
    println!("6. the old one issues no more, and still signs its revocation list");
    Ok(())
}

/// The default issuer, which is made when there is none.
async fn root(pki: &Pki, name: &str) -> vault_client::Result<String> {
    let held = pki.read_issuers_config().await?.default;
    if !held.is_empty() {
        return Ok(held);
    }
    let made = pki.generate_root(&authority(name)).await?.value;
    pki.put_issuers_config(&IssuersConfig::new(&made.issuer_id)).await?;
    Ok(made.issuer_id)
}

fn authority(name: &str) -> CaRequest {
    let mut request = CaRequest::new(name);
    request.key_type = Some(KeyType::Ec);
    request.ttl = Some(YEAR);
    request
}

fn role() -> Role {
    let mut role = Role::new();
    role.allowed_domains = Some(vec!["example.com".to_owned()]);
    role.allow_subdomains = Some(true);
    role.key_type = Some(KeyType::Ec);
    role.ttl = Some(Duration::from_secs(3600));
    role
}

/// The serial number of a new certificate.
async fn issued(pki: &Pki) -> vault_client::Result<String> {
    Ok(pki.issue(ROLE, &IssueRequest::new("www.example.com")).await?.value.serial_number)
}

/// An issuer that has to go on signing its revocation list until the last of its certificates has ended. Its name is free
/// for the one after the next.
async fn retire(pki: &Pki, issuer: &str) -> vault_client::Result<()> {
    let mut settings = IssuerSettings::new();
    settings.usage = Some(vec![Usage::ReadOnly, Usage::CrlSigning, Usage::OcspSigning]);
    settings.leaf_not_after_behavior = Some(LeafNotAfter::Truncate);
    pki.issuer(issuer).update(&settings).await?;
    let mut named = IssuerSettings::new();
    named.issuer_name = Some(String::new());
    pki.issuer("next").update(&named).await?;
    Ok(())
}
