//! The commands that change what runs, and the plan that shows it beforehand.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::args::{Cleanup, Deploy, Only, Plan as PlanArgs, Rollback};
use super::output::{Outcome, sign};
use super::{Context, Failure, Result};
use crate::clients::Clients;
use crate::config::{Resolved, Source};
use crate::desired::Desired;
use crate::diff::Change;
use crate::error::System;
use crate::exit::Exit;
use crate::health::{Health, Status};
use crate::lock::Holder;
use crate::plan::{Action, Plan};
use crate::preflight;
use crate::rollout::{End, Ended};
use crate::run::{Deployed, Run};

impl Context {
    /// Who this is, for the lock.
    pub(super) fn holder(&self, command: &str) -> Holder {
        let user =
            (self.environment)("USER").or_else(|| (self.environment)("LOGNAME")).unwrap_or_else(|| "somebody".into());
        let host = (self.environment)("HOSTNAME").or_else(|| std::fs::read_to_string("/etc/hostname").ok());
        let host = host.map(|host| format!("@{}", host.trim())).unwrap_or_default();
        Holder::new(format!("{user}{host}"), format!("lattice-deploy {command}"))
    }

    pub(super) fn run<'a>(&'a self, clients: &'a Clients, desired: &'a Desired, command: &str) -> Run<'a> {
        let mut run = Run::new(clients, desired, &self.ui, self.holder(command));
        run.lock_wait = self.global.lock_wait;
        run.limits.total = self.global.timeout;
        run
    }

    pub(super) async fn plan(&self, args: &PlanArgs) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        let systems = systems(&args.only);
        preflight::check(&clients, &System::ALL).await?;
        let desired = desired.only(&systems);
        let (_, plan) = self.run(&clients, &desired, "plan").plan().await?;
        let changes = !plan.is_empty();
        let exit = if changes && args.detailed_exitcode { Exit::Changes } else { Exit::Ok };
        Ok(Outcome::new(exit, plan_text(&plan), json!({ "plan": plan })))
    }

    pub(super) async fn converge(&self, systems: &[System]) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        preflight::check(&clients, &System::ALL).await?;
        let desired = desired.only(systems);
        let run = self.run(&clients, &desired, "setup");
        let plan = run.converge(interrupted()).await?;
        Ok(Outcome::done(plan_result(&plan), json!({ "plan": plan })))
    }

    pub(super) async fn deploy(&self, args: &Deploy) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&tag(args))?;
        self.roll_out(&clients, &desired, args, "deploy").await
    }

    pub(super) async fn update(&self, args: &Deploy) -> Result<Outcome> {
        let (resolved, clients, desired) = self.prepare(&tag(args))?;
        if !says_version(&resolved) {
            return Err(Failure::new(Exit::Usage, "name the version to run: `--image-tag TAG`, or IMAGE_TAG"));
        }
        preflight::check(&clients, &System::ALL).await?;
        let desired = desired.only(&[System::Nomad]);
        let job = &desired.owner.project;
        let (snapshot, _) = self.run(&clients, &desired, "update").plan().await?;
        if snapshot.held.is_empty() {
            return Err(Failure::new(
                Exit::Error,
                format!("there is no job {job} to update; run `lattice-deploy deploy` first"),
            ));
        }
        self.roll_out(&clients, &desired, args, "update").await
    }

    async fn roll_out(&self, clients: &Clients, desired: &Desired, args: &Deploy, command: &str) -> Result<Outcome> {
        preflight::check(clients, &System::ALL).await?;
        let mut run = self.run(clients, desired, command);
        run.limits.placement = args.placement_timeout;
        run.limits.gate = args.gate.gate_timeout;
        let deployed = run.deploy(!args.detach, interrupted()).await?;
        Ok(verdict(desired, &deployed))
    }

    pub(super) async fn roll_back(&self, args: &Rollback) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        preflight::check(&clients, &System::ALL).await?;
        let mut run = self.run(&clients, &desired, "rollback");
        run.limits.gate = args.gate.gate_timeout;
        let back = run.roll_back(args.to, interrupted()).await?;
        let (exit, text) = gated(ended_text(&desired.owner.project, &back.rollout), back.gate.as_ref());
        Ok(Outcome::new(exit, text, json!(back)))
    }

    pub(super) async fn clean_up(&self, args: &Cleanup) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        preflight::check(&clients, &System::ALL).await?;
        let keep = args.keep_data || (self.environment)("REMOVE_VAULT_SECRETS").as_deref() == Some("false");
        let run = self.run(&clients, &desired, "cleanup");
        let removals = run.removals(keep).await?;
        if removals.is_empty() {
            return Ok(Outcome::done(format!("Nothing of {} is there.", desired.owner), json!({ "removed": [] })));
        }
        self.ui.say(&format!("Cleaning up {}:", desired.owner));
        for removing in &removals {
            let kept = removing.kept.as_ref().map(|why| format!(" (kept: {why})")).unwrap_or_default();
            self.ui.say(&format!("  - {}{kept}", removing.key));
        }
        self.confirm(&format!(
            "Remove these {} objects?",
            removals.iter().filter(|removing| removing.kept.is_none()).count()
        ))?;
        let done = run.clean_up(removals, interrupted()).await?;
        let removed = done.iter().filter(|removing| removing.kept.is_none()).count();
        let kept = done.len() - removed;
        let text = format!("Removed {removed} objects of {}, kept {kept}.", desired.owner);
        Ok(Outcome::done(text, json!({ "objects": done, "removed": removed, "kept": kept })))
    }

    /// Asks before something is taken away.
    fn confirm(&self, question: &str) -> Result<()> {
        if self.global.yes {
            return Ok(());
        }
        if !self.ui.can_ask() {
            return Err(Failure::new(
                Exit::Declined,
                "nobody can be asked here: say --yes to go on; nothing was changed",
            ));
        }
        match self.ui.ask(question) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new(Exit::Declined, "declined; nothing was changed")),
            Err(error) => Err(Failure::new(Exit::Error, format!("the answer cannot be read: {error}"))),
        }
    }
}

