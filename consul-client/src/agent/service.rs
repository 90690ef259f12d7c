//! The services of an agent: <https://developer.hashicorp.com/consul/api-docs/agent/service>.

use std::collections::BTreeMap;

use super::Agent;
use super::check::CheckDefinition;
use super::proxy::Proxy;
use crate::client::Client;
use crate::error::Result;
use crate::health::{HealthCheck, HealthState};
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, json, none_if_not_found};
use crate::watch::Watch;

wire_enum! {
    /// What an instance is besides, or instead of, a plain service.
    pub ServiceKind {
        /// A plain service.
        Typical = "",
        /// The proxy of a service in the mesh.
        ConnectProxy = "connect-proxy",
        /// A gateway between datacenters.
        MeshGateway = "mesh-gateway",
        /// A gateway to services outside of the mesh.
        TerminatingGateway = "terminating-gateway",
        /// A gateway into the mesh.
        IngressGateway = "ingress-gateway",
        /// A gateway into the mesh that routes configure.
        ApiGateway = "api-gateway",
    }
}

default_empty!(ServiceKind);

object! {
    /// A service as its agent, or the catalog, knows it.
    AgentService {
        /// What else it is.
        pub kind: ServiceKind,
        /// The id of the instance.
        #[serde(rename = "ID")]
        pub id: String,
        /// The service.
        pub service: String,
        /// Its tags.
        pub tags: Vec<String>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// Its address; the node's when empty.
        pub address: String,
        /// Its addresses by the network they are for: `lan`, `wan`, `virtual` and others.
        pub tagged_addresses: BTreeMap<String, ServiceAddress>,
        /// Its port: the default one where it has several.
        pub port: i64,
        /// Its ports where it has several.
        pub ports: Vec<ServicePort>,
        /// Its Unix socket, in place of address and port.
        pub socket_path: String,
        /// How much it counts in answers of DNS.
        pub weights: Option<Weights>,
        /// Whether others may change its tags in the catalog.
        pub enable_tag_override: bool,
        /// What it proxies, where it is a proxy or a gateway.
        pub proxy: Option<Proxy>,
        /// Its part in the mesh.
        pub connect: Option<ServiceConnect>,
        /// Where it is.
        pub locality: Option<Locality>,
        /// The peer that it was imported from.
        pub peer_name: String,
        /// The namespace; Enterprise.
        pub namespace: String,
        /// The partition; Enterprise.
        pub partition: String,
        /// Its datacenter; from an agent only.
        pub datacenter: String,
        /// A hash over all this, to wait on; from [`Agent::service`] only.
        pub content_hash: String,
        /// When it was made; from the catalog only.
        pub create_index: Index,
        /// When it was last written; from the catalog only.
        pub modify_index: Index,
    }
}

object! {
    /// An address and port of a service.
    ServiceAddress {
        /// The address.
        pub address: String,
        /// The port.
        pub port: i64,
    }
}

impl ServiceAddress {
    /// This address and port.
    pub fn new(address: impl Into<String>, port: u16) -> Self {
        Self { address: address.into(), port: port.into(), ..Self::default() }
    }
}

object! {
    /// One of several ports of a service.
    ServicePort {
        /// Its name.
        pub name: String,
        /// The port.
        pub port: i64,
        /// Whether it is the one that is meant where only one can be; exactly one must be.
        pub default: bool,
    }
}

impl ServicePort {
    /// A port with a name.
    pub fn new(name: impl Into<String>, port: u16) -> Self {
        Self { name: name.into(), port: port.into(), ..Self::default() }
    }

    /// As the one that is meant where only one can be.
    #[must_use]
    pub fn as_default(mut self) -> Self {
        self.default = true;
        self
    }
}

object! {
    /// How much an instance counts in answers of DNS.
    Weights {
        /// While its checks pass.
        pub passing: i64,
        /// While one of them warns.
        pub warning: i64,
    }
}

impl Weights {
    /// With these weights.
    pub fn new(passing: i64, warning: i64) -> Self {
        Self { passing, warning, ..Self::default() }
    }
}

object! {
    /// Where something is.
    Locality {
        /// The region.
        pub region: String,
        /// The zone in it.
        pub zone: String,
    }
}

impl Locality {
    /// In this region and zone.
    pub fn new(region: impl Into<String>, zone: impl Into<String>) -> Self {
        Self { region: region.into(), zone: zone.into(), ..Self::default() }
    }
}

