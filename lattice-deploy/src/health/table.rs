//! The one table of checks: a check is one entry here and one function in `evaluate`.

use serde::Serialize;

use super::evaluate::{self as see, Evaluate};
use super::facts::Look;
use super::range::Range;
use super::target::{Target, Thresholds};

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
    /// What the service is reached by.
    Connectivity,
    /// What Prometheus reads.
    Monitoring,
    /// The service mesh.
    Mesh,
    /// Certificates.
    Certs,
    /// The tokens that are used to look.
    Tokens,
    /// The rollout under way.
    Deployment,
    /// The backups.
    Backup,
}

impl Component {
    /// Everything that can be checked.
    pub const ALL: [Self; 11] = [
        Self::Consul,
        Self::Vault,
        Self::Nomad,
        Self::App,
        Self::Connectivity,
        Self::Monitoring,
        Self::Mesh,
        Self::Certs,
        Self::Tokens,
        Self::Deployment,
        Self::Backup,
    ];

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
            Self::Connectivity => "connectivity",
            Self::Monitoring => "monitoring",
            Self::Mesh => "mesh",
            Self::Certs => "certs",
            Self::Tokens => "tokens",
            Self::Deployment => "deployment",
            Self::Backup => "backup",
        }
    }
}

/// What a check's value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
}

/// The server without which a check says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// Consul.
    Consul,
    /// Vault.
    Vault,
    /// Nomad.
    Nomad,
    /// None.
    Nothing,
}

impl Needs {
    /// The check that says whether the server is there.
    pub fn gate(self) -> Option<&'static str> {
        match self {
            Self::Consul => Some("consul.leader"),
            Self::Vault => Some("vault.seal"),
            Self::Nomad => Some("nomad.leader"),
            Self::Nothing => None,
        }
    }
}

/// A check.
#[derive(Debug)]
#[non_exhaustive]
pub struct Spec {
    /// Its name, such as `vault.seal`.
    pub id: &'static str,
    /// What it belongs to.
    pub component: Component,
    /// Without which server it says nothing.
    pub needs: Needs,
    /// What has to be read for it.
    pub looks: &'static [Look],
    /// What its value counts.
    pub unit: Unit,
    /// When it warns, by default.
    pub warning: &'static str,
    /// When it is critical, by default.
    pub critical: &'static str,
    /// What it looks at and why.
    pub explanation: &'static str,
    /// What the token needs: the line of the policy.
    pub permission: &'static str,
    /// Whether it is made unless somebody asks for it.
    pub usual: fn(&Target) -> bool,
    pub(super) evaluate: Evaluate,
}

impl Spec {
    /// Whether this check says whether its server is there.
    pub fn is_gate(&self) -> bool {
        self.needs.gate() == Some(self.id)
    }

    /// The default thresholds.
    pub fn thresholds(&self) -> Thresholds {
        // Held to be right by a test.
        let range = |text: &str| Range::parse(text, self.unit).ok();
        Thresholds { warning: range(self.warning), critical: range(self.critical) }
    }
}

/// The check of this name, or of this ending of a name if there is only one (`nodes.down`).
pub fn find(name: &str) -> Option<&'static Spec> {
    if let Some(spec) = CHECKS.iter().find(|spec| spec.id == name) {
        return Some(spec);
    }
    let ends = |spec: &&Spec| spec.id.strip_suffix(name).is_some_and(|head| head.ends_with('.'));
    let mut found = CHECKS.iter().filter(ends);
    found.next().filter(|_| found.next().is_none())
}

const NO_TOKEN: &str = "nothing";
const OPERATOR: &str = "`operator = \"read\"` in Consul";
const NOMAD_OPERATOR: &str = "`operator { policy = \"read\" }` in Nomad";
const NODE: &str = "`node { policy = \"read\" }` in Nomad";
const JOB: &str = "`namespace \"<namespace>\" { capabilities = [\"list-jobs\", \"read-job\"] }` in Nomad";
const INSTANCES: &str =
    "`service \"<service>\" { policy = \"read\" }` and `node_prefix \"\" { policy = \"read\" }` in Consul";
const RAFT: &str = "`path \"sys/storage/raft/autopilot/state\" { capabilities = [\"read\"] }` in Vault";

