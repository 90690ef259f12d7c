//! Autopilot, which looks after the servers: <https://developer.hashicorp.com/consul/api-docs/operator/autopilot>.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Operator;
use crate::cas::{Cas, Outcome};
use crate::error::Result;
use crate::meta::Index;
use crate::transport::Request;
use crate::wire::time::Timestamp;

object! {
    /// How autopilot works.
    AutopilotConfiguration {
        /// Whether dead servers are removed when a new one joins.
        pub cleanup_dead_servers: bool,
        /// A healthy server has heard from the leader at most so long ago.
        pub last_contact_threshold: Option<Duration> as go_text,
        /// A healthy server is at most so many entries behind the leader.
        pub max_trailing_logs: u64,
        /// Dead servers are removed only while so many are left.
        pub min_quorum: u64,
        /// A new server must be healthy for so long before it takes part in votes.
        pub server_stabilization_time: Option<Duration> as go_text,
        /// The metadata that says in which zone a server is; Enterprise.
        pub redundancy_zone_tag: String,
        /// Whether servers of a newer version are not preferred; Enterprise.
        pub disable_upgrade_migration: bool,
        /// The metadata that says which version a server has; Enterprise.
        pub upgrade_version_tag: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written: the guard for [`Cas::At`].
        pub modify_index: Index,
    }
}

object! {
    /// The health of the servers as their leader sees it.
    AutopilotHealth {
        /// Whether all servers are healthy.
        pub healthy: bool,
        /// How many servers can still be lost without losing the quorum.
        pub failure_tolerance: i64,
        /// The servers.
        pub servers: Vec<ServerHealth>,
    }
}

object! {
    /// The health of one server.
    ServerHealth {
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
        pub last_contact: LastContact,
        /// The Raft term of its last entry.
        pub last_term: u64,
        /// The index of its last entry.
        pub last_index: u64,
        /// Whether it is healthy.
        pub healthy: bool,
        /// Whether it takes part in votes.
        pub voter: bool,
        /// Since when its health has not changed.
        pub stable_since: Option<Timestamp> as rfc3339,
    }
}

object! {
    /// All that autopilot knows.
    AutopilotState {
        /// Whether all servers are healthy.
        pub healthy: bool,
        /// How many servers can still be lost without losing the quorum.
        pub failure_tolerance: i64,
        /// The same, counted with servers that could take the place of lost ones; Enterprise.
        pub optimistic_failure_tolerance: i64,
        /// The servers by their Raft id.
        pub servers: BTreeMap<String, AutopilotServer>,
        /// The Raft id of the leader.
        pub leader: String,
        /// The Raft ids of those that take part in votes.
        pub voters: Vec<String>,
        /// The Raft ids of those that never will; Enterprise.
        pub read_replicas: Vec<String>,
    }
}

object! {
    /// What autopilot knows of one server.
    AutopilotServer {
        /// Its Raft id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// Its address.
        pub address: String,
        /// What the members think of it: `alive`, `left`, `failed`.
        pub node_status: String,
        /// Its version.
        pub version: String,
        /// How long ago it heard from the leader.
        pub last_contact: LastContact,
        /// The Raft term of its last entry.
        pub last_term: u64,
        /// The index of its last entry.
        pub last_index: u64,
        /// Whether it is healthy.
        pub healthy: bool,
        /// Since when its health has not changed.
        pub stable_since: Option<Timestamp> as rfc3339,
        /// The zone it is in; Enterprise.
        pub redundancy_zone: String,
        /// The version that counts for upgrades; Enterprise.
        pub upgrade_version: String,
        /// Whether it never takes part in votes; Enterprise.
        pub read_replica: bool,
        /// Its part in Raft.
        pub status: ServerStatus,
        /// The metadata of its node.
        pub meta: BTreeMap<String, String>,
        /// What kind of server it is: `voter`, or an Enterprise kind.
        pub node_type: String,
    }
}

wire_enum! {
    /// The part of a server in Raft.
    pub ServerStatus {
        /// None.
        None = "none",
        /// It leads.
        Leader = "leader",
        /// It takes part in votes.
        Voter = "voter",
        /// It takes no part in votes.
        NonVoter = "non-voter",
        /// It will take part in votes.
        Staging = "staging",
    }
}

default_empty!(ServerStatus);

/// How long ago a server heard from the leader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastContact {
    /// It never did.
    #[default]
    Never,
    /// So long ago.
    Ago(Duration),
}

