//! Asks the service's instances for all their pages, all at the same time.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use super::{Plan, http};
use crate::health::facts::{Answered, EndpointFacts, Look, Progress, Slot};
use crate::health::problem::Problem;

/// No more than this many instances are asked for a page at a time.
const AT_A_TIME: usize = 32;

pub(super) async fn read(plan: &Plan<'_>, instances: Vec<String>, sql: Vec<String>, facts: &mut EndpointFacts) {
    let pages = &plan.target.pages;
    let [health, ready, metrics, ports] = &mut facts.progress;
    let page = |path| all(&instances, move |place| http::get(place, path, plan.patience()));
    tokio::join!(
        look(plan, Look::AppHealth, health, &mut facts.health, page(&pages.health)),
        look(plan, Look::AppReady, ready, &mut facts.ready, page(&pages.ready)),
        look(plan, Look::AppMetrics, metrics, &mut facts.metrics, page(&pages.metrics)),
        look(plan, Look::SqlPorts, ports, &mut facts.sql, all(&sql, |place| connected(place, plan.patience()))),
    );
}

/// Makes a look if it is wanted.
async fn look(
    plan: &Plan<'_>,
    look: Look,
    progress: &mut Progress,
    slot: &mut Slot<Vec<Answered>>,
    call: impl Future<Output = Result<Vec<Answered>, Problem>>,
) {
    if plan.wants(look) {
        progress.look(look, slot, call).await;
    }
}

async fn connected(place: &str, patience: Duration) -> std::io::Result<(u16, String)> {
    http::connect(place, patience).await.map(|()| (0, String::new()))
}

async fn all<'a, F>(places: &'a [String], ask: impl Fn(&'a str) -> F) -> Result<Vec<Answered>, Problem>
where
    F: Future<Output = std::io::Result<(u16, String)>>,
{
    let asked = places.iter().map(|place| {
        let answer = ask(place);
        async move { Answered { place: place.clone(), outcome: answer.await.map_err(Problem::from) } }
    });
    Ok(stream::iter(asked).buffered(AT_A_TIME).collect().await)
}
