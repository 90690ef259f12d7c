//! The `AppRole` auth method.

use std::time::Duration;

use tests::stack;
use vault_client::approle::field::{self, Field, Setting};
use vault_client::approle::{AppRole, Role, SecretIdRequest};
use vault_client::auth::LoginOutcome;
use vault_client::sys::mounts::NewMount;

use super::{HOUR, MINUTE, client, denied, missing, powerless, wrong};

#[test]
fn machines_log_in_with_role_and_secret_id() {
    stack::run(async {
        let vault = client().await;
        vault.sys().auth().enable("sdk-approle", &NewMount::new("approle")).await.unwrap();
        let approle = vault.approle("sdk-approle");
        assert!(approle.list_roles().await.unwrap().is_empty());
        assert!(approle.read_role("web").await.unwrap().is_none());
        assert!(approle.read_role_id("web").await.unwrap().is_none());
        let role = Role::with_policies(["default"]).with_token_ttl(MINUTE).with_token_max_ttl(HOUR);
        approle.put_role("web", &role).await.unwrap();
        let read = approle.read_role("web").await.unwrap().unwrap();
        assert_eq!((read.token_ttl, read.token_max_ttl, read.bind_secret_id), (Some(MINUTE), Some(HOUR), Some(true)));
        approle.put_role("web", &read).await.unwrap();
        assert_eq!(approle.read_role("web").await.unwrap().unwrap(), read);
        assert_eq!(approle.list_roles().await.unwrap(), ["web"]);
        approle.put_role_id("web", "sdk-web").await.unwrap();
        assert_eq!(approle.read_role_id("web").await.unwrap().as_deref(), Some("sdk-web"));
        assert_eq!(approle.read_local_secret_ids("web").await.unwrap(), Some(false));

        let once = SecretIdRequest::new().with_metadata("made-by", "a test").with_num_uses(1).with_ttl(MINUTE);
        let secret = approle.create_secret_id("web", &once).await.unwrap();
        assert_eq!((secret.secret_id_num_uses, secret.secret_id_ttl), (1, MINUTE));
        let auth = approle.login("sdk-web", Some(&secret.secret_id)).await.unwrap().value;
        assert_eq!((auth.metadata["made-by"].as_str(), auth.lease_duration), ("a test", MINUTE));
        let LoginOutcome::Token { token, auth } = auth.outcome() else { panic!("no token") };
        assert!(auth.renewable);
        vault.with_token(token).token().revoke_self().await.unwrap();
        // It was good for one login.
        wrong(approle.login("sdk-web", Some(&secret.secret_id)).await);
        wrong(approle.login("sdk-nobody", None).await);

        let weak = powerless(&vault).await;
        denied(weak.approle("sdk-approle").list_roles().await);
        denied(weak.approle("sdk-approle").put_role("web", &role).await);
        denied(weak.approle("sdk-approle").create_secret_id("web", &once).await);
        weak.token().revoke_self().await.unwrap();

        approle.tidy_secret_ids().await.unwrap();
        approle.delete_role("web").await.unwrap();
        approle.delete_role("web").await.unwrap();
        missing(approle.create_secret_id("web", &once).await);
        vault.sys().auth().disable("sdk-approle").await.unwrap();
        missing(approle.list_roles().await);
    });
}

