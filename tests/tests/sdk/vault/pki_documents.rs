//! The PKI engine: certificates and revocation lists without JSON, settings, and tidying.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tests::stack;
use tests::wait::until;
use vault_client::pki::{
    AcmeConfig, AutoTidyConfig, CaRequest, ClusterConfig, CrlConfig, Extension, IssueRequest, IssuersConfig, KeyType,
    Pki, ResignCrls, RevocationList, RevocationState, RevokedCertificate, Role, Root, TidyRequest, TidyState,
};
use vault_client::{Client, Error, Reason};

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

async fn authority(vault: &Client, path: &str) -> (Pki, Root) {
    mount(vault, path, "pki").await;
    let pki = vault.pki(path);
    let mut request = CaRequest::new("sdk root");
    request.key_type = Some(KeyType::Ec);
    request.issuer_name = Some("root".to_owned());
    request.ttl = Some(24 * HOUR);
    let root = pki.generate_root(&request).await.unwrap().value;
    let mut role = Role::new();
    role.allow_any_name = Some(true);
    role.key_type = Some(KeyType::Ec);
    role.ttl = Some(10 * MINUTE);
    pki.put_role("web", &role).await.unwrap();
    (pki, root)
}

/// The value of each element inside a constructed one, and the element as a whole.
fn parts(der: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut rest = content(der).0;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (value, length) = content(rest);
        found.push((value, &rest[..length]));
        rest = &rest[length..];
    }
    found
}

/// The value of an element, and how long the element is.
fn content(der: &[u8]) -> (&[u8], usize) {
    let (start, length) = match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            (2 + count, der[2..2 + count].iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)))
        }
    };
    (&der[start..start + length], start + length)
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    assert!(value.len() < 0x80, "long enough for this test");
    [vec![tag, u8::try_from(value.len()).unwrap()], value].concat()
}

/// The question, in OCSP, whether this certificate of this issuer was revoked.
fn question(issuer: &[u8], certificate: &[u8]) -> Vec<u8> {
    let fields = |der| parts(parts(der)[0].1);
    let (issuer, certificate) = (fields(issuer), fields(certificate));
    let hash = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec();
    // The subject, and the bits of the key without the byte that counts the unused ones.
    let (subject, key) = (issuer[5].1, &parts(issuer[6].1)[1].0[1..]);
    let sha1 = element(0x30, &[&[0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a], &[0x05, 0x00]]);
    let name = element(0x04, &[&hash(subject)]);
    let key = element(0x04, &[&hash(key)]);
    let id = element(0x30, &[&sha1, &name, &key, certificate[1].1]);
    element(0x30, &[&element(0x30, &[&element(0x30, &[&element(0x30, &[&id])])])])
}

