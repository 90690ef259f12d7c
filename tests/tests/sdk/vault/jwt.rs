//! The JWT auth method, and the entities of those who log in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData as _};
use ring::signature::Ed25519KeyPair;
use secrecy::SecretString;
use serde_json::{Value, json};
use tests::stack;
use vault_client::Client;
use vault_client::auth::TokenType;
use vault_client::jwt::{Config, Role};
use vault_client::sys::mounts::NewMount;

use super::{MINUTE, client, denied, missing, powerless, wrong};

/// Somebody whose signature the method knows.
struct Issuer(KeyPair);

impl Issuer {
    fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ED25519).unwrap())
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        config.jwt_validation_pubkeys = Some(vec![self.0.public_key_pem().trim().to_owned()]);
        config.jwt_supported_algs = Some(vec!["EdDSA".to_owned()]);
        config.bound_issuer = Some("sdk-issuer".to_owned());
        config
    }

    fn sign(&self, subject: &str) -> SecretString {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": "sdk-issuer", "sub": subject, "aud": "sdk-audience", "team": "blue", "iat": now, "exp": now + 600,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "EdDSA", "typ": "JWT" })), part(&claims));
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.0.serialize_der()).unwrap();
        assert_eq!(ring::signature::KeyPair::public_key(&key).as_ref(), self.0.der_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()))).into()
    }
}

fn role() -> Role {
    let mut role = Role::new("sub");
    role.bound_audiences = Some(vec!["sdk-audience".to_owned()]);
    role.claim_mappings = Some([("team".to_owned(), "its_team".to_owned())].into());
    role.token_policies = Some(vec!["default".to_owned()]);
    role.token_ttl = Some(MINUTE);
    role.token_type = Some(TokenType::Service);
    role
}

/// Mounts the method, which trusts this issuer, and gives it a role.
async fn trusting(vault: &Client, mount: &str, issuer: &Issuer) {
    vault.sys().auth().enable(mount, &NewMount::new("jwt")).await.unwrap();
    vault.jwt(mount).put_config(&issuer.config()).await.unwrap();
    vault.jwt(mount).put_role("web", &role()).await.unwrap();
}

#[test]
fn roles_let_in_who_shows_the_right_token() {
    stack::run(async {
        let vault = client().await;
        let mount = "sdk-jwt";
        let jwt = vault.jwt(mount);
        let issuer = Issuer::new();
        vault.sys().auth().enable(mount, &NewMount::new("jwt")).await.unwrap();
        assert!(jwt.read_config().await.unwrap().is_none());
        jwt.put_config(&issuer.config()).await.unwrap();
        let config = jwt.read_config().await.unwrap().unwrap();
        assert_eq!(config.jwt_validation_pubkeys, issuer.config().jwt_validation_pubkeys);
        assert_eq!(config.bound_issuer.as_deref(), Some("sdk-issuer"));
        wrong(jwt.put_config(&Config::default()).await);

        assert!(jwt.list_roles().await.unwrap().is_empty());
        assert!(jwt.read_role("web").await.unwrap().is_none());
        jwt.put_role("web", &role()).await.unwrap();
        assert_eq!(jwt.list_roles().await.unwrap(), ["web"]);
        let read = jwt.read_role("web").await.unwrap().unwrap();
        assert_eq!((read.role_type, read.token_ttl), (role().role_type, Some(MINUTE)));
        assert_eq!((read.bound_audiences, read.claim_mappings), (role().bound_audiences, role().claim_mappings));

        let auth = vault.jwt(mount).login("web", &issuer.sign("sdk-user")).await.unwrap().value;
        assert_eq!((auth.lease_duration, auth.policies), (MINUTE, vec!["default".to_owned()]));
        assert_eq!((auth.metadata["role"].as_str(), auth.metadata["its_team"].as_str()), ("web", "blue"));
        let own = vault.with_token(auth.client_token.unwrap());
        assert_eq!(own.token().lookup_self().await.unwrap().entity_id, auth.entity_id);
        missing(jwt.login("none", &issuer.sign("sdk-user")).await);
        wrong(jwt.login("web", &Issuer::new().sign("sdk-user")).await);

        let refused = own.jwt(mount);
        denied(refused.read_config().await);
        denied(refused.put_config(&issuer.config()).await);
        denied(refused.list_roles().await);
        denied(refused.read_role("web").await);
        denied(refused.put_role("web", &role()).await);
        denied(refused.delete_role("web").await);

        jwt.delete_role("web").await.unwrap();
        jwt.delete_role("web").await.unwrap();
        assert!(jwt.read_role("web").await.unwrap().is_none());
        vault.sys().auth().disable(mount).await.unwrap();
        denied(own.token().lookup_self().await);
        missing(jwt.list_roles().await);
        vault.identity().delete_entity(&auth.entity_id).await.unwrap();
    });
}

#[test]
fn who_logs_in_is_an_entity() {
    stack::run(async {
        let vault = client().await;
        let mount = "sdk-jwt-entities";
        let issuer = Issuer::new();
        trusting(&vault, mount, &issuer).await;
        let identity = vault.identity();
        let accessor = vault.sys().auth().read(mount).await.unwrap().unwrap().accessor;
        assert!(identity.lookup_entity("sdk-first", &accessor).await.unwrap().is_none());
        let first = vault.jwt(mount).login("web", &issuer.sign("sdk-first")).await.unwrap().value.entity_id;
        let second = vault.jwt(mount).login("web", &issuer.sign("sdk-second")).await.unwrap().value.entity_id;

        let entities = identity.list_entities().await.unwrap();
        assert_eq!(entities[&first].aliases[0].name, "sdk-first");
        assert!(entities.contains_key(&second) && first != second);
        let entity = identity.read_entity(&first).await.unwrap().unwrap();
        assert!(!entity.disabled && entity.creation_time.is_some() && entity.aliases.len() == 1, "{entity:?}");
        assert_eq!(entity.aliases[0].name, "sdk-first");
        let alias = identity.read_alias(&entity.aliases[0].id).await.unwrap().unwrap();
        assert_eq!((alias.name.as_str(), &alias.canonical_id), ("sdk-first", &first));
        assert_eq!((&alias.mount_accessor, alias.mount_type.as_str()), (&accessor, "jwt"));
        assert!(identity.list_aliases().await.unwrap().contains_key(&alias.id));
        assert_eq!(identity.lookup_entity("sdk-first", &accessor).await.unwrap().unwrap().id, first);

        let weak = powerless(&vault).await;
        denied(weak.identity().list_entities().await);
        denied(weak.identity().read_entity(&first).await);
        denied(weak.identity().delete_entity(&first).await);
        denied(weak.identity().lookup_entity("sdk-first", &accessor).await);
        denied(weak.identity().list_aliases().await);
        denied(weak.identity().read_alias(&alias.id).await);
        denied(weak.identity().delete_alias(&alias.id).await);
        weak.token().revoke_self().await.unwrap();

        identity.delete_alias(&alias.id).await.unwrap();
        identity.delete_alias(&alias.id).await.unwrap();
        assert!(identity.read_alias(&alias.id).await.unwrap().is_none());
        assert!(identity.read_entity(&first).await.unwrap().unwrap().aliases.is_empty());
        for id in [&first, &second, &second] {
            identity.delete_entity(id).await.unwrap();
            assert!(identity.read_entity(id).await.unwrap().is_none());
        }
        assert!(identity.lookup_entity("sdk-second", &accessor).await.unwrap().is_none());
        vault.sys().auth().disable(mount).await.unwrap();
    });
}
