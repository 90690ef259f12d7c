//! The server itself: <https://developer.hashicorp.com/vault/api-docs/system>.
//!
//! Not covered: rekeying, root tokens, quotas, plugins, and everything of Vault Enterprise.

pub mod audit;
pub mod auth;
mod capabilities;
mod health;
mod keyring;
pub mod leases;
mod mfa;
pub mod mounts;
mod node;
pub mod policies;
pub mod raft;
mod remount;
mod seal;
#[cfg(feature = "snapshot")]
pub mod snapshot;
pub mod tools;
pub mod ui;
pub mod wrapping;

pub use self::capabilities::Capability;
pub use self::health::{HaNode, Health, HealthState, Leader, ReplicationMode};
pub use self::keyring::{KeyStatus, RotationConfig};
pub use self::node::{Gauge, HostInfo, InFlight, Metrics, Sample, VersionEntry};
pub use self::remount::{Remount, RemountInfo, RemountStatus};
pub use self::seal::{InitRequest, InitResponse, SealBackend, SealBackendStatus, SealStatus};
use crate::client::Client;

/// Handle made by [`Client::sys`].
#[derive(Clone, Debug)]
pub struct Sys {
    client: Client,
}

impl Sys {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The secrets engines.
    pub fn mounts(&self) -> mounts::Mounts {
        mounts::Mounts::new(self.client.clone())
    }

    /// The auth methods.
    pub fn auth(&self) -> auth::AuthMethods {
        auth::AuthMethods::new(self.client.clone())
    }

    /// The ACL policies.
    pub fn policies(&self) -> policies::Policies {
        policies::Policies::new(self.client.clone())
    }

    /// The rules by which passwords are made.
    pub fn password_policies(&self) -> policies::PasswordPolicies {
        policies::PasswordPolicies::new(self.client.clone())
    }

    /// The leases of dynamic secrets.
    pub fn leases(&self) -> leases::Leases {
        leases::Leases::new(self.client.clone())
    }

    /// Answers that are handed over in a wrapping.
    pub fn wrapping(&self) -> wrapping::Wrapping {
        wrapping::Wrapping::new(self.client.clone())
    }

    /// Random bytes and hashes.
    pub fn tools(&self) -> tools::Tools {
        tools::Tools::new(self.client.clone())
    }

    /// The built-in storage.
    pub fn raft(&self) -> raft::Raft {
        raft::Raft::new(self.client.clone())
    }

    /// The audit devices.
    pub fn audit(&self) -> audit::Audit {
        audit::Audit::new(self.client.clone())
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::{Capability, HealthState};
    use crate::client::Client;
    use crate::config::Config;

    async fn client(place: &str, status: u16, body: &str) -> (MockServer, Client) {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
        Mock::given(path(place)).respond_with(answer).expect(1).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        (server, client)
    }

    #[tokio::test]
    async fn t05_each_status_of_the_health_page_is_a_state() {
        let table = [
            (200, HealthState::Active),
            (429, HealthState::Standby),
            (472, HealthState::DrSecondary),
            (473, HealthState::PerformanceStandby),
            (474, HealthState::StandbyUnreachable),
            (501, HealthState::NotInitialized),
            (503, HealthState::Sealed),
            (530, HealthState::Removed),
            (299, HealthState::Other(299)),
        ];
        let body = r#"{"initialized":true,"sealed":true,"standby":true,"replication_dr_mode":"unknown",
            "server_time_utc":1795455974,"version":"1.21.1","enterprise":false,"clock_skew_ms":0}"#;
        for (status, state) in table {
            let (_server, client) = client("/v1/sys/health", status, body).await;
            let health = client.sys().health().await.unwrap();
            assert_eq!((health.state, health.version.as_str()), (state, "1.21.1"));
            assert_eq!(health.server_time.unwrap().as_second(), 1_795_455_974);
        }
    }

    #[tokio::test]
    async fn capabilities_are_those_of_the_paths_that_were_asked_for() {
        let body = r#"{"capabilities":["read"],"data":{"capabilities":["read"],"kv/a":["read","subscribe"]}}"#;
        let (_server, client) = client("/v1/sys/capabilities-self", 200, body).await;
        let found = client.sys().capabilities_self(&["kv/a"]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found["kv/a"], [Capability::Read, Capability::Other("subscribe".into())]);
    }
}
