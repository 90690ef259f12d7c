//! The transit engine: signatures, HMACs, hashes and batches.

use secrecy::ExposeSecret;
use tests::stack;
use vault_client::transit::{
    CacheConfig, CipherOptions, Ciphertext, DataKeyOptions, HashAlgorithm, HmacOptions, KeyType, KeysConfig,
    Marshaling, Message, NewKey, PaddingScheme, Plaintext, RandomSource, SignOptions, SignatureAlgorithm,
};

use super::{client, denied, missing, mount, powerless, unmount, wrong};

#[test]
fn t23_a_batch_answers_for_each_item() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-batch";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        transit.create_key("k", &NewKey::new(KeyType::Aes256Gcm96)).await.unwrap();
        transit.rotate_key("k").await.unwrap();
        let old = CipherOptions::new().with_key_version(1);
        let bound = CipherOptions::new().with_associated_data("order 7");
        let texts = [
            Plaintext::new("a"),
            Plaintext::new(vec![0, 159, 255]).with_options(old),
            Plaintext::new("c").with_options(bound.clone()),
            Plaintext::new("d").with_options(CipherOptions::new().with_key_version(9)),
        ];
        assert!(!format!("{texts:?}").contains("159"));
        // The server answers 400, since one item failed, and yet with all the others.
        let made = transit.encrypt_batch("k", &texts).await.unwrap();
        let prefixes: Vec<_> = made.iter().map(|made| made.as_ref().map(|text| text[..9].to_owned()).ok()).collect();
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(prefixes, [known("vault:v2:"), known("vault:v1:"), known("vault:v2:"), None]);
        let error = made[3].as_ref().unwrap_err();
        assert!(error.to_string().contains("version"), "{error}");

        let text = |place: usize| Ciphertext::new(made[place].clone().unwrap());
        let items = [text(0), text(1), text(2).with_options(bound), text(2), Ciphertext::new("vault:v1:aaaa")];
        let plain = transit.decrypt_batch("k", &items).await.unwrap();
        let plain: Vec<_> =
            plain.iter().map(|text| text.as_ref().ok().map(|text| text.expose_secret().to_vec())).collect();
        assert_eq!(plain, [Some(b"a".to_vec()), Some(vec![0, 159, 255]), Some(b"c".to_vec()), None, None]);
        let anew = transit.rewrap_batch("k", &[text(1), Ciphertext::new("vault:v9:aaaa")]).await.unwrap();
        assert!(anew[0].as_ref().unwrap().starts_with("vault:v2:"), "{anew:?}");
        assert!(anew[1].as_ref().unwrap_err().message.contains("too new"), "{anew:?}");
        // Nothing was done at all: no key, and no item.
        missing(transit.decrypt_batch("none", &items).await);
        wrong(transit.encrypt_batch("k", &[]).await);

        let weak = powerless(&vault).await;
        let refused = weak.transit(path);
        denied(refused.encrypt_batch("k", &texts).await);
        denied(refused.decrypt_batch("k", &items).await);
        denied(refused.rewrap_batch("k", &items).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}

