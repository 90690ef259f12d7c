//! The built-in storage: <https://developer.hashicorp.com/vault/api-docs/system/storage/raft>.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::codec;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{duration, null, time};

/// The servers of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Configuration {
    /// The log entry from which it stems.
    #[serde(default, deserialize_with = "null::or_default")]
    pub index: u64,
    /// The servers.
    #[serde(default, deserialize_with = "null::or_default")]
    pub servers: Vec<Server>,
}

/// A server of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Server {
    /// Its id.
    #[serde(default, deserialize_with = "null::or_default")]
    pub node_id: String,
    /// Its address for other nodes, without a scheme.
    #[serde(default, deserialize_with = "null::or_default")]
    pub address: String,
    /// Whether it leads.
    #[serde(default, deserialize_with = "null::or_default")]
    pub leader: bool,
    /// Whether it has a vote.
    #[serde(default, deserialize_with = "null::or_default")]
    pub voter: bool,
    /// The version of the protocol.
    #[serde(default, deserialize_with = "null::or_default")]
    pub protocol_version: String,
}

#[derive(Serialize, Deserialize)]
struct Configured {
    config: Configuration,
}

/// How a node joins a cluster.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct JoinRequest {
    /// The address of a node of the cluster.
    pub leader_api_addr: String,
    /// The CA certificates for that address, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_ca_cert: Option<String>,
    /// The certificate to show there, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_client_cert: Option<String>,
    #[serde(serialize_with = "in_clear", skip_serializing_if = "Option::is_none")]
    leader_client_key: Option<SecretString>,
    /// Whether to try again until it works.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retry: bool,
    /// Whether to join without a vote (Vault Enterprise).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub non_voter: bool,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn in_clear<S: serde::Serializer>(key: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    key.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

impl JoinRequest {
    /// Joins the cluster of the node at this address.
    pub fn new(leader_api_addr: impl Into<String>) -> Self {
        Self { leader_api_addr: leader_api_addr.into(), ..Self::default() }
    }

    /// The key of the certificate that is shown there, in PEM.
    #[must_use]
    pub fn with_client_key(mut self, key: impl Into<SecretString>) -> Self {
        self.leader_client_key = Some(key.into());
        self
    }
}

#[derive(Serialize, Deserialize)]
struct Joined {
    #[serde(default)]
    joined: bool,
}

/// How the cluster looks after itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutopilotConfig {
    /// Whether dead servers are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup_dead_servers: Option<bool>,
    /// After how much silence a server counts as unhealthy.
    #[serde(default, with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub last_contact_threshold: Option<Duration>,
    /// After how much silence a server counts as dead.
    #[serde(default, with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub dead_server_last_contact_threshold: Option<Duration>,
    /// How many log entries a healthy server may lack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_trailing_logs: Option<u64>,
    /// How many servers there have to be before dead ones are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_quorum: Option<u64>,
    /// How long a new server has to be healthy before it gets a vote.
    #[serde(default, with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub server_stabilization_time: Option<Duration>,
    /// Whether servers of a new version take over by themselves (Vault Enterprise).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_upgrade_migration: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How the cluster does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutopilotState {
    /// Whether all servers are healthy.
    #[serde(default, deserialize_with = "null::or_default")]
    pub healthy: bool,
    /// How many servers may fail.
    #[serde(default, deserialize_with = "null::or_default")]
    pub failure_tolerance: i64,
    /// As [`AutopilotState::failure_tolerance`], were it to happen one after the other (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub optimistic_failure_tolerance: i64,
    /// The id of the leader.
    #[serde(default, deserialize_with = "null::or_default")]
    pub leader: String,
    /// The ids of those that vote.
    #[serde(default, deserialize_with = "null::or_default")]
    pub voters: Vec<String>,
    /// The ids of those that do not.
    #[serde(default, deserialize_with = "null::or_default")]
    pub non_voters: Vec<String>,
    /// The servers by id.
    #[serde(default, deserialize_with = "null::or_default")]
    pub servers: BTreeMap<String, ServerState>,
    /// Zones of redundancy (Vault Enterprise).
    #[serde(default)]
    pub redundancy_zones: Option<Value>,
    /// The upgrade under way (Vault Enterprise).
    #[serde(default)]
    pub upgrade_info: Option<Value>,
}

/// How a server does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerState {
    /// Its id.
    #[serde(default, deserialize_with = "null::or_default")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// Its address for other nodes, without a scheme.
    #[serde(default, deserialize_with = "null::or_default")]
    pub address: String,
    /// Whether it answers.
    #[serde(default)]
    pub node_status: Option<NodeStatus>,
    /// Its part in the cluster.
    #[serde(default)]
    pub status: Option<ServerStatus>,
    /// Whether it is healthy.
    #[serde(default, deserialize_with = "null::or_default")]
    pub healthy: bool,
    /// How long ago the leader heard of it.
    #[serde(default, with = "codec::seconds")]
    pub last_contact: Duration,
    /// The term of its last log entry.
    #[serde(default, deserialize_with = "null::or_default")]
    pub last_term: u64,
    /// Its last log entry.
    #[serde(default, deserialize_with = "null::or_default")]
    pub last_index: u64,
    /// Since when it has been healthy, or unhealthy.
    #[serde(default, deserialize_with = "time::or_none")]
    pub stable_since: Option<Timestamp>,
    /// The version of Vault.
    #[serde(default, deserialize_with = "null::or_default")]
    pub version: String,
    /// The version to which it is upgraded (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub upgrade_version: String,
    /// Which part it is meant for.
    #[serde(default)]
    pub node_type: Option<NodeType>,
    /// Its zone of redundancy (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub redundancy_zone: String,
}

