//! Jobs that others are launched from.

use bytes::Bytes;
use nomad_client::Reason;
use nomad_client::allocations::{ClientStatus, LogKind, LogOptions};
use nomad_client::job::{DispatchPayload, Parameterized, Periodic};
use nomad_client::jobs::DispatchOptions;
use tests::stack;
use tests::wait::until;

use super::{SOON, batch, denied, missing, purge, running, service, shared};

#[test]
fn a_periodic_job_is_launched_at_once() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-periodic");
        let mut job = batch(id, "exit 0");
        let mut periodic = Periodic::default();
        periodic.specs = vec!["0 0 1 1 *".to_owned()];
        job.periodic = Some(periodic);
        assert_eq!(jobs.register(&job).await.unwrap().eval_id, None);
        denied(nomad.anonymous().jobs().periodic_force(id).await);
        let eval = jobs.periodic_force(id).await.unwrap().unwrap();
        let child = nomad.evaluations().read(&eval).await.unwrap().job_id;
        assert!(child.starts_with("sdk-periodic/periodic-"), "{child}");
        // A slash in an id must not become a part of the path.
        assert_eq!(jobs.read(&child).await.unwrap().parent_id.as_deref(), Some(id));
        missing(jobs.periodic_force("sdk-no-such-job").await);
        let plain = service("sdk-not-periodic");
        jobs.register(&plain).await.unwrap();
        let error = jobs.periodic_force("sdk-not-periodic").await.unwrap_err();
        assert!(error.status().is_some() && !error.is_not_found() && !error.is_denied(), "{error:?}");
        for job in ["sdk-not-periodic", id, child.as_str()] {
            purge(&nomad, job).await;
        }
    });
}

#[test]
fn a_parameterized_job_is_dispatched() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, allocations, id) = (nomad.jobs(), nomad.allocations(), "sdk-dispatched");
        // It waits to be told to end: of what has ended, a node that runs out of space forgets the log at once.
        let script =
            "trap 'exit 0' USR1; cat local/payload; printf -- \"-$NOMAD_META_LABEL\"; while :; do sleep 0.1; done";
        let mut job = batch(id, script);
        let mut parameterized = Parameterized::default();
        parameterized.payload = "required".to_owned();
        parameterized.meta_optional = vec!["label".to_owned()];
        job.parameterized_job = Some(parameterized);
        let mut file = DispatchPayload::default();
        file.file = "payload".to_owned();
        job.task_groups[0].tasks[0].dispatch_payload = Some(file);
        assert_eq!(jobs.register(&job).await.unwrap().eval_id, None);

        let mut options = DispatchOptions::new();
        options.payload = Some(Bytes::from_static(b"bytes\xff"));
        options.meta.insert("label".to_owned(), "seen".to_owned());
        options.idempotency_token = Some("sdk-once".to_owned());
        let first = jobs.dispatch(id, &options).await.unwrap();
        assert!(
            first.eval_id.is_some() && first.dispatched_job_id.starts_with("sdk-dispatched/dispatch-"),
            "{first:?}"
        );
        let again = jobs.dispatch(id, &options).await.unwrap();
        assert_eq!((&again.dispatched_job_id, again.eval_id), (&first.dispatched_job_id, None));
        let child = jobs.read(&first.dispatched_job_id).await.unwrap();
        assert_eq!((child.payload, child.dispatched), (options.payload.clone(), true));
        assert_eq!(child.meta["label"], "seen");

        let second = jobs.dispatch_payload(id, &b"plain"[..]).await.unwrap();
        for (child, text) in [(&first, &b"bytes\xff-seen"[..]), (&second, b"plain-")] {
            let allocation = running(&nomad, &child.dispatched_job_id, 1).await.remove(0).id;
            until("all that it has written is there", SOON, async || {
                let options = LogOptions::new();
                let log = allocations.logs(&allocation, "main", LogKind::Stdout, &options).await.ok()?;
                (log == text).then_some(())
            })
            .await;
            allocations.signal(&allocation, None, "SIGUSR1").await.unwrap();
            until("the dispatched job ends well", SOON, async || {
                let read = allocations.read(&allocation).await.ok()?;
                (read.client_status == ClientStatus::Complete).then_some(())
            })
            .await;
        }

        let error = jobs.dispatch(id, &DispatchOptions::new()).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
        missing(jobs.dispatch_payload("sdk-no-such-job", &b"x"[..]).await);
        denied(nomad.anonymous().jobs().dispatch(id, &options).await);
        denied(nomad.anonymous().jobs().dispatch_payload(id, &b"x"[..]).await);
        for job in [&first.dispatched_job_id, &second.dispatched_job_id, id] {
            purge(&nomad, job).await;
        }
    });
}
