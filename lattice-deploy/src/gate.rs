//! The last question after a rollout: the checks of the service that the probe makes too.
//!
//! What Nomad calls healthy may still not be reached: its service may be in maintenance, or its pages may fail for
//! everybody but the agent beside it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::clients::Clients;
use crate::desired::Desired;
use crate::health::{self, Component, Health, Range, Status, Target};
use crate::report::{Event, Report};

/// What has only just come to be may take a moment to be seen, so checks that fail are made again after this pause.
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the checks of the service until none is critical or the time is over. What cannot be found out is no reason
/// to fail.
pub(crate) async fn ask(
    clients: &Clients,
    desired: &Desired,
    wanted: u64,
    limit: Duration,
    report: &dyn Report,
) -> Health {
    let begun = Instant::now();
    let mut target = target(desired, wanted);
    let mut said = String::new();
    loop {
        // The last look gets its time too, however late it begins.
        target.deadline = limit.saturating_sub(begun.elapsed()).max(PAUSE);
        let health = Box::pin(health::check(clients, &target)).await;
        let line = health.line();
        if line != said {
            report.event(Event::Gate { status: health.status, line: line.clone() });
            said = line;
        }
        if health.status != Status::Critical || begun.elapsed() + PAUSE >= limit {
            return health;
        }
        sleep(PAUSE).await;
    }
}

/// All of the service, of which each wanted instance has to pass.
fn target(desired: &Desired, wanted: u64) -> Target {
    let mut target = Target::new(&desired.owner.project);
    target.environment = Some(desired.owner.environment.clone());
    target.expected = Some(wanted);
    target.selection.components = vec![Component::App];
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many instances")]
    let all = Range::at_least(wanted as f64);
    target.thresholds.entry("app.instances").or_default().critical = Some(all);
    target
}
