//! Removing what has ended.

use std::time::Duration;

use jiff::Timestamp;

use super::Pki;
use crate::error::Result;
use crate::transport::Request;

object! {
    /// What is removed, and how long after its end. What is absent is decided by the server.
    TidyRequest {
        /// Certificates that have ended.
        pub tidy_cert_store: Option<bool>,
        /// Revoked certificates that have ended.
        pub tidy_revoked_certs: Option<bool>,
        /// Whether revoked certificates learn again which issuer they had.
        pub tidy_revoked_cert_issuer_associations: Option<bool>,
        /// Issuers that have ended.
        pub tidy_expired_issuers: Option<bool>,
        /// The copy of the authority that very old servers left behind.
        pub tidy_move_legacy_ca_bundle: Option<bool>,
        /// Accounts and orders of ACME that nobody uses.
        pub tidy_acme: Option<bool>,
        /// Revocations that other clusters have heard of (Vault Enterprise).
        pub tidy_revocation_queue: Option<bool>,
        /// Revocations of other clusters that have ended (Vault Enterprise).
        pub tidy_cross_cluster_revoked_certs: Option<bool>,
        /// Notes about certificates that have ended (Vault Enterprise).
        pub tidy_cert_metadata: Option<bool>,
        /// Nonces of `CMPv2` that have ended (Vault Enterprise).
        pub tidy_cmpv2_nonce_store: Option<bool>,
        /// How long after its end a certificate is removed.
        pub safety_buffer: Option<Duration> as seconds,
        /// How long after its end an issuer is removed.
        pub issuer_safety_buffer: Option<Duration> as seconds,
        /// How long after its last use an account of ACME is removed.
        pub acme_account_safety_buffer: Option<Duration> as seconds,
        /// How long a revocation waits for other clusters (Vault Enterprise).
        pub revocation_queue_safety_buffer: Option<Duration> as seconds,
        /// How long the work rests between two certificates.
        pub pause_duration: Option<Duration> as go_text,
    }
}

impl TidyRequest {
    /// Removes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes certificates, revoked or not, so long after their end.
    pub fn ended(safety_buffer: Duration) -> Self {
        Self {
            tidy_cert_store: Some(true),
            tidy_revoked_certs: Some(true),
            safety_buffer: Some(safety_buffer),
            ..Self::default()
        }
    }
}

object! {
    /// What is removed by itself, and when.
    AutoTidyConfig {
        /// Whether anything is.
        pub enabled: Option<bool>,
        /// How often.
        pub interval_duration: Option<Duration> as seconds,
        /// How long after the start of the server at least.
        pub min_startup_backoff_duration: Option<Duration> as seconds,
        /// How long after the start of the server at most.
        pub max_startup_backoff_duration: Option<Duration> as seconds,
        /// Whether the engine counts the certificates that it keeps.
        pub maintain_stored_certificate_counts: Option<bool>,
        /// Whether it tells those numbers as metrics.
        pub publish_stored_certificate_count_metrics: Option<bool>,
        /// Certificates that have ended.
        pub tidy_cert_store: Option<bool>,
        /// Revoked certificates that have ended.
        pub tidy_revoked_certs: Option<bool>,
        /// Whether revoked certificates learn again which issuer they had.
        pub tidy_revoked_cert_issuer_associations: Option<bool>,
        /// Issuers that have ended.
        pub tidy_expired_issuers: Option<bool>,
        /// The copy of the authority that very old servers left behind.
        pub tidy_move_legacy_ca_bundle: Option<bool>,
        /// Accounts and orders of ACME that nobody uses.
        pub tidy_acme: Option<bool>,
        /// Revocations that other clusters have heard of (Vault Enterprise).
        pub tidy_revocation_queue: Option<bool>,
        /// Revocations of other clusters that have ended (Vault Enterprise).
        pub tidy_cross_cluster_revoked_certs: Option<bool>,
        /// Notes about certificates that have ended (Vault Enterprise).
        pub tidy_cert_metadata: Option<bool>,
        /// Nonces of `CMPv2` that have ended (Vault Enterprise).
        pub tidy_cmpv2_nonce_store: Option<bool>,
        /// How long after its end a certificate is removed.
        pub safety_buffer: Option<Duration> as seconds,
        /// How long after its end an issuer is removed.
        pub issuer_safety_buffer: Option<Duration> as seconds,
        /// How long after its last use an account of ACME is removed.
        pub acme_account_safety_buffer: Option<Duration> as seconds,
        /// How long a revocation waits for other clusters (Vault Enterprise).
        pub revocation_queue_safety_buffer: Option<Duration> as seconds,
        /// How long the work rests between two certificates.
        pub pause_duration: Option<Duration> as go_text,
    }
}

