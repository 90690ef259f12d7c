//! Reads Vault.

use jiff::Timestamp;
use vault_client::Client;
use vault_client::sys::raft::AutopilotState;

use super::Plan;
use crate::clients::Clients;
use crate::health::der;
use crate::health::facts::{Look, VaultFacts};
use crate::health::problem::{Problem, ProblemKind};

pub(super) async fn read(clients: &Clients, plan: &Plan<'_>, facts: &mut VaultFacts) {
    let vault = &clients.vault;
    if !plan.wants(Look::VaultHealth) {
        return;
    }
    let sys = vault.sys();
    facts.progress.look(Look::VaultHealth, &mut facts.health, sys.health()).await;
    if !matches!(&facts.health, Some(Ok(health)) if health.state.is_usable()) {
        return;
    }
    if plan.wants(Look::VaultLeader) {
        facts.progress.look(Look::VaultLeader, &mut facts.leader, sys.leader()).await;
    }
    if plan.wants(Look::VaultRaft) {
        facts.progress.look(Look::VaultRaft, &mut facts.raft, raft(vault)).await;
    }
    if plan.wants(Look::VaultIssuers) {
        facts.progress.look(Look::VaultIssuers, &mut facts.issuer, issuer(vault, &plan.target.pki_mount)).await;
    }
    if plan.wants(Look::VaultToken) {
        let token =
            async { if clients.access.vault.token { vault.token().lookup_self().await.map(Some) } else { Ok(None) } };
        facts.progress.look(Look::VaultToken, &mut facts.token, token).await;
    }
    if plan.wants(Look::VaultAudit) {
        let audit = sys.audit();
        let devices = async { audit.list().await.map(|devices| devices.len()) };
        facts.progress.look(Look::VaultAudit, &mut facts.audit, devices).await;
    }
}

/// How raft is; none when the data is elsewhere, or nobody knows yet.
async fn raft(vault: &Client) -> Result<Option<AutopilotState>, vault_client::Error> {
    match vault.sys().raft().autopilot_state().await {
        Ok(state) => Ok(state),
        Err(error) if error.is_denied() => Err(error),
        // Without raft the path is unsupported or says so with a 400 or 500.
        Err(vault_client::Error::Api(error)) if matches!(error.status(), 400 | 404 | 405 | 500) => Ok(None),
        Err(error) => Err(error),
    }
}

/// When the certificate of the default issuer ends; none without an engine or an issuer.
async fn issuer(vault: &Client, mount: &str) -> Result<Option<Timestamp>, Problem> {
    match vault.pki(mount).read_ca_pem().await {
        Ok(Some(pem)) => der::pem_not_after(pem.as_bytes()).map(Some).ok_or_else(|| {
            Problem::new(ProblemKind::Garbage, format!("the certificate of the issuer of {mount} cannot be read"))
        }),
        Ok(None) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        // Without a mount Vault says of a path that needs no token that the token may not.
        Err(error) => Err(error.into()),
    }
}
