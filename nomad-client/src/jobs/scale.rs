//! How many instances a job has.

use super::{Jobs, RegisterResponse, ScaleOptions, ScaleStatus};
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;

impl Jobs {
    /// Reads how many instances each group has, and how that changed. `GET /v1/job/:id/scale`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#read-job-scale-status)); needs `namespace:read-job-scaling` or `read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for (name, group) in nomad.jobs().scale_status("latticedb").await?.task_groups {
    ///     println!("{name}: {} of {} are healthy", group.healthy, group.desired);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job.
    pub async fn scale_status(&self, id: &str) -> Result<ScaleStatus> {
        Ok(self.scale_status_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Jobs::scale_status`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Jobs::scale_status`].
    pub async fn scale_status_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<ScaleStatus>> {
        self.client.get_with("/v1/job/:id/scale", [id], options).await
    }

    /// Changes how many instances a group has. `PUT /v1/job/:id/scale`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#scale-task-group)); needs
    /// `namespace:scale-job` or `submit-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().scale("latticedb", "main", 5).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses a count beyond
    /// the group's scaling limits, and any change during a deployment.
    pub async fn scale(&self, id: &str, group: &str, count: u64) -> Result<RegisterResponse> {
        self.scale_with(id, group, &ScaleOptions::new().with_count(count)).await
    }

    /// As [`Jobs::scale`], with a message; without a count only the message is kept.
    ///
    /// # Errors
    /// As [`Jobs::scale`].
    pub async fn scale_with(&self, id: &str, group: &str, options: &ScaleOptions) -> Result<RegisterResponse> {
        self.client.put("/v1/job/:id/scale", [id], &options.body(group)).await
    }
}
