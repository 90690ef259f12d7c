//! The agent that is asked: <https://developer.hashicorp.com/consul/api-docs/agent>.

pub mod check;
pub mod connect;
pub mod host;
pub mod proxy;
pub mod service;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use self::check::{CheckDefinition, CheckOptions, Headers, ReportOptions};
pub use self::connect::{Authorized, CaRoot, CaRoots, LeafCertificate};
pub use self::host::{HostInfo, Metrics};
pub use self::proxy::{Proxy, Upstream, UpstreamKind};
pub use self::service::{
    AgentService, InstanceHealth, Locality, RegisterOptions, ServiceAddress, ServiceConnect, ServiceDefinition,
    ServiceKind, ServicePort, Weights,
};

use crate::client::Client;
use crate::credential::Token;
use crate::error::Result;
use crate::options::ReadOptions;
use crate::transport::Request;

object! {
    /// What an agent says about itself.
    AgentInfo {
        /// The settings that matter to others.
        pub config: AgentConfig,
        /// The agent as a member of its cluster.
        pub member: Member,
        /// The metadata of its node.
        pub meta: BTreeMap<String, String>,
        /// Counters of its parts, which change from version to version.
        pub stats: BTreeMap<String, BTreeMap<String, String>>,
        /// All its settings, which change from version to version.
        pub debug_config: Map<String, Value>,
        /// What it serves to proxies.
        #[serde(rename = "xDS")]
        pub xds: Option<Xds>,
    }
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
        /// When it was built.
        pub build_date: String,
        /// The address on which it talks to the other members.
        pub bind_addr: String,
    }
}

object! {
    /// What an agent serves to proxies.
    Xds {
        /// The versions of proxies that it was tested with, the newest first.
        pub supported_proxies: BTreeMap<String, Vec<String>>,
        /// The port of the preferred protocol.
        pub port: i64,
        /// The ports of both protocols.
        pub ports: XdsPorts,
    }
}

object! {
    /// The ports on which an agent serves proxies; -1 where it does not.
    XdsPorts {
        /// In plain text.
        pub plaintext: i64,
        /// With TLS.
        #[serde(rename = "TLS")]
        pub tls: i64,
    }
}

object! {
    /// What an agent was built from.
    AgentVersion {
        /// The commit.
        #[serde(rename = "SHA")]
        pub sha: String,
        /// When.
        pub build_date: String,
        /// The version, such as `1.22.5`.
        pub human_version: String,
        /// The certified cryptography that it uses, if any.
        #[serde(rename = "FIPS")]
        pub fips: String,
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
        /// The oldest version of the members' protocol that it speaks.
        pub protocol_min: u64,
        /// The newest version of the members' protocol that it speaks.
        pub protocol_max: u64,
        /// The version of the members' protocol that it is spoken to in.
        pub protocol_cur: u64,
        /// The oldest version of Consul's protocol that it speaks.
        pub delegate_min: u64,
        /// The newest version of Consul's protocol that it speaks.
        pub delegate_max: u64,
        /// The version of Consul's protocol that it is spoken to in.
        pub delegate_cur: u64,
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

/// Options of [`Agent::members_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MembersOptions {
    wan: bool,
    segment: Option<String>,
    read: ReadOptions,
}

impl MembersOptions {
    /// The defaults: the members of the own datacenter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The servers of all datacenters instead.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
    }

    /// The members of this network segment; Enterprise.
    #[must_use]
    pub fn with_segment(mut self, segment: impl Into<String>) -> Self {
        self.segment = Some(segment.into());
        self
    }

    /// How it is read; the filter counts.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

/// Options of [`Agent::join_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct JoinOptions {
    wan: bool,
}

impl JoinOptions {
    /// The defaults: within the datacenter.
    pub fn new() -> Self {
        Self::default()
    }

    /// As a server among the servers of all datacenters.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
    }
}

/// Options of [`Agent::force_leave_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForceLeaveOptions {
    prune: bool,
    wan: bool,
}

impl ForceLeaveOptions {
    /// The defaults: it stays in the list of members for a while, as left.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes it out of the list of members at once.
    #[must_use]
    pub fn prune(mut self) -> Self {
        self.prune = true;
        self
    }

    /// Among the servers of all datacenters.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
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

    /// Reads what the agent says about itself. `GET /v1/agent/self`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#read-configuration)); needs
    /// `agent:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let info = consul.agent().read().await?;
    /// println!("{} runs Consul {}", info.config.node_name, info.config.version);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read` on its node.
    pub async fn read(&self) -> Result<AgentInfo> {
        self.client.get("/v1/agent/self", []).await
    }

