//! Nomad's servers and nodes.

use nomad_client::nodes::{Eligibility, NodeStatus, NodeStub};

use super::servers::{self, Server};
use super::{Blind, Finding, View, names, seen};
use crate::health::problem::ProblemKind;
use crate::health::status::Status;

pub(crate) fn leader(view: &View<'_>) -> Result<Finding, Blind> {
    match &view.facts.nomad.leader {
        Some(Err(problem)) if problem.kind == ProblemKind::NoLeader => {
            Ok(Finding::state(Status::Critical, "the cluster has no leader"))
        }
        leader => Ok(match seen(leader)? {
            Some(leader) => Finding::state(Status::Ok, format!("leader {leader}")),
            None => Finding::state(Status::Critical, "the cluster has no leader"),
        }),
    }
}

fn servers<'a>(view: &View<'a>) -> Result<(Vec<Server<'a>>, bool, u64), Blind> {
    let health = seen(&view.facts.nomad.autopilot)?;
    let server = |server: &'a nomad_client::operator::ServerHealth| Server {
        name: &server.name,
        version: &server.version,
        healthy: server.healthy,
    };
    let tolerance = u64::try_from(health.failure_tolerance).unwrap_or_default();
    Ok((health.servers.iter().map(server).collect(), health.healthy, tolerance))
}

pub(crate) fn tolerance(view: &View<'_>) -> Result<Finding, Blind> {
    let (all, _, tolerance) = servers(view)?;
    Ok(servers::tolerance(view, "nomad.tolerance", tolerance, &all))
}

pub(crate) fn unhealthy(view: &View<'_>) -> Result<Finding, Blind> {
    let (all, healthy, _) = servers(view)?;
    Ok(servers::unhealthy(&all, healthy))
}

pub(crate) fn versions(view: &View<'_>) -> Result<Finding, Blind> {
    Ok(servers::versions(&servers(view)?.0))
}

fn is_ready(node: &NodeStub) -> bool {
    node.status == NodeStatus::Ready && node.scheduling_eligibility != Eligibility::Ineligible
}

fn is_down(node: &NodeStub) -> bool {
    matches!(node.status, NodeStatus::Down | NodeStatus::Disconnected)
}

/// How many nodes are so.
fn count(view: &View<'_>, what: &str, is: fn(&NodeStub) -> bool) -> Result<Finding, Blind> {
    let nodes = seen(&view.facts.nomad.nodes)?;
    let found: Vec<&str> = nodes.iter().filter(|node| is(node)).map(|node| node.name.as_str()).collect();
    let mut text = format!("{} of {} nodes {what}", found.len(), nodes.len());
    if !found.is_empty() {
        text = format!("{text}: {}", names(found.iter().copied()));
    }
    Ok(Finding::count(found.len(), text))
}

pub(crate) fn ready(view: &View<'_>) -> Result<Finding, Blind> {
    count(view, "ready", is_ready)
}

pub(crate) fn down(view: &View<'_>) -> Result<Finding, Blind> {
    count(view, "down", is_down)
}

pub(crate) fn ineligible(view: &View<'_>) -> Result<Finding, Blind> {
    // A node that is down or drained is told of by the other checks.
    count(view, "ineligible", |node| {
        node.scheduling_eligibility == Eligibility::Ineligible && !node.drain && !is_down(node)
    })
}

pub(crate) fn draining(view: &View<'_>) -> Result<Finding, Blind> {
    count(view, "draining", |node| node.drain)
}
