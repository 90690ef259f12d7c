//! Nomad's own service registry, and the checks of what is in it.

use std::time::Duration;

use nomad_client::ReadOptions;
use nomad_client::allocations::{CheckMode, CheckStatus};
use nomad_client::job::{Check, Service};
use tests::stack;
use tests::wait::until;

use super::{NOTHING, Powerless, SOON, denied, purge, running, service, shared};

#[test]
fn services_are_listed_chosen_checked_and_deleted() {
    stack::run(async {
        let (live, nomad) = shared().await;
        let (services, job, name) = (nomad.services(), "sdk-registry", "sdk-registry-web");
        let address = live.stack().address(lattice_deploy::servers::Product::Nomad);
        let (host, port) = address.trim_start_matches("http://").rsplit_once(':').unwrap();
        let mut wanted = service(job);
        let mut web = Service::new(name, port);
        web.provider = "nomad".to_owned();
        web.address = host.to_owned();
        web.tags = vec!["sdk".to_owned()];
        // What is checked is the agent that runs the check.
        let mut check = Check::http("/v1/agent/health", Duration::from_secs(2), Duration::from_secs(1));
        check.name = "answers".to_owned();
        web.checks = vec![check];
        wanted.task_groups[0].count = Some(2);
        wanted.task_groups[0].services = vec![web];
        nomad.jobs().register(&wanted).await.unwrap();
        let allocations = running(&nomad, job, 2).await;
        let instances = until("both are registered", SOON, async || {
            let all = services.read(name).await.unwrap();
            (all.len() == 2).then_some(all)
        })
        .await;
        assert_eq!((instances[0].address.as_str(), instances[0].port.to_string().as_str()), (host, port));
        assert_eq!((instances[0].tags.as_slice(), instances[0].job_id.as_str()), (&["sdk".to_owned()][..], job));
        let listed = services.list().await.unwrap();
        assert!(listed.iter().any(|space| space.services.iter().any(|stub| stub.service_name == name)));
        let page = services.read_with(name, &ReadOptions::new().with_page(1, None)).await.unwrap();
        assert!(page.value.len() == 1 && page.meta.next_token.is_some() && page.meta.index.is_some());

        let chosen = services.choose(name, 1, "worker 7|a").await.unwrap();
        assert_eq!(chosen.len(), 1);
        assert_eq!(services.choose(name, 1, "worker 7|a").await.unwrap(), chosen);
        assert_eq!(services.choose(name, 5, "worker").await.unwrap().len(), 2);
        assert!(services.choose("sdk-registry-none", 1, "a").await.unwrap().is_empty());

        let id = &allocations[0].id;
        let own = nomad.allocations().services(id).await.unwrap();
        assert_eq!((own.len(), own[0].alloc_id.as_str()), (1, id.as_str()));
        let results = until("the check has run", SOON, async || {
            let results = nomad.allocations().checks(id).await.unwrap();
            results.values().any(|result| result.status == CheckStatus::Success).then_some(results)
        })
        .await;
        let result = results.values().next().unwrap();
        assert_eq!((result.check.as_str(), result.service.as_str(), result.status_code), ("answers", name, 200));
        assert!(result.mode == CheckMode::Healthiness && result.timestamp.is_some());
        assert_eq!(nomad.allocations().node_checks(id).await.unwrap().len(), 1);
        assert!(nomad.allocations().checks(NOTHING).await.unwrap_err().is_not_found());

        let powerless = Powerless::new(&nomad, "sdk-registry").await;
        denied(powerless.client.services().list().await);
        denied(powerless.client.services().read(name).await);
        denied(powerless.client.services().delete(name, &own[0].id).await);
        denied(powerless.client.allocations().checks(id).await);
        denied(powerless.client.allocations().services(id).await);
        powerless.end(&nomad).await;

        services.delete(name, &own[0].id).await.unwrap();
        assert!(nomad.allocations().services(id).await.unwrap().is_empty());
        assert!(services.delete(name, "none").await.unwrap_err().is_not_found());
        purge(&nomad, job).await;
    });
}
