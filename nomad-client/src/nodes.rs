//! The machines that run tasks: <https://developer.hashicorp.com/nomad/api-docs/nodes>.
//!
//! Reading needs `node:read`, changing `node:write`.

mod drain;
mod types;

use serde_json::json;

pub use self::drain::{DrainDeadline, DrainMetadata, DrainOptions, DrainStrategy};
pub use self::types::{
    DriverInfo, Eligibility, HostNetworkInfo, HostVolumeInfo, Node, NodeCpu, NodeDisk, NodeEvent, NodeMemory,
    NodeResources, NodeStatus, NodeStub, NodeUpdate, ReservedCpu, ReservedPorts, ReservedResources,
};

use crate::allocations::Allocation;
use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// Handle made by [`Client::nodes`].
#[derive(Clone, Debug)]
pub struct Nodes {
    client: Client,
}

impl Nodes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the nodes. `GET /v1/nodes` ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#list-nodes)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for node in nomad.nodes().list().await? {
    ///     println!("{} is {}", node.name, node.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:read`.
    pub async fn list(&self) -> Result<Vec<NodeStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Nodes::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Nodes::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<NodeStub>>> {
        self.client.get_with("/v1/nodes", [], options).await
    }

    /// Watches the nodes. `GET /v1/nodes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#list-nodes)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.nodes().watch(&ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Nodes::list`]; after one the watch goes on.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<NodeStub>> {
        Watch::new(self.clone(), options, |nodes, read| Box::pin(async move { nodes.list_with(&read).await }))
    }

    /// The nodes one by one, read page by page. `GET /v1/nodes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#list-nodes)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut all = nomad.nodes().stream(&ReadOptions::new().with_page(100, None));
    /// while let Some(one) = all.next().await {
    ///     println!("{:?}", one?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Nodes::list`]; an error is the last item.
    pub fn stream(&self, options: &ReadOptions) -> Items<NodeStub> {
        Items::new(self.clone(), options, |nodes, read| Box::pin(async move { nodes.list_with(&read).await }))
    }

    /// As [`Nodes::list_with`], with the resources and the operating system's attributes of each node.
    ///
    /// # Errors
    /// As [`Nodes::list`].
    pub async fn list_detailed(&self, options: &ReadOptions) -> Result<Answer<Vec<NodeStub>>> {
        let request = Request::get("/v1/nodes", [])?.query("resources", "true").query("os", "true");
        self.client.answer(options.apply(request)).await
    }

    /// Reads a node. `GET /v1/node/:id` ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#read-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let node = nomad.nodes().read("fb2170a8-257d-3c64-b14d-bc06cc94e34c").await?;
    /// println!("{:?}", node.attributes.get("os.name"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `node:read`.
    pub async fn read(&self, id: &str) -> Result<Node> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Nodes::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Nodes::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<Node>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Nodes::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Nodes::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Node>> {
        self.client.get_with("/v1/node/:id", [id], options).await
    }

    /// Watches a node. `GET /v1/node/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#read-node)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::ReadOptions;
    ///
    /// let mut states = nomad.nodes().watch_one("id", &ReadOptions::new());
    /// while let Some(answer) = states.next().await {
    ///     println!("{:?}", answer?.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its items are errors as those of [`Nodes::read`]; after one the watch goes on.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<Node> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(nodes, id), read| Box::pin(async move { nodes.read_with(id, &read).await }))
    }

    /// Lists the allocations on a node, in full. `GET /v1/node/:id/allocations`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#list-node-allocations)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for allocation in nomad.nodes().allocations("fb2170a8-257d-3c64-b14d-bc06cc94e34c").await? {
    ///     println!("{} is {}", allocation.name, allocation.client_status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:read`; allocations of namespaces without
    /// `namespace:read-job` are left out.
    pub async fn allocations(&self, id: &str) -> Result<Vec<Allocation>> {
        Ok(self.allocations_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Nodes::allocations`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Nodes::allocations`].
    pub async fn allocations_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Vec<Allocation>>> {
        self.client.get_with("/v1/node/:id/allocations", [id], options).await
    }

    /// Says whether anything may be placed on a node; what runs there stays. `PUT /v1/node/:id/eligibility`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#toggle-node-eligibility)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::nodes::Eligibility;
    ///
    /// nomad.nodes().set_eligibility("fb2170a8-257d-3c64-b14d-bc06cc94e34c", Eligibility::Ineligible).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`; the server refuses to make a node eligible
    /// while it is being drained.
    pub async fn set_eligibility(&self, id: &str, eligibility: Eligibility) -> Result<NodeUpdate> {
        let body = json!({ "NodeID": id, "Eligibility": eligibility });
        self.client.fetch(Request::put("/v1/node/:id/eligibility", [id])?.json(&body)?.idempotent()).await
    }

    /// Looks again at everything that is on a node. `PUT /v1/node/:id/evaluate`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#create-node-evaluation)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let made = nomad.nodes().evaluate("fb2170a8-257d-3c64-b14d-bc06cc94e34c").await?;
    /// println!("{} evaluations", made.eval_ids.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn evaluate(&self, id: &str) -> Result<NodeUpdate> {
        self.client.fetch(Request::put("/v1/node/:id/evaluate", [id])?).await
    }

    /// Forgets a node, with all that is on it; one that still lives comes back. `PUT /v1/node/:id/purge`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#purge-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.nodes().purge("fb2170a8-257d-3c64-b14d-bc06cc94e34c").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn purge(&self, id: &str) -> Result<NodeUpdate> {
        self.client.fetch(Request::put("/v1/node/:id/purge", [id])?).await
    }
}
