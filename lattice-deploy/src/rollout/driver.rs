//! Reads what [`judge`] needs, again and again, until there is a verdict.

use std::time::Duration;

use nomad_client::allocations::AllocationStub;
use nomad_client::deployments::{Deployment, DeploymentStatus};
use nomad_client::evaluations::{AllocationMetric, Evaluation};
use nomad_client::job::Job;
use nomad_client::{Answer, Index, ReadOptions};
use tokio::time::{Instant, sleep};

use super::judge::{End, Goal, Instance, Progress, Rollout, Seen, Unplaced, Verdict, judge};
use super::{Ended, Limits, failures};
use crate::clients::Clients;
use crate::desired::Desired;
use crate::error::{Doing, Error, Result};
use crate::job::META_VERSION;
use crate::report::{Event, Report};

/// A change is noticed at once; without one, things are looked at again this often, since waits run out by the clock.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// A server that cannot answer is asked again after this pause, until the time is over.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Watches what a submission of the job has started.
///
/// # Errors
/// When Nomad refuses an answer. That it cannot give one for a while is no error, as long as there is time.
pub async fn watch(
    clients: &Clients,
    desired: &Desired,
    evaluation: &str,
    limits: &Limits,
    report: &dyn Report,
) -> Result<Ended> {
    let job = read_job(clients, &desired.owner.project).await?;
    Watch::new(clients, &job, Some(evaluation.to_owned()), limits, report).run().await
}

/// Watches the job's newest version, if it is still being rolled out or has failed; `None` when there is nothing to
/// watch.
///
/// # Errors
/// As [`watch`].
pub async fn current(
    clients: &Clients,
    desired: &Desired,
    limits: &Limits,
    report: &dyn Report,
) -> Result<Option<Ended>> {
    if desired.job().is_none() {
        return Ok(None);
    }
    let job = read_job(clients, &desired.owner.project).await?;
    let deployments =
        clients.nomad.jobs().deployments(&desired.owner.project).await.doing("read the job's deployments")?;
    let newest = deployments.iter().find(|deployment| Some(deployment.job_version) == job.version);
    match newest {
        // Nomad forgets the deployment of a version that has been running for long.
        None => Ok(None),
        Some(_) => Watch::new(clients, &job, None, limits, report).run().await.map(Some),
    }
}

/// Returns the job to an earlier version and watches that.
///
/// # Errors
/// [`Error::Missing`] when there is no such version; else as [`watch`].
pub async fn roll_back(
    clients: &Clients,
    desired: &Desired,
    to: Option<u64>,
    limits: &Limits,
    report: &dyn Report,
) -> Result<Ended> {
    let id = &desired.owner.project;
    let versions = clients.nomad.jobs().versions(id).await.doing(format!("read the versions of the job {id}"))?;
    let current = versions.iter().filter_map(|job| job.version).max();
    let current = current.ok_or_else(|| Error::Missing(format!("there is no job {id}")))?;
    let earlier = versions.iter().filter(|job| job.stable == Some(true)).filter_map(|job| job.version);
    let newest_stable = earlier.filter(|version| *version < current).max();
    let to = to
        .or(newest_stable)
        .ok_or_else(|| Error::Missing(format!("the job {id} has no earlier stable version; name one with --to")))?;
    if to == current {
        return Err(Error::Invalid(format!("version {to} of the job {id} runs already")));
    }
    if !versions.iter().any(|job| job.version == Some(to)) {
        return Err(Error::Missing(format!("the job {id} has no version {to}")));
    }
    report.event(Event::Note { text: format!("returning {id} from version {current} to version {to}") });
    let reverted = clients.nomad.jobs().revert(id, to, Some(current)).await;
    let reverted = reverted.doing(format!("return the job {id} to version {to}"))?;
    let job = read_job(clients, id).await?;
    Watch::new(clients, &job, reverted.eval_id, limits, report).run().await
}

