//! The service: its job, its allocations, its instances.

use consul_client::health::ServiceEntry;
use jiff::{SignedDuration, Timestamp};
use nomad_client::allocations::{AllocationStub, ClientStatus, DesiredStatus, TaskState};
use nomad_client::job::{JobStatus, JobType};

use super::{Blind, Finding, View, names, seen, seen_opt, since, span};
use crate::health::facts::{Answered, Slot};
use crate::health::problem::Problem;
use crate::health::status::Status;

/// How far back restarts and failures count.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn job(view: &View<'_>) -> Result<Finding, Blind> {
    let id = &view.target.job;
    let Some(job) = seen_opt(&view.facts.nomad.job)?.and_then(Option::as_ref) else {
        return Ok(Finding::state(Status::Critical, format!("there is no job {id}")));
    };
    if job.stop == Some(true) {
        return Ok(Finding::state(Status::Critical, format!("the job {id} is stopped")));
    }
    let state = job.status.clone().unwrap_or_default();
    let status = match (&state, &job.kind) {
        (JobStatus::Running, _) | (JobStatus::Dead, Some(JobType::Batch | JobType::SysBatch)) => Status::Ok,
        (JobStatus::Pending, _) => Status::Warning,
        _ => Status::Critical,
    };
    Ok(Finding::state(status, format!("the job {id} is {state}")))
}

fn wanted<'a>(view: &View<'a>) -> Result<Vec<&'a AllocationStub>, Blind> {
    let all = seen_opt(&view.facts.nomad.allocations)?.map(Vec::as_slice).unwrap_or_default();
    Ok(all.iter().filter(|allocation| allocation.desired_status == DesiredStatus::Run).collect())
}

pub(crate) fn missing(view: &View<'_>) -> Result<Finding, Blind> {
    let Some(job) = seen_opt(&view.facts.nomad.job)?.and_then(Option::as_ref) else {
        return Blind::skipped(format!("there is no job {}", view.target.job));
    };
    if !matches!(job.kind, None | Some(JobType::Service)) {
        return Blind::skipped("only a job of the type `service` wants a number of allocations");
    }
    let stopped = job.stop == Some(true);
    let count: i64 = if stopped { 0 } else { job.task_groups.iter().map(|group| group.count.unwrap_or(1)).sum() };
    let count = usize::try_from(count).unwrap_or_default();
    let running = wanted(view)?.iter().filter(|allocation| allocation.client_status == ClientStatus::Running).count();
    let missing = count.saturating_sub(running);
    let at_least = if count > 0 && running == 0 { Status::Critical } else { Status::Ok };
    Ok(Finding::count(missing, format!("{running} of {count} allocations run")).at_least(at_least))
}

pub(crate) fn pending(view: &View<'_>) -> Result<Finding, Blind> {
    let waiting = wanted(view)?.into_iter().filter(|allocation| allocation.client_status == ClientStatus::Pending);
    let longest =
        waiting.filter_map(|allocation| Some((allocation.create_time?, allocation))).min_by_key(|(at, _)| *at);
    Ok(match longest {
        None => Finding::value(0.0, "none is pending"),
        Some((at, allocation)) => {
            let age = since(view.now, at).max(0.0);
            Finding::value(age.round(), format!("{} is pending for {}", short(&allocation.id), span(age)))
        }
    })
}

/// The part of an id that people use.
fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

pub(crate) fn restarts(view: &View<'_>) -> Result<Finding, Blind> {
    let mut total = 0.0;
    let mut worst: Option<(f64, String)> = None;
    for allocation in wanted(view)? {
        for (name, task) in &allocation.task_states {
            let restarts = task_restarts(task, view.now);
            total += restarts;
            if restarts > 0.0 && worst.as_ref().is_none_or(|(most, _)| restarts > *most) {
                worst = Some((restarts, format!("{name} of {}", short(&allocation.id))));
            }
        }
    }
    let text = match worst {
        None => "no restarts within an hour".to_owned(),
        Some((_, worst)) => format!("{total} restarts within an hour, most of {worst}"),
    };
    Ok(Finding::value(total, text))
}

/// How often a task restarted within the window. The server keeps ten events of a task: when the oldest one is within
/// the window there may have been more, so their pace counts, up to the number of all restarts.
fn task_restarts(task: &TaskState, now: Timestamp) -> f64 {
    let begin = now.checked_sub(WINDOW).unwrap_or(now);
    if task.restarts == 0 || task.last_restart.is_some_and(|last| last < begin) {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "no task restarts so often")]
    let all = task.restarts as f64;
    let times =
        |kind: &str| task.events.iter().filter(|event| event.kind == kind).filter_map(|event| event.time).collect();
    let restarts: Vec<Timestamp> = times("Restarting");
    let within = restarts.iter().filter(|time| **time >= begin).count();
    #[expect(clippy::cast_precision_loss, reason = "there are ten events at most")]
    let counted = within as f64;
    let received = task.events.iter().any(|event| event.kind == "Received");
    let oldest = task.events.iter().filter_map(|event| event.time).min();
    match oldest {
        // Nothing has been forgotten.
        _ if received => counted.min(all),
        Some(oldest) if oldest > begin => {
            let pace = counted / since(now, oldest).max(1.0);
            (pace * WINDOW.as_secs_f64()).floor().max(counted).min(all)
        }
        _ => counted.min(all),
    }
}

