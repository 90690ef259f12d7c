//! What was read, before anything is made of it.

use std::collections::BTreeMap;
use std::time::Duration;

use consul_client::acl::AclToken as ConsulToken;
use consul_client::agent::Member;
use consul_client::health::ServiceEntry;
use consul_client::kv::Pair;
use consul_client::operator::AutopilotHealth as ConsulAutopilot;
use jiff::Timestamp;
use nomad_client::acl::AclToken as NomadToken;
use nomad_client::allocations::AllocationStub;
use nomad_client::deployments::Deployment;
use nomad_client::job::Job;
use nomad_client::jobs::JobStub;
use nomad_client::nodes::NodeStub;
use nomad_client::operator::AutopilotHealth as NomadAutopilot;
use vault_client::sys::raft::AutopilotState as VaultAutopilot;
use vault_client::sys::{Health as VaultHealth, Leader};
use vault_client::token::TokenInfo;

use super::problem::Problem;

/// The outcome of one look; none while it was not made.
pub type Slot<T> = Option<Result<T, Problem>>;

/// One look at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it all; `Look::as_str` says it in words")]
pub enum Look {
    ConsulLeader,
    Instances,
    SqlInstances,
    ConsulConsistent,
    ConsulAutopilot,
    ConsulMembers,
    ConsulRoundTrip,
    Intentions,
    MeshRoots,
    Sidecars,
    ConsulToken,
    DeployLock,
    VaultHealth,
    VaultLeader,
    VaultRaft,
    VaultAudit,
    VaultIssuers,
    VaultToken,
    NomadLeader,
    NomadAutopilot,
    Nodes,
    Job,
    Allocations,
    Deployment,
    NomadToken,
    BackupJob,
    AppHealth,
    AppReady,
    AppMetrics,
    SqlPorts,
    Listeners,
    Endpoints,
}

impl Look {
    /// Who makes it: the looks of one server's reader are made one after the other.
    pub(super) fn reader(self) -> u8 {
        match self {
            look if look < Self::VaultHealth => 0,
            look if look < Self::NomadLeader => 1,
            look if look < Self::AppHealth => 2,
            look if look < Self::Listeners => 3,
            _ => 4,
        }
    }

    /// What is being done, for the message about a deadline.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConsulLeader => "asking Consul for its leader",
            Self::Instances => "reading the service's instances from Consul",
            Self::SqlInstances => "reading the SQL instances from Consul",
            Self::ConsulConsistent => "a consistent read of Consul",
            Self::ConsulAutopilot => "reading the health of Consul's servers",
            Self::ConsulMembers => "reading Consul's members",
            Self::ConsulRoundTrip => "writing and reading a key of Consul",
            Self::Intentions => "asking Consul about intentions",
            Self::MeshRoots => "reading the mesh's certificates from Consul",
            Self::Sidecars => "reading the sidecars from Consul",
            Self::ConsulToken => "reading the token of Consul",
            Self::DeployLock => "reading the lock of deployments from Consul",
            Self::VaultHealth => "asking Vault for its health",
            Self::VaultLeader => "asking Vault for its active node",
            Self::VaultRaft => "reading the health of Vault's servers",
            Self::VaultAudit => "reading Vault's audit devices",
            Self::VaultIssuers => "reading the issuer from Vault",
            Self::VaultToken => "reading the token of Vault",
            Self::NomadLeader => "asking Nomad for its leader",
            Self::NomadAutopilot => "reading the health of Nomad's servers",
            Self::Nodes => "reading Nomad's nodes",
            Self::Job => "reading the job from Nomad",
            Self::Allocations => "reading the job's allocations from Nomad",
            Self::Deployment => "reading the job's deployment from Nomad",
            Self::NomadToken => "reading the token of Nomad",
            Self::BackupJob => "reading the backup job from Nomad",
            Self::AppHealth => "asking the instances whether they are healthy",
            Self::AppReady => "asking the instances whether they are ready",
            Self::AppMetrics => "asking the instances for metrics",
            Self::SqlPorts => "connecting to the SQL ports",
            Self::Listeners => "reading the servers' certificates",
            Self::Endpoints => "reading the endpoints' certificates",
        }
    }
}

/// What one reader is doing, and how long it took for what it has done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Progress {
    /// The look under way; none when all is done.
    pub stage: Option<Look>,
    /// How long each look took.
    pub took: BTreeMap<Look, Duration>,
}

impl Progress {
    /// Makes one look and keeps what came of it.
    pub(super) async fn look<T, E: Into<Problem>>(
        &mut self,
        look: Look,
        slot: &mut Slot<T>,
        call: impl Future<Output = Result<T, E>>,
    ) {
        self.stage = Some(look);
        let begun = tokio::time::Instant::now();
        *slot = Some(Box::pin(call).await.map_err(Into::into));
        self.took.insert(look, begun.elapsed());
        self.stage = None;
    }
}

