//! What failed instances said last.

use nomad_client::allocations::{AllocationStub, LogKind, LogOptions, Origin, TaskState};
use serde::Serialize;

use super::judge::short;
use crate::clients::Clients;

/// How many instances are shown, and how much of each.
const MOST: usize = 3;
const EVENTS: usize = 5;
const LINES: usize = 10;
const BYTES: u64 = 4096;

/// An instance that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Its allocation, shortened.
    pub allocation: String,
    /// The node it ran on.
    pub node: String,
    /// The last events of its tasks.
    pub events: Vec<String>,
    /// The last lines that its tasks wrote.
    pub log: Vec<String>,
}

/// Collects the last words of the instances of this version that are not healthy.
pub(super) async fn collect(clients: &Clients, allocations: &[AllocationStub], version: u64) -> Vec<Failure> {
    let failed = allocations.iter().filter(|allocation| {
        let healthy = allocation.deployment_status.as_ref().and_then(|status| status.healthy);
        allocation.job_version == version && healthy != Some(true)
    });
    let mut failures = Vec::new();
    for allocation in failed.take(MOST) {
        failures.push(failure(clients, allocation).await);
    }
    failures
}

async fn failure(clients: &Clients, allocation: &AllocationStub) -> Failure {
    let mut log = Vec::new();
    for task in allocation.task_states.keys() {
        for kind in [LogKind::Stdout, LogKind::Stderr] {
            log.extend(tail(clients, &allocation.id, task, kind).await);
        }
    }
    Failure {
        allocation: short(&allocation.id).to_owned(),
        node: allocation.node_name.clone(),
        events: allocation.task_states.iter().flat_map(|(task, state)| events(task, state)).collect(),
        log,
    }
}

fn events(task: &str, state: &TaskState) -> Vec<String> {
    let skip = state.events.len().saturating_sub(EVENTS);
    let line =
        |event: &nomad_client::allocations::TaskEvent| format!("{task}: {}: {}", event.kind, event.display_message);
    state.events.iter().skip(skip).map(line).collect()
}

/// A task that never started has no log: the reason is then among its events, so a failed look says nothing more.
async fn tail(clients: &Clients, allocation: &str, task: &str, kind: LogKind) -> Vec<String> {
    let options = LogOptions::new().from(Origin::End, BYTES);
    match clients.nomad.allocations().logs(allocation, task, kind, &options).await {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect()
        }
        Err(error) => {
            tracing::debug!(allocation, task, %error, "no log");
            Vec::new()
        }
    }
}
