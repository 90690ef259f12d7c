//! The leader and its peers: <https://developer.hashicorp.com/nomad/api-docs/status>.

use crate::client::Client;
use crate::error::{Error, Result};

/// Handle made by [`Client::status`].
#[derive(Clone, Debug)]
pub struct Status {
    client: Client,
}

impl Status {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the address of the leader, or `None` while there is none. `GET /v1/status/leader`; needs no token.
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_connect`] when it is not there.
    pub async fn leader(&self) -> Result<Option<String>> {
        let leader: Result<String> = self.client.get(["status", "leader"]).await;
        none_if_no_leader(leader)
    }

    /// Lists the addresses of the servers that take part in consensus. `GET /v1/status/peers`; needs no token.
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_no_leader`] while there is no leader.
    pub async fn peers(&self) -> Result<Vec<String>> {
        self.client.get(["status", "peers"]).await
    }
}

/// A missing leader is an error of status 500 where Consul answers with an empty text.
fn none_if_no_leader(leader: Result<String>) -> Result<Option<String>> {
    match leader {
        Ok(leader) => Ok(Some(leader).filter(|leader| !leader.is_empty())),
        Err(error) if Error::is_no_leader(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
