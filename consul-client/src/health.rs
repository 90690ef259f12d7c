//! The health of services and nodes: <https://developer.hashicorp.com/consul/api-docs/health>.
//!
//! Without `node:read` and `service:read` things are left out of the answers without an error; see
//! [`Meta::filtered_by_acls`](crate::Meta::filtered_by_acls).

use std::time::Duration;

use crate::agent::{AgentService, Headers};
pub use crate::catalog::ListOptions;
use crate::catalog::Node;
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

wire_enum! {
    /// The state of a check.
    pub HealthState {
        /// All is well.
        Passing = "passing",
        /// Something is wrong, but it still works.
        Warning = "warning",
        /// It does not work.
        Critical = "critical",
        /// It was taken out of service on purpose.
        Maintenance = "maintenance",
        /// Any state; only in questions.
        Any = "any",
    }
}

impl crate::object::Absent for HealthState {}

/// A check that says nothing counts as one that fails, as it does on the server.
impl Default for HealthState {
    fn default() -> Self {
        Self::Critical
    }
}

object! {
    /// A check and its last result.
    HealthCheck {
        /// Its node.
        pub node: String,
        /// Its id, unique on its node.
        #[serde(rename = "CheckID")]
        pub check_id: String,
        /// Its name.
        pub name: String,
        /// Its state.
        pub status: HealthState,
        /// A text for people.
        pub notes: String,
        /// What the last try said.
        pub output: String,
        /// The instance it is for; empty for a check of the node.
        #[serde(rename = "ServiceID")]
        pub service_id: String,
        /// The service it is for; empty for a check of the node.
        pub service_name: String,
        /// The tags of the instance.
        pub service_tags: Vec<String>,
        /// How the state is found out: `http`, `tcp`, `ttl`, `maintenance` and others.
        #[serde(rename = "Type")]
        pub kind: String,
        /// How often it is tried.
        pub interval: Option<Duration> as go_text,
        /// How long one try may take.
        pub timeout: Option<Duration> as go_text,
        /// The port of the proxy on which it is exposed; 0 for none.
        pub exposed_port: i64,
        /// The peer that it was imported from.
        pub peer_name: String,
        /// How it is done; mostly empty, since only its agent knows.
        pub definition: HealthCheckDefinition,
        /// The namespace; Enterprise.
        pub namespace: String,
        /// The partition; Enterprise.
        pub partition: String,
        /// When it was made.
        pub create_index: Index,
        /// When its state last changed.
        pub modify_index: Index,
    }
}

object! {
    /// How a check is done, as the catalog holds it.
    HealthCheckDefinition {
        /// An address that must answer with success.
        #[serde(rename = "HTTP")]
        pub http: String,
        /// The method with which it is asked.
        pub method: String,
        /// Headers with which it is asked.
        pub header: Headers,
        /// A body with which it is asked.
        pub body: String,
        /// Whether a redirect counts as an answer.
        pub disable_redirects: Option<bool>,
        /// The name that a certificate must have.
        #[serde(rename = "TLSServerName")]
        pub tls_server_name: String,
        /// Whether any certificate is fine.
        #[serde(rename = "TLSSkipVerify")]
        pub tls_skip_verify: Option<bool>,
        /// A `host:port` that must take a connection.
        #[serde(rename = "TCP")]
        pub tcp: String,
        /// Whether it must speak TLS.
        #[serde(rename = "TCPUseTLS")]
        pub tcp_use_tls: Option<bool>,
        /// A `host:port` that a datagram is sent to.
        #[serde(rename = "UDP")]
        pub udp: String,
        /// A `host:port/service` that must answer gRPC's health protocol.
        #[serde(rename = "GRPC")]
        pub grpc: String,
        /// Whether it speaks TLS.
        #[serde(rename = "GRPCUseTLS")]
        pub grpc_use_tls: Option<bool>,
        /// A `host:port` that must answer a ping of HTTP/2.
        #[serde(rename = "H2PING")]
        pub h2ping: String,
        /// Whether it speaks TLS.
        #[serde(rename = "H2PingUseTLS")]
        pub h2ping_use_tls: Option<bool>,
        /// A service of the operating system that must run.
        #[serde(rename = "OSService")]
        pub os_service: String,
        /// A command that must end well.
        pub script_args: Vec<String>,
        /// A container in which the command runs.
        #[serde(rename = "DockerContainerID")]
        pub docker_container_id: String,
        /// The shell of that container.
        pub shell: String,
        /// A node whose health is taken over.
        pub alias_node: String,
        /// An instance whose health is taken over.
        pub alias_service: String,
        /// The name of the session whose end makes it critical.
        pub session_name: String,
        /// How often it is tried.
        pub interval: Option<Duration> as go_text,
        /// How long one try may take.
        pub timeout: Option<Duration> as go_text,
        /// The service itself must report at least this often.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as nanos,
        /// The instance is removed after it was critical for this long.
        pub deregister_critical_service_after: Option<Duration> as go_text,
        /// How many bytes of output are kept.
        pub output_max_size: Option<u64>,
    }
}