#[test]
fn t24_documents_are_bytes_and_pem_of_the_right_type() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-documents";
        mount(&vault, path, "pki").await;
        let anonymous = vault.anonymous();
        let none = anonymous.pki(path);
        // Nothing to hand out is no error: the server answers 204, or with an error text.
        assert!(none.read_ca_der().await.unwrap().is_none() && none.read_ca_chain_pem().await.unwrap().is_none());
        assert!(none.read_crl_der().await.unwrap().is_none() && none.read_crl_pem().await.unwrap().is_none());
        assert!(none.read_delta_crl_der().await.unwrap().is_none());
        assert!(none.read_ca_chain().await.unwrap().is_none() && none.read_crl().await.unwrap().is_none());
        assert!(none.issuer("default").read_certificate().await.unwrap().is_none());
        assert!(none.issuer("default").read_certificate_der().await.unwrap().is_none());
        unmount(&vault, path).await;
        missing(vault.pki(path).read_ca_der().await);

        let (pki, root) = authority(&vault, path).await;
        let open = anonymous.pki(path);
        let der = open.read_ca_der().await.unwrap().unwrap();
        let pem = open.read_ca_pem().await.unwrap().unwrap();
        assert_eq!(pem.trim(), root.certificate.trim());
        assert_eq!(open.read_ca_chain_pem().await.unwrap().unwrap().trim(), pem.trim());
        let chain = open.read_ca_chain().await.unwrap().unwrap();
        assert_eq!((chain.certificate.trim(), chain.ca_chain.trim()), (pem.trim(), pem.trim()));
        let issuer = open.issuer("root");
        assert_eq!(issuer.read_certificate_der().await.unwrap().unwrap(), der);
        assert_eq!(issuer.read_certificate_pem().await.unwrap().unwrap().trim(), pem.trim());
        let found = issuer.read_certificate().await.unwrap().unwrap();
        assert_eq!((found.issuer_id.as_str(), found.issuer_name.as_str()), (root.issuer_id.as_str(), "root"));
        assert!(open.issuer("none").read_certificate_pem().await.unwrap().is_none());

        let bundle = pki.issue("web", &IssueRequest::new("a.sdk.test")).await.unwrap().value;
        let serial = &bundle.serial_number;
        let leaf = open.read_certificate_der(serial).await.unwrap().unwrap();
        assert_eq!(open.read_certificate_der(&serial.replace(':', "-")).await.unwrap().unwrap(), leaf);
        assert_eq!(open.read_certificate_pem(serial).await.unwrap().unwrap().trim(), bundle.certificate.trim());
        assert!(open.read_certificate_der("00:11").await.unwrap().is_none());

        let question = question(&der, &leaf);
        let good = open.ocsp(question.clone()).await.unwrap();
        assert_eq!(good.first(), Some(&0x30));
        wrong(open.ocsp("nonsense").await);
        wrong(pki.revoke_with_key(serial, &"no key".into()).await);
        let revoked = pki.revoke_with_key(serial, &bundle.private_key).await.unwrap();
        assert_eq!(revoked.state, Some(RevocationState::Revoked));
        assert_eq!(pki.revoke_certificate(&bundle.certificate).await.unwrap().revoked_at, revoked.revoked_at);
        assert_eq!(pki.list_revoked_certificates().await.unwrap(), [serial.as_str()]);
        // A revoked certificate has one more field in its answer.
        assert!(open.ocsp(question).await.unwrap().len() > good.len());
        denied(powerless(&vault).await.pki(path).revoke_with_key(serial, &bundle.private_key).await);
        unmount(&vault, path).await;
    });
}

#[test]
fn questions_about_revocations_are_asked_in_both_ways() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-questions";
        let (pki, root) = authority(&vault, path).await;
        let open = vault.anonymous().pki(path);
        let mut issuer = root.issuer_id;
        let mut in_a_path = 0;
        // One question of thirty cannot stand in a path: with another key it is another question.
        for more in 1..20 {
            let bundle = pki.issuer(&issuer).issue("web", &IssueRequest::new("a.sdk.test")).await.unwrap().value;
            let leaf = open.read_certificate_der(&bundle.serial_number).await.unwrap().unwrap();
            let authority = open.issuer(&issuer).read_certificate_der().await.unwrap().unwrap();
            let question = question(&authority, &leaf);
            assert_eq!(open.ocsp(question.clone()).await.unwrap().first(), Some(&0x30));
            assert_eq!(open.ocsp_cached(&question).await.unwrap().first(), Some(&0x30));
            let text = STANDARD.encode(&question);
            in_a_path += usize::from(!text.contains("//") && !text.ends_with('/'));
            if more > 1 && in_a_path > 0 {
                break;
            }
            let mut another = CaRequest::new(format!("sdk root {more}"));
            another.key_type = Some(KeyType::Ec);
            another.ttl = Some(24 * HOUR);
            issuer = pki.generate_root(&another).await.unwrap().value.issuer_id;
        }
        assert!(in_a_path > 0);
        unmount(&vault, path).await;
    });
}

