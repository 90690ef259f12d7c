//! How many nodes and services there are: <https://developer.hashicorp.com/consul/api-docs/operator/usage>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Operator;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::null::or_default;

object! {
    /// How much there is in a datacenter.
    Usage {
        /// How many nodes.
        pub nodes: i64,
        /// How many services.
        pub services: i64,
        /// How many instances of services.
        pub service_instances: i64,
        /// How many proxies and gateways, by their kind.
        pub connect_service_instances: BTreeMap<String, i64>,
        /// How many instances count for a licence.
        pub billable_service_instances: i64,
        /// How many services in each partition and namespace; Enterprise.
        pub partition_namespace_services: BTreeMap<String, BTreeMap<String, i64>>,
        /// How many instances in each partition and namespace; Enterprise.
        pub partition_namespace_service_instances: BTreeMap<String, BTreeMap<String, i64>>,
        /// How many nodes in each partition; Enterprise.
        pub partition_namespace_nodes: BTreeMap<String, i64>,
    }
}

/// What surrounds it says the same as the headers.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Envelope {
    #[serde(deserialize_with = "or_default")]
    usage: BTreeMap<String, Usage>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Options of [`Operator::usage_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UsageOptions {
    global: bool,
    read: ReadOptions,
}

impl UsageOptions {
    /// The defaults: the datacenter that is asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of all datacenters.
    #[must_use]
    pub fn global(mut self) -> Self {
        self.global = true;
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

impl Operator {
    /// Reads how many nodes and services there are, by datacenter. `GET /v1/operator/usage`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/usage)); needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for (datacenter, usage) in consul.operator().usage().await? {
    ///     println!("{datacenter}: {} instances on {} nodes", usage.service_instances, usage.nodes);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn usage(&self) -> Result<BTreeMap<String, Usage>> {
        Ok(self.usage_with(&UsageOptions::new()).await?.value)
    }

    /// As [`Operator::usage`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Operator::usage`].
    pub async fn usage_with(&self, options: &UsageOptions) -> Result<Answer<BTreeMap<String, Usage>>> {
        let request = Request::get("/v1/operator/usage", [])?.flag_if("global", options.global);
        let answer: Answer<Envelope> = self.client.answer(options.read.apply(request)).await?;
        Ok(answer.map(|envelope| envelope.usage))
    }

    /// Watches how many nodes and services there are, as [`Operator::usage_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Operator::usage`]; the watch goes on after it.
    pub fn watch_usage(&self, options: &UsageOptions) -> Watch<BTreeMap<String, Usage>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(operator, options), read| {
            Box::pin(async move { operator.usage_with(&options.clone().with_read(read)).await })
        })
    }
}
