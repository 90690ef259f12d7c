//! All nodes and services of a datacenter: <https://developer.hashicorp.com/consul/api-docs/catalog>.
//!
//! Without `node:read` and `service:read` things are left out of the answers without an error; see
//! [`Meta::filtered_by_acls`](crate::Meta::filtered_by_acls). Not covered: registering past an agent.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

object! {
    /// A node.
    Node {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub node: String,
        /// Its address.
        pub address: String,
        /// Its datacenter.
        pub datacenter: String,
        /// Its addresses by the network they are for: `lan`, `wan` and others.
        pub tagged_addresses: BTreeMap<String, String>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

object! {
    /// An instance of a service with its node.
    CatalogService {
        /// The id of its node.
        #[serde(rename = "ID")]
        pub node_id: String,
        /// Its node.
        pub node: String,
        /// The address of its node.
        #[serde(rename = "Address")]
        pub node_address: String,
        /// Its datacenter.
        pub datacenter: String,
        /// The metadata of its node.
        pub node_meta: BTreeMap<String, String>,
        /// The id of the instance.
        #[serde(rename = "ServiceID")]
        pub service_id: String,
        /// The service.
        pub service_name: String,
        /// What else it is: `connect-proxy`, a gateway; empty for a plain service.
        pub service_kind: String,
        /// Its tags.
        pub service_tags: Vec<String>,
        /// Its own address; the node's when empty.
        pub service_address: String,
        /// Its port.
        pub service_port: u16,
        /// Its metadata.
        pub service_meta: BTreeMap<String, String>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl CatalogService {
    /// Where it can be reached: its own address, or else its node's.
    pub fn address(&self) -> &str {
        if self.service_address.is_empty() { &self.node_address } else { &self.service_address }
    }
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

    /// Lists the datacenters, the nearest first. `GET /v1/catalog/datacenters`; needs no token.
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn datacenters(&self) -> Result<Vec<String>> {
        self.client.list("/v1/catalog/datacenters", []).await
    }

    /// Lists all nodes. `GET /v1/catalog/nodes`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn nodes(&self) -> Result<Vec<Node>> {
        Ok(self.nodes_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::nodes`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::nodes`].
    pub async fn nodes_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Node>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/catalog/nodes", [])?)).await
    }

    /// Watches the list of nodes. `GET /v1/catalog/nodes`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-nodes)); needs `node:read`.
    pub fn watch_nodes(&self, options: &ReadOptions) -> Watch<Vec<Node>> {
        Watch::new(self.clone(), options, |catalog, read| Box::pin(async move { catalog.nodes_with(&read).await }))
    }

    /// Lists all services with the tags of all their instances. `GET /v1/catalog/services`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn services(&self) -> Result<BTreeMap<String, Vec<String>>> {
        Ok(self.services_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::services`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::services`].
    pub async fn services_with(&self, options: &ReadOptions) -> Result<Answer<BTreeMap<String, Vec<String>>>> {
        let request = options.apply(Request::get("/v1/catalog/services", [])?);
        let answer: Answer<BTreeMap<String, Option<Vec<String>>>> = self.client.answer_or_none(request).await?;
        Ok(answer.map(|services| services.into_iter().map(|(name, tags)| (name, tags.unwrap_or_default())).collect()))
    }

    /// Watches the list of services. `GET /v1/catalog/services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-services)); needs `service:read`.
    pub fn watch_services(&self, options: &ReadOptions) -> Watch<BTreeMap<String, Vec<String>>> {
        Watch::new(self.clone(), options, |catalog, read| Box::pin(async move { catalog.services_with(&read).await }))
    }

    /// Lists the instances of a service, healthy or not; none when there is no such service.
    /// `GET /v1/catalog/service/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn service(&self, name: &str) -> Result<Vec<CatalogService>> {
        Ok(self.service_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`Catalog::service`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Catalog::service`].
    pub async fn service_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Vec<CatalogService>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/catalog/service/:name", [name])?)).await
    }

    /// Watches the instances of a service, healthy or not. `GET /v1/catalog/service/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/catalog#list-nodes-for-service)); needs `service:read` and
    /// `node:read`.
    pub fn watch_service(&self, name: &str, options: &ReadOptions) -> Watch<Vec<CatalogService>> {
        let subject = (self.clone(), name.to_owned());
        Watch::new(subject, options, |(catalog, name), read| {
            Box::pin(async move { catalog.service_with(name, &read).await })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::CatalogService;

    #[test]
    fn an_instance_of_1_22() {
        let text = r#"[{"ID":"2435b176","Node":"a","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1"},
            "NodeMeta":{"consul-version":"1.22.5"},"ServiceKind":"","ServiceID":"web1","ServiceName":"web","ServiceTags":["a","b"],
            "ServiceAddress":"","ServiceWeights":{"Passing":1,"Warning":1},"ServiceMeta":null,"ServicePort":8080,
            "ServicePorts":null,"ServiceProxy":{"Mode":"","MeshGateway":{},"Expose":{}},"ServiceLocality":null,
            "CreateIndex":41,"ModifyIndex":41}]"#;
        let services: Vec<CatalogService> = serde_json::from_str(text).unwrap();
        assert_eq!((services[0].address(), services[0].service_port), ("127.0.0.1", 8080));
        assert_eq!(services[0].service_tags, ["a", "b"]);
    }
}
