//! Health checks that the probe, `lattice-deploy health` and other programs share: reads only, all at the same time.

mod checks;

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use tokio::time::{Instant, timeout};

use crate::clients::Clients;

/// How something is, from good to bad in the order in which the worst one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Status {
    /// As it should be.
    Ok,
    /// Not as it should be, but it works.
    Warning,
    /// It could not be found out.
    Unknown,
    /// It does not work.
    Critical,
}

impl Status {
    /// The exit code by the rules of the monitoring plugins.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Critical => "CRITICAL",
        })
    }
}

/// What can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Component {
    /// Consul.
    Consul,
    /// Vault.
    Vault,
    /// Nomad.
    Nomad,
    /// The service and its job.
    App,
}

impl Component {
    /// Everything that can be checked.
    pub const ALL: [Self; 4] = [Self::Consul, Self::Vault, Self::Nomad, Self::App];

    /// The component of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.as_str() == name)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consul => "consul",
            Self::Vault => "vault",
            Self::Nomad => "nomad",
            Self::App => "app",
        }
    }
}

/// What is looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The service in Consul, which is also the name of its job.
    pub service: String,
    /// How many instances should pass; at least one when it is not known.
    pub expected: Option<u64>,
    /// How long all checks together may take.
    pub deadline: Duration,
}

impl Target {
    /// A service of unknown size, to be checked within 30 seconds.
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into(), expected: None, deadline: Duration::from_secs(30) }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Its name, such as `vault.seal`.
    pub id: &'static str,
    /// What it belongs to.
    pub component: Component,
    /// How it is.
    pub status: Status,
    /// What was seen, in a line.
    pub message: String,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// The outcome of all checks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The worst of all.
    pub status: Status,
    /// Each check.
    pub checks: Vec<Check>,
}

impl Health {
    fn of(checks: Vec<Check>) -> Self {
        let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Unknown);
        Self { status, checks }
    }

    /// Everything in one line: the worst first.
    pub fn line(&self) -> String {
        let mut bad: Vec<&Check> = self.checks.iter().filter(|check| check.status != Status::Ok).collect();
        bad.sort_by_key(|check| std::cmp::Reverse(check.status));
        let good = self.checks.len() - bad.len();
        let bad: Vec<String> = bad.iter().map(|check| format!("{} {}", check.id, check.message)).collect();
        if bad.is_empty() {
            format!("{}: {good} checks ok", self.status)
        } else {
            format!("{}: {}; {good} checks ok", self.status, bad.join("; "))
        }
    }
}

/// What a check found.
type Found = (Status, String);

/// Checks these components, all at the same time. What is not done at the deadline is unknown.
pub async fn check(clients: &Clients, target: &Target, components: &[Component]) -> Health {
    let all: [(&'static str, Component, BoxFuture<'_, Found>); 6] = [
        ("consul.leader", Component::Consul, Box::pin(checks::consul_leader(clients))),
        ("vault.seal", Component::Vault, Box::pin(checks::vault_seal(clients))),
        ("nomad.leader", Component::Nomad, Box::pin(checks::nomad_leader(clients))),
        ("nomad.nodes", Component::Nomad, Box::pin(checks::nomad_nodes(clients))),
        ("app.job", Component::App, Box::pin(checks::app_job(clients, target))),
        ("app.instances", Component::App, Box::pin(checks::app_instances(clients, target))),
    ];
    let wanted = all.into_iter().filter(|(_, component, _)| components.contains(component));
    let running = wanted.map(|(id, component, look)| async move {
        let begun = Instant::now();
        let (status, message) = timeout(target.deadline, look)
            .await
            .unwrap_or_else(|_| (Status::Unknown, format!("no answer within {} s", target.deadline.as_secs())));
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Check { id, component, status, message, elapsed_ms }
    });
    Health::of(join_all(running).await)
}

#[cfg(test)]
mod tests {
    use super::{Check, Component, Health, Status};

    fn check(id: &'static str, status: Status) -> Check {
        Check { id, component: Component::App, status, message: "said".into(), elapsed_ms: 1 }
    }

    #[test]
    fn the_worst_wins_and_comes_first() {
        let health =
            Health::of(vec![check("a", Status::Ok), check("b", Status::Warning), check("c", Status::Critical)]);
        assert_eq!(health.status, Status::Critical);
        assert_eq!(health.line(), "CRITICAL: c said; b said; 1 checks ok");
        assert_eq!(Health::of(vec![check("a", Status::Warning), check("b", Status::Unknown)]).status, Status::Unknown);
        assert_eq!(Health::of(vec![check("a", Status::Ok)]).line(), "OK: 1 checks ok");
    }

    #[test]
    fn nothing_checked_is_not_fine() {
        assert_eq!(Health::of(Vec::new()).status, Status::Unknown);
    }

    #[test]
    fn exit_codes_are_those_of_the_monitoring_plugins() {
        let codes = [Status::Ok, Status::Warning, Status::Critical, Status::Unknown].map(Status::exit_code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }
}
