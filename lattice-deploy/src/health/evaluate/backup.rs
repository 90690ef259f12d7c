//! The backups.

use jiff::Timestamp;
use nomad_client::job::JobStatus;
use nomad_client::jobs::JobStub;

use super::{Blind, Finding, View, seen, since, span};
use crate::health::status::Status;

/// When the newest run that ended well was launched, as far as Nomad still knows.
pub(crate) fn last_success(jobs: &[JobStub], parent: &str) -> Option<Timestamp> {
    runs(jobs, parent).filter(|run| succeeded(run)).filter_map(|run| run.submit_time).max()
}

fn runs<'a>(jobs: &'a [JobStub], parent: &'a str) -> impl Iterator<Item = &'a JobStub> {
    jobs.iter().filter(move |job| job.parent_id.as_deref() == Some(parent))
}

fn groups(run: &JobStub) -> impl Iterator<Item = &nomad_client::jobs::GroupSummary> {
    run.job_summary.iter().flat_map(|summary| summary.summary.values())
}

fn succeeded(run: &JobStub) -> bool {
    run.status == JobStatus::Dead
        && groups(run).all(|group| group.failed == 0 && group.lost == 0)
        && groups(run).any(|group| group.complete > 0)
}

fn failed(run: &JobStub) -> bool {
    run.status == JobStatus::Dead && groups(run).any(|group| group.failed > 0 || group.lost > 0)
}

pub(crate) fn age(view: &View<'_>) -> Result<Finding, Blind> {
    let jobs = seen(&view.facts.nomad.backups)?;
    let name = view.target.backup_name();
    let Some(parent) = jobs.iter().find(|job| job.id == name) else {
        if view.target.backup_job.is_none() {
            return Blind::skipped(format!("there is no job {name}"));
        }
        return Ok(Finding::state(Status::Critical, format!("there is no job {name}")));
    };
    if parent.stop {
        return Ok(Finding::state(Status::Critical, format!("the job {name} is stopped")));
    }
    let newest = runs(jobs, &name).max_by_key(|run| run.submit_time);
    let broken = newest.is_some_and(failed);
    let Some(last) = last_success(jobs, &name).max(view.target.backup_seen) else {
        let why = if broken { "the newest run failed" } else { "Nomad forgets ended runs; --state-file remembers" };
        let status = if broken { Status::Critical } else { Status::Unknown };
        return Ok(Finding::state(status, format!("no success of {name} is known: {why}")));
    };
    let age = since(view.now, last).max(0.0);
    let note = if broken { "; the newest run failed" } else { "" };
    let at_least = if broken { Status::Warning } else { Status::Ok };
    Ok(Finding::value(age.round(), format!("{name} succeeded {} ago{note}", span(age))).at_least(at_least))
}
