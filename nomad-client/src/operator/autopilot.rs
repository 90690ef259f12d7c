//! The servers' health, and what is done about it: <https://developer.hashicorp.com/nomad/api-docs/operator/autopilot>.

use std::time::Duration;

use jiff::Timestamp;

use super::Operator;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::Request;

answer! {
    /// How the servers are, in the eyes of the leader.
    AutopilotHealth {
        /// Whether all of them are well.
        pub healthy: bool,
        /// How many may fail before the cluster does.
        pub failure_tolerance: i64,
        /// The servers.
        pub servers: Vec<ServerHealth>,
        /// The id of the leader.
        pub leader: String,
        /// The ids of those that vote.
        pub voters: Vec<String>,
    }
}

answer! {
    /// How a server is.
    ServerHealth {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// Its address.
        pub address: String,
        /// What gossip says: `alive`, `left` or `failed`.
        pub serf_status: String,
        /// Its version.
        pub version: String,
        /// Whether it leads.
        pub leader: bool,
        /// How long ago it heard from the leader.
        pub last_contact: Option<Duration> as go_text,
        /// The term of its last log entry.
        pub last_term: u64,
        /// The index of its last log entry.
        pub last_index: u64,
        /// Whether it is well.
        pub healthy: bool,
        /// Whether it votes.
        pub voter: bool,
        /// Since when its state has not changed.
        pub stable_since: Option<Timestamp> as rfc3339,
    }
}

object! {
    /// How the servers are looked after.
    AutopilotConfiguration {
        /// Whether dead servers are removed when a new one joins.
        pub cleanup_dead_servers: bool,
        /// How long a server may not hear from the leader before it counts as unwell.
        pub last_contact_threshold: Option<Duration> as go_text,
        /// How many log entries a server may be behind before it counts as unwell.
        pub max_trailing_logs: u64,
        /// How many servers are never removed.
        pub min_quorum: u64,
        /// How long a new server must be well before it votes.
        pub server_stabilization_time: Option<Duration> as go_text,
        /// Whether one server per zone votes (Enterprise).
        pub enable_redundancy_zones: bool,
        /// Whether newer servers do not replace older ones (Enterprise).
        pub disable_upgrade_migration: bool,
        /// Whether versions other than Nomad's decide about that (Enterprise).
        pub enable_custom_upgrades: bool,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Operator {
    /// Reads how the servers are: being unwell is an answer, not an error. `GET /v1/operator/autopilot/health`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/autopilot#read-health)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let health = nomad.operator().autopilot_health().await?;
    /// println!("{} servers may fail", health.failure_tolerance);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_health(&self) -> Result<AutopilotHealth> {
        // Unwell servers are announced with 429 and the same JSON.
        let request = Request::get("/v1/operator/autopilot/health", [])?;
        self.client.fetch(request.data_statuses(&[429])).await
    }

    /// Reads how the servers are looked after. `GET /v1/operator/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/autopilot#read-autopilot-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let configuration = nomad.operator().autopilot_configuration().await?;
    /// println!("{:?}", configuration.last_contact_threshold);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_configuration(&self) -> Result<AutopilotConfiguration> {
        self.client.get("/v1/operator/autopilot/configuration", []).await
    }

    /// Changes how the servers are looked after, whatever was set before. `PUT /v1/operator/autopilot/configuration`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/autopilot#update-autopilot-configuration)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mut configuration = nomad.operator().autopilot_configuration().await?;
    /// configuration.cleanup_dead_servers = false;
    /// nomad.operator().put_autopilot_configuration(&configuration).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`.
    pub async fn put_autopilot_configuration(&self, configuration: &AutopilotConfiguration) -> Result<()> {
        let request = Request::put("/v1/operator/autopilot/configuration", [])?.json(configuration)?;
        self.client.execute(request.idempotent()).await
    }

    /// As [`Operator::put_autopilot_configuration`], if it was not changed since it was read: by its
    /// [`modify_index`](AutopilotConfiguration::modify_index). Tells whether that was so.
    ///
    /// # Errors
    /// As [`Operator::put_autopilot_configuration`].
    pub async fn replace_autopilot_configuration(&self, configuration: &AutopilotConfiguration) -> Result<bool> {
        let request = Request::put("/v1/operator/autopilot/configuration", [])?.json(configuration)?;
        // One that is repeated after it succeeded would be told of its own change.
        self.client.fetch(request.query("cas", configuration.modify_index.0.to_string())).await
    }
}

#[cfg(test)]
mod tests {
    use crate::{Client, Config};
    use std::time::Duration;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    #[tokio::test]
    async fn unwell_servers_are_an_answer() {
        let text = r#"{"FailureTolerance":0,"Healthy":false,"Leader":"a","Servers":[{"LastContact":"5.2s","ID":"b",
            "Healthy":false,"StableSince":"0001-01-01T00:00:00Z"}],"Voters":null}"#;
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(429).set_body_string(text);
        Mock::given(matchers::path("/v1/operator/autopilot/health"))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        let health = client.operator().autopilot_health().await.unwrap();
        assert!(!health.healthy);
        assert_eq!(health.servers[0].last_contact, Some(Duration::from_millis(5200)));
        assert_eq!(health.servers[0].stable_since, None);
    }
}
