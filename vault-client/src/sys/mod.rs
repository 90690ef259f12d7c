//! The server itself: <https://developer.hashicorp.com/vault/api-docs/system>.
//!
//! Not covered: rekeying, root tokens, quotas, plugins, and everything of Vault Enterprise.

pub mod audit;
pub mod auth;
pub mod leases;
pub mod mounts;
mod node;
pub mod policies;
pub mod raft;
mod status;
pub mod tools;
pub mod ui;
pub mod wrapping;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

pub use self::node::{
    Gauge, HaNode, HostInfo, InFlight, KeyStatus, Metrics, Remount, RemountInfo, RemountStatus, RotationConfig, Sample,
    SealBackend, SealBackendStatus, VersionEntry,
};
pub use self::status::{Health, HealthState, InitRequest, InitResponse, Leader, SealStatus};

use crate::auth::Auth;
use crate::client::{Client, KeyInfo};
use crate::credential::Token;
use crate::error::Result;
use crate::meta::Answer;
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

    /// The rules by which passwords are made.
    pub fn password_policies(&self) -> policies::PasswordPolicies {
        policies::PasswordPolicies::new(self.client.clone())
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

    /// Reads how the node is; sealed, standby and the like are answers, not errors.
    ///
    /// `GET /v1/sys/health`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/health#read-health-information)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let health = vault.sys().health().await?;
    /// println!("usable: {}", health.state.is_usable());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn health(&self) -> Result<Health> {
        let request = Request::get("/v1/sys/health", [])?.data_statuses(HEALTH_STATUSES);
        let reply = self.client.send(request.clone()).await?;
        let health: Health = crate::transport::json(&request, &reply)?;
        Ok(health.with_status(reply.status))
    }

    /// Reads whether the node is sealed, and how far the unsealing is.
    ///
    /// `GET /v1/sys/seal-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/seal-status#seal-status)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().seal_status().await?;
    /// println!("{} of {} shares given", status.progress, status.threshold);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn seal_status(&self) -> Result<SealStatus> {
        self.client.flat(Request::get("/v1/sys/seal-status", [])?).await
    }

    /// Reads who the active node is.
    ///
    /// `GET /v1/sys/leader` ([API](https://developer.hashicorp.com/vault/api-docs/system/leader#read-leader-status));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().leader().await?.leader_address);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_sealed`](crate::Error::is_sealed) on a sealed node.
    pub async fn leader(&self) -> Result<Leader> {
        self.client.flat(Request::get("/v1/sys/leader", [])?).await
    }

    /// Initialises the server. What it answers is shown this once only.
    ///
    /// `POST /v1/sys/init` ([API](https://developer.hashicorp.com/vault/api-docs/system/init#start-initialization));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::InitRequest;
    ///
    /// let keys = vault.sys().init(&InitRequest::new(5, 3)).await?;
    /// for key in &keys.keys[..3] {
    ///     vault.sys().unseal(key).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when it was initialised before.
    pub async fn init(&self, init: &InitRequest) -> Result<InitResponse> {
        self.client.flat(Request::post("/v1/sys/init", [])?.json(init)?).await
    }

    /// Gives one key share to the node.
    ///
    /// `POST /v1/sys/unseal` ([API](https://developer.hashicorp.com/vault/api-docs/system/unseal#submit-unseal-key));
    /// needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().unseal(&secrecy::SecretString::from("…")).await?;
    /// println!("still sealed: {}", status.sealed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the share is malformed or belongs to another server.
    pub async fn unseal(&self, key: &SecretString) -> Result<SealStatus> {
        let body = json!({ "key": key.expose_secret() });
        self.client.flat(Request::post("/v1/sys/unseal", [])?.json(&body)?.idempotent()).await
    }

    /// Seals the node.
    ///
    /// `POST /v1/sys/seal` ([API](https://developer.hashicorp.com/vault/api-docs/system/seal#seal)); needs `update` and
    /// `sudo` on the path.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().seal().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn seal(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/seal", [])?.idempotent()).await
    }

    /// Reads what the client's own token may do with these paths.
    ///
    /// `POST /v1/sys/capabilities-self`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities-self#query-self-capabilities)); every
    /// token may.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::sys::Capability;
    ///
    /// let found = vault.sys().capabilities_self(&["secret/data/a"]).await?;
    /// let writable = found["secret/data/a"].contains(&Capability::Update);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not valid.
    pub async fn capabilities_self(&self, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let request = Request::post("/v1/sys/capabilities-self", [])?.json(&json!({ "paths": paths }))?;
        self.able(request, paths).await
    }

    /// Reads what a token may do with these paths.
    ///
    /// `POST /v1/sys/capabilities`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities#query-token-capabilities)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let token = vault_client::Token::new("hvs.…")?;
    /// let found = vault.sys().capabilities(&token, &["secret/data/a"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn capabilities(&self, token: &Token, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let body = json!({ "token": token.expose(), "paths": paths });
        self.able(Request::post("/v1/sys/capabilities", [])?.json(&body)?, paths).await
    }

    /// Reads what a token, named by its accessor, may do with these paths.
    ///
    /// `POST /v1/sys/capabilities-accessor`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/capabilities-accessor#query-token-accessor-capabilities));
    /// needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let accessor = vault.token().lookup_self().await?.accessor;
    /// let found = vault.sys().capabilities_accessor(&accessor, &["secret/data/a"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. [`Error::is_not_found`](crate::Error::is_not_found)
    /// when there is no such token.
    pub async fn capabilities_accessor(
        &self,
        accessor: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Vec<Capability>>> {
        let body = json!({ "accessor": accessor, "paths": paths });
        self.able(Request::post("/v1/sys/capabilities-accessor", [])?.json(&body)?, paths).await
    }

    async fn able(&self, request: Request, paths: &[&str]) -> Result<BTreeMap<String, Vec<Capability>>> {
        let mut found: BTreeMap<String, Vec<Capability>> = self.client.fetch(request.idempotent()).await?;
        // Beside the paths stands the answer for the first of them, under the name `capabilities`.
        found.retain(|path, _| paths.contains(&path.as_str()));
        Ok(found)
    }

    /// Reads whether the server was initialised.
    ///
    /// `GET /v1/sys/init`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/init#read-initialization-status)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let initialized = vault.sys().is_initialized().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn is_initialized(&self) -> Result<bool> {
        Ok(self.client.flat::<node::Initialized>(Request::get("/v1/sys/init", [])?).await?.initialized)
    }

    /// Reads whether the seal works.
    ///
    /// `GET /v1/sys/seal-backend-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/seal-backend-status#seal-backend-status)); needs no
    /// token.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let healthy = vault.sys().seal_backend_status().await?.healthy;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn seal_backend_status(&self) -> Result<SealBackendStatus> {
        self.client.flat(Request::get("/v1/sys/seal-backend-status", [])?).await
    }

    /// Lists the nodes of the cluster, as the active one knows them.
    ///
    /// `GET /v1/sys/ha-status` ([API](https://developer.hashicorp.com/vault/api-docs/system/ha-status#ha-status));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for node in vault.sys().ha_status().await? {
    ///     println!("{} is active: {}", node.api_address, node.active_node);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn ha_status(&self) -> Result<Vec<HaNode>> {
        Ok(self.client.fetch::<node::Nodes>(Request::get("/v1/sys/ha-status", [])?).await?.nodes)
    }

    /// Lets the active node give up, so that another one becomes active.
    ///
    /// `POST /v1/sys/step-down`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/step-down#step-down-leader)); needs `update` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().step_down().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn step_down(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/step-down", [])?).await
    }

    /// Moves a secrets engine, or an auth method as `auth/…`, to another path, and revokes its leases. The answer comes
    /// before that is done.
    ///
    /// `POST /v1/sys/remount` ([API](https://developer.hashicorp.com/vault/api-docs/system/remount#move-backend));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let remount = vault.sys().remount("secret", "archive").await?;
    /// let status = vault.sys().remount_status(&remount.migration_id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them. Status 400 when nothing is mounted there, or
    /// something at the other path.
    pub async fn remount(&self, from: &str, to: &str) -> Result<Remount> {
        let request = Request::post("/v1/sys/remount", [])?.json(&json!({ "from": from, "to": to }))?;
        self.client.fetch(request).await
    }

    /// Reads how far the move of a mount is; `None` when the server knows of no such move.
    ///
    /// `GET /v1/sys/remount/status/:migration_id`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/remount#monitor-migration-status)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.sys().remount_status("5f6c803a-…").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn remount_status(&self, migration_id: &str) -> Result<Option<Remount>> {
        self.client.read("/v1/sys/remount/status/:migration_id", [migration_id]).await
    }

    /// Reads about the key with which new data is encrypted.
    ///
    /// `GET /v1/sys/key-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/key-status#get-encryption-key-status)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("term {}", vault.sys().key_status().await?.term);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn key_status(&self) -> Result<KeyStatus> {
        self.client.fetch(Request::get("/v1/sys/key-status", [])?).await
    }

    /// Makes another key, with which new data is encrypted from then on.
    ///
    /// `POST /v1/sys/rotate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate#rotate-encryption-key)); needs `update` and
    /// `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.sys().rotate().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn rotate(&self) -> Result<()> {
        self.client.execute(Request::post("/v1/sys/rotate", [])?).await
    }

    /// Reads when the server makes another key by itself.
    ///
    /// `GET /v1/sys/rotate/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate-config#get-the-auto-rotation-configuration));
    /// needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let config = vault.sys().read_rotation_config().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_rotation_config(&self) -> Result<RotationConfig> {
        self.client.fetch(Request::get("/v1/sys/rotate/config", [])?).await
    }

    /// Writes when the server makes another key by itself.
    ///
    /// `POST /v1/sys/rotate/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/rotate-config#configure-automatic-key-rotation));
    /// needs `update` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let mut config = vault.sys().read_rotation_config().await?;
    /// config.enabled = Some(true);
    /// vault.sys().put_rotation_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn put_rotation_config(&self, config: &RotationConfig) -> Result<()> {
        self.client.put("/v1/sys/rotate/config", [], config).await
    }

    /// Lists the versions of Vault that the cluster has run.
    ///
    /// `LIST /v1/sys/version-history`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/version-history#list-version-history)); needs
    /// `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (version, entry) in vault.sys().list_version_history().await? {
    ///     println!("{version} since {:?}", entry.timestamp_installed);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_version_history(&self) -> Result<BTreeMap<String, VersionEntry>> {
        Ok(self.client.list_as::<KeyInfo<VersionEntry>, 0>("/v1/sys/version-history/", []).await?.key_info)
    }

    /// Reads about the machine of the active node.
    ///
    /// `GET /v1/sys/host-info`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/host-info#collect-host-information)); needs `read`
    /// and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().host_info().await?.host["hostname"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn host_info(&self) -> Result<HostInfo> {
        self.client.fetch(Request::get("/v1/sys/host-info", [])?).await
    }

    /// Lists the calls that are being answered, this one among them, by id.
    ///
    /// `GET /v1/sys/in-flight-req`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/in-flight-req#collect-in-flight-request-information));
    /// needs `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{} calls", vault.sys().in_flight_requests().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn in_flight_requests(&self) -> Result<BTreeMap<String, InFlight>> {
        self.client.flat(Request::get("/v1/sys/in-flight-req", [])?).await
    }

    /// Reads what the node measures.
    ///
    /// `GET /v1/sys/metrics`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/metrics#read-telemetry-metrics)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for gauge in vault.sys().metrics().await?.gauges {
    ///     println!("{} {}", gauge.name, gauge.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn metrics(&self) -> Result<Metrics> {
        self.client.flat(Request::get("/v1/sys/metrics", [])?).await
    }

    /// As [`Sys::metrics`], as the text that Prometheus reads.
    ///
    /// `GET /v1/sys/metrics`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/metrics#read-telemetry-metrics)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let text = vault.sys().metrics_text().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 when the server keeps none for Prometheus.
    pub async fn metrics_text(&self) -> Result<String> {
        let request = Request::get("/v1/sys/metrics", [])?.query("format", "prometheus");
        let reply = self.client.send(request.clone()).await?;
        String::from_utf8(reply.body.to_vec()).map_err(|_| request.refused("what came back is not a text"))
    }

    /// Reads the configuration of the node, without its secrets.
    ///
    /// `GET /v1/sys/config/state/sanitized`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/config-state#get-sanitized-configuration-state));
    /// needs `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().read_config_state().await?["api_addr"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read_config_state(&self) -> Result<Map<String, Value>> {
        self.client.fetch(Request::get("/v1/sys/config/state/sanitized", [])?).await
    }

    /// Lists the mounts of which the token can see something.
    ///
    /// `GET /v1/sys/internal/ui/mounts`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts#get-available-visible-mounts));
    /// every token may, and none is needed for what is made visible to all.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let engines = vault.sys().visible_mounts().await?.secret;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server gives no usable answer.
    pub async fn visible_mounts(&self) -> Result<ui::VisibleMounts> {
        self.client.fetch(Request::get("/v1/sys/internal/ui/mounts", [])?).await
    }

    /// Reads to which mount a path belongs, and so which version of the KV engine it is.
    ///
    /// `GET /v1/sys/internal/ui/mounts/:path`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts#get-single-mount-details));
    /// needs any permission below the mount.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let version = vault.sys().visible_mount("secret/app/config").await?.kv_version();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it, and when nothing is mounted there: the server does not
    /// tell which.
    pub async fn visible_mount(&self, path: &str) -> Result<ui::VisibleMount> {
        self.client.fetch(Request::get("/v1/sys/internal/ui/mounts/*path", [path])?).await
    }

    /// Shows the second factors that a login asked for, and gets the token.
    ///
    /// `POST /v1/sys/mfa/validate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mfa/validate#validate-login-mfa)); needs no token.
    ///
    /// The proofs are passcodes by the id of the method; an empty one where the method wants none. What is wanted
    /// stands in [`MfaRequirement`](crate::auth::MfaRequirement).
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::collections::BTreeMap;
    ///
    /// let proofs = BTreeMap::from([("t1", secrecy::SecretString::from("123456"))]);
    /// let auth = vault.sys().validate_mfa("5879c74a-…", &proofs).await?.value;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when a proof is wrong or the login is too long ago.
    pub async fn validate_mfa(
        &self,
        mfa_request_id: &str,
        proofs: &BTreeMap<&str, SecretString>,
    ) -> Result<Answer<Auth>> {
        let shown = |code: &SecretString| Some(code.expose_secret().to_owned()).filter(|code| !code.is_empty());
        let payload: BTreeMap<&str, Vec<String>> =
            proofs.iter().map(|(id, code)| (*id, shown(code).into_iter().collect())).collect();
        let body = json!({ "mfa_request_id": mfa_request_id, "mfa_payload": payload });
        self.client.anonymous().login(Request::post("/v1/sys/mfa/validate", [])?.json(&body)?).await
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

    #[test]
    fn keys_are_not_printed() {
        let text = r#"{"keys":["hunter2"],"keys_base64":["hunter2"],"root_token":"hvs.hunter2"}"#;
        let init: InitResponse = serde_json::from_str(text).unwrap();
        assert!(!format!("{init:?}").contains("hunter2"));
    }
}
