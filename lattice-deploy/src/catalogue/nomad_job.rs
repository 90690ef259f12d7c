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
            let mark = Mark::of_name(owner, job.meta.get(META_OWNER).map(String::as_str));
            let index = job.job_modify_index.unwrap_or_default().0;
            Held::new(only(&trimmed(self.declared()), trimmed(json!(job))), mark).guarded(index)
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
        // Items that cannot be told apart are shown by their names: they may hold somebody else's secrets.
        (Value::Array(_), Value::Array(held)) => Value::Array(held.into_iter().map(outline).collect()),
        (_, held) => held,
    }
}

fn outline(item: Value) -> Value {
    match item {
        Value::Object(mut fields) => json!({"Name": fields.remove("Name")}),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::only;
    use serde_json::json;

    #[test]
    fn nothing_is_kept_of_a_job_that_is_not_declared() {
        let declared = json!({"Groups": [{"Name": "a", "Env": {"OURS": "1"}}], "Tags": ["x"]});
        let same = json!({"Groups": [{"Name": "a", "Env": {"OURS": "1", "PASSWORD": "hunter2"}}], "Token": "hunter2"});
        assert_eq!(only(&declared, same), json!({"Groups": [{"Name": "a", "Env": {"OURS": "1"}}]}));
        let more = json!({"Groups": [{"Name": "a"}, {"Name": "b", "Env": {"PASSWORD": "hunter2"}}], "Tags": []});
        assert_eq!(only(&declared, more), json!({"Groups": [{"Name": "a"}, {"Name": "b"}], "Tags": []}));
    }
}
