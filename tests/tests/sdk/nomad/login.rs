//! Roles, and logging in with what somebody else has signed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nomad_client::acl::{
    AuthMethod, AuthMethodConfig, AuthMethodType, BindType, BindingRule, ClientIntroduction, NewToken, OidcCallback,
    OidcLogin, Policy, Role, RoleLink, TokenLocality,
};
use nomad_client::{ReadOptions, Token};
use rcgen::{KeyPair, PublicKeyData as _};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use tests::stack;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{NOTHING, Powerless, denied, missing, shared};

const READ: &str = "namespace \"default\" {\n  policy = \"read\"\n}\n";

/// Whoever signs the tokens that a test's auth method trusts.
struct Signer(KeyPair);

impl Signer {
    fn new() -> Self {
        Self(KeyPair::generate().unwrap())
    }

    fn sign(&self, claims: &Value) -> String {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.0.serialize_der(), &random).unwrap();
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "one"});
        let content = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(&random, content.as_bytes()).unwrap());
        format!("{content}.{signature}")
    }

    fn keys(&self) -> Value {
        let [_, point @ ..] = self.0.der_bytes() else { unreachable!("a point") };
        let [x, y] = [&point[..32], &point[32..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one", "x": x, "y": y}]})
    }
}

/// In the year 2001.
const BEGINS: u64 = 1_000_000_000;
/// In the year 2100.
const EXPIRES: u64 = 4_102_444_800;

#[test]
fn roles_are_made_changed_and_given_to_tokens() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (acl, name) = (nomad.acl(), "sdk-role");
        acl.put_policy(&Policy::new(name, READ)).await.unwrap();
        let mut role = acl.create_role(&Role::new(name, [name])).await.unwrap();
        assert!(!role.id.is_empty() && role.policies[0].name == name, "{role:?}");
        role.description = "of a test".to_owned();
        let role = acl.update_role(&role).await.unwrap();
        assert_eq!(acl.role(&role.id).await.unwrap().unwrap().description, "of a test");
        assert_eq!(acl.role_by_name(name).await.unwrap().unwrap().id, role.id);
        assert_eq!(acl.role_by_name("sdk-no-such-role").await.unwrap(), None);
        assert_eq!(acl.role(NOTHING).await.unwrap(), None);
        assert!(acl.roles().await.unwrap().iter().any(|found| found.id == role.id));
        assert!(acl.roles_with(&ReadOptions::new()).await.unwrap().meta.index.is_some());
        assert!(acl.create_role(&Role::new("sdk-role-2", ["sdk-no-such-policy"])).await.is_err());

        let mut wanted = NewToken::client(name, Vec::<String>::new());
        wanted.roles = vec![RoleLink::by_name(name)];
        let made = acl.create_token(&wanted).await.unwrap();
        assert_eq!(made.roles[0].id, role.id);
        let own = nomad.with_token(made.secret_id.clone().unwrap());
        own.jobs().list().await.unwrap();
        assert_eq!(own.acl().policies_self().await.unwrap()[0].name, name);
        let mut changed = NewToken::of(&made);
        changed.name = "sdk-role-renamed".to_owned();
        changed.roles = Vec::new();
        changed.policies = vec![name.to_owned()];
        let updated = acl.update_token(&made.accessor_id, &changed).await.unwrap();
        assert_eq!(
            (updated.name.as_str(), &updated.policies, updated.roles.len()),
            ("sdk-role-renamed", &vec![name.to_owned()], 0)
        );
        own.jobs().list().await.unwrap();
        let page = acl.tokens_with(&ReadOptions::new().with_page(1, None)).await.unwrap();
        assert!(page.value.len() == 1 && page.meta.next_token.is_some(), "{page:?}");

        let once = own.acl().one_time_token().await.unwrap();
        assert_eq!(once.accessor_id, made.accessor_id);
        assert!(!format!("{once:?}").contains(once.one_time_secret_id.expose()));
        let anonymous = nomad.anonymous().acl();
        let exchanged = anonymous.exchange_one_time_token(&once.one_time_secret_id).await.unwrap();
        assert_eq!(exchanged.accessor_id, made.accessor_id);
        denied(anonymous.exchange_one_time_token(&once.one_time_secret_id).await);

        denied(own.acl().create_role(&role).await);
        denied(own.acl().update_role(&role).await);
        denied(own.acl().delete_role(&role.id).await);
        denied(own.acl().update_token(&made.accessor_id, &changed).await);
        denied(own.acl().client_introduction(&ClientIntroduction::new()).await);
        let mut introduction = ClientIntroduction::new();
        (introduction.ttl, introduction.node_name) = (Some(Duration::from_secs(60)), "sdk-node".to_owned());
        let proof = acl.client_introduction(&introduction).await.unwrap();
        assert_eq!(proof.expose().split('.').count(), 3);

        acl.delete_token(&made.accessor_id).await.unwrap();
        acl.delete_role(&role.id).await.unwrap();
        missing(acl.delete_role(&role.id).await);
        acl.delete_policy(name).await.unwrap();
    });
}

