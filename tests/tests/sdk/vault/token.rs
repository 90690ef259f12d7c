//! Tokens.

use tests::stack;
use vault_client::Token;
use vault_client::auth::TokenType;
use vault_client::token::TokenRequest;

use super::{HOUR, MINUTE, client, denied, powerless, wrong};

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
        assert!(!made.meta.request_id.is_empty());
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