#[test]
fn t31_secret_ids_are_found_and_missed_without_an_error() {
    stack::run(async {
        let vault = client().await;
        vault.sys().auth().enable("sdk-secrets", &NewMount::new("approle")).await.unwrap();
        let approle = vault.approle("sdk-secrets");
        approle.put_role("web", &Role::new()).await.unwrap();
        assert!(approle.list_secret_ids("web").await.unwrap().is_empty());
        let made = approle.create_secret_id("web", &SecretIdRequest::new()).await.unwrap();
        let own = "sdk-own-secret".into();
        let taken = approle.create_custom_secret_id("web", &own, &SecretIdRequest::new()).await.unwrap();
        let again = approle.create_custom_secret_id("web", &own, &SecretIdRequest::new()).await.unwrap_err();
        assert!(again.is_conflict(), "{again}");
        let mut accessors = approle.list_secret_ids("web").await.unwrap();
        accessors.sort();
        let mut expected = [made.secret_id_accessor.clone(), taken.secret_id_accessor.clone()];
        expected.sort();
        assert_eq!(accessors, expected);

        let info = approle.lookup_secret_id("web", &made.secret_id).await.unwrap().unwrap();
        assert!(info.creation_time.is_some() && info.expiration_time.is_none(), "{info:?}");
        let same = approle.lookup_secret_id_accessor("web", &made.secret_id_accessor).await.unwrap();
        assert_eq!(same.as_ref(), Some(&info));

        for _ in 0..2 {
            approle.revoke_secret_id("web", &made.secret_id).await.unwrap();
            approle.revoke_secret_id_accessor("web", &taken.secret_id_accessor).await.unwrap();
        }
        assert!(approle.lookup_secret_id("web", &made.secret_id).await.unwrap().is_none());
        assert!(approle.lookup_secret_id_accessor("web", &taken.secret_id_accessor).await.unwrap().is_none());
        vault.sys().auth().disable("sdk-secrets").await.unwrap();
    });
}

async fn written<T: Setting + PartialEq + std::fmt::Debug>(approle: &AppRole, field: &Field<T>, value: T) {
    let first = approle.read_field("web", field).await.unwrap().unwrap();
    approle.put_field("web", field, value.clone()).await.unwrap();
    assert_eq!(approle.read_field("web", field).await.unwrap(), Some(value), "{field:?}");
    approle.delete_field("web", field).await.unwrap();
    assert_eq!(approle.read_field("web", field).await.unwrap(), Some(first), "{field:?}");
    assert!(approle.read_field("none", field).await.unwrap().is_none());
}

#[test]
fn fields_of_a_role_are_written_one_by_one() {
    stack::run(async {
        let vault = client().await;
        vault.sys().auth().enable("sdk-fields", &NewMount::new("approle")).await.unwrap();
        let approle = vault.approle("sdk-fields");
        approle.put_role("web", &Role::new()).await.unwrap();
        let addresses = || vec!["10.0.0.0/8".to_owned()];
        written(&approle, &field::TOKEN_POLICIES, vec!["a".to_owned()]).await;
        written(&approle, &field::TOKEN_PERIOD, HOUR).await;
        written(&approle, &field::TOKEN_TTL, MINUTE).await;
        written(&approle, &field::TOKEN_MAX_TTL, Duration::from_secs(90)).await;
        written(&approle, &field::TOKEN_NUM_USES, 7).await;
        written(&approle, &field::TOKEN_BOUND_CIDRS, addresses()).await;
        written(&approle, &field::SECRET_ID_TTL, MINUTE).await;
        written(&approle, &field::SECRET_ID_NUM_USES, 9).await;
        written(&approle, &field::SECRET_ID_BOUND_CIDRS, addresses()).await;
        approle.put_field("web", &field::SECRET_ID_BOUND_CIDRS, addresses()).await.unwrap();
        approle.put_field("web", &field::BIND_SECRET_ID, false).await.unwrap();
        assert_eq!(approle.read_field("web", &field::BIND_SECRET_ID).await.unwrap(), Some(false));
        approle.delete_field("web", &field::BIND_SECRET_ID).await.unwrap();
        assert_eq!(approle.read_field("web", &field::BIND_SECRET_ID).await.unwrap(), Some(true));
        // The older name is taken without a word.
        approle.put_field("web", &field::BOUND_CIDR_LIST, addresses()).await.unwrap();
        assert_eq!(approle.read_field("web", &field::BOUND_CIDR_LIST).await.unwrap(), Some(Vec::new()));
        approle.delete_field("web", &field::BOUND_CIDR_LIST).await.unwrap();
        let error = approle.put_field("none", &field::TOKEN_TTL, MINUTE).await.unwrap_err();
        assert_eq!(error.status(), Some(404), "{error}");
        vault.sys().auth().disable("sdk-fields").await.unwrap();
    });
}
