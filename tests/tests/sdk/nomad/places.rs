//! Where tasks run: allocations, evaluations, nodes and Nomad's own services.

use nomad_client::ReadOptions;
use nomad_client::allocations::{ClientStatus, DesiredStatus, LogKind, LogOptions, Origin};
use nomad_client::evaluations::EvaluationStatus;
use nomad_client::job::{Network, Port, Service};
use nomad_client::nodes::{Eligibility, NodeStatus};
use nomad_client::{Client, Reason};
use tests::stack;
use tests::wait::until;

use super::{NOTHING, Powerless, SOON, denied, missing, purge, running, service, shared};

/// Waits until a task has written exactly this.
async fn written(nomad: &Client, id: &str, text: &str) {
    until(&format!("the task has written {text:?}"), SOON, async || {
        let log = nomad.allocations().logs(id, "main", LogKind::Stdout, &LogOptions::new()).await.ok()?;
        (log == text).then_some(())
    })
    .await;
}

#[test]
fn allocations_are_read_signalled_restarted_and_stopped() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (allocations, job) = (nomad.allocations(), "sdk-allocation");
        nomad.jobs().register(&service(job)).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        let read = allocations.read(&id).await.unwrap();
        assert_eq!((read.job_id.as_str(), read.name.as_str()), (job, "sdk-allocation.main[0]"));
        assert_eq!(allocations.read_opt(&id).await.unwrap().unwrap().id, id);
        let answer = allocations.read_with(&id, &ReadOptions::new()).await.unwrap();
        assert!(answer.meta.index.unwrap() >= answer.value.modify_index);
        assert!(allocations.list().await.unwrap().iter().any(|stub| stub.id == id));
        let options = ReadOptions::new().with_filter(format!("JobID == {job:?}"));
        assert_eq!(allocations.list_with(&options).await.unwrap().value.len(), 1);

        written(&nomad, &id, "begun\n").await;
        let tail = LogOptions::new().from(Origin::End, 3);
        until("the other output is there too", SOON, async || {
            (allocations.logs(&id, "main", LogKind::Stderr, &tail).await.ok()? == "ps\n").then_some(())
        })
        .await;
        allocations.signal(&id, Some("main"), "SIGHUP").await.unwrap();
        written(&nomad, &id, "begun\nhup\n").await;
        allocations.signal(&id, None, "SIGHUP").await.unwrap();
        written(&nomad, &id, "begun\nhup\nhup\n").await;
        allocations.restart(&id, Some("main")).await.unwrap();
        written(&nomad, &id, "begun\nhup\nhup\nbegun\n").await;
        allocations.restart(&id, None).await.unwrap();
        written(&nomad, &id, "begun\nhup\nhup\nbegun\nbegun\n").await;

        let powerless = Powerless::new(&nomad, "sdk-allocations").await;
        let refused = powerless.client.allocations();
        denied(refused.list().await);
        // What a token may not read does not exist for it.
        missing(refused.read(&id).await);
        denied(refused.restart(&id, None).await);
        denied(refused.signal(&id, None, "SIGHUP").await);
        denied(refused.stop(&id).await);
        denied(refused.logs(&id, "main", LogKind::Stdout, &LogOptions::new()).await);
        powerless.end(&nomad).await;

        let eval = allocations.stop(&id).await.unwrap().unwrap();
        assert_eq!(nomad.evaluations().read(&eval).await.unwrap().triggered_by, "alloc-stop");
        until("the stopped allocation is replaced", SOON, async || {
            let stopped = allocations.read(&id).await.unwrap();
            let over = stopped.desired_status == DesiredStatus::Stop && stopped.client_status == ClientStatus::Complete;
            stopped.next_allocation.filter(|_| over)
        })
        .await;
        purge(&nomad, job).await;
    });
}

#[test]
fn an_allocation_or_evaluation_that_is_not_there() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let allocations = nomad.allocations();
        assert_eq!(allocations.read_opt(NOTHING).await.unwrap(), None);
        missing(allocations.read(NOTHING).await);
        missing(allocations.stop(NOTHING).await);
        missing(allocations.restart(NOTHING, None).await);
        missing(allocations.signal(NOTHING, None, "SIGHUP").await);
        missing(allocations.logs(NOTHING, "main", LogKind::Stdout, &LogOptions::new()).await);
        assert_eq!(nomad.evaluations().read_opt(NOTHING).await.unwrap(), None);
        missing(nomad.evaluations().read(NOTHING).await);
        assert_eq!(nomad.evaluations().allocations(NOTHING).await.unwrap(), []);
    });
}

