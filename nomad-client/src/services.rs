//! Nomad's own service registry: <https://developer.hashicorp.com/nomad/api-docs/services>.
//!
//! Reading needs `namespace:read-job`, deleting `namespace:submit-job`.

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;

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

    /// Lists all services by namespace.
    ///
    /// `GET /v1/services` ([API](https://developer.hashicorp.com/nomad/api-docs/services#list-services)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for namespace in nomad.in_namespace("*").services().list().await? {
    ///     for service in namespace.services {
    ///         println!("{}/{}", namespace.namespace, service.service_name);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Lists the instances of a service; none for one that is not known.
    ///
    /// `GET /v1/service/:name` ([API](https://developer.hashicorp.com/nomad/api-docs/services#read-service)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for instance in nomad.services().read("latticedb").await? {
    ///     println!("{}:{}", instance.address, instance.port);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`.
    pub async fn read(&self, name: &str) -> Result<Vec<ServiceRegistration>> {
        Ok(self.read_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`Services::read`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Services::read`].
    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Vec<ServiceRegistration>>> {
        self.client.get_with("/v1/service/:name", [name], options).await
    }

    /// Chooses at most so many instances of a service for a key: the same for the same key as long as they live, and
    /// others for other keys, so that the callers spread.
    ///
    /// `GET /v1/service/:name` ([API](https://developer.hashicorp.com/nomad/api-docs/services#choose)). Needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mine = nomad.services().choose("latticedb", 1, "worker-7").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Services::read`].
    pub async fn choose(&self, name: &str, count: u64, key: &str) -> Result<Vec<ServiceRegistration>> {
        let request = Request::get("/v1/service/:name", [name])?;
        self.client.fetch(request.query("choose", format!("{count}|{key}"))).await
    }

    /// Deletes an instance of a service from the registry. One that lives comes back.
    ///
    /// `DELETE /v1/service/:name/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/services#delete-service)). Needs `namespace:submit-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for instance in nomad.services().read("gone").await? {
    ///     nomad.services().delete("gone", &instance.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such instance;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:submit-job`.
    pub async fn delete(&self, name: &str, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/service/:name/:id", [name, id])?).await
    }
}
