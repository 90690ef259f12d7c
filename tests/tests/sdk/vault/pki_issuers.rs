//! The PKI engine: issuers and keys that are made, rotated, imported and revoked.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use secrecy::{ExposeSecret, SecretString};
use tests::stack;
use vault_client::pki::{
    CaRequest, Format, IntermediateRequest, IssueRequest, IssuerSettings, KeyOrigin, KeyType, KeysConfig, LeafNotAfter,
    NewKey, Role, SignRequest, Usage, VerbatimRequest,
};

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

fn ca(name: &str) -> CaRequest {
    let mut request = CaRequest::new(name);
    request.ttl = Some(24 * HOUR);
    request.key_type = Some(KeyType::Ec);
    request
}

fn intermediate(name: &str) -> CaRequest {
    let mut request = ca(name);
    request.ttl = None;
    request
}

fn role() -> Role {
    let mut role = Role::new();
    role.allow_any_name = Some(true);
    role.key_type = Some(KeyType::Ec);
    role.ttl = Some(10 * MINUTE);
    role
}

fn csr(name: &str) -> String {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap()
}

/// An authority of somebody else: its certificate and its key.
fn foreign(name: &str) -> (String, SecretString) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem().into())
}

#[test]
fn a_root_is_rotated_and_the_old_one_revoked() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-rotate";
        mount(&vault, path, "pki").await;
        let pki = vault.pki(path);
        let mut request = ca("sdk old root");
        request.issuer_name = Some("old".to_owned());
        let old = pki.generate_root_with(&request, &KeyOrigin::Exported).await.unwrap().value;
        let key = old.private_key.as_ref().unwrap().expose_secret();
        assert!(key.contains("PRIVATE KEY") && old.private_key_type == Some(KeyType::Ec));
        let printed = format!("{old:?}{}", serde_json::to_string(&old).unwrap());
        assert!(!printed.contains(key.lines().nth(1).unwrap()));
        pki.put_role("web", &role()).await.unwrap();
        let first = pki.issue("web", &IssueRequest::new("a.sdk.test")).await.unwrap().value;

        let next = pki.rotate_root(&ca("sdk new root"), &KeyOrigin::Internal).await.unwrap().value;
        assert_eq!(next.issuer_name, "next");
        assert_eq!(pki.read_issuers_config().await.unwrap().default, old.issuer_id);
        // Before everybody trusts the new one, each signs the other.
        let bridge = pki.issuer("old").sign_self_issued(&next.certificate).await.unwrap().value;
        assert_eq!(bridge.issuing_ca.trim(), old.certificate.trim());
        wrong(pki.sign_self_issued("no certificate").await);
        let bridge = pki.sign_self_issued(&next.certificate).await.unwrap().value;
        pki.import_certificates(&bridge.certificate).await.unwrap();

        assert_eq!(pki.replace_root("next").await.unwrap().default, next.issuer_id);
        missing(pki.replace_root("none").await);
        let second = pki.issue("web", &IssueRequest::new("a.sdk.test")).await.unwrap().value;
        assert_eq!(second.issuing_ca.trim(), next.certificate.trim());
        assert_ne!(first.authority_key_id, second.authority_key_id);
        let third = pki.issuer("old").issue("web", &IssueRequest::new("a.sdk.test")).await.unwrap().value;
        assert_eq!(
            (third.issuing_ca.trim(), &third.authority_key_id),
            (old.certificate.trim(), &first.authority_key_id)
        );

        let mut change = IssuerSettings::new();
        change.leaf_not_after_behavior = Some(LeafNotAfter::Truncate);
        change.usage = Some(vec![Usage::ReadOnly, Usage::CrlSigning, Usage::IssuingCertificates]);
        let changed = pki.issuer("old").update(&change).await.unwrap();
        assert_eq!(changed.settings.leaf_not_after_behavior, change.leaf_not_after_behavior);
        assert_eq!(changed.settings.issuer_name.as_deref(), Some("old"));
        missing(pki.issuer("none").update(&change).await);
        let revoked = pki.issuer("old").revoke().await.unwrap();
        assert!(revoked.revoked && revoked.revoked_at.is_some(), "{revoked:?}");
        assert_eq!(pki.issuer("old").read().await.unwrap().unwrap(), revoked);
        assert!(pki.issuer("old").issue("web", &IssueRequest::new("a.sdk.test")).await.is_err());
        missing(pki.issuer("none").revoke().await);
        Box::pin(refused(&vault, path)).await;
        unmount(&vault, path).await;
    });
}

