//! The health of services and nodes: <https://developer.hashicorp.com/consul/api-docs/health>.
//!
//! Without `node:read` and `service:read` things are left out of the answers without an error; see
//! [`Meta::filtered_by_acls`](crate::Meta::filtered_by_acls).

use crate::agent::AgentService;
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
        /// When it was made.
        pub create_index: Index,
        /// When its state last changed.
        pub modify_index: Index,
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

/// Options of [`Health::service_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServiceOptions {
    passing: bool,
    tag: Option<String>,
    read: ReadOptions,
}

impl ServiceOptions {
    /// The defaults: all instances.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only instances whose checks all pass.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    /// Only instances with this tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
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
    /// `GET /v1/health/service/:name`.
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
        self.client.answer_or_none(service_request(name, options)?).await
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
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_service(&self, name: &str, options: &ServiceOptions) -> Watch<Vec<ServiceEntry>> {
        let subject = (self.clone(), name.to_owned(), options.clone());
        Watch::new(subject, &options.read, |(health, name, options), read| {
            Box::pin(async move { health.service_with(name, &options.clone().with_read(read)).await })
        })
    }

    /// Lists the checks on a node, those of its instances too. `GET /v1/health/node/:node`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn node(&self, node: &str) -> Result<Vec<HealthCheck>> {
        self.client.list("/v1/health/node/:node", [node]).await
    }

    /// Lists the checks of a service on all nodes. `GET /v1/health/checks/:service`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn checks(&self, service: &str) -> Result<Vec<HealthCheck>> {
        self.client.list("/v1/health/checks/:service", [service]).await
    }

    /// Lists all checks that are in a state. `GET /v1/health/state/:state`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn state(&self, state: &HealthState) -> Result<Vec<HealthCheck>> {
        self.client.list("/v1/health/state/:state", [state.as_str()]).await
    }
}

fn service_request(name: &str, options: &ServiceOptions) -> Result<Request> {
    let mut request = Request::get("/v1/health/service/:name", [name])?;
    if options.passing {
        request = request.query("passing", "true");
    }
    if let Some(tag) = &options.tag {
        request = request.query("tag", tag);
    }
    Ok(options.read.apply(request))
}

#[cfg(test)]
mod tests {
    use super::{HealthState, ServiceEntry, ServiceOptions, service_request};
    use crate::options::{Consistency, ReadOptions};

    #[test]
    fn options_are_sent() {
        let read = ReadOptions::new().with_consistency(Consistency::Stale);
        let options = ServiceOptions::new().passing().with_tag("v 1").with_read(read);
        let request = service_request("web", &options).unwrap();
        assert_eq!(request.path.as_str(), "/v1/health/service/web");
        assert_eq!(request.query, "passing=true&tag=v%201&stale");
        assert_eq!(service_request("web", &ServiceOptions::new()).unwrap().query, "");
    }

    #[test]
    fn one_failing_check_is_enough() {
        let text = r#"{"Node":{"ID":"2435b176","Node":"a","Address":"127.0.0.1","TaggedAddresses":null,"Meta":null},
            "Service":{"ID":"web1","Service":"web","Tags":null,"Address":"","Meta":{"v":"1"},"Port":8080,"Proxy":{"Mode":""}},
            "Checks":[{"Node":"a","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","ServiceTags":[]},
            {"Node":"a","CheckID":"service:web1","Name":"alive","Status":"passing","ServiceID":"web1","Type":"ttl"}]}"#;
        let mut entry: ServiceEntry = serde_json::from_str(text).unwrap();
        assert!(entry.is_passing());
        assert_eq!(entry.address(), "127.0.0.1");
        entry.checks[1].status = HealthState::Warning;
        assert!(!entry.is_passing());
        assert!(!ServiceEntry { checks: vec![super::HealthCheck::default()], ..entry }.is_passing());
    }
}