#[test]
fn derived_and_convergent_keys_want_a_context() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-derived";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        let mut key = NewKey::new(KeyType::Aes256Gcm96);
        key.derived = Some(true);
        key.convergent_encryption = Some(true);
        transit.create_key("k", &key).await.unwrap();
        let read = transit.read_key("k").await.unwrap().unwrap();
        assert!(read.derived && read.convergent_encryption && read.supports_derivation, "{read:?}");
        wrong(transit.encrypt("k", b"text").await);
        let context = CipherOptions::new().with_context("tenant 1");
        let first = transit.encrypt_with("k", b"text", &context).await.unwrap();
        assert_eq!(transit.encrypt_with("k", b"text", &context).await.unwrap(), first);
        assert_eq!(transit.decrypt_with("k", &first, &context).await.unwrap().expose_secret(), b"text");
        wrong(transit.decrypt_with("k", &first, &CipherOptions::new().with_context("tenant 2")).await);
        transit.rotate_key("k").await.unwrap();
        let second = transit.rewrap_with("k", &first, &context).await.unwrap();
        assert!(second.starts_with("vault:v2:") && second != first);

        transit.create_key("rsa", &NewKey::new(KeyType::Rsa2048)).await.unwrap();
        let padding = CipherOptions::new().with_padding_scheme(PaddingScheme::Pkcs1v15);
        let text = transit.encrypt_with("rsa", b"text", &padding).await.unwrap();
        assert_eq!(transit.decrypt_with("rsa", &text, &padding).await.unwrap().expose_secret(), b"text");
        let text = transit.rewrap_with("rsa", &text, &padding).await.unwrap();
        assert!(transit.decrypt("rsa", &text).await.is_err());

        let options = DataKeyOptions::new().with_bits(512).with_cipher(context.clone());
        let made = transit.create_data_key_with("k", &options).await.unwrap();
        assert_eq!(made.plaintext.expose_secret().len(), 64);
        assert!(!format!("{made:?}").contains(&format!("{:?}", made.plaintext.expose_secret())));
        let plain = transit.decrypt_with("k", &made.ciphertext, &context).await.unwrap();
        assert_eq!(plain.expose_secret(), made.plaintext.expose_secret());
        transit.create_key("plain", &NewKey::default()).await.unwrap();
        assert_eq!(transit.create_data_key("plain").await.unwrap().plaintext.expose_secret().len(), 32);
        let wrapped = transit.create_wrapped_data_key("plain").await.unwrap();
        assert_eq!(transit.decrypt("plain", &wrapped).await.unwrap().expose_secret().len(), 32);
        missing(transit.create_data_key("none").await);
        denied(powerless(&vault).await.transit(path).create_wrapped_data_key("plain").await);
        unmount(&vault, path).await;
    });
}

#[test]
fn messages_are_signed_and_checked() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-sign";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        for (name, kind) in [("ed", KeyType::Ed25519), ("ec", KeyType::EcdsaP256), ("rsa", KeyType::Rsa2048)] {
            transit.create_key(name, &NewKey::new(kind)).await.unwrap();
            let made = transit.sign(name, b"message").await.unwrap();
            assert!(made.signature.starts_with("vault:v1:") && made.key_version == 1, "{made:?}");
            assert!(transit.verify(name, b"message", &made.signature).await.unwrap());
            assert!(!transit.verify(name, b"another", &made.signature).await.unwrap());
        }
        let jws =
            SignOptions::new().with_marshaling_algorithm(Marshaling::Jws).with_hash_algorithm(HashAlgorithm::Sha2_256);
        let made = transit.sign_with("ec", b"message", &jws).await.unwrap();
        assert!(transit.verify_with("ec", b"message", &made.signature, &jws).await.unwrap());
        let pkcs = SignOptions::new()
            .with_hash_algorithm(HashAlgorithm::Sha2_512)
            .with_signature_algorithm(SignatureAlgorithm::Pkcs1v15)
            .with_prehashed(true);
        let sum = transit.hash_with(b"message", &HashAlgorithm::Sha2_512).await.unwrap();
        let made = transit.sign_with("rsa", &sum, &pkcs).await.unwrap();
        assert!(transit.verify_with("rsa", &sum, &made.signature, &pkcs).await.unwrap());
        assert!(!transit.verify("rsa", &sum, &made.signature).await.unwrap());

        let mut derived = NewKey::new(KeyType::Ed25519);
        derived.derived = Some(true);
        transit.create_key("derived", &derived).await.unwrap();
        let context = SignOptions::new().with_context("tenant 1");
        let made = transit.sign_with("derived", b"message", &context).await.unwrap();
        assert!(made.public_key.is_some(), "{made:?}");

        let messages = ["a", "b"].map(Message::new);
        let made = transit.sign_batch("ed", &messages, &SignOptions::new()).await.unwrap();
        let signature = |place: usize| made[place].as_ref().unwrap().signature.clone();
        let items = [Message::signed("a", signature(0)), Message::signed("b", signature(0)), Message::signed("c", "")];
        let valid = transit.verify_batch("ed", &items, &SignOptions::new()).await.unwrap();
        assert_eq!((&valid[0], &valid[1]), (&Ok(true), &Ok(false)));
        assert!(valid[2].is_err(), "{valid:?}");
        // A key without a context, beside one with it: each for itself.
        let items = [Message::new("a").with_context("tenant 1"), Message::new("b")];
        let made = transit.sign_batch("derived", &items, &SignOptions::new()).await.unwrap();
        assert!(made[0].as_ref().unwrap().public_key.is_some() && made[1].is_err(), "{made:?}");
        missing(transit.sign("none", b"message").await);
        wrong(transit.verify("ed", b"message", "no signature").await);
        let weak = powerless(&vault).await;
        denied(weak.transit(path).sign("ed", b"message").await);
        denied(weak.transit(path).verify("ed", b"message", "").await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}

