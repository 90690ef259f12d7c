//! Second factors of a login.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::hmac;
use secrecy::SecretString;
use serde_json::{Value, json};
use tests::stack;
use url::Url;
use vault_client::Client;
use vault_client::approle::{Role, SecretIdRequest};
use vault_client::auth::{LoginOutcome, MfaKind, MfaRequirement};
use vault_client::sys::mounts::NewMount;

use super::{client, denied, wrong};

const MOUNT: &str = "sdk-mfa";
const ENFORCEMENT: &str = "identity/mfa/login-enforcement/sdk-mfa";

async fn write(vault: &Client, path: &str, body: Value) -> Value {
    let answer = vault.raw().write(path, &body).await.unwrap();
    answer.and_then(|answer| answer.data().cloned()).unwrap_or_default()
}

/// RFC 4648, in capitals and without padding.
fn base32(text: &str) -> Vec<u8> {
    let digit = |letter| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
    let bits: Vec<bool> =
        text.bytes().flat_map(|letter| (0..5).rev().map(move |bit| digit(letter) >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

/// The passcode of this moment, by RFC 6238 with SHA-256, 30 seconds and 6 digits.
fn passcode(secret: &[u8]) -> SecretString {
    let period = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &period.to_be_bytes());
    let place = usize::from(tag.as_ref()[31] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[place..place + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000).into()
}

/// A role that belongs to an entity of its own; answers the secret of that entity's passcodes.
async fn role_with_factor(vault: &Client, name: &str, accessor: &str, method: &str) -> Vec<u8> {
    let approle = vault.approle(MOUNT);
    approle.put_role(name, &Role::with_policies(["default"])).await.unwrap();
    approle.put_role_id(name, name).await.unwrap();
    let entity = write(vault, "identity/entity", json!({ "name": name })).await["id"].clone();
    let alias = json!({ "name": name, "canonical_id": entity, "mount_accessor": accessor });
    write(vault, "identity/entity-alias", alias).await;
    let generate = json!({ "method_id": method, "entity_id": entity });
    let made = write(vault, "identity/mfa/method/totp/admin-generate", generate).await;
    let url = Url::parse(made["url"].as_str().unwrap()).unwrap();
    let secret = url.query_pairs().find(|(name, _)| name == "secret").unwrap().1;
    base32(&secret)
}

/// Logs in, and gets as far as one does without a second factor.
async fn first_factor(vault: &Client, name: &str) -> MfaRequirement {
    let approle = vault.approle(MOUNT);
    let id = approle.create_secret_id(name, &SecretIdRequest::new()).await.unwrap().secret_id;
    let auth = approle.login(name, Some(&id)).await.unwrap().value;
    assert!(auth.client_token.is_none());
    auth.mfa_requirement.unwrap()
}

#[test]
fn t19_a_second_factor_is_wanted_shown_and_good_once() {
    stack::run(async {
        let vault = client().await;
        vault.sys().auth().enable(MOUNT, &NewMount::new("approle")).await.unwrap();
        let accessor = vault.sys().auth().read(MOUNT).await.unwrap().unwrap().accessor;
        let settings = json!({ "method_name": "sdk-mfa", "issuer": "lattice", "period": 30, "digits": 6, "skew": 1,
            "algorithm": "SHA256" });
        let method = write(&vault, "identity/mfa/method/totp", settings).await["method_id"].clone();
        let method = method.as_str().unwrap();
        let (first, second) = ("sdk-mfa-first", "sdk-mfa-second");
        let secret = role_with_factor(&vault, first, &accessor, method).await;
        let other = role_with_factor(&vault, second, &accessor, method).await;
        write(&vault, ENFORCEMENT, json!({ "mfa_method_ids": [method], "auth_method_accessors": [accessor] })).await;

        let wanted = first_factor(&vault, first).await;
        let offered = &wanted.mfa_constraints["sdk-mfa"].any[0];
        assert_eq!((offered.id.as_str(), &offered.kind), (method, &Some(MfaKind::Totp)));
        assert!(offered.uses_passcode && !wanted.mfa_request_id.is_empty());

        let shown = |code: &SecretString| BTreeMap::from([(method, code.clone())]);
        let sys = vault.sys();
        let code = passcode(&secret);
        let foreign = shown(&passcode(&other));
        denied(sys.validate_mfa(&wanted.mfa_request_id, &foreign).await);
        let auth = sys.validate_mfa(&wanted.mfa_request_id, &shown(&code)).await.unwrap().value;
        let LoginOutcome::Token { token, auth } = auth.outcome() else { panic!("no token") };
        assert_eq!(auth.policies, ["default"]);
        let own = vault.with_token(token);
        assert_eq!(own.token().lookup_self().await.unwrap().entity_id, auth.entity_id);
        own.token().revoke_self().await.unwrap();
        // The login is over, and so is the passcode: until it is too old it counts as used.
        wrong(sys.validate_mfa(&wanted.mfa_request_id, &shown(&code)).await);
        let again = first_factor(&vault, first).await;
        denied(sys.validate_mfa(&again.mfa_request_id, &shown(&code)).await);

        let wanted = first_factor(&vault, second).await;
        let auth = sys.validate_mfa(&wanted.mfa_request_id, &shown(&passcode(&other))).await.unwrap().value;
        vault.with_token(auth.client_token.unwrap()).token().revoke_self().await.unwrap();

        vault.raw().delete(ENFORCEMENT).await.unwrap();
        vault.raw().delete(&format!("identity/mfa/method/totp/{method}")).await.unwrap();
        vault.sys().auth().disable(MOUNT).await.unwrap();
        for name in [first, second] {
            vault.raw().delete(&format!("identity/entity/name/{name}")).await.unwrap();
        }
    });
}
