//! The job.

use nomad_client::Index;
use nomad_client::job::Job;
use nomad_client::jobs::{DeregisterOptions, Enforce, RegisterOptions};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::diff::trimmed;
use crate::error::{Doing, Error, Result, System};
use crate::job::META_OWNER;
use crate::owner::Owner;

/// How long a stopped job's tasks may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// A Nomad job.
#[derive(Clone, Debug)]
pub struct NomadJob {
    id: String,
    job: Box<Job>,
}

impl NomadJob {
    /// Declares a job.
    pub fn new(id: impl Into<String>, job: Job) -> Self {
        Self { id: id.into(), job: Box::new(job) }
    }

    /// What is submitted.
    pub fn specification(&self) -> &Job {
        &self.job
    }
}

impl Kind for NomadJob {
    const SYSTEM: System = System::Nomad;
    const KIND: &'static str = "job";

    fn name(&self) -> String {
        self.id.clone()
    }

    fn declared(&self) -> Value {
        let mut value = json!(self.job);
        value["Stop"] = json!(false);
        // Nomad copies the job's update block into its groups and may then leave it out of the job.
        if let Some(fields) = value.as_object_mut() {
            let update = fields.remove("Update");
            if let (Some(update), Some(groups)) = (update, fields.get_mut("TaskGroups").and_then(Value::as_array_mut)) {
                for group in groups {
                    group["Update"] = update.clone();
                }
            }
        }
        value
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let job = clients.nomad.jobs().read_opt(&self.id).await;
        let job = job.doing(format!("read the job {} in Nomad", self.id))?;
        Ok(job.map(|job| {
            let ours = job.meta.get(META_OWNER) == Some(&owner.to_string());
            let index = job.job_modify_index.unwrap_or_default().0;
            Held::new(only(&self.declared(), trimmed(json!(job))), if ours { Mark::Ours } else { Mark::Foreign })
                .guarded(index)
        }))
    }

    async fn apply(&self, clients: &Clients, _owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let enforce = held.and_then(|held| held.guard).map_or(Enforce::Absent, |guard| Enforce::At(Index(guard)));
        let options = RegisterOptions::new().with_enforce_index(enforce);
        let registered = clients.nomad.jobs().register_with(&self.job, &options).await;
        let registered = match registered {
            Err(error) if error.is_conflict() => {
                return Err(Error::Stale { key: format!("the job {} in Nomad", self.id) });
            }
            other => other.doing(format!("submit the job {} to Nomad", self.id))?,
        };
        Ok(Effect { evaluation: registered.eval_id, job_modify_index: Some(registered.job_modify_index.0) })
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let jobs = clients.nomad.jobs();
        // Purging at once would take the record away while the tasks still run.
        jobs.deregister(name).await.doing(format!("stop the job {name} in Nomad"))?;
        wait_until_stopped(clients, name).await?;
        jobs.deregister_with(name, &DeregisterOptions::new().purging())
            .await
            .doing(format!("purge the job {name} in Nomad"))?;
        Ok(Removal::Removed)
    }
}

async fn wait_until_stopped(clients: &Clients, name: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let allocations = clients.nomad.jobs().allocations(name).await;
        let allocations = allocations.doing(format!("read the allocations of the job {name} in Nomad"))?;
        let alive = allocations.iter().filter(|allocation| !allocation.client_status.is_terminal()).count();
        if alive == 0 {
            return Ok(());
        }
        if begun.elapsed() > STOP_WITHIN {
            return Err(Error::Unexpected(format!(
                "{alive} allocations of the job {name} still run {} s after it was stopped",
                STOP_WITHIN.as_secs()
            )));
        }
        sleep(Duration::from_millis(250)).await;
    }
}

/// The parts of the held job that are declared, so that a plan shows and stores nothing else.
fn only(declared: &Value, held: Value) -> Value {
    match (declared, held) {
        (Value::Object(declared), Value::Object(mut held)) => Value::Object(
            declared.iter().filter_map(|(name, value)| Some((name.clone(), only(value, held.remove(name)?)))).collect(),
        ),
        (Value::Array(declared), Value::Array(held)) if declared.len() == held.len() => {
            Value::Array(declared.iter().zip(held).map(|(declared, held)| only(declared, held)).collect())
        }
        (_, held) => held,
    }
}
