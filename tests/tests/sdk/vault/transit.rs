//! The transit engine.

use secrecy::ExposeSecret;
use tests::stack;
use vault_client::transit::{KeyConfig, KeyType, NewKey};

use super::{HOUR, client, denied, missing, mount, powerless, unmount, wrong};

const MOUNT: &str = "sdk-transit";

#[test]
fn keys_encrypt_rotate_and_end() {
    stack::run(async {
        let vault = client().await;
        mount(&vault, MOUNT, "transit").await;
        let transit = vault.transit(MOUNT);
        assert!(transit.list_keys().await.unwrap().is_empty());
        assert!(transit.read_key("k").await.unwrap().is_none());
        transit.create_key("k", &NewKey::default()).await.unwrap();
        transit.create_key("sign", &NewKey::new(KeyType::Ed25519)).await.unwrap();
        assert_eq!(transit.list_keys().await.unwrap(), ["k", "sign"]);
        let key = transit.read_key("k").await.unwrap().unwrap();
        assert_eq!((key.name.as_str(), key.kind, key.latest_version), ("k", KeyType::Aes256Gcm96, 1));
        assert!(!key.deletion_allowed && !key.exportable && key.keys[&1].creation_time.is_some());
        let sign = transit.read_key("sign").await.unwrap().unwrap();
        assert!(sign.kind == KeyType::Ed25519 && sign.keys[&1].public_key.is_some());

        // Any bytes, not only texts.
        let plain = [0, 159, 146, 150, 255];
        let old = transit.encrypt("k", &plain).await.unwrap();
        assert!(old.starts_with("vault:v1:"), "{old}");
        assert_eq!(transit.decrypt("k", &old).await.unwrap().expose_secret(), plain);
        transit.rotate_key("k").await.unwrap();
        let new = transit.rewrap("k", &old).await.unwrap();
        assert!(new.starts_with("vault:v2:"), "{new}");
        assert_eq!(transit.decrypt("k", &new).await.unwrap().expose_secret(), plain);
        wrong(transit.decrypt("k", "vault:v1:bm9uc2Vuc2U=").await);
        missing(transit.decrypt("none", &old).await);
        missing(transit.rotate_key("none").await);

        wrong(transit.delete_key("k").await);
        let mut config = KeyConfig::new().with_deletion_allowed(true);
        config.min_decryption_version = Some(2);
        config.auto_rotate_period = Some(HOUR);
        transit.update_key("k", &config).await.unwrap();
        let key = transit.read_key("k").await.unwrap().unwrap();
        assert!(key.deletion_allowed && key.latest_version == 2 && key.auto_rotate_period == HOUR, "{key:?}");
        assert_eq!(key.min_decryption_version, 2);
        wrong(transit.decrypt("k", &old).await);
        missing(transit.update_key("none", &config).await);

        let weak = powerless(&vault).await;
        let refused = weak.transit(MOUNT);
        denied(refused.list_keys().await);
        denied(refused.read_key("k").await);
        denied(refused.create_key("k2", &NewKey::default()).await);
        denied(refused.update_key("k", &config).await);
        denied(refused.rotate_key("k").await);
        denied(refused.encrypt("k", &plain).await);
        denied(refused.decrypt("k", &new).await);
        denied(refused.rewrap("k", &new).await);
        denied(refused.delete_key("k").await);
        weak.token().revoke_self().await.unwrap();

        transit.delete_key("k").await.unwrap();
        transit.delete_key("k").await.unwrap();
        assert!(transit.read_key("k").await.unwrap().is_none());
        unmount(&vault, MOUNT).await;
        missing(transit.list_keys().await);
    });
}
