//! The JWT auth method: <https://developer.hashicorp.com/vault/api-docs/auth/jwt>.
//!
//! Machines show a signed token to [`Jwt::login`]. People come over a browser: [`Jwt::oidc_auth_url`] says where to send
//! it, and [`Jwt::oidc_login`] takes what it brings back.

mod oidc;

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use self::oidc::{AuthUrlOptions, OidcLogin};

use crate::auth::{Auth, TokenType};
use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;

wire_enum! {
    /// How one logs in with a role.
    pub RoleType {
        /// With a signed token.
        Jwt = "jwt",
        /// With a browser.
        Oidc = "oidc",
    }
}

wire_enum! {
    /// How an OIDC provider answers.
    pub ResponseMode {
        /// In the query of the address to which it sends the browser back.
        Query = "query",
        /// In a form that the browser posts there.
        FormPost = "form_post",
    }
}

wire_enum! {
    /// How the claims of a token are compared with those that a role wants.
    pub BoundClaimsType {
        /// They have to be the same.
        String = "string",
        /// `*` stands for any characters.
        Glob = "glob",
    }
}

object! {
    /// How the method checks what it is shown. One of `jwks_url`, `jwt_validation_pubkeys` and `oidc_discovery_url` is
    /// wanted.
    Config {
        /// Where the public keys are fetched. The server does so at once when this is written.
        pub jwks_url: Option<String>,
        /// The CA certificates for that address, in PEM.
        pub jwks_ca_pem: Option<String>,
        /// The public keys themselves, in PEM.
        pub jwt_validation_pubkeys: Option<Vec<String>>,
        /// Where the OIDC provider describes itself.
        pub oidc_discovery_url: Option<String>,
        /// The CA certificates for that address, in PEM.
        pub oidc_discovery_ca_pem: Option<String>,
        /// Several such addresses, each with its CA certificates.
        pub jwks_pairs: Option<Vec<Value>>,
        /// As whom Vault itself is known to the OIDC provider.
        pub oidc_client_id: Option<String>,
        /// How the provider answers.
        pub oidc_response_mode: Option<ResponseMode>,
        /// What the provider answers: `code` or `id_token`.
        pub oidc_response_types: Option<Vec<String>>,
        /// What is special about the provider.
        pub provider_config: Option<Map<String, Value>>,
        /// Whether the namespace goes along to the provider and back.
        pub namespace_in_state: Option<bool>,
        /// The critical extensions that certificates of the provider may have although nobody knows them.
        pub unsupported_critical_cert_extensions: Option<Vec<String>>,
        /// The issuer that a token must have.
        pub bound_issuer: Option<String>,
        /// The signatures that are accepted.
        pub jwt_supported_algs: Option<Vec<String>>,
        /// The role of a login that names none.
        pub default_role: Option<String>,
    }
}

object! {
    /// Who may log in, and what they get.
    Role {
        /// How one logs in; with a browser unless set.
        pub role_type: Option<RoleType>,
        /// The claim that names who logs in.
        pub user_claim: Option<String>,
        /// Whether that is a JSON pointer such as `/nomad_job_id`.
        pub user_claim_json_pointer: Option<bool>,
        /// The audiences, of which a token must have one.
        pub bound_audiences: Option<Vec<String>>,
        /// The subject that a token must have.
        pub bound_subject: Option<String>,
        /// The claims that a token must have, with the values that are accepted.
        pub bound_claims: Option<Map<String, Value>>,
        /// How those values are compared.
        pub bound_claims_type: Option<BoundClaimsType>,
        /// The claims that become metadata of the login, with the names that they get.
        pub claim_mappings: Option<BTreeMap<String, String>>,
        /// The claim that lists groups.
        pub groups_claim: Option<String>,
        /// Where the browser may be sent back to.
        pub allowed_redirect_uris: Option<Vec<String>>,
        /// What the provider is asked for beside `openid`.
        pub oidc_scopes: Option<Vec<String>>,
        /// How long ago somebody may have shown the provider who they are; zero for ever.
        pub max_age: Option<Duration> as seconds,
        /// Whether the server's log shows what the provider says.
        pub verbose_oidc_logging: Option<bool>,
        /// The kind of the token that a login gets.
        pub token_type: Option<TokenType>,
        /// Its policies.
        pub token_policies: Option<Vec<String>>,
        /// How long it lives; zero for what the mount is set to.
        pub token_ttl: Option<Duration> as seconds,
        /// How long it can be renewed; zero for what the mount is set to.
        pub token_max_ttl: Option<Duration> as seconds,
        /// How long it lives at most, whatever else is set; zero for no such limit.
        pub token_explicit_max_ttl: Option<Duration> as seconds,
        /// How long each renewal makes it live, without any end; zero for a token that has one.
        pub token_period: Option<Duration> as seconds,
        /// How many calls it is good for; 0 without limit.
        pub token_num_uses: Option<u64>,
        /// From where it can be used.
        pub token_bound_cidrs: Option<Vec<String>>,
        /// Leaves out the policy `default`.
        pub token_no_default_policy: Option<bool>,
    }
}

impl Role {
    /// A role for signed tokens, with the claim that names who logs in.
    pub fn new(user_claim: impl Into<String>) -> Self {
        Self { role_type: Some(RoleType::Jwt), user_claim: Some(user_claim.into()), ..Self::default() }
    }
}