object! {
    /// The part of a service in the mesh.
    ServiceConnect {
        /// Whether it speaks the mesh's protocol itself.
        pub native: bool,
        /// A proxy to be registered along with it; its fields have defaults.
        pub sidecar_service: Option<Box<ServiceDefinition>>,
        /// What its peer says about it, where it is imported.
        pub peer_meta: Option<PeerMeta>,
    }
}

impl ServiceConnect {
    /// With a proxy that has all defaults.
    pub fn with_sidecar() -> Self {
        Self { sidecar_service: Some(Box::default()), ..Self::default() }
    }

    /// Of a service that speaks the mesh's protocol itself.
    pub fn native() -> Self {
        Self { native: true, ..Self::default() }
    }
}

object! {
    /// What a peer says about a service of its own.
    PeerMeta {
        /// The names by which it is asked for in TLS.
        #[serde(rename = "SNI")]
        pub sni: Vec<String>,
        /// The identities that it shows.
        #[serde(rename = "SpiffeID")]
        pub spiffe_id: Vec<String>,
        /// How it is spoken to.
        pub protocol: String,
    }
}

object! {
    /// An instance of a service to be registered.
    ///
    /// ```
    /// # use consul_client::agent::{CheckDefinition, ServiceDefinition};
    /// # use std::time::Duration;
    /// let mut web = ServiceDefinition::new("web");
    /// web.port = Some(8080);
    /// web.check = Some(CheckDefinition::http("http://127.0.0.1:8080/health", Duration::from_secs(10)));
    /// ```
    ServiceDefinition {
        /// What else it is.
        pub kind: ServiceKind,
        /// The id of the instance; the name unless set.
        #[serde(rename = "ID")]
        pub id: String,
        /// The service.
        pub name: String,
        /// Its tags.
        pub tags: Vec<String>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// Its address; the node's unless set.
        pub address: String,
        /// Its addresses by the network they are for.
        pub tagged_addresses: BTreeMap<String, ServiceAddress>,
        /// Its port. Either this or `ports`.
        pub port: Option<u16>,
        /// Its ports where it has several, one of them the default. From Consul 1.22 on.
        pub ports: Vec<ServicePort>,
        /// Its Unix socket, in place of address and port.
        pub socket_path: String,
        /// How its health is found out.
        pub check: Option<CheckDefinition>,
        /// Further checks.
        pub checks: Vec<CheckDefinition>,
        /// How much it counts in answers of DNS.
        pub weights: Option<Weights>,
        /// Whether others may change its tags in the catalog.
        pub enable_tag_override: Option<bool>,
        /// What it proxies, where it is a proxy or a gateway.
        pub proxy: Option<Proxy>,
        /// Its part in the mesh.
        pub connect: Option<ServiceConnect>,
        /// Where it is.
        pub locality: Option<Locality>,
    }
}

impl ServiceDefinition {
    /// A service without port and check.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A proxy of this service in the mesh.
    pub fn proxy(name: impl Into<String>, port: u16, proxy: Proxy) -> Self {
        let kind = ServiceKind::ConnectProxy;
        Self { kind, name: name.into(), port: Some(port), proxy: Some(proxy), ..Self::default() }
    }
}

object! {
    /// An instance with the sum of its checks, as its agent knows them.
    InstanceHealth {
        /// The sum: the worst of them.
        pub aggregated_status: HealthState,
        /// The instance.
        pub service: Option<AgentService>,
        /// Its checks and those of the node.
        pub checks: Vec<HealthCheck>,
    }
}

/// Options of [`Agent::register_service_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RegisterOptions {
    keep_checks: bool,
}

impl RegisterOptions {
    /// The defaults: checks of an earlier registration that are not named any more go.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps checks of the instance that are not named.
    #[must_use]
    pub fn keeping_checks(mut self) -> Self {
        self.keep_checks = true;
        self
    }
}

impl Agent {
    /// Lists the services that are registered with this agent, by their id. `GET /v1/agent/services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#list-services)); needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for (id, service) in consul.agent().services().await? {
    ///     println!("{id}: {} on port {}", service.service, service.port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; services without `service:read` are
    /// left out.
    pub async fn services(&self) -> Result<BTreeMap<String, AgentService>> {
        self.services_with(&ReadOptions::new()).await
    }

    /// As [`Agent::services`], with options, of which the filter counts.
    ///
    /// # Errors
    /// As [`Agent::services`].
    pub async fn services_with(&self, options: &ReadOptions) -> Result<BTreeMap<String, AgentService>> {
        Ok(self.client.answer_or_none(options.apply(Request::get("/v1/agent/services", [])?)).await?.value)
    }

