//! The agent that answers: <https://developer.hashicorp.com/nomad/api-docs/agent>.
//!
//! Reading needs `agent:read`, changing `agent:write`, unless said otherwise.

mod debugging;
mod gossip;
mod membership;
mod schedulers;

pub use self::debugging::{Disk, HostData, LogLevel, MonitorExport, MonitorOptions, Profile, ProfileOptions, Target};
pub use self::gossip::{GossipKey, GossipKeys};
pub use self::membership::{Joined, Member, Members};
pub use self::schedulers::{SchedulerWorker, SchedulerWorkers, WorkerConfiguration};

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

    /// Reads what the agent says about itself. `GET /v1/agent/self`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#query-self)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{:?}", nomad.agent().read().await?.version());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`.
    pub async fn read(&self) -> Result<AgentSelf> {
        self.client.get("/v1/agent/self", []).await
    }

    /// Reads how the agent is: being unwell is an answer, not an error. `GET /v1/agent/health`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#health)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("healthy: {}", nomad.agent().health().await?.is_healthy());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn health(&self) -> Result<AgentHealth> {
        // An unwell agent answers 500 with the same JSON as text/plain.
        self.client.fetch(Request::get("/v1/agent/health", [])?.data_statuses(&[500])).await
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