#[test]
fn evaluations_tell_what_was_placed() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (evaluations, job) = (nomad.evaluations(), "sdk-evaluation");
        let id = nomad.jobs().register(&service(job)).await.unwrap().eval_id.unwrap();
        let allocation = running(&nomad, job, 1).await.remove(0);
        let read = until("the evaluation is over", SOON, async || {
            Some(evaluations.read(&id).await.unwrap()).filter(|evaluation| evaluation.status.is_terminal())
        })
        .await;
        assert_eq!((read.status, read.triggered_by.as_str()), (EvaluationStatus::Complete, "job-register"));
        assert_eq!(evaluations.read_opt(&id).await.unwrap().unwrap().job_id, job);
        assert!(evaluations.read_with(&id, &ReadOptions::new()).await.unwrap().meta.index.is_some());
        let again = nomad.jobs().evaluate(job).await.unwrap().eval_id.unwrap();
        assert_eq!(evaluations.read_related(&again, &ReadOptions::new()).await.unwrap().value.id, again);
        assert!(evaluations.list().await.unwrap().iter().any(|evaluation| evaluation.id == id));
        let counted = ReadOptions::new().with_filter(format!("JobID == {job:?}"));
        assert!(evaluations.count().await.unwrap() >= evaluations.count_with(&counted).await.unwrap().value);
        let placed = evaluations.allocations(&id).await.unwrap();
        assert_eq!((placed.len(), &placed[0].id), (1, &allocation.id));
        let options = ReadOptions::new().with_filter(format!("JobID == {job:?}"));
        let found = evaluations.list_with(&options).await.unwrap().value;
        assert!(found.iter().any(|evaluation| evaluation.id == id), "{found:?}");

        let powerless = Powerless::new(&nomad, "sdk-evaluations").await;
        denied(powerless.client.evaluations().list_with(&ReadOptions::new()).await);
        denied(powerless.client.evaluations().read(&id).await);
        denied(powerless.client.evaluations().count().await);
        denied(powerless.client.evaluations().delete(&[&id]).await);
        denied(powerless.client.evaluations().allocations(&id).await);
        powerless.end(&nomad).await;
        purge(&nomad, job).await;
    });
}

#[test]
fn nodes_are_read_with_what_runs_on_them() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (nodes, job) = (nomad.nodes(), "sdk-node");
        nomad.jobs().register(&service(job)).await.unwrap();
        let allocation = running(&nomad, job, 1).await.remove(0);
        let stubs = nodes.list().await.unwrap();
        assert_eq!((stubs.len(), &stubs[0].status), (1, &NodeStatus::Ready));
        let id = &stubs[0].id;
        assert_eq!(id, &allocation.node_id);
        let some = ReadOptions::new().with_prefix(&id[..8]).with_filter("Status == \"ready\"");
        assert_eq!(nodes.list_with(&some).await.unwrap().value.len(), 1);
        let node = nodes.read(id).await.unwrap();
        assert_eq!(node.scheduling_eligibility, Eligibility::Eligible);
        assert!(node.drivers["raw_exec"].healthy && node.node_resources.is_some() && !node.events.is_empty());
        assert_eq!(nodes.read_opt(id).await.unwrap().unwrap().name, stubs[0].name);
        assert!(nodes.read_with(id, &ReadOptions::new()).await.unwrap().meta.index.is_some());
        let on_it = nodes.allocations(id).await.unwrap();
        let found = on_it.iter().find(|found| found.id == allocation.id).unwrap();
        assert_eq!(found.job.as_ref().unwrap().id.as_deref(), Some(job));
        assert_eq!(nodes.read_opt(NOTHING).await.unwrap(), None);
        missing(nodes.read(NOTHING).await);
        missing(nodes.set_eligibility(NOTHING, Eligibility::Eligible).await);

        let powerless = Powerless::new(&nomad, "sdk-nodes").await;
        denied(powerless.client.nodes().list().await);
        denied(powerless.client.nodes().read(id).await);
        denied(powerless.client.nodes().allocations(id).await);
        denied(powerless.client.nodes().set_eligibility(id, Eligibility::Eligible).await);
        powerless.end(&nomad).await;
        purge(&nomad, job).await;
    });
}

#[test]
fn services_are_listed_with_their_instances() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (services, id) = (nomad.services(), "sdk-service");
        assert_eq!(services.read(id).await.unwrap(), []);
        let mut job = service(id);
        let mut network = Network::default();
        network.dynamic_ports = vec![Port::dynamic("web")];
        let mut registered = Service::new(id, "web");
        registered.provider = "nomad".to_owned();
        registered.tags = vec!["one".to_owned(), "two".to_owned()];
        job.task_groups[0].networks = vec![network];
        job.task_groups[0].services = vec![registered];
        nomad.jobs().register(&job).await.unwrap();
        let allocation = running(&nomad, id, 1).await.remove(0);
        let mut instance =
            until("the service is registered", SOON, async || services.read(id).await.unwrap().pop()).await;
        assert_eq!((instance.job_id.as_str(), &instance.alloc_id), (id, &allocation.id));
        instance.tags.sort_unstable();
        assert!(instance.tags == ["one", "two"] && instance.port > 0 && !instance.address.is_empty(), "{instance:?}");
        let answer = services.read_with(id, &ReadOptions::new()).await.unwrap();
        assert_eq!((&answer.value[0].id, answer.meta.index.is_some()), (&instance.id, true));
        let all = services.list().await.unwrap();
        let stub = all.iter().flat_map(|namespace| &namespace.services).find(|stub| stub.service_name == id).unwrap();
        // The server counts them out of a map.
        assert!(
            stub.tags.len() == 2 && ["one", "two"].iter().all(|tag| stub.tags.contains(&(*tag).into())),
            "{stub:?}"
        );
        assert!(!services.list_with(&ReadOptions::new()).await.unwrap().value.is_empty());

        let powerless = Powerless::new(&nomad, "sdk-services").await;
        denied(powerless.client.services().list().await);
        denied(powerless.client.services().read(id).await);
        let unknown = powerless.client.with_token(nomad_client::Token::new(NOTHING).unwrap());
        let error = unknown.services().read(id).await.unwrap_err();
        assert!(matches!(error.reason(), Some(Reason::PermissionDenied | Reason::TokenNotFound)), "{error:?}");
        powerless.end(&nomad).await;
        purge(&nomad, id).await;
        until("the service is gone", SOON, async || services.read(id).await.unwrap().is_empty().then_some(())).await;
    });
}
