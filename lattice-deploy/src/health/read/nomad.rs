//! Reads Nomad.

use nomad_client::jobs::JobStub;
use nomad_client::{ReadOptions, Reason};

use super::Plan;
use crate::clients::Clients;
use crate::health::facts::{Look, NomadFacts};

pub(super) async fn read(clients: &Clients, plan: &Plan<'_>, facts: &mut NomadFacts) {
    let nomad = &clients.nomad;
    let target = plan.target;
    if !plan.wants(Look::NomadLeader) {
        return;
    }
    facts.progress.look(Look::NomadLeader, &mut facts.leader, nomad.status().leader()).await;
    if !matches!(facts.leader, Some(Ok(Some(_)))) {
        return;
    }
    let jobs = nomad.jobs();
    if plan.wants(Look::Job) {
        facts.progress.look(Look::Job, &mut facts.job, jobs.read_opt(&target.job)).await;
    }
    if plan.wants(Look::Allocations) {
        facts.progress.look(Look::Allocations, &mut facts.allocations, jobs.allocations(&target.job)).await;
    }
    if plan.wants(Look::Deployment) {
        facts.progress.look(Look::Deployment, &mut facts.deployment, jobs.latest_deployment(&target.job)).await;
    }
    if plan.wants(Look::Nodes) {
        let nodes = nomad.nodes();
        facts.progress.look(Look::Nodes, &mut facts.nodes, nodes.list()).await;
    }
    if plan.wants(Look::NomadAutopilot) {
        let operator = nomad.operator();
        facts.progress.look(Look::NomadAutopilot, &mut facts.autopilot, operator.autopilot_health()).await;
    }
    if plan.wants(Look::BackupJob) {
        let name = target.backup_name();
        facts.progress.look(Look::BackupJob, &mut facts.backups, backups(clients, &name)).await;
    }
    if plan.wants(Look::NomadToken) {
        facts.progress.look(Look::NomadToken, &mut facts.token, token(clients)).await;
    }
}

/// The job and those that were launched from it.
async fn backups(clients: &Clients, name: &str) -> nomad_client::Result<Vec<JobStub>> {
    let options = ReadOptions::new().with_prefix(name);
    Ok(clients.nomad.jobs().list_with(&options).await?.value)
}

async fn token(clients: &Clients) -> nomad_client::Result<Option<nomad_client::acl::AclToken>> {
    if !clients.access.nomad.token {
        return Ok(None);
    }
    match clients.nomad.acl().token_self().await {
        Err(error) if error.reason() == Some(&Reason::AclDisabled) => Ok(None),
        other => other.map(Some),
    }
}