async fn refused(vault: &vault_client::Client, path: &str) {
    let weak = powerless(vault).await;
    let pki = weak.pki(path);
    denied(pki.generate_root_with(&ca("x"), &KeyOrigin::Exported).await);
    denied(pki.rotate_root(&ca("x"), &KeyOrigin::Internal).await);
    denied(pki.replace_root("next").await);
    denied(pki.sign_self_issued("").await);
    denied(pki.issuer("old").sign_self_issued("").await);
    denied(pki.issuer("old").issue("web", &IssueRequest::new("a")).await);
    denied(pki.issuer("old").update(&IssuerSettings::new()).await);
    denied(pki.issuer("old").put(&IssuerSettings::new()).await);
    denied(pki.issuer("old").revoke().await);
    denied(pki.issuer("old").delete().await);
    denied(pki.list_keys().await);
    denied(pki.generate_key(&NewKey::default()).await);
    denied(pki.import_bundle(&"".into()).await);
    denied(pki.put_ca(&"".into()).await);
    denied(pki.read_keys_config().await);
    weak.token().revoke_self().await.unwrap();
}

#[test]
fn requests_of_others_are_signed_by_any_issuer() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-sign";
        mount(&vault, path, "pki").await;
        let pki = vault.pki(path);
        let mut request = ca("sdk root");
        request.issuer_name = Some("root".to_owned());
        request.max_path_length = Some(2);
        request.permitted_dns_domains = vec!["sdk.test".to_owned()];
        request.organization = vec!["SDK".to_owned()];
        request.alt_names = vec!["root.sdk.test".to_owned()];
        let root = pki.generate_issuer(&request, &KeyOrigin::Internal).await.unwrap().value;
        pki.put_role("web", &role()).await.unwrap();
        let issuer = pki.issuer("root");
        let signing = SignRequest::new(csr("a.sdk.test"));
        let mut verbatim = VerbatimRequest::new(csr("b.sdk.test"));
        verbatim.ttl = Some(MINUTE);
        for signed in [
            pki.sign("web", &signing).await,
            issuer.sign("web", &signing).await,
            pki.sign_verbatim(None, &verbatim).await,
            pki.sign_verbatim(Some("web"), &verbatim).await,
            issuer.sign_verbatim(None, &verbatim).await,
            issuer.sign_verbatim(Some("web"), &verbatim).await,
        ] {
            let signed = signed.unwrap().value;
            assert_eq!((signed.issuing_ca.trim(), signed.ca_chain.len()), (root.certificate.trim(), 1));
            assert!(pki.read_certificate(&signed.serial_number).await.unwrap().is_some());
        }
        wrong(pki.sign("web", &SignRequest::new("no request")).await);
        missing(pki.sign("none", &signing).await);
        missing(pki.issuer("none").sign("web", &signing).await);

        let asked = pki.generate_issuer_csr(&intermediate("below.sdk.test"), &KeyOrigin::Internal).await.unwrap().value;
        let mut below = IntermediateRequest::new(asked.csr);
        below.ttl = Some(HOUR);
        below.max_path_length = Some(0);
        let signed = issuer.sign_intermediate(&below).await.unwrap().value;
        assert_eq!(signed.ca_chain.len(), 2);
        wrong(issuer.sign_intermediate(&IntermediateRequest::new("no request")).await);
        let exported = pki.generate_intermediate_with(&intermediate("out"), &KeyOrigin::Exported).await.unwrap().value;
        assert!(exported.private_key.is_some() && !format!("{exported:?}").contains("BEGIN"));
        let mut crossed = intermediate("sdk root");
        crossed.key_ref = Some(root.key_id.clone());
        crossed.key_type = None;
        assert_eq!(pki.cross_sign(&crossed).await.unwrap().value.key_id, root.key_id);
        crossed.key_ref = Some("none".to_owned());
        missing(pki.cross_sign(&crossed).await);
        let mut again = ca("sdk root again");
        again.key_ref = Some(root.key_id.clone());
        again.key_type = None;
        let again = pki.generate_root_with(&again, &KeyOrigin::Existing).await.unwrap().value;
        assert_eq!(again.key_id, root.key_id);

        let weak = powerless(&vault).await;
        let refused = weak.pki(path);
        denied(refused.sign("web", &signing).await);
        denied(refused.sign_verbatim(None, &verbatim).await);
        denied(refused.issuer("root").sign_verbatim(Some("web"), &verbatim).await);
        denied(refused.issuer("root").sign_intermediate(&below).await);
        denied(refused.generate_issuer(&request, &KeyOrigin::Internal).await);
        denied(refused.generate_issuer_csr(&request, &KeyOrigin::Internal).await);
        denied(refused.cross_sign(&crossed).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}