pub(crate) fn failed(view: &View<'_>) -> Result<Finding, Blind> {
    let all = seen_opt(&view.facts.nomad.allocations)?.map(Vec::as_slice).unwrap_or_default();
    let begin = view.now.checked_sub(WINDOW).unwrap_or(view.now);
    let bad = |allocation: &&AllocationStub| {
        matches!(allocation.client_status, ClientStatus::Failed | ClientStatus::Lost)
            && allocation.modify_time.is_none_or(|time| time >= begin)
    };
    let failed: Vec<&str> = all.iter().filter(bad).map(|allocation| short(&allocation.id)).collect();
    Ok(match failed.len() {
        0 => Finding::count(0, "none failed within an hour"),
        count => Finding::count(count, format!("{count} failed within an hour: {}", names(failed.iter().copied()))),
    })
}

pub(crate) fn instances(view: &View<'_>) -> Result<Finding, Blind> {
    let all = seen(&view.facts.consul.instances)?;
    let (passing, failing) = passing(all);
    let service = &view.target.service;
    let expected = usize::try_from(view.target.expected.unwrap_or(1)).unwrap_or(usize::MAX).max(all.len());
    let mut text = format!("{passing} of {expected} instances of {service} pass");
    if !failing.is_empty() {
        text = format!("{text}; failing: {}", names(failing.iter().copied()));
    }
    let at_least = if failing.is_empty() { Status::Ok } else { Status::Warning };
    Ok(Finding::count(passing, text).at_least(at_least))
}

/// How many pass, and the names of the checks that do not.
fn passing(all: &[ServiceEntry]) -> (usize, Vec<&str>) {
    let good = all.iter().filter(|instance| instance.is_passing()).count();
    let bad = all.iter().flat_map(|instance| &instance.checks).filter(|check| check.status.as_str() != "passing");
    let mut bad: Vec<&str> = bad.map(|check| check.name.as_str()).collect();
    bad.sort_unstable();
    bad.dedup();
    (good, bad)
}

pub(crate) fn sidecars(view: &View<'_>) -> Result<Finding, Blind> {
    let all = seen(&view.facts.consul.sidecars)?;
    if all.is_empty() {
        return Blind::skipped("the service is not in the mesh");
    }
    let (good, failing) = passing(all);
    let mut text = format!("{good} of {} sidecars pass", all.len());
    if !failing.is_empty() {
        text = format!("{text}; failing: {}", names(failing.iter().copied()));
    }
    let at_least = if good == 0 { Status::Critical } else { Status::Ok };
    Ok(Finding::count(all.len() - good, text).at_least(at_least))
}

/// How many places did not answer well.
fn answers(slot: &Slot<Vec<Answered>>, what: &str, well: fn(u16, &str) -> bool) -> Result<Finding, Blind> {
    let all = seen(slot)?;
    if all.is_empty() {
        return Blind::skipped("Consul knows no instance");
    }
    let problem = |answer: &Answered| match &answer.outcome {
        Ok((status, body)) if well(*status, body) => None,
        Ok((status, _)) => Some(format!("{} answers {status}", answer.place)),
        Err(Problem { text, .. }) => Some(format!("{}: {text}", answer.place)),
    };
    let bad: Vec<String> = all.iter().filter_map(problem).collect();
    let good = all.len() - bad.len();
    let mut text = format!("{good} of {} {what}", all.len());
    if !bad.is_empty() {
        text = format!("{text}; {}", names(bad.iter().map(String::as_str)));
    }
    let at_least = if good == 0 { Status::Critical } else { Status::Ok };
    Ok(Finding::count(bad.len(), text).at_least(at_least))
}

fn is_success(status: u16, _: &str) -> bool {
    (200..300).contains(&status)
}

pub(crate) fn health(view: &View<'_>) -> Result<Finding, Blind> {
    answers(&view.facts.endpoints.health, "instances are healthy", is_success)
}

pub(crate) fn ready(view: &View<'_>) -> Result<Finding, Blind> {
    answers(&view.facts.endpoints.ready, "instances are ready", is_success)
}

pub(crate) fn metrics(view: &View<'_>) -> Result<Finding, Blind> {
    // A page for people that answers 200 is no metrics.
    let finding = answers(&view.facts.endpoints.metrics, "instances offer metrics", |status, body| {
        is_success(status, body) && !body.trim_start().starts_with('<') && !body.trim_start().starts_with('{')
    })?;
    // The service works without them.
    Ok(Finding { at_least: finding.at_least.min(Status::Warning), ..finding })
}

pub(crate) fn sql(view: &View<'_>) -> Result<Finding, Blind> {
    if seen(&view.facts.consul.sql)?.is_empty() {
        return Blind::skipped(format!("there is no service {}", view.target.sql_service));
    }
    answers(&view.facts.endpoints.sql, "SQL ports take connections", |_, _| true)
}
