//! The PKI engine.

use secrecy::ExposeSecret;
use tests::stack;
use vault_client::Client;
use vault_client::pki::{
    CaRequest, IntermediateRequest, IssueRequest, IssuersConfig, KeyType, LeafNotAfter, RevocationState, Role,
    UrlsConfig,
};

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

fn ca(name: &str) -> CaRequest {
    let mut request = CaRequest::new(name);
    request.ttl = Some(24 * HOUR);
    request.key_type = Some(KeyType::Ec);
    request.key_bits = Some(256);
    request
}

fn role() -> Role {
    let mut role = Role::new();
    role.allowed_domains = Some(vec!["sdk.test".to_owned()]);
    role.allow_subdomains = Some(true);
    role.key_type = Some(KeyType::Ec);
    role.key_bits = Some(256);
    role.max_ttl = Some(HOUR);
    role
}

async fn issuers(vault: &Client, mount: &str) {
    let pki = vault.pki(mount);
    assert!(pki.list_issuers().await.unwrap().is_empty());
    assert!(pki.read_ca_pem().await.unwrap().is_none());
    assert_eq!(pki.read_issuers_config().await.unwrap().default, "");
    let mut request = ca("sdk root");
    request.issuer_name = Some("sdk-first".to_owned());
    let first = pki.generate_root(&request).await.unwrap().value;
    assert!(first.certificate.starts_with("-----BEGIN CERTIFICATE") && first.expiration.is_some());
    assert_eq!(first.issuer_name, "sdk-first");
    let second = pki.generate_root(&ca("sdk other root")).await.unwrap().value;
    let all = pki.list_issuers().await.unwrap();
    assert_eq!(all.len(), 2);
    let stub = &all[&first.issuer_id];
    assert!(stub.is_default && stub.issuer_name == "sdk-first" && stub.serial_number == first.serial_number);
    assert!(!all[&second.issuer_id].is_default);

    pki.put_issuers_config(&IssuersConfig::new(&second.issuer_id)).await.unwrap();
    assert_eq!(pki.read_issuers_config().await.unwrap().default, second.issuer_id);
    pki.put_issuers_config(&IssuersConfig::new("sdk-first")).await.unwrap();
    let pem = pki.read_ca_pem().await.unwrap().unwrap();
    assert_eq!(pem.trim(), first.certificate.trim());

    let mut issuer = pki.issuer(&second.issuer_id).read().await.unwrap().unwrap();
    assert_eq!((issuer.certificate.trim(), issuer.revoked), (second.certificate.trim(), false));
    issuer.settings.issuer_name = Some("sdk-second".to_owned());
    issuer.settings.leaf_not_after_behavior = Some(LeafNotAfter::Truncate);
    pki.issuer(&second.issuer_id).put(&issuer.settings).await.unwrap();
    let read = pki.issuer("sdk-second").read().await.unwrap().unwrap();
    assert_eq!((&read.issuer_id, &read.settings), (&second.issuer_id, &issuer.settings));
    missing(pki.issuer("sdk-none").put(&issuer.settings).await);
    pki.issuer("sdk-second").delete().await.unwrap();
    assert!(pki.issuer(&second.issuer_id).read().await.unwrap().is_none());
    pki.issuer(&second.issuer_id).delete().await.unwrap();
}

#[test]
fn certificates_are_issued_listed_and_revoked() {
    stack::run(async {
        let vault = client().await;
        let mount_path = "sdk-pki";
        mount(&vault, mount_path, "pki").await;
        let pki = vault.pki(mount_path);
        Box::pin(issuers(&vault, mount_path)).await;

        assert_eq!(pki.read_urls().await.unwrap().issuing_certificates.unwrap_or_default(), Vec::<String>::new());
        let mut urls = UrlsConfig::new();
        urls.issuing_certificates = Some(vec!["http://127.0.0.1/ca".to_owned()]);
        pki.put_urls(&urls).await.unwrap();
        assert_eq!(pki.read_urls().await.unwrap().issuing_certificates, urls.issuing_certificates);

        assert!(pki.list_roles().await.unwrap().is_empty());
        assert!(pki.read_role("web").await.unwrap().is_none());
        pki.put_role("web", &role()).await.unwrap();
        assert_eq!(pki.list_roles().await.unwrap(), ["web"]);
        let read = pki.read_role("web").await.unwrap().unwrap();
        assert_eq!((read.allowed_domains, read.max_ttl), (role().allowed_domains, Some(HOUR)));

        let mut wanted = IssueRequest::new("a.sdk.test");
        wanted.alt_names = vec!["b.sdk.test".to_owned(), "c.sdk.test".to_owned()];
        wanted.ip_sans = vec!["127.0.0.1".to_owned()];
        wanted.ttl = Some(10 * MINUTE);
        let bundle = pki.issue("web", &wanted).await.unwrap().value;
        assert!(
            bundle.certificate.contains("CERTIFICATE") && bundle.private_key.expose_secret().contains("PRIVATE KEY")
        );
        assert_eq!((bundle.private_key_type.as_ref(), bundle.ca_chain.len()), (Some(&KeyType::Ec), 1));
        wrong(pki.issue("web", &IssueRequest::new("a.example.org")).await);
        let error = pki.issue("none", &wanted).await.unwrap_err();
        assert!(error.is_not_found(), "{error}");

        let serial = &bundle.serial_number;
        assert!(pki.list_certificates().await.unwrap().contains(serial));
        let kept = pki.read_certificate(serial).await.unwrap().unwrap();
        assert_eq!((kept.certificate.trim(), kept.revoked_at), (bundle.certificate.trim(), None));
        assert!(pki.read_certificate("00:11:22").await.unwrap().is_none());
        let revoked = pki.revoke(serial).await.unwrap();
        assert!(revoked.state == Some(RevocationState::Revoked) && revoked.revoked_at.is_some(), "{revoked:?}");
        assert_eq!(pki.revoke(serial).await.unwrap().state, Some(RevocationState::Revoked));
        let kept = vault.anonymous().pki(mount_path).read_certificate(serial).await.unwrap().unwrap();
        assert!(kept.revoked_at.is_some());
        missing(pki.revoke("00:11:22").await);

        Box::pin(refusals(&vault, mount_path, serial)).await;
        pki.delete_role("web").await.unwrap();
        pki.delete_role("web").await.unwrap();
        assert!(pki.read_role("web").await.unwrap().is_none());
        pki.delete_root().await.unwrap();
        assert!(pki.list_issuers().await.unwrap().is_empty());
        unmount(&vault, mount_path).await;
        missing(pki.list_issuers().await);
    });
}

