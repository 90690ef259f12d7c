//! Pools of nodes: <https://developer.hashicorp.com/nomad/api-docs/node-pools>.
//!
//! Reading needs `node_pool:read`, writing `node_pool:write`, deleting `node_pool:delete`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::jobs::JobStub;
use crate::meta::{Answer, Index};
use crate::nodes::NodeStub;
use crate::operator::SchedulerAlgorithm;
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::node_pools`].
#[derive(Clone, Debug)]
pub struct NodePools {
    client: Client,
}

object! {
    /// A pool of nodes.
    NodePool {
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// How jobs are placed in it (Enterprise).
        pub scheduler_configuration: Option<PoolScheduler>,
        /// How long the identities of its nodes live; the server's default unless set.
        #[serde(rename = "NodeIdentityTTL")]
        pub node_identity_ttl: Option<Duration> as nanos,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl NodePool {
    /// A pool of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

object! {
    /// How jobs are placed in a pool (Enterprise).
    PoolScheduler {
        /// How nodes are rated; as everywhere unless set.
        pub scheduler_algorithm: SchedulerAlgorithm,
        /// Whether tasks may use more memory than they asked for.
        pub memory_oversubscription_enabled: Option<bool>,
    }
}

impl NodePools {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the pools. `GET /v1/node/pools`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#list-node-pools)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for pool in nomad.node_pools().list().await? {
    ///     println!("{}: {}", pool.name, pool.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer; pools that the token may not read are left out.
    pub async fn list(&self) -> Result<Vec<NodePool>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`NodePools::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`NodePools::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<NodePool>>> {
        self.client.get_with("/v1/node/pools", [], options).await
    }

    /// Reads a pool. `GET /v1/node/pool/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#read-node-pool)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let pool = nomad.node_pools().read("gpu").await?;
    /// println!("{:?}", pool.meta);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `node_pool:read`.
    pub async fn read(&self, name: &str) -> Result<NodePool> {
        Ok(self.read_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`NodePools::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`NodePools::read`], except for a missing one.
    pub async fn read_opt(&self, name: &str) -> Result<Option<NodePool>> {
        none_if_not_found(self.read(name).await)
    }

    /// As [`NodePools::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`NodePools::read`].
    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<NodePool>> {
        self.client.get_with("/v1/node/pool/:name", [name], options).await
    }

    /// Makes a pool or replaces it. `PUT /v1/node/pools`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#create-or-update-node-pool)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::node_pools::NodePool;
    ///
    /// let mut pool = NodePool::new("gpu");
    /// pool.description = "nodes with a GPU".to_owned();
    /// nomad.node_pools().put(&pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node_pool:write`; the server refuses to change the pools
    /// `all` and `default`.
    pub async fn put(&self, pool: &NodePool) -> Result<()> {
        self.client.execute(Request::put("/v1/node/pools", [])?.json(pool)?.idempotent()).await
    }

    /// As [`NodePools::put`], of the pool of this name only, which must be its own. `PUT /v1/node/pool/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#create-or-update-node-pool)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mut pool = nomad.node_pools().read("gpu").await?;
    /// pool.meta.insert("owner".into(), "storage".into());
    /// nomad.node_pools().update("gpu", &pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`NodePools::put`]; [`Reason::Invalid`](crate::Reason::Invalid) when it has another name.
    pub async fn update(&self, name: &str, pool: &NodePool) -> Result<()> {
        self.client.execute(Request::put("/v1/node/pool/:name", [name])?.json(pool)?.idempotent()).await
    }

    /// Deletes a pool. `DELETE /v1/node/pool/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#delete-node-pool)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.node_pools().delete("gpu").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node_pool:delete`;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; the server refuses while nodes or jobs are
    /// in it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/node/pool/:name", [name])?).await
    }

    /// Lists the nodes of a pool. `GET /v1/node/pool/:name/nodes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#list-node-pool-nodes)); needs
    /// `node:read` too.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for node in nomad.node_pools().nodes("gpu").await? {
    ///     println!("{} is {}", node.name, node.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`NodePools::read`].
    pub async fn nodes(&self, name: &str) -> Result<Vec<NodeStub>> {
        Ok(self.nodes_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`NodePools::nodes`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`NodePools::nodes`].
    pub async fn nodes_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Vec<NodeStub>>> {
        self.client.get_with("/v1/node/pool/:name/nodes", [name], options).await
    }

    /// Lists the jobs of a pool. `GET /v1/node/pool/:name/jobs`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/node-pools#list-node-pool-jobs)); needs
    /// `namespace:read-job` too.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for job in nomad.node_pools().jobs("gpu").await? {
    ///     println!("{} is {}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`NodePools::read`].
    pub async fn jobs(&self, name: &str) -> Result<Vec<JobStub>> {
        Ok(self.jobs_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`NodePools::jobs`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`NodePools::jobs`].
    pub async fn jobs_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Vec<JobStub>>> {
        let request = Request::get("/v1/node/pool/:name/jobs", [name])?.query("meta", "true");
        self.client.answer(options.apply(request)).await
    }
}