/// What Consul says.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ConsulFacts {
    /// Who leads; none while nobody does.
    pub leader: Slot<Option<String>>,
    /// How many servers a read finds that the leader confirms.
    pub consistent: Slot<usize>,
    /// How the servers are.
    pub autopilot: Slot<ConsulAutopilot>,
    /// Who gossips.
    pub members: Slot<Vec<Member>>,
    /// A key was written and read back.
    pub round_trip: Slot<()>,
    /// Whether a service that nobody knows may call ours.
    pub open: Slot<bool>,
    /// When the mesh's active root ends; none without a mesh.
    pub root: Slot<Option<Timestamp>>,
    /// The token; none when none is configured.
    pub token: Slot<Option<ConsulToken>>,
    /// The service's instances.
    pub instances: Slot<Vec<ServiceEntry>>,
    /// Its SQL instances.
    pub sql: Slot<Vec<ServiceEntry>>,
    /// Its sidecars.
    pub sidecars: Slot<Vec<ServiceEntry>>,
    /// The lock of deployments.
    pub lock: Slot<Option<Pair>>,
    /// How far the reader is.
    pub progress: Progress,
}

/// What Vault says.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct VaultFacts {
    /// How the node is.
    pub health: Slot<VaultHealth>,
    /// Who the active node is.
    pub leader: Slot<Leader>,
    /// How raft is; none with other storage, and while nobody knows yet.
    pub raft: Slot<Option<VaultAutopilot>>,
    /// How many audit devices there are.
    pub audit: Slot<usize>,
    /// When the default issuer's certificate ends; none without one.
    pub issuer: Slot<Option<Timestamp>>,
    /// The token; none when none is configured.
    pub token: Slot<Option<TokenInfo>>,
    /// How far the reader is.
    pub progress: Progress,
}

/// What Nomad says.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct NomadFacts {
    /// Who leads; none while nobody does.
    pub leader: Slot<Option<String>>,
    /// How the servers are.
    pub autopilot: Slot<NomadAutopilot>,
    /// The nodes.
    pub nodes: Slot<Vec<NodeStub>>,
    /// The job; none when there is none.
    pub job: Slot<Option<Job>>,
    /// Its allocations.
    pub allocations: Slot<Vec<AllocationStub>>,
    /// Its newest deployment.
    pub deployment: Slot<Option<Deployment>>,
    /// The token; none when none is configured.
    pub token: Slot<Option<NomadToken>>,
    /// The backup job and what was launched from it.
    pub backups: Slot<Vec<JobStub>>,
    /// How far the reader is.
    pub progress: Progress,
}

/// What one instance answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answered {
    /// Where it listens.
    pub place: String,
    /// The status and the beginning of the body, or why there is none.
    pub outcome: Result<(u16, String), Problem>,
}

/// When the certificate of a place ends.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ends {
    /// Where it is shown.
    pub place: String,
    /// When it ends.
    pub at: Result<Timestamp, Problem>,
}

/// What the service's instances say.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct EndpointFacts {
    /// The answers of the health page.
    pub health: Slot<Vec<Answered>>,
    /// The answers of the readiness page.
    pub ready: Slot<Vec<Answered>>,
    /// The answers of the metrics page.
    pub metrics: Slot<Vec<Answered>>,
    /// Which SQL ports took a connection.
    pub sql: Slot<Vec<Answered>>,
    /// How far the reader is with each of these, since it reads them at the same time.
    pub progress: [Progress; 4],
}

/// What TLS handshakes show.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TlsFacts {
    /// The certificates of the three servers, in the order Consul, Vault, Nomad; none where there is no TLS.
    pub listeners: Slot<[Option<Ends>; 3]>,
    /// The certificates of other places.
    pub endpoints: Slot<Vec<Ends>>,
    /// How far the reader is with each of these, since it reads them at the same time.
    pub progress: [Progress; 2],
}

/// Everything that was read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Facts {
    /// From Consul.
    pub consul: ConsulFacts,
    /// From Vault.
    pub vault: VaultFacts,
    /// From Nomad.
    pub nomad: NomadFacts,
    /// From the service's instances.
    pub endpoints: EndpointFacts,
    /// From TLS handshakes.
    pub tls: TlsFacts,
}

impl Facts {
    /// The look of these that is under way.
    pub(super) fn stage(&self, looks: &[Look]) -> Option<Look> {
        let stages = self.all().filter_map(|progress| progress.stage);
        let stages: Vec<Look> = stages.collect();
        // One that the check waits for itself, else the one that keeps its reader busy.
        let own = stages.iter().find(|stage| looks.contains(stage)).copied();
        own.or_else(|| stages.into_iter().find(|stage| looks.iter().any(|look| look.reader() == stage.reader())))
    }

    fn all(&self) -> impl Iterator<Item = &Progress> {
        let servers = [&self.consul.progress, &self.vault.progress, &self.nomad.progress];
        servers.into_iter().chain(&self.endpoints.progress).chain(&self.tls.progress)
    }

    /// How long the slowest of these looks took.
    pub(super) fn took(&self, looks: &[Look]) -> Duration {
        let took = self.all().flat_map(|progress| &progress.took);
        took.filter(|(look, _)| looks.contains(look)).map(|(_, took)| *took).max().unwrap_or_default()
    }
}
