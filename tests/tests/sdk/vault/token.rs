//! Tokens.

use tests::stack;
use vault_client::Token;
use vault_client::auth::TokenType;
use vault_client::token::{TokenRequest, TokenRole};

use super::{HOUR, MINUTE, client, denied, missing, powerless, wrong};

#[test]
fn a_token_lives_is_renewed_and_ends() {
    stack::run(async {
        let vault = client().await;
        let mut request = TokenRequest::with_policies(["default"]);
        request.ttl = Some(MINUTE);
        request.explicit_max_ttl = Some(HOUR);
        request.renewable = Some(true);
        request.no_parent = Some(true);
        request.display_name = Some("sdk-token".to_owned());
        request.meta = Some([("made-by".to_owned(), "a test".to_owned())].into());
        request.kind = Some(TokenType::Service);
        let made = vault.token().create(&request).await.unwrap();
        assert!(made.meta.request_id.is_some());
        let made = made.value;
        assert!(made.orphan && made.renewable && made.lease_duration == MINUTE);
        assert_eq!((made.policies, made.token_type), (vec!["default".to_owned()], Some(TokenType::Service)));
        assert_eq!(made.metadata["made-by"], "a test");
        let own = vault.with_token(made.client_token.unwrap());

        let info = own.token().lookup_self().await.unwrap();
        assert_eq!((&info.accessor, info.display_name.as_str()), (&made.accessor, "token-sdk-token"));
        assert_eq!((info.meta["made-by"].as_str(), info.path.as_str()), ("a test", "auth/token/create"));
        assert!(info.orphan && info.renewable && info.ttl <= MINUTE && info.issue_time < info.expire_time);
        let renewed = own.token().renew_self(Some(30 * MINUTE)).await.unwrap().value;
        assert!(renewed.lease_duration > MINUTE && renewed.accessor == made.accessor);
        assert!(own.token().renew_self(None).await.unwrap().value.lease_duration <= HOUR);
        wrong(vault.token().renew_self(None).await);
        assert_eq!(vault.token().lookup_self().await.unwrap().policies, ["root"]);

        own.token().revoke_self().await.unwrap();
        denied(own.token().lookup_self().await);
        denied(own.token().renew_self(None).await);
        denied(own.token().revoke_self().await);
        assert!(vault.token().lookup_accessor(&made.accessor).await.unwrap().is_none());
    });
}

#[test]
fn others_know_a_token_by_its_accessor() {
    stack::run(async {
        let vault = client().await;
        let tokens = vault.token();
        let weak = powerless(&vault).await;
        let accessor = weak.token().lookup_self().await.unwrap().accessor;
        let info = tokens.lookup_accessor(&accessor).await.unwrap().unwrap();
        assert_eq!((info.accessor, info.policies), (accessor.clone(), vec!["default".to_owned()]));
        assert!(tokens.list_accessors().await.unwrap().contains(&accessor));

        denied(weak.token().create(&TokenRequest::new()).await);
        denied(weak.token().list_accessors().await);
        denied(weak.token().lookup_accessor(&accessor).await);
        denied(weak.token().revoke_accessor(&accessor).await);
        denied(vault.with_token(Token::new("hvs.sdk-nobody").unwrap()).token().lookup_self().await);

        tokens.revoke_accessor(&accessor).await.unwrap();
        tokens.revoke_accessor(&accessor).await.unwrap();
        denied(weak.token().lookup_self().await);
        assert!(tokens.lookup_accessor(&accessor).await.unwrap().is_none());
        assert!(!tokens.list_accessors().await.unwrap().contains(&accessor));
    });
}

