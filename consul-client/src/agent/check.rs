//! The checks of an agent: <https://developer.hashicorp.com/consul/api-docs/agent/check>.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Agent;
use crate::error::Result;
use crate::health::{HealthCheck, HealthState};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

/// Headers of a request. Their values may be secrets, so only their names are printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub BTreeMap<String, Vec<String>>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, format_args!("…")))).finish()
    }
}

impl crate::object::Absent for Headers {
    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

object! {
    /// How the health of an instance or node is found out: exactly one way is set, such as `http`, `tcp` or `ttl`.
    CheckDefinition {
        /// Its id; made from that of the instance unless set.
        #[serde(rename = "CheckID")]
        pub id: String,
        /// A name for people.
        pub name: String,
        /// A text for people.
        pub notes: String,
        /// An address that must answer with success.
        #[serde(rename = "HTTP")]
        pub http: Option<String>,
        /// The method with which it is asked; `GET` unless set.
        pub method: Option<String>,
        /// Headers with which it is asked.
        pub header: Headers,
        /// A body with which it is asked.
        pub body: Option<String>,
        /// Whether a redirect counts as an answer.
        pub disable_redirects: Option<bool>,
        /// A `host:port` that must take a connection.
        #[serde(rename = "TCP")]
        pub tcp: Option<String>,
        /// Whether it must speak TLS.
        #[serde(rename = "TCPUseTLS")]
        pub tcp_use_tls: Option<bool>,
        /// A `host:port` that a datagram is sent to.
        #[serde(rename = "UDP")]
        pub udp: Option<String>,
        /// A `host:port/service` that must answer gRPC's health protocol.
        #[serde(rename = "GRPC")]
        pub grpc: Option<String>,
        /// Whether it speaks TLS.
        #[serde(rename = "GRPCUseTLS")]
        pub grpc_use_tls: Option<bool>,
        /// A `host:port` that must answer a ping of HTTP/2.
        #[serde(rename = "H2PING")]
        pub h2ping: Option<String>,
        /// Whether it speaks TLS; it does unless set.
        #[serde(rename = "H2PingUseTLS")]
        pub h2ping_use_tls: Option<bool>,
        /// A command that must end well, where the agent allows that.
        pub script_args: Vec<String>,
        /// A container in which the command runs.
        #[serde(rename = "DockerContainerID")]
        pub docker_container_id: Option<String>,
        /// The shell of that container.
        pub shell: Option<String>,
        /// A service of the operating system that must run.
        #[serde(rename = "OSService")]
        pub os_service: Option<String>,
        /// A node whose health is taken over.
        pub alias_node: Option<String>,
        /// An instance whose health is taken over.
        pub alias_service: Option<String>,
        /// The name that a certificate must have.
        #[serde(rename = "TLSServerName")]
        pub tls_server_name: Option<String>,
        /// Whether any certificate is fine.
        #[serde(rename = "TLSSkipVerify")]
        pub tls_skip_verify: Option<bool>,
        /// The service itself must report at least this often.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as go_text,
        /// How often it is tried.
        pub interval: Option<Duration> as go_text,
        /// How long one try may take.
        pub timeout: Option<Duration> as go_text,
        /// How many tries in a row must succeed before it passes.
        pub success_before_passing: Option<i64>,
        /// How many tries in a row must fail before it warns.
        pub failures_before_warning: Option<i64>,
        /// How many tries in a row must fail before it is critical.
        pub failures_before_critical: Option<i64>,
        /// The instance is removed after it was critical for this long; at least a minute.
        pub deregister_critical_service_after: Option<Duration> as go_text,
        /// How many bytes of output are kept; 4096 unless set.
        pub output_max_size: Option<i64>,
        /// The state until the first result; critical unless set.
        pub status: Option<HealthState>,
    }
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

    /// Asks this `host:port`, or `host:port/service`, by gRPC's health protocol this often.
    pub fn grpc(address: impl Into<String>, interval: Duration) -> Self {
        Self { grpc: Some(address.into()), interval: Some(interval), ..Self::default() }
    }

    /// Waits for reports of the service.
    pub fn ttl(ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..Self::default() }
    }

