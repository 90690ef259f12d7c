//! Consul.

use consul_client::agent::MemberStatus;

use super::servers::{self, Server};
use super::{Blind, Finding, View, names, seen};
use crate::health::facts::Look;
use crate::health::problem::ProblemKind;
use crate::health::status::Status;

pub(crate) fn leader(view: &View<'_>) -> Result<Finding, Blind> {
    let facts = &view.facts.consul;
    let Some(leader) = seen(&facts.leader)? else {
        return Ok(Finding::state(Status::Critical, "the cluster has no leader"));
    };
    match &facts.consistent {
        Some(Err(problem)) if problem.kind == ProblemKind::NoLeader => {
            Ok(Finding::state(Status::Critical, format!("{leader} does not lead any more: {}", problem.text)))
        }
        _ => seen(&facts.consistent).map(|_| Finding::state(Status::Ok, format!("leader {leader}"))),
    }
}

fn servers<'a>(view: &View<'a>) -> Result<(Vec<Server<'a>>, bool, u64), Blind> {
    let health = seen(&view.facts.consul.autopilot)?;
    let server = |server: &'a consul_client::operator::ServerHealth| Server {
        name: &server.name,
        version: &server.version,
        healthy: server.healthy,
    };
    let tolerance = u64::try_from(health.failure_tolerance).unwrap_or_default();
    Ok((health.servers.iter().map(server).collect(), health.healthy, tolerance))
}

pub(crate) fn tolerance(view: &View<'_>) -> Result<Finding, Blind> {
    let (all, _, tolerance) = servers(view)?;
    Ok(servers::tolerance(view, "consul.tolerance", tolerance, &all))
}

pub(crate) fn unhealthy(view: &View<'_>) -> Result<Finding, Blind> {
    let (all, healthy, _) = servers(view)?;
    Ok(servers::unhealthy(&all, healthy))
}

pub(crate) fn versions(view: &View<'_>) -> Result<Finding, Blind> {
    Ok(servers::versions(&servers(view)?.0))
}

pub(crate) fn members(view: &View<'_>) -> Result<Finding, Blind> {
    let members = seen(&view.facts.consul.members)?;
    let failed: Vec<&str> = members
        .iter()
        .filter(|member| member.status == MemberStatus::Failed)
        .map(|member| member.name.as_str())
        .collect();
    let text = match failed.len() {
        0 => format!("{} members, none failed", members.len()),
        count => format!("{count} of {} members failed: {}", members.len(), names(failed.iter().copied())),
    };
    // Without the permission Consul leaves members out instead of refusing.
    let status = if members.is_empty() { Status::Unknown } else { Status::Ok };
    Ok(Finding::count(failed.len(), text).at_least(status))
}

pub(crate) fn round_trip(view: &View<'_>) -> Result<Finding, Blind> {
    seen(&view.facts.consul.round_trip)?;
    let took = view.facts.took(&[Look::ConsulRoundTrip]).as_secs_f64();
    Ok(Finding::value(took, format!("a key was written and read within {:.0} ms", took * 1e3)))
}