object! {
    /// An instance of a service with its node and all checks that bear on it.
    ServiceEntry {
        /// Its node.
        pub node: Node,
        /// The instance.
        pub service: AgentService,
        /// Its checks and those of its node.
        pub checks: Vec<HealthCheck>,
    }
}

impl ServiceEntry {
    /// Whether every check passes.
    pub fn is_passing(&self) -> bool {
        self.checks.iter().all(|check| check.status == HealthState::Passing)
    }

    /// Where it can be reached: its own address, or else its node's.
    pub fn address(&self) -> &str {
        if self.service.address.is_empty() { &self.node.address } else { &self.service.address }
    }
}

instance_options! {
    /// Options of [`Health::service_with`] and its like.
    ServiceOptions
}

impl ServiceOptions {
    /// Only instances whose checks all pass.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }
}

/// Handle made by [`Client::health`].
#[derive(Clone, Debug)]
pub struct Health {
    client: Client,
}

impl Health {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the instances of a service with their checks; none when there is no such service.
    /// `GET /v1/health/service/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service));
    /// needs `node:read` and
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::health::ServiceOptions;
    ///
    /// let passing = ServiceOptions::new().passing();
    /// for instance in consul.health().service_with("web", &passing).await?.value {
    ///     println!("{}:{}", instance.address(), instance.service.port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn service(&self, name: &str) -> Result<Vec<ServiceEntry>> {
        Ok(self.service_with(name, &ServiceOptions::new()).await?.value)
    }

    /// As [`Health::service`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::service`].
    pub async fn service_with(&self, name: &str, options: &ServiceOptions) -> Result<Answer<Vec<ServiceEntry>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/service/:name", [name])?)).await
    }

    /// Watches the instances of a service with their checks. `GET /v1/health/service/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service)); needs
    /// `service:read` and `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::health::ServiceOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut instances = consul.health().watch_service("web", &ServiceOptions::new().passing());
    /// while let Some(answer) = instances.next().await {
    ///     println!("{} instances pass", answer?.value.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::service`]; the watch goes on after it.
    pub fn watch_service(&self, name: &str, options: &ServiceOptions) -> Watch<Vec<ServiceEntry>> {
        let subject = (self.clone(), name.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(health, name, options), read| {
            Box::pin(async move { health.service_with(name, &options.clone().with_read(read)).await })
        })
    }

    /// Lists the proxies of a service with their checks, and its instances that speak the mesh's protocol themselves.
    /// `GET /v1/health/connect/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-mesh-enabled-service));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for proxy in consul.health().connect("web").await? {
    ///     println!("{}:{}", proxy.address(), proxy.service.port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn connect(&self, service: &str) -> Result<Vec<ServiceEntry>> {
        Ok(self.connect_with(service, &ServiceOptions::new()).await?.value)
    }

    /// As [`Health::connect`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::connect`].
    pub async fn connect_with(&self, service: &str, options: &ServiceOptions) -> Result<Answer<Vec<ServiceEntry>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/connect/:service", [service])?)).await
    }

    /// Watches the proxies of a service with their checks, as [`Health::connect_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::connect`]; the watch goes on after it.
    pub fn watch_connect(&self, service: &str, options: &ServiceOptions) -> Watch<Vec<ServiceEntry>> {
        let subject = (self.clone(), service.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(health, service, options), read| {
            Box::pin(async move { health.connect_with(service, &options.clone().with_read(read)).await })
        })
    }

    /// Lists the ingress gateways that lead to a service with their checks. `GET /v1/health/ingress/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-ingress-gateways-associated-with-a-service));
    /// needs `node:read` and
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.health().ingress("web").await?.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn ingress(&self, service: &str) -> Result<Vec<ServiceEntry>> {
        Ok(self.ingress_with(service, &ServiceOptions::new()).await?.value)
    }

    /// As [`Health::ingress`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::ingress`].
    pub async fn ingress_with(&self, service: &str, options: &ServiceOptions) -> Result<Answer<Vec<ServiceEntry>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/ingress/:service", [service])?)).await
    }

    /// Watches the ingress gateways that lead to a service, as [`Health::ingress_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::ingress`]; the watch goes on after it.
    pub fn watch_ingress(&self, service: &str, options: &ServiceOptions) -> Watch<Vec<ServiceEntry>> {
        let subject = (self.clone(), service.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(health, service, options), read| {
            Box::pin(async move { health.ingress_with(service, &options.clone().with_read(read)).await })
        })
    }

    /// Lists the checks on a node, those of its instances too. `GET /v1/health/node/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-checks-for-node));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for check in consul.health().node("web-1").await? {
    ///     println!("{}: {}", check.name, check.status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn node(&self, node: &str) -> Result<Vec<HealthCheck>> {
        Ok(self.node_with(node, &ReadOptions::new()).await?.value)
    }

    /// As [`Health::node`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::node`].
    pub async fn node_with(&self, node: &str, options: &ReadOptions) -> Result<Answer<Vec<HealthCheck>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/node/:node", [node])?)).await
    }

    /// Watches the checks on a node, as [`Health::node_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::node`]; the watch goes on after it.
    pub fn watch_node(&self, node: &str, options: &ReadOptions) -> Watch<Vec<HealthCheck>> {
        let subject = (self.clone(), node.to_owned());
        Watch::new(subject, options, |(health, node), read| {
            Box::pin(async move { health.node_with(node, &read).await })
        })
    }

    /// Lists the checks of a service on all nodes. `GET /v1/health/checks/:service`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-checks-for-service));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for check in consul.health().checks("web").await? {
    ///     println!("{} on {}: {}", check.name, check.node, check.output);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn checks(&self, service: &str) -> Result<Vec<HealthCheck>> {
        Ok(self.checks_with(service, &ListOptions::new()).await?.value)
    }

    /// As [`Health::checks`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::checks`].
    pub async fn checks_with(&self, service: &str, options: &ListOptions) -> Result<Answer<Vec<HealthCheck>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/checks/:service", [service])?)).await
    }

    /// Watches the checks of a service, as [`Health::checks_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::checks`]; the watch goes on after it.
    pub fn watch_checks(&self, service: &str, options: &ListOptions) -> Watch<Vec<HealthCheck>> {
        let subject = (self.clone(), service.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(health, service, options), read| {
            Box::pin(async move { health.checks_with(service, &options.clone().with_read(read)).await })
        })
    }

    /// Lists all checks that are in a state. `GET /v1/health/state/:state`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-checks-in-state));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::health::HealthState;
    ///
    /// for check in consul.health().state(&HealthState::Critical).await? {
    ///     println!("{} on {}", check.name, check.node);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn state(&self, state: &HealthState) -> Result<Vec<HealthCheck>> {
        Ok(self.state_with(state, &ListOptions::new()).await?.value)
    }

    /// As [`Health::state`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Health::state`].
    pub async fn state_with(&self, state: &HealthState, options: &ListOptions) -> Result<Answer<Vec<HealthCheck>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/health/state/:state", [state.as_str()])?)).await
    }

    /// Watches all checks that are in a state. `GET /v1/health/state/:state`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/health#list-checks-in-state)); needs `node:read` and
    /// `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::catalog::ListOptions;
    /// use consul_client::health::HealthState;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut ill = consul.health().watch_state(&HealthState::Critical, &ListOptions::new());
    /// while let Some(answer) = ill.next().await {
    ///     println!("{} checks are critical", answer?.value.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Health::state`]; the watch goes on after it.
    pub fn watch_state(&self, state: &HealthState, options: &ListOptions) -> Watch<Vec<HealthCheck>> {
        let subject = (self.clone(), state.clone(), options.clone());
        Watch::new(subject, &options.read, |(health, state, options), read| {
            Box::pin(async move { health.state_with(state, &options.clone().with_read(read)).await })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{HealthCheck, HealthState, ServiceEntry, ServiceOptions};
    use crate::object::tests::lossless;
    use crate::options::{Consistency, ReadOptions};
    use crate::transport::Request;
    use std::time::Duration;

    #[test]
    fn t09_options_are_sent_only_where_they_are_on() {
        let request = || Request::get("/v1/health/service/:name", ["web"]).unwrap();
        let read = ReadOptions::new().with_consistency(Consistency::Stale);
        let options = ServiceOptions::new().passing().with_tag("v 1").with_read(read);
        assert_eq!(options.apply(request()).query, "passing=true&tag=v%201&stale");
        assert_eq!(ServiceOptions::new().apply(request()).query, "");
    }

    #[test]
    fn one_failing_check_is_enough() {
        let mut entry: ServiceEntry = lossless(
            r#"{"Node":{"ID":"2435b176","Node":"a","Address":"127.0.0.1","TaggedAddresses":null,"Meta":null},
            "Service":{"ID":"web1","Service":"web","Tags":null,"Address":"","Meta":{"v":"1"},"Port":8080,"Proxy":{"Mode":""}},
            "Checks":[{"Node":"a","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","ServiceTags":[]},
            {"Node":"a","CheckID":"service:web1","Name":"alive","Status":"passing","ServiceID":"web1","Type":"ttl"}]}"#,
        );
        assert!(entry.is_passing());
        assert_eq!(entry.address(), "127.0.0.1");
        entry.checks[1].status = HealthState::Warning;
        assert!(!entry.is_passing());
        assert!(!ServiceEntry { checks: vec![HealthCheck::default()], ..entry }.is_passing());
    }

    /// The same API writes a text here and a number of nanoseconds there.
    #[test]
    fn t33_durations_come_in_several_forms() {
        let check: HealthCheck = lossless(
            r#"{"CheckID":"c","Status":"passing","Interval":"10s","Timeout":"","Definition":{"Interval":"10s",
            "Timeout":"1s","TTL":30000000000,"Header":{"A":["b"]},"DeregisterCriticalServiceAfter":"1m30s"}}"#,
        );
        assert_eq!((check.interval, check.timeout), (Some(Duration::from_secs(10)), None));
        assert_eq!(check.definition.ttl, Some(Duration::from_secs(30)));
        assert_eq!(check.definition.deregister_critical_service_after, Some(Duration::from_secs(90)));
        let numbers = r#"{"Interval":10000000000,"Definition":{"Interval":10000000000,"TTL":"30s"}}"#;
        let numbers: HealthCheck = serde_json::from_str(numbers).unwrap();
        assert_eq!((numbers.interval, numbers.definition.ttl), (check.interval, check.definition.ttl));
    }

    /// A newer server says more, and nothing of it is lost.
    #[test]
    fn t32_what_is_not_known_is_kept() {
        let check: HealthCheck = lossless(r#"{"CheckID":"c","Status":"on fire","Later":{"a":[1]}}"#);
        assert_eq!(check.status, HealthState::Other("on fire".into()));
        assert_eq!(check.extra["Later"]["a"][0], 1);
    }
}
