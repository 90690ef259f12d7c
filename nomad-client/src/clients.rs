//! What the agents that run tasks say of themselves: <https://developer.hashicorp.com/nomad/api-docs/client>.
//!
//! Each call is for one node, or for the agent that answers, if that runs tasks itself. Reading needs `node:read`,
//! changing `node:write`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::null;

/// Handle made by [`Client::clients`].
#[derive(Clone, Debug)]
pub struct Clients {
    client: Client,
}

answer! {
    /// What a node uses at the moment.
    NodeUsage {
        /// The disk that holds the allocations.
        pub alloc_dir_stats: Option<DiskUsage>,
        /// Each core.
        #[serde(rename = "CPU")]
        pub cpu: Vec<CoreUsage>,
        /// In MHz, all cores together.
        #[serde(rename = "CPUTicksConsumed")]
        pub cpu_ticks_consumed: f64,
        /// Devices, by groups, as their plugins tell.
        pub device_stats: Vec<Value>,
        /// Each disk.
        pub disk_stats: Vec<DiskUsage>,
        /// Memory.
        pub memory: Option<NodeMemoryUsage>,
        /// When it was measured.
        pub timestamp: Option<Timestamp> as epoch_nanos,
        /// For how many seconds the machine has been running.
        pub uptime: u64,
    }
}

answer! {
    /// What a core is busy with, in per cent.
    CoreUsage {
        /// Its name.
        #[serde(rename = "CPU")]
        pub name: String,
        /// Nothing.
        pub idle: f64,
        /// The kernel.
        pub system: f64,
        /// All but nothing.
        pub total_percent: f64,
        /// The same in MHz.
        pub total_ticks: f64,
        /// Programs.
        pub user: f64,
    }
}

answer! {
    /// What of a disk is used, in bytes.
    DiskUsage {
        /// What is free for programs.
        pub available: u64,
        /// Its name.
        pub device: String,
        /// Of the files that it can hold, in per cent.
        pub inodes_used_percent: f64,
        /// Where it is.
        pub mountpoint: String,
        /// All of it.
        pub size: u64,
        /// What is used.
        pub used: u64,
        /// The same in per cent.
        pub used_percent: f64,
    }
}

answer! {
    /// What of the memory is used, in bytes.
    NodeMemoryUsage {
        /// What programs can have.
        pub available: u64,
        /// What nothing is in.
        pub free: u64,
        /// All of it.
        pub total: u64,
        /// What is used.
        pub used: u64,
    }
}

answer! {
    /// What is noted about a node, for constraints and for people.
    Metadata {
        /// All together.
        pub meta: BTreeMap<String, String>,
        /// What was written through the API; `None` takes away what the configuration says.
        pub dynamic: BTreeMap<String, Option<String>>,
        /// What its configuration says.
        #[serde(rename = "Static")]
        pub fixed: BTreeMap<String, String>,
    }
}

/// Who a node is for the servers: what is said by the token that they gave it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// The node.
    pub node_id: String,
    /// Its pool.
    pub node_pool: String,
    /// Its datacenter.
    pub datacenter: String,
    /// The subject of the token.
    pub subject: String,
    /// When it was given.
    pub issued_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// All claims as they came.
    pub claims: Map<String, Value>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Claims {
    #[serde(deserialize_with = "null::or_default")]
    claims: Map<String, Value>,
}

impl From<Claims> for Identity {
    fn from(Claims { claims }: Claims) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        // Whole numbers, which the server writes as fractions.
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit by far")]
        let time = |name: &str| {
            let seconds = claims.get(name).and_then(Value::as_f64)?;
            Timestamp::from_second(seconds as i64).ok()
        };
        Self {
            node_id: text("nomad_node_id"),
            node_pool: text("nomad_node_pool"),
            datacenter: text("nomad_node_datacenter"),
            subject: text("sub"),
            issued_at: time("iat"),
            expires_at: time("exp"),
            claims,
        }
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Claims::deserialize(deserializer).map(Self::from)
    }
}

/// As the server writes it.
impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Claims { claims: self.claims.clone() }.serialize(serializer)
    }
}

