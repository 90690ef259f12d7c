//! Settings of the engine.

use std::time::Duration;

use super::Pki;
use crate::error::Result;
use crate::transport::Request;

object! {
    /// Which issuer is the default.
    IssuersConfig {
        /// Its id, or its name when it is written; empty for none.
        pub default: String,
        /// Whether each new issuer becomes the default.
        pub default_follows_latest_issuer: Option<bool>,
    }
}

impl IssuersConfig {
    /// This issuer, by id or name.
    pub fn new(default: impl Into<String>) -> Self {
        Self { default: default.into(), ..Self::default() }
    }
}

object! {
    /// Which key is the default.
    KeysConfig {
        /// Its id, or its name when it is written; empty for none.
        pub default: String,
    }
}

impl KeysConfig {
    /// This key, by id or name.
    pub fn new(default: impl Into<String>) -> Self {
        Self { default: default.into(), ..Self::default() }
    }
}

object! {
    /// The addresses that are written into certificates.
    UrlsConfig {
        /// Where the issuer's certificate is.
        pub issuing_certificates: Option<Vec<String>>,
        /// Where the revocation list is.
        pub crl_distribution_points: Option<Vec<String>>,
        /// Where the changes to the revocation list are.
        pub delta_crl_distribution_points: Option<Vec<String>>,
        /// Where revocations can be asked for.
        pub ocsp_servers: Option<Vec<String>>,
        /// Whether `{{issuer_id}}` and the like are replaced in the addresses.
        pub enable_templating: Option<bool>,
    }
}

impl UrlsConfig {
    /// No addresses yet.
    pub fn new() -> Self {
        Self::default()
    }
}

object! {
    /// Where the mount is from outside.
    ClusterConfig {
        /// Its address on this cluster, such as `https://vault.example.com/v1/pki`.
        pub path: Option<String>,
        /// The address where its certificates and revocation lists are, which may go without TLS.
        pub aia_path: Option<String>,
    }
}

impl ClusterConfig {
    /// At this address.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }
}

object! {
    /// How revocation lists are made.
    CrlConfig {
        /// How long a list is valid.
        pub expiry: Option<Duration> as go_text,
        /// Whether no lists are made.
        pub disable: Option<bool>,
        /// Whether a list is made anew before it ends, and not with each revocation.
        pub auto_rebuild: Option<bool>,
        /// How long before its end that happens.
        pub auto_rebuild_grace_period: Option<Duration> as go_text,
        /// Whether there are lists of changes.
        pub enable_delta: Option<bool>,
        /// How often those are made.
        pub delta_rebuild_interval: Option<Duration> as go_text,
        /// How many certificates a list can hold.
        pub max_crl_entries: Option<i64>,
        /// Whether nobody can ask for one certificate.
        pub ocsp_disable: Option<bool>,
        /// How long an answer about one certificate is valid.
        pub ocsp_expiry: Option<Duration> as go_text,
        /// Whether revocations reach the other clusters (Vault Enterprise).
        pub cross_cluster_revocation: Option<bool>,
        /// Whether there is a list of all clusters (Vault Enterprise).
        pub unified_crl: Option<bool>,
        /// Whether that is what is read at the usual places (Vault Enterprise).
        pub unified_crl_on_existing_paths: Option<bool>,
    }
}

impl CrlConfig {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

object! {
    /// How clients can get certificates over ACME.
    AcmeConfig {
        /// Whether they can.
        pub enabled: Option<bool>,
        /// The issuers that they can choose; `*` for all.
        pub allowed_issuers: Option<Vec<String>>,
        /// The roles that they can choose; `*` for all.
        pub allowed_roles: Option<Vec<String>>,
        /// Whether the role says for what else keys can be used.
        pub allow_role_ext_key_usage: Option<bool>,
        /// What holds for who names no role: `sign-verbatim`, `forbid`, `role:…` or `external-policy`.
        pub default_directory_policy: Option<String>,
        /// Where names are looked up; empty for what the server's system does.
        pub dns_resolver: Option<String>,
        /// Who has to bring a key from outside: `not-required`, `new-account-required` or `always-required`.
        pub eab_policy: Option<String>,
        /// How long certificates are valid at most.
        pub max_ttl: Option<Duration> as seconds,
    }
}

impl AcmeConfig {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Pki {
    /// Reads which issuer is the default.
    ///
    /// `GET /v1/:mount/config/issuers`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-issuers-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.pki("pki").read_issuers_config().await?.default);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no engine is mounted there.
    pub async fn read_issuers_config(&self) -> Result<IssuersConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/issuers", [&self.mount])?).await
    }

