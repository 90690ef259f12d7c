//! Policies, tokens and namespaces.

use std::time::Duration;

use nomad_client::Token;
use nomad_client::acl::{JobAcl, NewToken, Policy, TokenType};
use nomad_client::namespaces::{Capabilities, Namespace};
use nomad_client::variables::Variable;
use tests::stack;

use super::{NOTHING, Powerless, denied, missing, service, shared};

#[test]
fn policies_are_written_read_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (acl, name) = (nomad.acl(), "sdk-policy");
        let powerless = Powerless::new(&nomad, "sdk-policy-powerless").await;
        assert_eq!(acl.policy(name).await.unwrap(), None);
        let mut policy = Policy::new(name, "namespace \"default\" {\n  policy = \"read\"\n}\n");
        policy.description = "of a test".to_owned();
        let mut workload = JobAcl::default();
        (workload.namespace, workload.job_id) = ("default".to_owned(), "sdk-policy-job".to_owned());
        policy.job_acl = Some(workload);
        acl.put_policy(&policy).await.unwrap();

        let read = acl.policy(name).await.unwrap().unwrap();
        assert_eq!(
            (&read.rules, &read.description, &read.job_acl),
            (&policy.rules, &policy.description, &policy.job_acl)
        );
        assert!(read.create_index.0 > 0);
        let stubs = acl.policies().await.unwrap();
        let stub = stubs.iter().find(|stub| stub.name == name).unwrap();
        assert_eq!((&stub.description, stub.modify_index), (&policy.description, read.modify_index));
        let seen: Vec<String> =
            powerless.client.acl().policies().await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(seen, ["sdk-policy-powerless"]);

        let mut replaced = read.clone();
        replaced.description = "replaced".to_owned();
        acl.put_policy(&replaced).await.unwrap();
        let again = acl.policy(name).await.unwrap().unwrap();
        assert_eq!(again.description, "replaced");
        assert!(again.modify_index > read.modify_index);

        let error = acl.put_policy(&Policy::new(name, "nonsense {")).await.unwrap_err();
        assert!(!error.is_denied() && !error.is_not_found() && !error.may_have_applied(), "{error:?}");
        denied(powerless.client.acl().policy(name).await);
        denied(powerless.client.acl().put_policy(&policy).await);
        denied(powerless.client.acl().delete_policy(name).await);
        denied(nomad.with_token(Token::new(NOTHING).unwrap()).acl().policies().await);
        acl.delete_policy(name).await.unwrap();
        assert_eq!(acl.policy(name).await.unwrap(), None);
        acl.delete_policy(name).await.unwrap();
        powerless.end(&nomad).await;
    });
}

#[test]
fn tokens_are_made_used_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (acl, name) = (nomad.acl(), "sdk-token");
        acl.put_policy(&Policy::new(name, "namespace \"default\" {\n  policy = \"read\"\n}\n")).await.unwrap();
        let mut wanted = NewToken::client(name, [name]);
        wanted.expiration_ttl = Some(Duration::from_secs(3600));
        let made = acl.create_token(&wanted).await.unwrap();
        assert_eq!((made.kind.clone(), &made.policies), (TokenType::Client, &vec![name.to_owned()]));
        let lifetime = made.expiration_time.unwrap().duration_since(made.create_time.unwrap());
        assert_eq!(lifetime.as_secs(), 3600);
        let secret = made.secret_id.unwrap();

        let client = nomad.with_token(secret.clone());
        let own = client.acl().token_self().await.unwrap();
        assert_eq!((own.accessor_id, own.name.as_str()), (made.accessor_id.clone(), name));
        // Its policy lets it read jobs, and no more.
        client.jobs().list().await.unwrap();
        denied(client.jobs().register(&service("sdk-token-job")).await);
        denied(client.acl().tokens().await);
        denied(client.acl().token(NOTHING).await);
        denied(client.acl().create_token(&NewToken::management("sdk-token-more")).await);
        denied(client.acl().delete_token(&made.accessor_id).await);

        let read = acl.token(&made.accessor_id).await.unwrap().unwrap();
        assert_eq!(read.secret_id.unwrap().expose(), secret.expose());
        let stubs = acl.tokens().await.unwrap();
        let stub = stubs.iter().find(|stub| stub.accessor_id == made.accessor_id).unwrap();
        assert_eq!((stub.name.as_str(), stub.modify_index), (name, read.modify_index));
        assert_eq!(acl.token_self().await.unwrap().kind, TokenType::Management);

        acl.delete_token(&made.accessor_id).await.unwrap();
        assert!(acl.token(&made.accessor_id).await.unwrap().is_none());
        denied(client.acl().token_self().await);
        acl.delete_policy(name).await.unwrap();
    });
}

#[test]
fn namespaces_are_written_read_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (namespaces, name) = (nomad.namespaces(), "sdk-namespace");
        let powerless = Powerless::new(&nomad, "sdk-namespace-powerless").await;
        assert_eq!(namespaces.read_opt(name).await.unwrap(), None);
        missing(namespaces.read(name).await);
        let mut namespace = Namespace::new(name);
        namespace.description = "of a test".to_owned();
        namespace.meta.insert("owner".to_owned(), "sdk".to_owned());
        let mut capabilities = Capabilities::default();
        capabilities.disabled_task_drivers = vec!["docker".to_owned()];
        namespace.capabilities = Some(capabilities);
        namespaces.put(&namespace).await.unwrap();

        let mut read = namespaces.read(name).await.unwrap();
        assert_eq!((&read.description, &read.meta), (&namespace.description, &namespace.meta));
        assert_eq!(read.capabilities.as_ref().unwrap().disabled_task_drivers, ["docker"]);
        // Hosts, networks and drivers may be forbidden, and what is not known is kept.
        read.capabilities.as_mut().unwrap().enabled_network_modes = vec!["host".to_owned()];
        namespaces.update(name, &read).await.unwrap();
        let read = namespaces.read(name).await.unwrap();
        assert_eq!(read.capabilities.as_ref().unwrap().enabled_network_modes, ["host"]);
        assert!(namespaces.update("sdk-other", &read).await.is_err(), "it has another name");
        assert_eq!(namespaces.read_opt(name).await.unwrap().as_ref(), Some(&read));
        let all = namespaces.list().await.unwrap();
        assert!(all.contains(&read) && all.iter().any(|namespace| namespace.name == "default"), "{all:?}");
        assert!(!powerless.client.namespaces().list().await.unwrap().iter().any(|seen| seen.name == name));
        denied(powerless.client.namespaces().read(name).await);
        denied(powerless.client.namespaces().put(&namespace).await);
        denied(powerless.client.namespaces().delete(name).await);

        // What is in a namespace is seen there only, and keeps it.
        let inside = nomad.in_namespace(name);
        let mut variable = Variable::new("sdk/inside");
        variable.items.insert("key", "value");
        let written = inside.variables().put(&variable).await.unwrap();
        assert_eq!(written.namespace.as_deref(), Some(name));
        assert!(nomad.variables().read("sdk/inside").await.unwrap().is_none());
        let everywhere = nomad.in_namespace("*").variables().list("sdk/inside").await.unwrap();
        assert_eq!(everywhere.len(), 1);
        let error = namespaces.delete(name).await.unwrap_err();
        assert!(!error.is_not_found() && !error.is_denied(), "{error:?}");
        inside.variables().delete("sdk/inside").await.unwrap();
        namespaces.delete(name).await.unwrap();
        assert_eq!(namespaces.read_opt(name).await.unwrap(), None);
        powerless.end(&nomad).await;
    });
}
