//! Jobs from their registration to their end.

use std::time::Duration;

use nomad_client::job::{Constraint, DiffType, JobStatus};
use nomad_client::jobs::{DeregisterOptions, Enforce, ParseOptions, PlanOptions, RegisterOptions, Submission};
use nomad_client::{Index, ReadOptions, Reason};
use tests::stack;
use tests::wait::until;

use super::{Powerless, SOON, changed, denied, deployed, ended, missing, purge, running, service, shared};

#[test]
fn a_job_is_registered_changed_reverted_scaled_and_stopped() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-job");
        let job = service(id);
        let options =
            RegisterOptions::new().with_submission(Submission::hcl("job \"sdk-job\" {}")).with_eval_priority(60);
        let registered = jobs.register_with(&job, &options).await.unwrap();
        let evaluation = nomad.evaluations().read(&registered.eval_id.unwrap()).await.unwrap();
        assert_eq!((evaluation.priority, evaluation.job_id.as_str()), (60, id));
        running(&nomad, id, 1).await;
        deployed(&nomad, id, 0).await;

        let answer = jobs.read_with(id, &ReadOptions::new()).await.unwrap();
        let read = answer.value;
        assert_eq!(
            (read.id.as_deref(), read.version, read.status.clone()),
            (Some(id), Some(0), Some(JobStatus::Running))
        );
        assert_eq!(read.task_groups[0].tasks[0].config, job.task_groups[0].tasks[0].config);
        assert_eq!(read.job_modify_index, Some(registered.job_modify_index));
        let wait = ReadOptions::new().waiting(Index(answer.meta.index.unwrap().0 - 1), Duration::from_secs(5));
        assert_eq!(jobs.read_with(id, &wait).await.unwrap().value.id.as_deref(), Some(id));

        jobs.register(&changed(&job, "yes")).await.unwrap();
        deployed(&nomad, id, 1).await;
        let versions = jobs.versions(id).await.unwrap();
        assert_eq!(versions.iter().filter_map(|job| job.version).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(versions[0].task_groups[0].tasks[0].env["CHANGED"], "yes");

        let error = jobs.revert(id, 0, Some(7)).await.unwrap_err();
        assert!(error.is_conflict() && !error.may_have_applied(), "{error:?}");
        let error = jobs.revert(id, 1, None).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
        assert!(jobs.revert(id, 0, Some(1)).await.unwrap().eval_id.is_some());
        deployed(&nomad, id, 2).await;
        assert!(jobs.read(id).await.unwrap().task_groups[0].tasks[0].env.is_empty());

        assert!(jobs.scale(id, "main", 2).await.unwrap().eval_id.is_some());
        running(&nomad, id, 2).await;
        let keep = RegisterOptions::new().preserving_counts().preserving_resources();
        jobs.register_with(&job, &keep).await.unwrap();
        assert_eq!(jobs.read(id).await.unwrap().task_groups[0].count, Some(2));
        denied(nomad.anonymous().jobs().scale(id, "main", 1).await);
        denied(nomad.anonymous().jobs().revert(id, 0, None).await);

        denied(nomad.anonymous().jobs().deregister(id).await);
        assert!(jobs.deregister(id).await.unwrap().eval_id.is_some());
        let stopped = until("the job is dead", SOON, async || {
            jobs.read_opt(id).await.unwrap().filter(|job| job.status == Some(JobStatus::Dead))
        })
        .await;
        assert_eq!(stopped.stop, Some(true));
        ended(&nomad, id).await;
        let options = DeregisterOptions::new().purging().with_eval_priority(70);
        assert!(jobs.deregister_with(id, &options).await.unwrap().job_modify_index > registered.job_modify_index);
        assert_eq!(jobs.read_opt(id).await.unwrap(), None);
        jobs.deregister(id).await.unwrap();
    });
}

#[test]
fn what_hangs_on_a_job_is_listed() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-listed");
        let mut job = service(id);
        job.meta.insert("owner".to_owned(), "sdk".to_owned());
        let eval = jobs.register(&job).await.unwrap().eval_id.unwrap();
        let allocation = running(&nomad, id, 1).await.remove(0);
        let deployment = deployed(&nomad, id, 0).await;
        let options = ReadOptions::new();

        let stub = jobs.list().await.unwrap().into_iter().find(|stub| stub.id == id).unwrap();
        assert_eq!((&stub.meta["owner"], stub.kind.as_str(), stub.stop), (&"sdk".to_owned(), "service", false));
        let found = jobs.list_with(&options.clone().with_prefix(id).with_filter("Type == \"service\"")).await.unwrap();
        assert_eq!((found.value.len(), found.meta.known_leader), (1, Some(true)));
        assert_eq!(jobs.list_with(&options.clone().with_prefix("sdk-no-such")).await.unwrap().value, []);
        denied(nomad.anonymous().jobs().list().await);

        let all = jobs.allocations_with(id, &options).await.unwrap();
        assert!(all.meta.index.unwrap().0 > 0);
        assert_eq!((all.value.len(), &all.value[0].id, &all.value[0].eval_id), (1, &allocation.id, &eval));
        let evaluations = jobs.evaluations(id).await.unwrap();
        assert!(evaluations.iter().any(|evaluation| evaluation.id == eval), "{evaluations:?}");
        assert!(jobs.evaluations_with(id, &options).await.unwrap().value.len() >= evaluations.len());
        assert_eq!(jobs.deployments(id).await.unwrap(), std::slice::from_ref(&deployment));
        assert_eq!(jobs.deployments_with(id, &options).await.unwrap().value, std::slice::from_ref(&deployment));
        assert_eq!(jobs.latest_deployment_with(id, &options).await.unwrap().value, Some(deployment));
        let summary = jobs.summary(id).await.unwrap();
        assert_eq!((summary.job_id.as_str(), summary.summary["main"].running), (id, 1));
        assert_eq!(jobs.summary_with(id, &options).await.unwrap().value, summary);
        purge(&nomad, id).await;
    });
}