async fn refusals(vault: &Client, mount: &str, serial: &str) {
    let weak = powerless(vault).await;
    let pki = weak.pki(mount);
    denied(pki.generate_root(&ca("sdk root")).await);
    assert_eq!(vault.anonymous().pki(mount).list_issuers().await.unwrap().len(), 1);
    denied(pki.issuer("default").read().await);
    denied(pki.read_issuers_config().await);
    denied(pki.put_issuers_config(&IssuersConfig::new("sdk-first")).await);
    denied(pki.read_urls().await);
    denied(pki.put_urls(&UrlsConfig::new()).await);
    denied(pki.list_roles().await);
    denied(pki.read_role("web").await);
    denied(pki.put_role("web", &role()).await);
    denied(pki.delete_role("web").await);
    denied(pki.issue("web", &IssueRequest::new("a.sdk.test")).await);
    denied(pki.revoke(serial).await);
    denied(pki.list_certificates().await);
    denied(pki.delete_root().await);
    weak.token().revoke_self().await.unwrap();
}

#[test]
fn an_intermediate_ca_is_signed_by_a_root() {
    stack::run(async {
        let vault = client().await;
        let (above, below) = ("sdk-pki-root", "sdk-pki-intermediate");
        mount(&vault, above, "pki").await;
        mount(&vault, below, "pki").await;
        let root = vault.pki(above).generate_root(&ca("sdk root")).await.unwrap().value;
        let mut request = ca("sdk intermediate");
        request.ttl = None;
        let intermediate = vault.pki(below).generate_intermediate(&request).await.unwrap().value;
        assert!(intermediate.csr.contains("CERTIFICATE REQUEST") && !intermediate.key_id.is_empty());
        let mut request = IntermediateRequest::new(intermediate.csr);
        request.ttl = Some(HOUR);
        request.use_csr_values = Some(true);
        let signed = vault.pki(above).sign_intermediate(&request).await.unwrap().value;
        assert_eq!(signed.issuing_ca.trim(), root.certificate.trim());
        assert!(signed.expiration < root.expiration && !signed.ca_chain.is_empty());
        wrong(vault.pki(above).sign_intermediate(&IntermediateRequest::new("no request")).await);

        let chain = format!("{}\n{}", signed.certificate, root.certificate);
        let imported = vault.pki(below).set_signed(&chain).await.unwrap().value;
        assert_eq!(imported.imported_issuers.len(), 2);
        let own = imported.mapping.iter().find(|(_, key)| **key == intermediate.key_id).unwrap().0;
        let again = vault.pki(below).set_signed(&chain).await.unwrap().value;
        assert_eq!((again.imported_issuers.len(), again.existing_issuers.len()), (0, 2));
        wrong(vault.pki(below).set_signed("no certificate").await);

        vault.pki(below).put_issuers_config(&IssuersConfig::new(own)).await.unwrap();
        vault.pki(below).put_role("web", &role()).await.unwrap();
        let mut wanted = IssueRequest::new("a.sdk.test");
        wanted.ttl = Some(MINUTE);
        let bundle = vault.pki(below).issue("web", &wanted).await.unwrap().value;
        assert_eq!((bundle.issuing_ca.trim(), bundle.ca_chain.len()), (signed.certificate.trim(), 2));
        unmount(&vault, below).await;
        unmount(&vault, above).await;
    });
}
