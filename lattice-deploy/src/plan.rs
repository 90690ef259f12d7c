//! What would change: pure, deterministic, and data that can be shown, stored and applied.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::{Held, Key, Mark, Resource};
use crate::diff::{self, Change};
use crate::error::{Error, Result};
use crate::owner::Owner;

/// What the servers hold, with every index that a guarded write needs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// By key; a key that was looked for and not found is missing here.
    pub held: BTreeMap<Key, Held>,
    /// What earlier runs of this deployment made.
    pub ledger: BTreeSet<Key>,
}

impl Snapshot {
    /// Whether an object is this deployment's.
    pub fn owns(&self, key: &Key) -> bool {
        match self.held.get(key).map(|held| &held.mark) {
            Some(Mark::Ours) => true,
            // Made again by another after ours was taken away by hand: the ledger does not know.
            Some(Mark::Another) => false,
            _ => self.ledger.contains(key),
        }
    }
}

/// What is to be done with one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// It does not exist and will be made.
    Create,
    /// It differs and will be changed.
    Update,
    /// It is as declared.
    Unchanged,
    /// It differs but is not ours: the whole plan cannot be applied.
    Blocked,
}

/// One object of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Which object.
    pub key: Key,
    /// What is to be done.
    pub action: Action,
    /// The fields that differ, without secrets.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// What the server held when the plan was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held: Option<Held>,
}

/// Everything that would be done, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Whose plan it is.
    pub owner: Owner,
    /// One step for each declared object.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Compares what is declared with what the servers hold.
    pub fn new(owner: &Owner, desired: &[Resource], snapshot: &Snapshot) -> Self {
        let steps = desired.iter().map(|resource| step(resource, snapshot)).collect();
        Self { owner: owner.clone(), steps }
    }

    /// The steps that change something.
    pub fn pending(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update))
    }

    /// Whether everything is as declared.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Unchanged)
    }

    /// How many steps have this action.
    pub fn count(&self, action: &Action) -> usize {
        self.steps.iter().filter(|step| step.action == *action).count()
    }

    /// Fails when an object that is not ours is in the way.
    ///
    /// # Errors
    /// [`Error::Blocked`] with each such object and what differs.
    pub fn check(&self) -> Result<()> {
        let blocked: Vec<String> =
            self.steps.iter().filter(|step| step.action == Action::Blocked).map(obstacle).collect();
        if blocked.is_empty() { Ok(()) } else { Err(Error::Blocked(blocked)) }
    }
}

fn step(resource: &Resource, snapshot: &Snapshot) -> Step {
    let key = resource.key();
    let held = snapshot.held.get(&key).cloned();
    let (action, changes) = match &held {
        None => (Action::Create, created(&resource.declared())),
        Some(held) => {
            let changes = diff::changes(&resource.declared(), &held.value);
            let action = match () {
                () if changes.is_empty() => Action::Unchanged,
                () if snapshot.owns(&key) => Action::Update,
                () => Action::Blocked,
            };
            (action, changes)
        }
    };
    Step { key, action, changes, held }
}

/// The fields of a new object, one level deep: enough to see what will be made.
fn created(declared: &Value) -> Vec<Change> {
    let Value::Object(fields) = declared else { return Vec::new() };
    let change =
        |(path, after): (&String, &Value)| Change { path: path.clone(), before: Value::Null, after: after.clone() };
    fields.iter().map(change).collect()
}

fn obstacle(step: &Step) -> String {
    let fields: Vec<String> = step
        .changes
        .iter()
        .map(|change| format!("{} is {}, declared {}", change.path, change.before, change.after))
        .collect();
    format!(
        "{} exists, was not made by this deployment, and differs: {}. Remove or rename it, or name another in the configuration",
        step.key,
        fields.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::{Action, Plan, Snapshot};
    use crate::catalogue::{ConsulPair, Held, Mark, Resource};
    use crate::error::Error;
    use crate::exit::Exit;
    use crate::owner::Owner;
    use serde_json::json;

    fn owner() -> Owner {
        Owner::new("latticedb", "production")
    }

    fn pair() -> Resource {
        ConsulPair::new("latticedb/production/config/log_level", "info").into()
    }

    fn snapshot(value: &str, mark: Mark, in_ledger: bool) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.held.insert(pair().key(), Held::new(json!({ "value": value }), mark).guarded(7));
        if in_ledger {
            snapshot.ledger.insert(pair().key());
        }
        snapshot
    }

    #[test]
    fn each_state_has_its_action() {
        let table = [
            (Snapshot::default(), Action::Create),
            (snapshot("info", Mark::Ours, true), Action::Unchanged),
            // Somebody else's that is as we want it will do.
            (snapshot("info", Mark::Foreign, false), Action::Unchanged),
            (snapshot("debug", Mark::Ours, false), Action::Update),
            (snapshot("debug", Mark::Unmarkable, true), Action::Update),
            (snapshot("debug", Mark::Unmarkable, false), Action::Blocked),
            (snapshot("debug", Mark::Foreign, false), Action::Blocked),
            // Somebody changed ours and lost the mark; the ledger remembers.
            (snapshot("debug", Mark::Foreign, true), Action::Update),
            (snapshot("debug", Mark::Another, true), Action::Blocked),
            (snapshot("info", Mark::Another, true), Action::Unchanged),
        ];
        for (snapshot, action) in table {
            let plan = Plan::new(&owner(), &[pair()], &snapshot);
            assert_eq!(plan.steps[0].action, action, "{snapshot:?}");
            assert_eq!(plan.is_empty(), action == Action::Unchanged);
            assert_eq!(plan.check().is_err(), action == Action::Blocked);
        }
    }

    #[test]
    fn what_is_in_the_way_is_named_with_what_differs() {
        let plan = Plan::new(&owner(), &[pair()], &snapshot("debug", Mark::Foreign, false));
        let error = plan.check().unwrap_err();
        assert_eq!(error.exit(), Exit::Conflict);
        assert!(matches!(error, Error::Blocked(_)));
        let text = error.to_string();
        for part in ["Consul key latticedb/production/config/log_level", "value is \"debug\", declared \"info\""] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_plan_survives_being_stored() {
        let plan = Plan::new(&owner(), &[pair()], &snapshot("debug", Mark::Ours, true));
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }
}
