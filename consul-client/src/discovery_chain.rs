//! Where the requests to a service go, as the mesh's config entries come to: <https://developer.hashicorp.com/consul/api-docs/discovery-chain>.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::agent::Locality;
use crate::client::Client;
use crate::config_entry::parts::{EnvoyExtension, FailoverPolicy, MeshGateway, MeshGatewayMode, TransparentProxy};
use crate::config_entry::service_resolver::{LoadBalancer, Subset};
use crate::config_entry::service_router::Route;
use crate::config_entry::service_splitter::Split;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

object! {
    /// Where the requests to a service go.
    DiscoveryChain {
        /// The service.
        pub service_name: String,
        /// Its namespace.
        pub namespace: String,
        /// Its partition.
        pub partition: String,
        /// The datacenter that it was worked out for.
        pub datacenter: String,
        /// A hash of what was overridden; empty for nothing.
        pub customization_hash: String,
        /// Whether no config entry says anything about it.
        #[serde(rename = "Default")]
        pub is_default: Option<bool>,
        /// The protocol that all of it speaks.
        pub protocol: String,
        /// The metadata from the service's defaults.
        pub service_meta: BTreeMap<String, String>,
        /// What changes the configuration of Envoy.
        pub envoy_extensions: Vec<EnvoyExtension>,
        /// The node that requests come to first.
        pub start_node: String,
        /// The nodes. Their names mean something within this chain only.
        pub nodes: BTreeMap<String, ChainNode>,
        /// What they lead to. Their names mean something within this chain only.
        pub targets: BTreeMap<String, ChainTarget>,
        /// The addresses that stand for the service, given by Consul.
        #[serde(rename = "AutoVirtualIPs")]
        pub auto_virtual_ips: Vec<String>,
        /// The addresses that stand for the service, given by somebody.
        #[serde(rename = "ManualVirtualIPs")]
        pub manual_virtual_ips: Vec<String>,
    }
}

wire_enum! {
    /// What a node of a chain does with requests.
    pub ChainNodeKind {
        /// It looks at them.
        Router = "router",
        /// It shares them out.
        Splitter = "splitter",
        /// It leads to instances.
        Resolver = "resolver",
    }
}

default_empty!(ChainNodeKind);

object! {
    /// A node of a chain.
    ChainNode {
        /// What it does.
        #[serde(rename = "Type")]
        pub kind: ChainNodeKind,
        /// Its name, which need not be that of a service.
        pub name: String,
        /// Of a router, where requests go; the first that matches is taken.
        pub routes: Vec<ChainRoute>,
        /// Of a splitter, how they are shared out.
        pub splits: Vec<ChainSplit>,
        /// Of a resolver, what it leads to.
        pub resolver: Option<ChainResolver>,
        /// How an instance is chosen.
        pub load_balancer: Option<LoadBalancer>,
    }
}

object! {
    /// A route of a router.
    ChainRoute {
        /// Which requests take it.
        pub definition: Option<Route>,
        /// The node that it leads to.
        pub next_node: String,
    }
}

object! {
    /// A share of a splitter.
    ChainSplit {
        /// What its config entry says.
        pub definition: Option<Split>,
        /// How many in a hundred of all requests to the splitter.
        pub weight: f64,
        /// The node that it leads to.
        pub next_node: String,
    }
}

object! {
    /// What a resolver leads to.
    ChainResolver {
        /// Whether no config entry says anything about it.
        #[serde(rename = "Default")]
        pub is_default: Option<bool>,
        /// How long to wait for a connection.
        pub connect_timeout: Option<Duration> as go_text,
        /// How long a request may take.
        pub request_timeout: Option<Duration> as nanos,
        /// The target.
        pub target: String,
        /// What is taken when it has no healthy instance.
        pub failover: Option<ChainFailover>,
    }
}

object! {
    /// What is taken when a target has no healthy instance.
    ChainFailover {
        /// Targets, in this order.
        pub targets: Vec<String>,
        /// How one is chosen.
        pub policy: Option<FailoverPolicy>,
        /// Regions, in this order; Enterprise.
        pub regions: Vec<String>,
    }
}

object! {
    /// Instances that requests may go to.
    ChainTarget {
        /// Its name within the chain.
        #[serde(rename = "ID")]
        pub id: String,
        /// The service.
        pub service: String,
        /// The subset of its instances; empty for all.
        pub service_subset: String,
        /// Its namespace.
        pub namespace: String,
        /// Its partition.
        pub partition: String,
        /// Its datacenter; empty for that of a peer.
        pub datacenter: String,
        /// The peer that it is in.
        pub peer: String,
        /// Where it is; Enterprise.
        pub locality: Option<Locality>,
        /// Which mesh gateway leads there.
        pub mesh_gateway: Option<MeshGateway>,
        /// What is true of the instances.
        pub subset: Option<Subset>,
        /// How a transparent proxy comes there.
        pub transparent_proxy: Option<TransparentProxy>,
        /// How long to wait for a connection.
        pub connect_timeout: Option<Duration> as go_text,
        /// Whether it is outside of this cluster.
        pub external: Option<bool>,
        /// The server name of TLS connections.
        #[serde(rename = "SNI")]
        pub sni: String,
        /// A name that is the same in all chains.
        pub name: String,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    chain: DiscoveryChain,
}

/// Options of [`DiscoveryChains::read_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ChainOptions {
    datacenter: Option<String>,
    read: ReadOptions,
}