const fn usual(_: &Target) -> bool {
    true
}

const fn on_demand(_: &Target) -> bool {
    false
}

/// Writes the table with little noise: name, component, server, looks, unit, warning, critical, permission, text.
macro_rules! checks {
    ($($id:literal $component:ident $needs:ident [$($look:ident),*] $unit:ident $warning:literal $critical:literal
       $permission:expr, $usual:expr, $evaluate:expr, $explanation:literal;)*) => {
        /// Every check there is.
        pub static CHECKS: &[Spec] = &[$(Spec {
            id: $id,
            component: Component::$component,
            needs: Needs::$needs,
            looks: &[$(Look::$look),*],
            unit: Unit::$unit,
            warning: $warning,
            critical: $critical,
            explanation: $explanation,
            permission: $permission,
            usual: $usual,
            evaluate: $evaluate,
        }),*];
    };
}

checks! {
    "consul.leader" Consul Consul [ConsulLeader, ConsulConsistent] Count "" "" NO_TOKEN, usual, see::consul::leader,
        "Consul answers, has a leader, and the leader confirms that it leads: the status page alone may name a leader that was lost.";
    "consul.tolerance" Consul Consul [ConsulAutopilot] Count "1:" "" OPERATOR, usual, see::consul::tolerance,
        "How many of Consul's servers may still fail without losing the quorum. A cluster of one server tolerates nothing by nature and is not held against the default.";
    "consul.servers" Consul Consul [ConsulAutopilot] Count "0" "" OPERATOR, usual, see::consul::unhealthy,
        "How many of Consul's servers are unhealthy in the eyes of their leader. It blips while a snapshot is taken: use --confirm.";
    "consul.versions" Consul Consul [ConsulAutopilot] Count "1" "" OPERATOR, usual, see::consul::versions,
        "How many versions Consul's servers run: more than one outside of an upgrade was forgotten.";
    "consul.members" Consul Consul [ConsulMembers] Count "0" "" "`agent_prefix \"\" { policy = \"read\" }` or `node_prefix \"\" { policy = \"read\" }` in Consul", usual, see::consul::members,
        "How many members of the gossip pool have failed without leaving.";
    "consul.kv" Consul Consul [ConsulRoundTrip] Seconds "1" "5" "`key_prefix \"lattice/health/\" { policy = \"write\" }` and `session_prefix \"\" { policy = \"write\" }` in Consul", on_demand, see::consul::round_trip,
        "Writes a key of its own, bound to a session of its own with a TTL, reads it back and removes it. It writes, so it is made on demand only.";
    "vault.seal" Vault Vault [VaultHealth] Count "" "" NO_TOKEN, usual, see::vault::seal,
        "Vault answers, is initialised and unsealed, and a standby reaches the active node.";
    "vault.active" Vault Vault [VaultLeader] Count "" "" NO_TOKEN, usual, see::vault::active,
        "There is an active node, where there can be more than one node.";
    "vault.tolerance" Vault Vault [VaultRaft] Count "1:" "" RAFT, usual, see::vault::tolerance,
        "How many of Vault's servers may still fail, with integrated storage. A single server is not held against the default.";
    "vault.servers" Vault Vault [VaultRaft] Count "0" "" RAFT, usual, see::vault::unhealthy,
        "How many of Vault's servers are unhealthy, with integrated storage.";
    "vault.versions" Vault Vault [VaultRaft] Count "1" "" RAFT, usual, see::vault::versions,
        "How many versions Vault's servers run, with integrated storage.";
    "vault.audit" Vault Vault [VaultAudit] Count "1:" "" "`path \"sys/audit\" { capabilities = [\"read\", \"sudo\"] }` in Vault", on_demand, see::vault::audit,
        "How many audit devices are on. The right to see them is a strong one, so it is made on demand only.";
    "nomad.leader" Nomad Nomad [NomadLeader] Count "" "" NO_TOKEN, usual, see::nomad::leader,
        "Nomad answers and has a leader.";
    "nomad.tolerance" Nomad Nomad [NomadAutopilot] Count "1:" "" NOMAD_OPERATOR, usual, see::nomad::tolerance,
        "How many of Nomad's servers may still fail without losing the quorum. A single server is not held against the default.";
    "nomad.servers" Nomad Nomad [NomadAutopilot] Count "0" "" NOMAD_OPERATOR, usual, see::nomad::unhealthy,
        "How many of Nomad's servers are unhealthy in the eyes of their leader.";
    "nomad.versions" Nomad Nomad [NomadAutopilot] Count "1" "" NOMAD_OPERATOR, usual, see::nomad::versions,
        "How many versions Nomad's servers run.";
    "nomad.nodes.ready" Nomad Nomad [Nodes] Count "" "1:" NODE, usual, see::nomad::ready,
        "How many nodes can run tasks: ready and eligible.";
    "nomad.nodes.down" Nomad Nomad [Nodes] Count "0" "1" NODE, usual, see::nomad::down,
        "How many nodes are down or disconnected. Read from the nodes, since the servers' metric of it is wrong at times.";
    "nomad.nodes.ineligible" Nomad Nomad [Nodes] Count "0" "" NODE, usual, see::nomad::ineligible,
        "How many nodes take no new tasks though they are not being drained: often somebody forgot.";
    "nomad.nodes.draining" Nomad Nomad [Nodes] Count "0" "" NODE, usual, see::nomad::draining,
        "How many nodes are being drained.";
    "app.job" App Nomad [Job] Count "" "" JOB, usual, see::app::job,
        "The service's job is there, not stopped, and runs.";
    "app.allocs.missing" App Nomad [Job, Allocations] Count "0" "" JOB, usual, see::app::missing,
        "How many allocations fewer run than the job wants. All of them is critical.";
    "app.allocs.pending" App Nomad [Allocations] Seconds "300" "900" JOB, usual, see::app::pending,
        "How long the longest waiting allocation has been pending.";
    "app.allocs.restarts" App Nomad [Allocations] Count "3" "10" JOB, usual, see::app::restarts,
        "How often tasks of the job restarted within the last hour. Nomad keeps ten events of a task, so for a task that restarts faster it is estimated from their pace.";
    "app.allocs.failed" App Nomad [Allocations] Count "0" "" JOB, usual, see::app::failed,
        "How many allocations of the job failed or were lost within the last hour.";
    "app.instances" App Consul [Instances] Count "1:" "1:" INSTANCES, usual, see::app::instances,
        "How many instances of the service pass all of their checks in Consul. The expected number (--service NAME=MIN or --expect) is what it warns below.";
    "app.health" App Consul [Instances, AppHealth] Count "0" "" INSTANCES, usual, see::app::health,
        "How many instances do not answer their health page well. All of them is critical.";
    "app.ready" App Consul [Instances, AppReady] Count "0" "" INSTANCES, usual, see::app::ready,
        "How many instances do not answer their readiness page well. All of them is critical.";
    "connectivity.sql" Connectivity Consul [SqlInstances, SqlPorts] Count "0" "" INSTANCES, usual, see::app::sql,
        "How many SQL ports of the service do not take a connection. All of them is critical; skipped when there is no such service.";
    "connectivity.sidecars" Connectivity Consul [Sidecars] Count "0" "" INSTANCES, usual, see::app::sidecars,
        "How many sidecar proxies of the service do not pass their checks. Skipped when the service is not in the mesh.";
    "monitoring.metrics" Monitoring Consul [Instances, AppMetrics] Count "0" "" INSTANCES, usual, see::app::metrics,
        "How many instances do not offer metrics that Prometheus can read.";
    "mesh.intentions" Mesh Consul [Intentions] Count "0" "" "`service \"<service>\" { intentions = \"read\" }` in Consul", usual, see::mesh::intentions,
        "A service that nobody knows may not call ours: intentions deny by default.";
    "mesh.root" Mesh Consul [MeshRoots] Days "30:" "7:" NO_TOKEN, usual, see::mesh::root,
        "How long the mesh's active root certificate is still valid. It does not always rotate together with the CA behind it.";
    "certs.consul" Certs Nothing [Listeners] Days "30:" "7:" NO_TOKEN, usual, see::certs::consul,
        "How long the certificate at Consul's address is still valid, as a TLS handshake shows it.";
    "certs.vault" Certs Nothing [Listeners] Days "30:" "7:" NO_TOKEN, usual, see::certs::vault,
        "How long the certificate at Vault's address is still valid: Vault has no metric of it.";
    "certs.nomad" Certs Nothing [Listeners] Days "30:" "7:" NO_TOKEN, usual, see::certs::nomad,
        "How long the certificate at Nomad's address is still valid, as a TLS handshake shows it.";
    "certs.endpoints" Certs Nothing [Endpoints] Days "30:" "7:" NO_TOKEN, see::certs::has_endpoints, see::certs::endpoints,
        "How long the certificates at other places (--endpoint HOST:PORT) are still valid; the one that ends first counts.";
    "certs.pki" Certs Vault [VaultIssuers] Days "30:" "7:" NO_TOKEN, usual, see::certs::issuer,
        "How long the certificate of the issuer in Vault is still valid from which the service's certificates come.";
    "tokens.consul" Tokens Consul [ConsulToken] Seconds "86400:" "3600:" NO_TOKEN, usual, see::tokens::consul,
        "How long the token for Consul that the probe itself uses still lives.";
    "tokens.vault" Tokens Vault [VaultToken] Seconds "86400:" "3600:" "`path \"auth/token/lookup-self\" { capabilities = [\"read\"] }` in Vault", usual, see::tokens::vault,
        "How long the token for Vault that the probe itself uses still lives. A token with a short period that something renews needs thresholds of its own.";
    "tokens.nomad" Tokens Nomad [NomadToken] Seconds "86400:" "3600:" NO_TOKEN, usual, see::tokens::nomad,
        "How long the token for Nomad that the probe itself uses still lives.";
    "deployment.state" Deployment Nomad [Deployment] Count "" "" JOB, usual, see::deployment::state,
        "How the newest deployment of the job stands: one that failed is critical.";
    "deployment.age" Deployment Nomad [Deployment] Seconds "1800" "7200" JOB, usual, see::deployment::age,
        "How long a deployment has been under way, unless it waits for a promotion: a long one is stuck.";
    "deployment.promotion" Deployment Nomad [Deployment] Seconds "3600" "86400" JOB, usual, see::deployment::promotion,
        "How long a deployment has been waiting for somebody to promote its canaries.";
    "deployment.lock" Deployment Consul [DeployLock] Seconds "3600" "21600" "`key_prefix \"lattice/\" { policy = \"read\" }` in Consul", see::deployment::has_environment, see::deployment::lock,
        "How long the lock of lattice-deploy has been held. Made when the environment is known.";
    "backup.age" Backup Nomad [BackupJob] Seconds "93600" "180000" JOB, usual, see::backup::age,
        "How long ago the periodic backup job last succeeded. Nomad forgets ended runs after a few hours, so a state file remembers the last one. Skipped when there is no such job and none was named.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CHECKS, Component, find};

    #[test]
    fn the_table_makes_sense() {
        let ids: BTreeSet<&str> = CHECKS.iter().map(|spec| spec.id).collect();
        assert_eq!(ids.len(), CHECKS.len(), "a name twice");
        for spec in CHECKS {
            assert!(spec.id.starts_with(&format!("{}.", spec.component.as_str())), "{}", spec.id);
            assert!(!spec.looks.is_empty() && spec.explanation.ends_with('.'), "{}", spec.id);
            let held = spec.thresholds();
            assert_eq!(held.warning.is_some(), !spec.warning.is_empty(), "{}", spec.id);
            assert_eq!(held.critical.is_some(), !spec.critical.is_empty(), "{}", spec.id);
            if let Some(gate) = spec.needs.gate() {
                assert!(find(gate).is_some_and(super::Spec::is_gate), "{}", spec.id);
            }
        }
        for component in Component::ALL {
            assert!(CHECKS.iter().any(|spec| spec.component == component), "{component:?}");
            assert_eq!(Component::from_name(component.as_str()), Some(component));
        }
    }

    #[test]
    fn an_ending_is_enough_when_it_is_the_only_one() {
        assert_eq!(find("nodes.down").unwrap().id, "nomad.nodes.down");
        assert_eq!(find("vault.seal").unwrap().id, "vault.seal");
        for name in ["leader", "odes.down", "", "tolerance"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
