//! Submits a job to Nomad and follows it until it is healthy, or says why it is not.
//!
//! ```console
//! $ cargo run -p examples --example nomad-submit-follow -- job.nomad.hcl
//! evaluation 94cd39d7-…
//! deployment 70638f62-…
//! running: main 0/1 healthy
//! successful: main 1/1 healthy
//! ```
//!
//! The address and the token come from the environment, as for the official command line. The exit code is 0 when all
//! allocations are healthy (of a batch job: when they have ended well), and 1 otherwise.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use nomad_client::allocations::ClientStatus;
use nomad_client::deployments::{Deployment, DeploymentStatus};
use nomad_client::evaluations::{Evaluation, EvaluationStatus};
use nomad_client::jobs::{RegisterOptions, Submission};
use nomad_client::{Client, Config, ReadOptions};
use tokio::time::timeout;

/// Longer than the longest progress deadline that is of any use.
const LIMIT: Duration = Duration::from_secs(30 * 60);

#[tokio::main]
async fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        say("usage: nomad-submit-follow FILE");
        return ExitCode::from(2);
    };
    let followed = async {
        let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let nomad = Client::new(&Config::from_env()?)?;
        timeout(LIMIT, submit(&nomad, &text)).await.context("it takes too long")?
    };
    match followed.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    // Nobody may be listening any more.
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn submit(nomad: &Client, text: &str) -> anyhow::Result<()> {
    let job = nomad.jobs().parse(text).await?;
    let id = job.id.clone().unwrap_or_default();
    let options = RegisterOptions::new().with_submission(Submission::hcl(text));
    let registered = nomad.jobs().register_with(&job, &options).await?;
    if !registered.warnings.is_empty() {
        say(&format!("warning: {}", registered.warnings));
    }
    let Some(evaluation) = registered.eval_id else {
        say(&format!("{id} is registered, and launched by the clock or by a dispatch"));
        return Ok(());
    };
    match placed(nomad, evaluation).await?.deployment_id {
        Some(deployment) => deployed(nomad, &id, &deployment).await,
        None => ended(nomad, &id).await,
    }
}

/// Waits until the scheduler has done what it can, for as long as it finds no place if need be.
async fn placed(nomad: &Client, mut id: String) -> anyhow::Result<Evaluation> {
    loop {
        say(&format!("evaluation {id}"));
        let evaluation = over(nomad, &id).await?;
        if evaluation.status != EvaluationStatus::Complete {
            bail!("the evaluation is {}: {}", evaluation.status, evaluation.status_description);
        }
        for (group, metric) in &evaluation.failed_tg_allocs {
            let missing = metric.dimension_exhausted.keys().chain(metric.constraint_filtered.keys());
            let missing: Vec<&str> = missing.map(String::as_str).collect();
            say(&format!("no place for {group}: {} nodes, {}", metric.nodes_evaluated, missing.join(", ")));
        }
        match evaluation.blocked_eval.clone().or_else(|| evaluation.next_eval.clone()) {
            Some(next) if evaluation.deployment_id.is_none() => id = next,
            _ => return Ok(evaluation),
        }
    }
}

async fn over(nomad: &Client, id: &str) -> anyhow::Result<Evaluation> {
    let mut states = nomad.evaluations().watch_one(id, &ReadOptions::new());
    while let Some(state) = states.next().await {
        let evaluation = state?.value;
        if evaluation.status.is_terminal() {
            return Ok(evaluation);
        }
    }
    bail!("the evaluation cannot be watched")
}

/// Follows a deployment to its end.
async fn deployed(nomad: &Client, job: &str, id: &str) -> anyhow::Result<()> {
    say(&format!("deployment {id}"));
    let mut states = nomad.deployments().watch_one(id, &ReadOptions::new());
    while let Some(state) = states.next().await {
        let deployment = state?.value;
        say(&progress(&deployment));
        if deployment.needs_promotion() {
            say("its canaries are healthy and wait to be promoted");
        }
        match deployment.status {
            DeploymentStatus::Successful => return Ok(()),
            DeploymentStatus::Failed | DeploymentStatus::Cancelled => {
                tell_failures(nomad, id).await?;
                bail!("version {} of {job}: {}", deployment.job_version, deployment.status_description);
            }
            _ => {}
        }
    }
    bail!("the deployment cannot be watched")
}

fn progress(deployment: &Deployment) -> String {
    let groups = deployment.task_groups.iter();
    let groups: Vec<String> = groups
        .map(|(name, group)| format!("{name} {}/{} healthy", group.healthy_allocs, group.desired_total))
        .collect();
    format!("{}: {}", deployment.status, groups.join(", "))
}

/// What the tasks of unhealthy allocations went through last.
async fn tell_failures(nomad: &Client, deployment: &str) -> anyhow::Result<()> {
    for stub in nomad.deployments().allocations(deployment).await? {
        if stub.deployment_status.is_some_and(|status| status.healthy == Some(false)) {
            for (task, state) in &stub.task_states {
                let last = state.events.last().map(|event| event.display_message.as_str()).unwrap_or_default();
                say(&format!("{} {task}: {last}", stub.name));
            }
        }
    }
    Ok(())
}

/// Follows the allocations of a job without deployments, until all of them have ended.
async fn ended(nomad: &Client, job: &str) -> anyhow::Result<()> {
    let mut states = nomad.jobs().watch_allocations(job, &ReadOptions::new());
    while let Some(state) = states.next().await {
        let all = state?.value;
        for stub in &all {
            say(&format!("{} is {}", stub.name, stub.client_status));
        }
        if !all.is_empty() && all.iter().all(|stub| stub.client_status.is_terminal()) {
            let failed = all.iter().filter(|stub| stub.client_status != ClientStatus::Complete).count();
            return if failed == 0 { Ok(()) } else { bail!("{failed} of {} allocations failed", all.len()) };
        }
    }
    bail!("the allocations cannot be watched")
}
