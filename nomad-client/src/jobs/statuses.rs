//! Many jobs at a glance.

use serde_json::json;

use super::{JobName, JobState, Jobs, StatusesOptions};
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;

impl Jobs {
    /// Lists the jobs with their allocations and newest deployments, newest first. `GET /v1/jobs/statuses`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs)).
    ///
    /// What the web page shows; the server's documentation does not name it.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for job in nomad.jobs().statuses().await? {
    ///     println!("{} has {} of {}", job.id, job.allocs.len(), job.group_count_sum);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn statuses(&self) -> Result<Vec<JobState>> {
        Ok(self.statuses_with(&StatusesOptions::new()).await?.value)
    }

    /// As [`Jobs::statuses`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Jobs::statuses`].
    pub async fn statuses_with(&self, options: &StatusesOptions) -> Result<Answer<Vec<JobState>>> {
        self.client.answer(options.apply(Request::get("/v1/jobs/statuses", [])?)).await
    }

    /// As [`Jobs::statuses_with`], of these jobs. `POST /v1/jobs/statuses`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::jobs::{JobName, StatusesOptions};
    ///
    /// let jobs = [JobName::new("default", "latticedb")];
    /// let states = nomad.jobs().statuses_of(&jobs, &StatusesOptions::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::statuses`].
    pub async fn statuses_of(&self, jobs: &[JobName], options: &StatusesOptions) -> Result<Answer<Vec<JobState>>> {
        let request = Request::post("/v1/jobs/statuses", [])?.json(&json!({ "Jobs": jobs }))?.idempotent();
        self.client.answer(options.apply(request)).await
    }
}
