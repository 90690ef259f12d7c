//! What an operator looks at: <https://developer.hashicorp.com/consul/api-docs/operator>.
//!
//! Reading needs `operator:read`. Not covered: changing Raft peers, gossip keys, licences and usage.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::time::{Timestamp, or_none};

object! {
    /// The health of the servers as their leader sees it.
    AutopilotHealth {
        /// Whether all servers are healthy.
        pub healthy: bool,
        /// How many servers can still be lost without losing the quorum.
        pub failure_tolerance: u64,
        /// The servers.
        pub servers: Vec<ServerHealth>,
    }
}

/// The health of one server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ServerHealth {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What the members think of it: `alive`, `left`, `failed`.
    pub serf_status: String,
    /// Its version.
    pub version: String,
    /// Whether it leads.
    pub leader: bool,
    /// How long ago it heard from the leader; unknown when it never did.
    #[serde(with = "last_contact")]
    pub last_contact: Option<Duration>,
    /// The Raft term of its last entry.
    pub last_term: u64,
    /// The index of its last entry.
    pub last_index: u64,
    /// Whether it is healthy.
    pub healthy: bool,
    /// Whether it takes part in votes.
    pub voter: bool,
    /// Since when its health has not changed.
    #[serde(deserialize_with = "or_none")]
    pub stable_since: Option<Timestamp>,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The server writes `-1ns`, `never` or no duration at all for a peer that it has not heard from.
mod last_contact {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::wire::duration::{format, parse};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.as_deref().and_then(parse))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(duration) => serializer.serialize_str(&format(*duration)),
            None => serializer.serialize_str("-1ns"),
        }
    }
}

object! {
    /// The servers that take part in Raft.
    RaftConfiguration {
        /// The servers.
        pub servers: Vec<RaftServer>,
        /// The Raft index of this configuration.
        pub index: u64,
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

/// Handle made by [`Client::operator`].
#[derive(Clone, Debug)]
pub struct Operator {
    client: Client,
}

impl Operator {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the health of the servers; that they are unhealthy is no error.
    /// `GET /v1/operator/autopilot/health`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_health(&self) -> Result<AutopilotHealth> {
        // 429 is how the server says that something is unhealthy.
        self.client.fetch(Request::get("/v1/operator/autopilot/health", [])?.data_statuses(&[429])).await
    }

    /// Reads which servers take part in Raft. `GET /v1/operator/raft/configuration`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn raft_configuration(&self) -> Result<RaftConfiguration> {
        self.client.get("/v1/operator/raft/configuration", []).await
    }
}

#[cfg(test)]
mod tests {
    use super::{AutopilotHealth, RaftConfiguration};
    use std::time::Duration;

    #[test]
    fn answers_of_1_22() {
        let text = r#"{"Healthy":true,"FailureTolerance":0,"Servers":[{"ID":"2435b176","Name":"a","Address":"127.0.0.1:28300",
            "SerfStatus":"alive","Version":"1.22.5","Leader":true,"LastContact":"15.3ms","LastTerm":2,"LastIndex":40,
            "Healthy":true,"Voter":true,"StableSince":"2026-11-23T17:34:24Z"},
            {"ID":"b","LastContact":"-1ns","Healthy":false,"StableSince":"0001-01-01T00:00:00Z"},{"LastContact":"never"}]}"#;
        let health: AutopilotHealth = serde_json::from_str(text).unwrap();
        assert_eq!(health.servers[0].last_contact, Some(Duration::from_micros(15_300)));
        assert!(health.servers[0].stable_since.is_some());
        assert_eq!((health.servers[1].last_contact, health.servers[1].stable_since), (None, None));
        let text = r#"{"Servers":[{"ID":"2435b176","Node":"a","Address":"127.0.0.1:28300","Leader":true,"ProtocolVersion":"3",
            "Voter":true,"LastIndex":40}],"Index":0}"#;
        let raft: RaftConfiguration = serde_json::from_str(text).unwrap();
        assert!(raft.servers[0].leader && raft.servers[0].voter);
    }
}
