//! Which servers there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Agent;
use crate::error::Result;
use crate::transport::Request;

answer! {
    /// A server, as gossip knows it.
    Member {
        /// Its name, with the region.
        pub name: String,
        /// Its address.
        pub addr: String,
        /// Its port for gossip.
        pub port: u64,
        /// What it says about itself: `build`, `dc`, `id`, `region`, `rpc_addr`, …
        pub tags: BTreeMap<String, String>,
        /// `alive`, `leaving`, `left` or `failed`.
        pub status: String,
        /// The oldest protocol that it speaks.
        pub protocol_min: u64,
        /// The newest protocol that it speaks.
        pub protocol_max: u64,
        /// The protocol that it speaks now.
        pub protocol_cur: u64,
        /// The oldest version of Nomad's part.
        pub delegate_min: u64,
        /// The newest version of Nomad's part.
        pub delegate_max: u64,
        /// The version of Nomad's part in use.
        pub delegate_cur: u64,
    }
}

answer! {
    /// The servers that an agent knows.
    Members {
        /// The answering server.
        pub server_name: String,
        /// Its region.
        pub server_region: String,
        /// Its datacenter.
        #[serde(rename = "ServerDC")]
        pub server_dc: String,
        /// All servers, those of other regions included.
        pub members: Vec<Member>,
    }
}

/// What came of joining others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Joined {
    /// How many were joined.
    pub num_joined: u64,
    /// Why others were not.
    pub error: String,
}

impl Agent {
    /// Lists the servers that the agent knows. `GET /v1/agent/members`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#list-members)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for member in nomad.agent().members().await?.members {
    ///     println!("{} is {}", member.name, member.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:read`.
    pub async fn members(&self) -> Result<Members> {
        self.client.get("/v1/agent/members", []).await
    }

    /// Lists the servers that a client agent talks to, as `host:port`. `GET /v1/agent/servers`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#list-servers)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{:?}", nomad.agent().servers().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`; [`Error::status`](crate::Error::status) 501 on
    /// an agent that is no client.
    pub async fn servers(&self) -> Result<Vec<String>> {
        self.client.get("/v1/agent/servers", []).await
    }

    /// Makes a client agent talk to these servers. `PUT /v1/agent/servers`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#update-servers)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.agent().update_servers(&["10.0.0.1:4647", "10.0.0.2:4647"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::servers`]; the agent refuses servers that do not answer.
    pub async fn update_servers(&self, addresses: &[&str]) -> Result<()> {
        self.client.execute(named(Request::put("/v1/agent/servers", [])?, addresses).idempotent()).await
    }

    /// Makes a server agent join others, by their gossip addresses. `PUT /v1/agent/join`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#join-agent));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let joined = nomad.agent().join(&["10.0.0.2:4648"]).await?;
    /// println!("{} joined; {}", joined.num_joined, joined.error);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::status`](crate::Error::status) 501 on an agent that is no server. That others cannot be joined is no
    /// error but an answer.
    pub async fn join(&self, addresses: &[&str]) -> Result<Joined> {
        self.client.fetch(named(Request::put("/v1/agent/join", [])?, addresses).idempotent()).await
    }

    /// Lets the agent read its configuration again. `PUT /v1/agent/reload`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#reload-agent)); needs `agent:write`, and Nomad 2.0.3.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.agent().reload().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`;
    /// [`Error::is_not_found`](crate::Error::is_not_found) on an older agent, which cannot do so.
    pub async fn reload(&self) -> Result<()> {
        self.client.execute(Request::put("/v1/agent/reload", [])?.idempotent()).await
    }

    /// Says that a server which has failed will not come back, by its name. `PUT /v1/agent/force-leave`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#force-leave-agent)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.agent().force_leave("server-3.global").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`.
    pub async fn force_leave(&self, node: &str) -> Result<()> {
        let request = Request::put("/v1/agent/force-leave", [])?.query("node", node);
        self.client.execute(request.idempotent()).await
    }

    /// As [`Agent::force_leave`], and takes it out of the list of members.
    ///
    /// # Errors
    /// As [`Agent::force_leave`].
    pub async fn force_leave_and_prune(&self, node: &str) -> Result<()> {
        let request = Request::put("/v1/agent/force-leave", [])?.query("node", node).query("prune", "true");
        self.client.execute(request.idempotent()).await
    }
}

fn named(request: Request, addresses: &[&str]) -> Request {
    addresses.iter().fold(request, |request, address| request.query("address", address))
}
