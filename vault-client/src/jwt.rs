//! The JWT auth method: <https://developer.hashicorp.com/vault/api-docs/auth/jwt>.
//!
//! Not covered: the login of people over OIDC.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::auth::{Auth, TokenType};
use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;
use crate::wire::duration;

wire_enum! {
    /// How one logs in with a role.
    pub RoleType {
        /// With a signed token.
        Jwt = "jwt",
        /// With a browser.
        Oidc = "oidc",
    }
}

/// How the method checks what it is shown. One of `jwks_url`, `jwt_validation_pubkeys` and `oidc_discovery_url` is
/// wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Config {
    /// Where the public keys are fetched. The server does so at once when this is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// The CA certificates for that address, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_ca_pem: Option<String>,
    /// The public keys themselves, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_validation_pubkeys: Option<Vec<String>>,
    /// Where the OIDC provider describes itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_discovery_url: Option<String>,
    /// The CA certificates for that address, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_discovery_ca_pem: Option<String>,
    /// The issuer that a token must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_issuer: Option<String>,
    /// The signatures that are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_supported_algs: Option<Vec<String>>,
    /// The role of a login that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_role: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who may log in, and what they get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// How one logs in; with a browser unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_type: Option<RoleType>,
    /// The claim that names who logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_claim: Option<String>,
    /// Whether that is a JSON pointer such as `/nomad_job_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_claim_json_pointer: Option<bool>,
    /// The audiences, of which a token must have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_audiences: Option<Vec<String>>,
    /// The subject that a token must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_subject: Option<String>,
    /// The claims that a token must have, with the values that are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_claims: Option<Map<String, Value>>,
    /// How those values are compared: `string` or `glob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_claims_type: Option<String>,
    /// The claims that become metadata of the login, with the names that they get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_mappings: Option<BTreeMap<String, String>>,
    /// The claim that lists groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// The kind of the token that a login gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// Its policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_policies: Option<Vec<String>>,
    /// How long it lives; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_ttl: Option<Duration>,
    /// How long it can be renewed; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_max_ttl: Option<Duration>,
    /// How long it lives at most, whatever else is set; zero for no such limit.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_explicit_max_ttl: Option<Duration>,
    /// How long each renewal makes it live, without any end; zero for a token that has one.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_period: Option<Duration>,
    /// How many calls it is good for; 0 without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_num_uses: Option<u64>,
    /// Leaves out the policy `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_no_default_policy: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
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

impl Jwt {
    pub(crate) fn new(client: Client, mount: String) -> Self {
        Self { client, mount }
    }

    /// Reads the configuration, or `None` before the first was written. `GET /v1/auth/:mount/config`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no method is mounted there.
    pub async fn read_config(&self) -> Result<Option<Config>> {
        self.client.read("/v1/auth/*mount/config", [&self.mount]).await
    }

    /// Writes the configuration; what is `None` is reset. `POST /v1/auth/:mount/config`; needs `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; status 400 when the server cannot fetch the keys.
    pub async fn put_config(&self, config: &Config) -> Result<()> {
        self.client.put("/v1/auth/*mount/config", [&self.mount], config).await
    }

    /// Lists the names of the roles. `LIST /v1/auth/:mount/role`; needs `list`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it; [`Error::is_not_found`](crate::Error::is_not_found)
    /// when no method is mounted there.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/auth/*mount/role/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist. `GET /v1/auth/:mount/role/:name`; needs `read`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/auth/*mount/role/:name", [&self.mount, name]).await
    }

    /// Writes a role; of one that exists, what is `None` stays as it is. `POST /v1/auth/:mount/role/:name`; needs
    /// `create` or `update`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/auth/*mount/role/:name", [&self.mount, name], role).await
    }

    /// Deletes a role; one that does not exist is fine too. `DELETE /v1/auth/:mount/role/:name`; needs `delete`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/auth/*mount/role/:name", [&self.mount, name]).await
    }

    /// Logs in with a signed token. `POST /v1/auth/:mount/login`; needs no token of Vault.
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