    /// Takes over the health of another instance of the same agent.
    pub fn alias(instance: impl Into<String>) -> Self {
        Self { alias_service: Some(instance.into()), ..Self::default() }
    }
}

/// Options of [`Agent::pass_check_with`] and its like.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReportOptions {
    note: Option<String>,
}

impl ReportOptions {
    /// The defaults: without a word.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text for people, which becomes the output of the check.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Options of [`Agent::register_check_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    service_id: Option<String>,
}

impl CheckOptions {
    /// The defaults: a check of the node.
    pub fn new() -> Self {
        Self::default()
    }

    /// A check of this instance.
    #[must_use]
    pub fn of_instance(mut self, id: impl Into<String>) -> Self {
        self.service_id = Some(id.into());
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Update<'a> {
    status: &'a HealthState,
    output: &'a str,
}

impl Agent {
    /// Lists the checks that are registered with this agent, by their id. `GET /v1/agent/checks`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#list-checks));
    /// needs `node:read` and `service:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for (id, check) in consul.agent().checks().await? {
    ///     println!("{id}: {} {}", check.status, check.output);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; checks without permission are left
    /// out.
    pub async fn checks(&self) -> Result<BTreeMap<String, HealthCheck>> {
        self.checks_with(&ReadOptions::new()).await
    }

    /// As [`Agent::checks`], with options, of which the filter counts.
    ///
    /// # Errors
    /// As [`Agent::checks`].
    pub async fn checks_with(&self, options: &ReadOptions) -> Result<BTreeMap<String, HealthCheck>> {
        Ok(self.client.answer_or_none(options.apply(Request::get("/v1/agent/checks", [])?)).await?.value)
    }

    /// Registers a check of the node, or replaces it. It must have a name. `PUT /v1/agent/check/register`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#register-check)); needs `node:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::CheckDefinition;
    /// use std::time::Duration;
    ///
    /// let mut disk = CheckDefinition::ttl(Duration::from_secs(60));
    /// disk.name = "the disk has room".to_owned();
    /// disk.id = "disk".to_owned();
    /// consul.agent().register_check(&disk).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`,
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the server finds something wrong with it.
    pub async fn register_check(&self, check: &CheckDefinition) -> Result<()> {
        self.register_check_with(check, &CheckOptions::new()).await
    }

    /// As [`Agent::register_check`], with options: the check of an instance needs `service:write`.
    ///
    /// # Errors
    /// As [`Agent::register_check`]; [`Error::is_not_found`](crate::Error::is_not_found) when there is no such instance.
    pub async fn register_check_with(&self, check: &CheckDefinition, options: &CheckOptions) -> Result<()> {
        self.client.execute(register_request(check, options)?).await
    }

    /// Removes a check; one that does not exist is fine too. `PUT /v1/agent/check/deregister/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#deregister-check));
    /// needs `node:write` or `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().deregister_check("disk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn deregister_check(&self, id: &str) -> Result<()> {
        let request = Request::put("/v1/agent/check/deregister/:id", [id])?.idempotent();
        none_if_not_found(self.client.execute(request).await).map(drop)
    }

    /// Reports that a check with a TTL passes. `PUT /v1/agent/check/pass/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#ttl-check-pass));
    /// needs `node:write` or `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().pass_check("disk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such check,
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn pass_check(&self, id: &str) -> Result<()> {
        self.pass_check_with(id, &ReportOptions::new()).await
    }

    /// As [`Agent::pass_check`], with options.
    ///
    /// # Errors
    /// As [`Agent::pass_check`].
    pub async fn pass_check_with(&self, id: &str, options: &ReportOptions) -> Result<()> {
        self.report(Request::put("/v1/agent/check/pass/:id", [id])?, options).await
    }

    /// Reports that a check with a TTL warns. `PUT /v1/agent/check/warn/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#ttl-check-warn));
    /// needs `node:write` or `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().warn_check("disk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::pass_check`].
    pub async fn warn_check(&self, id: &str) -> Result<()> {
        self.warn_check_with(id, &ReportOptions::new()).await
    }