#[test]
fn a_signed_token_is_traded_for_one_of_nomad() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (acl, name, signer) = (nomad.acl(), "sdk-login", Signer::new());
        acl.put_policy(&Policy::new(name, READ)).await.unwrap();
        let mut config = AuthMethodConfig::default();
        config.jwt_validation_pub_keys = vec![signer.0.public_key_pem()];
        config.signing_algs = vec!["ES256".to_owned()];
        config.bound_audiences = vec!["sdk".to_owned()];
        config.clock_skew_leeway = Some(Duration::from_secs(5));
        config.claim_mappings.insert("team".to_owned(), "team".to_owned());
        let mut method = AuthMethod::new(name, AuthMethodType::Jwt, config);
        method.token_name_format = "${auth_method_name}-${value.team}".to_owned();
        let made = acl.create_auth_method(&method).await.unwrap();
        assert_eq!((&made.token_locality, made.max_token_ttl), (&TokenLocality::Local, method.max_token_ttl));
        let mut read = acl.auth_method(name).await.unwrap().unwrap();
        assert_eq!(read.config.as_ref().unwrap().clock_skew_leeway, Some(Duration::from_secs(5)));
        read.max_token_ttl = Some(Duration::from_secs(600));
        acl.update_auth_method(&read).await.unwrap();
        assert_eq!(acl.auth_method(name).await.unwrap().unwrap().max_token_ttl, read.max_token_ttl);
        assert!(nomad.anonymous().acl().auth_methods().await.unwrap().iter().any(|method| method.name == name));
        assert_eq!(acl.auth_method("sdk-no-such-method").await.unwrap(), None);

        let mut rule = BindingRule::new(name, BindType::Policy, "sdk-${value.team}");
        rule.selector = "value.team == \"login\"".to_owned();
        let mut rule = acl.create_binding_rule(&rule).await.unwrap();
        rule.description = "of a test".to_owned();
        acl.update_binding_rule(&rule).await.unwrap();
        let read = acl.binding_rule(&rule.id).await.unwrap().unwrap();
        assert_eq!(
            (read.description.as_str(), &read.bind_type, read.bind_name.as_str()),
            ("of a test", &BindType::Policy, "sdk-${value.team}")
        );
        assert!(acl.binding_rules().await.unwrap().iter().any(|found| found.id == rule.id));
        assert_eq!(acl.binding_rule(NOTHING).await.unwrap(), None);

        let proof = |team: &str| {
            let claims = json!({"sub": "sdk", "aud": "sdk", "nbf": BEGINS, "exp": EXPIRES, "team": team});
            Token::new(&signer.sign(&claims)).unwrap()
        };
        let anonymous = nomad.anonymous().acl();
        let token = anonymous.login(name, &proof("login")).await.unwrap();
        assert_eq!((token.name.as_str(), token.policies.as_slice()), ("sdk-login-login", &[name.to_owned()][..]));
        nomad.with_token(token.secret_id.unwrap()).jobs().list().await.unwrap();
        denied(anonymous.login(name, &proof("others")).await);
        let stranger =
            Token::new(&Signer::new().sign(&json!({"aud": "sdk", "exp": EXPIRES, "team": "login"}))).unwrap();
        let error = anonymous.login(name, &stranger).await.unwrap_err();
        assert!(error.status().is_some() && !error.to_string().contains(stranger.expose()), "{error:?}");
        assert!(anonymous.login("sdk-no-such-method", &proof("login")).await.is_err());

        let powerless = Powerless::new(&nomad, "sdk-login-powerless").await;
        let refused = powerless.client.acl();
        denied(refused.auth_method(name).await);
        denied(refused.create_auth_method(&method).await);
        denied(refused.delete_auth_method(name).await);
        denied(refused.binding_rules().await);
        denied(refused.create_binding_rule(&rule).await);
        denied(refused.delete_binding_rule(&rule.id).await);
        powerless.end(&nomad).await;
        acl.delete_token(&token.accessor_id).await.unwrap();
        acl.delete_binding_rule(&rule.id).await.unwrap();
        acl.delete_auth_method(name).await.unwrap();
        missing(acl.delete_auth_method(name).await);
        acl.delete_policy(name).await.unwrap();
    });
}

