//! The agent that answers: <https://developer.hashicorp.com/nomad/api-docs/agent>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// Handle made by [`Client::agent`].
#[derive(Clone, Debug)]
pub struct Agent {
    client: Client,
}

/// What an agent says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentSelf {
    /// Its configuration, with secrets left out by the server.
    pub config: Value,
    /// Its place among the servers; empty on an agent that is none.
    #[serde(deserialize_with = "null::or_default")]
    pub member: Member,
    /// Its counters, by group.
    #[serde(deserialize_with = "null::or_default")]
    pub stats: BTreeMap<String, BTreeMap<String, String>>,
}

impl AgentSelf {
    /// The agent's version, such as `1.11.3`.
    pub fn version(&self) -> Option<&str> {
        self.config.pointer("/Version/Version")?.as_str()
    }
}

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

/// How an agent is. A part that the agent does not have is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentHealth {
    /// As a server.
    pub server: Option<PartHealth>,
    /// As a client.
    pub client: Option<PartHealth>,
}

impl AgentHealth {
    /// Whether all of its parts are well.
    pub fn is_healthy(&self) -> bool {
        [&self.server, &self.client].into_iter().flatten().all(|part| part.ok)
    }
}

/// How one part of an agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PartHealth {
    /// Whether it is well.
    pub ok: bool,
    /// What it lacks.
    pub message: String,
}

impl Agent {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads what the agent says about itself. `GET /v1/agent/self`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`.
    pub async fn read(&self) -> Result<AgentSelf> {
        self.client.get("/v1/agent/self", []).await
    }

    /// Reads how the agent is: being unwell is an answer, not an error. `GET /v1/agent/health`; needs no token.
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn health(&self) -> Result<AgentHealth> {
        // An unwell agent answers 500 with the same JSON as text/plain.
        self.client.fetch(Request::get("/v1/agent/health", [])?.data_statuses(&[500])).await
    }

    /// Lists the servers that the agent knows. `GET /v1/agent/members`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:read`.
    pub async fn members(&self) -> Result<Members> {
        self.client.get("/v1/agent/members", []).await
    }
}

#[cfg(test)]
mod tests {
    use super::AgentHealth;

    #[test]
    fn an_unwell_part_makes_an_unwell_agent() {
        let text = r#"{"client":{"message":"no known servers","ok":false}}"#;
        let health: AgentHealth = serde_json::from_str(text).unwrap();
        assert!(!health.is_healthy());
        assert_eq!(health.client.unwrap().message, "no known servers");
        assert_eq!(health.server, None);
    }
}