impl Clients {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads what a node uses at the moment.
    ///
    /// `GET /v1/client/stats` ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-stats)). Needs
    /// `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// let usage = nomad.clients().usage(Some(node)).await?;
    /// if let Some(memory) = usage.memory {
    ///     println!("{} of {} bytes", memory.used, memory.total);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when the node is away or not known;
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:read`.
    pub async fn usage(&self, node: Option<&str>) -> Result<NodeUsage> {
        self.client.fetch(about(Request::get("/v1/client/stats", [])?, node)).await
    }

    /// Lets a node forget all allocations that have ended, with all their files.
    ///
    /// `GET /v1/client/gc` ([API](https://developer.hashicorp.com/nomad/api-docs/client#gc-all-allocation)). Needs
    /// `node:write`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// nomad.clients().collect(Some(node)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when the node is away or not known;
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn collect(&self, node: Option<&str>) -> Result<()> {
        self.client.execute(about(Request::get("/v1/client/gc", [])?, node)).await
    }

    /// Reads what is noted about a node.
    ///
    /// `GET /v1/client/metadata` ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-node-metadata)).
    /// Needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// for (key, value) in nomad.clients().metadata(Some(node)).await?.meta {
    ///     println!("{key} = {value}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Clients::usage`].
    pub async fn metadata(&self, node: Option<&str>) -> Result<Metadata> {
        self.client.fetch(about(Request::get("/v1/client/metadata", [])?, node)).await
    }

    /// Notes something about a node, or takes a note away with `None`, and returns all notes. Others stay.
    ///
    /// `POST /v1/client/metadata`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/client#update-dynamic-node-metadata)). Needs `node:write`.
    /// The servers learn of it a moment later.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// nomad.clients().update_metadata(Some(node), &[("rack", Some("r1")), ("old", None)]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::NoPathToNode`](crate::Reason::NoPathToNode) when the node is away or not known;
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn update_metadata(&self, node: Option<&str>, notes: &[(&str, Option<&str>)]) -> Result<Metadata> {
        let notes: BTreeMap<&str, Option<&str>> = notes.iter().copied().collect();
        let request = about(Request::post("/v1/client/metadata", [])?, node);
        self.client.fetch(request.json(&json!({ "Meta": notes }))?.idempotent()).await
    }

    /// Reads who a node is for the servers, from Nomad 1.11 on.
    ///
    /// `GET /v1/client/identity` ([API](https://developer.hashicorp.com/nomad/api-docs/client#read-client-identity)).
    /// Needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// println!("until {:?}", nomad.clients().identity(Some(node)).await?.expires_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Clients::usage`].
    pub async fn identity(&self, node: Option<&str>) -> Result<Identity> {
        self.client.fetch(about(Request::get("/v1/client/identity", [])?, node)).await
    }

    /// Lets a node ask for a new identity with its next heartbeat, from Nomad 1.11 on.
    ///
    /// `PUT /v1/client/identity/renew`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/client#renew-client-identity)). Needs `node:write`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, node: &str) -> nomad_client::Result<()> {
    /// nomad.clients().renew_identity(node).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Clients::collect`].
    pub async fn renew_identity(&self, node: &str) -> Result<()> {
        let request = Request::put("/v1/client/identity/renew", [])?.json(&json!({ "NodeID": node }))?;
        self.client.execute(request.idempotent()).await
    }
}

fn about(request: Request, node: Option<&str>) -> Request {
    match node {
        Some(node) => request.query("node_id", node),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Metadata, NodeUsage};
    use crate::object::tests::pruned;
    use serde_json::{Value, json};

    fn whole<T: serde::de::DeserializeOwned + serde::Serialize>(sent: &Value) -> T {
        let read: T = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(pruned(serde_json::to_value(&read).unwrap()), pruned(sent.clone()));
        read
    }

    #[test]
    fn recorded_answers_are_read_whole() {
        let identity: Identity = whole(&json!({"Claims": {"aud": "nomadproject.io", "iat": 1_795_631_212.0,
            "exp": 1_795_717_612.0, "nomad_node_id": "a3d0", "nomad_node_pool": "default", "sub": "node:global:default"}}));
        assert_eq!((identity.node_id.as_str(), identity.node_pool.as_str()), ("a3d0", "default"));
        assert_eq!(identity.expires_at.unwrap().as_second() - identity.issued_at.unwrap().as_second(), 86_400);
        let usage: NodeUsage = whole(&json!({"AllocDirStats": {"Available": 64_650_817_536_u64, "Device": "",
            "InodesUsedPercent": 4.7, "Mountpoint": "", "Size": 270_553_174_016_u64, "Used": 33_142_476_800_u64,
            "UsedPercent": 33.9}, "CPU": [{"CPU": "cpu0", "Idle": 98.0, "System": 1.0, "TotalPercent": 2.0,
            "TotalTicks": 51.9, "User": 1.0}], "CPUTicksConsumed": 129.8, "DeviceStats": null, "DiskStats": [],
            "Memory": {"Available": 1, "Free": 2, "Total": 3, "Used": 4}, "Timestamp": 1_795_631_263_539_932_211_i64,
            "Uptime": 1241}));
        assert_eq!(usage.cpu[0].name, "cpu0");
        let metadata: Metadata =
            whole(&json!({"Dynamic": {"a": "b"}, "Meta": {"a": "b", "c": "d"}, "Static": {"c": "d"}}));
        assert_eq!(metadata.dynamic["a"].as_deref(), Some("b"));
    }
}