/// Ends at the first Ctrl-C or SIGTERM, after which there is time to leave things in order; a second ends the process.
pub(super) fn interrupted() -> BoxFuture<'static, ()> {
    async {
        signalled().await;
        tokio::spawn(async {
            signalled().await;
            end_at_once();
        });
    }
    .boxed()
}

async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};

    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // Without a handler the signal ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

#[expect(clippy::exit, clippy::disallowed_methods, reason = "who asks twice does not want to wait for destructors")]
fn end_at_once() {
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

fn tag(args: &Deploy) -> Vec<String> {
    args.image_tag.iter().map(|tag| format!("image_tag={tag}")).collect()
}

/// Whether the version was named for this call, and not only in a file.
fn says_version(resolved: &Resolved) -> bool {
    !matches!(resolved.source_of("image_tag"), Source::Default | Source::File(_))
}

fn systems(only: &[Only]) -> Vec<System> {
    if only.is_empty() {
        return System::ALL.to_vec();
    }
    let system = |only: &Only| match only {
        Only::Vault => System::Vault,
        Only::Consul => System::Consul,
        Only::Nomad => System::Nomad,
    };
    only.iter().map(system).collect()
}

fn plan_text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for step in plan.steps.iter().filter(|step| step.action != Action::Unchanged) {
        lines.push(format!("{} {}", sign(&step.action), step.key));
        if step.action != Action::Create {
            let change = |change: &Change| format!("      {}: {} -> {}", change.path, change.before, change.after);
            lines.extend(step.changes.iter().map(change));
        }
    }
    let count = |action| plan.count(&action);
    let (create, update, unchanged) = (count(Action::Create), count(Action::Update), count(Action::Unchanged));
    let blocked = match count(Action::Blocked) {
        0 => String::new(),
        blocked => format!("; {blocked} in the way"),
    };
    lines.push(format!("Plan: {create} to make, {update} to change, {unchanged} as declared{blocked}."));
    lines.join("\n")
}

fn plan_result(plan: &Plan) -> String {
    if plan.is_empty() {
        return format!("Nothing to change: all {} objects are as declared.", plan.steps.len());
    }
    format!("Made {} objects, changed {}.", plan.count(&Action::Create), plan.count(&Action::Update))
}

fn verdict(desired: &Desired, deployed: &Deployed) -> Outcome {
    let data = json!(deployed);
    let done = plan_result(&deployed.plan);
    match &deployed.rollout {
        None => Outcome::done(done, data),
        Some(ended) => {
            let (exit, text) = gated(ended_text(&desired.owner.project, ended), deployed.gate.as_ref());
            Outcome::new(exit, format!("{done}\n{text}"), data)
        }
    }
}

/// What the health checks make of how a rollout ended.
fn gated((exit, text): (Exit, String), gate: Option<&Health>) -> (Exit, String) {
    match gate {
        None => (exit, text),
        Some(health) if health.status == Status::Ok => (exit, text),
        Some(health) if health.status == Status::Critical => {
            (Exit::Unhealthy, format!("{text}\nBut its health checks fail: {}", health.line()))
        }
        Some(health) => (exit, format!("{text}\nIts health checks say: {}", health.line())),
    }
}

/// How a rollout ended, as an exit code and in words.
pub(super) fn ended_text(job: &str, ended: &Ended) -> (Exit, String) {
    let version = ended.version;
    let tag = ended.image_tag.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
    let (exit, text) = match &ended.end {
        End::Healthy => (
            Exit::Ok,
            format!("{job} version {version}{tag} runs healthy: {} of {} instances.", ended.healthy, ended.wanted),
        ),
        End::NoPlace { unplaced } => {
            let reasons: Vec<String> = unplaced
                .iter()
                .map(|unplaced| format!("  {}: {}", unplaced.group, unplaced.reasons.join(", ")))
                .collect();
            (
                Exit::PlacementFailed,
                format!("There is no place for {job} version {version}{tag}:\n{}", reasons.join("\n")),
            )
        }
        End::Failed { why } => (Exit::DeploymentFailed, format!("{job} version {version}{tag} failed: {why}")),
        End::RolledBack { to, why } => {
            let back = ended.running_tag.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
            (Exit::RolledBack, format!("{job} version {version}{tag} failed: {why}.\nVersion {to}{back} runs now."))
        }
        End::AwaitingPromotion => {
            (Exit::AwaitingPromotion, format!("{job} version {version}{tag} waits to be promoted."))
        }
        End::Superseded { by } => (Exit::Conflict, format!("{job} version {version}{tag} was not rolled out: {by}")),
        End::TimedOut { for_what } => (
            Exit::TimedOut,
            format!("{job} version {version}{tag} is still in progress; it waits for: {}", for_what.join("; ")),
        ),
    };
    let mut lines = vec![text];
    for failure in &ended.failures {
        lines.push(format!("\nallocation {} on {}:", failure.allocation, failure.node));
        lines.extend(failure.events.iter().map(|event| format!("  {event}")));
        lines.extend(failure.log.iter().map(|line| format!("  | {line}")));
    }
    (exit, lines.join("\n"))
}