/// Answers with JSON.
async fn serve(server: &MockServer, verb: &str, place: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method(verb)).and(path(place)).respond_with(answer).mount(server).await;
}

#[test]
fn a_login_goes_through_a_browser() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (acl, name, signer) = (nomad.acl(), "sdk-oidc", Signer::new());
        let issuer = MockServer::start().await;
        let discovery = json!({
            "issuer": issuer.uri(),
            "authorization_endpoint": format!("{}/authorize", issuer.uri()),
            "token_endpoint": format!("{}/token", issuer.uri()),
            "jwks_uri": format!("{}/keys", issuer.uri()),
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        });
        serve(&issuer, "GET", "/.well-known/openid-configuration", discovery).await;
        serve(&issuer, "GET", "/keys", signer.keys()).await;

        acl.put_policy(&Policy::new(name, READ)).await.unwrap();
        let back = "http://127.0.0.1:4649/oidc/callback";
        let mut config = AuthMethodConfig::default();
        config.oidc_discovery_url = issuer.uri();
        config.oidc_client_id = "nomad".to_owned();
        config.oidc_client_secret = "hunter2".into();
        config.oidc_disable_user_info = true;
        config.signing_algs = vec!["ES256".to_owned()];
        config.allowed_redirect_uris = vec![back.to_owned()];
        config.claim_mappings.insert("team".to_owned(), "team".to_owned());
        acl.create_auth_method(&AuthMethod::new(name, AuthMethodType::Oidc, config)).await.unwrap();
        let rule = acl.create_binding_rule(&BindingRule::new(name, BindType::Policy, name)).await.unwrap();
        let read = acl.auth_method(name).await.unwrap().unwrap();
        assert_ne!(read.config.unwrap().oidc_client_secret.expose(), "hunter2");

        let anonymous = nomad.anonymous().acl();
        let login = OidcLogin::new(name, back, "a random text");
        let address = anonymous.oidc_auth_url(&login).await.unwrap();
        assert!(address.as_str().starts_with(&format!("{}/authorize?", issuer.uri())));
        let parameter = |wanted: &str| {
            address.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap()
        };
        // The browser would ask the user now.
        let claims = json!({
            "iss": issuer.uri(), "sub": "sdk", "aud": "nomad", "iat": BEGINS, "exp": EXPIRES,
            "nonce": parameter("nonce"), "team": "storage",
        });
        let answer = json!({"access_token": "a", "token_type": "Bearer", "id_token": signer.sign(&claims)});
        serve(&issuer, "POST", "/token", answer).await;
        let callback = OidcCallback::new(parameter("state"), "a code");
        let token = anonymous.oidc_complete_auth(&login, &callback).await.unwrap();
        assert_eq!(token.policies, [name]);
        nomad.with_token(token.secret_id.unwrap()).jobs().list().await.unwrap();
        assert!(anonymous.oidc_complete_auth(&login, &OidcCallback::new("st_x", "y")).await.is_err());
        let elsewhere = OidcLogin::new(name, "http://elsewhere.example.com/", "a random text");
        assert!(anonymous.oidc_auth_url(&elsewhere).await.is_err());

        acl.delete_token(&token.accessor_id).await.unwrap();
        acl.delete_binding_rule(&rule.id).await.unwrap();
        acl.delete_auth_method(name).await.unwrap();
        acl.delete_policy(name).await.unwrap();
    });
}
