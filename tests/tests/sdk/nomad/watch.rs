//! Watches and long lists.

use futures_util::{StreamExt as _, TryStreamExt as _};
use nomad_client::ReadOptions;
use tests::stack;

use super::{purge, running, service, shared};

#[test]
fn what_changes_is_watched_and_what_is_long_is_read_in_pages() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let read = ReadOptions::new();
        let mut jobs = nomad.jobs().watch(&read).keyed(|job| job.id.clone());
        jobs.next().await.unwrap().unwrap();
        for id in ["sdk-watch-a", "sdk-watch-b"] {
            nomad.jobs().register(&service(id)).await.unwrap();
            running(&nomad, id, 1).await;
        }
        while !["sdk-watch-a", "sdk-watch-b"].iter().all(|id| jobs.current().keys().any(|key| key == *id)) {
            jobs.next().await.unwrap().unwrap();
        }
        let one = nomad.jobs().watch_one("sdk-watch-a", &read).next().await.unwrap().unwrap().value;
        assert_eq!(one.id.as_deref(), Some("sdk-watch-a"));

        let pages = ReadOptions::new().with_prefix("sdk-watch-").with_page(1, None);
        let ids: Vec<_> = nomad.jobs().stream(&pages).map_ok(|job| job.id).try_collect().await.unwrap();
        assert_eq!(ids.len(), 2, "{ids:?}");
        let back = ReadOptions::new().with_page(2, None).reversed();
        let evaluations: Vec<_> = nomad.evaluations().stream(&back).take(4).try_collect().await.unwrap();
        assert!(evaluations.windows(2).all(|pair| pair[0].create_index >= pair[1].create_index));
        let allocations: Vec<_> = nomad.allocations().stream(&read).try_collect().await.unwrap();
        assert!(allocations.len() >= 2);
        // Those of other tests may be gone in a moment.
        let allocation = allocations.iter().find(|allocation| allocation.job_id == "sdk-watch-a").unwrap();
        let evaluation = nomad.jobs().evaluations("sdk-watch-a").await.unwrap().remove(0);

        let deployments: Vec<_> =
            nomad.deployments().stream(&pages.clone().with_prefix("")).try_collect().await.unwrap();
        let nodes: Vec<_> = nomad.nodes().stream(&read).try_collect().await.unwrap();
        let deployment = deployments.iter().find(|deployment| deployment.job_id == "sdk-watch-a").unwrap();

        assert!(!nomad.allocations().watch(&read).next().await.unwrap().unwrap().value.is_empty());
        assert!(!nomad.evaluations().watch(&read).next().await.unwrap().unwrap().value.is_empty());
        assert!(!nomad.deployments().watch(&read).next().await.unwrap().unwrap().value.is_empty());
        assert!(!nomad.nodes().watch(&read).next().await.unwrap().unwrap().value.is_empty());
        nomad.allocations().watch_one(&allocation.id, &read).next().await.unwrap().unwrap();
        nomad.evaluations().watch_one(&evaluation.id, &read).next().await.unwrap().unwrap();
        nomad.deployments().watch_one(&deployment.id, &read).next().await.unwrap().unwrap();
        nomad.nodes().watch_one(&nodes[0].id, &read).next().await.unwrap().unwrap();
        assert!(!nomad.raw().read("status/leader").await.unwrap().is_null());
        for id in ["sdk-watch-a", "sdk-watch-b"] {
            purge(&nomad, id).await;
        }
    });
}
