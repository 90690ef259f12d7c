//! How jobs are placed: <https://developer.hashicorp.com/nomad/api-docs/operator/scheduler>.

use serde::{Deserialize, Serialize};

use super::Operator;
use crate::error::Result;
use crate::meta::{Answer, BodyMeta, Index};
use crate::options::ReadOptions;
use crate::transport::Request;

wire_enum! {
    /// How nodes are rated.
    pub SchedulerAlgorithm {
        /// The fuller the better.
        Binpack = "binpack",
        /// The emptier the better.
        Spread = "spread",
    }
}

default_empty!(SchedulerAlgorithm);

object! {
    /// How jobs are placed.
    SchedulerConfiguration {
        /// How nodes are rated.
        pub scheduler_algorithm: SchedulerAlgorithm,
        /// Which kinds of jobs may make others give way.
        pub preemption_config: Preemption,
        /// Whether tasks may use more memory than they asked for.
        pub memory_oversubscription_enabled: bool,
        /// Whether only management tokens may register, dispatch and scale jobs.
        pub reject_job_registration: bool,
        /// Whether nothing is placed at all for now.
        pub pause_eval_broker: bool,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

object! {
    /// Which kinds of jobs may make others give way.
    Preemption {
        /// System jobs.
        pub system_scheduler_enabled: bool,
        /// Batch jobs that run on every node.
        pub sys_batch_scheduler_enabled: bool,
        /// Batch jobs.
        pub batch_scheduler_enabled: bool,
        /// Services.
        pub service_scheduler_enabled: bool,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Configured {
    scheduler_config: SchedulerConfiguration,
    #[serde(flatten)]
    meta: BodyMeta,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Changed {
    updated: bool,
    #[serde(flatten)]
    meta: BodyMeta,
}

impl Operator {
    /// Reads how jobs are placed. `GET /v1/operator/scheduler/configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/scheduler#read-scheduler-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let configuration = nomad.operator().scheduler_configuration().await?;
    /// println!("{}", configuration.scheduler_algorithm);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn scheduler_configuration(&self) -> Result<SchedulerConfiguration> {
        Ok(self.scheduler_configuration_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Operator::scheduler_configuration`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Operator::scheduler_configuration`].
    pub async fn scheduler_configuration_with(&self, options: &ReadOptions) -> Result<Answer<SchedulerConfiguration>> {
        let answer: Answer<Configured> =
            self.client.get_with("/v1/operator/scheduler/configuration", [], options).await?;
        Ok(answer.map(|configured| configured.scheduler_config))
    }

    /// Changes how jobs are placed, whatever was set before. `PUT /v1/operator/scheduler/configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/scheduler#update-scheduler-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::operator::SchedulerAlgorithm;
    ///
    /// let mut configuration = nomad.operator().scheduler_configuration().await?;
    /// configuration.scheduler_algorithm = SchedulerAlgorithm::Spread;
    /// nomad.operator().put_scheduler_configuration(&configuration).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`.
    pub async fn put_scheduler_configuration(&self, configuration: &SchedulerConfiguration) -> Result<()> {
        let request = Request::put("/v1/operator/scheduler/configuration", [])?.json(configuration)?;
        self.client.fetch::<Changed>(request.idempotent()).await.map(drop)
    }

    /// As [`Operator::put_scheduler_configuration`], if it was not changed since it was read: by its
    /// [`modify_index`](SchedulerConfiguration::modify_index). Tells whether that was so.
    ///
    /// # Errors
    /// As [`Operator::put_scheduler_configuration`].
    pub async fn replace_scheduler_configuration(&self, configuration: &SchedulerConfiguration) -> Result<bool> {
        let request = Request::put("/v1/operator/scheduler/configuration", [])?.json(configuration)?;
        // One that is repeated after it succeeded would be told of its own change.
        let request = request.query("cas", configuration.modify_index.0.to_string());
        Ok(self.client.fetch::<Changed>(request).await?.updated)
    }
}