#[test]
fn revocation_lists_are_made_and_joined() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-crl";
        let (pki, _) = authority(&vault, path).await;
        let mut config = pki.read_crl_config().await.unwrap();
        assert_eq!((config.expiry, config.enable_delta), (Some(72 * HOUR), Some(false)));
        config.expiry = Some(48 * HOUR);
        config.auto_rebuild = Some(true);
        config.enable_delta = Some(true);
        pki.put_crl_config(&config).await.unwrap();
        assert_eq!(pki.read_crl_config().await.unwrap(), config);
        let mut odd = CrlConfig::new();
        odd.auto_rebuild = Some(false);
        wrong(pki.put_crl_config(&odd).await);
        assert!(pki.rotate_crl().await.unwrap() && pki.rotate_delta_crl().await.unwrap());

        let open = vault.anonymous().pki(path);
        let issuer = open.issuer("root");
        let pem = open.read_crl_pem().await.unwrap().unwrap();
        assert!(pem.contains("X509 CRL"));
        assert_eq!(open.read_crl().await.unwrap().unwrap().trim(), pem.trim());
        assert_eq!(issuer.read_crl().await.unwrap().unwrap().trim(), pem.trim());
        assert_eq!(issuer.read_crl_pem().await.unwrap().unwrap().trim(), pem.trim());
        assert_eq!(open.read_crl_der().await.unwrap(), issuer.read_crl_der().await.unwrap());
        let delta = open.read_delta_crl_pem().await.unwrap().unwrap();
        assert!(delta.contains("X509 CRL") && delta != pem);
        assert_eq!(open.read_delta_crl().await.unwrap().unwrap().trim(), delta.trim());
        assert_eq!(issuer.read_delta_crl().await.unwrap().unwrap().trim(), delta.trim());
        assert_eq!(issuer.read_delta_crl_pem().await.unwrap().unwrap().trim(), delta.trim());
        assert_eq!(open.read_delta_crl_der().await.unwrap(), issuer.read_delta_crl_der().await.unwrap());
        assert!(open.issuer("none").read_crl().await.unwrap().is_none());

        let mut revoked = RevokedCertificate::new("11:22:33");
        revoked.revocation_time = Some("2026-11-20T10:00:00Z".parse().unwrap());
        revoked.extensions = vec![Extension::new("2.5.29.21", vec![0x0a, 0x01, 0x01])];
        let mut list = RevocationList::new(7, [revoked]);
        list.next_update = Some(HOUR);
        let own = pki.issuer("root").sign_revocation_list(&list).await.unwrap();
        let joined = pki.issuer("root").resign_crls(&ResignCrls::new(8, [pem, own])).await.unwrap();
        assert!(joined.contains("X509 CRL"));
        assert!(pki.issuer("root").resign_crls(&ResignCrls::new(9, ["no list"])).await.is_err());

        let weak = powerless(&vault).await;
        let refused = weak.pki(path);
        denied(refused.read_crl_config().await);
        denied(refused.put_crl_config(&config).await);
        denied(refused.rotate_crl().await);
        denied(refused.rotate_delta_crl().await);
        denied(refused.list_revoked_certificates().await);
        denied(refused.issuer("root").sign_revocation_list(&list).await);
        denied(refused.issuer("root").resign_crls(&ResignCrls::default()).await);
        weak.token().revoke_self().await.unwrap();
        unmount(&vault, path).await;
    });
}

