//! Roll-outs with canaries.

use nomad_client::Reason;
use nomad_client::deployments::{Deployment, DeploymentStatus};
use nomad_client::{Client, ReadOptions};
use tests::stack;
use tests::wait::until;

use super::{NOTHING, Powerless, SOON, changed, denied, deployed, missing, purge, running, service, shared};

/// Waits until the canaries of a version are healthy.
async fn waiting(nomad: &Client, job: &str, version: u64) -> Deployment {
    until(&format!("version {version} of {job} waits for its promotion"), SOON, async || {
        let deployment = nomad.jobs().latest_deployment(job).await.unwrap()?;
        (deployment.job_version == version && deployment.needs_promotion()).then_some(deployment)
    })
    .await
}

#[test]
fn deployments_are_paused_promoted_and_failed() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (deployments, id) = (nomad.deployments(), "sdk-deployment");
        let mut job = service(id);
        job.task_groups[0].update.as_mut().unwrap().canary = Some(1);
        nomad.jobs().register(&job).await.unwrap();
        deployed(&nomad, id, 0).await;

        nomad.jobs().register(&changed(&job, "1")).await.unwrap();
        let first = waiting(&nomad, id, 1).await;
        let read = deployments.read(&first.id).await.unwrap();
        assert_eq!((&read.job_id, read.task_groups["main"].placed_canaries.len()), (&first.job_id, 1));
        let all = deployments.list().await.unwrap();
        assert_eq!(all.iter().filter(|deployment| deployment.job_id == id).count(), 2);
        let options = ReadOptions::new().with_filter(format!("JobID == {id:?}")).with_page(1, None);
        let page = deployments.list_with(&options).await.unwrap();
        assert!(page.value.len() == 1 && page.meta.next_token.is_some(), "{page:?}");
        let allocations = deployments.allocations(&first.id).await.unwrap();
        assert_eq!(allocations.len(), 1);
        assert_eq!(allocations[0].id, read.task_groups["main"].placed_canaries[0]);
        let answer = deployments.allocations_with(&first.id, &ReadOptions::new()).await.unwrap();
        assert!(answer.value.len() == 1 && answer.meta.index.is_some());

        let paused = deployments.pause(&first.id).await.unwrap();
        let answer = deployments.read_with(&first.id, &ReadOptions::new()).await.unwrap();
        assert_eq!(answer.value.status, DeploymentStatus::Paused);
        assert!(answer.value.modify_index >= paused.deployment_modify_index);
        deployments.resume(&first.id).await.unwrap();
        assert_eq!(deployments.read(&first.id).await.unwrap().status, DeploymentStatus::Running);
        assert!(deployments.promote_all(&first.id).await.unwrap().eval_id.is_some());
        deployed(&nomad, id, 1).await;
        assert!(deployments.read(&first.id).await.unwrap().task_groups["main"].promoted);

        nomad.jobs().register(&changed(&job, "2")).await.unwrap();
        let second = waiting(&nomad, id, 2).await;
        deployments.promote_groups(&second.id, &["main"]).await.unwrap();
        deployed(&nomad, id, 2).await;

        let mut last = changed(&job, "3");
        last.task_groups[0].update.as_mut().unwrap().auto_revert = Some(true);
        nomad.jobs().register(&last).await.unwrap();
        let third = waiting(&nomad, id, 3).await;
        assert_eq!(deployments.fail(&third.id).await.unwrap().reverted_job_version, Some(2));
        assert_eq!(deployments.read_opt(&third.id).await.unwrap().unwrap().status, DeploymentStatus::Failed);
        for result in [deployments.fail(&third.id).await, deployments.promote_all(&third.id).await] {
            let error = result.unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::TerminalDeployment), "{error:?}");
        }
        purge(&nomad, id).await;
    });
}

#[test]
fn health_is_declared_by_hand() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (deployments, id) = (nomad.deployments(), "sdk-deployment-manual");
        let mut job = service(id);
        job.task_groups[0].update.as_mut().unwrap().health_check = Some("manual".to_owned());
        nomad.jobs().register(&job).await.unwrap();
        let allocation = running(&nomad, id, 1).await.remove(0).id;
        let deployment =
            until("the job has a deployment", SOON, async || nomad.jobs().latest_deployment(id).await.unwrap()).await;
        // Only a deployment of several regions can be blocked.
        assert_eq!(deployments.unblock(&deployment.id).await.unwrap().eval_id, None);
        deployments.set_allocation_health(&deployment.id, &[&allocation], &[]).await.unwrap();
        let end = deployed(&nomad, id, 0).await;
        assert_eq!(end.task_groups["main"].healthy_allocs, 1);
        let error = deployments.set_allocation_health(&deployment.id, &[], &[&allocation]).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::TerminalDeployment), "{error:?}");
        missing(deployments.unblock(NOTHING).await);
        missing(deployments.set_allocation_health(NOTHING, &[&allocation], &[]).await);
        purge(&nomad, id).await;
    });
}

#[test]
fn a_deployment_that_is_not_there_and_a_token_without_power() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (deployments, id) = (nomad.deployments(), "sdk-deployment-denied");
        assert_eq!(deployments.read_opt(NOTHING).await.unwrap(), None);
        missing(deployments.read(NOTHING).await);
        missing(deployments.fail(NOTHING).await);
        missing(deployments.pause(NOTHING).await);
        missing(deployments.promote_all(NOTHING).await);
        missing(deployments.promote_groups(NOTHING, &["main"]).await);

        nomad.jobs().register(&service(id)).await.unwrap();
        let end = deployed(&nomad, id, 0).await.id;
        let powerless = Powerless::new(&nomad, "sdk-deployments").await;
        let refused = powerless.client.deployments();
        denied(refused.list().await);
        denied(refused.read(&end).await);
        denied(refused.allocations(&end).await);
        denied(refused.fail(&end).await);
        denied(refused.pause(&end).await);
        denied(refused.promote_all(&end).await);
        denied(refused.promote_groups(&end, &["main"]).await);
        powerless.end(&nomad).await;
        purge(&nomad, id).await;
    });
}