impl ChainOptions {
    /// The defaults: as it is in the datacenter that is asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// As it is in another datacenter, worked out by the one that is asked.
    #[must_use]
    pub fn for_datacenter(mut self, datacenter: impl Into<String>) -> Self {
        self.datacenter = Some(datacenter.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }

    fn apply(&self, request: Request) -> Request {
        self.read.apply(request.query_if("compile-dc", self.datacenter.as_ref()))
    }
}

/// What shall count instead of what config entries say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Overrides {
    #[serde(
        rename = "OverrideConnectTimeout",
        with = "crate::object::go_text",
        skip_serializing_if = "Option::is_none"
    )]
    connect_timeout: Option<Duration>,
    #[serde(rename = "OverrideProtocol", skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(rename = "OverrideMeshGateway", skip_serializing_if = "Option::is_none")]
    mesh_gateway: Option<MeshGateway>,
}

impl Overrides {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait for a connection.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// The protocol. One that is not of the same layer leaves out routers and splitters.
    #[must_use]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }

    /// Which mesh gateway leads to other datacenters.
    #[must_use]
    pub fn with_mesh_gateway(mut self, mode: MeshGatewayMode) -> Self {
        self.mesh_gateway = Some(MeshGateway { mode, ..MeshGateway::default() });
        self
    }
}

/// Handle made by [`Client::discovery_chains`].
#[derive(Clone, Debug)]
pub struct DiscoveryChains {
    client: Client,
}

impl DiscoveryChains {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads where the requests to a service go; there need not be such a service. `GET /v1/discovery-chain/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/discovery-chain#read-compiled-discovery-chain)); needs
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for target in consul.discovery_chains().read("web").await?.targets.values() {
    ///     println!("{} in {}", target.service, target.datacenter);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read`.
    pub async fn read(&self, service: &str) -> Result<DiscoveryChain> {
        Ok(self.read_with(service, &ChainOptions::new()).await?.value)
    }

    /// As [`DiscoveryChains::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`DiscoveryChains::read`].
    pub async fn read_with(&self, service: &str, options: &ChainOptions) -> Result<Answer<DiscoveryChain>> {
        let request = options.apply(Request::get("/v1/discovery-chain/:service", [service])?);
        let answer: Answer<Envelope> = self.client.answer(request).await?;
        Ok(answer.map(|envelope| envelope.chain))
    }

    /// Watches where the requests to a service go, as [`DiscoveryChains::read_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`DiscoveryChains::read`]; the watch goes on after it.
    pub fn watch(&self, service: &str, options: &ChainOptions) -> Watch<DiscoveryChain> {
        let subject = (self.clone(), service.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(chains, service, options), read| {
            Box::pin(async move { chains.read_with(service, &options.clone().with_read(read)).await })
        })
    }

    /// Works out where the requests to a service would go if some things were otherwise.
    /// `POST /v1/discovery-chain/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/discovery-chain#read-compiled-discovery-chain)); needs
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::discovery_chain::Overrides;
    ///
    /// let plain = consul.discovery_chains().compile("web", &Overrides::new().with_protocol("tcp")).await?;
    /// println!("{}", plain.start_node);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read`. The server refuses a mesh gateway that
    /// does not exist.
    pub async fn compile(&self, service: &str, overrides: &Overrides) -> Result<DiscoveryChain> {
        Ok(self.compile_with(service, overrides, &ChainOptions::new()).await?.value)
    }

    /// As [`DiscoveryChains::compile`], with options.
    ///
    /// # Errors
    /// As [`DiscoveryChains::compile`].
    pub async fn compile_with(
        &self,
        service: &str,
        overrides: &Overrides,
        options: &ChainOptions,
    ) -> Result<Answer<DiscoveryChain>> {
        let request = Request::post("/v1/discovery-chain/:service", [service])?.json(overrides)?.idempotent();
        let answer: Answer<Envelope> = self.client.answer(options.apply(request)).await?;
        Ok(answer.map(|envelope| envelope.chain))
    }
}

#[cfg(test)]
mod tests {
    use super::{ChainNode, Overrides};
    use crate::config_entry::parts::MeshGatewayMode;
    use crate::object::tests::lossless;
    use std::time::Duration;

    /// One timeout is a text, the other a number of nanoseconds, in the same object.
    #[test]
    fn t33_a_resolver_has_durations_in_two_forms() {
        let node: ChainNode = lossless(
            r#"{"Type":"resolver","Name":"v1.web.default.default.dc1","Resolver":{"ConnectTimeout":"3s",
            "RequestTimeout":9000000000,"Target":"t","Failover":{"Targets":["f"]}},"LoadBalancer":{"Policy":"maglev"}}"#,
        );
        let resolver = node.resolver.unwrap();
        assert_eq!(resolver.connect_timeout, Some(Duration::from_secs(3)));
        assert_eq!(resolver.request_timeout, Some(Duration::from_secs(9)));
    }

    #[test]
    fn only_what_is_overridden_is_sent() {
        let text = |overrides: &Overrides| serde_json::to_string(overrides).unwrap();
        assert_eq!(text(&Overrides::new()), "{}");
        let all = Overrides::new().with_connect_timeout(Duration::from_secs(7)).with_protocol("http");
        let all = all.with_mesh_gateway(MeshGatewayMode::Remote);
        let expected =
            r#"{"OverrideConnectTimeout":"7s","OverrideProtocol":"http","OverrideMeshGateway":{"Mode":"remote"}}"#;
        assert_eq!(text(&all), expected);
    }
}
