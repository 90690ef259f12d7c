//! Every operation of nomad-client on a live server.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like the tests")]

mod access;
mod alone;
mod cluster;
mod deployments;
mod events;
mod exec;
mod files;
mod follow;
mod jobs;
mod launches;
mod locks;
mod login;
mod nodes_say;
mod places;
mod pools;
mod registry;
mod rich;
mod servers;
mod variables;
mod versions;
mod volumes;
mod watch;

use std::time::Duration;

use nomad_client::acl::{NewToken, Policy};
use nomad_client::allocations::{AllocationStub, ClientStatus};
use nomad_client::deployments::{Deployment, DeploymentStatus};
use nomad_client::job::{Job, JobType, Resources, Task, TaskGroup, Update};
use nomad_client::jobs::DeregisterOptions;
use nomad_client::{Client, Result};
use serde_json::json;
use tests::stack::{self, Live};
use tests::wait::until;

/// How long the scheduler and a node may take for anything.
const SOON: Duration = Duration::from_secs(120);

/// Well-formed, and never the id of anything.
const NOTHING: &str = "00000000-0000-4000-8000-000000000000";

/// Writes to both outputs, answers SIGHUP, and runs until it is stopped.
const SCRIPT: &str =
    "trap 'echo hup' HUP; trap 'exit 0' INT TERM; echo begun; echo oops >&2; while :; do sleep 0.1; done";

async fn shared() -> (&'static Live, Client) {
    let live = stack::stack().await;
    (live, live.stack().clients().nomad.clone())
}

/// A service of one small task that runs until it is stopped.
fn service(id: &str) -> Job {
    let mut job = batch(id, SCRIPT);
    job.kind = Some(JobType::Service);
    let mut update = Update::default();
    update.health_check = Some("task_states".to_owned());
    update.min_healthy_time = Some(Duration::from_millis(100));
    update.healthy_deadline = Some(SOON);
    update.progress_deadline = Some(SOON * 2);
    job.task_groups[0].update = Some(update);
    job
}

/// One task that runs this in a shell.
fn batch(id: &str, script: &str) -> Job {
    let mut task = Task::new("main", "raw_exec");
    task.config = serde_json::Map::from_iter([
        ("command".to_owned(), json!("/bin/sh")),
        ("args".to_owned(), json!(["-c", script])),
    ]);
    task.kill_timeout = Some(Duration::from_secs(1));
    let mut resources = Resources::default();
    resources.cpu = Some(10);
    resources.memory_mb = Some(32);
    task.resources = Some(resources);
    let mut group = TaskGroup::new("main");
    group.tasks = vec![task];
    let mut job = Job::new(id, JobType::Batch);
    job.task_groups = vec![group];
    job
}

/// The same job with something new in it, so that its tasks are replaced.
fn changed(job: &Job, text: &str) -> Job {
    let mut job = job.clone();
    job.task_groups[0].tasks[0].env.insert("CHANGED".to_owned(), text.to_owned());
    job
}

/// Waits until this many allocations run and are wanted.
async fn running(nomad: &Client, job: &str, count: usize) -> Vec<AllocationStub> {
    until(&format!("{count} allocations of {job} run"), SOON, async || {
        let mut all = nomad.jobs().allocations(job).await.ok()?;
        all.retain(|alloc| alloc.client_status == ClientStatus::Running && alloc.desired_status.as_str() == "run");
        (all.len() == count).then_some(all)
    })
    .await
}

/// Waits for the outcome of the deployment of a version.
async fn deployed(nomad: &Client, job: &str, version: u64) -> Deployment {
    let end = until(&format!("version {version} of {job} is deployed"), SOON, async || {
        let deployment = nomad.jobs().latest_deployment(job).await.ok()??;
        (deployment.job_version == version && deployment.status.is_terminal()).then_some(deployment)
    })
    .await;
    assert_eq!(end.status, DeploymentStatus::Successful, "{end:?}");
    end
}

/// Waits until a job that was stopped has ended, so that it can be purged.
///
/// Nomad 1.11.3 falls over (a nil pointer in `planner.applyPlan`) when a job is purged while the scheduler still works
/// on it, and takes all other tests along.
async fn ended(nomad: &Client, job: &str) {
    let jobs = nomad.jobs();
    until(&format!("{job} has ended"), SOON, async || {
        let scheduled = jobs.evaluations(job).await.ok()?.iter().all(|evaluation| evaluation.status.is_terminal());
        let ended = jobs.allocations(job).await.ok()?.iter().all(|stub| stub.client_status.is_terminal());
        (scheduled && ended).then_some(())
    })
    .await;
}

/// Stops a job, and forgets it once it has ended.
async fn purge(nomad: &Client, job: &str) {
    let jobs = nomad.jobs();
    jobs.deregister_with(job, &DeregisterOptions::new().without_shutdown_delay()).await.unwrap();
    ended(nomad, job).await;
    jobs.deregister_with(job, &DeregisterOptions::new().purging()).await.unwrap();
}

/// A client whose token may do nothing here; [`Powerless::end`] takes it away.
struct Powerless {
    client: Client,
    accessor: String,
    name: String,
}

impl Powerless {
    async fn new(nomad: &Client, name: &str) -> Self {
        let policy = Policy::new(name, "namespace \"sdk-elsewhere\" {\n  policy = \"read\"\n}\n");
        nomad.acl().put_policy(&policy).await.unwrap();
        let token = nomad.acl().create_token(&NewToken::client(name, [name])).await.unwrap();
        let client = nomad.with_token(token.secret_id.unwrap());
        Self { client, accessor: token.accessor_id, name: name.to_owned() }
    }

    async fn end(self, nomad: &Client) {
        nomad.acl().delete_token(&self.accessor).await.unwrap();
        nomad.acl().delete_policy(&self.name).await.unwrap();
    }
}

/// Fails unless the token lacks the permission.
fn denied<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert!(error.is_denied() && !error.may_have_applied(), "{error:?}");
}

/// Fails unless the object does not exist.
fn missing<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}
