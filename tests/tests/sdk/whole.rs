//! Nothing that an SDK documents is left untried.
//!
//! Runs beside the other tests of this binary, last by its name, and waits for what they do.

use std::time::{Duration, Instant};

use tests::coverage::{Route, SDKS, record};
use tests::lossless::losses;

const LIMIT: Duration = Duration::from_secs(270);

/// What only the feature `postgres` can try.
const WITHOUT: &[&str] = if cfg!(feature = "postgres") { &[] } else { &["database"] };

/// What the servers of these tests always refuse: they are no Enterprise ones, have no plugin that stores anything, and
/// Nomad is not at version 2 yet. A test sees that they do.
const REFUSED: &[(&str, &str)] = &[
    ("nomad", "/v1/agent/reload"),
    ("nomad", "/v1/client/allocation/*/pause"),
    ("nomad", "/v1/volume/csi/*/create"),
    ("nomad", "/v1/volume/csi/*/delete"),
    ("nomad", "/v1/volume/csi/*/detach"),
    ("nomad", "/v1/volumes/external"),
    ("nomad", "/v1/volumes/snapshot"),
    ("vault", "/v1/*/keys/generate/kms"),
];

fn untried() -> Vec<(&'static str, Route)> {
    let of = |sdk: tests::coverage::Sdk| sdk.never_answered(WITHOUT).into_iter().map(move |route| (sdk.product, route));
    let possible = |(product, route): &(&'static str, Route)| !REFUSED.contains(&(*product, route.path.as_str()));
    SDKS.into_iter().flat_map(of).filter(possible).collect()
}

#[test]
fn every_documented_route_was_answered_by_a_live_server() {
    record();
    let begun = Instant::now();
    while begun.elapsed() < LIMIT && !untried().is_empty() {
        std::thread::sleep(Duration::from_millis(200));
    }
    // What is lost comes first, so that it is seen when only some of the tests run.
    assert_eq!(losses(), Vec::<String>::new(), "the types lose these");
    assert_eq!(untried(), [], "no live server has answered these");
}

#[test]
fn no_secret_was_logged() {
    tests::canary::none_seen();
}
