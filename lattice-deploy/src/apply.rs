//! The only writer: carries out a plan step by step, each guarded by what the plan saw.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::catalogue::{Effect, Key, Removal, Resource};
use crate::clients::Clients;
use crate::error::{Error, Result};
use crate::ledger;
use crate::owner::Owner;
use crate::plan::{Action, Plan, Snapshot, Step};
use crate::report::{Event, Report};

/// How many objects are read at the same time.
const READERS: usize = 16;

/// Reads everything that is declared from the servers, without changing anything.
///
/// # Errors
/// The first read that failed.
pub async fn observe(clients: &Clients, owner: &Owner, desired: &[Resource]) -> Result<Snapshot> {
    let reads = stream::iter(desired).map(|resource| async move {
        let held = resource.observe(clients, owner).await?;
        Ok::<_, Error>(held.map(|held| (resource.key(), held)))
    });
    let held: Vec<_> = reads.buffered(READERS).try_collect().await?;
    let ledger = ledger::read(clients, owner).await?;
    Ok(Snapshot { held: held.into_iter().flatten().collect(), ledger: ledger.into_keys().collect() })
}

/// Carries out a plan. What was done before a failure stays, and the next run goes on from there.
///
/// # Errors
/// [`Error::Blocked`] before anything is changed; [`Error::Stale`] when an object is not any more what the plan saw;
/// else what the failing step says.
pub async fn apply(clients: &Clients, desired: &[Resource], plan: &Plan, report: &dyn Report) -> Result<Effect> {
    plan.check()?;
    let by_key: BTreeMap<Key, &Resource> = desired.iter().map(|resource| (resource.key(), resource)).collect();
    let mut all = Effect::default();
    for step in plan.pending() {
        let resource = by_key
            .get(&step.key)
            .ok_or_else(|| Error::Invalid(format!("the plan names {}, which is not declared", step.key)))?;
        report.event(Event::StepStarted { key: step.key.clone(), action: step.action.clone() });
        let effect = apply_step(clients, &plan.owner, resource, step).await?;
        all.evaluation = effect.evaluation.or(all.evaluation);
        all.job_modify_index = effect.job_modify_index.or(all.job_modify_index);
        report.event(Event::StepDone { key: step.key.clone(), action: step.action.clone() });
    }
    Ok(all)
}

async fn apply_step(clients: &Clients, owner: &Owner, resource: &Resource, step: &Step) -> Result<Effect> {
    let held = step.held.as_ref();
    // A server-side guard is checked by the server; without one, looking again right before is the best there is.
    if held.is_none_or(|held| held.guard.is_none()) {
        let now = resource.observe(clients, owner).await?;
        if now.as_ref().map(|now| &now.value) != held.map(|held| &held.value) {
            return Err(Error::Stale { key: step.key.to_string() });
        }
    }
    let create = step.action == Action::Create;
    if create {
        ledger::add(clients, owner, &step.key).await?;
    }
    let applied = resource.apply(clients, owner, held).await;
    // Somebody else was faster, so what is there now is not ours, and cleanup must not take it for that.
    if create && matches!(applied, Err(Error::Stale { .. })) {
        ledger::remove(clients, owner, &step.key).await?;
    }
    applied
}

/// What a cleanup would do with one object.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Removing {
    /// Which object.
    pub key: Key,
    /// Why it will be kept, if it will.
    pub kept: Option<String>,
}

/// Lists what this deployment made, in the order in which it has to be taken away.
///
/// # Errors
/// When a server cannot be read.
pub async fn removals(
    clients: &Clients,
    owner: &Owner,
    desired: &[Resource],
    keep_data: bool,
) -> Result<Vec<Removing>> {
    let snapshot = observe(clients, owner, desired).await?;
    let mut made = ledger::read(clients, owner).await?;
    // Marks speak for objects whose ledger entry was lost.
    for key in snapshot.held.keys().filter(|key| snapshot.owns(key)) {
        made.entry(key.clone()).or_insert(jiff::Timestamp::MIN);
    }
    let mut keys: Vec<(Key, jiff::Timestamp)> = made.into_iter().collect();
    keys.sort_by_key(|(key, created)| std::cmp::Reverse((key.rank(), *created)));
    let removing = |(key, _): (Key, _)| {
        let kept = match () {
            () if snapshot.held.contains_key(&key) && !snapshot.owns(&key) => {
                Some("another deployment has made it its own".to_owned())
            }
            () if keep_data && key.holds_data() => Some("it holds data".to_owned()),
            () => None,
        };
        Removing { key, kept }
    };
    Ok(keys.into_iter().map(removing).collect())
}

/// Takes away what [`removals`] listed, and says what was kept after all.
///
/// # Errors
/// What the failing removal says; what was removed before stays removed, and another cleanup goes on from there.
pub async fn remove(
    clients: &Clients,
    owner: &Owner,
    removals: Vec<Removing>,
    report: &dyn Report,
) -> Result<Vec<Removing>> {
    let mut done = Vec::new();
    for mut removing in removals {
        if removing.kept.is_none() {
            match removing.key.remove(clients, owner).await? {
                Removal::Removed => ledger::remove(clients, owner, &removing.key).await?,
                Removal::Kept(why) => removing.kept = Some(why),
            }
        }
        report.event(Event::Removed { key: removing.key.clone(), kept: removing.kept.clone() });
        done.push(removing);
    }
    Ok(done)
}
