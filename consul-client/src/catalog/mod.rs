//! All nodes and services of a datacenter: <https://developer.hashicorp.com/consul/api-docs/catalog>.
//!
//! Without `node:read` and `service:read` things are left out of the answers without an error; see
//! [`Meta::filtered_by_acls`](crate::Meta::filtered_by_acls). What is registered here and not with an agent is not
//! looked after by any agent: whoever registered it must remove it.

mod types;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use self::types::{CatalogService, GatewayService, Node, NodeServiceList, NodeServices, Registration, ServiceName};

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deregistration<'a> {
    node: &'a str,
    #[serde(rename = "ServiceID", skip_serializing_if = "Option::is_none")]
    service_id: Option<&'a str>,
    #[serde(rename = "CheckID", skip_serializing_if = "Option::is_none")]
    check_id: Option<&'a str>,
}

/// Options of lists of nodes, services and checks.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    near: Option<String>,
    node_meta: BTreeMap<String, String>,
    pub(crate) read: ReadOptions,
}

impl ListOptions {
    /// The defaults: everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is nearest to this node comes first; `_agent` is the node of the agent. By times of travel, which vary. Not
    /// for services, which are on many nodes.
    #[must_use]
    pub fn near(mut self, node: impl Into<String>) -> Self {
        self.near = Some(node.into());
        self
    }

    /// Only what is on nodes with this entry in their metadata; with several, only on those that have all.
    #[must_use]
    pub fn with_node_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.node_meta.insert(name.into(), value.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }

    pub(crate) fn apply(&self, request: Request) -> Request {
        self.read.apply(request.query_if("near", self.near.as_ref()).node_meta(&self.node_meta))
    }
}

impl From<ReadOptions> for ListOptions {
    fn from(read: ReadOptions) -> Self {
        Self::new().with_read(read)
    }
}

instance_options! {
    /// Options of [`Catalog::service_with`] and [`Catalog::connect_with`].
    ServiceOptions
}

/// Handle made by [`Client::catalog`].
#[derive(Clone, Debug)]
pub struct Catalog {
    client: Client,
}

impl Catalog {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Registers a node, with an instance and checks. `PUT /v1/catalog/register`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#register-entity));
    /// needs `node:write`, and `service:write` for an instance.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::catalog::Registration;
    ///
    /// consul.catalog().register(&Registration::new("printer-7", "10.0.0.7")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission,
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the server finds something wrong with it.
    pub async fn register(&self, registration: &Registration) -> Result<()> {
        self.client.execute(register_request(registration)?).await
    }

