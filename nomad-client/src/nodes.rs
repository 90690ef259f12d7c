//! The machines that run tasks: <https://developer.hashicorp.com/nomad/api-docs/nodes>.
//!
//! Reading needs `node:read`, changing `node:write`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::allocations::Allocation;
use crate::client::Client;
use crate::error::Result;
use crate::job::{Network, Resources};
use crate::meta::{Answer, BodyMeta, Index};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

wire_enum! {
    /// How a node is.
    pub NodeStatus {
        /// It registers.
        Initializing = "initializing",
        /// It can run tasks.
        Ready = "ready",
        /// It is gone.
        Down = "down",
        /// It is away, but may return.
        Disconnected = "disconnected",
    }
}

wire_enum! {
    /// Whether the scheduler may place anything on a node.
    pub Eligibility {
        /// It may.
        Eligible = "eligible",
        /// It may not.
        Ineligible = "ineligible",
    }
}

default_empty!(NodeStatus, Eligibility);

answer! {
    /// A machine that runs tasks.
    Node {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its datacenter.
        pub datacenter: String,
        /// Its name.
        pub name: String,
        /// Its address.
        #[serde(rename = "HTTPAddr")]
        pub http_addr: String,
        /// Whether that speaks TLS.
        #[serde(rename = "TLSEnabled")]
        pub tls_enabled: bool,
        /// What was found out about it.
        pub attributes: BTreeMap<String, String>,
        /// Replaced by `node_resources`.
        pub resources: Option<Resources>,
        /// Replaced by `reserved_resources`.
        pub reserved: Option<Resources>,
        /// What it has.
        pub node_resources: Option<NodeResources>,
        /// What it keeps for itself.
        pub reserved_resources: Option<ReservedResources>,
        /// Names of it elsewhere.
        pub links: BTreeMap<String, String>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// Its class.
        pub node_class: String,
        /// What makes it equal to others in the scheduler's eyes.
        pub computed_class: String,
        /// Its pool.
        pub node_pool: String,
        /// Where its tasks are among the control groups.
        pub cgroup_parent: String,
        /// Whether it is being drained.
        pub drain: bool,
        /// How.
        pub drain_strategy: Option<DrainStrategy>,
        /// Whether anything may be placed on it.
        pub scheduling_eligibility: Eligibility,
        /// How it is.
        pub status: NodeStatus,
        /// Why.
        pub status_description: String,
        /// Since when.
        pub status_updated_at: Option<Timestamp> as epoch_seconds,
        /// What happened to it, oldest first.
        pub events: Vec<NodeEvent>,
        /// Its drivers.
        pub drivers: BTreeMap<String, DriverInfo>,
        /// Its volumes.
        pub host_volumes: BTreeMap<String, HostVolumeInfo>,
        /// Whether its volumes are collected with it.
        #[serde(rename = "GCVolumesOnNodeGC")]
        pub gc_volumes_on_node_gc: bool,
        /// Its networks that have a name.
        pub host_networks: BTreeMap<String, HostNetworkInfo>,
        /// Its CSI plugins that make volumes.
        #[serde(rename = "CSIControllerPlugins")]
        pub csi_controller_plugins: BTreeMap<String, Value>,
        /// Its CSI plugins that mount volumes.
        #[serde(rename = "CSINodePlugins")]
        pub csi_node_plugins: BTreeMap<String, Value>,
        /// Its last drain.
        pub last_drain: Option<DrainMetadata>,
        /// When it last missed a heartbeat.
        pub last_missed_heartbeat_index: Index,
        /// When its allocations last changed.
        pub last_alloc_update_index: Index,
        /// How many allocations it takes; 0 for any number.
        pub node_max_allocs: i64,
        /// The key that its identity was signed with.
        #[serde(rename = "IdentitySigningKeyID")]
        pub identity_signing_key_id: Option<String> as id,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

answer! {
    /// A node in a list.
    NodeStub {
        /// Its address, without the port.
        pub address: String,
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// What was found out about it, where asked for.
        pub attributes: BTreeMap<String, String>,
        /// Its datacenter.
        pub datacenter: String,
        /// Its name.
        pub name: String,
        /// Its class.
        pub node_class: String,
        /// Its pool.
        pub node_pool: String,
        /// Its version of Nomad.
        pub version: String,
        /// Whether it is being drained.
        pub drain: bool,
        /// Whether anything may be placed on it.
        pub scheduling_eligibility: Eligibility,
        /// How it is.
        pub status: NodeStatus,
        /// Why.
        pub status_description: String,
        /// Its drivers.
        pub drivers: BTreeMap<String, DriverInfo>,
        /// Its volumes.
        pub host_volumes: BTreeMap<String, HostVolumeInfo>,
        /// What it has, where asked for.
        pub node_resources: Option<NodeResources>,
        /// What it keeps for itself, where asked for.
        pub reserved_resources: Option<ReservedResources>,
        /// Its last drain.
        pub last_drain: Option<DrainMetadata>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

object! {
    /// What a node has.
    NodeResources {
        /// CPU.
        pub cpu: NodeCpu,
        /// Memory.
        pub memory: NodeMemory,
        /// Disk.
        pub disk: NodeDisk,
        /// Networks.
        pub networks: Vec<Network>,
        /// Devices.
        pub devices: Vec<Value>,
        /// The first port that the scheduler may choose.
        pub min_dynamic_port: u64,
        /// The last port that the scheduler may choose.
        pub max_dynamic_port: u64,
    }
}

answer! {
    /// CPU of a node.
    NodeCpu {
        /// In MHz.
        pub cpu_shares: i64,
        /// How many cores.
        pub total_cpu_cores: u64,
        /// The cores that tasks can have for themselves.
        pub reservable_cpu_cores: Vec<u64>,
    }
}

answer! {
    /// Memory of a node.
    NodeMemory {
        /// In MiB.
        #[serde(rename = "MemoryMB")]
        pub memory_mb: i64,
    }
}

answer! {
    /// Disk of a node.
    NodeDisk {
        /// In MiB.
        #[serde(rename = "DiskMB")]
        pub disk_mb: i64,
    }
}

answer! {
    /// What a node keeps for itself.
    ReservedResources {
        /// CPU.
        pub cpu: ReservedCpu,
        /// Memory.
        pub memory: NodeMemory,
        /// Disk.
        pub disk: NodeDisk,
        /// Ports.
        pub networks: ReservedPorts,
    }
}

answer! {
    /// CPU that a node keeps for itself.
    ReservedCpu {
        /// In MHz.
        pub cpu_shares: i64,
        /// Whole cores.
        pub reserved_cpu_cores: Vec<u64>,
    }
}

answer! {
    /// Ports that a node keeps for itself.
    ReservedPorts {
        /// Numbers and ranges.
        pub reserved_host_ports: String,
    }
}

answer! {
    /// A driver on a node.
    DriverInfo {
        /// What was found out about it.
        pub attributes: BTreeMap<String, String>,
        /// Whether it is there.
        pub detected: bool,
        /// Whether it works.
        pub healthy: bool,
        /// Why not.
        pub health_description: String,
        /// When that was found out.
        pub update_time: Option<Timestamp> as rfc3339,
    }
}

answer! {
    /// A volume on a node.
    HostVolumeInfo {
        /// Its id, if it was made by the API.
        #[serde(rename = "ID")]
        pub id: Option<String> as id,
        /// Its name.
        pub name: String,
        /// Where it is.
        pub path: String,
        /// Whether it is read only.
        pub read_only: bool,
    }
}

answer! {
    /// A network of a node that has a name.
    HostNetworkInfo {
        /// Its name.
        pub name: String,
        /// Its addresses.
        #[serde(rename = "CIDR")]
        pub cidr: String,
        /// Its interface.
        pub interface: String,
        /// Its ports that tasks cannot have.
        pub reserved_ports: String,
    }
}

answer! {
    /// Something that happened to a node.
    NodeEvent {
        /// What.
        pub message: String,
        /// The part of Nomad that speaks.
        pub subsystem: String,
        /// The facts.
        pub details: BTreeMap<String, String>,
        /// When.
        pub timestamp: Option<Timestamp> as rfc3339,
        /// When.
        pub create_index: Index,
    }
}

answer! {
    /// How a node is being drained.
    DrainStrategy {
        /// How long tasks may take, in nanoseconds; -1 to stop them at once, 0 for any time.
        pub deadline: i64,
        /// Whether system jobs stay.
        pub ignore_system_jobs: bool,
        /// When it is forced.
        pub force_deadline: Option<Timestamp> as rfc3339,
        /// When it was begun.
        pub started_at: Option<Timestamp> as rfc3339,
    }
}

answer! {
    /// A drain of a node.
    DrainMetadata {
        /// When it was begun.
        pub started_at: Option<Timestamp> as rfc3339,
        /// When it changed.
        pub updated_at: Option<Timestamp> as rfc3339,
        /// `draining`, `complete` or `canceled`.
        pub status: String,
        /// Whose token began it.
        #[serde(rename = "AccessorID")]
        pub accessor_id: String,
        /// Labels.
        pub meta: BTreeMap<String, String>,
    }
}

object! {
    /// What a change of a node led to.
    NodeUpdate {
        /// The evaluations that it made.
        #[serde(rename = "EvalIDs")]
        pub eval_ids: Vec<String>,
        /// When they were made.
        pub eval_create_index: Index,
        /// When the node changed.
        pub node_modify_index: Index,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

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

    /// Moves everything away from a node, within this time. `PUT /v1/node/:id/drain`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#drain-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::nodes::DrainDeadline;
    /// use std::time::Duration;
    ///
    /// let deadline = DrainDeadline::After(Duration::from_secs(600));
    /// nomad.nodes().drain("fb2170a8-257d-3c64-b14d-bc06cc94e34c", deadline).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such node;
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn drain(&self, id: &str, deadline: DrainDeadline) -> Result<NodeUpdate> {
        self.drain_with(id, deadline, &DrainOptions::new()).await
    }

    /// As [`Nodes::drain`], with options.
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn drain_with(&self, id: &str, deadline: DrainDeadline, options: &DrainOptions) -> Result<NodeUpdate> {
        self.update_drain(id, drain_body(id, deadline, options)).await
    }

    /// Ends a drain before it is over; what was moved stays where it is. `PUT /v1/node/:id/drain`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#drain-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::nodes::Eligibility;
    ///
    /// nomad.nodes().cancel_drain("fb2170a8-257d-3c64-b14d-bc06cc94e34c", Eligibility::Eligible).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn cancel_drain(&self, id: &str, then: Eligibility) -> Result<NodeUpdate> {
        let eligible = then == Eligibility::Eligible;
        self.update_drain(id, json!({ "NodeID": id, "DrainSpec": null, "MarkEligible": eligible })).await
    }

    async fn update_drain(&self, id: &str, body: Value) -> Result<NodeUpdate> {
        self.client.fetch(Request::put("/v1/node/:id/drain", [id])?.json(&body)?.idempotent()).await
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

/// How long a drain waits for what runs on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainDeadline {
    /// Not at all: everything is stopped at once.
    Now,
    /// This long; what is left then is stopped.
    After(Duration),
    /// As long as it takes.
    Never,
}

impl DrainDeadline {
    fn nanos(self) -> i64 {
        match self {
            Self::Now => -1,
            Self::Never => 0,
            // Zero would mean "never".
            Self::After(time) => i64::try_from(time.as_nanos()).unwrap_or(i64::MAX).max(1),
        }
    }
}

/// Options of [`Nodes::drain_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DrainOptions {
    ignore_system_jobs: bool,
    meta: BTreeMap<String, String>,
}

impl DrainOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves system jobs where they are.
    #[must_use]
    pub fn ignoring_system_jobs(mut self) -> Self {
        self.ignore_system_jobs = true;
        self
    }

    /// A label, which is kept in [`Node::last_drain`].
    #[must_use]
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }
}

fn drain_body(id: &str, deadline: DrainDeadline, options: &DrainOptions) -> Value {
    json!({
        "NodeID": id,
        "DrainSpec": { "Deadline": deadline.nanos(), "IgnoreSystemJobs": options.ignore_system_jobs },
        "Meta": options.meta,
    })
}

impl DrainStrategy {
    /// How long tasks may take: `None` for any time, zero to stop them at once.
    pub fn time_limit(&self) -> Option<Duration> {
        match self.deadline {
            0 => None,
            nanos => Some(u64::try_from(nanos).map_or(Duration::ZERO, Duration::from_nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DrainDeadline, DrainOptions, DrainStrategy, Eligibility, Node, NodeStatus, NodeStub, drain_body};
    use crate::object::tests::pruned;
    use std::time::Duration;

    #[test]
    fn recorded_nodes_are_read_whole() {
        let text = include_str!("../tests/fixtures/nomad-1.11.3/node/ready.json");
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!((&node.status, &node.scheduling_eligibility), (&NodeStatus::Ready, &Eligibility::Eligible));
        assert_eq!(pruned(serde_json::to_value(&node).unwrap()), pruned(serde_json::from_str(text).unwrap()));
        let text = include_str!("../tests/fixtures/nomad-1.11.3/node/stubs.json");
        let stubs: Vec<NodeStub> = serde_json::from_str(text).unwrap();
        assert_eq!(pruned(serde_json::to_value(&stubs).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn t50_deadlines_that_are_none() {
        let sent = |deadline| drain_body("a", deadline, &DrainOptions::new())["DrainSpec"]["Deadline"].clone();
        assert_eq!(sent(DrainDeadline::Now), -1);
        assert_eq!(sent(DrainDeadline::Never), 0);
        assert_eq!(sent(DrainDeadline::After(Duration::from_nanos(7))), 7);
        assert_eq!(sent(DrainDeadline::After(Duration::ZERO)), 1);
    }

    #[test]
    fn a_negative_deadline_means_at_once() {
        let limit = |deadline| DrainStrategy { deadline, ..DrainStrategy::default() }.time_limit();
        assert_eq!(limit(0), None);
        assert_eq!(limit(-1), Some(Duration::ZERO));
        assert_eq!(limit(5), Some(Duration::from_nanos(5)));
    }
}
