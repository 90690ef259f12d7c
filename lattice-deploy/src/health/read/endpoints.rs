//! Asks the service's instances, all at the same time.

use futures_util::stream::{self, StreamExt};

use super::{Plan, http};
use crate::health::facts::{Answered, EndpointFacts, Look};
use crate::health::problem::Problem;

/// No more than this many instances are asked at a time.
const AT_A_TIME: usize = 32;

pub(super) async fn read(plan: &Plan<'_>, instances: Vec<String>, sql: Vec<String>, facts: &mut EndpointFacts) {
    let pages = &plan.target.pages;
    for (look, slot, path) in [
        (Look::AppHealth, &mut facts.health, &pages.health),
        (Look::AppReady, &mut facts.ready, &pages.ready),
        (Look::AppMetrics, &mut facts.metrics, &pages.metrics),
    ] {
        if plan.wants(look) {
            facts.progress.look(look, slot, all(&instances, |place| http::get(place, path, plan.patience()))).await;
        }
    }
    if plan.wants(Look::SqlPorts) {
        let connect = |place| {
            let connected = http::connect(place, plan.patience());
            async { connected.await.map(|()| (0, String::new())) }
        };
        facts.progress.look(Look::SqlPorts, &mut facts.sql, all(&sql, connect)).await;
    }
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
