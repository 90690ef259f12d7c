//! The versions of a job, and registering exactly what was planned.

use nomad_client::job::DiffType;
use nomad_client::jobs::{
    Enforce, EvaluateOptions, JobName, PlanOptions, RegisterOptions, ScaleOptions, StatusesOptions, Submission,
    VersionsOptions,
};
use nomad_client::{Error, ReadOptions, Reason};
use serde_json::json;
use tests::stack;

use super::{Powerless, changed, denied, deployed, missing, purge, running, service, shared};

#[test]
fn versions_are_compared_tagged_and_declared_stable() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-versions");
        let job = service(id);
        let mut submission = Submission::hcl("job \"sdk-versions\" {}");
        submission.variables = "owner = \"sdk\"".to_owned();
        jobs.register_with(&job, &RegisterOptions::new().with_submission(submission.clone())).await.unwrap();
        deployed(&nomad, id, 0).await;
        let options = RegisterOptions::new().overriding_policy();
        let updated = jobs.update_with(id, &changed(&job, "1"), &options).await.unwrap();
        assert!(updated.eval_id.is_some());
        deployed(&nomad, id, 1).await;
        let error = jobs.update("sdk-another", &job).await.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");

        let kept = jobs.submission(id, 0).await.unwrap().unwrap();
        assert_eq!((&kept.source, &kept.variables), (&submission.source, &submission.variables));
        assert_eq!((kept.job_id.as_deref(), kept.version), (Some(id), Some(0)));
        // The next version has it too although it was not sent along, and what is not there is no error.
        assert_eq!(jobs.submission(id, 1).await.unwrap().unwrap().source, submission.source);
        assert_eq!(jobs.submission(id, 9).await.unwrap(), None);

        let tagged = jobs.tag(id, 0, "golden", "the first").await.unwrap();
        assert!(tagged.name == "golden" && tagged.tagged_time.is_some(), "{tagged:?}");
        let diffs = jobs.versions_with(id, &VersionsOptions::new().with_diffs()).await.unwrap();
        assert!(diffs.meta.index.is_some());
        assert_eq!(diffs.value.versions[1].version_tag.as_ref().unwrap().description, "the first");
        assert_eq!(diffs.value.diffs[0].kind, DiffType::Edited);
        for options in [
            VersionsOptions::new().with_diffs_to(0),
            VersionsOptions::new().with_diffs_to_tag("golden").with_read(ReadOptions::new()),
        ] {
            let diffs = jobs.versions_with(id, &options).await.unwrap().value.diffs;
            assert!(diffs.iter().any(|diff| diff.kind == DiffType::Edited), "{diffs:?}");
        }
        assert!(jobs.tag(id, 1, "golden", "").await.is_err(), "the name is taken");
        missing(jobs.tag(id, 99, "silver", "").await);
        jobs.untag(id, "golden").await.unwrap();
        missing(jobs.untag(id, "golden").await);

        jobs.mark_unstable(id, 0).await.unwrap();
        let stable = async |version: usize| {
            let versions = jobs.versions(id).await.unwrap();
            versions.iter().find(|job| job.version == Some(version as u64)).unwrap().stable
        };
        assert_eq!(stable(0).await, Some(false));
        jobs.mark_stable(id, 0).await.unwrap();
        assert_eq!(stable(0).await, Some(true));
        missing(jobs.mark_stable("sdk-no-such-job", 0).await);

        let powerless = Powerless::new(&nomad, "sdk-versions").await;
        denied(powerless.client.jobs().tag(id, 0, "x", "").await);
        denied(powerless.client.jobs().untag(id, "x").await);
        denied(powerless.client.jobs().mark_stable(id, 0).await);
        denied(powerless.client.jobs().submission(id, 0).await);
        denied(powerless.client.jobs().update(id, &job).await);
        powerless.end(&nomad).await;
        purge(&nomad, id).await;
    });
}

#[test]
fn t44_only_what_was_planned_is_registered() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-planned");
        let mut job = service(id);
        job.task_groups[0].count = Some(0);
        let token = jobs.plan(&job, &PlanOptions::new().overriding_policy()).await.unwrap().token(&job).unwrap();
        assert_eq!(token.job_modify_index().0, 0);
        // A token may be kept.
        let token = serde_json::from_value(json!(token)).unwrap();
        let first = jobs.apply(&job, &token).await.unwrap();
        assert!(jobs.apply(&job, &token).await.unwrap_err().is_conflict(), "it exists now");

        let next = changed(&job, "1");
        let token = jobs.plan(&next, &PlanOptions::new()).await.unwrap().token(&next).unwrap();
        assert_eq!(token.job_modify_index(), first.job_modify_index);
        let error = jobs.apply(&changed(&job, "2"), &token).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && !error.may_have_applied(), "{error:?}");
        assert_eq!(jobs.read(id).await.unwrap().version, Some(0));
        // Somebody else is faster.
        jobs.register(&changed(&job, "3")).await.unwrap();
        let error = jobs.apply_with(&next, &token, &RegisterOptions::new().with_enforce_index(Enforce::No)).await;
        assert!(matches!(error.unwrap_err().reason(), Some(Reason::IndexConflict { .. })));
        assert_eq!(jobs.read(id).await.unwrap().task_groups[0].tasks[0].env["CHANGED"], "3");
        purge(&nomad, id).await;
    });
}