#[test]
fn a_job_that_is_not_there_and_a_token_without_power() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-no-such-job");
        assert_eq!(jobs.read_opt(id).await.unwrap(), None);
        missing(jobs.read(id).await);
        missing(jobs.versions(id).await);
        missing(jobs.summary(id).await);
        missing(jobs.revert(id, 0, None).await);
        missing(jobs.scale(id, "main", 1).await);
        assert_eq!(jobs.allocations(id).await.unwrap(), []);
        assert_eq!(jobs.evaluations(id).await.unwrap(), []);
        assert_eq!(jobs.deployments(id).await.unwrap(), []);
        assert_eq!(jobs.latest_deployment(id).await.unwrap(), None);

        let powerless = Powerless::new(&nomad, "sdk-jobs").await;
        let refused = powerless.client.jobs();
        denied(refused.read(id).await);
        denied(refused.read_opt(id).await);
        denied(refused.register(&service(id)).await);
        denied(refused.plan(&service(id), &PlanOptions::new()).await);
        denied(refused.validate(&service(id)).await);
        denied(refused.parse("job \"a\" {}").await);
        denied(refused.deregister(id).await);
        denied(refused.versions(id).await);
        denied(refused.allocations(id).await);
        denied(refused.evaluations(id).await);
        denied(refused.deployments(id).await);
        denied(refused.latest_deployment(id).await);
        denied(refused.summary(id).await);
        powerless.end(&nomad).await;
        assert_eq!(jobs.read_opt(id).await.unwrap(), None);
    });
}

#[test]
fn a_guarded_registration_tells_of_a_change_meanwhile() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-guarded");
        let mut job = service(id);
        job.task_groups[0].count = Some(0);
        let guarded = |enforce| RegisterOptions::new().with_enforce_index(enforce);
        let error = jobs.register_with(&job, &guarded(Enforce::At(Index(7)))).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::IndexConflict { expected: 7, actual: None }), "{error:?}");
        let first = jobs.register_with(&job, &guarded(Enforce::Absent)).await.unwrap();
        let error = jobs.register_with(&job, &guarded(Enforce::Absent)).await.unwrap_err();
        assert!(error.is_conflict() && !error.may_have_applied(), "{error:?}");
        let at = guarded(Enforce::At(first.job_modify_index));
        let second = jobs.register_with(&changed(&job, "a"), &at).await.unwrap();
        assert!(second.job_modify_index > first.job_modify_index);
        let error = jobs.register_with(&changed(&job, "b"), &at).await.unwrap_err();
        let (expected, actual) = (first.job_modify_index.0, Some(second.job_modify_index.0));
        assert_eq!(error.reason(), Some(&Reason::IndexConflict { expected, actual }), "{error:?}");
        assert_eq!(jobs.read(id).await.unwrap().task_groups[0].tasks[0].env["CHANGED"], "a");
        purge(&nomad, id).await;
    });
}

const HCL: &str = r#"
variable "owner" { type = string }
job "sdk-parsed" {
  meta { owner = var.owner }
  group "main" {
    task "main" {
      driver = "raw_exec"
      config { command = "/bin/true" }
    }
  }
}
"#;

#[test]
fn jobs_are_parsed_validated_and_planned() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let jobs = nomad.jobs();
        let bare = jobs.parse("job \"sdk-bare\" {\n  type = \"batch\"\n}\n").await.unwrap();
        assert_eq!((bare.id.as_deref(), bare.priority), (Some("sdk-bare"), None));
        let error = jobs.parse("job \"sdk-bare\" {").await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
        let options = ParseOptions::new().with_variables("owner = \"sdk\"").canonicalizing();
        let job = jobs.parse_with(HCL, &options).await.unwrap();
        assert_eq!((job.meta["owner"].as_str(), job.priority), ("sdk", Some(50)));

        let valid = jobs.validate(&job).await.unwrap();
        assert!(valid.is_valid() && valid.driver_config_validated, "{valid:?}");
        let mut bad = job.clone();
        bad.task_groups.clear();
        let invalid = jobs.validate(&bad).await.unwrap();
        assert!(!invalid.is_valid() && invalid.error.contains("group"), "{invalid:?}");
        let error = jobs.register(&bad).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Validation), "{error:?}");
        assert!(!error.may_have_applied());

        let plan = jobs.plan(&job, &PlanOptions::new().with_diff()).await.unwrap();
        assert_eq!((plan.job_modify_index, plan.diff.unwrap().kind), (Index(0), DiffType::Added));
        assert_eq!(plan.annotations.unwrap().desired_tg_updates["main"].place, 1);
        assert_eq!(jobs.plan(&job, &PlanOptions::new()).await.unwrap().diff, None);
        let mut nowhere = job.clone();
        nowhere.constraints = vec![Constraint::new("${attr.kernel.name}", "=", "plan9")];
        let plan = jobs.plan(&nowhere, &PlanOptions::new()).await.unwrap();
        assert_eq!(plan.failed_tg_allocs["main"].nodes_filtered, 1);
        assert_eq!(jobs.read_opt("sdk-parsed").await.unwrap(), None);
    });
}
