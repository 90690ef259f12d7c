//! The server itself: <https://developer.hashicorp.com/vault/api-docs/system>.
//!
//! Not covered: rekeying, root tokens, raft, quotas, plugins, and everything of Vault Enterprise.

pub mod audit;
pub mod auth;
pub mod leases;
pub mod mounts;
pub mod policies;
mod status;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

pub use self::status::{Health, HealthState, InitRequest, InitResponse, Leader, SealStatus};

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

/// Statuses with which the health endpoint tells a state.
const HEALTH_STATUSES: &[u16] = &[429, 472, 473, 474, 501, 503, 530];

wire_enum! {
    /// What a token may do with a path.
    pub Capability {
        /// Write what does not exist.
        Create = "create",
        /// Read.
        Read = "read",
        /// Write what exists.
        Update = "update",
        /// Write a part of what exists.
        Patch = "patch",
        /// Delete.
        Delete = "delete",
        /// List.
        List = "list",
        /// Use paths that are reserved for root.
        Sudo = "sudo",
        /// Nothing at all.
        Deny = "deny",
        /// Everything.
        Root = "root",
    }
}

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

    /// The leases of dynamic secrets.
    pub fn leases(&self) -> leases::Leases {
        leases::Leases::new(self.client.clone())
    }

    /// The audit devices.
    pub fn audit(&self) -> audit::Audit {
        audit::Audit::new(self.client.clone())
    }

    /// Reads how the node is; sealed, standby and the like are answers, not errors. `GET /v1/sys/health`; needs no
    /// token.
    ///
    /// # Errors
    /// When the server gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn health(&self) -> Result<Health> {
        let request = Request::get("/v1/sys/health", [])?.data_statuses(HEALTH_STATUSES);
        let reply = self.client.send(request.clone()).await?;
        let health: Health = crate::transport::json(&request, &reply)?;
        Ok(health.with_status(reply.status))
    }

    /// Reads whether the node is sealed, and how far the unsealing is. `GET /v1/sys/seal-status`; needs no token.
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn seal_status(&self) -> Result<SealStatus> {
        self.client.flat(Request::get("/v1/sys/seal-status", [])?).await
    }

    /// Reads who the active node is. `GET /v1/sys/leader`; needs no token.
    ///
    /// # Errors
    /// [`Error::is_sealed`](crate::Error::is_sealed) on a sealed node.
    pub async fn leader(&self) -> Result<Leader> {
        self.client.flat(Request::get("/v1/sys/leader", [])?).await
    }

    /// Initialises the server. What it answers is shown this once only. `PUT /v1/sys/init`; needs no token.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it was initialised before.
    pub async fn init(&self, init: &InitRequest) -> Result<InitResponse> {
        self.client.flat(Request::put("/v1/sys/init", [])?.json(init)?).await
    }

    /// Gives one key share to the node. `PUT /v1/sys/unseal`; needs no token.
    ///
    /// # Errors
    /// When the share is malformed or belongs to another server.
    pub async fn unseal(&self, key: &SecretString) -> Result<SealStatus> {
        let body = json!({ "key": key.expose_secret() });
        self.client.flat(Request::put("/v1/sys/unseal", [])?.json(&body)?.idempotent()).await
    }

    /// Seals the node. `PUT /v1/sys/seal`; needs `update` and `sudo` on the path.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn seal(&self) -> Result<()> {
        self.client.execute(Request::put("/v1/sys/seal", [])?.idempotent()).await
    }

    /// Reads what the client's own token may do with these paths. `POST /v1/sys/capabilities-self`; every token may.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not valid.
    pub async fn capabilities_self(&self, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let request = Request::post("/v1/sys/capabilities-self", [])?.json(&json!({ "paths": paths }))?;
        let mut found: BTreeMap<String, Vec<Capability>> = self.client.fetch(request.idempotent()).await?;
        // Beside the paths stands the answer for the first of them, under the name `capabilities`.
        found.retain(|path, _| paths.contains(&path.as_str()));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::{Capability, HealthState, InitResponse};
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
    async fn each_status_of_the_health_page_is_a_state() {
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

    #[test]
    fn keys_are_not_printed() {
        let text = r#"{"keys":["hunter2"],"keys_base64":["hunter2"],"root_token":"hvs.hunter2"}"#;
        let init: InitResponse = serde_json::from_str(text).unwrap();
        assert!(!format!("{init:?}").contains("hunter2"));
    }
}