#[test]
fn settings_are_kept_and_what_has_ended_is_tidied() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-tidy";
        let (pki, root) = authority(&vault, path).await;
        let mut cluster = ClusterConfig::new(format!("https://vault.sdk.test/v1/{path}"));
        cluster.aia_path = Some(format!("http://vault.sdk.test/v1/{path}"));
        pki.put_cluster_config(&cluster).await.unwrap();
        assert_eq!(pki.read_cluster_config().await.unwrap(), cluster);
        assert!(pki.put_cluster_config(&ClusterConfig::new("no address")).await.is_err());
        let mut acme = pki.read_acme_config().await.unwrap();
        assert_eq!((acme.enabled, acme.max_ttl), (Some(false), Some(90 * 24 * HOUR)));
        acme.enabled = Some(true);
        acme.default_directory_policy = Some("role:web".to_owned());
        acme.allowed_roles = Some(vec!["web".to_owned()]);
        pki.put_acme_config(&acme).await.unwrap();
        assert_eq!(pki.read_acme_config().await.unwrap(), acme);
        let mut config = IssuersConfig::new(&root.issuer_id);
        config.default_follows_latest_issuer = Some(true);
        pki.put_issuers_config(&config).await.unwrap();
        assert_eq!(pki.read_issuers_config().await.unwrap(), config);

        assert!(pki.list_eab_keys().await.unwrap().is_empty());
        let made = vault.raw().write(&format!("{path}/acme/new-eab"), &serde_json::json!({})).await.unwrap().unwrap();
        let id = made.data().unwrap()["id"].as_str().unwrap();
        let keys = pki.list_eab_keys().await.unwrap();
        assert!(keys[id].created_on.is_some() && keys[id].key_type == "hs", "{keys:?}");
        for _ in 0..2 {
            pki.delete_eab_key(id).await.unwrap();
        }
        assert!(pki.list_eab_keys().await.unwrap().is_empty());
        assert_eq!(pki.delete_eab_key("no id").await.unwrap_err().reason(), Some(&Reason::Unsupported));

        let mut auto = pki.read_auto_tidy().await.unwrap();
        assert_eq!((auto.enabled, auto.interval_duration), (Some(false), Some(12 * HOUR)));
        auto.tidy_cert_store = Some(true);
        auto.interval_duration = Some(24 * HOUR);
        pki.put_auto_tidy(&auto).await.unwrap();
        assert_eq!(pki.read_auto_tidy().await.unwrap(), auto);
        let mut idle = AutoTidyConfig::new();
        idle.enabled = Some(true);
        idle.tidy_cert_store = Some(false);
        wrong(pki.put_auto_tidy(&idle).await);

        assert_eq!(pki.read_tidy_status().await.unwrap().state, Some(TidyState::Inactive));
        assert!(pki.cancel_tidy().await.unwrap().is_none());
        pki.tidy(&TidyRequest::ended(Duration::from_secs(1))).await.unwrap();
        let status = ended(&pki).await;
        assert_eq!((&status.0, status.1), (&TidyState::Finished, Some(0)));
        for name in ["a", "b", "c"] {
            pki.issue("web", &IssueRequest::new(name)).await.unwrap();
        }
        let mut slow = TidyRequest::ended(Duration::from_secs(1));
        slow.pause_duration = Some(Duration::from_secs(2));
        pki.tidy(&slow).await.unwrap();
        let cancelled = pki.cancel_tidy().await.unwrap().unwrap();
        assert_eq!(cancelled.state, Some(TidyState::Cancelling));
        assert!(cancelled.time_started.is_some() && cancelled.extra["safety_buffer"] == 1, "{cancelled:?}");
        assert_eq!(ended(&pki).await.0, TidyState::Cancelled);
        Box::pin(refused(&vault, path)).await;
        unmount(&vault, path).await;
    });
}

/// Waits for the work, and says how it ended and how many certificates it removed.
async fn ended(pki: &Pki) -> (TidyState, Option<u64>) {
    until("the work has ended", Duration::from_secs(60), async || {
        let status = pki.read_tidy_status().await.unwrap();
        let state = status.state.filter(|state| !matches!(state, TidyState::Running | TidyState::Cancelling));
        Some((state?, status.cert_store_deleted_count))
    })
    .await
}

async fn refused(vault: &Client, path: &str) {
    let weak = powerless(vault).await;
    let pki = weak.pki(path);
    denied(pki.read_cluster_config().await);
    denied(pki.put_cluster_config(&ClusterConfig::default()).await);
    denied(pki.read_acme_config().await);
    denied(pki.put_acme_config(&AcmeConfig::new()).await);
    denied(pki.list_eab_keys().await);
    denied(pki.delete_eab_key("d630b199-de69-813d-3d16-7d869055905d").await);
    denied(pki.read_auto_tidy().await);
    denied(pki.put_auto_tidy(&AutoTidyConfig::new()).await);
    denied(pki.tidy(&TidyRequest::new()).await);
    denied(pki.cancel_tidy().await);
    denied(pki.read_tidy_status().await);
    weak.token().revoke_self().await.unwrap();
}

#[test]
fn t24_the_page_of_a_proxy_is_no_certificate() {
    stack::run(async {
        let vault = client().await;
        let path = "sdk-pki-proxy";
        mount(&vault, path, "kv").await;
        vault.kv1(path).put("ca", &serde_json::json!({ "a": 1 })).await.unwrap();
        let error = vault.pki(path).read_ca_der().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error}");
        assert!(error.to_string().contains("another type"), "{error}");
        unmount(&vault, path).await;
    });
}
