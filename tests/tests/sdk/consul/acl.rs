//! Policies, roles, tokens, auth methods and binding rules.

use std::time::Duration;

use consul_client::acl::{
    AclToken, AuthMethod, BindType, BindingRule, Link, NodeIdentity, Policy, Role, ServiceIdentity, TemplatedPolicy,
    binding_rules,
};
use consul_client::{Client, Reason, Token};
use serde_json::json;
use tests::stack;

use super::login::Signer;
use super::{
    Granted, NOWHERE, assert_conflict, assert_denied, assert_refused_here, assert_unknown_token, shared, stranger,
};

const RULES: &str = "key_prefix \"sdk-acl/\" { policy = \"read\" }";

#[test]
fn a_policy_is_made_changed_and_deleted() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (policies, name) = (consul.acl().policies(), "sdk-policy");
        assert_eq!(policies.read_by_name(name).await.unwrap(), None);
        assert_eq!(policies.read(NOWHERE).await.unwrap(), None);
        let mut policy = policies.create(&Policy::new(name, RULES)).await.unwrap();
        assert_eq!((policy.name.as_str(), policy.rules.as_str()), (name, RULES));
        assert_eq!(policies.read(&policy.id).await.unwrap().as_ref(), Some(&policy));
        assert_eq!(policies.read_by_name(name).await.unwrap().as_ref(), Some(&policy));
        assert_conflict(policies.create(&Policy::new(name, RULES)).await);
        let wrong = policies.create(&Policy::new("sdk-policy-wrong", "key = 1")).await.unwrap_err();
        assert!(wrong.status().is_some() && !wrong.is_conflict() && !wrong.is_denied(), "{wrong:?}");

        policy.description = "changed".to_owned();
        policy.rules = String::from("key \"sdk-acl\" { policy = \"deny\" }");
        let changed = policies.update(&policy).await.unwrap();
        assert_eq!((&changed.description, &changed.rules), (&policy.description, &policy.rules));
        assert!(changed.modify_index > policy.modify_index && changed.hash != policy.hash);
        let stubs = policies.list().await.unwrap();
        let stub = stubs.iter().find(|stub| stub.id == policy.id).unwrap();
        assert_eq!((stub.name.as_str(), &stub.hash), (name, &changed.hash));
        assert_refused_here(policies.update(&Policy::new(name, RULES)).await);

        policies.delete(&policy.id).await.unwrap();
        assert_eq!(policies.read(&policy.id).await.unwrap(), None);
        assert!(policies.list().await.unwrap().iter().all(|stub| stub.id != policy.id));
        policies.delete(&policy.id).await.unwrap();
    });
}

#[test]
fn a_role_is_made_changed_and_deleted() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (roles, policies, name) = (consul.acl().roles(), consul.acl().policies(), "sdk-role");
        let policy = policies.create(&Policy::new("sdk-role-policy", RULES)).await.unwrap();
        assert_eq!(roles.read_by_name(name).await.unwrap(), None);
        assert_eq!(roles.read(NOWHERE).await.unwrap(), None);
        let mut role = Role::new(name);
        role.policies = vec![Link::by_name("sdk-role-policy")];
        role.service_identities = vec![ServiceIdentity::new("sdk-web")];
        let mut role = roles.create(&role).await.unwrap();
        assert_eq!((role.policies[0].id.as_str(), role.policies[0].name.as_str()), (&*policy.id, &*policy.name));
        assert_eq!(role.service_identities, [ServiceIdentity::new("sdk-web")]);
        assert_eq!(roles.read(&role.id).await.unwrap().as_ref(), Some(&role));
        assert_eq!(roles.read_by_name(name).await.unwrap().as_ref(), Some(&role));
        assert!(roles.list().await.unwrap().contains(&role));
        assert_conflict(roles.create(&Role::new(name)).await);

        role.description = "changed".to_owned();
        role.policies.clear();
        role.service_identities.clear();
        role.node_identities = vec![NodeIdentity::new("sdk-node", "dc1")];
        role.templated_policies = vec![TemplatedPolicy::new("builtin/service", "sdk-api")];
        let changed = roles.update(&role).await.unwrap();
        assert!(changed.policies.is_empty() && changed.service_identities.is_empty());
        assert_eq!((&changed.description, &changed.node_identities), (&role.description, &role.node_identities));
        let templated = &changed.templated_policies[0];
        assert_eq!(templated.template_name, "builtin/service");
        assert_eq!(templated.template_variables.as_ref().unwrap().name, "sdk-api");
        assert_refused_here(roles.update(&Role::new(name)).await);

        roles.delete(&role.id).await.unwrap();
        assert_eq!(roles.read(&role.id).await.unwrap(), None);
        roles.delete(&role.id).await.unwrap();
        policies.delete(&policy.id).await.unwrap();
    });
}