    /// Reads one instance that is registered with this agent, or `None` when there is none.
    /// `GET /v1/agent/service/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#get-service-configuration));
    /// needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(proxy) = consul.agent().service("web-sidecar-proxy").await?.and_then(|it| it.proxy) {
    ///     println!("{} upstreams", proxy.upstreams.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read`.
    pub async fn service(&self, id: &str) -> Result<Option<AgentService>> {
        Ok(self.service_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Agent::service`], with options and the hash to wait on: this is the one read that waits on its content, not on
    /// an index.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    ///
    /// let (agent, wait) = (consul.agent(), std::time::Duration::from_secs(60));
    /// let first = agent.service_with("web", &ReadOptions::new()).await?;
    /// if let Some(hash) = first.meta.content_hash {
    ///     let changed = ReadOptions::new().waiting_on_hash(hash, wait);
    ///     println!("{:?}", agent.service_with("web", &changed).await?.value);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::service`].
    pub async fn service_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<AgentService>>> {
        self.client.answer_if_found(options.apply(Request::get("/v1/agent/service/:id", [id])?)).await
    }

    /// Watches one instance that is registered with this agent; `None` when there is none. `GET /v1/agent/service/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#get-service-configuration));
    /// needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut web = consul.agent().watch_service("web-1", &ReadOptions::new());
    /// while let Some(answer) = web.next().await {
    ///     println!("{:?}", answer?.value.map(|web| web.tags));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Agent::service`]; the watch goes on after it.
    pub fn watch_service(&self, id: &str, options: &ReadOptions) -> Watch<Option<AgentService>> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(agent, id), read| Box::pin(async move { agent.service_with(id, &read).await }))
    }

    /// Registers an instance, or replaces it with all its checks. `PUT /v1/agent/service/register`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#register-service)); needs `service:write`.
    ///
    /// The agent keeps the client's token for the instance and uses it until the instance is gone.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::{CheckDefinition, ServiceConnect, ServiceDefinition};
    /// use std::time::Duration;
    ///
    /// let mut web = ServiceDefinition::new("web");
    /// web.port = Some(8080);
    /// web.check = Some(CheckDefinition::tcp("127.0.0.1:8080", Duration::from_secs(5)));
    /// web.connect = Some(ServiceConnect::with_sidecar());
    /// consul.agent().register_service(&web).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`,
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the server finds something wrong with it.
    pub async fn register_service(&self, service: &ServiceDefinition) -> Result<()> {
        self.register_service_with(service, &RegisterOptions::new()).await
    }

    /// As [`Agent::register_service`], with options.
    ///
    /// # Errors
    /// As [`Agent::register_service`].
    pub async fn register_service_with(&self, service: &ServiceDefinition, options: &RegisterOptions) -> Result<()> {
        self.client.execute(register_request(service, options)?).await
    }

    /// Removes an instance with its checks and its sidecar; one that does not exist is fine too.
    /// `PUT /v1/agent/service/deregister/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#deregister-service));
    /// needs `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().deregister_service("web").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn deregister_service(&self, id: &str) -> Result<()> {
        let request = Request::put("/v1/agent/service/deregister/:id", [id])?.idempotent();
        none_if_not_found(self.client.execute(request).await).map(drop)
    }

    /// Takes an instance out of service: it becomes critical. `PUT /v1/agent/service/maintenance/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#enable-maintenance-mode));
    /// needs `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().enter_service_maintenance("web", "a new disk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such instance,
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn enter_service_maintenance(&self, id: &str, reason: &str) -> Result<()> {
        let request = Request::put("/v1/agent/service/maintenance/:id", [id])?.idempotent();
        self.client.execute(super::maintenance(request, Some(reason))).await
    }

    /// Takes an instance into service again. `PUT /v1/agent/service/maintenance/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#enable-maintenance-mode));
    /// needs `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().leave_service_maintenance("web").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such instance,
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn leave_service_maintenance(&self, id: &str) -> Result<()> {
        let request = Request::put("/v1/agent/service/maintenance/:id", [id])?.idempotent();
        self.client.execute(super::maintenance(request, None)).await
    }

    /// Reads the health of one instance of this agent, or `None` when there is none. That it is bad is no error.
    /// `GET /v1/agent/health/service/id/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#get-local-service-health-by-id)); needs
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(health) = consul.agent().instance_health("web-1").await? {
    ///     println!("{}", health.aggregated_status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read`.
    pub async fn instance_health(&self, id: &str) -> Result<Option<InstanceHealth>> {
        let request = Request::get("/v1/agent/health/service/id/:id", [id])?;
        let health: InstanceHealth = local_health(&self.client, request).await?;
        Ok(Some(health).filter(|health| health.service.is_some()))
    }

    /// Reads the health of all instances of a service that this agent has; none when there is no such service. That it
    /// is bad is no error. `GET /v1/agent/health/service/name/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/service#get-local-service-health));
    /// needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for health in consul.agent().service_health("web").await? {
    ///     println!("{}, {} checks", health.aggregated_status, health.checks.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read`.
    pub async fn service_health(&self, name: &str) -> Result<Vec<InstanceHealth>> {
        local_health(&self.client, Request::get("/v1/agent/health/service/name/:name", [name])?).await
    }
}

