//! The leader and its peers: <https://developer.hashicorp.com/consul/api-docs/status>.

use crate::client::Client;
use crate::error::Result;

/// Handle made by [`Client::status`].
#[derive(Clone, Debug)]
pub struct Status {
    client: Client,
}

impl Status {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the address of the leader, or `None` while there is none. `GET /v1/status/leader`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/status#get-raft-leader)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// match consul.status().leader().await? {
    ///     Some(address) => println!("{address} leads"),
    ///     None => println!("there is an election"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn leader(&self) -> Result<Option<String>> {
        let leader: String = self.client.get("/v1/status/leader", []).await?;
        Ok(Some(leader).filter(|leader| !leader.is_empty()))
    }

    /// Lists the addresses of the servers that take part in consensus. `GET /v1/status/peers`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/status#list-raft-peers)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{} servers", consul.status().peers().await?.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn peers(&self) -> Result<Vec<String>> {
        self.client.list("/v1/status/peers", []).await
    }
}
