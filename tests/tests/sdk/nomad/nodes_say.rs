//! What nodes say of themselves.

use nomad_client::Reason;
use nomad_client::allocations::ScheduleState;
use tests::stack;
use tests::wait::until;

use super::{NOTHING, Powerless, SOON, denied, purge, running, service, shared};

#[test]
fn nodes_say_what_they_use_and_keep_notes() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let clients = nomad.clients();
        let node = nomad.nodes().list().await.unwrap().remove(0).id;
        let usage = clients.usage(Some(&node)).await.unwrap();
        let memory = usage.memory.unwrap();
        assert!(memory.total > memory.available && usage.uptime > 0 && !usage.cpu.is_empty());
        assert!(usage.disk_stats.iter().any(|disk| disk.size > disk.used));

        let written =
            clients.update_metadata(Some(&node), &[("sdk_note", Some("one")), ("sdk_other", None)]).await.unwrap();
        assert_eq!(written.meta["sdk_note"], "one");
        let read = clients.metadata(Some(&node)).await.unwrap();
        assert_eq!(read.dynamic["sdk_note"].as_deref(), Some("one"));
        assert!(!read.fixed.contains_key("sdk_note"));
        let gone = clients.update_metadata(Some(&node), &[("sdk_note", None)]).await.unwrap();
        assert!(!gone.meta.contains_key("sdk_note"), "{gone:?}");

        let identity = clients.identity(Some(&node)).await.unwrap();
        assert_eq!((identity.node_id.as_str(), identity.node_pool.as_str()), (node.as_str(), "default"));
        assert!(identity.expires_at > identity.issued_at && !identity.subject.is_empty());
        clients.renew_identity(&node).await.unwrap();

        let away = clients.usage(Some(NOTHING)).await.unwrap_err();
        assert_eq!(away.reason(), Some(&Reason::NoPathToNode), "{away:?}");
        let powerless = Powerless::new(&nomad, "sdk-clients").await;
        let refused = powerless.client.clients();
        denied(refused.usage(Some(&node)).await);
        denied(refused.metadata(Some(&node)).await);
        denied(refused.update_metadata(Some(&node), &[("sdk_note", None)]).await);
        denied(refused.identity(Some(&node)).await);
        denied(refused.renew_identity(&node).await);
        powerless.end(&nomad).await;
    });
}

#[test]
fn allocations_say_what_they_use_and_are_collected() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (allocations, job) = (nomad.allocations(), "sdk-usage");
        nomad.jobs().register(&service(job)).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        // The agents of this stack do not publish what tasks use, so their nodes do not measure it.
        let usage = allocations.usage(&id).await.unwrap();
        assert_eq!(usage.resource_usage.unwrap().memory_stats.unwrap().measured, Vec::<String>::new());
        assert!(allocations.usage_of(&id, "main").await.unwrap().timestamp.is_none());

        // Only Enterprise has schedules.
        let error = allocations.pause_state(&id, "main").await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
        let error = allocations.pause(&id, "main", &ScheduleState::ForcePause).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");

        let error = allocations.collect(&id).await.unwrap_err();
        assert!(error.is_not_found(), "it still runs: {error:?}");
        allocations.restart_all(&id).await.unwrap();
        let powerless = Powerless::new(&nomad, "sdk-usage").await;
        let refused = powerless.client.allocations();
        denied(refused.usage(&id).await);
        denied(refused.collect(&id).await);
        denied(refused.restart_all(&id).await);
        powerless.end(&nomad).await;

        allocations
            .stop_with(&id, &nomad_client::allocations::StopOptions::new().without_shutdown_delay())
            .await
            .unwrap();
        until("it has ended", SOON, async || {
            allocations.read(&id).await.unwrap().client_status.is_terminal().then_some(())
        })
        .await;
        // A node that runs out of space collects by itself, and then knows nothing of it any more.
        until("it is collected", SOON, async || {
            let refused = allocations.collect(&id).await.err();
            assert!(refused.as_ref().is_none_or(nomad_client::Error::is_not_found), "{refused:?}");
            nomad.files().list(&id, "alloc/logs").await.err().filter(nomad_client::Error::is_not_found)
        })
        .await;
        purge(&nomad, job).await;
    });
}
