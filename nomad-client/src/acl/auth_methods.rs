//! How others log in: <https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods>.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Acl;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::secret::Secret;
use crate::transport::{Request, none_if_not_found};

wire_enum! {
    /// What a login is proved by.
    pub AuthMethodType {
        /// A signed token of somebody else's.
        Jwt = "JWT",
        /// A login at somebody else's, in a browser.
        Oidc = "OIDC",
    }
}

wire_enum! {
    /// Where the tokens of an auth method are known.
    pub TokenLocality {
        /// In their own region.
        Local = "local",
        /// In all regions.
        Global = "global",
    }
}

default_empty!(AuthMethodType, TokenLocality);

object! {
    /// A way to log in.
    AuthMethod {
        /// Its name.
        pub name: String,
        /// What a login is proved by.
        #[serde(rename = "Type")]
        pub kind: AuthMethodType,
        /// Where its tokens are known.
        pub token_locality: TokenLocality,
        /// How its tokens are named.
        pub token_name_format: String,
        /// How long its tokens live at most.
        #[serde(rename = "MaxTokenTTL")]
        pub max_token_ttl: Option<Duration> as go_text,
        /// Whether it is used for its type where none is named.
        pub default: bool,
        /// How it works.
        pub config: Option<AuthMethodConfig>,
        /// Set by the server: when it was made.
        pub create_time: Option<Timestamp> as rfc3339,
        /// Set by the server: when it changed.
        pub modify_time: Option<Timestamp> as rfc3339,
        /// Set by the server: when it was made.
        pub create_index: Index,
        /// Set by the server: when it changed.
        pub modify_index: Index,
    }
}

impl AuthMethod {
    /// A method of this type, whose tokens are known in their own region and live an hour.
    pub fn new(name: impl Into<String>, kind: AuthMethodType, config: AuthMethodConfig) -> Self {
        Self {
            name: name.into(),
            kind,
            token_locality: TokenLocality::Local,
            max_token_ttl: Some(Duration::from_secs(3600)),
            config: Some(config),
            ..Self::default()
        }
    }
}

object! {
    /// How an auth method works.
    AuthMethodConfig {
        /// Public keys that a token may be signed with, in PEM.
        #[serde(rename = "JWTValidationPubKeys")]
        pub jwt_validation_pub_keys: Vec<String>,
        /// Where the public keys are instead.
        #[serde(rename = "JWKSURL")]
        pub jwks_url: String,
        /// Who signs that place's certificate, in PEM.
        #[serde(rename = "JWKSCACert")]
        pub jwks_ca_cert: String,
        /// Where all about the issuer is instead.
        #[serde(rename = "OIDCDiscoveryURL")]
        pub oidc_discovery_url: String,
        /// Who signs that place's certificate, in PEM.
        pub discovery_ca_pem: Vec<String>,
        /// Who Nomad is at the issuer.
        #[serde(rename = "OIDCClientID")]
        pub oidc_client_id: String,
        /// How it proves that; the server shows only `redacted`, and keeps what it has when that is sent back.
        #[serde(rename = "OIDCClientSecret")]
        pub oidc_client_secret: Secret,
        /// How it proves that instead.
        #[serde(rename = "OIDCClientAssertion")]
        pub oidc_client_assertion: Option<ClientAssertion>,
        /// Whether a login in a browser is bound to who has begun it.
        #[serde(rename = "OIDCEnablePKCE")]
        pub oidc_enable_pkce: Option<bool>,
        /// Whether the issuer is not asked about the user.
        #[serde(rename = "OIDCDisableUserInfo")]
        pub oidc_disable_user_info: bool,
        /// What the issuer is asked for beside `openid`.
        #[serde(rename = "OIDCScopes")]
        pub oidc_scopes: Vec<String>,
        /// Whom a token must be for.
        pub bound_audiences: Vec<String>,
        /// Who must have signed it.
        pub bound_issuer: Vec<String>,
        /// Where a browser may be sent back to.
        #[serde(rename = "AllowedRedirectURIs")]
        pub allowed_redirect_uris: Vec<String>,
        /// The algorithms that a token may be signed by.
        pub signing_algs: Vec<String>,
        /// How long after its end a token is still taken.
        pub expiration_leeway: Option<Duration> as go_text,
        /// How long before its beginning a token is taken already.
        pub not_before_leeway: Option<Duration> as go_text,
        /// How much clocks may differ.
        pub clock_skew_leeway: Option<Duration> as go_text,
        /// Names in rules, by the claims that they are taken from.
        pub claim_mappings: BTreeMap<String, String>,
        /// Names of lists in rules, by the claims that they are taken from.
        pub list_claim_mappings: BTreeMap<String, String>,
        /// Whether the servers log what tokens say.
        pub verbose_logging: bool,
    }
}