    /// Reads what machine the agent runs on. `GET /v1/agent/host`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#retrieve-host-information)); needs `operator:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(memory) = consul.agent().host().await?.memory {
    ///     println!("{} MB are free", memory.available / 1_000_000);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn host(&self) -> Result<HostInfo> {
        self.client.get("/v1/agent/host", []).await
    }

    /// Reads what the agent was built from. `GET /v1/agent/version`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#view-version)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.agent().version().await?.human_version);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn version(&self) -> Result<AgentVersion> {
        self.client.get("/v1/agent/version", []).await
    }

    /// Lists the members of the cluster that the agent knows. `GET /v1/agent/members`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#list-members)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for member in consul.agent().members().await? {
    ///     println!("{} {:?}", member.name, member.status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; members without `node:read` are left
    /// out.
    pub async fn members(&self) -> Result<Vec<Member>> {
        self.members_with(&MembersOptions::new()).await
    }

    /// As [`Agent::members`], with options.
    ///
    /// # Errors
    /// As [`Agent::members`].
    pub async fn members_with(&self, options: &MembersOptions) -> Result<Vec<Member>> {
        Ok(self.client.answer_or_none(members_request(options)?).await?.value)
    }

    /// Reads what the agent has measured of itself. `GET /v1/agent/metrics`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#view-metrics)); needs `agent:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for gauge in consul.agent().metrics().await?.gauges {
    ///     println!("{} = {}", gauge.name, gauge.value);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`. An agent that has measured no number at all
    /// (`NaN`) answers with status 500 until the next interval.
    pub async fn metrics(&self) -> Result<Metrics> {
        self.client.get("/v1/agent/metrics", []).await
    }

    /// Lets the agent read its configuration files again. `PUT /v1/agent/reload`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#reload-agent)); needs `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().reload().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`; when there is a mistake in the files.
    pub async fn reload(&self) -> Result<()> {
        self.client.execute(Request::put("/v1/agent/reload", [])?.idempotent()).await
    }

    /// Lets the agent leave its cluster and end. `PUT /v1/agent/leave`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#graceful-leave-and-shutdown)); needs `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().leave().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`.
    pub async fn leave(&self) -> Result<()> {
        self.client.execute(Request::put("/v1/agent/leave", [])?).await
    }

    /// Lets the agent join the cluster of the agent at this address, with or without a port. `PUT /v1/agent/join/:address`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#join-agent)); needs `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().join("10.0.0.7:8301").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`; when nobody answers there.
    pub async fn join(&self, address: &str) -> Result<()> {
        self.join_with(address, &JoinOptions::new()).await
    }

    /// As [`Agent::join`], with options.
    ///
    /// # Errors
    /// As [`Agent::join`].
    pub async fn join_with(&self, address: &str, options: &JoinOptions) -> Result<()> {
        self.client.execute(join_request(address, options)?).await
    }

    /// Declares that a member which failed has left for good. `PUT /v1/agent/force-leave/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#force-leave-and-shutdown)); needs `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::ForceLeaveOptions;
    ///
    /// consul.agent().force_leave_with("web-7", &ForceLeaveOptions::new().prune()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`; when there is no such member.
    pub async fn force_leave(&self, node: &str) -> Result<()> {
        self.force_leave_with(node, &ForceLeaveOptions::new()).await
    }

    /// As [`Agent::force_leave`], with options.
    ///
    /// # Errors
    /// As [`Agent::force_leave`].
    pub async fn force_leave_with(&self, node: &str, options: &ForceLeaveOptions) -> Result<()> {
        self.client.execute(force_leave_request(node, options)?).await
    }

    /// Gives the agent one of its tokens, which it keeps over a restart only where `enable_token_persistence` is on.
    /// `PUT /v1/agent/token/:kind`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#update-acl-tokens)); needs `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::Token;
    /// use consul_client::agent::TokenKind;
    ///
    /// let token = Token::new("1f5d8f48-96ee-e2f5-9bd1-e0b6e4cbd5e8")?;
    /// consul.agent().set_token(TokenKind::Agent, &token).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write` on its node.
    pub async fn set_token(&self, kind: TokenKind, token: &Token) -> Result<()> {
        let request =
            Request::put("/v1/agent/token/:kind", [kind.segment()])?.json(&TokenBody { token: token.expose() })?;
        self.client.execute(request.idempotent()).await
    }

    /// Takes the node out of service: all its instances become critical. `PUT /v1/agent/maintenance`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#enable-maintenance-mode)); needs `node:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().enter_maintenance("a new disk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn enter_maintenance(&self, reason: &str) -> Result<()> {
        let request = Request::put("/v1/agent/maintenance", [])?.idempotent();
        self.client.execute(maintenance(request, Some(reason))).await
    }

    /// Takes the node into service again. `PUT /v1/agent/maintenance`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#enable-maintenance-mode)); needs `node:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().leave_maintenance().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn leave_maintenance(&self) -> Result<()> {
        let request = Request::put("/v1/agent/maintenance", [])?.idempotent();
        self.client.execute(maintenance(request, None)).await
    }
}