    /// Removes a node with its instances and checks; one that does not exist is fine too.
    /// `PUT /v1/catalog/deregister`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#deregister-entity)); needs `node:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.catalog().deregister_node("printer-7").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn deregister_node(&self, node: &str) -> Result<()> {
        self.deregister(&Deregistration { node, service_id: None, check_id: None }).await
    }

    /// Removes an instance with its checks; one that does not exist is fine too. `PUT /v1/catalog/deregister`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#deregister-entity)); needs `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.catalog().deregister_service("printer-7", "printer").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`; an empty id is refused.
    pub async fn deregister_service(&self, node: &str, id: &str) -> Result<()> {
        self.deregister(&Deregistration { node, service_id: Some(id), check_id: None }).await
    }

    /// Removes a check; one that does not exist is fine too. `PUT /v1/catalog/deregister`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#deregister-entity));
    /// needs `node:write` or `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.catalog().deregister_check("printer-7", "paper").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; an empty id is refused.
    pub async fn deregister_check(&self, node: &str, id: &str) -> Result<()> {
        self.deregister(&Deregistration { node, service_id: None, check_id: Some(id) }).await
    }

    async fn deregister(&self, deregistration: &Deregistration<'_>) -> Result<()> {
        self.client.execute(deregister_request(deregistration)?).await
    }

    /// Lists the datacenters, the nearest first. `GET /v1/catalog/datacenters`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-datacenters)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.catalog().datacenters().await?.join(", "));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn datacenters(&self) -> Result<Vec<String>> {
        self.client.list("/v1/catalog/datacenters", []).await
    }

    /// Lists all nodes. `GET /v1/catalog/nodes`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-nodes)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for node in consul.catalog().nodes().await? {
    ///     println!("{} {}", node.node, node.address);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn nodes(&self) -> Result<Vec<Node>> {
        Ok(self.nodes_with(&ListOptions::new()).await?.value)
    }

    /// As [`Catalog::nodes`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::nodes`].
    pub async fn nodes_with(&self, options: &ListOptions) -> Result<Answer<Vec<Node>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/catalog/nodes", [])?)).await
    }

    /// Watches the list of nodes, as [`Catalog::nodes_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::nodes`]; the watch goes on after it.
    pub fn watch_nodes(&self, options: &ListOptions) -> Watch<Vec<Node>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(catalog, options), read| {
            Box::pin(async move { catalog.nodes_with(&options.clone().with_read(read)).await })
        })
    }

    /// Lists all services with the tags of all their instances. `GET /v1/catalog/services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-services)); needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for (name, tags) in consul.catalog().services().await? {
    ///     println!("{name} [{}]", tags.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn services(&self) -> Result<BTreeMap<String, Vec<String>>> {
        Ok(self.services_with(&ListOptions::new()).await?.value)
    }

    /// As [`Catalog::services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::services`].
    pub async fn services_with(&self, options: &ListOptions) -> Result<Answer<BTreeMap<String, Vec<String>>>> {
        let request = options.apply(Request::get("/v1/catalog/services", [])?);
        let answer: Answer<BTreeMap<String, Option<Vec<String>>>> = self.client.answer_or_none(request).await?;
        Ok(answer.map(|services| services.into_iter().map(|(name, tags)| (name, tags.unwrap_or_default())).collect()))
    }

    /// Watches the list of services. `GET /v1/catalog/services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-services)); needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::catalog::ListOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut services = consul.catalog().watch_services(&ListOptions::new());
    /// while let Some(answer) = services.next().await {
    ///     println!("{} services", answer?.value.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::services`]; the watch goes on after it.
    pub fn watch_services(&self, options: &ListOptions) -> Watch<BTreeMap<String, Vec<String>>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(catalog, options), read| {
            Box::pin(async move { catalog.services_with(&options.clone().with_read(read)).await })
        })
    }

    /// Lists the instances of a service, healthy or not; none when there is no such service.
    /// `GET /v1/catalog/service/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-nodes-for-service)); needs `node:read` and
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for instance in consul.catalog().service("web").await? {
    ///     println!("{}:{}", instance.address(), instance.service_port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn service(&self, name: &str) -> Result<Vec<CatalogService>> {
        Ok(self.service_with(name, &ServiceOptions::new()).await?.value)
    }

    /// As [`Catalog::service`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::service`].
    pub async fn service_with(&self, name: &str, options: &ServiceOptions) -> Result<Answer<Vec<CatalogService>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/catalog/service/:name", [name])?)).await
    }

    /// Watches the instances of a service, healthy or not, as [`Catalog::service_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::service`]; the watch goes on after it.
    pub fn watch_service(&self, name: &str, options: &ServiceOptions) -> Watch<Vec<CatalogService>> {
        let subject = (self.clone(), name.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(catalog, name, options), read| {
            Box::pin(async move { catalog.service_with(name, &options.clone().with_read(read)).await })
        })
    }

    /// Lists the proxies of a service, and its instances that speak the mesh's protocol themselves.
    /// `GET /v1/catalog/connect/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-nodes-for-mesh-capable-service));
    /// needs `node:read`
    /// and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for proxy in consul.catalog().connect("web").await? {
    ///     println!("{}:{}", proxy.address(), proxy.service_port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn connect(&self, service: &str) -> Result<Vec<CatalogService>> {
        Ok(self.connect_with(service, &ServiceOptions::new()).await?.value)
    }

    /// As [`Catalog::connect`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::connect`].
    pub async fn connect_with(&self, service: &str, options: &ServiceOptions) -> Result<Answer<Vec<CatalogService>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/catalog/connect/:service", [service])?)).await
    }

    /// Watches the proxies of a service, as [`Catalog::connect_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::connect`]; the watch goes on after it.
    pub fn watch_connect(&self, service: &str, options: &ServiceOptions) -> Watch<Vec<CatalogService>> {
        let subject = (self.clone(), service.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(catalog, service, options), read| {
            Box::pin(async move { catalog.connect_with(service, &options.clone().with_read(read)).await })
        })
    }

    /// Reads a node with its instances by their id, or `None` when there is none. `GET /v1/catalog/node/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#retrieve-map-of-services-for-a-node));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(node) = consul.catalog().node("web-1").await? {
    ///     println!("{} instances", node.services.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn node(&self, node: &str) -> Result<Option<NodeServices>> {
        Ok(self.node_with(node, &ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::node`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::node`].
    pub async fn node_with(&self, node: &str, options: &ReadOptions) -> Result<Answer<Option<NodeServices>>> {
        let request = options.apply(Request::get("/v1/catalog/node/:node", [node])?);
        let answer: Answer<Option<NodeServices>> = self.client.answer(request).await?;
        Ok(answer.map(|found| found.filter(|found| found.node.is_some())))
    }

    /// Watches a node with its instances, as [`Catalog::node_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::node`]; the watch goes on after it.
    pub fn watch_node(&self, node: &str, options: &ReadOptions) -> Watch<Option<NodeServices>> {
        let subject = (self.clone(), node.to_owned());
        Watch::new(subject, options, |(catalog, node), read| {
            Box::pin(async move { catalog.node_with(node, &read).await })
        })
    }

    /// Reads a node with a list of its instances, or `None` when there is none.
    /// `GET /v1/catalog/node-services/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-services-for-node)); needs `node:read` and
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(node) = consul.catalog().node_services("web-1").await? {
    ///     println!("{} instances", node.services.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn node_services(&self, node: &str) -> Result<Option<NodeServiceList>> {
        Ok(self.node_services_with(node, &ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::node_services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::node_services`].
    pub async fn node_services_with(
        &self,
        node: &str,
        options: &ReadOptions,
    ) -> Result<Answer<Option<NodeServiceList>>> {
        let request = options.apply(Request::get("/v1/catalog/node-services/:node", [node])?);
        let answer: Answer<Option<NodeServiceList>> = self.client.answer(request).await?;
        Ok(answer.map(|found| found.filter(|found| found.node.is_some())))
    }

    /// Lists the services that an ingress or terminating gateway leads to.
    /// `GET /v1/catalog/gateway-services/:gateway`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-services-for-gateway));
    /// needs `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for link in consul.catalog().gateway_services("way-out").await? {
    ///     println!("{}", link.service.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:read` on the gateway.
    pub async fn gateway_services(&self, gateway: &str) -> Result<Vec<GatewayService>> {
        Ok(self.gateway_services_with(gateway, &ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::gateway_services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::gateway_services`].
    pub async fn gateway_services_with(
        &self,
        gateway: &str,
        options: &ReadOptions,
    ) -> Result<Answer<Vec<GatewayService>>> {
        let request = Request::get("/v1/catalog/gateway-services/:gateway", [gateway])?;
        self.client.answer_or_none(options.apply(request)).await
    }

    /// Watches the services that a gateway leads to, as [`Catalog::gateway_services_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Catalog::gateway_services`]; the watch goes on after it.
    pub fn watch_gateway_services(&self, gateway: &str, options: &ReadOptions) -> Watch<Vec<GatewayService>> {
        let subject = (self.clone(), gateway.to_owned());
        Watch::new(subject, options, |(catalog, gateway), read| {
            Box::pin(async move { catalog.gateway_services_with(gateway, &read).await })
        })
    }
}

/// What only an agent says of a service is not sent: the server refuses what it does not know.
fn register_request(registration: &Registration) -> Result<Request> {
    let request = Request::put("/v1/catalog/register", [])?;
    let Ok(Value::Object(mut body)) = serde_json::to_value(registration) else {
        return Err(request.refused("the registration cannot be written as JSON"));
    };
    if let Some(Value::Object(service)) = body.get_mut("Service") {
        service.remove("ContentHash");
        service.remove("Datacenter");
    }
    Ok(request.json(&body)?.idempotent())
}

/// An empty id would remove the whole node.
fn deregister_request(deregistration: &Deregistration<'_>) -> Result<Request> {
    let request = Request::put("/v1/catalog/deregister", [])?;
    if [deregistration.service_id, deregistration.check_id].contains(&Some("")) {
        return Err(request.refused("an empty id would remove the whole node"));
    }
    Ok(request.json(deregistration)?.idempotent())
}

#[cfg(test)]
mod tests {
    use super::{Deregistration, ListOptions, Registration, ServiceOptions, deregister_request, register_request};
    use crate::options::{Consistency, ReadOptions};
    use crate::transport::Request;

    #[test]
    fn t43_options_are_sent() {
        let request = || Request::get("/v1/catalog/nodes", []).unwrap();
        assert_eq!(ListOptions::new().apply(request()).query, "");
        let options = ListOptions::new().near("_agent").with_node_meta("rack", "a 1").with_node_meta("env", "x");
        assert_eq!(options.apply(request()).query, "near=_agent&node-meta=env%3Ax&node-meta=rack%3Aa%201");
        assert_eq!(ServiceOptions::new().apply(request()).query, "");
        let read = ReadOptions::new().with_consistency(Consistency::Stale);
        let options =
            ServiceOptions::new().with_tag("a").with_tag("b c").of_peer("p").merging_central_config().with_read(read);
        assert_eq!(options.apply(request()).query, "tag=a&tag=b%20c&peer=p&merge-central-config&stale");
    }

    /// What an agent adds is unknown to the catalog.
    #[test]
    fn t31_a_service_of_an_agent_can_be_registered() {
        let mut registration = Registration::new("a", "127.0.0.1");
        let service = r#"{"ID":"web1","Service":"web","Port":8080,"ContentHash":"ab","Datacenter":"dc1"}"#;
        registration.service = Some(serde_json::from_str(service).unwrap());
        let body = register_request(&registration).unwrap().body.unwrap().content;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = serde_json::json!({"ID": "web1", "Service": "web", "Port": 8080, "EnableTagOverride": false,
            "CreateIndex": 0, "ModifyIndex": 0});
        assert_eq!(body, serde_json::json!({"Node": "a", "Address": "127.0.0.1", "Service": expected}));
    }

    #[test]
    fn a_node_is_not_removed_by_mistake() {
        let request = |service_id, check_id| deregister_request(&Deregistration { node: "a", service_id, check_id });
        assert!(request(Some(""), None).is_err() && request(None, Some("")).is_err());
        let body = |request: Request| String::from_utf8(request.body.unwrap().content.to_vec()).unwrap();
        assert_eq!(body(request(None, None).unwrap()), r#"{"Node":"a"}"#);
        assert_eq!(body(request(Some("web"), None).unwrap()), r#"{"Node":"a","ServiceID":"web"}"#);
    }
}