#[test]
fn others_tokens_are_looked_up_renewed_and_revoked() {
    stack::run(async {
        let vault = client().await;
        let tokens = vault.token();
        let request = TokenRequest::with_policies(["default"]).with_ttl(MINUTE).with_explicit_max_ttl(HOUR);
        let made = tokens.create_orphan(&request).await.unwrap().value;
        assert!(made.orphan);
        let token = made.client_token.unwrap();
        assert_eq!(tokens.lookup(&token).await.unwrap().unwrap().accessor, made.accessor);
        assert!(tokens.renew(&token, Some(10 * MINUTE)).await.unwrap().value.lease_duration > MINUTE);
        let renewed = tokens.renew_accessor(&made.accessor, None).await.unwrap().value;
        assert!(renewed.client_token.is_none() && renewed.accessor == made.accessor);
        for _ in 0..2 {
            tokens.revoke(&token).await.unwrap();
        }
        assert!(tokens.lookup(&token).await.unwrap().is_none());
        missing(tokens.renew(&token, None).await);
        missing(tokens.renew_accessor(&made.accessor, None).await);

        // The children of a token go with it, unless they are made orphans.
        let parent = |policies: &'static str| TokenRequest::with_policies([policies]).with_ttl(MINUTE);
        vault
            .sys()
            .policies()
            .put("sdk-parent", "path \"auth/token/create\" { capabilities = [\"update\"] }")
            .await
            .unwrap();
        for spared in [false, true] {
            let token = tokens.create(&parent("sdk-parent")).await.unwrap().value.client_token.unwrap();
            let child = vault.with_token(token.clone()).token().create(&parent("sdk-parent")).await.unwrap().value;
            let child = child.client_token.unwrap();
            if spared {
                tokens.revoke_orphan(&token).await.unwrap();
                tokens.revoke_orphan(&token).await.unwrap();
            } else {
                tokens.revoke(&token).await.unwrap();
            }
            let found = tokens.lookup(&child).await.unwrap();
            assert_eq!(found.as_ref().map(|info| info.orphan), spared.then_some(true));
            tokens.revoke(&child).await.unwrap();
        }
        vault.sys().policies().delete("sdk-parent").await.unwrap();
        tokens.tidy().await.unwrap();
    });
}

#[test]
fn roles_say_what_tokens_may_be_made() {
    stack::run(async {
        let vault = client().await;
        let tokens = vault.token();
        assert!(tokens.read_role("sdk-role").await.unwrap().is_none());
        let mut role = TokenRole::with_allowed_policies(["default"]);
        role.orphan = Some(true);
        role.token_period = Some(HOUR);
        role.path_suffix = Some("sdk".to_owned());
        tokens.put_role("sdk-role", &role).await.unwrap();
        let read = tokens.read_role("sdk-role").await.unwrap().unwrap();
        assert_eq!(
            (read.token_period, read.orphan, &read.allowed_policies),
            (Some(HOUR), Some(true), &role.allowed_policies)
        );
        tokens.put_role("sdk-role", &read).await.unwrap();
        assert_eq!(tokens.read_role("sdk-role").await.unwrap().unwrap(), read);
        assert!(tokens.list_roles().await.unwrap().contains(&"sdk-role".to_owned()));

        let made = tokens.create_with_role("sdk-role", &TokenRequest::new()).await.unwrap().value;
        let token = made.client_token.unwrap();
        let info = tokens.lookup(&token).await.unwrap().unwrap();
        assert_eq!(
            (info.role.as_str(), made.lease_duration, info.path.as_str()),
            ("sdk-role", HOUR, "auth/token/create/sdk-role/sdk")
        );
        tokens.revoke(&token).await.unwrap();
        wrong(tokens.create_with_role("sdk-role", &TokenRequest::with_policies(["sdk-other"])).await);
        for _ in 0..2 {
            tokens.delete_role("sdk-role").await.unwrap();
        }
        missing(tokens.create_with_role("sdk-role", &TokenRequest::new()).await);

        let weak = powerless(&vault).await;
        denied(weak.token().list_roles().await);
        denied(weak.token().put_role("sdk-role", &role).await);
        denied(weak.token().tidy().await);
        denied(weak.token().lookup(&token).await);
        weak.token().revoke_self().await.unwrap();
    });
}
