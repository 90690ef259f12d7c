//! Calls on jobs: <https://developer.hashicorp.com/nomad/api-docs/jobs>.
//!
//! Reading and planning need `namespace:read-job` (planning `submit-job` too), everything else `namespace:submit-job`
//! unless said otherwise. What a job looks like is in [`job`](crate::job).
//!
//! A job that names its own region or namespace goes there: the client's defaults are not sent along with it.

mod types;

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

pub use self::types::{
    ChildrenSummary, DeregisterOptions, DeregisterResponse, DesiredUpdates, DispatchOptions, DispatchResponse, Enforce,
    GroupSummary, JobStub, JobSummary, ParseOptions, PlanAnnotations, PlanOptions, PlanResponse, RegisterOptions,
    RegisterResponse, Submission, ValidateResponse,
};

use crate::allocations::AllocationStub;
use crate::client::Client;
use crate::deployments::Deployment;
use crate::error::Result;
use crate::evaluations::Evaluation;
use crate::job::{Job, JobDiff};
use crate::meta::{Answer, BodyMeta, Evaluated};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// Handle made by [`Client::jobs`].
#[derive(Clone, Debug)]
pub struct Jobs {
    client: Client,
}

answer! {
    /// The versions of a job that are kept.
    Versions {
        /// The versions, newest first.
        pub versions: Vec<Job>,
        /// How each of them differs from the one before it, where asked for.
        pub diffs: Vec<JobDiff>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

impl Jobs {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the jobs. `GET /v1/jobs`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:list-jobs`.
    pub async fn list(&self) -> Result<Vec<JobStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::list`], with options, the index to wait on and the next page's token.
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
    pub fn stream(&self, options: &ReadOptions) -> Items<JobStub> {
        Items::new(self.clone(), options, |jobs, read| Box::pin(async move { jobs.list_with(&read).await }))
    }

    /// Reads a job. `GET /v1/job/:id`.
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
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Job> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(jobs, id), read| Box::pin(async move { jobs.read_with(id, &read).await }))
    }

    /// Registers a job, whatever was there before. `PUT /v1/jobs`.
    ///
    /// # Errors
    /// [`Reason::Validation`](crate::Reason::Validation) when it breaks rules; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:submit-job`; [`Reason::RegistrationDisabled`](crate::Reason::RegistrationDisabled) when the
    /// cluster takes no jobs now.
    pub async fn register(&self, job: &Job) -> Result<RegisterResponse> {
        self.register_with(job, &RegisterOptions::new()).await
    }

    /// As [`Jobs::register`], if the guard of the options holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold; otherwise as [`Jobs::register`].
    pub async fn register_with(&self, job: &Job, options: &RegisterOptions) -> Result<RegisterResponse> {
        self.client_for(job).fetch(register_request(job, options)?).await
    }

    /// Shows what registering a job would do. Nothing is changed. `PUT /v1/job/:id/plan`.
    ///
    /// # Errors
    /// As [`Jobs::register`].
    pub async fn plan(&self, job: &Job, options: &PlanOptions) -> Result<PlanResponse> {
        self.client_for(job).fetch(plan_request(job, options)?).await
    }

    /// Checks a job, with what its drivers say about it. `PUT /v1/validate/job`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`. A bad job is no error but an answer.
    pub async fn validate(&self, job: &Job) -> Result<ValidateResponse> {
        let request = Request::put("/v1/validate/job", [])?.json(&Envelope { job })?.idempotent();
        self.client_for(job).fetch(request).await
    }

    /// Reads a job from HCL. `PUT /v1/jobs/parse`.
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the text is no job;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:parse-job`.
    pub async fn parse(&self, hcl: &str) -> Result<Job> {
        self.parse_with(hcl, &ParseOptions::new()).await
    }

    /// As [`Jobs::parse`], with options.
    ///
    /// # Errors
    /// As [`Jobs::parse`].
    pub async fn parse_with(&self, hcl: &str, options: &ParseOptions) -> Result<Job> {
        let body = json!({ "JobHCL": hcl, "Variables": options.variables, "Canonicalize": options.canonicalize });
        self.client.fetch(Request::put("/v1/jobs/parse", [])?.json(&body)?.idempotent()).await
    }

    /// Stops a job; one that does not exist is fine too. `DELETE /v1/job/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:submit-job`.
    pub async fn deregister(&self, id: &str) -> Result<DeregisterResponse> {
        self.deregister_with(id, &DeregisterOptions::new()).await
    }

    /// As [`Jobs::deregister`], with options.
    ///
    /// # Errors
    /// As [`Jobs::deregister`].
    pub async fn deregister_with(&self, id: &str, options: &DeregisterOptions) -> Result<DeregisterResponse> {
        self.client.fetch(deregister_request(id, options)?).await
    }

    /// Lists the versions that are kept, newest first. `GET /v1/job/:id/versions`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn versions(&self, id: &str) -> Result<Vec<Job>> {
        let versions: Versions = self.client.get("/v1/job/:id/versions", [id]).await?;
        Ok(versions.versions)
    }

    /// Lists a job's allocations. `GET /v1/job/:id/allocations`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`. A missing job has none.
    pub async fn allocations(&self, id: &str) -> Result<Vec<AllocationStub>> {
        Ok(self.allocations_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::allocations`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn allocations_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<AllocationStub>>> {
        self.client.get_with("/v1/job/:id/allocations", [id], options).await
    }

    /// Lists a job's evaluations, newest first. `GET /v1/job/:id/evaluations`.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn evaluations(&self, id: &str) -> Result<Vec<Evaluation>> {
        Ok(self.evaluations_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::evaluations`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn evaluations_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<Evaluation>>> {
        self.client.get_with("/v1/job/:id/evaluations", [id], options).await
    }

    /// Lists a job's deployments, newest first. `GET /v1/job/:id/deployments`.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn deployments(&self, id: &str) -> Result<Vec<Deployment>> {
        Ok(self.deployments_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::deployments`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn deployments_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<Deployment>>> {
        self.client.get_with("/v1/job/:id/deployments", [id], options).await
    }

    /// Reads a job's newest deployment, if it has any. `GET /v1/job/:id/deployment`.
    ///
    /// After a failure this may be the deployment of the version that the job went back to.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn latest_deployment(&self, id: &str) -> Result<Option<Deployment>> {
        Ok(self.latest_deployment_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::latest_deployment`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn latest_deployment_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<Deployment>>> {
        self.client.get_with("/v1/job/:id/deployment", [id], options).await
    }

    /// Reads how many allocations are in which state. `GET /v1/job/:id/summary`.
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn summary(&self, id: &str) -> Result<JobSummary> {
        Ok(self.summary_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::summary`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn summary_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<JobSummary>> {
        self.client.get_with("/v1/job/:id/summary", [id], options).await
    }

    /// Goes back to an older version, which becomes a new version, if the job is still at `enforce_prior_version`.
    /// `PUT /v1/job/:id/revert`.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it is not; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when there is no such job or version; the server refuses to go back to the current version.
    pub async fn revert(&self, id: &str, version: u64, enforce_prior_version: Option<u64>) -> Result<RegisterResponse> {
        let body = json!({ "JobID": id, "JobVersion": version, "EnforcePriorVersion": enforce_prior_version });
        self.client.put("/v1/job/:id/revert", [id], &body).await
    }

    /// Changes how many instances a group has. `PUT /v1/job/:id/scale`; needs `namespace:scale-job` or `submit-job`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses a count beyond
    /// the group's scaling limits, and any change during a deployment.
    pub async fn scale(&self, id: &str, group: &str, count: u64) -> Result<RegisterResponse> {
        let body = json!({ "Count": count, "Target": { "Group": group } });
        self.client.put("/v1/job/:id/scale", [id], &body).await
    }

    /// Launches a periodic job now and returns the evaluation. `PUT /v1/job/:id/periodic/force`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses one that is not
    /// periodic.
    pub async fn periodic_force(&self, id: &str) -> Result<Option<String>> {
        let forced: Evaluated = self.client.fetch(Request::put("/v1/job/:id/periodic/force", [id])?).await?;
        Ok(forced.eval_id)
    }

    /// Launches a parameterized job. `PUT /v1/job/:id/dispatch`; needs `namespace:dispatch-job`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses a payload or
    /// labels that the job does not allow, or the lack of those that it requires.
    pub async fn dispatch(&self, id: &str, options: &DispatchOptions) -> Result<DispatchResponse> {
        self.client.fetch(dispatch_request(id, options)?).await
    }

    /// Launches a parameterized job that needs no labels with these bytes. `PUT /v1/job/:id/dispatch/payload`; needs
    /// `namespace:dispatch-job`.
    ///
    /// # Errors
    /// As [`Jobs::dispatch`].
    pub async fn dispatch_payload(&self, id: &str, payload: impl Into<Bytes>) -> Result<DispatchResponse> {
        let request = Request::put("/v1/job/:id/dispatch/payload", [id])?;
        self.client.fetch(request.bytes(payload.into(), "application/octet-stream")).await
    }

    fn client_for(&self, job: &Job) -> Client {
        self.client.yielding_to(job.region.as_deref(), job.namespace.as_deref())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    job: &'a Job,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Registration<'a> {
    job: &'a Job,
    #[serde(flatten)]
    options: &'a RegisterOptions,
}

fn register_request(job: &Job, options: &RegisterOptions) -> Result<Request> {
    let request = Request::put("/v1/jobs", [])?.json(&Registration { job, options })?;
    // A guarded registration that is repeated after it succeeded reports a conflict with itself.
    Ok(if options.is_guarded() { request } else { request.idempotent() })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Planned<'a> {
    job: &'a Job,
    diff: bool,
}

fn plan_request(job: &Job, options: &PlanOptions) -> Result<Request> {
    let id = job.id.as_deref().unwrap_or_default();
    let request = Request::put("/v1/job/:id/plan", [id])?;
    Ok(request.json(&Planned { job, diff: options.diff })?.idempotent())
}

fn deregister_request(id: &str, options: &DeregisterOptions) -> Result<Request> {
    let mut request = Request::delete("/v1/job/:id", [id])?.idempotent();
    let flags =
        [("purge", options.purge), ("global", options.global), ("no_shutdown_delay", options.no_shutdown_delay)];
    for (name, value) in flags {
        if value {
            request = request.query(name, "true");
        }
    }
    Ok(match options.eval_priority {
        Some(priority) => request.query("eval_priority", priority.to_string()),
        None => request,
    })
}

fn dispatch_request(id: &str, options: &DispatchOptions) -> Result<Request> {
    let request = Request::put("/v1/job/:id/dispatch", [id])?.json(options)?;
    Ok(match &options.idempotency_token {
        // The server answers a repetition with the job that the first one made.
        Some(token) => request.query("idempotency_token", token).idempotent(),
        None => request,
    })
}

#[cfg(test)]
mod tests;
