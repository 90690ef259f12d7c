//! Regions: <https://developer.hashicorp.com/nomad/api-docs/regions>.

use crate::client::Client;
use crate::error::Result;

impl Client {
    /// The regions that the servers know. `GET /v1/regions`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/regions#list-regions)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{:?}", nomad.regions().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn regions(&self) -> Result<Vec<String>> {
        self.get("/v1/regions", []).await
    }
}