#[test]
fn t24_a_bundle_with_its_key_is_no_certificate_to_be_shown() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-bundle";
        mount(&vault, path, "pki").await;
        let pki = vault.pki(path);
        pki.generate_root(&ca("sdk root")).await.unwrap();
        let mut leased = role();
        leased.generate_lease = Some(true);
        pki.put_role("web", &leased).await.unwrap();
        let mut change = Role::new();
        change.allow_ip_sans = Some(false);
        let changed = pki.update_role("web", &change).await.unwrap();
        assert_eq!((changed.allow_ip_sans, changed.ttl, changed.generate_lease), (Some(false), role().ttl, Some(true)));
        missing(pki.update_role("none", &change).await);

        let mut wanted = IssueRequest::new("a.sdk.test");
        wanted.format = Some(Format::PemBundle);
        let answer = pki.issue("web", &wanted).await.unwrap();
        let bundle = &answer.value;
        assert!(bundle.certificate.contains("PRIVATE KEY") && bundle.certificate.contains("BEGIN CERTIFICATE"));
        let printed = format!("{answer:?}{}", serde_json::to_string(bundle).unwrap());
        assert!(!printed.contains("PRIVATE KEY") && printed.contains(&bundle.serial_number), "{printed}");
        // T22: the lease of a certificate is there when its role says so.
        let lease = answer.meta.lease.as_ref().unwrap();
        assert!(lease.id.starts_with(path) && !lease.duration.is_zero(), "{lease:?}");
        vault.sys().leases().revoke(&lease.id).await.unwrap();
        assert!(pki.list_revoked_certificates().await.unwrap().contains(&bundle.serial_number));
        wanted.format = Some(Format::Der);
        let bundle = pki.issue("web", &wanted).await.unwrap().value;
        assert!(!bundle.certificate.contains("BEGIN") && bundle.certificate.starts_with("MII"));
        unmount(&vault, path).await;
    });
}

#[test]
fn keys_and_authorities_come_from_outside() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-import";
        mount(&vault, path, "pki").await;
        let pki = vault.pki(path);
        assert!(pki.list_keys().await.unwrap().is_empty());
        assert_eq!(pki.read_keys_config().await.unwrap().default, "");
        let made = pki.generate_key(&NewKey::new(KeyType::Ec).with_name("made")).await.unwrap().value;
        assert!(made.private_key.is_none() && made.key_type == Some(KeyType::Ec), "{made:?}");
        let exported = pki.generate_exported_key(&NewKey::new(KeyType::Ed25519)).await.unwrap().value;
        assert!(exported.private_key.is_some() && !format!("{exported:?}").contains("BEGIN"), "{exported:?}");
        // Only Vault Enterprise has keys of outside systems.
        assert_eq!(pki.generate_managed_key(&NewKey::default()).await.unwrap_err().status(), Some(500));
        let (certificate, key) = foreign("sdk foreign");
        let imported = pki.import_key(&key, Some("foreign")).await.unwrap().value;
        assert_eq!(imported.key_name, "foreign");
        wrong(pki.import_key(&"no key".into(), None).await);

        let renamed = pki.rename_key("made", "renamed").await.unwrap();
        assert_eq!((renamed.key_id.as_str(), renamed.key_name.as_str()), (made.key_id.as_str(), "renamed"));
        let read = pki.read_key("renamed").await.unwrap().unwrap();
        assert!(read.key_id == made.key_id && !read.subject_key_id.is_empty(), "{read:?}");
        assert!(pki.read_key("made").await.unwrap().is_none());
        missing(pki.rename_key("none", "x").await);
        let keys = pki.list_keys().await.unwrap();
        assert_eq!((keys.len(), keys[&imported.key_id].key_name.as_str()), (3, "foreign"));
        pki.put_keys_config(&KeysConfig::new("renamed")).await.unwrap();
        assert_eq!(pki.read_keys_config().await.unwrap().default, made.key_id);
        missing(pki.put_keys_config(&KeysConfig::new("none")).await);

        wrong(pki.import_certificates(&format!("{}\n{certificate}", key.expose_secret())).await);
        let taken = pki.import_certificates(&certificate).await.unwrap().value;
        assert_eq!(taken.imported_issuers.len(), 1);
        assert_eq!(taken.mapping[&taken.imported_issuers[0]], imported.key_id);
        wrong(pki.delete_key("foreign").await);
        let (certificate, key) = foreign("sdk other");
        let both = SecretString::from(format!("{}\n{certificate}", key.expose_secret()));
        let taken = pki.import_bundle(&both).await.unwrap().value;
        assert_eq!((taken.imported_issuers.len(), taken.imported_keys.len()), (1, 1));
        let taken = pki.put_ca(&both).await.unwrap().value;
        assert_eq!((taken.existing_issuers.len(), taken.existing_keys.len()), (1, 1));
        wrong(pki.import_bundle(&"nothing".into()).await);
        for _ in 0..2 {
            pki.delete_key("renamed").await.unwrap();
        }
        unmount(&vault, path).await;
    });
}
