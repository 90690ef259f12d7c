//! The servers that take part in Raft: <https://developer.hashicorp.com/consul/api-docs/operator/raft>.

use serde::{Deserialize, Serialize};

use super::Operator;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;

object! {
    /// The servers that take part in Raft.
    RaftConfiguration {
        /// The servers.
        pub servers: Vec<RaftServer>,
        /// The Raft index of this configuration.
        pub index: Index,
    }
}

object! {
    /// A server that takes part in Raft.
    RaftServer {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The name of its node; `(unknown)` when it has left.
        pub node: String,
        /// Its address.
        pub address: String,
        /// Whether it leads.
        pub leader: bool,
        /// The version of its Raft protocol.
        pub protocol_version: String,
        /// Whether it takes part in votes.
        pub voter: bool,
        /// The index of its last entry.
        pub last_index: u64,
    }
}

/// A server that takes part in Raft, by one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// By its id.
    Id(String),
    /// By its address, with the port for servers.
    Address(String),
}

impl Peer {
    /// By its id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }

    /// By its address, with the port for servers.
    pub fn address(address: impl Into<String>) -> Self {
        Self::Address(address.into())
    }
}

/// Options of [`Operator::transfer_leader_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransferOptions {
    id: Option<String>,
}

impl TransferOptions {
    /// The defaults: Raft chooses.
    pub fn new() -> Self {
        Self::default()
    }

    /// To the server of this Raft id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transferred {
    success: bool,
}

impl Operator {
    /// Reads which servers take part in Raft. `GET /v1/operator/raft/configuration`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/raft#read-configuration));
    /// needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for server in consul.operator().raft_configuration().await?.servers {
    ///     println!("{} {}{}", server.node, server.address, if server.leader { " leads" } else { "" });
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn raft_configuration(&self) -> Result<RaftConfiguration> {
        Ok(self.raft_configuration_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Operator::raft_configuration`], with options: a stale read is answered even without a leader. There is no
    /// index to wait on.
    ///
    /// # Errors
    /// As [`Operator::raft_configuration`].
    pub async fn raft_configuration_with(&self, options: &ReadOptions) -> Result<Answer<RaftConfiguration>> {
        self.client.answer(options.apply(Request::get("/v1/operator/raft/configuration", [])?)).await
    }

    /// Lets another server lead, and says whether that came about. `POST /v1/operator/raft/transfer-leader`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/raft#transfer-leadership));
    /// needs `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// assert!(consul.operator().transfer_leader().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`; when there is no other server that could
    /// lead.
    pub async fn transfer_leader(&self) -> Result<bool> {
        self.transfer_leader_with(&TransferOptions::new()).await
    }

    /// As [`Operator::transfer_leader`], with options.
    ///
    /// # Errors
    /// As [`Operator::transfer_leader`].
    pub async fn transfer_leader_with(&self, options: &TransferOptions) -> Result<bool> {
        let request = Request::post("/v1/operator/raft/transfer-leader", [])?;
        let transferred: Transferred = self.client.fetch(request.query_if("id", options.id.as_ref())).await?;
        Ok(transferred.success)
    }

    /// Removes a server that is gone for good from Raft. `DELETE /v1/operator/raft/peer`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/raft#delete-raft-peer)); needs `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::operator::Peer;
    ///
    /// consul.operator().remove_peer(&Peer::address("10.0.0.7:8300")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`; when there is no such server.
    pub async fn remove_peer(&self, peer: &Peer) -> Result<()> {
        self.client.execute(remove_request(peer)?).await
    }
}

fn remove_request(peer: &Peer) -> Result<Request> {
    let request = Request::delete("/v1/operator/raft/peer", [])?;
    Ok(match peer {
        Peer::Id(id) => request.query("id", id),
        Peer::Address(address) => request.query("address", address),
    })
}

#[cfg(test)]
mod tests {
    use super::{Peer, RaftConfiguration, remove_request};
    use crate::object::tests::lossless;

    #[test]
    fn a_peer_has_one_name() {
        assert_eq!(remove_request(&Peer::id("a")).unwrap().query, "id=a");
        let request = remove_request(&Peer::address("127.0.0.1:8300")).unwrap();
        assert_eq!((request.query.as_str(), request.idempotent), ("address=127.0.0.1%3A8300", false));
    }

    #[test]
    fn a_configuration_of_1_22() {
        let raft: RaftConfiguration = lossless(
            r#"{"Servers":[{"ID":"2435b176","Node":"a","Address":"127.0.0.1:28300","Leader":true,"ProtocolVersion":"3",
            "Voter":true,"LastIndex":40}],"Index":1}"#,
        );
        assert!(raft.servers[0].leader && raft.servers[0].voter);
    }
}
