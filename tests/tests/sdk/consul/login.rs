//! Logging in with a token that somebody else has signed, and out again.

use consul_client::acl::{AuthMethod, BindType, BindingRule};
use consul_client::{Reason, Token};
use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use tests::stack;

use super::{Granted, assert_denied, assert_unknown_token, shared, stranger};

/// Whoever signs the tokens that a test's auth method trusts.
pub(super) struct Signer(KeyPair);

impl Signer {
    pub(super) fn new() -> Self {
        Self(KeyPair::generate().unwrap())
    }

    pub(super) fn public_key(&self) -> String {
        self.0.public_key_pem()
    }

    pub(super) fn sign(&self, claims: &Value) -> Token {
        let random = SystemRandom::new();
        let der = self.0.serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).unwrap();
        let header = json!({"alg": "ES256", "typ": "JWT"});
        let content = [&header, claims].map(|part| base64url(part.to_string().as_bytes())).join(".");
        let signature = base64url(key.sign(&random, content.as_bytes()).unwrap().as_ref());
        Token::new(&format!("{content}.{signature}")).unwrap()
    }
}

/// Base64 as JSON Web Tokens have it: for URLs, without padding.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let word = chunk.iter().enumerate().fold(0, |word, (place, byte)| word | u32::from(*byte) << (16 - 8 * place));
        (0..=chunk.len()).map(move |place| char::from(DIGITS[(word >> (18 - 6 * place)) as usize & 63]))
    });
    digits.collect()
}

#[test]
fn base64url_is_as_its_rfc_has_it() {
    let table = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("\u{3ff}", "z78")];
    for (text, expected) in table {
        assert_eq!(base64url(text.as_bytes()), expected, "{text}");
    }
}

/// In the year 2001.
const BEGINS: u64 = 1_000_000_000;
/// In the year 2100.
const EXPIRES: u64 = 4_102_444_800;

#[test]
fn a_signed_token_is_traded_for_one_of_consul() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (acl, name, signer) = (consul.acl(), "sdk-login", Signer::new());
        let method = AuthMethod::new(name, "jwt")
            .with_setting("JWTValidationPubKeys", json!([signer.public_key()]))
            .with_setting("JWTSupportedAlgs", json!(["ES256"]))
            .with_setting("BoundAudiences", json!(["sdk"]))
            .with_setting("ClaimMappings", json!({"team": "team"}));
        acl.auth_methods().put(&method).await.unwrap();
        let rule = BindingRule::new(name, BindType::Service, "sdk-login-${value.team}")
            .with_selector("value.team == \"storage\"");
        acl.binding_rules().create(&rule).await.unwrap();
        let claims = |team: &str| json!({"sub": "sdk", "aud": "sdk", "nbf": BEGINS, "exp": EXPIRES, "team": team});

        let token = acl.login(name, &signer.sign(&claims("storage"))).await.unwrap();
        assert_eq!((token.auth_method.as_str(), token.local), (name, true));
        assert_eq!(token.service_identities[0].service_name, "sdk-login-storage");
        let own = consul.with_token(token.secret.unwrap());
        assert_eq!(own.acl().tokens().read_self().await.unwrap().accessor_id, token.accessor_id);
        own.acl().logout().await.unwrap();
        assert!(acl.tokens().read(&token.accessor_id).await.unwrap().is_none());
        assert_unknown_token(own.acl().tokens().read_self().await);
        assert_unknown_token(own.acl().logout().await);

        // No rule is for this one, nobody trusts the next, and there is no such method.
        assert_denied(acl.login(name, &signer.sign(&claims("network"))).await);
        let stranger_signed = Signer::new().sign(&claims("storage"));
        let forged = acl.login(name, &stranger_signed).await.unwrap_err();
        assert_eq!((forged.status(), forged.is_not_found()), (Some(500), false), "{forged:?}");
        assert!(!forged.to_string().contains(stranger_signed.expose()));
        let late = json!({"sub": "sdk", "aud": "sdk", "nbf": BEGINS, "exp": BEGINS + 3600, "team": "storage"});
        assert!(acl.login(name, &signer.sign(&late)).await.is_err());
        let nowhere = acl.login("sdk-nowhere", &signer.sign(&claims("storage"))).await.unwrap_err();
        assert!(nowhere.is_not_found() && nowhere.reason() == Some(&Reason::NotFound), "{nowhere:?}");

        // A token that nobody logged in for cannot log out.
        let plain = Granted::powerless(&consul, "sdk-login-plain").await;
        assert_denied(plain.client.acl().logout().await);
        plain.revoke(&consul).await;
        assert_unknown_token(stranger(&consul).acl().logout().await);
        acl.auth_methods().delete(name).await.unwrap();
    });
}
