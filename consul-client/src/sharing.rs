//! Services that cluster peers and partitions share: <https://developer.hashicorp.com/consul/api-docs/exported-services>.
//!
//! What is exported is said by [`ExportedServices`](crate::config_entry::ExportedServices); here is what that comes to.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

object! {
    /// A service that others see.
    Exported {
        /// The service.
        pub service: String,
        /// Its partition; Enterprise.
        pub partition: String,
        /// Its namespace; Enterprise.
        pub namespace: String,
        /// Who sees it.
        pub consumers: Consumers,
    }
}

object! {
    /// Who sees a service.
    Consumers {
        /// Peers.
        pub peers: Vec<String>,
        /// Partitions; Enterprise.
        pub partitions: Vec<String>,
    }
}

object! {
    /// A service of others.
    Imported {
        /// The service.
        pub service: String,
        /// The partition that it was imported into; Enterprise.
        pub partition: String,
        /// Its namespace; Enterprise.
        pub namespace: String,
        /// The peer that it comes from.
        pub source_peer: String,
        /// The partition that it comes from; Enterprise.
        pub source_partition: String,
    }
}

/// Consul Enterprise puts the list into an object.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ImportedList {
    Bare(Vec<Imported>),
    #[serde(rename_all = "PascalCase")]
    Enveloped {
        #[serde(default)]
        partition: Option<String>,
        imported_services: Option<Vec<Imported>>,
    },
}

impl Default for ImportedList {
    fn default() -> Self {
        Self::Bare(Vec::new())
    }
}

impl ImportedList {
    fn services(self) -> Vec<Imported> {
        match self {
            Self::Bare(services) => services,
            Self::Enveloped { imported_services, .. } => imported_services.unwrap_or_default(),
        }
    }
}

/// Handle made by [`Client::sharing`].
#[derive(Clone, Debug)]
pub struct Sharing {
    client: Client,
}

impl Sharing {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the services that others see, with wildcards and sameness groups written out. `GET /v1/exported-services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/exported-services#list-exported-services)); needs
    /// `mesh:read` or `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for exported in consul.sharing().exported().await? {
    ///     println!("{} to {}", exported.service, exported.consumers.peers.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `mesh:read`.
    pub async fn exported(&self) -> Result<Vec<Exported>> {
        Ok(self.exported_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Sharing::exported`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Sharing::exported`].
    pub async fn exported_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Exported>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/exported-services", [])?)).await
    }

    /// Watches the services that others see, as [`Sharing::exported_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Sharing::exported`]; the watch goes on after it.
    pub fn watch_exported(&self, options: &ReadOptions) -> Watch<Vec<Exported>> {
        Watch::new(self.clone(), options, |sharing, read| Box::pin(async move { sharing.exported_with(&read).await }))
    }

    /// Lists the services of others that can be seen here. `GET /v1/imported-services`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/imported-services)); needs `mesh:read` or
    /// `operator:read`, and Consul 1.22.3.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for imported in consul.sharing().imported().await? {
    ///     println!("{} from {}", imported.service, imported.source_peer);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `mesh:read`;
    /// [`Error::is_not_found`](crate::Error::is_not_found) from a server that is too old.
    pub async fn imported(&self) -> Result<Vec<Imported>> {
        Ok(self.imported_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Sharing::imported`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Sharing::imported`].
    pub async fn imported_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Imported>>> {
        let request = options.apply(Request::get("/v1/imported-services", [])?);
        Ok(self.client.answer_or_none::<ImportedList>(request).await?.map(ImportedList::services))
    }

    /// Watches the services of others, as [`Sharing::imported_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Sharing::imported`]; the watch goes on after it.
    pub fn watch_imported(&self, options: &ReadOptions) -> Watch<Vec<Imported>> {
        Watch::new(self.clone(), options, |sharing, read| Box::pin(async move { sharing.imported_with(&read).await }))
    }
}

#[cfg(test)]
mod tests {
    use super::ImportedList;

    #[test]
    fn a_list_may_be_in_an_object() {
        let list = |text: &str| serde_json::from_str::<ImportedList>(text).unwrap().services();
        let one = r#"{"Service":"web","SourcePeer":"east"}"#;
        assert_eq!(list(&format!("[{one}]"))[0].source_peer, "east");
        assert_eq!(list(&format!(r#"{{"Partition":"default","ImportedServices":[{one}]}}"#))[0].service, "web");
        assert!(list(r#"{"Partition":"default","ImportedServices":null}"#).is_empty());
    }
}
