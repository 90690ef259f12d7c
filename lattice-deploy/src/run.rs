//! Whole workflows: what the command line calls, and what other programs can call without it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::apply::{self, Removing};
use crate::catalogue::Effect;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::error::{Error, Result, System};
use crate::gate;
use crate::health::Health;
use crate::lock::{self, Holder};
use crate::plan::{Plan, Snapshot};
use crate::report::{Event, Report};
use crate::rollout::{self, End, Ended, Limits, Submitted};

/// Everything that a workflow needs.
#[expect(missing_debug_implementations, reason = "it borrows a report and a future that have none")]
#[non_exhaustive]
pub struct Run<'a> {
    /// The servers.
    pub clients: &'a Clients,
    /// What shall exist.
    pub desired: &'a Desired,
    /// Who is told.
    pub report: &'a dyn Report,
    /// Who holds the lock.
    pub holder: Holder,
    /// How long to wait for the lock.
    pub lock_wait: Duration,
    /// How long to watch a rollout.
    pub limits: Limits,
}

/// What a deployment did and how it ended.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Deployed {
    /// What was to be changed.
    pub plan: Plan,
    /// How the rollout ended; none when it was not watched, or when there was nothing to roll out.
    pub rollout: Option<Ended>,
    /// What the service's health checks say; none when they were not made.
    pub gate: Option<Health>,
}

/// How a return to an earlier version ended.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RolledBack {
    /// How the rollout of the earlier version ended.
    pub rollout: Ended,
    /// What the service's health checks say; none when they were not made.
    pub gate: Option<Health>,
}

impl<'a> Run<'a> {
    /// A run with the usual limits.
    pub fn new(clients: &'a Clients, desired: &'a Desired, report: &'a dyn Report, holder: Holder) -> Self {
        Self { clients, desired, report, holder, lock_wait: Duration::ZERO, limits: Limits::default() }
    }

    /// Reads the servers and works out what would change; changes nothing.
    ///
    /// # Errors
    /// When a server cannot be read.
    pub async fn plan(&self) -> Result<(Snapshot, Plan)> {
        let snapshot = apply::observe(self.clients, &self.desired.owner, &self.desired.resources).await?;
        let plan = Plan::new(&self.desired.owner, &self.desired.resources, &snapshot);
        Ok((snapshot, plan))
    }

    /// Makes everything as declared, without watching a rollout.
    ///
    /// # Errors
    /// [`Error::Blocked`] before anything is changed; [`Error::Locked`] when another run is going on; else what the
    /// failing step says.
    pub async fn converge(&self, mut stop: BoxFuture<'_, ()>) -> Result<Plan> {
        let plan = lock::unless(&mut stop, Box::pin(self.checked_plan())).await?;
        if plan.is_empty() {
            return Ok(plan);
        }
        let work = async {
            let plan = self.checked_plan().await?;
            self.apply(&plan).await?;
            Ok(plan)
        };
        Box::pin(self.locked(stop, work)).await
    }

    /// Makes everything as declared and watches until the job's new version runs healthy or has failed.
    ///
    /// # Errors
    /// As [`Run::converge`]. A rollout that fails is no error but part of the answer, and so are health checks that
    /// find something critical after it.
    pub async fn deploy(&self, watch: bool, mut stop: BoxFuture<'_, ()>) -> Result<Deployed> {
        let plan = lock::unless(&mut stop, Box::pin(self.checked_plan())).await?;
        if plan.is_empty() {
            let seen = async {
                let rollout = self.current(watch).await?;
                let gate = self.gate(rollout.as_ref()).await;
                Ok((rollout, gate))
            };
            let (rollout, gate) = lock::unless(&mut stop, Box::pin(seen)).await?;
            return Ok(Deployed { plan, rollout, gate });
        }
        let work = async {
            let plan = self.checked_plan().await?;
            let rollout =
                if plan.is_empty() { self.current(watch).await? } else { self.apply_and_watch(&plan, watch).await? };
            let gate = self.gate(rollout.as_ref()).await;
            Ok(Deployed { plan, rollout, gate })
        };
        Box::pin(self.locked(stop, work)).await
    }

