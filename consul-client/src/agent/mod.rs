//! The agent that is asked: <https://developer.hashicorp.com/consul/api-docs/agent>.

pub mod check;
pub mod connect;
pub mod host;
mod info;
mod live;
mod member;
pub mod proxy;
pub mod service;

use serde::Serialize;

pub use self::check::{CheckDefinition, CheckOptions, Headers, ReportOptions};
pub use self::connect::{Authorized, LeafCertificate};
pub use self::host::{HostInfo, Metrics};
pub use self::info::{AgentConfig, AgentInfo, AgentVersion, Xds, XdsPorts};
pub use self::live::{LogLevel, MonitorOptions};
pub use self::member::{ForceLeaveOptions, JoinOptions, Member, MemberStatus, MembersOptions};
pub use self::proxy::{Proxy, Upstream, UpstreamKind};
pub use self::service::{
    AgentService, InstanceHealth, Locality, RegisterOptions, ServiceAddress, ServiceConnect, ServiceDefinition,
    ServiceKind, ServicePort, Weights,
};

pub use crate::ca::{CaRoot, CaRoots};
use crate::client::Client;
use crate::credential::Token;
use crate::error::Result;
use crate::transport::Request;

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

#[cfg(test)]
mod tests {
    use super::maintenance;
    use crate::transport::Request;

    #[test]
    fn maintenance_is_switched() {
        let request = || Request::put("/v1/agent/maintenance", []).unwrap();
        assert_eq!(maintenance(request(), None).query, "enable=false");
        assert_eq!(maintenance(request(), Some("a b")).query, "enable=true&reason=a%20b");
    }
}
