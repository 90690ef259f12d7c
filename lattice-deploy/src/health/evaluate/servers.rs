//! What the three products tell alike about their servers.

use super::{Finding, View, names};
use crate::health::status::Status;

/// A server.
pub(super) struct Server<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) healthy: bool,
}

/// How many servers may still fail.
pub(super) fn tolerance(view: &View<'_>, id: &str, tolerance: u64, servers: &[Server<'_>]) -> Finding {
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many servers")]
    let finding = Finding::value(tolerance as f64, format!("{tolerance} of {} servers may fail", servers.len()));
    // One server is a choice, not a failure; whoever expects more says so with a threshold.
    if servers.len() == 1 && !view.target.thresholds.contains_key(id) {
        return Finding { text: "a single server".to_owned(), ..finding }.unjudged();
    }
    finding
}

/// How many servers are unhealthy.
pub(super) fn unhealthy(servers: &[Server<'_>], healthy: bool) -> Finding {
    let ill: Vec<&Server<'_>> = servers.iter().filter(|server| !server.healthy).collect();
    if ill.is_empty() {
        let status = if healthy { Status::Ok } else { Status::Warning };
        let text = if healthy { "all healthy" } else { "the leader calls the cluster unhealthy" };
        return Finding::count(0, format!("{} servers, {text}", servers.len())).at_least(status);
    }
    let who = names(ill.iter().map(|server| server.name));
    Finding::count(ill.len(), format!("{} of {} servers unhealthy: {who}", ill.len(), servers.len()))
}

/// How many versions the servers run.
pub(super) fn versions(servers: &[Server<'_>]) -> Finding {
    let mut versions: Vec<&str> = servers.iter().map(|server| server.version).filter(|text| !text.is_empty()).collect();
    versions.sort_unstable();
    versions.dedup();
    Finding::count(versions.len(), format!("version {}", names(versions.iter().copied())))
}
