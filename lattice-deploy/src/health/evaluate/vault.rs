//! Vault.

use vault_client::sys::HealthState;
use vault_client::sys::raft::AutopilotState;

use super::servers::{self, Server};
use super::{Blind, Finding, View, seen};
use crate::health::status::Status;

pub(crate) fn seal(view: &View<'_>) -> Result<Finding, Blind> {
    let health = seen(&view.facts.vault.health)?;
    let (status, text) = match health.state {
        HealthState::Active => (Status::Ok, "unsealed and active"),
        HealthState::Standby => (Status::Ok, "unsealed, standby"),
        HealthState::PerformanceStandby => (Status::Ok, "unsealed, performance standby"),
        HealthState::DrSecondary => (Status::Ok, "secondary for disaster recovery"),
        HealthState::StandbyUnreachable => (Status::Critical, "a standby that cannot reach the active node"),
        HealthState::NotInitialized => (Status::Critical, "not initialised"),
        HealthState::Sealed => (Status::Critical, "sealed"),
        HealthState::Removed => (Status::Critical, "removed from its cluster"),
        _ => (Status::Unknown, "in a state that this probe does not know"),
    };
    let version = if health.version.is_empty() { String::new() } else { format!(", version {}", health.version) };
    Ok(Finding::state(status, format!("{text}{version}")))
}

pub(crate) fn active(view: &View<'_>) -> Result<Finding, Blind> {
    let leader = seen(&view.facts.vault.leader)?;
    Ok(match (leader.ha_enabled, leader.is_self, leader.leader_address.as_str()) {
        (false, ..) => Finding::state(Status::Ok, "a single node"),
        (true, true, _) => Finding::state(Status::Ok, "this node is active"),
        (true, false, "") => Finding::state(Status::Critical, "no node is active"),
        (true, false, address) => Finding::state(Status::Ok, format!("{address} is active")),
    })
}

fn raft<'a>(view: &View<'a>) -> Result<&'a AutopilotState, Blind> {
    match seen(&view.facts.vault.raft)? {
        Some(state) => Ok(state),
        None => Blind::skipped("not on integrated storage, or without a state yet"),
    }
}

fn servers(state: &AutopilotState) -> Vec<Server<'_>> {
    let servers = state.servers.values().map(|server| Server {
        name: &server.name,
        version: &server.version,
        healthy: server.healthy,
    });
    servers.collect()
}

pub(crate) fn tolerance(view: &View<'_>) -> Result<Finding, Blind> {
    let state = raft(view)?;
    let tolerance = u64::try_from(state.failure_tolerance).unwrap_or_default();
    Ok(servers::tolerance(view, "vault.tolerance", tolerance, &servers(state)))
}

pub(crate) fn unhealthy(view: &View<'_>) -> Result<Finding, Blind> {
    let state = raft(view)?;
    Ok(servers::unhealthy(&servers(state), state.healthy))
}

pub(crate) fn versions(view: &View<'_>) -> Result<Finding, Blind> {
    Ok(servers::versions(&servers(raft(view)?)))
}

pub(crate) fn audit(view: &View<'_>) -> Result<Finding, Blind> {
    let devices = *seen(&view.facts.vault.audit)?;
    Ok(Finding::count(devices, format!("{devices} audit devices")))
}
