//! Allocations, the instances of task groups: <https://developer.hashicorp.com/nomad/api-docs/allocations> and
//! <https://developer.hashicorp.com/nomad/api-docs/client>.
//!
//! Reading needs `namespace:read-job`, restarts, signals and stops `namespace:alloc-lifecycle`, logs
//! `namespace:read-logs`, following them `namespace:read-fs`. Their files are in [`files`], commands
//! inside them in `exec`, a feature of its own. What the node answers comes through the servers, which pass it on.

mod follow;
mod options;
mod types;
mod usage;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::follow::{FollowOptions, LogCursor, LogEvent, LogFollow, LogLine, LogStart};
pub use self::options::{ListOptions, LogKind, LogOptions, Origin, StopOptions};
pub use self::types::{
    AllocatedCpu, AllocatedDevice, AllocatedMemory, AllocatedPort, AllocatedResources, AllocatedShared, AllocatedTask,
    Allocation, AllocationStub, ClientStatus, DeploymentHealth, DesiredStatus, DesiredTransition, NetworkStatus,
    RescheduleEvent, RescheduleTracker, StateChange, TaskEvent, TaskPhase, TaskState,
};
pub use self::usage::{CheckMode, CheckResult, CheckStatus, CpuUsage, MemoryUsage, ResourceUsage, TaskUsage, Usage};

use crate::client::Client;
use crate::error::Result;
use crate::files::{self, FileStream};
use crate::meta::{Answer, Evaluated};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::services::ServiceRegistration;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// Handle made by [`Client::allocations`].
#[derive(Clone, Debug)]
pub struct Allocations {
    client: Client,
}

wire_enum! {
    /// Whether a task runs by its schedule or against it (Enterprise).
    pub ScheduleState {
        /// It runs as its schedule says.
        Run = "",
        /// It runs, whatever the schedule says.
        ForceRun = "force_run",
        /// It is paused, whatever the schedule says.
        ForcePause = "force_pause",
        /// It is paused by its schedule.
        SchedulePause = "scheduled_pause",
        /// Its schedule lets it run again.
        ScheduleResume = "schedule_resume",
    }
}

default_empty!(ScheduleState);

/// The state of a task's schedule.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Paused {
    schedule_state: ScheduleState,
}

