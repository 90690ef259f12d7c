//! Registering exactly what was planned.

use serde::{Deserialize, Serialize};

use super::{Enforce, Jobs, PlanResponse, RegisterOptions, RegisterResponse};
use crate::digest::Digest;
use crate::error::{RequestError, Result};
use crate::job::Job;
use crate::meta::Index;

/// What a plan was made for: a job's specification, and the state of the job on the server.
///
/// It can be kept, in a file too, between the look at a plan and its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlanToken {
    job_modify_index: Index,
    specification: String,
}

impl PlanToken {
    /// When the job on the server had last changed; 0 when there was none.
    pub fn job_modify_index(&self) -> Index {
        self.job_modify_index
    }
}

impl PlanResponse {
    /// What holds this plan and this job, which must be the one that was planned, together.
    ///
    /// # Errors
    /// When the job cannot be written as JSON.
    pub fn token(&self, job: &Job) -> Result<PlanToken> {
        Ok(PlanToken { job_modify_index: self.job_modify_index, specification: digest(job)? })
    }
}

impl Jobs {
    /// Registers a job as it was planned: nothing is sent when it is another than was planned, and nothing is changed
    /// when the job on the server is. `PUT /v1/jobs`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#create-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::jobs::PlanOptions;
    ///
    /// let mut job = nomad.jobs().read("latticedb").await?;
    /// job.priority = Some(70);
    /// let plan = nomad.jobs().plan(&job, &PlanOptions::new()).await?;
    /// nomad.jobs().apply(&job, &plan.token(&job)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Request`](crate::Error::Request) when it is another job;
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it has changed on the server since; otherwise as
    /// [`Jobs::register`].
    pub async fn apply(&self, job: &Job, token: &PlanToken) -> Result<RegisterResponse> {
        self.apply_with(job, token, &RegisterOptions::new()).await
    }

    /// As [`Jobs::apply`], with options, of which the guard is set by the token.
    ///
    /// # Errors
    /// As [`Jobs::apply`].
    pub async fn apply_with(
        &self,
        job: &Job,
        token: &PlanToken,
        options: &RegisterOptions,
    ) -> Result<RegisterResponse> {
        if digest(job)? != token.specification {
            return Err(refused("the job is not the one that was planned"));
        }
        let enforce = match token.job_modify_index {
            Index(0) => Enforce::Absent,
            index => Enforce::At(index),
        };
        self.register_with(job, &options.clone().with_enforce_index(enforce)).await
    }
}

fn refused(problem: &str) -> crate::Error {
    RequestError { method: "PUT", path: "/v1/jobs".to_owned(), problem: problem.to_owned() }.into()
}

/// Names are in order, so that the same job has the same digest wherever it came from.
fn digest(job: &Job) -> Result<String> {
    let unwritable = || refused("the job cannot be written as JSON");
    let value = serde_json::to_value(job).map_err(|_| unwritable())?;
    let mut digest = Digest::named("sha-256").ok_or_else(unwritable)?;
    digest.update(value.to_string().as_bytes());
    Ok(digest.finish())
}