#[test]
fn a_token_is_made_changed_and_revoked() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (tokens, policies) = (consul.acl().tokens(), consul.acl().policies());
        let policy = policies.create(&Policy::new("sdk-token-policy", RULES)).await.unwrap();
        consul.kv().put("sdk-acl/token", "x").await.unwrap();
        let mut new = AclToken::new("sdk-token");
        new.expiration_ttl = Some(Duration::from_secs(3600));
        new.secret = Some(Token::new("5d0c0ffe-e000-4000-8000-000000000002").unwrap());
        let mut token = tokens.create(&new).await.unwrap();
        let secret = token.secret.clone().unwrap();
        assert_eq!(secret.expose(), new.secret.unwrap().expose());
        assert!(token.expiration_time > token.create_time && token.create_time.is_some());
        let own = consul.with_token(secret);
        assert_denied(own.kv().read("sdk-acl/token").await);

        token.description = "changed".to_owned();
        token.policies = vec![Link::by_id(&policy.id)];
        let changed = tokens.update(&token).await.unwrap();
        assert_eq!((changed.description.as_str(), changed.policies[0].name.as_str()), ("changed", &*policy.name));
        assert_eq!(own.kv().read("sdk-acl/token").await.unwrap().unwrap().value, "x");
        let read = tokens.read(&token.accessor_id).await.unwrap().unwrap();
        assert_eq!((&read.hash, read.modify_index), (&changed.hash, changed.modify_index));
        assert_eq!(own.acl().tokens().read_self().await.unwrap().accessor_id, token.accessor_id);
        let listed = tokens.list().await.unwrap();
        assert!(listed.iter().any(|listed| listed.accessor_id == token.accessor_id && listed.hash == changed.hash));
        assert_refused_here(tokens.update(&AclToken::new("sdk-token")).await);
        assert!(tokens.create(&{ changed }).await.is_err(), "an accessor twice");

        tokens.delete(&token.accessor_id).await.unwrap();
        assert!(tokens.read(&token.accessor_id).await.unwrap().is_none());
        assert_unknown_token(own.acl().tokens().read_self().await);
        tokens.delete(&token.accessor_id).await.unwrap();
        policies.delete(&policy.id).await.unwrap();
        consul.kv().delete("sdk-acl/token").await.unwrap();
    });
}

#[test]
fn an_auth_method_has_its_rules() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (methods, rules, name) = (consul.acl().auth_methods(), consul.acl().binding_rules(), "sdk-method");
        let of_method = binding_rules::ListOptions::new().with_auth_method(name);
        assert_eq!(methods.read(name).await.unwrap(), None);
        assert_eq!(rules.read(NOWHERE).await.unwrap(), None);
        assert!(rules.list_with(&of_method).await.unwrap().value.is_empty());
        let mut method =
            AuthMethod::new(name, "jwt").with_setting("JWTValidationPubKeys", json!([Signer::new().public_key()]));
        method.max_token_ttl = Some(Duration::from_secs(600));
        let made = methods.put(&method).await.unwrap();
        assert_eq!((made.name.as_str(), made.kind.as_str(), made.max_token_ttl), (name, "jwt", method.max_token_ttl));
        method.description = "changed".to_owned();
        let changed = methods.put(&method).await.unwrap();
        assert!(changed.modify_index > made.modify_index && changed.create_index == made.create_index);
        let read = methods.read(name).await.unwrap().unwrap();
        assert_eq!((&read.description, &read.config), (&method.description, &method.config));
        let stubs = methods.list().await.unwrap();
        let stub = stubs.iter().find(|stub| stub.name == name).unwrap();
        assert_eq!((stub.max_token_ttl, stub.description.as_str()), (method.max_token_ttl, "changed"));
        assert!(methods.put(&AuthMethod::new("sdk-method-wrong", "jwt")).await.is_err(), "no keys at all");

        let new = BindingRule::new(name, BindType::Service, "sdk-web");
        let mut rule = rules.create(&new).await.unwrap();
        assert_eq!(
            (rule.auth_method.as_str(), &rule.bind_type, &*rule.bind_name),
            (name, &BindType::Service, "sdk-web")
        );
        assert_eq!(rules.read(&rule.id).await.unwrap().as_ref(), Some(&rule));
        rule.bind_type = BindType::Role;
        rule.bind_name = "sdk-role-of-method".to_owned();
        rule.description = "changed".to_owned();
        let changed = rules.update(&rule).await.unwrap();
        assert_eq!((&changed.bind_type, &changed.description), (&BindType::Role, &rule.description));
        let other = rules.create(&new).await.unwrap();
        assert_eq!(rules.list_with(&of_method).await.unwrap().value.len(), 2);
        assert!(rules.list().await.unwrap().contains(&changed));
        let nowhere = rules.create(&BindingRule::new("sdk-nowhere", BindType::Service, "a")).await.unwrap_err();
        assert!(nowhere.is_not_found(), "{nowhere:?}");
        assert_refused_here(rules.update(&new).await);
        rules.delete(&rule.id).await.unwrap();
        assert_eq!(rules.read(&rule.id).await.unwrap(), None);
        rules.delete(&rule.id).await.unwrap();

        // The rest goes with the method.
        methods.delete(name).await.unwrap();
        assert_eq!(methods.read(name).await.unwrap(), None);
        assert_eq!(rules.read(&other.id).await.unwrap(), None);
        methods.delete(name).await.unwrap();
    });
}

