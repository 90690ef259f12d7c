//! The servers' consensus: <https://developer.hashicorp.com/nomad/api-docs/operator/raft>.

use super::Operator;
use crate::error::Result;
use crate::meta::Index;
use crate::options::ReadOptions;
use crate::transport::Request;

answer! {
    /// Who takes part in consensus.
    RaftConfiguration {
        /// The servers.
        pub servers: Vec<RaftServer>,
        /// When that last changed.
        pub index: Index,
    }
}

answer! {
    /// One that takes part in consensus.
    RaftServer {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub node: String,
        /// Its address.
        pub address: String,
        /// Whether it leads.
        pub leader: bool,
        /// Whether it votes.
        pub voter: bool,
        /// The version of the protocol that it speaks.
        pub raft_protocol: String,
    }
}

answer! {
    /// What became of a change of leaders.
    LeadershipTransfer {
        /// Who led.
        pub from: RaftAddress,
        /// Who leads now.
        pub to: RaftAddress,
        /// Whether that was the same.
        pub noop: bool,
    }
}

answer! {
    /// A server in consensus.
    RaftAddress {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its address.
        pub address: String,
    }
}

impl Operator {
    /// Reads who takes part in consensus. `GET /v1/operator/raft/configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/raft#read-raft-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for server in nomad.operator().raft_configuration().await?.servers {
    ///     println!("{} leads: {}", server.node, server.leader);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn raft_configuration(&self) -> Result<RaftConfiguration> {
        self.raft_configuration_with(&ReadOptions::new()).await
    }

    /// As [`Operator::raft_configuration`]; without a leader only a [`Stale`](crate::Consistency::Stale) read works.
    ///
    /// # Errors
    /// As [`Operator::raft_configuration`].
    pub async fn raft_configuration_with(&self, options: &ReadOptions) -> Result<RaftConfiguration> {
        Ok(self.client.get_with("/v1/operator/raft/configuration", [], options).await?.value)
    }

    /// Removes a server that is gone for good from consensus, by its id. `DELETE /v1/operator/raft/peer`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/raft#remove-raft-peer)).
    ///
    /// A server that leaves by itself, or that autopilot removes, needs no such call.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.operator().remove_raft_peer("6a1e5a1f-e3b1-4f2a-8f3c-0d3f6ac8d3b1").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such server.
    pub async fn remove_raft_peer(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/operator/raft/peer", [])?.query("id", id)).await
    }

    /// Makes another server lead, by its id. `PUT /v1/operator/raft/transfer-leadership`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/raft#transfer-leadership)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let servers = nomad.operator().raft_configuration().await?.servers;
    /// if let Some(other) = servers.iter().find(|server| server.voter && !server.leader) {
    ///     nomad.operator().transfer_leadership(&other.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`; the server refuses one that does not vote.
    pub async fn transfer_leadership(&self, id: &str) -> Result<LeadershipTransfer> {
        self.client.fetch(Request::put("/v1/operator/raft/transfer-leadership", [])?.query("id", id)).await
    }
}
