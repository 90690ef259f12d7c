//! The JWT auth method over a browser, with Vault itself as the provider.

use lattice_deploy::servers::Product;
use secrecy::SecretString;
use serde_json::json;
use tests::stack;
use url::Url;
use vault_client::Client;
use vault_client::jwt::{AuthUrlOptions, Config, OidcLogin, ResponseMode, Role, RoleType};
use vault_client::sys::mounts::NewMount;

use super::{MINUTE, client, missing, wrong};

const MOUNT: &str = "sdk-oidc";
const REDIRECT: &str = "http://127.0.0.1:8250/oidc/callback";
/// Vault's own address is the only one to which the provider can have the browser post.
const POSTED: &str = "http://127.0.0.1:8250/v1/auth/sdk-oidc/oidc/callback";

/// A provider with one client, whose id and secret are answered.
async fn provider(vault: &Client, address: &str) -> (String, SecretString) {
    let raw = vault.raw();
    raw.write("identity/oidc/key/sdk-oidc", &json!({ "allowed_client_ids": ["*"] })).await.unwrap();
    let body = json!({ "redirect_uris": [REDIRECT, POSTED], "assignments": ["allow_all"], "key": "sdk-oidc" });
    raw.write("identity/oidc/client/sdk-oidc", &body).await.unwrap();
    let body = json!({ "allowed_client_ids": ["*"], "issuer": address });
    raw.write("identity/oidc/provider/sdk-oidc", &body).await.unwrap();
    let made = raw.read("identity/oidc/client/sdk-oidc").await.unwrap().unwrap();
    let text = |name: &str| made.data().unwrap()[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret").into())
}

/// Somebody with an entity, who has logged in to the provider already.
async fn person(vault: &Client) -> Client {
    vault.sys().auth().enable("sdk-oidc-people", &NewMount::new("userpass")).await.unwrap();
    let raw = vault.raw();
    let body = json!({ "password": "p", "token_policies": ["sdk-oidc"] });
    raw.write("auth/sdk-oidc-people/users/ann", &body).await.unwrap();
    let rule = "path \"identity/oidc/provider/sdk-oidc/authorize\" { capabilities = [\"read\", \"update\"] }";
    vault.sys().policies().put("sdk-oidc", rule).await.unwrap();
    let answer = raw.write("auth/sdk-oidc-people/login/ann", &json!({ "password": "p" })).await.unwrap().unwrap();
    let token = answer.body()["auth"]["client_token"].as_str().unwrap();
    vault.with_token(vault_client::Token::new(token).unwrap())
}

/// What the browser does: it asks the provider, and comes back with a state and a code.
async fn browse(person: &Client, url: &str) -> (String, String) {
    let url = Url::parse(url).unwrap();
    let body: serde_json::Map<_, _> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
    let answer = person.raw().write("identity/oidc/provider/sdk-oidc/authorize", &body.into()).await.unwrap().unwrap();
    let text = |name: &str| answer.body()[name].as_str().unwrap().to_owned();
    (text("state"), text("code"))
}

#[test]
fn people_log_in_over_a_browser() {
    stack::run(async {
        let vault = client().await;
        let address = stack::stack().await.stack().address(Product::Vault);
        let (id, secret) = provider(&vault, &address).await;
        vault.sys().auth().enable(MOUNT, &NewMount::new("oidc")).await.unwrap();
        let jwt = vault.jwt(MOUNT);
        let mut config = Config::default();
        config.oidc_discovery_url = Some(format!("{address}/v1/identity/oidc/provider/sdk-oidc"));
        config.oidc_client_id = Some(id);
        config.default_role = Some("people".to_owned());
        jwt.put_oidc_config(&config, &secret).await.unwrap();
        let read = jwt.read_config().await.unwrap().unwrap();
        assert_eq!((read.oidc_client_id, read.oidc_discovery_url), (config.oidc_client_id, config.oidc_discovery_url));
        let mut role = Role::new("sub");
        role.role_type = Some(RoleType::Oidc);
        role.allowed_redirect_uris = Some(vec![REDIRECT.to_owned(), POSTED.to_owned()]);
        role.token_policies = Some(vec!["default".to_owned()]);
        role.token_ttl = Some(MINUTE);
        jwt.put_role("people", &role).await.unwrap();
        assert_eq!(jwt.read_role("people").await.unwrap().unwrap().allowed_redirect_uris, role.allowed_redirect_uris);

        assert!(jwt.oidc_auth_url("http://elsewhere", &AuthUrlOptions::new()).await.unwrap().is_none());
        missing(jwt.oidc_auth_url(REDIRECT, &AuthUrlOptions::new().with_role("none")).await);
        let person = person(&vault).await;
        let options = AuthUrlOptions::new().with_client_nonce("begun-here");
        assert!(!format!("{options:?}").contains("begun-here"));
        let url = jwt.oidc_auth_url(REDIRECT, &options).await.unwrap().unwrap();
        let (state, code) = browse(&person, &url).await;
        let login = OidcLogin::new(state, code).with_client_nonce("begun-here");
        let auth = jwt.oidc_login(&login).await.unwrap().value;
        assert_eq!((auth.lease_duration, auth.policies), (MINUTE, vec!["default".to_owned()]));
        let token = auth.client_token.unwrap();
        assert_eq!(vault.with_token(token).token().lookup_self().await.unwrap().entity_id, auth.entity_id);
        // A state is good once.
        wrong(jwt.oidc_login(&login).await);

        // The provider can also have the browser post what it brings.
        config = jwt.read_config().await.unwrap().unwrap();
        config.oidc_response_mode = Some(ResponseMode::FormPost);
        config.oidc_response_types = Some(vec!["code".to_owned()]);
        jwt.put_oidc_config(&config, &secret).await.unwrap();
        let options = AuthUrlOptions::new().with_role("people").with_client_nonce("begun-here");
        let url = jwt.oidc_auth_url(POSTED, &options).await.unwrap().unwrap();
        let (state, code) = browse(&person, &url).await;
        let page = jwt.oidc_deliver(&OidcLogin::new(state.clone(), code)).await.unwrap();
        assert!(page.contains("html"), "{page}");
        wrong(jwt.oidc_deliver(&OidcLogin::new("no such state", "code")).await);
        let auth = jwt.oidc_login(&OidcLogin::delivered(state).with_client_nonce("begun-here")).await.unwrap().value;
        assert!(auth.client_token.is_some());

        for mount in [MOUNT, "sdk-oidc-people"] {
            vault.sys().auth().disable(mount).await.unwrap();
        }
        vault.sys().policies().delete("sdk-oidc").await.unwrap();
        for path in ["provider/sdk-oidc", "client/sdk-oidc", "key/sdk-oidc"] {
            vault.raw().delete(&format!("identity/oidc/{path}")).await.unwrap();
        }
    });
}
