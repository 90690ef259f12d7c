//! The workers of a server that place jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Agent;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{null, time};

/// The workers of a server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SchedulerWorkers {
    /// The server's name.
    pub server_id: String,
    /// The workers.
    #[serde(deserialize_with = "null::or_default")]
    pub schedulers: Vec<SchedulerWorker>,
}

/// A worker that places jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SchedulerWorker {
    /// Its id.
    pub id: String,
    /// What it places: `service`, `batch`, …
    #[serde(deserialize_with = "null::or_default")]
    pub enabled_schedulers: Vec<String>,
    /// When it was started.
    #[serde(deserialize_with = "time::or_none")]
    pub started: Option<Timestamp>,
    /// How it is.
    pub status: String,
    /// What it does now.
    pub workload_status: String,
}

/// How many workers a server has, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WorkerConfiguration {
    /// The server's name; ignored when written.
    pub server_id: String,
    /// How many.
    pub num_schedulers: i64,
    /// What for: `service`, `batch`, …
    #[serde(deserialize_with = "null::or_default")]
    pub enabled_schedulers: Vec<String>,
}

impl Agent {
    /// Lists the workers of the server. `GET /v1/agent/schedulers`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#retrieve-scheduler-worker-information)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for worker in nomad.agent().schedulers().await?.schedulers {
    ///     println!("{} {}", worker.status, worker.workload_status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`; [`Reason::Invalid`](crate::Reason::Invalid) on
    /// an agent that is no server.
    pub async fn schedulers(&self) -> Result<SchedulerWorkers> {
        self.client.get("/v1/agent/schedulers", []).await
    }

    /// Reads how many workers the server has. `GET /v1/agent/schedulers/config`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#read-scheduler-worker-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} workers", nomad.agent().scheduler_configuration().await?.num_schedulers);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::schedulers`].
    pub async fn scheduler_configuration(&self) -> Result<WorkerConfiguration> {
        self.client.get("/v1/agent/schedulers/config", []).await
    }

    /// Changes how many workers the server has, until it is started anew. `PUT /v1/agent/schedulers/config`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#update-scheduler-worker-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mut workers = nomad.agent().scheduler_configuration().await?;
    /// workers.num_schedulers = 8;
    /// nomad.agent().update_scheduler_configuration(&workers).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`.
    pub async fn update_scheduler_configuration(&self, workers: &WorkerConfiguration) -> Result<WorkerConfiguration> {
        self.client.fetch(Request::put("/v1/agent/schedulers/config", [])?.json(workers)?.idempotent()).await
    }
}