    /// Chooses the default issuer, by id or name.
    ///
    /// `POST /v1/:mount/config/issuers`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-issuers-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::IssuersConfig;
    ///
    /// vault.pki("pki").put_issuers_config(&IssuersConfig::new("root-2027")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such issuer.
    pub async fn put_issuers_config(&self, config: &IssuersConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/issuers", [&self.mount], config).await
    }

    /// Reads which key is the default.
    ///
    /// `GET /v1/:mount/config/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-keys-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.pki("pki").read_keys_config().await?.default);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_keys_config(&self) -> Result<KeysConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/keys", [&self.mount])?).await
    }

    /// Chooses the default key, by id or name.
    ///
    /// `POST /v1/:mount/config/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-keys-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::KeysConfig;
    ///
    /// vault.pki("pki").put_keys_config(&KeysConfig::new("root-2027")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such key.
    pub async fn put_keys_config(&self, config: &KeysConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/keys", [&self.mount], config).await
    }

    /// Reads the addresses that are written into certificates.
    ///
    /// `GET /v1/:mount/config/urls`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-urls)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_urls().await?.issuing_certificates);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_urls(&self) -> Result<UrlsConfig> {
        // Servers before 1.15 have nothing at this place until it is written.
        Ok(self.client.read("/v1/*mount/config/urls", [&self.mount]).await?.unwrap_or_default())
    }

    /// Writes the addresses that are written into certificates; what is absent stays as it is.
    ///
    /// `POST /v1/:mount/config/urls`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-urls)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::UrlsConfig;
    ///
    /// let mut urls = UrlsConfig::new();
    /// urls.issuing_certificates = Some(vec!["https://vault.example.com/v1/pki/ca".to_owned()]);
    /// vault.pki("pki").put_urls(&urls).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when an address is none.
    pub async fn put_urls(&self, urls: &UrlsConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/urls", [&self.mount], urls).await
    }

    /// Reads where the mount is from outside.
    ///
    /// `GET /v1/:mount/config/cluster`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-cluster-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_cluster_config().await?.path);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_cluster_config(&self) -> Result<ClusterConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/cluster", [&self.mount])?).await
    }

    /// Writes where the mount is from outside.
    ///
    /// `POST /v1/:mount/config/cluster`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-cluster-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::ClusterConfig;
    ///
    /// let config = ClusterConfig::new("https://vault.example.com/v1/pki");
    /// vault.pki("pki").put_cluster_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when an address is none.
    pub async fn put_cluster_config(&self, config: &ClusterConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/cluster", [&self.mount], config).await
    }

    /// Reads how revocation lists are made.
    ///
    /// `GET /v1/:mount/config/crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-crl-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_crl_config().await?.expiry);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_crl_config(&self) -> Result<CrlConfig> {
        // Older servers have nothing at this place until it is written.
        Ok(self.client.read("/v1/*mount/config/crl", [&self.mount]).await?.unwrap_or_default())
    }

    /// Writes how revocation lists are made; what is absent stays as it is.
    ///
    /// `POST /v1/:mount/config/crl`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-crl-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::CrlConfig;
    ///
    /// let mut config = CrlConfig::new();
    /// config.auto_rebuild = Some(true);
    /// config.enable_delta = Some(true);
    /// vault.pki("pki").put_crl_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the settings do not go
    /// together.
    pub async fn put_crl_config(&self, config: &CrlConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/crl", [&self.mount], config).await
    }

    /// Reads how clients can get certificates over ACME.
    ///
    /// `GET /v1/:mount/config/acme`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#get-acme-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").read_acme_config().await?.enabled);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_acme_config(&self) -> Result<AcmeConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/acme", [&self.mount])?).await
    }

    /// Writes how clients can get certificates over ACME; what is absent stays as it is.
    ///
    /// `POST /v1/:mount/config/acme`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#set-acme-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::AcmeConfig;
    ///
    /// let mut config = AcmeConfig::new();
    /// config.enabled = Some(true);
    /// config.default_directory_policy = Some("role:web".to_owned());
    /// vault.pki("pki").put_acme_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 while the address of the cluster
    /// is not set.
    pub async fn put_acme_config(&self, config: &AcmeConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/acme", [&self.mount], config).await
    }
}
