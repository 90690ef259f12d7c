//! The client, and what its clones share.

use std::sync::Arc;

use serde::Serialize;

use crate::config::Config;
use crate::credential::{Credential, Source, Token};
use crate::error::Result;
use crate::meta::{Answer, Meta};
use crate::options::ReadOptions;
use crate::transport::{Decode, Opened, Reply, Request, Transport, json};
use crate::{
    acl, agent, allocations, clients, deployments, evaluations, events, files, jobs, metrics, namespaces, node_pools,
    nodes, operator, raw, scaling, search, services, status, system, variables, volumes,
};

/// All namespaces, as it is sent.
const ANY_NAMESPACE: &str = "namespace=*";

/// A client of one Nomad agent or cluster.
///
/// Cloning is cheap, and so are the handles that [`Client::jobs`] and its like return: hold them or make them anew.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    source: Source,
    scope: Scope,
}

/// Where calls are aimed; part of each clone.
#[derive(Clone, Debug)]
struct Scope {
    region: Option<String>,
    namespace: Option<String>,
}

impl Client {
    /// Builds a client. Nothing is sent yet.
    ///
    /// # Errors
    /// When a certificate or key that the configuration names cannot be used.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            transport: Arc::new(Transport::new(config)?),
            source: Source::new(config.credential.clone()),
            scope: Scope { region: config.region.clone(), namespace: config.namespace.clone() },
        })
    }

    /// The same connections with another token.
    #[must_use]
    pub fn with_token(&self, token: Token) -> Self {
        Self { source: Source::new(Credential::Static(token)), ..self.clone() }
    }

    /// The same connections without any token.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { source: Source::new(Credential::Anonymous), ..self.clone() }
    }

    /// The same connections, aimed at another region.
    #[must_use]
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.scope.region = Some(region.into());
        client
    }

    /// The same connections, aimed at another namespace; lists also take `*` for all.
    #[must_use]
    pub fn in_namespace(&self, namespace: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.scope.namespace = Some(namespace.into());
        client
    }

    /// Tokens and policies.
    pub fn acl(&self) -> acl::Acl {
        acl::Acl::new(self.clone())
    }

    /// The agent that answers.
    pub fn agent(&self) -> agent::Agent {
        agent::Agent::new(self.clone())
    }

    /// Allocations: the instances of task groups.
    pub fn allocations(&self) -> allocations::Allocations {
        allocations::Allocations::new(self.clone())
    }

    /// What the nodes say of themselves.
    pub fn clients(&self) -> clients::Clients {
        clients::Clients::new(self.clone())
    }

    /// Deployments: the roll-outs of job versions.
    pub fn deployments(&self) -> deployments::Deployments {
        deployments::Deployments::new(self.clone())
    }

    /// Evaluations: the scheduler's decisions.
    pub fn evaluations(&self) -> evaluations::Evaluations {
        evaluations::Evaluations::new(self.clone())
    }

    /// Plugins of the Container Storage Interface.
    pub fn csi_plugins(&self) -> volumes::CsiPlugins {
        volumes::CsiPlugins::new(self.clone())
    }

    /// Volumes of the Container Storage Interface, which plugins bring from storage providers.
    pub fn csi_volumes(&self) -> volumes::CsiVolumes {
        volumes::CsiVolumes::new(self.clone())
    }

    /// Events: what happens in the cluster, as it happens.
    pub fn events(&self) -> events::Events {
        events::Events::new(self.clone())
    }

    /// The files of allocations.
    pub fn files(&self) -> files::Files {
        files::Files::new(self.clone())
    }

    /// Dynamic host volumes, which nodes make on themselves.
    pub fn host_volumes(&self) -> volumes::HostVolumes {
        volumes::HostVolumes::new(self.clone())
    }

    /// Jobs.
    pub fn jobs(&self) -> jobs::Jobs {
        jobs::Jobs::new(self.clone())
    }

    /// Namespaces.
    pub fn namespaces(&self) -> namespaces::Namespaces {
        namespaces::Namespaces::new(self.clone())
    }

    /// The machines that run tasks.
    pub fn nodes(&self) -> nodes::Nodes {
        nodes::Nodes::new(self.clone())
    }

    /// Pools of nodes.
    pub fn node_pools(&self) -> node_pools::NodePools {
        node_pools::NodePools::new(self.clone())
    }

    /// The counters of the agent that answers.
    pub fn metrics(&self) -> metrics::Metrics {
        metrics::Metrics::new(self.clone())
    }

    /// Limits for autoscalers.
    pub fn scaling(&self) -> scaling::Scaling {
        scaling::Scaling::new(self.clone())
    }

    /// Finds objects by the beginning of their name, or by parts of it.
    pub fn search(&self) -> search::Search {
        search::Search::new(self.clone())
    }

    /// The servers' consensus.
    pub fn operator(&self) -> operator::Operator {
        operator::Operator::new(self.clone())
    }

    /// Nomad's own service registry.
    pub fn services(&self) -> services::Services {
        services::Services::new(self.clone())
    }

    /// The leader and its peers.
    pub fn status(&self) -> status::Status {
        status::Status::new(self.clone())
    }

    /// Upkeep of the whole cluster.
    pub fn system(&self) -> system::System {
        system::System::new(self.clone())
    }

    /// Variables: small secrets and settings.
    pub fn variables(&self) -> variables::Variables {
        variables::Variables::new(self.clone())
    }

    /// The same client without those defaults which this object settles by itself.
    ///
    /// The query wins over a job's own region and namespace, so a default sent along would silently move the job.
    pub(crate) fn yielding_to(&self, region: Option<&str>, namespace: Option<&str>) -> Self {
        let mut client = self.clone();
        if region.is_some_and(|region| !region.is_empty()) {
            client.scope.region = None;
        }
        if namespace.is_some_and(|namespace| !namespace.is_empty()) {
            client.scope.namespace = None;
        }
        client
    }

    /// Any path, for what this crate does not know yet.
    pub fn raw(&self) -> raw::Raw {
        raw::Raw::new(self.clone())
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Reply> {
        self.transport.send(&self.scoped(request)?, &self.source).await
    }

    /// Sends a request whose answer is read while it comes.
    pub(crate) async fn open(&self, request: Request) -> Result<Opened> {
        self.transport.open(&self.scoped(request)?, &self.source).await
    }

    fn scoped(&self, mut request: Request) -> Result<Request> {
        for (name, value) in [("region", &self.scope.region), ("namespace", &self.scope.namespace)] {
            // What the call itself says counts: of two of a name, the server would read either.
            let said = request.query.split('&').any(|pair| pair.split('=').next() == Some(name));
            if let Some(value) = value.as_ref().filter(|_| !said) {
                request = request.query(name, value);
            }
        }
        if request.method != "GET" && request.query.split('&').any(|pair| pair == ANY_NAMESPACE) {
            return Err(request.refused("the namespace `*` is for lists only"));
        }
        Ok(request)
    }

    /// Sends a request and reads its JSON answer with the metadata.
    pub(crate) async fn answer<T: Decode>(&self, request: Request) -> Result<Answer<T>> {
        let reply = self.send(request.clone()).await?;
        let value = json(&request, &reply)?;
        Ok(Answer { value, meta: Meta::of(&reply.headers) })
    }

    /// Sends a request and reads its JSON answer.
    pub(crate) async fn fetch<T: Decode>(&self, request: Request) -> Result<T> {
        Ok(self.answer(request).await?.value)
    }

    /// Sends a request whose answer says nothing.
    pub(crate) async fn execute(&self, request: Request) -> Result<()> {
        self.send(request).await.map(drop)
    }

    /// A read of this route.
    pub(crate) async fn get<T: Decode, const N: usize>(&self, route: &'static str, arguments: [&str; N]) -> Result<T> {
        self.fetch(Request::get(route, arguments)?).await
    }

    /// A read of this route, with options.
    pub(crate) async fn get_with<T: Decode, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
        options: &ReadOptions,
    ) -> Result<Answer<T>> {
        self.answer(options.apply(Request::get(route, arguments)?)).await
    }

    /// A write of this route, with a JSON body and a JSON answer.
    pub(crate) async fn put<T: Decode, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
        body: &impl Serialize,
    ) -> Result<T> {
        self.fetch(Request::put(route, arguments)?.json(body)?).await
    }
}
