//! Search: <https://developer.hashicorp.com/nomad/api-docs/search>.
//!
//! What the token may not see is not found.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Result;
use crate::meta::BodyMeta;
use crate::transport::Request;

wire_enum! {
    /// A kind of objects that can be searched.
    pub Context {
        /// Allocations.
        Allocations = "allocs",
        /// Deployments.
        Deployments = "deployment",
        /// Evaluations.
        Evaluations = "evals",
        /// Jobs.
        Jobs = "jobs",
        /// Nodes.
        Nodes = "nodes",
        /// Node pools.
        NodePools = "node_pools",
        /// Namespaces.
        Namespaces = "namespaces",
        /// Quotas (Enterprise).
        Quotas = "quotas",
        /// Scaling policies.
        ScalingPolicies = "scaling_policy",
        /// CSI plugins.
        Plugins = "plugins",
        /// Variables.
        Variables = "vars",
        /// CSI volumes.
        Volumes = "volumes",
        /// Host volumes.
        HostVolumes = "host_volumes",
        /// All of them.
        All = "all",
    }
}

/// Handle made by [`Client::search`].
#[derive(Clone, Debug)]
pub struct Search {
    client: Client,
}

answer! {
    /// What has a name or id that begins as asked for.
    Matches {
        /// The names and ids, by kind; at most 20 of each.
        pub matches: BTreeMap<String, Vec<String>>,
        /// Whether there are more, by kind.
        pub truncations: BTreeMap<String, bool>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// What has a name that holds the text.
    FuzzyMatches {
        /// What was found, by kind; groups, tasks, services, images, commands and classes are kinds here too.
        pub matches: BTreeMap<String, Vec<FuzzyMatch>>,
        /// Whether there are more, by kind.
        pub truncations: BTreeMap<String, bool>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

answer! {
    /// One thing that was found.
    FuzzyMatch {
        /// Its name or id.
        #[serde(rename = "ID")]
        pub id: String,
        /// What it is a part of, from the namespace inwards.
        pub scope: Vec<String>,
    }
}

impl Search {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Finds what has a name or id that begins so. `PUT /v1/search`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/search#prefix-searching)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::search::Context;
    ///
    /// let found = nomad.search().prefix("lattice", Context::Jobs).await?;
    /// println!("{:?}", found.matches);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token may see nothing of this kind.
    pub async fn prefix(&self, prefix: &str, context: Context) -> Result<Matches> {
        self.find("/v1/search", json!({ "Prefix": prefix, "Context": context })).await
    }

    /// Finds what has a name that holds this text, of at least two letters. `PUT /v1/search/fuzzy`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/search#fuzzy-searching)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::search::Context;
    ///
    /// let found = nomad.search().fuzzy("db", Context::All).await?;
    /// println!("{:?}", found.matches.get("tasks"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Search::prefix`]; the server refuses texts that are too short.
    pub async fn fuzzy(&self, text: &str, context: Context) -> Result<FuzzyMatches> {
        self.find("/v1/search/fuzzy", json!({ "Text": text, "Context": context })).await
    }

    async fn find<T: crate::transport::Decode>(&self, route: &'static str, body: Value) -> Result<T> {
        self.client.fetch(Request::put(route, [])?.json(&body)?.idempotent()).await
    }
}
