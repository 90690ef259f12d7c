//! How the identities that Nomad gives to tasks are taken by Vault and by Consul; the names are those of
//! `nomad setup`.

use std::time::Duration;

use consul_client::acl::AuthMethod;
use serde_json::{Value, json};
use vault_client::jwt::{Config, Role, RoleType};

/// The audience of the identities for Vault.
pub(crate) const VAULT_AUDIENCE: &str = "vault.io";
/// The audience of the identities for Consul.
pub(crate) const CONSUL_AUDIENCE: &str = "consul.io";
/// Nomad signs with RS256, or with `EdDSA` when its keyring is older; Consul knows no `EdDSA`.
const VAULT_ALGORITHMS: [&str; 2] = ["RS256", "EdDSA"];
const CONSUL_ALGORITHMS: [&str; 1] = ["RS256"];
const CLAIMS: [&str; 3] = ["nomad_namespace", "nomad_job_id", "nomad_task"];
/// How long a task's token lives without being renewed.
const PERIOD: Duration = Duration::from_secs(30 * 60);

/// Where Nomad shows the keys with which it signs.
pub(crate) fn jwks_url(nomad: &str) -> String {
    format!("{}/.well-known/jwks.json", nomad.trim_end_matches('/'))
}

/// The configuration of Vault's auth method.
pub(crate) fn vault_config(jwks_url: &str) -> Config {
    let mut config = Config::default();
    config.jwks_url = Some(jwks_url.to_owned());
    config.jwt_supported_algs = Some(VAULT_ALGORITHMS.map(ToOwned::to_owned).to_vec());
    config
}

/// A role of Vault's auth method that gives tasks this policy.
pub(crate) fn vault_role(policy: &str) -> Role {
    let mut role = Role::new("/nomad_job_id");
    role.role_type = Some(RoleType::Jwt);
    role.user_claim_json_pointer = Some(true);
    role.bound_audiences = Some(vec![VAULT_AUDIENCE.to_owned()]);
    role.claim_mappings = Some(CLAIMS.map(|claim| (claim.to_owned(), claim.to_owned())).into());
    role.token_type = Some("service".into());
    role.token_policies = Some(vec![policy.to_owned()]);
    role.token_period = Some(PERIOD);
    role
}

/// Consul's auth method.
pub(crate) fn consul_method(name: &str, jwks_url: &str) -> AuthMethod {
    let claims = CLAIMS.into_iter().chain(["nomad_service"]);
    let claims: Value = claims.map(|claim| (claim.to_owned(), json!(claim))).collect();
    AuthMethod::new(name, "jwt")
        .with_setting("JWKSURL", jwks_url)
        .with_setting("JWTSupportedAlgs", json!(CONSUL_ALGORITHMS))
        .with_setting("BoundAudiences", json!([CONSUL_AUDIENCE]))
        .with_setting("ClaimMappings", claims)
}
