//! Claims of task groups, which keep their host volume for life.

use super::HostVolumes;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;

answer! {
    /// A host volume that an instance of a group comes back to, since its request is `sticky`.
    VolumeClaim {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The namespace.
        pub namespace: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The group.
        pub task_group_name: String,
        /// The allocation that made the claim.
        #[serde(rename = "AllocID")]
        pub alloc_id: String,
        /// The volume.
        #[serde(rename = "VolumeID")]
        pub volume_id: String,
        /// The name of the volume.
        pub volume_name: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

/// Options of [`HostVolumes::claims_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClaimsOptions {
    read: ReadOptions,
    job: Option<String>,
    group: Option<String>,
    volume: Option<String>,
}

impl ClaimsOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of any read.
    #[must_use]
    pub fn with_read(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// Only those of this job.
    #[must_use]
    pub fn with_job(mut self, id: impl Into<String>) -> Self {
        self.job = Some(id.into());
        self
    }

    /// Only those of groups of this name.
    #[must_use]
    pub fn with_group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// Only those of volumes of this name.
    #[must_use]
    pub fn with_volume(mut self, name: impl Into<String>) -> Self {
        self.volume = Some(name.into());
        self
    }
}

impl HostVolumes {
    /// Lists the claims of groups on host volumes. `GET /v1/volumes/claims`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#list-task-group-host-volume-claims)); needs
    /// `namespace:host-volume-read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for claim in nomad.host_volumes().claims().await? {
    ///     println!("{} keeps {}", claim.job_id, claim.volume_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:host-volume-read`.
    pub async fn claims(&self) -> Result<Vec<VolumeClaim>> {
        Ok(self.claims_with(&ClaimsOptions::new()).await?.value)
    }

    /// As [`HostVolumes::claims`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`HostVolumes::claims`].
    pub async fn claims_with(&self, options: &ClaimsOptions) -> Result<Answer<Vec<VolumeClaim>>> {
        let mut request = Request::get("/v1/volumes/claims", [])?;
        for (name, value) in
            [("job_id", &options.job), ("task_group", &options.group), ("volume_name", &options.volume)]
        {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        self.client.answer(options.read.apply(request)).await
    }

    /// Deletes a claim, so that its group may get another volume. `DELETE /v1/volumes/claim/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#delete-task-group-host-volume-claims)); needs
    /// `namespace:host-volume-write`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.host_volumes().delete_claim("75c417b5-cf90-86e4-8ffc-d18f445e0721").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:host-volume-write`. One that does not exist is an
    /// error, too.
    pub async fn delete_claim(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volumes/claim/:id", [id])?).await
    }
}
