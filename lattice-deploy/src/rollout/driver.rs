//! Reads what [`judge`] needs, again and again, until there is a verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use nomad_client::allocations::AllocationStub;
use nomad_client::deployments::{Deployment, DeploymentStatus};
use nomad_client::evaluations::{AllocationMetric, Evaluation, EvaluationStatus};
use nomad_client::job::Job;
use nomad_client::{Answer, Index, ReadOptions};
use tokio::time::{Instant, sleep};

use super::judge::{End, Goal, Instance, Progress, Rollout, Seen, Unplaced, Verdict, judge};
use super::{Ended, Limits, Submitted, failures};
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
    submitted: &Submitted,
    limits: &Limits,
    report: &dyn Report,
) -> Result<Ended> {
    let id = &desired.owner.project;
    let ask = || submitted_job(clients, id, submitted.job_modify_index);
    let job = patiently(limits.total, report, ask).await?;
    Watch::new(clients, &job, Some(submitted.evaluation.clone()), limits, report).run().await
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
    let ask = || submitted_job(clients, id, Some(reverted.job_modify_index.0));
    let job = patiently(limits.total, report, ask).await?;
    Watch::new(clients, &job, reverted.eval_id, limits, report).run().await
}

/// The job as it was submitted.
async fn submitted_job(clients: &Clients, id: &str, index: Option<u64>) -> Result<Job> {
    let versions = clients.nomad.jobs().versions(id).await.doing(format!("read the versions of the job {id}"))?;
    match versions.into_iter().find(|job| index.is_some() && job.job_modify_index.map(|index| index.0) == index) {
        Some(job) => Ok(job),
        // Nomad keeps few versions; without ours, the newest is all that is known.
        None => read_job(clients, id).await,
    }
}

/// Asks again while Nomad cannot answer, such as during an election, as long as there is time.
async fn patiently<T, F>(total: Duration, report: &dyn Report, ask: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error) if error.is_transient() && begun.elapsed() < total => {
                report.event(Event::Note { text: format!("Nomad cannot answer at the moment: {error}") });
                sleep(AFTER_ERROR).await;
            }
            other => return other,
        }
    }
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
    healthy: u64,
    said: Vec<String>,
}

/// What one look brought, and the index to wait on for the next.
#[derive(Default)]
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
            healthy: 0,
            said: Vec::new(),
        }
    }

    async fn run(mut self) -> Result<Ended> {
        let mut index = None;
        loop {
            let look = match self.look(index).await {
                Ok(look) => look,
                Err(error) if error.is_transient() => {
                    let for_what = vec![format!("Nomad cannot answer at the moment: {error}")];
                    if self.begun.elapsed() >= self.total {
                        return Ok(self.end(End::TimedOut { for_what }, Look::default()).await);
                    }
                    self.say(for_what);
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
                Verdict::Waiting { healthy, for_what } => {
                    self.healthy = healthy;
                    self.say(for_what);
                }
            }
        }
    }

    /// Says what is waited for, once for each change.
    fn say(&mut self, for_what: Vec<String>) {
        let healthy = self.healthy;
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
        let (job, deployments, evaluations) = tokio::try_join!(
            read_job(self.clients, &self.id),
            async { jobs.deployments(&self.id).await.doing(format!("read the deployments of the job {}", self.id)) },
            async { jobs.evaluations(&self.id).await.doing(format!("read the evaluations of the job {}", self.id)) },
        )?;
        let ours = evaluations.iter().find(|evaluation| Some(&evaluation.id) == self.evaluation.as_ref());
        let evaluated = ours.is_none_or(|evaluation| evaluation.status.is_terminal());
        // Until then, what is blocked is an earlier version.
        let unplaced = if evaluated { unplaced(&evaluations) } else { Vec::new() };
        if unplaced.is_empty() {
            self.unplaced_since = None;
        }
        let since = (!unplaced.is_empty()).then(|| *self.unplaced_since.get_or_insert_with(Instant::now));
        let seen = Seen {
            job_version: job.version.unwrap_or_default(),
            job_stopped: job.stop == Some(true),
            evaluated,
            unplaced,
            unplaced_for: since.map(|since| since.elapsed()).unwrap_or_default(),
            deployments: deployments.iter().map(rollout).collect(),
            allocations: allocations.iter().map(instance).collect(),
        };
        let running_tag = job.meta.get(META_VERSION).cloned();
        Ok(Look { seen, allocations, running_tag, index: meta.index })
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

/// What waits for a place now. The evaluation of a submission that found none keeps saying so for ever, also when a
/// place was found later; what still waits is a blocked evaluation, and it ends when everything has its place.
fn unplaced(evaluations: &[Evaluation]) -> Vec<Unplaced> {
    let mut blocked: Vec<&Evaluation> =
        evaluations.iter().filter(|evaluation| evaluation.status == EvaluationStatus::Blocked).collect();
    blocked.sort_by_key(|evaluation| evaluation.create_index);
    let groups: BTreeMap<_, _> = blocked.into_iter().flat_map(|evaluation| &evaluation.failed_tg_allocs).collect();
    groups.into_iter().map(|(group, metric)| Unplaced { group: group.clone(), reasons: reasons(metric) }).collect()
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

#[cfg(test)]
mod tests {
    use super::unplaced;
    use nomad_client::evaluations::Evaluation;
    use serde_json::json;

    fn evaluation(id: &str, status: &str, index: u64, memory: i64) -> Evaluation {
        let failed = json!({"web": {"NodesEvaluated": 3, "DimensionExhausted": {"memory": memory}}});
        let text = json!({"ID": id, "Status": status, "CreateIndex": index, "FailedTGAllocs": failed});
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn only_what_is_blocked_now_has_no_place() {
        let first = evaluation("first", "complete", 1, 3);
        assert_eq!(unplaced(std::slice::from_ref(&first)), []);
        let all = [evaluation("newer", "blocked", 3, 1), evaluation("older", "blocked", 2, 2), first.clone()];
        let [group] = &unplaced(&all)[..] else { panic!("one group is blocked") };
        assert_eq!((group.group.as_str(), &group.reasons[..]), ("web", &["memory exhausted on 1 node".to_owned()][..]));
        // A place was found, or a newer version needs none.
        for status in ["complete", "canceled"] {
            assert_eq!(unplaced(&[evaluation("blocked", status, 2, 1), first.clone()]), []);
        }
    }
}
