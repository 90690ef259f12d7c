//! Everything about a deployment on one screen: reads only.

use serde::Serialize;

use crate::clients::Clients;
use crate::error::{Doing, Result, unless_missing};
use crate::job::{META_OWNER, META_VERSION};
use crate::lock::{self, Holder};
use crate::owner::Owner;
use crate::preflight::{self, Ready};
use crate::secrets::{self, SecretInfo};

/// What is known about a deployment.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Overview {
    /// The servers' versions.
    pub servers: Ready,
    /// The job, if there is one.
    pub job: Option<JobView>,
    /// Its newest deployment.
    pub deployment: Option<DeploymentView>,
    /// Its allocations, newest first.
    pub allocations: Vec<AllocationView>,
    /// Its instances in Consul.
    pub instances: Vec<InstanceView>,
    /// Its secret.
    pub secret: Option<SecretInfo>,
    /// Who runs something at the moment.
    pub lock: Option<Holder>,
}

/// The job.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct JobView {
    /// Its name.
    pub id: String,
    /// How it is.
    pub status: String,
    /// Nomad's number of its specification.
    pub version: u64,
    /// The version of the software that was asked for.
    pub image_tag: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
}

/// A deployment.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeploymentView {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub status: String,
    /// In Nomad's words.
    pub description: String,
    /// The version of the job that it brings.
    pub job_version: u64,
}

/// An allocation.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AllocationView {
    /// Its id.
    pub id: String,
    /// The node it runs on.
    pub node: String,
    /// The version of the job that it runs.
    pub job_version: u64,
    /// How its tasks are.
    pub status: String,
    /// Whether Nomad found it healthy.
    pub healthy: Option<bool>,
}

/// An instance of the service in Consul.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct InstanceView {
    /// Where it listens.
    pub address: String,
    /// The version of the software.
    pub version: Option<String>,
    /// Whether all of its checks pass.
    pub passing: bool,
    /// The checks that do not.
    pub failing: Vec<String>,
}

/// Reads everything, all at the same time.
///
/// # Errors
/// When a server cannot be read.
pub async fn overview(clients: &Clients, owner: &Owner) -> Result<Overview> {
    let servers = preflight::check(clients, &crate::error::System::ALL).await?;
    let reads = async {
        tokio::try_join!(
            job(clients, owner),
            deployment(clients, owner),
            allocations(clients, owner),
            instances(clients, owner),
            secrets::inspect(clients, owner),
            lock::holder(clients, owner),
        )
    };
    let (job, deployment, allocations, instances, secret, lock) = Box::pin(reads).await?;
    Ok(Overview { servers, job, deployment, allocations, instances, secret, lock })
}

async fn job(clients: &Clients, owner: &Owner) -> Result<Option<JobView>> {
    let job = clients.nomad.jobs().read_opt(&owner.project).await.doing(format!("read the job {}", owner.project))?;
    Ok(job.map(|job| JobView {
        id: owner.project.clone(),
        status: if job.stop == Some(true) { "stopped".to_owned() } else { job.status.unwrap_or_default().to_string() },
        version: job.version.unwrap_or_default(),
        image_tag: job.meta.get(META_VERSION).cloned(),
        owner: job.meta.get(META_OWNER).cloned(),
    }))
}

async fn deployment(clients: &Clients, owner: &Owner) -> Result<Option<DeploymentView>> {
    let deployment = unless_missing(clients.nomad.jobs().latest_deployment(&owner.project).await);
    let deployment = deployment.doing(format!("read the deployment of the job {}", owner.project))?;
    Ok(deployment.map(|deployment| DeploymentView {
        id: deployment.id,
        status: deployment.status.to_string(),
        description: deployment.status_description,
        job_version: deployment.job_version,
    }))
}

async fn allocations(clients: &Clients, owner: &Owner) -> Result<Vec<AllocationView>> {
    let allocations = clients.nomad.jobs().allocations(&owner.project).await;
    let mut allocations = allocations.doing(format!("read the allocations of the job {}", owner.project))?;
    allocations.sort_by_key(|allocation| std::cmp::Reverse(allocation.create_index));
    let view = |allocation: nomad_client::allocations::AllocationStub| AllocationView {
        healthy: allocation.deployment_status.as_ref().and_then(|status| status.healthy),
        id: allocation.id,
        node: allocation.node_name,
        job_version: allocation.job_version,
        status: allocation.client_status.to_string(),
    };
    Ok(allocations.into_iter().map(view).collect())
}

async fn instances(clients: &Clients, owner: &Owner) -> Result<Vec<InstanceView>> {
    let instances = clients.consul.health().service(&owner.project).await;
    let instances = instances.doing(format!("read the service {} in Consul", owner.project))?;
    let view = |instance: consul_client::health::ServiceEntry| InstanceView {
        address: format!("{}:{}", instance.address(), instance.service.port),
        version: instance.service.meta.get("version").cloned(),
        passing: instance.is_passing(),
        failing: instance
            .checks
            .iter()
            .filter(|check| check.status.as_str() != "passing")
            .map(|check| format!("{}: {}", check.name, check.output.trim()))
            .collect(),
    };
    Ok(instances.into_iter().map(view).collect())
}