    /// As [`Agent::warn_check`], with options.
    ///
    /// # Errors
    /// As [`Agent::pass_check`].
    pub async fn warn_check_with(&self, id: &str, options: &ReportOptions) -> Result<()> {
        self.report(Request::put("/v1/agent/check/warn/:id", [id])?, options).await
    }

    /// Reports that a check with a TTL is critical. `PUT /v1/agent/check/fail/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#ttl-check-fail));
    /// needs `node:write` or `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::ReportOptions;
    ///
    /// let note = ReportOptions::new().with_note("only 1 MB is left");
    /// consul.agent().fail_check_with("disk", &note).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::pass_check`].
    pub async fn fail_check(&self, id: &str) -> Result<()> {
        self.fail_check_with(id, &ReportOptions::new()).await
    }

    /// As [`Agent::fail_check`], with options.
    ///
    /// # Errors
    /// As [`Agent::pass_check`].
    pub async fn fail_check_with(&self, id: &str, options: &ReportOptions) -> Result<()> {
        self.report(Request::put("/v1/agent/check/fail/:id", [id])?, options).await
    }

    /// Reports the state of a check with a TTL, with an output that may be longer than a note.
    /// `PUT /v1/agent/check/update/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent/check#ttl-check-update)); needs `node:write` or
    /// `service:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::health::HealthState;
    ///
    /// consul.agent().update_check("disk", &HealthState::Warning, "/: 91 %\n/var: 12 %").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::pass_check`]; [`Reason::Invalid`](crate::Reason::Invalid) for a state that is not passing, warning or
    /// critical.
    pub async fn update_check(&self, id: &str, status: &HealthState, output: &str) -> Result<()> {
        let request = Request::put("/v1/agent/check/update/:id", [id])?;
        self.client.execute(request.json(&Update { status, output })?.idempotent()).await
    }

    async fn report(&self, request: Request, options: &ReportOptions) -> Result<()> {
        self.client.execute(request.query_if("note", options.note.as_ref()).idempotent()).await
    }
}

/// A check that is registered alone has its id under another name than one within a service.
fn register_request(check: &CheckDefinition, options: &CheckOptions) -> Result<Request> {
    let request = Request::put("/v1/agent/check/register", [])?;
    let Ok(Value::Object(mut body)) = serde_json::to_value(check) else {
        return Err(request.refused("the check cannot be written as JSON"));
    };
    if let Some(id) = body.remove("CheckID") {
        body.insert("ID".to_owned(), id);
    }
    if let Some(id) = &options.service_id {
        body.insert("ServiceID".to_owned(), id.as_str().into());
    }
    Ok(request.json(&body)?.idempotent())
}

#[cfg(test)]
mod tests {
    use super::{CheckDefinition, CheckOptions, Headers, register_request};
    use std::time::Duration;

    #[test]
    fn t37_names_keep_their_case() {
        let mut check = CheckDefinition::http("http://127.0.0.1/", Duration::from_secs(10));
        check.id = "c".to_owned();
        check.tls_skip_verify = Some(true);
        check.h2ping_use_tls = Some(false);
        check.script_args = vec!["true".to_owned()];
        check.deregister_critical_service_after = Some(Duration::from_secs(90));
        let request = register_request(&check, &CheckOptions::new().of_instance("web")).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&request.body.unwrap().content).unwrap();
        let expected = serde_json::json!({"ID": "c", "ServiceID": "web", "HTTP": "http://127.0.0.1/", "Interval": "10s",
            "TLSSkipVerify": true, "H2PingUseTLS": false, "ScriptArgs": ["true"],
            "DeregisterCriticalServiceAfter": "1m30s"});
        assert_eq!(body, expected);
        assert_eq!(serde_json::to_value(&check).unwrap()["CheckID"], "c");
    }

    #[test]
    fn headers_of_a_check_are_not_printed() {
        let header = Headers([("Authorization".to_owned(), vec!["marker-secret".to_owned()])].into());
        let check = CheckDefinition { header, ..CheckDefinition::default() };
        let text = format!("{check:?}");
        assert!(text.contains("Authorization") && !text.contains("marker"), "{text}");
        assert!(serde_json::to_string(&check).unwrap().contains("marker-secret"));
    }
}