fn maintenance(request: Request, reason: Option<&str>) -> Request {
    match reason {
        Some(reason) => request.query("enable", "true").query("reason", reason),
        None => request.query("enable", "false"),
    }
}

/// Any text means that servers of all datacenters are meant, even `false`.
fn wan(request: Request, wanted: bool) -> Request {
    if wanted { request.query("wan", "1") } else { request }
}

fn members_request(options: &MembersOptions) -> Result<Request> {
    let request = wan(Request::get("/v1/agent/members", [])?, options.wan);
    Ok(options.read.apply(request.query_if("segment", options.segment.as_ref())))
}

fn join_request(address: &str, options: &JoinOptions) -> Result<Request> {
    Ok(wan(Request::put("/v1/agent/join/:address", [address])?.idempotent(), options.wan))
}

fn force_leave_request(node: &str, options: &ForceLeaveOptions) -> Result<Request> {
    let request = Request::put("/v1/agent/force-leave/:node", [node])?.idempotent();
    Ok(request.flag_if("prune", options.prune).flag_if("wan", options.wan))
}

#[cfg(test)]
mod tests {
    use super::{
        AgentInfo, ForceLeaveOptions, JoinOptions, MemberStatus, MembersOptions, force_leave_request, join_request,
        maintenance, members_request,
    };
    use crate::object::tests::lossless;
    use crate::transport::Request;

    #[test]
    fn maintenance_is_switched() {
        let request = || Request::put("/v1/agent/maintenance", []).unwrap();
        assert_eq!(maintenance(request(), None).query, "enable=false");
        assert_eq!(maintenance(request(), Some("a b")).query, "enable=true&reason=a%20b");
    }

    /// The server looks at the presence of `prune` and `wan`, and elsewhere at whether `wan` has any text.
    #[test]
    fn t09_what_is_off_is_not_sent() {
        assert_eq!(members_request(&MembersOptions::new()).unwrap().query, "");
        let members = MembersOptions::new().wan().with_segment("_all");
        assert_eq!(members_request(&members).unwrap().query, "wan=1&segment=_all");
        assert_eq!(join_request("a:1", &JoinOptions::new()).unwrap().query, "");
        assert_eq!(join_request("a:1", &JoinOptions::new().wan()).unwrap().query, "wan=1");
        assert_eq!(force_leave_request("a", &ForceLeaveOptions::new()).unwrap().query, "");
        let both = ForceLeaveOptions::new().prune().wan();
        assert_eq!(force_leave_request("a", &both).unwrap().query, "prune&wan");
    }

    /// Its form changes with every version.
    #[test]
    fn t42_the_settings_for_debugging_are_kept_as_they_are() {
        let info: AgentInfo = lossless(
            r#"{"Config":{"Datacenter":"dc1","PrimaryDatacenter":"dc1","NodeName":"a","NodeID":"2435b176","Revision":"",
            "Server":true,"Version":"1.22.5","BuildDate":"1970-01-01T00:00:01Z","BindAddr":"127.0.0.1"},
            "DebugConfig":{"Rate":1.7976931348623157e+308,"ACLTokens":{"a":"hidden"}},"Coord":{"Vec":[0.1,0],"Error":1.5},
            "Member":{"Name":"a","Addr":"127.0.0.1","Port":28301,"Tags":{"dc":"dc1"},"Status":1,"ProtocolMin":1},
            "Stats":{"agent":{"checks":"0"}},"Meta":null,
            "xDS":{"SupportedProxies":{"envoy":["1.35.8"]},"Port":-1,"Ports":{"Plaintext":8502,"TLS":-1}}}"#,
        );
        assert_eq!((info.config.version.as_str(), info.config.server), ("1.22.5", true));
        assert_eq!(info.member.status, MemberStatus::Alive);
        assert!(info.debug_config.contains_key("Rate") && info.extra.contains_key("Coord"));
    }
}
