//! The servers' consensus: <https://developer.hashicorp.com/nomad/api-docs/operator>.

use std::time::Duration;

use jiff::Timestamp;

use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::options::ReadOptions;
use crate::transport::Request;

/// Handle made by [`Client::operator`].
#[derive(Clone, Debug)]
pub struct Operator {
    client: Client,
}

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

answer! {
    /// Who takes part in consensus.
    RaftConfiguration {
        /// The servers.
        pub servers: Vec<RaftServer>,
        /// When that last changed.
        pub index: Index,
    }
}

answer! {
    /// One that takes part in consensus.
    RaftServer {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub node: String,
        /// Its address.
        pub address: String,
        /// Whether it leads.
        pub leader: bool,
        /// Whether it votes.
        pub voter: bool,
        /// The version of the protocol that it speaks.
        pub raft_protocol: String,
    }
}

impl Operator {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads how the servers are: being unwell is an answer, not an error. `GET /v1/operator/autopilot/health`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn autopilot_health(&self) -> Result<AutopilotHealth> {
        // Unwell servers are announced with 429 and the same JSON.
        let request = Request::get("/v1/operator/autopilot/health", [])?;
        self.client.fetch(request.data_statuses(&[429])).await
    }

    /// Reads who takes part in consensus. `GET /v1/operator/raft/configuration`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn raft_configuration(&self) -> Result<RaftConfiguration> {
        self.raft_configuration_with(&ReadOptions::new()).await
    }

    /// As [`Operator::raft_configuration`]; without a leader only a [`Stale`](crate::Consistency::Stale) read works.
    ///
    /// # Errors
    /// As [`Operator::raft_configuration`].
    pub async fn raft_configuration_with(&self, options: &ReadOptions) -> Result<RaftConfiguration> {
        Ok(self.client.get_with("/v1/operator/raft/configuration", [], options).await?.value)
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
