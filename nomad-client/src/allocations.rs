//! Allocations, the instances of task groups: <https://developer.hashicorp.com/nomad/api-docs/allocations> and
//! <https://developer.hashicorp.com/nomad/api-docs/client>.
//!
//! Reading needs `namespace:read-job`, restarts, signals and stops `namespace:alloc-lifecycle`, logs
//! `namespace:read-logs`. Running commands inside and following logs are not covered yet.

mod types;

use bytes::Bytes;
use serde_json::json;

pub use self::types::{
    AllocatedCpu, AllocatedDevice, AllocatedMemory, AllocatedPort, AllocatedResources, AllocatedShared, AllocatedTask,
    Allocation, AllocationStub, ClientStatus, DeploymentHealth, DesiredStatus, DesiredTransition, NetworkStatus,
    RescheduleEvent, RescheduleTracker, StateChange, TaskEvent, TaskPhase, TaskState,
};

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Evaluated};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// Handle made by [`Client::allocations`].
#[derive(Clone, Debug)]
pub struct Allocations {
    client: Client,
}

/// Which of a task's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// Where an offset counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Forwards from the oldest byte that is kept.
    #[default]
    Start,
    /// Backwards from the newest byte.
    End,
}

/// Options of [`Allocations::logs`]; everything that is kept, unless set.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LogOptions {
    origin: Origin,
    offset: u64,
}

impl LogOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// From this many bytes after the start, or before the end.
    #[must_use]
    pub fn from(mut self, origin: Origin, offset: u64) -> Self {
        self.origin = origin;
        self.offset = offset;
        self
    }
}

impl Allocations {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the allocations. `GET /v1/allocations`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn list(&self) -> Result<Vec<AllocationStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Allocations::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Allocations::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<AllocationStub>>> {
        self.client.get_with("/v1/allocations", [], options).await
    }

    /// Watches the allocations. `GET /v1/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#list-allocations)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.allocations().watch(&ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<AllocationStub>> {
        Watch::new(self.clone(), options, |allocations, read| {
            Box::pin(async move { allocations.list_with(&read).await })
        })
    }

    /// The allocations one by one, read page by page. `GET /v1/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#list-allocations)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut all = nomad.allocations().stream(&ReadOptions::new().with_page(100, None));
    /// while let Some(one) = all.next().await {
    ///     println!("{:?}", one?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&self, options: &ReadOptions) -> Items<AllocationStub> {
        Items::new(self.clone(), options, |allocations, read| {
            Box::pin(async move { allocations.list_with(&read).await })
        })
    }

    /// Reads an allocation. `GET /v1/allocation/:id`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:read-job`.
    pub async fn read(&self, id: &str) -> Result<Allocation> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Allocations::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Allocations::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<Allocation>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Allocations::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Allocations::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Allocation>> {
        self.client.get_with("/v1/allocation/:id", [id], options).await
    }

    /// Watches an allocation. `GET /v1/allocation/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation)); needs `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.allocations().watch_one("id", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Allocation> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(allocations, id), read| {
            Box::pin(async move { allocations.read_with(id, &read).await })
        })
    }

    /// Stops an allocation, which is replaced, and returns the evaluation. `PUT /v1/allocation/:id/stop`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:alloc-lifecycle`.
    pub async fn stop(&self, id: &str) -> Result<Option<String>> {
        let stopped: Evaluated = self.client.fetch(Request::put("/v1/allocation/:id/stop", [id])?).await?;
        Ok(stopped.eval_id)
    }

    /// Restarts a task where it is, or all that run. `PUT /v1/client/allocation/:id/restart`.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation,
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when its node is away.
    pub async fn restart(&self, id: &str, task: Option<&str>) -> Result<()> {
        let body = json!({ "TaskName": task.unwrap_or_default() });
        self.client.execute(Request::put("/v1/client/allocation/:id/restart", [id])?.json(&body)?).await
    }

    /// Sends a signal such as `SIGHUP` to a task, or to all. `PUT /v1/client/allocation/:id/signal`.
    ///
    /// # Errors
    /// As [`Allocations::restart`].
    pub async fn signal(&self, id: &str, task: Option<&str>, signal: &str) -> Result<()> {
        let body = json!({ "Task": task.unwrap_or_default(), "Signal": signal });
        self.client.execute(Request::put("/v1/client/allocation/:id/signal", [id])?.json(&body)?).await
    }

    /// Reads what a task has written so far. `GET /v1/client/fs/logs/:id`.
    ///
    /// Offsets count over the files that are still kept, so one from an earlier call may point elsewhere.
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or the task has not started;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-logs`.
    pub async fn logs(&self, id: &str, task: &str, kind: LogKind, options: &LogOptions) -> Result<Bytes> {
        Ok(self.client.send(logs_request(id, task, kind, options)?).await?.body)
    }
}

fn logs_request(id: &str, task: &str, kind: LogKind, options: &LogOptions) -> Result<Request> {
    let kind = match kind {
        LogKind::Stdout => "stdout",
        LogKind::Stderr => "stderr",
    };
    let origin = match options.origin {
        Origin::Start => "start",
        Origin::End => "end",
    };
    Ok(Request::get("/v1/client/fs/logs/:id", [id])?
        .query("task", task)
        .query("type", kind)
        .query("origin", origin)
        .query("offset", options.offset.to_string())
        .query("follow", "false")
        .query("plain", "true"))
}

#[cfg(test)]
mod tests {
    use super::{Allocation, AllocationStub, LogKind, LogOptions, Origin, logs_request};
    use crate::object::tests::pruned;

    #[test]
    fn the_tail_of_a_log() {
        let options = LogOptions::new().from(Origin::End, 1024);
        let request = logs_request("a-b", "server", LogKind::Stderr, &options).unwrap();
        assert_eq!(request.path.as_str(), "/v1/client/fs/logs/a-b");
        assert_eq!(request.query, "task=server&type=stderr&origin=end&offset=1024&follow=false&plain=true");
    }

    #[test]
    fn recorded_allocations_are_read_whole() {
        let text = include_str!("../tests/fixtures/nomad-1.11.3/allocation/running.json");
        let allocation: Allocation = serde_json::from_str(text).unwrap();
        assert_eq!(pruned(serde_json::to_value(&allocation).unwrap()), pruned(serde_json::from_str(text).unwrap()));
        assert_eq!(allocation.deployment_status.unwrap().healthy, Some(true));
        assert!(allocation.task_states["sleep"].started_at.is_some());
        assert_eq!(allocation.task_states["sleep"].finished_at, None);
        let text = include_str!("../tests/fixtures/nomad-1.11.3/allocation/stubs.json");
        let stubs: Vec<AllocationStub> = serde_json::from_str(text).unwrap();
        assert_eq!(pruned(serde_json::to_value(&stubs).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    }
}
