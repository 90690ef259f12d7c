//! Namespaces: <https://developer.hashicorp.com/nomad/api-docs/namespaces>.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::namespaces`].
#[derive(Clone, Debug)]
pub struct Namespaces {
    client: Client,
}

object! {
    /// A namespace.
    Namespace {
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// The quota that it is under (Enterprise).
        pub quota: String,
        /// What its jobs may use.
        pub capabilities: Option<Capabilities>,
        /// The node pools that its jobs may use (Enterprise).
        pub node_pool_configuration: Option<Choice>,
        /// The Vault clusters that its jobs may use (Enterprise).
        pub vault_configuration: Option<Choice>,
        /// The Consul clusters that its jobs may use (Enterprise).
        pub consul_configuration: Option<Choice>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Namespace {
    /// A namespace of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

object! {
    /// What the jobs of a namespace may use.
    Capabilities {
        /// Only these drivers.
        pub enabled_task_drivers: Vec<String>,
        /// Not these drivers.
        pub disabled_task_drivers: Vec<String>,
        /// Only these modes of a network.
        pub enabled_network_modes: Vec<String>,
        /// Not these modes of a network.
        pub disabled_network_modes: Vec<String>,
    }
}

object! {
    /// Which of several things may be used.
    Choice {
        /// What is used unless a job says otherwise.
        pub default: String,
        /// Only these; `None` for any.
        pub allowed: Option<Vec<String>>,
        /// Not these.
        pub denied: Option<Vec<String>>,
    }
}

impl Namespaces {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the namespaces that the token may see. `GET /v1/namespaces`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/namespaces#list-namespaces)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for namespace in nomad.namespaces().list().await? {
    ///     println!("{}: {}", namespace.name, namespace.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn list(&self) -> Result<Vec<Namespace>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Namespaces::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Namespaces::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Namespace>>> {
        self.client.get_with("/v1/namespaces", [], options).await
    }

    /// Reads a namespace. `GET /v1/namespace/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/namespaces#read-namespace)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let namespace = nomad.namespaces().read("team").await?;
    /// println!("{:?}", namespace.capabilities);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without any permission in it.
    pub async fn read(&self, name: &str) -> Result<Namespace> {
        self.client.get("/v1/namespace/:name", [name]).await
    }

    /// As [`Namespaces::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Namespaces::read`], except for a missing one.
    pub async fn read_opt(&self, name: &str) -> Result<Option<Namespace>> {
        none_if_not_found(self.read(name).await)
    }

    /// Makes a namespace or replaces it. `PUT /v1/namespace`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/namespaces#create-or-update-namespace)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::namespaces::Namespace;
    ///
    /// let mut namespace = Namespace::new("team");
    /// namespace.description = "of the storage team".to_owned();
    /// nomad.namespaces().put(&namespace).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn put(&self, namespace: &Namespace) -> Result<()> {
        self.client.execute(Request::put("/v1/namespace", [])?.json(namespace)?.idempotent()).await
    }

    /// As [`Namespaces::put`], of the namespace of this name only, which must be its own.
    /// `PUT /v1/namespace/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/namespaces#create-or-update-namespace)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mut namespace = nomad.namespaces().read("team").await?;
    /// namespace.meta.insert("owner".into(), "storage".into());
    /// nomad.namespaces().update("team", &namespace).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Namespaces::put`]; [`Reason::Invalid`](crate::Reason::Invalid) when it has another name.
    pub async fn update(&self, name: &str, namespace: &Namespace) -> Result<()> {
        self.client.execute(Request::put("/v1/namespace/:name", [name])?.json(namespace)?.idempotent()).await
    }

    /// Deletes a namespace. `DELETE /v1/namespace/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/namespaces#delete-namespace)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.namespaces().delete("team").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses while jobs that are
    /// not dead, or variables, are in it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/namespace/:name", [name])?.idempotent()).await
    }
}
