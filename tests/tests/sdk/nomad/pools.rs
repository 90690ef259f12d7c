//! Node pools, scaling policies, search, and the configuration of the servers.

use nomad_client::node_pools::NodePool;
use nomad_client::operator::SchedulerAlgorithm;
use nomad_client::scaling::PoliciesOptions;
use nomad_client::search::Context;
use nomad_client::{ReadOptions, Resolved};
use tests::stack;

use super::{NOTHING, Powerless, denied, missing, purge, running, service, shared};

#[test]
fn node_pools_are_written_read_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (pools, name) = (nomad.node_pools(), "sdk-pool");
        assert_eq!(pools.read_opt(name).await.unwrap(), None);
        missing(pools.read(name).await);
        let mut pool = NodePool::new(name);
        pool.description = "of a test".to_owned();
        pools.put(&pool).await.unwrap();
        let mut read = pools.read_with(name, &ReadOptions::new()).await.unwrap().value;
        assert!(read.description == "of a test" && read.create_index.0 > 0, "{read:?}");
        read.meta.insert("owner".to_owned(), "sdk".to_owned());
        pools.update(name, &read).await.unwrap();
        assert_eq!(pools.read(name).await.unwrap().meta["owner"], "sdk");
        assert!(pools.update("sdk-other", &read).await.is_err(), "it has another name");
        let all = pools.list().await.unwrap();
        assert!(all.iter().any(|pool| pool.name == name) && all.iter().any(|pool| pool.name == "default"), "{all:?}");
        let some = pools.list_with(&ReadOptions::new().with_prefix("sdk-pool")).await.unwrap();
        assert_eq!(some.value.len(), 1);
        assert_eq!(pools.nodes(name).await.unwrap(), []);
        assert_eq!(pools.nodes("default").await.unwrap().len(), 1);
        let mut job = service("sdk-pooled");
        job.node_pool = Some(name.to_owned());
        // One instance that finds no place: a job without any is over at once, and does not hold its pool.
        job.task_groups[0].count = Some(1);
        nomad.jobs().register(&job).await.unwrap();
        let jobs = pools.jobs(name).await.unwrap();
        assert_eq!((jobs.len(), jobs[0].id.as_str()), (1, "sdk-pooled"));
        assert!(pools.delete(name).await.is_err(), "a job is in it");

        let powerless = Powerless::new(&nomad, "sdk-pools").await;
        denied(powerless.client.node_pools().put(&read).await);
        denied(powerless.client.node_pools().delete(name).await);
        denied(powerless.client.node_pools().read(name).await);
        powerless.end(&nomad).await;
        purge(&nomad, "sdk-pooled").await;
        pools.delete(name).await.unwrap();
        missing(pools.delete(name).await);
    });
}

#[test]
fn scaling_policies_are_listed_and_read() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (scaling, id) = (nomad.scaling(), "sdk-scaling");
        let mut job = service(id);
        job.task_groups[0].count = Some(0);
        let mut policy = nomad_client::job::ScalingPolicy::default();
        (policy.min, policy.max, policy.enabled) = (Some(0), Some(3), Some(true));
        policy.policy.insert("cooldown".to_owned(), "1m".into());
        job.task_groups[0].scaling = Some(policy);
        nomad.jobs().register(&job).await.unwrap();
        let options = PoliciesOptions::new().with_job(id).with_type("horizontal").with_read(ReadOptions::new());
        let listed = scaling.list_with(&options).await.unwrap().value;
        assert_eq!((listed.len(), listed[0].target["Group"].as_str(), listed[0].enabled), (1, "main", true));
        assert!(scaling.list().await.unwrap().iter().any(|policy| policy.id == listed[0].id));
        let read = scaling.read(&listed[0].id).await.unwrap();
        assert_eq!((read.max, read.target["Job"].as_str()), (Some(3), id));
        assert_eq!(read.policy["cooldown"], "1m");
        assert_eq!(scaling.read_with(&read.id, &ReadOptions::new()).await.unwrap().value, read);
        assert_eq!(scaling.read_opt(NOTHING).await.unwrap(), None);
        // The limits hold.
        assert!(nomad.jobs().scale(id, "main", 4).await.is_err());
        let powerless = Powerless::new(&nomad, id).await;
        denied(powerless.client.scaling().list().await);
        powerless.end(&nomad).await;
        purge(&nomad, id).await;
    });
}

#[test]
fn t14_things_are_found_by_parts_of_their_names() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (search, id) = (nomad.search(), "sdk-searched");
        nomad.jobs().register(&service(id)).await.unwrap();
        let allocation = running(&nomad, id, 1).await.remove(0).id;
        let found = search.prefix("sdk-sear", Context::Jobs).await.unwrap();
        assert_eq!(found.matches["jobs"], [id]);
        assert!(!found.truncations["jobs"]);
        let found = search.fuzzy("searched", Context::All).await.unwrap();
        assert!(
            found.matches["jobs"].iter().any(|found| found.id == id && found.scope.contains(&"default".to_owned()))
        );
        assert!(search.fuzzy("s", Context::Jobs).await.is_err(), "too short");

        let allocations = nomad.allocations();
        // An odd number of digits, and one hyphen.
        for length in [8, 11, 36] {
            assert_eq!(allocations.resolve_id(&allocation[..length]).await.unwrap().one(), Some(allocation.clone()));
        }
        assert_eq!(nomad.nodes().resolve_id("zz").await.ok(), None);
        assert!(!matches!(nomad.evaluations().resolve_id("").await.unwrap(), Resolved::None));
        let deployment = nomad.jobs().latest_deployment(id).await.unwrap().unwrap().id;
        assert_eq!(nomad.deployments().resolve_id(&deployment[..7]).await.unwrap().one(), Some(deployment));
        purge(&nomad, id).await;
    });
}

#[test]
fn servers_are_configured() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let operator = nomad.operator();
        let mut configuration = operator.scheduler_configuration().await.unwrap();
        assert_eq!(configuration.scheduler_algorithm, SchedulerAlgorithm::Binpack);
        configuration.memory_oversubscription_enabled = true;
        operator.put_scheduler_configuration(&configuration).await.unwrap();
        let read = operator.scheduler_configuration().await.unwrap();
        assert!(read.memory_oversubscription_enabled && read.preemption_config.system_scheduler_enabled, "{read:?}");
        let check = operator.check_vault_identities().await.unwrap();
        assert!(check.is_ready(), "{check:?}");
        assert_eq!(nomad.oidc_discovery().await.unwrap(), None);

        let powerless = Powerless::new(&nomad, "sdk-configured").await;
        let refused = (powerless.client.operator(), powerless.client.agent());
        denied(refused.0.scheduler_configuration().await);
        denied(refused.0.put_scheduler_configuration(&read).await);
        denied(refused.0.autopilot_configuration().await);
        denied(refused.0.check_vault_identities().await);
        denied(refused.0.keys().await);
        denied(refused.0.rotate_key().await);
        denied(refused.0.save_snapshot().await);
        denied(refused.0.remove_raft_peer(NOTHING).await);
        denied(refused.0.transfer_leadership(NOTHING).await);
        denied(refused.1.schedulers().await);
        denied(refused.1.host(&nomad_client::agent::Target::Here).await);
        denied(refused.1.gossip_keys().await);
        denied(refused.1.force_leave("nobody").await);
        powerless.end(&nomad).await;
    });
}