async fn read_job(clients: &Clients, id: &str) -> Result<Job> {
    let job = clients.nomad.jobs().read_opt(id).await.doing(format!("read the job {id}"))?;
    job.ok_or_else(|| Error::Missing(format!("there is no job {id} in Nomad")))
}

struct Watch<'a> {
    clients: &'a Clients,
    report: &'a dyn Report,
    id: String,
    goal: Goal,
    evaluation: Option<String>,
    image_tag: Option<String>,
    begun: Instant,
    total: Duration,
    unplaced_since: Option<Instant>,
    said: Vec<String>,
}

/// What one look brought, and the index to wait on for the next.
struct Look {
    seen: Seen,
    allocations: Vec<AllocationStub>,
    running_tag: Option<String>,
    index: Option<Index>,
}

impl<'a> Watch<'a> {
    fn new(
        clients: &'a Clients,
        job: &Job,
        evaluation: Option<String>,
        limits: &Limits,
        report: &'a dyn Report,
    ) -> Self {
        let wanted = job.task_groups.iter().map(|group| group.count.unwrap_or(1)).sum::<i64>();
        Self {
            clients,
            report,
            id: job.id.clone().unwrap_or_default(),
            goal: Goal::new(
                job.version.unwrap_or_default(),
                u64::try_from(wanted).unwrap_or_default(),
                limits.placement,
            ),
            evaluation,
            image_tag: job.meta.get(META_VERSION).cloned(),
            begun: Instant::now(),
            total: limits.total,
            unplaced_since: None,
            said: Vec::new(),
        }
    }

