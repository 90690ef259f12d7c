//! What tokens may do: clones, what policies and roles come to, templates, and questions about the own token.

use consul_client::acl::{
    AclToken, AuthMethod, Authorization, BindType, BindingRule, Link, LoginOptions, Policy, Role, ServiceIdentity,
    TemplateVariables, roles, tokens,
};
use consul_client::{ReadOptions, Reason};
use serde_json::json;
use tests::stack;

use super::login::Signer;
use super::{
    Granted, NOWHERE, SOON, assert_denied, assert_invalid, assert_refused_here, assert_unknown_token, shared, stranger,
};

const RULES: &str = "key_prefix \"sdk-rights/\" { policy = \"read\" }";

#[test]
fn a_clone_may_do_the_same() {
    stack::run(async {
        let (_, consul) = shared().await;
        let tokens = consul.acl().tokens();
        let reader = Granted::new(&consul, "sdk-clone", RULES).await;
        let twin = tokens.clone_token(&reader.accessor, "sdk-clone-twin").await.unwrap();
        let original = tokens.read(&reader.accessor).await.unwrap().unwrap();
        assert_eq!((&twin.policies, twin.description.as_str()), (&original.policies, "sdk-clone-twin"));
        assert_ne!(twin.accessor_id, original.accessor_id);
        let own = consul.with_token(twin.secret.clone().unwrap());
        assert_eq!(own.kv().read("sdk-rights/none").await.unwrap(), None);
        assert_denied(own.acl().tokens().clone_token(&reader.accessor, "never").await);
        assert!(tokens.clone_token(NOWHERE, "never").await.is_err());
        assert_refused_here(tokens.clone_token("", "never").await);
        tokens.delete(&twin.accessor_id).await.unwrap();
        reader.revoke(&consul).await;
    });
}

#[test]
fn a_token_is_expanded_into_all_that_it_may_do() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (acl, name) = (consul.acl(), "sdk-expanded");
        let policy = acl.policies().create(&Policy::new(name, RULES)).await.unwrap();
        let mut role = Role::new(name);
        role.policies = vec![Link::by_id(&policy.id)];
        role.service_identities = vec![ServiceIdentity::new("sdk-expanded-web")];
        let role = acl.roles().create(&role).await.unwrap();
        let mut token = AclToken::new(name);
        token.roles = vec![Link::by_name(name)];
        let token = acl.tokens().create(&token).await.unwrap();

        let expanded = acl.tokens().read_expanded(&token.accessor_id).await.unwrap().unwrap();
        assert_eq!(expanded.token.accessor_id, token.accessor_id);
        assert!(expanded.expanded_policies.iter().any(|found| found.rules == RULES));
        assert!(expanded.expanded_policies.iter().any(|found| found.rules.contains("sdk-expanded-web")));
        assert_eq!(expanded.expanded_roles, std::slice::from_ref(&role));
        assert_eq!((expanded.agent_default_policy.as_str(), expanded.resolved_by_agent.is_empty()), ("deny", false));
        assert!(acl.tokens().read_expanded(NOWHERE).await.unwrap().is_none());

        // Lists can be narrowed to what belongs together.
        let of_role = tokens::ListOptions::new().with_role(&role.id);
        let found = acl.tokens().list_with(&of_role).await.unwrap().value;
        assert_eq!(found.iter().map(|found| &found.accessor_id).collect::<Vec<_>>(), [&token.accessor_id]);
        let of_policy = tokens::ListOptions::new().with_policy(&policy.id);
        assert!(acl.tokens().list_with(&of_policy).await.unwrap().value.is_empty());
        let of_method = tokens::ListOptions::new().with_auth_method("sdk-nowhere");
        assert!(acl.tokens().list_with(&of_method).await.unwrap().value.is_empty());
        let of_service = tokens::ListOptions::new().with_service("sdk-nowhere");
        assert!(acl.tokens().list_with(&of_service).await.unwrap().value.is_empty());
        let of_policy = roles::ListOptions::new().with_policy(&policy.id);
        assert_eq!(acl.roles().list_with(&of_policy).await.unwrap().value, std::slice::from_ref(&role));

        acl.tokens().delete(&token.accessor_id).await.unwrap();
        acl.roles().delete(&role.id).await.unwrap();
        acl.policies().delete(&policy.id).await.unwrap();
    });
}

#[test]
fn a_change_of_access_control_can_be_waited_for() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (policies, name) = (consul.acl().policies(), "sdk-awaited");
        let mut policy = policies.create(&Policy::new(name, RULES)).await.unwrap();
        let seen = policies.read_with(&policy.id, &ReadOptions::new()).await.unwrap();
        assert_eq!(seen.value.as_ref(), Some(&policy));
        let waiting = ReadOptions::new().waiting(seen.meta.index.unwrap(), SOON);
        policy.description = "changed".to_owned();
        let (woken, changed) = tokio::join!(policies.read_with(&policy.id, &waiting), policies.update(&policy));
        // Others write policies too, and then it wakes as well.
        assert!(woken.unwrap().meta.index > seen.meta.index);
        let changed = changed.unwrap();
        let listed = policies.list_with(&ReadOptions::new()).await.unwrap();
        assert!(listed.meta.index >= Some(changed.modify_index));
        let role = consul.acl().roles().create(&Role::new(name)).await.unwrap();
        assert!(consul.acl().roles().read_with(&role.id, &ReadOptions::new()).await.unwrap().meta.index.is_some());
        consul.acl().roles().delete(&role.id).await.unwrap();
        let token = consul.acl().tokens().create(&AclToken::new(name)).await.unwrap();
        let read = consul.acl().tokens().read_with(&token.accessor_id, &ReadOptions::new()).await.unwrap().unwrap();
        assert!(read.meta.index.is_some() && read.value.accessor_id == token.accessor_id);
        consul.acl().tokens().delete(&token.accessor_id).await.unwrap();
        assert!(consul.acl().tokens().read_with(&token.accessor_id, &ReadOptions::new()).await.unwrap().is_none());
        policies.delete(&policy.id).await.unwrap();
        assert_eq!(policies.read_with(&policy.id, &ReadOptions::new()).await.unwrap().value, None);
    });
}

