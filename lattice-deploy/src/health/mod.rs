//! Health checks that the probe, `lattice-deploy health` and other programs share: reads only, all at the same time.
//!
//! | part | what it does |
//! |---|---|
//! | [`CHECKS`] | the one table of checks: name, needs, thresholds, explanation |
//! | `read` | the thin reader: from servers to [`facts`] |
//! | `evaluate` | from facts to findings: pure, one function for each check |
//! | [`Range`], [`Target`] | what findings are held against |
//! | [`state`] | what lasts from run to run: soft and hard, flapping, reminders; pure, in virtual time |
//! | [`format`](mod@format) | text for people, Nagios, Prometheus and programs: pure |

mod der;
mod evaluate;
pub mod facts;
pub mod format;
mod outcome;
mod problem;
mod range;
mod read;
pub mod state;
mod status;
mod summary;
mod table;
mod target;

use jiff::Timestamp;
use tokio::time::Instant;

pub use self::outcome::{Check, Health};
pub use self::problem::{Problem, ProblemKind};
pub use self::range::Range;
pub use self::status::{Severity, Status};
pub use self::table::{CHECKS, Component, Needs, Spec, Unit, find};
pub use self::target::{Pages, Selection, Target, Thresholds};

use self::evaluate::View;
use self::facts::Facts;
use crate::clients::Clients;

/// Makes the checks that the target selects, all at the same time. What is not done at the deadline is unknown.
pub async fn check(clients: &Clients, target: &Target) -> Health {
    let (started, begun) = (Timestamp::now(), Instant::now());
    let checks = target.chosen();
    let mut facts = Facts::default();
    let plan = read::Plan::new(target, &checks);
    let deadline_hit = read::read(clients, &plan, begun + target.deadline, &mut facts).await;
    let view = View { facts: &facts, target, now: Timestamp::now() };
    let mut health = Health::of(outcome::all(&view, &checks, deadline_hit));
    health.started = started;
    health.elapsed_ms = outcome::millis(begun.elapsed());
    health.deadline_hit = deadline_hit;
    health.backup_seen = outcome::backup_seen(&view);
    health
}