    /// A plan that can be applied. One made before the lock was held only shows whether there is anything to do:
    /// another run may have ended meanwhile.
    async fn checked_plan(&self) -> Result<Plan> {
        let (_, plan) = self.plan().await?;
        plan.check()?;
        Ok(plan)
    }

    /// Asks the service's health checks after a rollout that succeeded.
    async fn gate(&self, rollout: Option<&Ended>) -> Option<Health> {
        let healthy = rollout.filter(|ended| ended.end == End::Healthy && ended.wanted > 0)?;
        let limit = Some(self.limits.gate).filter(|limit| !limit.is_zero())?;
        Some(gate::ask(self.clients, self.desired, healthy.wanted, limit, self.report).await)
    }

    async fn current(&self, watch: bool) -> Result<Option<Ended>> {
        if !watch {
            return Ok(None);
        }
        rollout::current(self.clients, self.desired, &self.limits, self.report).await
    }

    /// Returns the job to an earlier version and watches until that runs healthy.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such version; [`Error::Blocked`] when the job is not this deployment's.
    pub async fn roll_back(&self, to: Option<u64>, stop: BoxFuture<'_, ()>) -> Result<RolledBack> {
        let work = async {
            self.check_job().await?;
            let rollout = rollout::roll_back(self.clients, self.desired, to, &self.limits, self.report).await?;
            let gate = self.gate(Some(&rollout)).await;
            Ok(RolledBack { rollout, gate })
        };
        Box::pin(self.locked(stop, work)).await
    }

    /// Fails when the job was made by somebody else.
    async fn check_job(&self) -> Result<()> {
        let job = self.desired.only(&[System::Nomad]);
        let snapshot = apply::observe(self.clients, &job.owner, &job.resources).await?;
        match snapshot.held.keys().find(|key| !snapshot.owns(key)) {
            Some(key) => Err(Error::Blocked(vec![format!("{key} was not made by {}", job.owner)])),
            None => Ok(()),
        }
    }

    /// Lists what a cleanup would take away.
    ///
    /// # Errors
    /// When a server cannot be read.
    pub async fn removals(&self, keep_data: bool) -> Result<Vec<Removing>> {
        apply::removals(self.clients, &self.desired.owner, &self.desired.resources, keep_data).await
    }

    /// Takes away what [`Run::removals`] listed.
    ///
    /// # Errors
    /// What the failing removal says; another cleanup goes on from there.
    pub async fn clean_up(&self, removals: Vec<Removing>, stop: BoxFuture<'_, ()>) -> Result<Vec<Removing>> {
        let work = apply::remove(self.clients, &self.desired.owner, removals, self.report);
        Box::pin(self.locked(stop, work)).await
    }

    /// Does the work under the lock, until it ends or `stop` does.
    ///
    /// # Errors
    /// [`Error::Locked`] when another run is going on; [`Error::Interrupted`] when it was stopped; else what the work
    /// says.
    pub async fn locked<T>(&self, stop: BoxFuture<'_, ()>, work: impl Future<Output = Result<T>>) -> Result<T> {
        lock::hold(self.clients, &self.desired.owner, &self.holder, self.lock_wait, stop, work).await
    }

    async fn apply(&self, plan: &Plan) -> Result<Effect> {
        apply::apply(self.clients, &self.desired.resources, plan, self.report).await
    }

    async fn apply_and_watch(&self, plan: &Plan, watch: bool) -> Result<Option<Ended>> {
        let effect = self.apply(plan).await?;
        // When only other objects changed, the job's last rollout may still be going on, or have failed.
        let (Some(submitted), true) = (Submitted::of(&effect), watch) else { return self.current(watch).await };
        let text = format!("watching evaluation {}", rollout::short(&submitted.evaluation));
        self.report.event(Event::Note { text });
        rollout::watch(self.clients, self.desired, &submitted, &self.limits, self.report).await.map(Some)
    }
}
