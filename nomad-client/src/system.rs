//! Upkeep of the whole cluster: <https://developer.hashicorp.com/nomad/api-docs/system>.

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

/// Handle made by [`Client::system`].
#[derive(Clone, Debug)]
pub struct System {
    client: Client,
}

impl System {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Starts to remove what is over: jobs, evaluations, allocations, nodes. `PUT /v1/system/gc`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/system#force-gc)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.system().gc().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn gc(&self) -> Result<()> {
        self.put("/v1/system/gc").await
    }

    /// Counts the summaries of all jobs anew. `PUT /v1/system/reconcile/summaries`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/system#reconcile-summaries)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.system().reconcile_summaries().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn reconcile_summaries(&self) -> Result<()> {
        self.put("/v1/system/reconcile/summaries").await
    }

    async fn put(&self, route: &'static str) -> Result<()> {
        self.client.execute(Request::put(route, [])?.idempotent()).await
    }
}
