//! Deployments, the roll-outs of job versions: <https://developer.hashicorp.com/nomad/api-docs/deployments>.
//!
//! Reading needs `namespace:read-job`, changing `namespace:submit-job`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::allocations::AllocationStub;
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, BodyMeta, Index};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::none_if_not_found;
use crate::watch::Watch;

wire_enum! {
    /// What has become of a deployment.
    pub DeploymentStatus {
        /// It goes on.
        Running = "running",
        /// It stands still until it is resumed.
        Paused = "paused",
        /// It failed.
        Failed = "failed",
        /// It succeeded.
        Successful = "successful",
        /// A newer one replaced it, or the job was stopped.
        Cancelled = "cancelled",
        /// It is being prepared (multiregion).
        Initializing = "initializing",
        /// It waits for its turn (multiregion).
        Pending = "pending",
        /// It waits for other regions (multiregion).
        Blocked = "blocked",
        /// It goes on once other regions do (multiregion).
        Unblocking = "unblocking",
    }
}

default_empty!(DeploymentStatus);

impl DeploymentStatus {
    /// Whether nothing more will change.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Failed | Self::Successful | Self::Cancelled)
    }
}

answer! {
    /// The roll-out of a job version.
    Deployment {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The namespace.
        pub namespace: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The version of the job.
        pub job_version: u64,
        /// When the job changed.
        pub job_modify_index: Index,
        /// When the job's specification changed.
        pub job_spec_modify_index: Index,
        /// When the job was made.
        pub job_create_index: Index,
        /// Whether other regions take part.
        pub is_multiregion: bool,
        /// How far each group is.
        pub task_groups: BTreeMap<String, DeploymentState>,
        /// What has become of it.
        pub status: DeploymentStatus,
        /// Why.
        pub status_description: String,
        /// The priority of its evaluations.
        pub eval_priority: i64,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed; none on a successful one.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

impl Deployment {
    /// Whether it waits for somebody to promote its canaries.
    pub fn needs_promotion(&self) -> bool {
        self.status == DeploymentStatus::Running && self.task_groups.values().any(DeploymentState::needs_promotion)
    }
}

answer! {
    /// How far a group is.
    DeploymentState {
        /// The allocations that are canaries.
        pub placed_canaries: Vec<String>,
        /// Whether a failure goes back to the last stable version.
        pub auto_revert: bool,
        /// Whether healthy canaries are promoted without asking.
        pub auto_promote: bool,
        /// How long may pass without any allocation getting healthy.
        pub progress_deadline: Option<Duration> as nanos,
        /// Until when the next allocation must be healthy.
        pub require_progress_by: Option<Timestamp> as rfc3339,
        /// Whether the canaries were promoted.
        pub promoted: bool,
        /// How many canaries are wanted.
        pub desired_canaries: i64,
        /// How many allocations are wanted.
        pub desired_total: i64,
        /// How many are placed.
        pub placed_allocs: i64,
        /// How many are healthy.
        pub healthy_allocs: i64,
        /// How many are unhealthy.
        pub unhealthy_allocs: i64,
    }
}

impl DeploymentState {
    /// Whether all canaries are healthy and nobody has promoted them.
    pub fn needs_promotion(&self) -> bool {
        self.desired_canaries > 0
            && !self.promoted
            && !self.auto_promote
            && self.healthy_allocs >= self.desired_canaries
    }
}

answer! {
    /// What a change of a deployment led to.
    DeploymentUpdate {
        /// The evaluation that it made.
        #[serde(rename = "EvalID")]
        pub eval_id: Option<String> as id,
        /// When that was made.
        pub eval_create_index: Index,
        /// When the deployment changed.
        pub deployment_modify_index: Index,
        /// The version that the job went back to, as a new version.
        pub reverted_job_version: Option<u64>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

/// Handle made by [`Client::deployments`].
#[derive(Clone, Debug)]
pub struct Deployments {
    client: Client,
}

impl Deployments {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the deployments. `GET /v1/deployments`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#list-deployments)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for deployment in nomad.deployments().list().await? {
    ///     println!("{} is {}", deployment.job_id, deployment.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn list(&self) -> Result<Vec<Deployment>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Deployments::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Deployments::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Deployment>>> {
        self.client.get_with("/v1/deployments", [], options).await
    }

    /// Watches the deployments. `GET /v1/deployments`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#list-deployments)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.deployments().watch(&ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Deployments::list`]; after one the watch goes on.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<Deployment>> {
        Watch::new(self.clone(), options, |deployments, read| {
            Box::pin(async move { deployments.list_with(&read).await })
        })
    }

    /// The deployments one by one, read page by page. `GET /v1/deployments`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#list-deployments)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut all = nomad.deployments().stream(&ReadOptions::new().with_page(100, None));
    /// while let Some(one) = all.next().await {
    ///     println!("{:?}", one?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::list`]; an error is the last item.
    pub fn stream(&self, options: &ReadOptions) -> Items<Deployment> {
        Items::new(self.clone(), options, |deployments, read| {
            Box::pin(async move { deployments.list_with(&read).await })
        })
    }

    /// Reads a deployment. `GET /v1/deployment/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#read-deployment)).
    ///
    /// A successful one may be collected within minutes of being superseded, so read its outcome while it runs.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let deployment = nomad.deployments().read("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// println!("{}", deployment.status_description);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:read-job`.
    pub async fn read(&self, id: &str) -> Result<Deployment> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Deployments::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Deployments::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<Deployment>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Deployments::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Deployments::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Deployment>> {
        self.client.get_with("/v1/deployment/:id", [id], options).await
    }

    /// Watches a deployment. `GET /v1/deployment/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#read-deployment)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.deployments().watch_one("id", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Deployments::read`]; after one the watch goes on.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Deployment> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(deployments, id), read| {
            Box::pin(async move { deployments.read_with(id, &read).await })
        })
    }

    /// Lists the allocations of a deployment. `GET /v1/deployment/allocations/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#list-allocations-for-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let placed = nomad.deployments().allocations("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn allocations(&self, id: &str) -> Result<Vec<AllocationStub>> {
        Ok(self.allocations_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Deployments::allocations`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Deployments::allocations`].
    pub async fn allocations_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<AllocationStub>>> {
        self.client.get_with("/v1/deployment/allocations/:id", [id], options).await
    }

    /// Declares a deployment failed, which reverts the job where its update block says so.
    /// `PUT /v1/deployment/fail/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#fail-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let failed = nomad.deployments().fail("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// if let Some(version) = failed.reverted_job_version {
    ///     println!("back to version {version}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::TerminalDeployment`](crate::Reason::TerminalDeployment) when it is over already;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none.
    pub async fn fail(&self, id: &str) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/fail/:id", id, json!({ "DeploymentID": id })).await
    }

    /// Promotes the canaries of all groups. `PUT /v1/deployment/promote/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#promote-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.deployments().promote_all("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::fail`]; the server refuses while a canary is not healthy.
    pub async fn promote_all(&self, id: &str) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/promote/:id", id, json!({ "DeploymentID": id, "All": true })).await
    }

    /// Promotes the canaries of these groups. `PUT /v1/deployment/promote/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#promote-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.deployments().promote_groups("70638f62-5c19-193e-30d6-f9d6e689ab8e", &["web"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::promote_all`].
    pub async fn promote_groups(&self, id: &str, groups: &[&str]) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/promote/:id", id, json!({ "DeploymentID": id, "Groups": groups })).await
    }

    /// Stops a deployment's progress for now. `PUT /v1/deployment/pause/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#pause-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.deployments().pause("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::fail`].
    pub async fn pause(&self, id: &str) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/pause/:id", id, json!({ "DeploymentID": id, "Pause": true })).await
    }

    /// Lets a paused deployment go on. `PUT /v1/deployment/pause/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#pause-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.deployments().resume("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::fail`].
    pub async fn resume(&self, id: &str) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/pause/:id", id, json!({ "DeploymentID": id, "Pause": false })).await
    }

    /// Lets a deployment of several regions go on that waits for the others (Enterprise); any other stays as it is.
    /// `PUT /v1/deployment/unblock/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#unblock-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.deployments().unblock("70638f62-5c19-193e-30d6-f9d6e689ab8e").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::fail`].
    pub async fn unblock(&self, id: &str) -> Result<DeploymentUpdate> {
        self.change("/v1/deployment/unblock/:id", id, json!({ "DeploymentID": id })).await
    }

    /// Says which allocations of a deployment are healthy and which are not, whatever was found out about them.
    /// `PUT /v1/deployment/allocation-health/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/deployments#set-allocation-health-in-deployment)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let healthy = ["5456bd7a-9fc0-c0dd-6131-cbee77f57577"];
    /// nomad.deployments().set_allocation_health("70638f62-5c19-193e-30d6-f9d6e689ab8e", &healthy, &[]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Deployments::fail`]; the server refuses allocations that are not of this deployment, and none at all.
    pub async fn set_allocation_health(
        &self,
        id: &str,
        healthy: &[&str],
        unhealthy: &[&str],
    ) -> Result<DeploymentUpdate> {
        let body = json!({
            "DeploymentID": id,
            "HealthyAllocationIDs": healthy,
            "UnhealthyAllocationIDs": unhealthy,
        });
        self.change("/v1/deployment/allocation-health/:id", id, body).await
    }

    async fn change(&self, route: &'static str, id: &str, body: Value) -> Result<DeploymentUpdate> {
        self.client.put(route, [id], &body).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Deployment, DeploymentUpdate};
    use crate::object::tests::pruned;

    #[test]
    fn a_deployment_that_waits_for_its_promotion() {
        let text = r#"{"CreateIndex":26,"CreateTime":1795456114337399411,"EvalPriority":50,"ID":"708c1a46","IsMultiregion":false,
            "JobCreateIndex":25,"JobID":"web","JobModifyIndex":25,"JobSpecModifyIndex":25,"JobVersion":1,"ModifyIndex":33,
            "ModifyTime":1795456114337399412,"Namespace":"default","Status":"running",
            "StatusDescription":"Deployment is running but requires manual promotion",
            "TaskGroups":{"web":{"AutoPromote":false,"AutoRevert":false,"DesiredCanaries":1,"DesiredTotal":2,"HealthyAllocs":1,
            "PlacedAllocs":1,"PlacedCanaries":["a"],"ProgressDeadline":30000000000,"Promoted":false,
            "RequireProgressBy":"2026-11-23T17:49:05.529868928Z","UnhealthyAllocs":0}}}"#;
        let deployment: Deployment = serde_json::from_str(text).unwrap();
        assert!(deployment.needs_promotion());
        assert!(!deployment.status.is_terminal());
        assert_eq!(pruned(serde_json::to_value(&deployment).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn nothing_may_have_been_reverted() {
        let text =
            r#"{"DeploymentModifyIndex":48,"EvalCreateIndex":48,"EvalID":"","Index":48,"RevertedJobVersion":null}"#;
        let update: DeploymentUpdate = serde_json::from_str(text).unwrap();
        assert_eq!((update.reverted_job_version, update.eval_id), (None, None));
    }
}
