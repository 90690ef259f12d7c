//! The agent that is asked: <https://developer.hashicorp.com/consul/api-docs/agent>.
//!
//! Not covered: joining and leaving, metrics, logs and the local state of single checks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::credential::Token;
use crate::error::Result;
use crate::health::HealthState;
use crate::transport::{Request, none_if_not_found};
use crate::wire::duration;
use crate::wire::null::or_default;

/// What an agent says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AgentInfo {
    /// The settings that matter to others.
    pub config: AgentConfig,
    /// The agent as a member of its cluster.
    pub member: Member,
    /// The metadata of its node.
    #[serde(deserialize_with = "or_default")]
    pub meta: BTreeMap<String, String>,
    /// Everything else, such as `DebugConfig` and `Stats`, which change from version to version.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

object! {
    /// The settings of an agent that matter to others.
    AgentConfig {
        /// Its datacenter.
        pub datacenter: String,
        /// The datacenter that is in charge of access control.
        pub primary_datacenter: String,
        /// The name of its node.
        pub node_name: String,
        /// The id of its node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// Whether it is a server.
        pub server: bool,
        /// Its version, such as `1.22.5`.
        pub version: String,
        /// The commit that it was built from.
        pub revision: String,
    }
}

object! {
    /// A member of the cluster.
    Member {
        /// The name of its node.
        pub name: String,
        /// Its address.
        pub addr: String,
        /// The port on which the members talk.
        pub port: u16,
        /// What it says about itself: `role`, `dc`, `build` and others.
        pub tags: BTreeMap<String, String>,
        /// What the others think of it.
        pub status: MemberStatus,
    }
}

/// What the cluster thinks of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberStatus {
    /// Nothing.
    #[default]
    None,
    /// It is there.
    Alive,
    /// It is about to leave.
    Leaving,
    /// It left on purpose.
    Left,
    /// It does not answer.
    Failed,
    /// A number that this version of the crate does not know.
    Other(i64),
}

impl crate::object::Absent for MemberStatus {}

impl<'de> Deserialize<'de> for MemberStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(match i64::deserialize(deserializer)? {
            0 => Self::None,
            1 => Self::Alive,
            2 => Self::Leaving,
            3 => Self::Left,
            4 => Self::Failed,
            other => Self::Other(other),
        })
    }
}

impl Serialize for MemberStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_i64(match *self {
            Self::None => 0,
            Self::Alive => 1,
            Self::Leaving => 2,
            Self::Left => 3,
            Self::Failed => 4,
            Self::Other(other) => other,
        })
    }
}

/// Which of its own tokens an agent is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// For requests that come without a token.
    Default,
    /// For the agent's own work.
    Agent,
    /// For the agent's own API while no server can be reached.
    AgentRecovery,
    /// For the services and checks in the agent's configuration files.
    ConfigFileServiceRegistration,
    /// For replication from the primary datacenter.
    Replication,
    /// For DNS.
    Dns,
}

impl TokenKind {
    fn segment(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Agent => "agent",
            Self::AgentRecovery => "agent_recovery",
            Self::ConfigFileServiceRegistration => "config_file_service_registration",
            Self::Replication => "replication",
            Self::Dns => "dns",
        }
    }
}

object! {
    /// A service as its agent knows it.
    AgentService {
        /// The id of the instance.
        #[serde(rename = "ID")]
        pub id: String,
        /// The service.
        pub service: String,
        /// Its tags.
        pub tags: Vec<String>,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// Its address; the node's when empty.
        pub address: String,
        /// Its port.
        pub port: u16,
        /// What else it is: `connect-proxy`, a gateway; empty for a plain service.
        pub kind: String,
        /// Its datacenter.
        pub datacenter: String,
    }
}

/// An instance of a service to be registered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ServiceDefinition {
    /// The id of the instance; the name unless set.
    #[serde(rename = "ID", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The service.
    pub name: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, String>,
    /// Its address; the node's unless set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How its health is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckDefinition>,
    /// Further fields of the API, such as `Connect`, under the API's own names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ServiceDefinition {
    /// A service without port and check.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// How the health of an instance is found out: exactly one of `http`, `tcp` and `ttl` is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CheckDefinition {
    /// A name for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// An address that must answer with success.
    #[serde(rename = "HTTP", skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// A `host:port` that must take a connection.
    #[serde(rename = "TCP", skip_serializing_if = "Option::is_none")]
    pub tcp: Option<String>,
    /// The service itself must report at least this often.
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How often `http` and `tcp` are tried.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How long one try may take.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// The instance is removed after it was critical for this long; at least a minute.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub deregister_critical_service_after: Option<Duration>,
    /// The state until the first result; critical unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<HealthState>,
    /// Further fields of the API under the API's own names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CheckDefinition {
    /// Asks this address this often.
    pub fn http(url: impl Into<String>, interval: Duration) -> Self {
        Self { http: Some(url.into()), interval: Some(interval), ..Self::default() }
    }

    /// Connects to this `host:port` this often.
    pub fn tcp(address: impl Into<String>, interval: Duration) -> Self {
        Self { tcp: Some(address.into()), interval: Some(interval), ..Self::default() }
    }

    /// Waits for reports of the service.
    pub fn ttl(ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..Self::default() }
    }
}

/// Handle made by [`Client::agent`].
#[derive(Clone, Debug)]
pub struct Agent {
    client: Client,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TokenBody<'a> {
    token: &'a str,
}