impl AutoTidyConfig {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

wire_enum! {
    /// How far the work is.
    pub TidyState {
        /// It was never begun since the server started.
        Inactive = "Inactive",
        /// It goes on.
        Running = "Running",
        /// It ended well.
        Finished = "Finished",
        /// It ended with an error.
        Error = "Error",
        /// It is about to end early.
        Cancelling = "Cancelling",
        /// It ended early.
        Cancelled = "Cancelled",
    }
}

object! {
    /// The last work, or the one that goes on.
    TidyStatus {
        /// How far it is.
        pub state: Option<TidyState>,
        /// Why it ended, if with an error.
        pub error: Option<String>,
        /// What it is doing.
        pub message: Option<String>,
        /// When it began.
        pub time_started: Option<Timestamp>,
        /// When it ended.
        pub time_finished: Option<Timestamp>,
        /// When work that began by itself ended last.
        pub last_auto_tidy_finished: Option<Timestamp>,
        /// Certificates that it removed.
        pub cert_store_deleted_count: Option<u64>,
        /// Revoked certificates that it removed.
        pub revoked_cert_deleted_count: Option<u64>,
        /// Revoked certificates that do not know their issuer.
        pub missing_issuer_cert_count: Option<u64>,
        /// Certificates that are left.
        pub current_cert_store_count: Option<u64>,
        /// Revoked certificates that are left.
        pub current_revoked_cert_count: Option<u64>,
        /// Accounts of ACME that there are.
        pub total_acme_account_count: Option<u64>,
        /// Accounts of ACME that it revoked.
        pub acme_account_revoked_count: Option<u64>,
        /// Accounts of ACME that it removed.
        pub acme_account_deleted_count: Option<u64>,
        /// Orders of ACME that it removed.
        pub acme_orders_deleted_count: Option<u64>,
    }
}

impl Pki {
    /// Begins to remove what has ended, and does not wait for it.
    ///
    /// `POST /v1/:mount/tidy`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#tidy)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// use vault_client::pki::TidyRequest;
    ///
    /// vault.pki("pki").tidy(&TidyRequest::ended(Duration::from_secs(72 * 3600))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn tidy(&self, request: &TidyRequest) -> Result<()> {
        // Begun twice, it is the work that goes on already.
        self.client.put("/v1/*mount/tidy", [&self.mount], request).await
    }

    /// Ends the work early, and says how far it came; `None` when there is none.
    ///
    /// `POST /v1/:mount/tidy-cancel`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#cancel-tidy)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").cancel_tidy().await?.and_then(|status| status.state));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn cancel_tidy(&self) -> Result<Option<TidyStatus>> {
        self.client.find(Request::post("/v1/*mount/tidy-cancel", [&self.mount])?.idempotent()).await
    }

    /// Reads how far the work is.
    ///
    /// `GET /v1/:mount/tidy-status`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#tidy-status)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let status = vault.pki("pki").read_tidy_status().await?;
    /// println!("{:?}, {:?} removed", status.state, status.cert_store_deleted_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_tidy_status(&self) -> Result<TidyStatus> {
        self.client.fetch(Request::get("/v1/*mount/tidy-status", [&self.mount])?).await
    }

    /// Reads what is removed by itself, and when.
    ///
    /// `GET /v1/:mount/config/auto-tidy`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#get-automatic-tidy-configuration)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_auto_tidy().await?.enabled);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_auto_tidy(&self) -> Result<AutoTidyConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/auto-tidy", [&self.mount])?).await
    }

    /// Writes what is removed by itself, and when; what is absent stays as it is.
    ///
    /// `POST /v1/:mount/config/auto-tidy`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#configure-automatic-tidy)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::AutoTidyConfig;
    ///
    /// let mut config = AutoTidyConfig::new();
    /// config.enabled = Some(true);
    /// config.tidy_cert_store = Some(true);
    /// vault.pki("pki").put_auto_tidy(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when it is enabled and nothing
    /// is to be removed.
    pub async fn put_auto_tidy(&self, config: &AutoTidyConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/auto-tidy", [&self.mount], config).await
    }
}