object! {
    /// How Nomad proves at an issuer who it is, by a signature.
    ClientAssertion {
        /// Whose key: `nomad`, `private_key` or `client_secret`.
        pub key_source: String,
        /// Whom it is for.
        pub audience: Vec<String>,
        /// The key.
        pub private_key: Option<ClientAssertionKey>,
        /// Further headers.
        pub extra_headers: BTreeMap<String, String>,
        /// The algorithm.
        pub key_algorithm: String,
    }
}

object! {
    /// The key of a [`ClientAssertion`].
    ClientAssertionKey {
        /// The key, in PEM; the server shows only `redacted`.
        pub pem_key: Secret,
        /// The file of the key on the servers.
        pub pem_key_file: String,
        /// The header that names the key.
        #[serde(rename = "KeyIDHeader")]
        pub key_id_header: String,
        /// Its certificate, in PEM.
        pub pem_cert: String,
        /// The file of its certificate on the servers.
        pub pem_cert_file: String,
        /// Its name.
        #[serde(rename = "KeyID")]
        pub key_id: String,
    }
}

answer! {
    /// An auth method in a list.
    AuthMethodStub {
        /// Its name.
        pub name: String,
        /// What a login is proved by.
        #[serde(rename = "Type")]
        pub kind: AuthMethodType,
        /// Whether it is used for its type where none is named.
        pub default: bool,
        /// A digest of its content, in base64.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Acl {
    /// Lists the auth methods. `GET /v1/acl/auth-methods`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods#list-auth-methods)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for method in nomad.acl().auth_methods().await? {
    ///     println!("{} is {}", method.name, method.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn auth_methods(&self) -> Result<Vec<AuthMethodStub>> {
        Ok(self.auth_methods_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Acl::auth_methods`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Acl::auth_methods`].
    pub async fn auth_methods_with(&self, options: &ReadOptions) -> Result<Answer<Vec<AuthMethodStub>>> {
        self.client.get_with("/v1/acl/auth-methods", [], options).await
    }

    /// Reads an auth method, or `None` when there is none. `GET /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods#read-auth-method)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let method = nomad.acl().auth_method("ci").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn auth_method(&self, name: &str) -> Result<Option<AuthMethod>> {
        none_if_not_found(self.client.get("/v1/acl/auth-method/:name", [name]).await)
    }

    /// Makes an auth method. `PUT /v1/acl/auth-method`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods#create-auth-method)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::{AuthMethod, AuthMethodConfig, AuthMethodType};
    ///
    /// let mut config = AuthMethodConfig::default();
    /// config.jwks_url = "https://ci.example.com/keys".to_owned();
    /// config.bound_audiences = vec!["nomad".to_owned()];
    /// config.claim_mappings.insert("repository".into(), "repository".into());
    /// nomad.acl().create_auth_method(&AuthMethod::new("ci", AuthMethodType::Jwt, config)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses what is not whole.
    pub async fn create_auth_method(&self, method: &AuthMethod) -> Result<AuthMethod> {
        self.client.put("/v1/acl/auth-method", [], method).await
    }

    /// Changes an auth method. `PUT /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods#update-auth-method)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(mut method) = nomad.acl().auth_method("ci").await? {
    ///     method.default = true;
    ///     nomad.acl().update_auth_method(&method).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Acl::create_auth_method`].
    pub async fn update_auth_method(&self, method: &AuthMethod) -> Result<AuthMethod> {
        let request = Request::put("/v1/acl/auth-method/:name", [&method.name])?.json(method)?;
        self.client.fetch(request.idempotent()).await
    }

    /// Deletes an auth method; the tokens that it gave stay. `DELETE /v1/acl/auth-method/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/auth-methods#delete-auth-method)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.acl().delete_auth_method("ci").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none.
    pub async fn delete_auth_method(&self, name: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/acl/auth-method/:name", [name])?).await
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthMethod, AuthMethodConfig, AuthMethodType};

    #[test]
    fn t17_durations_are_texts_and_secrets_are_hidden() {
        let config = AuthMethodConfig { oidc_client_secret: "hunter2".into(), ..AuthMethodConfig::default() };
        let mut method = AuthMethod::new("a", AuthMethodType::Oidc, config);
        assert!(!format!("{method:?}").contains("hunter2"));
        let sent = serde_json::to_value(&method).unwrap();
        assert_eq!((sent["MaxTokenTTL"].as_str(), sent["Type"].as_str()), (Some("1h0m0s"), Some("OIDC")));
        assert_eq!(sent["Config"]["OIDCClientSecret"], "hunter2");
        method.max_token_ttl = None;
        let text = r#"{"MaxTokenTTL":"","Config":{"ExpirationLeeway":"30s","Zzz":1}}"#;
        let read: AuthMethod = serde_json::from_str(text).unwrap();
        assert_eq!(read.config.as_ref().unwrap().expiration_leeway, Some(std::time::Duration::from_secs(30)));
        assert_eq!(serde_json::to_value(&read).unwrap()["Config"]["Zzz"], 1);
    }
}
