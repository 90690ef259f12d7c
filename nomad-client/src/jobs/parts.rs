//! What hangs on a job: allocations, evaluations, deployments, services and actions.

use super::{JobAction, JobSummary, Jobs};
use crate::allocations::AllocationStub;
use crate::deployments::Deployment;
use crate::error::Result;
use crate::evaluations::Evaluation;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::services::ServiceRegistration;
use crate::transport::Request;
use crate::watch::Watch;

impl Jobs {
    /// Lists a job's allocations. `GET /v1/job/:id/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-allocations)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for allocation in nomad.jobs().allocations("latticedb").await? {
    ///     println!("{} is {}", allocation.name, allocation.client_status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Watches a job's allocations. `GET /v1/job/:id/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-allocations)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.jobs().watch_allocations("latticedb", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{} allocations", answer?.value.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Jobs::allocations`]; after one the watch goes on.
    pub fn watch_allocations(&self, id: &str, options: &ReadOptions) -> Watch<Vec<AllocationStub>> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(jobs, id), read| Box::pin(async move { jobs.allocations_with(id, &read).await }))
    }

    /// As [`Jobs::allocations_with`], those of purged jobs that had the same id included.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn all_allocations(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<AllocationStub>>> {
        let request = Request::get("/v1/job/:id/allocations", [id])?.query("all", "true");
        self.client.answer(options.apply(request)).await
    }

    /// Lists a job's evaluations, newest first. `GET /v1/job/:id/evaluations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-evaluations)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for evaluation in nomad.jobs().evaluations("latticedb").await? {
    ///     println!("{} is {}", evaluation.triggered_by, evaluation.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Lists a job's deployments, newest first. `GET /v1/job/:id/deployments`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-deployments)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for deployment in nomad.jobs().deployments("latticedb").await? {
    ///     println!("version {} is {}", deployment.job_version, deployment.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// As [`Jobs::deployments_with`], those of purged jobs that had the same id included.
    ///
    /// # Errors
    /// As [`Jobs::allocations`].
    pub async fn all_deployments(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<Deployment>>> {
        let request = Request::get("/v1/job/:id/deployments", [id])?.query("all", "true");
        self.client.answer(options.apply(request)).await
    }

    /// Reads a job's newest deployment, if it has any. `GET /v1/job/:id/deployment`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job-s-most-recent-deployment)).
    ///
    /// After a failure this may be the deployment of the version that the job went back to.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(deployment) = nomad.jobs().latest_deployment("latticedb").await? {
    ///     println!("version {} is {}", deployment.job_version, deployment.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Reads how many allocations are in which state. `GET /v1/job/:id/summary`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job-summary)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for (group, counts) in nomad.jobs().summary("latticedb").await?.summary {
    ///     println!("{group}: {} run", counts.running);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Lists the instances of a job's services in Nomad's own registry. `GET /v1/job/:id/services`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-services)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for service in nomad.jobs().services("latticedb").await? {
    ///     println!("{} at {}:{}", service.service_name, service.address, service.port);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn services(&self, id: &str) -> Result<Vec<ServiceRegistration>> {
        Ok(self.services_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn services_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<ServiceRegistration>>> {
        self.client.get_with("/v1/job/:id/services", [id], options).await
    }

    /// Lists the commands that can be run inside a job's tasks. `GET /v1/job/:id/actions`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-actions)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for action in nomad.jobs().actions("latticedb").await? {
    ///     println!("{} in {}", action.name, action.task_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::read`].
    pub async fn actions(&self, id: &str) -> Result<Vec<JobAction>> {
        self.client.get("/v1/job/:id/actions", [id]).await
    }
}
