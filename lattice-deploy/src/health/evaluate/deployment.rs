//! The rollout under way.

use jiff::Timestamp;
use nomad_client::deployments::{Deployment, DeploymentStatus};

use super::{Blind, Finding, View, seen, seen_opt, since, span};
use crate::health::status::Status;
use crate::health::target::Target;

fn newest<'a>(view: &View<'a>) -> Result<Option<&'a Deployment>, Blind> {
    Ok(seen_opt(&view.facts.nomad.deployment)?.and_then(Option::as_ref))
}

pub(crate) fn state(view: &View<'_>) -> Result<Finding, Blind> {
    let Some(deployment) = newest(view)? else { return Ok(Finding::state(Status::Ok, "no deployment")) };
    let status = match deployment.status {
        DeploymentStatus::Failed => Status::Critical,
        DeploymentStatus::Paused | DeploymentStatus::Cancelled | DeploymentStatus::Blocked => Status::Warning,
        _ => Status::Ok,
    };
    let (healthy, wanted) = deployment
        .task_groups
        .values()
        .fold((0, 0), |(healthy, wanted), group| (healthy + group.healthy_allocs, wanted + group.desired_total));
    let version = deployment.job_version;
    let mut text = format!("version {version}: {}, {healthy} of {wanted} healthy", deployment.status);
    if status != Status::Ok {
        text = format!("{text}: {}", deployment.status_description);
    }
    Ok(Finding::state(status, text))
}

/// Since when a deployment is as it is.
fn began(deployment: &Deployment) -> Option<Timestamp> {
    deployment.create_time.or(deployment.modify_time)
}

pub(crate) fn age(view: &View<'_>) -> Result<Finding, Blind> {
    match newest(view)? {
        Some(deployment) if !deployment.status.is_terminal() && !deployment.needs_promotion() => {
            Ok(lasting(view, began(deployment), "under way for"))
        }
        _ => Ok(Finding::value(0.0, "none under way")),
    }
}

pub(crate) fn promotion(view: &View<'_>) -> Result<Finding, Blind> {
    match newest(view)? {
        Some(deployment) if deployment.needs_promotion() => {
            // It last changed when its last canary became healthy.
            let since = deployment.modify_time.or(deployment.create_time);
            Ok(lasting(view, since, "waiting for a promotion for"))
        }
        _ => Ok(Finding::value(0.0, "none waiting for a promotion")),
    }
}

/// Servers before 1.10 do not tell when a deployment was made.
fn lasting(view: &View<'_>, began: Option<Timestamp>, what: &str) -> Finding {
    match began {
        Some(began) => {
            let age = since(view.now, began).max(0.0);
            Finding::value(age.round(), format!("{what} {}", span(age)))
        }
        None => Finding::state(Status::Ok, format!("{what} an unknown time")),
    }
}

pub(crate) fn has_environment(target: &Target) -> bool {
    target.environment.is_some()
}

pub(crate) fn lock(view: &View<'_>) -> Result<Finding, Blind> {
    #[derive(serde::Deserialize)]
    struct Holder {
        who: String,
        what: String,
        since: Timestamp,
    }
    let Some(pair) = seen(&view.facts.consul.lock)?.as_ref().filter(|pair| pair.session.is_some()) else {
        return Ok(Finding::value(0.0, "not held"));
    };
    let Ok(holder) = serde_json::from_slice::<Holder>(&pair.value) else {
        return Ok(Finding::state(Status::Unknown, "held by something that does not say who it is"));
    };
    let age = since(view.now, holder.since).max(0.0);
    Ok(Finding::value(age.round(), format!("{} holds it for {} with `{}`", holder.who, span(age), holder.what)))
}
