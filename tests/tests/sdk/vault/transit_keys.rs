//! The transit engine: keys that come, go and have certificates.

use rcgen::{CertificateParams, DnType, KeyPair};
use secrecy::ExposeSecret;
use tests::stack;
use vault_client::pki::{self, CaRequest, VerbatimRequest};
use vault_client::transit::{
    CsrOptions, ExportKind, ImportKey, ImportVersion, KeyConfig, KeyType, NewKey, RestoreOptions,
};

use super::{MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

/// A key that may leave the engine.
fn loose(kind: KeyType) -> NewKey {
    let mut key = NewKey::new(kind);
    key.exportable = Some(true);
    key.allow_plaintext_backup = Some(true);
    key
}

#[test]
fn keys_are_exported_backed_up_and_trimmed() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-export";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        transit.create_key("k", &loose(KeyType::Aes256Gcm96)).await.unwrap();
        transit.create_key("ed", &loose(KeyType::Ed25519)).await.unwrap();
        transit.create_key("tight", &NewKey::new(KeyType::Aes256Gcm96)).await.unwrap();
        transit.rotate_key("k").await.unwrap();
        let exported = transit.export_key(&ExportKind::EncryptionKey, "k").await.unwrap();
        assert_eq!((exported.name.as_str(), exported.kind.as_ref()), ("k", Some(&KeyType::Aes256Gcm96)));
        assert_eq!(exported.keys.keys().copied().collect::<Vec<_>>(), [1, 2]);
        let secret = exported.keys[&1].expose_secret();
        let printed = format!("{exported:?}{}", serde_json::to_string(&exported).unwrap());
        assert!(secret.len() == 44 && !printed.contains(secret));
        let one = transit.export_key_version(&ExportKind::HmacKey, "k", 2).await.unwrap();
        assert_eq!(one.keys.len(), 1);
        let public = transit.export_key(&ExportKind::PublicKey, "ed").await.unwrap();
        let known = transit.read_key("ed").await.unwrap().unwrap().keys[&1].public_key.clone();
        assert_eq!(Some(public.keys[&1].expose_secret()), known.as_deref());
        wrong(transit.export_key(&ExportKind::EncryptionKey, "tight").await);
        wrong(transit.export_key(&ExportKind::SigningKey, "k").await);
        missing(transit.export_key(&ExportKind::SigningKey, "none").await);

        let text = transit.encrypt("k", b"text").await.unwrap();
        let backup = transit.backup_key("k").await.unwrap();
        missing(transit.backup_key("none").await);
        assert!(transit.restore_key(&backup).await.is_err(), "there is one of that name");
        transit.restore_key_with(&backup, &RestoreOptions::new().with_name("copy")).await.unwrap();
        assert_eq!(transit.decrypt("copy", &text).await.unwrap().expose_secret(), b"text");
        transit.restore_key_with(&backup, &RestoreOptions::new().with_force(true)).await.unwrap();
        assert!(transit.restore_key(&"no backup".into()).await.is_err());

        wrong(transit.trim_key("k", 2).await);
        let config = KeyConfig::new().with_min_decryption_version(2).with_min_encryption_version(2);
        transit.update_key("k", &config).await.unwrap();
        transit.trim_key("k", 2).await.unwrap();
        let key = transit.read_key("k").await.unwrap().unwrap();
        assert_eq!((key.min_available_version, key.keys.keys().copied().collect::<Vec<_>>()), (2, vec![2]));
        missing(transit.trim_key("none", 1).await);

        let weak = powerless(&vault).await;
        let refused = weak.transit(path);
        denied(refused.export_key(&ExportKind::PublicKey, "ed").await);
        denied(refused.export_key_version(&ExportKind::PublicKey, "ed", 1).await);
        denied(refused.backup_key("k").await);
        denied(refused.restore_key(&backup).await);
        denied(refused.trim_key("k", 2).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}

#[test]
fn a_key_moves_from_one_engine_to_another() {
    stack::run(async {
        let vault = client().await;
        let (here, there) = ("sdk-transit-from", "sdk-transit-to");
        mount(&vault, here, "transit").await;
        mount(&vault, there, "transit").await;
        let (from, to) = (vault.transit(here), vault.transit(there));
        from.create_key("k", &loose(KeyType::Aes256Gcm96)).await.unwrap();
        let text = from.encrypt("k", b"text").await.unwrap();
        let wrapping = to.read_wrapping_key().await.unwrap();
        from.import_key("their-wrapping-key", &ImportKey::public(KeyType::Rsa4096, &wrapping)).await.unwrap();
        let imported = from.read_key("their-wrapping-key").await.unwrap().unwrap();
        assert!(imported.imported_key && !imported.imported_key_allow_rotation, "{imported:?}");
        let moved = from.export_wrapped_key("their-wrapping-key", "k").await.unwrap();
        assert_eq!((moved.name.as_str(), moved.kind.as_ref(), moved.keys.len()), ("k", Some(&KeyType::Aes256Gcm96), 1));
        let import = ImportKey::wrapped(KeyType::Aes256Gcm96, moved.keys[&1].clone()).with_allow_rotation(true);
        to.import_key("k", &import).await.unwrap();
        assert_eq!(to.decrypt("k", &text).await.unwrap().expose_secret(), b"text");
        assert!(to.import_key("k", &import).await.is_err(), "there is one of that name");

        from.rotate_key("k").await.unwrap();
        let second = from.export_wrapped_key_version("their-wrapping-key", "k", 2).await.unwrap();
        to.import_key_version("k", &ImportVersion::wrapped(second.keys[&2].clone())).await.unwrap();
        let text = from.encrypt("k", b"newer").await.unwrap();
        assert_eq!(to.decrypt("k", &text).await.unwrap().expose_secret(), b"newer");
        assert!(to.import_key("nonsense", &ImportKey::wrapped(KeyType::Aes256Gcm96, "nonsense")).await.is_err());
        missing(from.export_wrapped_key("their-wrapping-key", "none").await);

        let weak = powerless(&vault).await;
        denied(weak.transit(here).read_wrapping_key().await);
        denied(weak.transit(here).import_key("x", &import).await);
        denied(weak.transit(here).import_key_version("x", &ImportVersion::public("")).await);
        denied(weak.transit(here).export_wrapped_key("their-wrapping-key", "k").await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, here).await;
        unmount(&vault, there).await;
    });
}

#[test]
fn a_key_gets_a_certificate() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-transit-certificate";
        mount(&vault, path, "transit").await;
        let transit = vault.transit(path);
        transit.create_key("k", &NewKey::new(KeyType::EcdsaP256)).await.unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "sdk signer");
        let template = params.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap();
        let csr = transit.create_csr("k", &CsrOptions::new().with_template(template).with_version(1)).await.unwrap();
        missing(transit.create_csr("none", &CsrOptions::new()).await);

        let authority = "sdk-transit-authority";
        mount(&vault, authority, "pki").await;
        let mut root = CaRequest::new("sdk root");
        root.key_type = Some(pki::KeyType::Ec);
        vault.pki(authority).generate_root(&root).await.unwrap();
        let mut request = VerbatimRequest::new(csr);
        request.ttl = Some(MINUTE);
        let signed = vault.pki(authority).sign_verbatim(None, &request).await.unwrap().value;
        unmount(&vault, authority).await;
        let certificate = signed.certificate;
        transit.put_certificate("k", &certificate, Some(1)).await.unwrap();
        let kept = transit.read_key("k").await.unwrap().unwrap().keys[&1].certificate_chain.clone().unwrap();
        assert_eq!(kept.trim().lines().collect::<String>(), certificate.trim().lines().collect::<String>());
        assert_eq!(transit.export_key(&ExportKind::CertificateChain, "k").await.unwrap().keys.len(), 1);
        wrong(transit.put_certificate("k", "no certificate", None).await);
        let weak = powerless(&vault).await;
        denied(weak.transit(path).create_csr("k", &CsrOptions::new()).await);
        denied(weak.transit(path).put_certificate("k", &certificate, None).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}
