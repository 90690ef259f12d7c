//! Nomad's own service registry: <https://developer.hashicorp.com/nomad/api-docs/services>.

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;

/// Handle made by [`Client::services`].
#[derive(Clone, Debug)]
pub struct Services {
    client: Client,
}

answer! {
    /// The services of a namespace.
    NamespaceServices {
        /// The namespace.
        pub namespace: String,
        /// Its services.
        pub services: Vec<ServiceStub>,
    }
}

answer! {
    /// A service in a list.
    ServiceStub {
        /// Its name.
        pub service_name: String,
        /// The tags of all its instances.
        pub tags: Vec<String>,
    }
}

answer! {
    /// An instance of a service.
    ServiceRegistration {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The service.
        pub service_name: String,
        /// The namespace.
        pub namespace: String,
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// The datacenter.
        pub datacenter: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The allocation.
        #[serde(rename = "AllocID")]
        pub alloc_id: String,
        /// Its tags.
        pub tags: Vec<String>,
        /// Its address.
        pub address: String,
        /// Its port.
        pub port: u64,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Services {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all services by namespace. `GET /v1/services`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn list(&self) -> Result<Vec<NamespaceServices>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Services::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Services::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<NamespaceServices>>> {
        self.client.get_with("/v1/services", [], options).await
    }

    /// Lists the instances of a service; none for one that is not known. `GET /v1/service/:name`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn read(&self, name: &str) -> Result<Vec<ServiceRegistration>> {
        Ok(self.read_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`Services::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Services::read`].
    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Vec<ServiceRegistration>>> {
        self.client.get_with("/v1/service/:name", [name], options).await
    }
}
