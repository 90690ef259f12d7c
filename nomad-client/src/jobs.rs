//! Calls on jobs: <https://developer.hashicorp.com/nomad/api-docs/jobs>.
//!
//! Reading and planning need `namespace:read-job` (planning `submit-job` too), everything else `namespace:submit-job`
//! unless said otherwise. What a job looks like is in [`job`](crate::job).
//!
//! A job that names its own region or namespace goes there: the client's defaults are not sent along with it.
//!
//! Reading, changing and registering a job loses nothing, not even fields that this crate does not know:
//!
//! ```no_run
//! # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
//! use nomad_client::jobs::{Enforce, RegisterOptions};
//!
//! let mut job = nomad.jobs().read("latticedb").await?;
//! job.meta.insert("owner".into(), "storage".into());
//! // Only if nobody else has changed it meanwhile.
//! let guard = Enforce::At(job.job_modify_index.unwrap_or_default());
//! nomad.jobs().register_with(&job, &RegisterOptions::new().with_enforce_index(guard)).await?;
//! # Ok(())
//! # }
//! ```

mod launches;
mod options;
mod parts;
mod plans;
mod registration;
mod scale;
mod statuses;
mod types;
mod versions;

pub use self::options::{
    DeregisterOptions, DispatchOptions, Enforce, EvaluateOptions, ParseOptions, PlanOptions, RegisterOptions,
    ScaleOptions, StatusesOptions, VersionsOptions,
};
pub use self::plans::PlanToken;
pub use self::types::{
    ChildrenSummary, DeregisterResponse, DesiredUpdates, DispatchResponse, GroupScale, GroupSummary, JobAction,
    JobName, JobState, JobStateAllocation, JobStateDeployment, JobStateHealth, JobStub, JobSummary, PlanAnnotations,
    PlanResponse, RegisterResponse, ScaleStatus, ScalingEvent, Submission, TagResponse, ValidateResponse, Versions,
};

use crate::client::Client;
use crate::error::Result;
use crate::job::Job;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// Handle made by [`Client::jobs`].
#[derive(Clone, Debug)]
pub struct Jobs {
    client: Client,
}

impl Jobs {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the jobs. `GET /v1/jobs` ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for job in nomad.jobs().list().await? {
    ///     println!("{} is {}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:list-jobs`.
    pub async fn list(&self) -> Result<Vec<JobStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::list`], with options, the index to wait on and the next page's token.
    ///
    /// A filter's names are those of the whole job, so `Stable == true` works although a list does not show it.
    ///
    /// # Errors
    /// As [`Jobs::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<JobStub>>> {
        self.client.answer(options.apply(Request::get("/v1/jobs", [])?.query("meta", "true"))).await
    }

    /// Watches the jobs. `GET /v1/jobs`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs)); needs `namespace:list-jobs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.jobs().watch(&ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Jobs::list`]; after one the watch goes on.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<JobStub>> {
        Watch::new(self.clone(), options, |jobs, read| Box::pin(async move { jobs.list_with(&read).await }))
    }

    /// The jobs one by one, read page by page. `GET /v1/jobs`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs)); needs `namespace:list-jobs`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut all = nomad.jobs().stream(&ReadOptions::new().with_page(100, None));
    /// while let Some(one) = all.next().await {
    ///     println!("{:?}", one?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::list`]; an error is the last item.
    pub fn stream(&self, options: &ReadOptions) -> Items<JobStub> {
        Items::new(self.clone(), options, |jobs, read| Box::pin(async move { jobs.list_with(&read).await }))
    }

    /// Reads a job. `GET /v1/job/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let job = nomad.jobs().read("latticedb").await?;
    /// println!("version {:?}", job.version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:read-job`.
    pub async fn read(&self, id: &str) -> Result<Job> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Jobs::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<Job>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Jobs::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Job>> {
        self.client.get_with("/v1/job/:id", [id], options).await
    }

    /// Watches a job. `GET /v1/job/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.jobs().watch_one("id", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Jobs::read`]; after one the watch goes on.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Job> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(jobs, id), read| Box::pin(async move { jobs.read_with(id, &read).await }))
    }

    /// The client, without the defaults that the job settles itself.
    fn client_for(&self, job: &Job) -> Client {
        self.client.yielding_to(job.region.as_deref(), job.namespace.as_deref())
    }
}

#[cfg(test)]
mod tests;