#[test]
fn t09_what_is_read_changed_and_registered_loses_nothing() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-roundtrip");
        let mut job = service(id);
        job.task_groups[0].count = Some(0);
        jobs.register(&job).await.unwrap();
        let read = jobs.read(id).await.unwrap();
        let mut again = read.clone();
        again.meta.insert("owner".to_owned(), "sdk".to_owned());
        jobs.register(&again).await.unwrap();
        let diffs = jobs.versions_with(id, &VersionsOptions::new().with_diffs()).await.unwrap().value.diffs;
        // Nothing but the label has changed.
        assert_eq!(diffs[0].fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["Meta[owner]"]);
        assert!(diffs[0].objects.is_empty() && diffs[0].task_groups.iter().all(|group| group.kind == DiffType::None));
        // A job that names its namespace goes there, whatever the client's default is.
        let elsewhere = nomad.in_namespace("sdk-nowhere");
        elsewhere.jobs().register(&read).await.unwrap();
        assert_eq!(jobs.read(id).await.unwrap().version, Some(2));
        purge(&nomad, id).await;
    });
}

#[test]
fn a_job_is_looked_at_from_all_sides() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-sides");
        let mut job = service(id);
        let mut action = nomad_client::job::Action::default();
        (action.name, action.command) = ("greet".to_owned(), "/bin/echo".to_owned());
        job.task_groups[0].tasks[0].actions = vec![action];
        let mut registered = nomad_client::job::Service::new(id, "");
        (registered.provider, registered.address) = ("nomad".to_owned(), "127.0.0.1".to_owned());
        job.task_groups[0].services = vec![registered];
        jobs.register(&job).await.unwrap();
        let allocation = running(&nomad, id, 1).await.remove(0);
        deployed(&nomad, id, 0).await;
        let options = ReadOptions::new();

        let actions = jobs.actions(id).await.unwrap();
        assert_eq!((actions[0].name.as_str(), actions[0].task_name.as_str()), ("greet", "main"));
        let services = tests::wait::until("the service is registered", super::SOON, async || {
            Some(jobs.services(id).await.unwrap()).filter(|services| !services.is_empty())
        })
        .await;
        assert_eq!(services[0].alloc_id, allocation.id);
        assert_eq!(jobs.services_with(id, &options).await.unwrap().value, services);

        let scaled = ScaleOptions::new().with_count(2).with_message("two are better").with_meta("by", "sdk");
        assert!(jobs.scale_with(id, "main", &scaled).await.unwrap().eval_id.is_some());
        running(&nomad, id, 2).await;
        jobs.scale_with(id, "main", &ScaleOptions::new().with_error("no more")).await.unwrap();
        let status = jobs.scale_status_with(id, &options).await.unwrap().value;
        let group = &status.task_groups["main"];
        assert_eq!((status.job_id.as_str(), group.desired, group.running), (id, 2, 2));
        let [failed, done] = &group.events[..] else { unreachable!("{group:?}") };
        assert!(failed.error && failed.count.is_none() && failed.message == "no more", "{failed:?}");
        assert_eq!((done.count, done.previous_count, &done.meta["by"]), (Some(2), 1, &json!("sdk")));
        assert_eq!(jobs.scale_status(id).await.unwrap().task_groups.len(), 1);

        assert!(jobs.evaluate(id).await.unwrap().eval_id.is_some());
        assert!(jobs.evaluate_with(id, &EvaluateOptions::new().forcing_reschedule()).await.unwrap().eval_id.is_some());
        assert_eq!(jobs.all_allocations(id, &options).await.unwrap().value.len(), 2);
        assert!(!jobs.all_deployments(id, &options).await.unwrap().value.is_empty());

        let all = jobs.statuses().await.unwrap();
        let state = all.iter().find(|state| state.id == id).unwrap();
        assert_eq!((state.allocs.len(), state.group_count_sum, state.kind.as_str()), (2, 2, "service"));
        let some = StatusesOptions::new().including_children().with_read(ReadOptions::new().with_page(1, None));
        assert_eq!(jobs.statuses_with(&some).await.unwrap().value.len(), 1);
        let named = jobs.statuses_of(&[JobName::new("default", id)], &StatusesOptions::new()).await.unwrap();
        assert_eq!((named.value.len(), &named.value[0].latest_deployment), (1, &state.latest_deployment));

        missing(jobs.scale_status("sdk-no-such-job").await);
        missing(jobs.evaluate("sdk-no-such-job").await);
        missing(jobs.actions("sdk-no-such-job").await);
        let powerless = Powerless::new(&nomad, "sdk-sides").await;
        let refused = powerless.client.jobs();
        denied(refused.scale_status(id).await);
        denied(refused.evaluate(id).await);
        denied(refused.services(id).await);
        denied(refused.actions(id).await);
        assert_eq!(refused.statuses().await.unwrap_or_default(), []);
        powerless.end(&nomad).await;
        purge(&nomad, id).await;
    });
}
