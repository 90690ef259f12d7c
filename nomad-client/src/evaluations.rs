//! Evaluations, the scheduler's decisions: <https://developer.hashicorp.com/nomad/api-docs/evaluations>.
//!
//! Reading needs `namespace:read-job`, deleting a management token.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::allocations::AllocationStub;
use crate::client::Client;
use crate::error::Result;
use crate::job::Resources;
use crate::jobs::PlanAnnotations;
use crate::meta::{Answer, BodyMeta, Index};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

wire_enum! {
    /// What has become of an evaluation.
    pub EvaluationStatus {
        /// It waits for capacity.
        Blocked = "blocked",
        /// It waits for a scheduler.
        Pending = "pending",
        /// It is done, though [`Evaluation::failed_tg_allocs`] may tell that not all was placed.
        Complete = "complete",
        /// It failed.
        Failed = "failed",
        /// It was not needed any more.
        Canceled = "canceled",
    }
}

default_empty!(EvaluationStatus);

impl EvaluationStatus {
    /// Whether nothing more will change.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Canceled)
    }
}

answer! {
    /// A decision of the scheduler.
    Evaluation {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its priority.
        pub priority: i64,
        /// The scheduler, named by the job's type.
        #[serde(rename = "Type")]
        pub kind: String,
        /// What led to it: `job-register`, `deployment-watcher`, `node-update`, …
        pub triggered_by: String,
        /// The namespace.
        pub namespace: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// When the job changed.
        pub job_modify_index: Option<Index>,
        /// The node that led to it.
        #[serde(rename = "NodeID")]
        pub node_id: Option<String> as id,
        /// When that node changed.
        pub node_modify_index: Option<Index>,
        /// The deployment that it made or goes on with; none before it is complete.
        #[serde(rename = "DeploymentID")]
        pub deployment_id: Option<String> as id,
        /// What has become of it.
        pub status: EvaluationStatus,
        /// Why.
        pub status_description: String,
        /// How long it waits.
        pub wait: Option<Duration> as nanos,
        /// Until when it waits.
        pub wait_until: Option<Timestamp> as rfc3339,
        /// The one that goes on with this.
        pub next_eval: Option<String> as id,
        /// The one that this goes on with.
        pub previous_eval: Option<String> as id,
        /// The one that waits for the capacity which this lacked.
        pub blocked_eval: Option<String> as id,
        /// Those of the same chain, where asked for.
        pub related_evals: Vec<EvaluationStub>,
        /// Why allocations could not be placed, by group.
        #[serde(rename = "FailedTGAllocs")]
        pub failed_tg_allocs: BTreeMap<String, AllocationMetric>,
        /// What it decided, by group.
        pub plan_annotations: Option<PlanAnnotations>,
        /// Which classes of nodes fit.
        pub class_eligibility: BTreeMap<String, bool>,
        /// Whether constraints look at more than classes.
        pub escaped_computed_class: Option<bool>,
        /// The quota that is used up (Enterprise).
        pub quota_limit_reached: String,
        /// Resources that no node has (Nomad 2.0).
        pub missing_non_node_resources: Vec<String>,
        /// Whether it only shows what would happen.
        pub annotate_plan: Option<bool>,
        /// How many allocations wait, by group.
        pub queued_allocations: BTreeMap<String, i64>,
        /// The state of the cluster that it saw.
        pub snapshot_index: Option<Index>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// An evaluation in a chain.
    EvaluationStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its priority.
        pub priority: i64,
        /// The scheduler.
        #[serde(rename = "Type")]
        pub kind: String,
        /// What led to it.
        pub triggered_by: String,
        /// The namespace.
        pub namespace: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The node that led to it.
        #[serde(rename = "NodeID")]
        pub node_id: Option<String> as id,
        /// The deployment.
        #[serde(rename = "DeploymentID")]
        pub deployment_id: Option<String> as id,
        /// What has become of it.
        pub status: EvaluationStatus,
        /// Why.
        pub status_description: String,
        /// Until when it waits.
        pub wait_until: Option<Timestamp> as rfc3339,
        /// The one that goes on with this.
        pub next_eval: Option<String> as id,
        /// The one that this goes on with.
        pub previous_eval: Option<String> as id,
        /// The one that waits for capacity.
        pub blocked_eval: Option<String> as id,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// How a placement was found, or why there is none.
    AllocationMetric {
        /// How many nodes were looked at.
        pub nodes_evaluated: i64,
        /// How many of them did not fit.
        pub nodes_filtered: i64,
        /// How many nodes the pool has.
        pub nodes_in_pool: i64,
        /// The pool.
        pub node_pool: String,
        /// How many nodes were ready, by datacenter.
        pub nodes_available: BTreeMap<String, i64>,
        /// How many did not fit, by class.
        pub class_filtered: BTreeMap<String, i64>,
        /// How many did not fit, by constraint.
        pub constraint_filtered: BTreeMap<String, i64>,
        /// How many had too little left.
        pub nodes_exhausted: i64,
        /// How many had too little left, by class.
        pub class_exhausted: BTreeMap<String, i64>,
        /// How many had too little left, by what they lacked, such as `memory`.
        pub dimension_exhausted: BTreeMap<String, i64>,
        /// Quotas that are used up (Enterprise).
        pub quota_exhausted: Vec<String>,
        /// What each task asked for that was not left.
        pub resources_exhausted: BTreeMap<String, Resources>,
        /// No longer used.
        pub scores: BTreeMap<String, f64>,
        /// How long it took.
        pub allocation_time: Option<Duration> as nanos,
        /// How many further allocations failed for the same reason.
        pub coalesced_failures: i64,
        /// How the best nodes were rated.
        pub score_meta_data: Vec<NodeScore>,
    }
}

answer! {
    /// How a node was rated.
    NodeScore {
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// Its scores, by criterion.
        pub scores: BTreeMap<String, f64>,
        /// The sum.
        pub norm_score: f64,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Counted {
    count: u64,
    #[serde(flatten)]
    meta: BodyMeta,
}

/// Handle made by [`Client::evaluations`].
#[derive(Clone, Debug)]
pub struct Evaluations {
    client: Client,
}

impl Evaluations {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists evaluations. `GET /v1/evaluations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#list-evaluations)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for evaluation in nomad.evaluations().list().await? {
    ///     println!("{} is {}", evaluation.job_id, evaluation.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn list(&self) -> Result<Vec<Evaluation>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Evaluations::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Evaluations::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Evaluation>>> {
        self.client.get_with("/v1/evaluations", [], options).await
    }

    /// Watches the evaluations. `GET /v1/evaluations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#list-evaluations)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.evaluations().watch(&ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Evaluations::list`]; after one the watch goes on.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<Evaluation>> {
        Watch::new(self.clone(), options, |evaluations, read| {
            Box::pin(async move { evaluations.list_with(&read).await })
        })
    }

    /// The evaluations one by one, read page by page. `GET /v1/evaluations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#list-evaluations)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut all = nomad.evaluations().stream(&ReadOptions::new().with_page(100, None));
    /// while let Some(one) = all.next().await {
    ///     println!("{:?}", one?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Evaluations::list`]; an error is the last item.
    pub fn stream(&self, options: &ReadOptions) -> Items<Evaluation> {
        Items::new(self.clone(), options, |evaluations, read| {
            Box::pin(async move { evaluations.list_with(&read).await })
        })
    }

    /// Counts evaluations. `GET /v1/evaluations/count`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#count-evaluations)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} evaluations", nomad.evaluations().count().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Evaluations::list`].
    pub async fn count(&self) -> Result<u64> {
        Ok(self.count_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Evaluations::count`], of those that match the filter of the options.
    ///
    /// # Errors
    /// As [`Evaluations::count`].
    pub async fn count_with(&self, options: &ReadOptions) -> Result<Answer<u64>> {
        let counted: Answer<Counted> = self.client.get_with("/v1/evaluations/count", [], options).await?;
        Ok(counted.map(|counted| counted.count))
    }

    /// Deletes these evaluations and returns how many that were. `DELETE /v1/evaluations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#delete-evaluations)).
    ///
    /// The server does so only while its scheduling stands still:
    /// [`SchedulerConfiguration::pause_eval_broker`](crate::operator::SchedulerConfiguration::pause_eval_broker).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.evaluations().delete(&["5456bd7a-9fc0-c0dd-6131-cbee77f57577"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses while it schedules,
    /// and to delete one whose allocations run.
    pub async fn delete(&self, ids: &[&str]) -> Result<u64> {
        self.remove(json!({ "EvalIDs": ids })).await
    }

    /// As [`Evaluations::delete`], all that match this expression.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.evaluations().delete_matching("Status == \"blocked\" and JobID == \"old\"").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Evaluations::delete`].
    pub async fn delete_matching(&self, filter: &str) -> Result<u64> {
        self.remove(json!({ "Filter": filter })).await
    }

    async fn remove(&self, body: Value) -> Result<u64> {
        let counted: Counted = self.client.fetch(Request::delete("/v1/evaluations", [])?.json(&body)?).await?;
        Ok(counted.count)
    }

    /// Reads an evaluation. `GET /v1/evaluation/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#read-evaluation)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let evaluation = nomad.evaluations().read("5456bd7a-9fc0-c0dd-6131-cbee77f57577").await?;
    /// println!("{}: {:?}", evaluation.status, evaluation.failed_tg_allocs);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:read-job`.
    pub async fn read(&self, id: &str) -> Result<Evaluation> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Evaluations::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Evaluations::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<Evaluation>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Evaluations::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Evaluations::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Evaluation>> {
        self.client.get_with("/v1/evaluation/:id", [id], options).await
    }

    /// Watches an evaluation. `GET /v1/evaluation/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#read-evaluation)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.evaluations().watch_one("id", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Evaluations::read`]; after one the watch goes on.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Evaluation> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(evaluations, id), read| {
            Box::pin(async move { evaluations.read_with(id, &read).await })
        })
    }

    /// As [`Evaluations::read_with`], with the others of its chain in
    /// [`related_evals`](Evaluation::related_evals).
    ///
    /// # Errors
    /// As [`Evaluations::read`].
    pub async fn read_related(&self, id: &str, options: &ReadOptions) -> Result<Answer<Evaluation>> {
        let request = Request::get("/v1/evaluation/:id", [id])?.query("related", "true");
        self.client.answer(options.apply(request)).await
    }

    /// Lists the allocations that an evaluation made or changed. `GET /v1/evaluation/:id/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/evaluations#list-allocations-for-evaluation)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let placed = nomad.evaluations().allocations("5456bd7a-9fc0-c0dd-6131-cbee77f57577").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn allocations(&self, id: &str) -> Result<Vec<AllocationStub>> {
        Ok(self.allocations_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Evaluations::allocations`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Evaluations::allocations`].
    pub async fn allocations_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<AllocationStub>>> {
        self.client.get_with("/v1/evaluation/:id/allocations", [id], options).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Evaluation, EvaluationStatus};
    use crate::object::tests::pruned;

    #[test]
    fn a_complete_evaluation_may_have_placed_nothing() {
        let text = include_str!("../tests/fixtures/nomad-1.11.3/evaluation/unplaced.json");
        let evaluation: Evaluation = serde_json::from_str(text).unwrap();
        assert_eq!(evaluation.status, EvaluationStatus::Complete);
        let failed = &evaluation.failed_tg_allocs["web"];
        assert_eq!(failed.dimension_exhausted["memory"], 1);
        assert!(evaluation.blocked_eval.is_some());
        assert_eq!(pruned(serde_json::to_value(&evaluation).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    }
}