impl Allocations {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    #[cfg(feature = "exec")]
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Lists the allocations, as stubs without their job.
    ///
    /// `GET /v1/allocations` ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#list-allocations)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for stub in nomad.in_namespace("*").allocations().list().await? {
    ///     println!("{} {} {}", stub.namespace, stub.name, stub.client_status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
        self.list_as(&options.clone().into()).await
    }

    /// As [`Allocations::list_with`], with more or less in each stub.
    ///
    /// # Errors
    /// As [`Allocations::list`].
    pub async fn list_as(&self, options: &ListOptions) -> Result<Answer<Vec<AllocationStub>>> {
        self.client.answer(options.apply(Request::get("/v1/allocations", [])?)).await
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
    ///
    /// # Errors
    /// Its items are errors as those of [`Allocations::list`]; after one the watch goes on.
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
    ///
    /// # Errors
    /// As [`Allocations::list`]; an error is the last item.
    pub fn stream(&self, options: &ReadOptions) -> Items<AllocationStub> {
        Items::new(self.clone(), options, |allocations, read| {
            Box::pin(async move { allocations.list_with(&read).await })
        })
    }

    /// Reads an allocation with its job.
    ///
    /// `GET /v1/allocation/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation)). Needs
    /// `namespace:read-job`. The id is whole: a short one is an error, see [`ReadOptions::with_prefix`].
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// let allocation = nomad.allocations().read(id).await?;
    /// for (task, state) in &allocation.task_states {
    ///     println!("{task} is {}, restarted {} times", state.state, state.restarts);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// # Errors
    /// Its items are errors as those of [`Allocations::read`]; after one the watch goes on.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Allocation> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(allocations, id), read| {
            Box::pin(async move { allocations.read_with(id, &read).await })
        })
    }

    /// Stops an allocation, which is replaced, and returns the evaluation.
    ///
    /// `PUT /v1/allocation/:id/stop` ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#stop-allocation)).
    /// Needs `namespace:alloc-lifecycle`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// if let Some(evaluation) = nomad.allocations().stop(id).await? {
    ///     println!("replaced by evaluation {evaluation}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:alloc-lifecycle`.
    pub async fn stop(&self, id: &str) -> Result<Option<String>> {
        self.stop_with(id, &StopOptions::new()).await
    }

    /// As [`Allocations::stop`], with options.
    ///
    /// # Errors
    /// As [`Allocations::stop`].
    pub async fn stop_with(&self, id: &str, options: &StopOptions) -> Result<Option<String>> {
        let request = options.apply(Request::put("/v1/allocation/:id/stop", [id])?);
        let stopped: Evaluated = self.client.fetch(request).await?;
        Ok(stopped.eval_id)
    }

    /// Lists the services that an allocation has in Nomad's own registry.
    ///
    /// `GET /v1/allocation/:id/services`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation-services)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// for service in nomad.allocations().services(id).await? {
    ///     println!("{} at {}:{}", service.service_name, service.address, service.port);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn services(&self, id: &str) -> Result<Vec<ServiceRegistration>> {
        Ok(self.services_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Allocations::services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Allocations::services`].
    pub async fn services_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<ServiceRegistration>>> {
        self.client.get_with("/v1/allocation/:id/services", [id], options).await
    }

    /// Reads the last results of the checks of those services, by their ids.
    ///
    /// `GET /v1/allocation/:id/checks`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation-checks)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// for result in nomad.allocations().checks(id).await?.values() {
    ///     println!("{} {}: {}", result.check, result.status, result.output);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn checks(&self, id: &str) -> Result<BTreeMap<String, CheckResult>> {
        let results: Option<_> = self.client.get("/v1/allocation/:id/checks", [id]).await?;
        Ok(results.unwrap_or_default())
    }

    /// As [`Allocations::checks`], from the API of nodes, whose answer is the same.
    ///
    /// `GET /v1/client/allocation/:id/checks`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation-checks)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// println!("{} checks", nomad.allocations().node_checks(id).await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Allocations::checks`].
    pub async fn node_checks(&self, id: &str) -> Result<BTreeMap<String, CheckResult>> {
        let results: Option<_> = self.client.get("/v1/client/allocation/:id/checks", [id]).await?;
        Ok(results.unwrap_or_default())
    }

    /// Reads what an allocation uses at the moment.
    ///
    /// `GET /v1/client/allocation/:id/stats`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-allocation-statistics)). Needs
    /// `namespace:read-job`. Memory is in bytes, CPU in per cent of a core. A node measures nothing, and answers with
    /// zeros, unless its agent has `telemetry { publish_allocation_metrics = true }`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// let usage = nomad.allocations().usage(id).await?;
    /// if let Some(memory) = usage.resource_usage.and_then(|all| all.memory_stats) {
    ///     println!("{} bytes", memory.rss);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation,
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when its node is away.
    pub async fn usage(&self, id: &str) -> Result<Usage> {
        self.client.get("/v1/client/allocation/:id/stats", [id]).await
    }

    /// As [`Allocations::usage`], of one task alone.
    ///
    /// # Errors
    /// As [`Allocations::usage`].
    pub async fn usage_of(&self, id: &str, task: &str) -> Result<Usage> {
        self.client.fetch(Request::get("/v1/client/allocation/:id/stats", [id])?.query("task", task)).await
    }

    /// Lets the node forget an allocation that has ended, with all its files.
    ///
    /// `GET /v1/client/allocation/:id/gc` ([API](https://developer.hashicorp.com/nomad/api-docs/client#gc-allocation)).
    /// Needs `namespace:submit-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// nomad.allocations().collect(id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the node does not know it, or it has not ended;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:submit-job`.
    pub async fn collect(&self, id: &str) -> Result<()> {
        self.client.execute(Request::get("/v1/client/allocation/:id/gc", [id])?).await
    }

    /// Restarts a task where it is, or all that run.
    ///
    /// `PUT /v1/client/allocation/:id/restart`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#restart-allocation)). Needs
    /// `namespace:alloc-lifecycle`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// nomad.allocations().restart(id, Some("server")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation,
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when its node is away.
    pub async fn restart(&self, id: &str, task: Option<&str>) -> Result<()> {
        let body = json!({ "TaskName": task.unwrap_or_default() });
        self.client.execute(Request::put("/v1/client/allocation/:id/restart", [id])?.json(&body)?).await
    }

    /// As [`Allocations::restart`], also of the tasks that have ended, in the order of their lifecycle: as if the
    /// allocation began anew.
    ///
    /// # Errors
    /// As [`Allocations::restart`].
    pub async fn restart_all(&self, id: &str) -> Result<()> {
        let body = json!({ "AllTasks": true });
        self.client.execute(Request::put("/v1/client/allocation/:id/restart", [id])?.json(&body)?).await
    }

    /// Sends a signal such as `SIGHUP` to a task, or to all.
    ///
    /// `PUT /v1/client/allocation/:id/signal`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#signal-allocation)). Needs
    /// `namespace:alloc-lifecycle`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// nomad.allocations().signal(id, Some("server"), "SIGHUP").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Allocations::restart`].
    pub async fn signal(&self, id: &str, task: Option<&str>, signal: &str) -> Result<()> {
        let body = json!({ "Task": task.unwrap_or_default(), "Signal": signal });
        self.client.execute(Request::put("/v1/client/allocation/:id/signal", [id])?.json(&body)?).await
    }

    /// Says whether a task with a schedule runs or is paused (Enterprise).
    ///
    /// `GET /v1/client/allocation/:id/pause`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#get-task-pause-state)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// println!("{}", nomad.allocations().pause_state(id, "server").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) on any server that is not Enterprise.
    pub async fn pause_state(&self, id: &str, task: &str) -> Result<ScheduleState> {
        let request = Request::get("/v1/client/allocation/:id/pause", [id])?.query("task", task);
        let paused: Paused = self.client.fetch(request).await?;
        Ok(paused.schedule_state)
    }

    /// Pauses a task with a schedule, or lets it run (Enterprise).
    ///
    /// `PUT /v1/client/allocation/:id/pause`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/allocations#pause-task)). Needs
    /// `namespace:alloc-lifecycle`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// use nomad_client::allocations::ScheduleState;
    ///
    /// nomad.allocations().pause(id, "server", &ScheduleState::ForcePause).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Allocations::pause_state`].
    pub async fn pause(&self, id: &str, task: &str, state: &ScheduleState) -> Result<()> {
        let body = json!({ "Task": task, "ScheduleState": state });
        self.client.execute(Request::put("/v1/client/allocation/:id/pause", [id])?.json(&body)?).await
    }

    /// Reads what a task has written so far.
    ///
    /// `GET /v1/client/fs/logs/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/client#stream-logs)). Needs
    /// `namespace:read-logs`. Offsets count over the files that are still kept, so one from an earlier call may point
    /// elsewhere: see [`Allocations::follow_logs`].
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// use nomad_client::allocations::{LogKind, LogOptions, Origin};
    ///
    /// let tail = LogOptions::new().from(Origin::End, 4096);
    /// let text = nomad.allocations().logs(id, "server", LogKind::Stderr, &tail).await?;
    /// println!("{}", String::from_utf8_lossy(&text));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or the task has not started;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-logs`.
    pub async fn logs(&self, id: &str, task: &str, kind: LogKind, options: &LogOptions) -> Result<Bytes> {
        let request = logs_request(id, task, kind, options)?.query("follow", "false").query("plain", "true");
        Ok(self.client.send(request).await?.body)
    }

    /// As [`Allocations::logs`], and what the task writes from now on, as the node relays it.
    ///
    /// This needs `namespace:read-logs` only, but it does not end with the task, the place where it breaks off is not one
    /// where it can go on, and the node may leave out the last bytes of a file that it closes:
    /// [`Allocations::follow_logs`] has none of these faults. The offsets of the first file count from where it begins.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// use nomad_client::allocations::{LogKind, LogOptions};
    ///
    /// let mut log = nomad.allocations().stream_logs(id, "server", LogKind::Stdout, &LogOptions::new()).await?;
    /// while let Some(chunk) = log.next().await {
    ///     println!("{}", String::from_utf8_lossy(&chunk?.data));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Allocations::logs`].
    pub async fn stream_logs(&self, id: &str, task: &str, kind: LogKind, options: &LogOptions) -> Result<FileStream> {
        files::open(&self.client, logs_request(id, task, kind, options)?.query("follow", "true"), 0).await
    }

    /// Follows what a task writes, over its restarts and over the rotation of its log files, until it has ended.
    ///
    /// Not a byte is lost or repeated: what the node threw away before it was read is told as [`LogEvent::Lost`], and
    /// from [`LogEvent::Data::next`] on another stream can go on, in another process too. A node that is out of reach
    /// for a while is waited for. Nothing is sent before the stream is polled.
    ///
    /// It reads the log files themselves ([`Files::stream`](crate::files::Files::stream)), and so needs
    /// `namespace:read-fs`, and `namespace:read-job` to see the end.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: &str) -> nomad_client::Result<()> {
    /// use nomad_client::allocations::{LogEvent, LogKind};
    ///
    /// let mut log = nomad.allocations().follow_logs(id, "server", LogKind::Stdout);
    /// while let Some(event) = log.next().await {
    ///     if let LogEvent::Data { data, .. } = event? {
    ///         print!("{}", String::from_utf8_lossy(&data));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its last item is [`Error::is_not_found`](crate::Error::is_not_found) when there is no such allocation or task,
    /// [`Error::is_denied`](crate::Error::is_denied) without the permissions.
    pub fn follow_logs(&self, id: &str, task: &str, kind: LogKind) -> LogFollow {
        self.follow_logs_with(id, task, kind, &FollowOptions::new())
    }

    /// As [`Allocations::follow_logs`], with options.
    pub fn follow_logs_with(&self, id: &str, task: &str, kind: LogKind, options: &FollowOptions) -> LogFollow {
        LogFollow::new(self.client.clone(), id, task, kind, options)
    }
}

fn logs_request(id: &str, task: &str, kind: LogKind, options: &LogOptions) -> Result<Request> {
    Ok(options.apply(Request::get("/v1/client/fs/logs/:id", [id])?, task, kind))
}

#[cfg(test)]
mod tests;