#[test]
fn a_template_makes_a_policy() {
    stack::run(async {
        let (_, consul) = shared().await;
        let templates = consul.acl().templates();
        let all = templates.list().await.unwrap();
        let service = &all["builtin/service"];
        assert!(
            service.template.contains("service") && service.schema.contains("name") && !service.description.is_empty()
        );
        assert_eq!(&templates.read("builtin/service").await.unwrap(), service);
        assert_invalid(templates.read("builtin/none").await);
        let policy = templates.preview("builtin/service", &TemplateVariables::new("sdk-web")).await.unwrap();
        assert!(policy.rules.contains("\"sdk-web\""), "{}", policy.rules);
        // It belongs to nobody and is nowhere.
        assert_eq!(consul.acl().policies().read_by_name(&policy.name).await.unwrap(), None);
        assert_invalid(templates.preview("builtin/service", &TemplateVariables::default()).await);
        assert_invalid(templates.preview("builtin/none", &TemplateVariables::new("a")).await);
        let nobody = Granted::powerless(&consul, "sdk-template-nobody").await;
        let denied = nobody.client.acl().templates();
        assert_denied(denied.list().await);
        assert_denied(denied.read("builtin/service").await);
        assert_denied(denied.preview("builtin/service", &TemplateVariables::new("a")).await);
        nobody.revoke(&consul).await;
    });
}

#[test]
fn a_token_may_ask_what_it_may_do() {
    stack::run(async {
        let (_, consul) = shared().await;
        let reader = Granted::new(&consul, "sdk-authorize", RULES).await;
        let acl = reader.client.acl();
        let questions = [
            Authorization::new("key", "read").of("sdk-rights/a"),
            Authorization::new("key", "write").of("sdk-rights/a"),
            Authorization::new("operator", "read"),
        ];
        let answers = acl.authorize(&questions).await.unwrap();
        assert_eq!(answers.iter().map(Authorization::is_allowed).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((answers[0].segment.as_str(), answers[2].resource.as_str()), ("sdk-rights/a", "operator"));
        assert!(acl.authorize(&[]).await.unwrap().is_empty());
        assert_invalid(acl.authorize(&[Authorization::new("nothing", "read")]).await);
        assert_invalid(acl.authorize(&vec![questions[0].clone(); 65]).await);
        assert_unknown_token(stranger(&consul).acl().authorize(&questions).await);
        reader.revoke(&consul).await;
    });
}

#[test]
fn a_primary_datacenter_copies_from_nobody() {
    stack::run(async {
        let (_, consul) = shared().await;
        let replication = consul.anonymous().acl().replication().await.unwrap();
        assert!(!replication.enabled && !replication.running && replication.last_success.is_none());
    });
}

#[test]
fn an_auth_method_is_made_once_and_replaced() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (methods, name, signer) = (consul.acl().auth_methods(), "sdk-method-made", Signer::new());
        let method = AuthMethod::new(name, "jwt")
            .with_setting("JWTValidationPubKeys", json!([signer.public_key()]))
            .with_setting("JWTSupportedAlgs", json!(["ES256"]))
            .with_setting("BoundAudiences", json!(["sdk"]));
        let made = methods.create(&method).await.unwrap();
        let mut changed = method.clone();
        changed.description = "again".to_owned();
        let again = methods.create(&changed).await.unwrap();
        assert!(again.create_index == made.create_index && again.modify_index > made.modify_index);
        let read = methods.read_with(name, &ReadOptions::new()).await.unwrap();
        assert_eq!(read.value.unwrap().description, "again");
        assert!(methods.list_with(&ReadOptions::new()).await.unwrap().meta.index.is_some());

        // What is said about a login stands in the description of its token.
        let rules = consul.acl().binding_rules();
        let rule = rules.create(&BindingRule::new(name, BindType::Service, "sdk-method-web")).await.unwrap();
        assert_eq!(rules.read_with(&rule.id, &ReadOptions::new()).await.unwrap().value, Some(rule));
        let bearer = signer.sign(&json!({"sub": "sdk", "aud": "sdk", "nbf": 1_000_000_000, "exp": 4_102_444_800_u64}));
        let options = LoginOptions::new().with_meta("job", "nightly");
        let token = consul.acl().login_with(name, &bearer, &options).await.unwrap();
        assert!(token.description.contains("nightly"), "{}", token.description);
        let of_method = tokens::ListOptions::new().with_auth_method(name);
        assert_eq!(consul.acl().tokens().list_with(&of_method).await.unwrap().value.len(), 1);
        methods.delete(name).await.unwrap();
    });
}

/// Where access control is off, everybody hears so.
#[test]
fn t19_without_access_control_it_says_so() {
    stack::run(async {
        let cluster = tests::cluster::Cluster::start(1).await;
        let consul = cluster.client(0);
        for error in [
            consul.acl().tokens().list().await.unwrap_err(),
            consul.acl().bootstrap(None).await.unwrap_err(),
            consul.acl().replication().await.unwrap_err(),
        ] {
            assert_eq!((error.status(), error.reason()), (Some(401), Some(&Reason::AclDisabled)), "{error:?}");
        }
        cluster.stop().await;
    });
}