wire_enum! {
    /// Whether a server answers.
    pub NodeStatus {
        /// It does.
        Alive = "alive",
        /// It has said goodbye.
        Left = "left",
        /// It does not.
        Failed = "failed",
        /// The leader has not found out yet.
        Unknown = "unknown",
    }
}

wire_enum! {
    /// The part of a server in the cluster.
    pub ServerStatus {
        /// It leads.
        Leader = "leader",
        /// It votes.
        Voter = "voter",
        /// It does not vote.
        NonVoter = "non-voter",
        /// It will vote.
        Staging = "staging",
        /// It has none.
        None = "none",
    }
}

wire_enum! {
    /// The part that a server is meant for.
    pub NodeType {
        /// To vote.
        Voter = "voter",
        /// Not to vote (Vault Enterprise).
        NonVoter = "non-voter",
    }
}

/// Handle made by [`Sys::raft`](super::Sys::raft).
#[derive(Clone, Debug)]
pub struct Raft {
    pub(super) client: Client,
}

impl Raft {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the servers of the cluster.
    ///
    /// `GET /v1/sys/storage/raft/configuration`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#read-raft-configuration)); needs
    /// `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for server in vault.sys().raft().read_configuration().await?.servers {
    ///     println!("{} leads: {}", server.node_id, server.leader);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read_configuration(&self) -> Result<Configuration> {
        let configured: Configured = self.client.fetch(Request::get("/v1/sys/storage/raft/configuration", [])?).await?;
        Ok(configured.config)
    }

    /// Lets this node join a cluster; it has to be unsealed with the keys of that cluster then. Says whether it joined.
    ///
    /// `POST /v1/sys/storage/raft/join`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#join-a-raft-cluster)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::raft::JoinRequest;
    ///
    /// let joined = vault.sys().raft().join(&JoinRequest::new("https://vault-0:8200")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the node was initialised before, or the other one does not answer.
    pub async fn join(&self, request: &JoinRequest) -> Result<bool> {
        let request = Request::post("/v1/sys/storage/raft/join", [])?.json(request)?;
        Ok(self.client.flat::<Joined>(request).await?.joined)
    }

    /// Removes a server from the cluster.
    ///
    /// `POST /v1/sys/storage/raft/remove-peer`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#remove-a-node-from-raft-cluster));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().raft().remove_peer("vault-2").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn remove_peer(&self, server_id: &str) -> Result<()> {
        self.client.put("/v1/sys/storage/raft/remove-peer", [], &json!({ "server_id": server_id })).await
    }

    /// Restores a snapshot of this cluster: all data becomes what it was then.
    ///
    /// `POST /v1/sys/storage/raft/snapshot`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#restore-raft-using-a-snapshot)); needs
    /// `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use bytes::Bytes;
    /// use futures_util::stream;
    ///
    /// let pieces = [Ok::<_, std::io::Error>(Bytes::from_static(b"the file"))];
    /// vault.sys().raft().restore_snapshot(stream::iter(pieces)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them. Status 400 or 500 when it is no snapshot, or one of
    /// another cluster.
    pub async fn restore_snapshot<E>(
        &self,
        snapshot: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<()>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let request = Request::post("/v1/sys/storage/raft/snapshot", [])?;
        self.client.execute(request.streamed(snapshot, "application/octet-stream")).await
    }

    /// As [`Raft::restore_snapshot`], even if it is a snapshot of another cluster, whose keys are needed from then on.
    ///
    /// `POST /v1/sys/storage/raft/snapshot-force`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raft#force-restore-raft-using-a-snapshot));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use bytes::Bytes;
    /// use futures_util::stream;
    ///
    /// let pieces = [Ok::<_, std::io::Error>(Bytes::from_static(b"the file"))];
    /// vault.sys().raft().force_restore_snapshot(stream::iter(pieces)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them. Status 400 or 500 when it is no snapshot.
    pub async fn force_restore_snapshot<E>(
        &self,
        snapshot: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<()>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let request = Request::post("/v1/sys/storage/raft/snapshot-force", [])?;
        self.client.execute(request.streamed(snapshot, "application/octet-stream")).await
    }

    /// Reads how the cluster does, or `None` while the leader does not know yet: just after it became that.
    ///
    /// `GET /v1/sys/storage/raft/autopilot/state`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raftautopilot#get-cluster-state)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(state) = vault.sys().raft().autopilot_state().await? {
    ///     println!("{} servers may fail", state.failure_tolerance);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn autopilot_state(&self) -> Result<Option<AutopilotState>> {
        self.client.find(Request::get("/v1/sys/storage/raft/autopilot/state", [])?).await
    }

    /// Reads how the cluster looks after itself.
    ///
    /// `GET /v1/sys/storage/raft/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raftautopilot#get-configuration)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let config = vault.sys().raft().read_autopilot_config().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_autopilot_config(&self) -> Result<AutopilotConfig> {
        self.client.fetch(Request::get("/v1/sys/storage/raft/autopilot/configuration", [])?).await
    }

    /// Changes how the cluster looks after itself; what is `None` stays as it is.
    ///
    /// `POST /v1/sys/storage/raft/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/storage/raftautopilot#set-configuration)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let mut config = vault.sys().raft().read_autopilot_config().await?;
    /// config.max_trailing_logs = Some(2000);
    /// vault.sys().raft().put_autopilot_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_autopilot_config(&self, config: &AutopilotConfig) -> Result<()> {
        let mut config = config.clone();
        // Without a licence the server refuses to hear even that this stays as it is.
        config.disable_upgrade_migration = config.disable_upgrade_migration.filter(|disabled| *disabled);
        self.client.put("/v1/sys/storage/raft/autopilot/configuration", [], &config).await
    }
}