impl Agent {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads what the agent says about itself. `GET /v1/agent/self`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read` on its node.
    pub async fn read(&self) -> Result<AgentInfo> {
        self.client.get("/v1/agent/self", []).await
    }

    /// Lists the members of the cluster that the agent knows. `GET /v1/agent/members`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; members without `node:read` are left
    /// out.
    pub async fn members(&self) -> Result<Vec<Member>> {
        self.client.list("/v1/agent/members", []).await
    }

    /// Gives the agent one of its tokens, which it keeps over a restart only where `enable_token_persistence` is on.
    /// `PUT /v1/agent/token/:kind`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write` on its node.
    pub async fn set_token(&self, kind: TokenKind, token: &Token) -> Result<()> {
        let request =
            Request::put("/v1/agent/token/:kind", [kind.segment()])?.json(&TokenBody { token: token.expose() })?;
        self.client.execute(request.idempotent()).await
    }

    /// Lists the services that are registered with this agent, by their id. `GET /v1/agent/services`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; services without `service:read` are
    /// left out.
    pub async fn services(&self) -> Result<BTreeMap<String, AgentService>> {
        self.client.list("/v1/agent/services", []).await
    }

    /// Registers an instance, or replaces it with all its checks. `PUT /v1/agent/service/register`.
    ///
    /// The agent keeps the client's token for the instance and uses it until the instance is gone.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn register_service(&self, service: &ServiceDefinition) -> Result<()> {
        self.client.execute(register_request(service)?).await
    }

    /// Removes an instance; one that does not exist is fine too. `PUT /v1/agent/service/deregister/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `service:write`.
    pub async fn deregister_service(&self, id: &str) -> Result<()> {
        let request = Request::put("/v1/agent/service/deregister/:id", [id])?.idempotent();
        none_if_not_found(self.client.execute(request).await).map(drop)
    }

    /// Takes the node out of service: all its instances become critical. `PUT /v1/agent/maintenance`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn enter_maintenance(&self, reason: &str) -> Result<()> {
        self.client.execute(maintenance_request(Some(reason))?).await
    }

    /// Takes the node into service again. `PUT /v1/agent/maintenance`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn leave_maintenance(&self) -> Result<()> {
        self.client.execute(maintenance_request(None)?).await
    }
}

fn register_request(service: &ServiceDefinition) -> Result<Request> {
    let request = Request::put("/v1/agent/service/register", [])?.query("replace-existing-checks", "true");
    Ok(request.json(service)?.idempotent())
}

fn maintenance_request(reason: Option<&str>) -> Result<Request> {
    let request = Request::put("/v1/agent/maintenance", [])?.idempotent();
    Ok(match reason {
        Some(reason) => request.query("enable", "true").query("reason", reason),
        None => request.query("enable", "false"),
    })
}

#[cfg(test)]
mod tests {
    use super::{AgentInfo, AgentService, CheckDefinition, MemberStatus, ServiceDefinition};
    use super::{maintenance_request, register_request};
    use std::collections::BTreeMap;
    use std::time::Duration;

    #[test]
    fn a_registration_names_only_what_is_set() {
        let mut service = ServiceDefinition::new("web");
        service.port = Some(8080);
        service.check = Some(CheckDefinition::http("http://127.0.0.1:8080/", Duration::from_secs(10)));
        service.extra.insert("EnableTagOverride".to_owned(), true.into());
        let request = register_request(&service).unwrap();
        assert_eq!((request.query.as_str(), request.idempotent), ("replace-existing-checks=true", true));
        let body: serde_json::Value = serde_json::from_slice(&request.body.unwrap().content).unwrap();
        let expected = serde_json::json!({"Name": "web", "Port": 8080, "EnableTagOverride": true,
            "Check": {"HTTP": "http://127.0.0.1:8080/", "Interval": "10s"}});
        assert_eq!(body, expected);
    }

    #[test]
    fn maintenance_is_switched() {
        assert_eq!(maintenance_request(None).unwrap().query, "enable=false");
        assert_eq!(maintenance_request(Some("a b")).unwrap().query, "enable=true&reason=a%20b");
    }

    #[test]
    fn answers_of_1_22() {
        let text = r#"{"Config":{"Datacenter":"dc1","PrimaryDatacenter":"dc1","NodeName":"a","NodeID":"2435b176","Revision":"",
            "Server":true,"Version":"1.22.5","BuildDate":"1970-01-01T00:00:01Z"},"DebugConfig":{"Rate":1.7976931348623157e+308},
            "Member":{"Name":"a","Addr":"127.0.0.1","Port":28301,"Tags":{"dc":"dc1"},"Status":1},"Meta":null}"#;
        let info: AgentInfo = serde_json::from_str(text).unwrap();
        assert_eq!((info.config.version.as_str(), info.config.server), ("1.22.5", true));
        assert_eq!(info.member.status, MemberStatus::Alive);
        assert!(info.rest.contains_key("DebugConfig") && info.meta.is_empty());
        let text = r#"{"web1":{"ID":"web1","Service":"web","Tags":["a","b"],"Meta":{"v":"1"},"Port":8080,"Address":"",
            "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Datacenter":"dc1"}}"#;
        let services: BTreeMap<String, AgentService> = serde_json::from_str(text).unwrap();
        assert_eq!((services["web1"].service.as_str(), services["web1"].port), ("web", 8080));
    }
}
