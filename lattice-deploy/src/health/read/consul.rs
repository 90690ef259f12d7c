//! Reads Consul, and then what it knows the addresses of.

use std::time::Duration;

use consul_client::health::{ServiceEntry, ServiceOptions};
use consul_client::kv::PutOptions;
use consul_client::session::{Behavior, NewSession};
use consul_client::{Client, Consistency, ReadOptions, Reason};
use jiff::Timestamp;

use super::{Plan, endpoints};
use crate::clients::Clients;
use crate::health::der;
use crate::health::facts::{ConsulFacts, EndpointFacts, Look};
use crate::health::problem::{Problem, ProblemKind};

pub(super) async fn read(clients: &Clients, plan: &Plan<'_>, facts: &mut ConsulFacts, pages: &mut EndpointFacts) {
    let consul = &clients.consul;
    let target = plan.target;
    if !plan.wants(Look::ConsulLeader) {
        return;
    }
    facts.progress.look(Look::ConsulLeader, &mut facts.leader, consul.status().leader()).await;
    if !matches!(facts.leader, Some(Ok(Some(_)))) {
        return;
    }
    // Where the instances are comes first: they are asked while the rest is read.
    if plan.wants(Look::Instances) {
        let call = instances(consul, &target.service, target.tag.as_deref());
        facts.progress.look(Look::Instances, &mut facts.instances, call).await;
    }
    if plan.wants(Look::SqlInstances) {
        let call = instances(consul, &target.sql_service, None);
        facts.progress.look(Look::SqlInstances, &mut facts.sql, call).await;
    }
    let (instances, sql) = (places(facts.instances.as_ref()), places(facts.sql.as_ref()));
    tokio::join!(Box::pin(rest(clients, plan, facts)), endpoints::read(plan, instances, sql, pages));
}

async fn rest(clients: &Clients, plan: &Plan<'_>, facts: &mut ConsulFacts) {
    let consul = &clients.consul;
    let target = plan.target;
    facts.progress.look(Look::ConsulConsistent, &mut facts.consistent, confirmed(consul)).await;
    if plan.wants(Look::ConsulAutopilot) {
        let operator = consul.operator();
        facts.progress.look(Look::ConsulAutopilot, &mut facts.autopilot, operator.autopilot_health()).await;
    }
    if plan.wants(Look::ConsulMembers) {
        let agent = consul.agent();
        facts.progress.look(Look::ConsulMembers, &mut facts.members, agent.members()).await;
    }
    if plan.wants(Look::Sidecars) {
        let name = format!("{}-sidecar-proxy", target.service);
        facts.progress.look(Look::Sidecars, &mut facts.sidecars, instances(consul, &name, None)).await;
    }
    if plan.wants(Look::Intentions) {
        let intentions = consul.intentions();
        let call = intentions.check(STRANGER, &target.service);
        facts.progress.look(Look::Intentions, &mut facts.open, call).await;
    }
    if plan.wants(Look::MeshRoots) {
        facts.progress.look(Look::MeshRoots, &mut facts.root, root(consul)).await;
    }
    if plan.wants(Look::ConsulToken) {
        facts.progress.look(Look::ConsulToken, &mut facts.token, token(clients)).await;
    }
    if plan.wants(Look::DeployLock)
        && let Some(environment) = &target.environment
    {
        let (kv, key) = (consul.kv(), format!("lattice/{}/{environment}/lock", target.service));
        facts.progress.look(Look::DeployLock, &mut facts.lock, kv.read(&key)).await;
    }
    if plan.wants(Look::ConsulRoundTrip) {
        facts.progress.look(Look::ConsulRoundTrip, &mut facts.round_trip, round_trip(consul)).await;
    }
}

/// When the root that signs ends; none without a mesh. An authority that could not be set up has none.
async fn root(consul: &Client) -> Result<Option<Timestamp>, Problem> {
    let roots = match consul.ca().roots().await {
        Ok(roots) => roots.roots,
        Err(error) if error.reason() == Some(&Reason::Disabled) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let none = || Problem::new(ProblemKind::Other, "the mesh has no active root certificate");
    let signing = roots.iter().find(|root| root.active).ok_or_else(none)?;
    let ends = signing.not_after.or_else(|| der::pem_not_after(signing.root_cert.as_bytes()));
    ends.map(Some).ok_or_else(|| Problem::new(ProblemKind::Garbage, "the mesh's root certificate cannot be read"))
}

/// A service that nobody has declared.
const STRANGER: &str = "lattice-health-stranger";

/// Reads the servers' own service, for which the leader makes sure that it still leads. Without a permission the answer is
/// empty, which is no less a confirmation.
async fn confirmed(consul: &Client) -> consul_client::Result<usize> {
    let read = ReadOptions::new().with_consistency(Consistency::Consistent);
    let answer = consul.health().service_with("consul", &ServiceOptions::new().with_read(read)).await?;
    Ok(answer.value.len())
}

async fn token(clients: &Clients) -> consul_client::Result<Option<consul_client::acl::AclToken>> {
    if !clients.access.consul.token {
        return Ok(None);
    }
    match clients.consul.acl().tokens().read_self().await {
        Err(error) if error.reason() == Some(&Reason::AclDisabled) => Ok(None),
        other => other.map(Some),
    }
}

async fn instances(consul: &Client, service: &str, tag: Option<&str>) -> consul_client::Result<Vec<ServiceEntry>> {
    let options = tag.into_iter().fold(ServiceOptions::new(), ServiceOptions::with_tag);
    Ok(consul.health().service_with(service, &options).await?.value)
}

/// Where instances listen.
fn places(instances: Option<&Result<Vec<ServiceEntry>, Problem>>) -> Vec<String> {
    let all = instances.and_then(|found| found.as_ref().ok()).map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|instance| instance.service.port != 0).map(place).collect()
}

fn place(instance: &ServiceEntry) -> String {
    let (address, port) = (instance.address(), instance.service.port);
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// Writes a key of its own under a session of its own, reads it, and removes both. Should it be cut off, the session's
/// TTL removes them.
async fn round_trip(consul: &Client) -> Result<(), Problem> {
    const VALUE: &str = "written by lattice-health";
    let mut session = NewSession::default();
    session.name = Some("lattice-health".to_owned());
    session.behavior = Some(Behavior::Delete);
    session.ttl = Some(Duration::from_secs(10));
    session.lock_delay = Some(Duration::from_millis(1));
    let session = consul.sessions().create(&session).await?;
    let key = format!("lattice/health/{session}");
    let outcome = async {
        let taken = consul.kv().put_with(&key, VALUE, &PutOptions::new().acquiring(&session)).await?;
        let read = consul.kv().read(&key).await?;
        let same = taken.is_applied() && read.is_some_and(|pair| pair.value == VALUE.as_bytes());
        if same { Ok(()) } else { Err(Problem::new(ProblemKind::Other, "another value was read than was written")) }
    };
    let outcome = outcome.await;
    consul.sessions().destroy(&session).await?;
    outcome
}