mod last_contact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::LastContact;
    use crate::wire::duration::{format, parse};

    /// The server writes `-1ns` for a peer that it has not heard from; older ones wrote `never`, or nothing at all.
    impl<'de> Deserialize<'de> for LastContact {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            Ok(text.as_deref().and_then(parse).map_or(Self::Never, Self::Ago))
        }
    }

    impl Serialize for LastContact {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Ago(duration) => serializer.serialize_str(&format(*duration)),
                Self::Never => serializer.serialize_str("-1ns"),
            }
        }
    }

    impl crate::object::Absent for LastContact {}
}

impl Operator {
    /// Reads how autopilot works. `GET /v1/operator/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/autopilot#read-configuration));
    /// needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{:?}", consul.operator().autopilot_configuration().await?.last_contact_threshold);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_configuration(&self) -> Result<AutopilotConfiguration> {
        self.client.get("/v1/operator/autopilot/configuration", []).await
    }

    /// Changes how autopilot works. `PUT /v1/operator/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/autopilot#update-configuration));
    /// needs `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let mut configuration = consul.operator().autopilot_configuration().await?;
    /// configuration.cleanup_dead_servers = false;
    /// consul.operator().put_autopilot_configuration(&configuration).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`.
    pub async fn put_autopilot_configuration(&self, configuration: &AutopilotConfiguration) -> Result<()> {
        self.put_autopilot_configuration_with(configuration, Cas::Any).await.map(drop)
    }

    /// Changes how autopilot works if the guard holds, and says whether it was changed.
    ///
    /// # Errors
    /// As [`Operator::put_autopilot_configuration`]. A guard that does not hold is no error but
    /// [`Outcome::Refused`].
    pub async fn put_autopilot_configuration_with(
        &self,
        configuration: &AutopilotConfiguration,
        cas: Cas,
    ) -> Result<Outcome> {
        let request = Request::put("/v1/operator/autopilot/configuration", [])?;
        self.client.fetch::<bool>(cas.apply(request.json(configuration)?)).await.map(Outcome::from)
    }

    /// Reads the health of the servers; that they are unhealthy is no error.
    /// `GET /v1/operator/autopilot/health`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/autopilot#read-health)); needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let health = consul.operator().autopilot_health().await?;
    /// println!("healthy: {}, {} can be lost", health.healthy, health.failure_tolerance);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_health(&self) -> Result<AutopilotHealth> {
        // 429 is how the server says that something is unhealthy.
        self.client.fetch(Request::get("/v1/operator/autopilot/health", [])?.data_statuses(&[429])).await
    }

    /// Reads all that autopilot knows of the servers. `GET /v1/operator/autopilot/state`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/autopilot#read-the-autopilot-state));
    /// needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for server in consul.operator().autopilot_state().await?.servers.values() {
    ///     println!("{}: {}", server.name, server.status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_state(&self) -> Result<AutopilotState> {
        self.client.get("/v1/operator/autopilot/state", []).await
    }
}

#[cfg(test)]
mod tests {
    use super::{AutopilotConfiguration, AutopilotHealth, LastContact};
    use crate::object::tests::lossless;
    use std::time::Duration;

    #[test]
    fn answers_of_1_22() {
        let health: AutopilotHealth = lossless(
            r#"{"Healthy":true,"FailureTolerance":0,"Servers":[{"ID":"2435b176","Name":"a","Address":"127.0.0.1:28300",
            "SerfStatus":"alive","Version":"1.22.5","Leader":true,"LastContact":"15.3ms","LastTerm":2,"LastIndex":40,
            "Healthy":true,"Voter":true,"StableSince":"2026-11-23T17:34:24Z"},{"ID":"b","LastContact":"-1ns","Healthy":false}]}"#,
        );
        assert_eq!(health.servers[0].last_contact, LastContact::Ago(Duration::from_micros(15_300)));
        assert_eq!((health.servers[1].last_contact, health.servers[1].stable_since), (LastContact::Never, None));
        let text = r#"{"Servers":[{"LastContact":"never","StableSince":"0001-01-01T00:00:00Z"},{}]}"#;
        let health: AutopilotHealth = serde_json::from_str(text).unwrap();
        assert!(health.servers.iter().all(|server| server.last_contact == LastContact::Never));
        let configuration: AutopilotConfiguration = lossless(
            r#"{"CleanupDeadServers":true,"LastContactThreshold":"200ms","MaxTrailingLogs":250,"MinQuorum":0,
            "ServerStabilizationTime":"10s","RedundancyZoneTag":"","DisableUpgradeMigration":false,"UpgradeVersionTag":"",
            "CreateIndex":4,"ModifyIndex":4}"#,
        );
        assert_eq!(configuration.server_stabilization_time, Some(Duration::from_secs(10)));
    }
}