#[test]
fn access_control_is_for_those_who_may() {
    stack::run(async {
        let (_, consul) = shared().await;
        let nobody = Granted::powerless(&consul, "sdk-acl-nobody").await;
        let acl = nobody.client.acl();
        assert_eq!(acl.tokens().read_self().await.unwrap().accessor_id, nobody.accessor);
        assert_denied(acl.tokens().list().await);
        assert_denied(acl.tokens().read(NOWHERE).await);
        assert_denied(acl.tokens().create(&AclToken::new("never")).await);
        assert_denied(acl.tokens().delete(NOWHERE).await);
        assert_denied(acl.policies().list().await);
        assert_denied(acl.policies().read(NOWHERE).await);
        assert_denied(acl.policies().read_by_name("global-management").await);
        assert_denied(acl.policies().create(&Policy::new("never", RULES)).await);
        assert_denied(acl.policies().delete(NOWHERE).await);
        assert_denied(acl.roles().list().await);
        assert_denied(acl.roles().read(NOWHERE).await);
        assert_denied(acl.roles().create(&Role::new("never")).await);
        assert_denied(acl.roles().delete(NOWHERE).await);
        assert_denied(acl.auth_methods().list().await);
        assert_denied(acl.auth_methods().read("sdk-nowhere").await);
        assert_denied(acl.auth_methods().put(&AuthMethod::new("never", "jwt")).await);
        assert_denied(acl.auth_methods().delete("sdk-nowhere").await);
        assert_denied(acl.binding_rules().list().await);
        assert_denied(acl.binding_rules().read(NOWHERE).await);
        assert_denied(acl.binding_rules().create(&BindingRule::new("never", BindType::Role, "a")).await);
        assert_denied(acl.binding_rules().delete(NOWHERE).await);
        nobody.revoke(&consul).await;
        let stranger = stranger(&consul).acl();
        assert_unknown_token(stranger.tokens().read(NOWHERE).await);
        assert_unknown_token(stranger.policies().list().await);
    });
}

/// The number that allows one more bootstrap.
async fn reset_index(consul: &Client) -> u64 {
    let error = consul.anonymous().acl().bootstrap(None).await.unwrap_err();
    match error.reason() {
        Some(Reason::AlreadyBootstrapped { reset_index: Some(index) }) => *index,
        other => panic!("{other:?} in {error:?}"),
    }
}

#[test]
fn access_control_is_bootstrapped_once_for_each_reset() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let consul = &live.stack().clients().consul;
        let anyone = consul.anonymous().acl();
        let chosen = Token::new("5d0c0ffe-e000-4000-8000-000000000003").unwrap();
        for secret in [None, Some(&chosen)] {
            let index = reset_index(consul).await;
            let file = live.stack().data_dir().join("consul/data/acl-bootstrap-reset");
            std::fs::write(&file, index.to_string()).unwrap();
            let token = anyone.bootstrap(secret).await.unwrap();
            let made = token.secret.unwrap();
            assert!(secret.is_none_or(|secret| secret.expose() == made.expose()));
            assert_eq!(token.policies[0].name, "global-management");
            let own = consul.with_token(made).acl().tokens().read_self().await.unwrap();
            assert_eq!(own.accessor_id, token.accessor_id);
            assert!(!file.exists() && reset_index(consul).await > index);
            consul.acl().tokens().delete(&token.accessor_id).await.unwrap();
        }
    });
}