/// Handle made by [`Client::jwt`].
#[derive(Clone, Debug)]
pub struct Jwt {
    client: Client,
    mount: String,
}

#[derive(Serialize)]
struct WithSecret<'a> {
    #[serde(flatten)]
    config: &'a Config,
    oidc_client_secret: &'a str,
}

impl Jwt {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Reads the configuration, or `None` before the first was written.
    ///
    /// `GET /v1/auth/:mount/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#read-config)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.jwt("jwt").read_config().await?.and_then(|config| config.bound_issuer));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no method is mounted there.
    pub async fn read_config(&self) -> Result<Option<Config>> {
        self.client.read("/v1/auth/*mount/config", [&self.mount]).await
    }

    /// Writes the configuration; what is `None` is reset.
    ///
    /// `POST /v1/auth/:mount/config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#configure)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::jwt::Config;
    ///
    /// let mut config = Config::default();
    /// config.jwks_url = Some("https://nomad.example.com:4646/.well-known/jwks.json".to_owned());
    /// vault.jwt("jwt-nomad").put_config(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when the server cannot fetch the keys.
    pub async fn put_config(&self, config: &Config) -> Result<()> {
        self.client.put("/v1/auth/*mount/config", [&self.mount], config).await
    }

    /// As [`Jwt::put_config`], with the secret by which the OIDC provider knows Vault. It can be written and never read,
    /// so it has to come with each configuration that wants it.
    ///
    /// `POST /v1/auth/:mount/config` ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#configure)); needs
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::jwt::Config;
    ///
    /// let mut config = Config::default();
    /// config.oidc_discovery_url = Some("https://login.example.com".to_owned());
    /// config.oidc_client_id = Some("vault".to_owned());
    /// vault.jwt("oidc").put_oidc_config(&config, &"…".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jwt::put_config`].
    pub async fn put_oidc_config(&self, config: &Config, client_secret: &SecretString) -> Result<()> {
        let body = WithSecret { config, oidc_client_secret: client_secret.expose_secret() };
        self.client.put("/v1/auth/*mount/config", [&self.mount], &body).await
    }

    /// Lists the names of the roles.
    ///
    /// `LIST /v1/auth/:mount/role`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#list-roles)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.jwt("jwt").list_roles().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission;
    /// [`Error::is_not_found`](crate::Error::is_not_found) when no method is mounted there.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/*mount/role/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist.
    ///
    /// `GET /v1/auth/:mount/role/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#read-role)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(role) = vault.jwt("jwt").read_role("web").await? {
    ///     println!("{:?}", role.token_policies);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/auth/*mount/role/:name", [&self.mount, name]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is.
    ///
    /// `POST /v1/auth/:mount/role/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role)); needs `create` or `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::jwt::Role;
    ///
    /// let mut role = Role::new("sub");
    /// role.bound_audiences = Some(vec!["vault.io".to_owned()]);
    /// role.token_policies = Some(vec!["web".to_owned()]);
    /// vault.jwt("jwt").put_role("web", &role).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when a setting is not possible.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/auth/*mount/role/:name", [&self.mount, name], role).await
    }

    /// Deletes a role; one that does not exist is fine too.
    ///
    /// `DELETE /v1/auth/:mount/role/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#delete-role)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.jwt("jwt").delete_role("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/auth/*mount/role/:name", [&self.mount, name]).await
    }

    /// Logs in with a signed token.
    ///
    /// `POST /v1/auth/:mount/login`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login)); needs no token of Vault.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, jwt: secrecy::SecretString) -> vault_client::Result<()> {
    /// let auth = vault.jwt("jwt").login("web", &jwt).await?.value;
    /// if let Some(token) = auth.client_token {
    ///     let vault = vault.with_token(token);
    /// #   drop(vault);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the role does not exist; status 400 when the token is
    /// not accepted.
    pub async fn login(&self, role: &str, jwt: &SecretString) -> Result<Answer<Auth>> {
        let body = json!({ "role": role, "jwt": jwt.expose_secret() });
        self.client.anonymous().login(Request::post("/v1/auth/*mount/login", [&self.mount])?.json(&body)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use std::time::Duration;

    #[test]
    fn a_role_comes_back_as_it_was() {
        let text = r#"{"allowed_redirect_uris":null,"bound_audiences":["vault.io"],"bound_claims":null,
            "bound_claims_type":"string","bound_subject":"","claim_mappings":{"nomad_job_id":"nomad_job_id"},
            "clock_skew_leeway":-1,"expiration_leeway":0,"groups_claim":"","max_age":0,"role_type":"jwt",
            "token_bound_cidrs":[],"token_explicit_max_ttl":0,"token_max_ttl":0,"token_no_default_policy":false,
            "token_num_uses":0,"token_period":1800,"token_policies":["default"],"token_ttl":0,"token_type":"service",
            "user_claim":"/nomad_job_id","user_claim_json_pointer":true,"verbose_oidc_logging":false}"#;
        let role: Role = serde_json::from_str(text).unwrap();
        assert_eq!(role.token_period, Some(Duration::from_secs(1800)));
        let written = serde_json::to_value(&role).unwrap();
        assert_eq!(written["clock_skew_leeway"], -1);
        assert_eq!(written["token_period"], "1800s");
        assert_eq!(serde_json::from_value::<Role>(written).unwrap(), role);
    }
}