#[test]
fn hmacs_hashes_and_random_bytes_are_made() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-hmac";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        let mut key = NewKey::new(KeyType::Hmac);
        key.key_size = Some(64);
        transit.create_key("k", &key).await.unwrap();
        assert_eq!(transit.read_key("k").await.unwrap().unwrap().key_size, 64);
        let hmac = transit.hmac("k", b"message").await.unwrap();
        assert!(transit.verify_hmac("k", b"message", &hmac).await.unwrap());
        assert!(!transit.verify_hmac("k", b"another", &hmac).await.unwrap());
        let options = HmacOptions::new().with_algorithm(HashAlgorithm::Sha2_512).with_key_version(1);
        let long = transit.hmac_with("k", b"message", &options).await.unwrap();
        assert!(long.len() > hmac.len());
        assert!(transit.verify_hmac_with("k", b"message", &long, &options).await.unwrap());
        let made = transit.hmac_batch("k", &["a", "b"].map(Message::new), &HmacOptions::new()).await.unwrap();
        let items = [("a", 0), ("b", 0)].map(|(text, from)| Message::authenticated(text, made[from].clone().unwrap()));
        let valid = transit.verify_batch("k", &items, &SignOptions::new()).await.unwrap();
        assert_eq!(valid, [Ok(true), Ok(false)]);
        missing(transit.hmac("none", b"message").await);

        let sum = transit.hash(b"message").await.unwrap();
        assert_eq!(&sum[..], ring::digest::digest(&ring::digest::SHA256, b"message").as_ref());
        wrong(transit.hash_with(b"message", &HashAlgorithm::Other("md4".into())).await);
        let random = transit.random(8).await.unwrap();
        assert_eq!(random.expose_secret().len(), 8);
        for source in [RandomSource::Platform, RandomSource::All] {
            let other = transit.random_from(&source, 8).await.unwrap();
            assert!(other.expose_secret().len() == 8 && other.expose_secret() != random.expose_secret());
        }

        assert_eq!(transit.read_cache_config().await.unwrap().size, Some(0));
        transit.put_cache_config(&CacheConfig::new(500)).await.unwrap();
        assert_eq!(transit.read_cache_config().await.unwrap(), CacheConfig::new(500));
        wrong(transit.put_cache_config(&CacheConfig::new(3)).await);
        assert_eq!(transit.read_keys_config().await.unwrap(), KeysConfig::new(false));
        transit.put_keys_config(&KeysConfig::new(true)).await.unwrap();
        assert_eq!(transit.read_keys_config().await.unwrap(), KeysConfig::new(true));
        missing(transit.encrypt("new", b"text").await);

        let weak = powerless(&vault).await;
        let refused = weak.transit(path);
        denied(refused.hmac("k", b"message").await);
        denied(refused.hash(b"message").await);
        denied(refused.random(8).await);
        denied(refused.read_cache_config().await);
        denied(refused.put_cache_config(&CacheConfig::new(0)).await);
        denied(refused.read_keys_config().await);
        denied(refused.put_keys_config(&KeysConfig::new(false)).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}
