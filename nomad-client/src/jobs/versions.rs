//! The versions of a job.

use serde_json::json;

use super::{Jobs, RegisterResponse, Submission, TagResponse, Versions, VersionsOptions};
use crate::error::Result;
use crate::job::Job;
use crate::meta::Answer;
use crate::transport::{Request, none_if_not_found};

impl Jobs {
    /// Lists the versions that are kept, newest first. `GET /v1/job/:id/versions`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#list-job-versions)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for version in nomad.jobs().versions("latticedb").await? {
    ///     println!("{:?} is stable: {:?}", version.version, version.stable);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn versions(&self, id: &str) -> Result<Vec<Job>> {
        Ok(self.versions_with(id, &VersionsOptions::new()).await?.value.versions)
    }

    /// As [`Jobs::versions`], with how they differ where asked for, and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::versions`].
    pub async fn versions_with(&self, id: &str, options: &VersionsOptions) -> Result<Answer<Versions>> {
        self.client.answer(options.apply(Request::get("/v1/job/:id/versions", [id])?)).await
    }

    /// Gives a version a name, which also keeps it from being collected. `PUT /v1/job/:id/versions/:tag/tag`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-version-tag)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().tag("latticedb", 3, "golden", "the last one before the move").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job or version; the server refuses a
    /// name that another version has.
    pub async fn tag(&self, id: &str, version: u64, name: &str, description: &str) -> Result<TagResponse> {
        let body = json!({ "Version": version, "Description": description });
        let request = Request::put("/v1/job/:id/versions/:tag/tag", [id, name])?.json(&body)?;
        self.client.fetch(request.idempotent()).await
    }

    /// Takes the name from the version that has it. `DELETE /v1/job/:id/versions/:tag/tag`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#delete-job-version-tag)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().untag("latticedb", "golden").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no version has it.
    pub async fn untag(&self, id: &str, name: &str) -> Result<TagResponse> {
        self.client.fetch(Request::delete("/v1/job/:id/versions/:tag/tag", [id, name])?).await
    }

    /// Reads the text that a version was made from, or `None` when it was not sent along or is not kept.
    /// `GET /v1/job/:id/submission` ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job-submission)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(submission) = nomad.jobs().submission("latticedb", 0).await? {
    ///     println!("{}", submission.source);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn submission(&self, id: &str, version: u64) -> Result<Option<Submission>> {
        let request = Request::get("/v1/job/:id/submission", [id])?.query("version", version.to_string());
        none_if_not_found(self.client.fetch(request).await)
    }

    /// Goes back to an older version, which becomes a new version, if the job is still at `enforce_prior_version`.
    /// `PUT /v1/job/:id/revert`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#revert-to-older-job-version)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().revert("latticedb", 3, Some(4)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it is not; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when there is no such job or version; the server refuses to go back to the current version.
    pub async fn revert(&self, id: &str, version: u64, enforce_prior_version: Option<u64>) -> Result<RegisterResponse> {
        let body = json!({ "JobID": id, "JobVersion": version, "EnforcePriorVersion": enforce_prior_version });
        self.client.put("/v1/job/:id/revert", [id], &body).await
    }

    /// Says that a version works, so that a failed deployment may go back to it. `PUT /v1/job/:id/stable`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#set-job-stability)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().mark_stable("latticedb", 3).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job or version.
    pub async fn mark_stable(&self, id: &str, version: u64) -> Result<()> {
        self.stability(id, version, true).await
    }

    /// Takes back what [`Jobs::mark_stable`], or a successful deployment, has said.
    ///
    /// # Errors
    /// As [`Jobs::mark_stable`].
    pub async fn mark_unstable(&self, id: &str, version: u64) -> Result<()> {
        self.stability(id, version, false).await
    }

    async fn stability(&self, id: &str, version: u64, stable: bool) -> Result<()> {
        let body = json!({ "JobID": id, "JobVersion": version, "Stable": stable });
        self.client.execute(Request::put("/v1/job/:id/stable", [id])?.json(&body)?.idempotent()).await
    }
}