/// The status says how the health is: 429 warning, 503 critical, 404 nothing there; the data comes with all of them.
async fn local_health<T: crate::transport::Decode>(client: &Client, request: Request) -> Result<T> {
    let request = request.data_statuses(&[404, 429, 503]);
    let reply = client.send(request.clone()).await?;
    json(&request, &reply)
}

fn register_request(service: &ServiceDefinition, options: &RegisterOptions) -> Result<Request> {
    let mut request = Request::put("/v1/agent/service/register", [])?;
    if !options.keep_checks {
        request = request.query("replace-existing-checks", "true");
    }
    Ok(request.json(service)?.idempotent())
}

#[cfg(test)]
mod tests {
    use super::{
        AgentService, RegisterOptions, ServiceConnect, ServiceDefinition, ServiceKind, ServicePort, register_request,
    };
    use crate::agent::CheckDefinition;
    use crate::object::tests::lossless;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn body(service: &ServiceDefinition) -> serde_json::Value {
        let request = register_request(service, &RegisterOptions::new()).unwrap();
        serde_json::from_slice(&request.body.unwrap().content).unwrap()
    }

    /// The server refuses what it does not know, so that what is not set must not be sent.
    #[test]
    fn t31_a_registration_names_only_what_is_set() {
        let mut service = ServiceDefinition::new("web");
        service.port = Some(8080);
        service.check = Some(CheckDefinition::http("http://127.0.0.1:8080/", Duration::from_secs(10)));
        service.extra.insert("EnableTagOverride".to_owned(), true.into());
        let request = register_request(&service, &RegisterOptions::new()).unwrap();
        assert_eq!((request.query.as_str(), request.idempotent), ("replace-existing-checks=true", true));
        let expected = serde_json::json!({"Name": "web", "Port": 8080, "EnableTagOverride": true,
            "Check": {"HTTP": "http://127.0.0.1:8080/", "Interval": "10s"}});
        assert_eq!(body(&service), expected);
        let keeping = RegisterOptions::new().keeping_checks();
        assert_eq!(register_request(&service, &keeping).unwrap().query, "");
    }

    #[test]
    fn t47_ports_have_names_and_a_default() {
        let mut service = ServiceDefinition::new("web");
        service.ports = vec![ServicePort::new("http", 8080).as_default(), ServicePort::new("admin", 8081)];
        let expected = serde_json::json!({"Name": "web", "Ports": [
            {"Name": "http", "Port": 8080, "Default": true}, {"Name": "admin", "Port": 8081, "Default": false}]});
        assert_eq!(body(&service), expected);
    }

    #[test]
    fn a_sidecar_may_have_all_defaults() {
        let mut service = ServiceDefinition::new("web");
        service.connect = Some(ServiceConnect::with_sidecar());
        let expected = serde_json::json!({"Name": "web", "Connect": {"Native": false, "SidecarService": {}}});
        assert_eq!(body(&service), expected);
    }

    #[test]
    fn answers_of_1_22() {
        let services: BTreeMap<String, AgentService> = lossless(
            r#"{"web1":{"ID":"web1","Service":"web","Tags":["a","b"],"Meta":{"v":"1"},"Port":8080,"Address":"",
            "TaggedAddresses":{"lan":{"Address":"10.0.0.1","Port":80}},"Weights":{"Passing":1,"Warning":1},
            "EnableTagOverride":false,"Datacenter":"dc1","Later":[1]}}"#,
        );
        let service = &services["web1"];
        assert_eq!((service.service.as_str(), service.port, &service.kind), ("web", 8080, &ServiceKind::Typical));
        assert_eq!(service.tagged_addresses["lan"].port, 80);
    }
}