    async fn run(mut self) -> Result<Ended> {
        let mut index = None;
        loop {
            let look = match self.look(index).await {
                Ok(look) => look,
                Err(error) if error.is_transient() && self.begun.elapsed() < self.total => {
                    self.say(0, vec![format!("Nomad cannot answer at the moment: {error}")]);
                    sleep(AFTER_ERROR).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            index = look.index;
            match judge(&self.goal, &look.seen) {
                Verdict::Over(end) => return Ok(self.end(end, look).await),
                Verdict::Waiting { for_what, .. } if self.begun.elapsed() >= self.total => {
                    return Ok(self.end(End::TimedOut { for_what }, look).await);
                }
                Verdict::Waiting { healthy, for_what } => self.say(healthy, for_what),
            }
        }
    }

    /// Says what is waited for, once for each change.
    fn say(&mut self, healthy: u64, for_what: Vec<String>) {
        let mut line = for_what.clone();
        line.push(healthy.to_string());
        if self.said != line {
            self.report.event(Event::Waiting { healthy, wanted: self.goal.wanted, for_what });
            self.said = line;
        }
    }

    async fn end(&self, end: End, look: Look) -> Ended {
        let failures = match &end {
            End::Healthy | End::AwaitingPromotion => Vec::new(),
            _ => failures::collect(self.clients, &look.allocations, self.goal.version).await,
        };
        let runs = |instance: &&Instance| instance.running && instance.healthy == Some(true);
        let newest = if matches!(end, End::RolledBack { .. }) { None } else { Some(self.goal.version) };
        let counts = |instance: &&Instance| newest.is_none_or(|version| instance.version == version);
        let healthy = look.seen.allocations.iter().filter(runs).filter(counts).count() as u64;
        Ended {
            end,
            version: self.goal.version,
            image_tag: self.image_tag.clone(),
            running_tag: look.running_tag,
            healthy,
            wanted: self.goal.wanted,
            failures,
        }
    }

    /// Waits for a change after `index`, then reads everything at the same time.
    async fn look(&mut self, index: Option<Index>) -> Result<Look> {
        let jobs = self.clients.nomad.jobs();
        let options = match index {
            Some(index) => ReadOptions::new().waiting(index, LOOK_AGAIN),
            None => ReadOptions::new(),
        };
        let Answer { value: allocations, meta, .. } = jobs
            .allocations_with(&self.id, &options)
            .await
            .doing(format!("read the allocations of the job {}", self.id))?;
        let (job, deployments, evaluation) = tokio::try_join!(
            read_job(self.clients, &self.id),
            async { jobs.deployments(&self.id).await.doing(format!("read the deployments of the job {}", self.id)) },
            self.read_evaluation(),
        )?;
        let unplaced = evaluation.as_ref().map(unplaced).unwrap_or_default();
        if unplaced.is_empty() {
            self.unplaced_since = None;
        }
        let since = (!unplaced.is_empty()).then(|| *self.unplaced_since.get_or_insert_with(Instant::now));
        let seen = Seen {
            job_version: job.version.unwrap_or_default(),
            job_stopped: job.stop == Some(true),
            evaluated: evaluation.as_ref().is_none_or(|evaluation| evaluation.status.is_terminal()),
            unplaced,
            unplaced_for: since.map(|since| since.elapsed()).unwrap_or_default(),
            deployments: deployments.iter().map(rollout).collect(),
            allocations: allocations.iter().map(instance).collect(),
        };
        let running_tag = job.meta.get(META_VERSION).cloned();
        Ok(Look { seen, allocations, running_tag, index: meta.index })
    }

    async fn read_evaluation(&self) -> Result<Option<Evaluation>> {
        match &self.evaluation {
            None => Ok(None),
            Some(id) => self.clients.nomad.evaluations().read_opt(id).await.doing(format!("read the evaluation {id}")),
        }
    }
}

fn rollout(deployment: &Deployment) -> Rollout {
    let sum = |count: fn(&nomad_client::deployments::DeploymentState) -> i64| {
        u64::try_from(deployment.task_groups.values().map(count).sum::<i64>()).unwrap_or_default()
    };
    Rollout {
        id: deployment.id.clone(),
        version: deployment.job_version,
        status: match deployment.status {
            DeploymentStatus::Successful => Progress::Successful,
            DeploymentStatus::Failed => Progress::Failed,
            DeploymentStatus::Cancelled => Progress::Cancelled,
            DeploymentStatus::Paused | DeploymentStatus::Blocked => Progress::Paused,
            _ => Progress::Running,
        },
        description: deployment.status_description.clone(),
        desired: sum(|group| group.desired_total),
        placed: sum(|group| group.placed_allocs),
        healthy: sum(|group| group.healthy_allocs),
        unhealthy: sum(|group| group.unhealthy_allocs),
        needs_promotion: deployment.needs_promotion(),
    }
}

fn instance(allocation: &AllocationStub) -> Instance {
    let events = allocation.task_states.values().filter_map(|state| state.events.last());
    let last = events.max_by_key(|event| event.time);
    Instance {
        id: allocation.id.clone(),
        version: allocation.job_version,
        running: allocation.client_status.as_str() == "running",
        ended: allocation.client_status.is_terminal() || allocation.desired_status.as_str() != "run",
        healthy: allocation.deployment_status.as_ref().and_then(|status| status.healthy),
        last_event: last.map(|event| {
            if event.display_message.is_empty() { event.kind.clone() } else { event.display_message.clone() }
        }),
    }
}

fn unplaced(evaluation: &Evaluation) -> Vec<Unplaced> {
    let group =
        |(group, metric): (&String, &AllocationMetric)| Unplaced { group: group.clone(), reasons: reasons(metric) };
    evaluation.failed_tg_allocs.iter().map(group).collect()
}

/// Why no node will do, as Nomad counted it.
fn reasons(metric: &AllocationMetric) -> Vec<String> {
    let nodes = |count: i64| if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") };
    let exhausted =
        metric.dimension_exhausted.iter().map(|(what, count)| format!("{what} exhausted on {}", nodes(*count)));
    let constraint =
        metric.constraint_filtered.iter().map(|(what, count)| format!("{} filtered by {what}", nodes(*count)));
    let class = metric.class_filtered.iter().map(|(what, count)| format!("{} of class {what} filtered", nodes(*count)));
    let mut reasons: Vec<String> = exhausted.chain(constraint).chain(class).collect();
    if reasons.is_empty() {
        reasons.push(format!("{} looked at, none fits", nodes(metric.nodes_evaluated)));
    }
    reasons
}
