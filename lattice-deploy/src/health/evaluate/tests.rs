//! Every state of every check that a server can be in, without a server.
#![expect(clippy::unnecessary_wraps, reason = "what was read lies in slots")]

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vault_client::sys::raft::AutopilotState;

use super::{View, names, span};
use crate::health::facts::{Answered, Ends, Facts, Look, Slot};
use crate::health::outcome::{self, Check};
use crate::health::problem::{Problem, ProblemKind};
use crate::health::{Status, Target, Thresholds, Unit, find};

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn nanos(seconds: i64) -> i64 {
    (1_700_000_000 + seconds) * 1_000_000_000
}

/// An answer of a server, as the SDKs read it.
fn answer<T: DeserializeOwned>(value: Value) -> Slot<T> {
    Some(Ok(serde_json::from_value(value).unwrap()))
}

fn failed<T>(kind: ProblemKind) -> Slot<T> {
    Some(Err(Problem::new(kind, "said so")))
}

/// Facts of three servers that are there.
fn there() -> Facts {
    let mut facts = Facts::default();
    facts.consul.leader = Some(Ok(Some("10.0.0.1:8300".to_owned())));
    facts.consul.consistent = Some(Ok(1));
    facts.vault.health = vault(200);
    facts.nomad.leader = Some(Ok(Some("10.0.0.1:4647".to_owned())));
    facts
}

fn vault(status: u16) -> Slot<vault_client::sys::Health> {
    use vault_client::sys::HealthState;
    let mut health = vault_client::sys::Health::default();
    health.state = match status {
        200 => HealthState::Active,
        429 => HealthState::Standby,
        473 => HealthState::PerformanceStandby,
        474 => HealthState::StandbyUnreachable,
        501 => HealthState::NotInitialized,
        503 => HealthState::Sealed,
        530 => HealthState::Removed,
        other => HealthState::Other(other),
    };
    Some(Ok(health))
}

fn made(id: &str, facts: &Facts, target: &Target, deadline_hit: bool) -> Check {
    let view = View { facts, target, now: now() };
    outcome::all(&view, &[find(id).unwrap()], deadline_hit).remove(0)
}

fn check(id: &str, facts: &Facts) -> Check {
    made(id, facts, &Target::new("web"), false)
}

fn status(id: &str, facts: &Facts) -> Option<Status> {
    check(id, facts).status
}

const OK: Option<Status> = Some(Status::Ok);
const WARNING: Option<Status> = Some(Status::Warning);
const UNKNOWN: Option<Status> = Some(Status::Unknown);
const CRITICAL: Option<Status> = Some(Status::Critical);

#[test]
fn consul_leads_and_confirms_it() {
    let mut facts = there();
    assert_eq!(status("consul.leader", &facts), OK);
    facts.consul.consistent = failed(ProblemKind::NoLeader);
    assert_eq!(status("consul.leader", &facts), CRITICAL, "the status page may lie");
    facts.consul.leader = Some(Ok(None));
    assert_eq!(status("consul.leader", &facts), CRITICAL);
}

#[test]
fn a_server_that_is_not_there_is_critical_and_what_needs_it_is_skipped() {
    for kind in [ProblemKind::Unreachable, ProblemKind::Timeout, ProblemKind::Garbage, ProblemKind::Other] {
        let mut facts = Facts::default();
        facts.consul.leader = failed(kind);
        facts.vault.health = failed(kind);
        facts.nomad.leader = failed(kind);
        for (gate, needs) in [
            ("consul.leader", &["consul.members", "app.instances", "app.health", "mesh.root", "tokens.consul"][..]),
            ("vault.seal", &["vault.active", "certs.pki", "tokens.vault"]),
            ("nomad.leader", &["nomad.nodes.down", "app.job", "deployment.state", "backup.age"]),
        ] {
            assert_eq!(status(gate, &facts), CRITICAL, "{kind:?}");
            for id in needs {
                let check = check(id, &facts);
                assert_eq!((check.status, check.message), (None, format!("skipped: depends on {gate}")), "{id}");
            }
        }
    }
}

#[test]
fn a_missing_permission_is_unknown_and_names_the_policy() {
    let mut facts = there();
    facts.nomad.nodes = failed(ProblemKind::Denied);
    facts.consul.autopilot = failed(ProblemKind::Denied);
    facts.vault.raft = failed(ProblemKind::Denied);
    facts.consul.open = failed(ProblemKind::Denied);
    for (id, line) in [
        ("nomad.nodes.down", "node { policy = \"read\" }"),
        ("consul.tolerance", "operator = \"read\""),
        ("vault.servers", "path \"sys/storage/raft/autopilot/state\""),
        ("mesh.intentions", "service \"web\" { intentions = \"read\" }"),
    ] {
        let check = check(id, &facts);
        assert_eq!(check.status, UNKNOWN, "{id}");
        assert!(check.hint.unwrap().contains(line) && check.message.contains(line), "{id}");
    }
    // A gate that a proxy refuses is unknown too, and closes.
    facts.nomad.leader = failed(ProblemKind::Denied);
    assert_eq!(status("nomad.leader", &facts), UNKNOWN);
    assert_eq!(status("nomad.nodes.down", &facts), None);
}

#[test]
fn what_was_not_read_before_the_deadline_names_the_look() {
    let mut facts = there();
    facts.nomad.progress.stage = Some(Look::Nodes);
    let target = Target::new("web");
    let check = made("nomad.nodes.down", &facts, &target, true);
    assert_eq!((check.status, check.message.as_str()), (UNKNOWN, "timed out in reading Nomad's nodes"));
    // One that had not begun waits for the one under way.
    let check = made("tokens.nomad", &facts, &target, true);
    assert_eq!((check.status, check.message.as_str()), (UNKNOWN, "timed out in reading Nomad's nodes"));
    let mut facts = Facts::default();
    facts.consul.progress.stage = Some(Look::ConsulLeader);
    for id in ["consul.leader", "app.instances"] {
        let check = made(id, &facts, &target, true);
        assert_eq!(
            (check.status, check.message.as_str()),
            (UNKNOWN, "timed out in asking Consul for its leader"),
            "{id}"
        );
    }
}

#[test]
fn tolerance_and_versions_of_servers() {
    let server = |id: &str, version: &str, healthy: bool| json!({"ID": id, "Name": id, "Version": version, "Healthy": healthy, "Voter": true});
    let three = |tolerance: u64, healthy: bool, version: &str| {
        json!({"Healthy": healthy, "FailureTolerance": tolerance,
            "Servers": [server("a", "1.22.5", true), server("b", version, healthy), server("c", "1.22.5", true)]})
    };
    let mut facts = there();
    facts.consul.autopilot = answer(three(1, true, "1.22.5"));
    facts.nomad.autopilot = answer(three(0, false, "1.22.4"));
    let found =
        ["consul.tolerance", "consul.servers", "consul.versions", "nomad.tolerance", "nomad.servers", "nomad.versions"]
            .map(|id| status(id, &facts));
    assert_eq!(found, [OK, OK, OK, WARNING, WARNING, WARNING]);
    assert!(check("nomad.servers", &facts).message.ends_with("1 of 3 servers unhealthy: b"));

    // One server is a choice; whoever expects more says so.
    facts.consul.autopilot =
        answer(json!({"Healthy": true, "FailureTolerance": 0, "Servers": [server("a", "1", true)]}));
    assert_eq!(status("consul.tolerance", &facts), OK);
    let mut target = Target::new("web");
    let warning = crate::health::Range::parse("1:", Unit::Count).ok();
    target.thresholds.insert("consul.tolerance", Thresholds { warning, critical: None });
    assert_eq!(made("consul.tolerance", &facts, &target, false).status, WARNING);

    let raft: AutopilotState = serde_json::from_value(json!({"healthy": true, "failure_tolerance": 1, "leader": "a",
        "servers": {"a": {"name": "a", "healthy": true, "status": "leader", "version": "1.21.1"},
                    "b": {"name": "b", "healthy": false, "status": "voter", "version": "1.21.0"}}}))
    .unwrap();
    facts.vault.raft = Some(Ok(Some(raft)));
    assert_eq!(
        ["vault.tolerance", "vault.servers", "vault.versions"].map(|id| status(id, &facts)),
        [OK, WARNING, WARNING]
    );
    facts.vault.raft = Some(Ok(None));
    assert_eq!(status("vault.servers", &facts), None);
}

#[test]
fn vault_is_usable_or_not() {
    let table = [
        (200, OK),
        (429, OK),
        (473, OK),
        (474, CRITICAL),
        (501, CRITICAL),
        (503, CRITICAL),
        (530, CRITICAL),
        (299, UNKNOWN),
    ];
    for (code, wanted) in table {
        let mut facts = there();
        facts.vault.health = vault(code);
        assert_eq!(status("vault.seal", &facts), wanted, "{code}");
        let needs = status("certs.pki", &facts);
        assert_eq!(needs == UNKNOWN, wanted == OK, "what needs it is skipped unless it can be used: {code}");
    }
    let mut facts = there();
    for (ha, own, address, wanted) in
        [(false, false, "", OK), (true, true, "", OK), (true, false, "http://b", OK), (true, false, "", CRITICAL)]
    {
        facts.vault.leader = answer(json!({"ha_enabled": ha, "is_self": own, "leader_address": address}));
        assert_eq!(status("vault.active", &facts), wanted);
    }
    facts.vault.audit = Some(Ok(0));
    assert_eq!(status("vault.audit", &facts), WARNING);
}

#[test]
fn nodes_in_every_state() {
    let node = |name: &str, status: &str, eligible: bool, drain: bool| {
        let eligibility = if eligible { "eligible" } else { "ineligible" };
        json!({"ID": name, "Name": name, "Status": status, "SchedulingEligibility": eligibility, "Drain": drain})
    };
    let ids = ["nomad.nodes.ready", "nomad.nodes.down", "nomad.nodes.ineligible", "nomad.nodes.draining"];
    let statuses = |nodes: Value| {
        let mut facts = there();
        facts.nomad.nodes = answer(nodes);
        ids.map(|id| status(id, &facts))
    };
    let good = node("a", "ready", true, false);
    assert_eq!(statuses(json!([good])), [OK, OK, OK, OK]);
    assert_eq!(statuses(json!([good, node("b", "down", true, false)])), [OK, WARNING, OK, OK]);
    let two = json!([good, node("b", "down", true, false), node("c", "disconnected", false, false)]);
    assert_eq!(statuses(two), [OK, CRITICAL, OK, OK]);
    assert_eq!(statuses(json!([good, node("b", "ready", false, false)])), [OK, OK, WARNING, OK]);
    assert_eq!(statuses(json!([good, node("b", "ready", false, true)])), [OK, OK, OK, WARNING]);
    assert_eq!(statuses(json!([])), [CRITICAL, OK, OK, OK]);
    assert_eq!(statuses(json!([node("b", "initializing", true, false)])), [CRITICAL, OK, OK, OK]);
}

#[test]
fn a_job_in_every_state() {
    let job = |status: &str, stop: bool, kind: &str| {
        let mut facts = there();
        facts.nomad.job = answer(json!({"ID": "web", "Type": kind, "Status": status, "Stop": stop}));
        super::tests::status("app.job", &facts)
    };
    assert_eq!(job("running", false, "service"), OK);
    assert_eq!(job("pending", false, "service"), WARNING);
    assert_eq!(job("dead", false, "service"), CRITICAL);
    assert_eq!(job("dead", false, "batch"), OK);
    assert_eq!(job("running", true, "service"), CRITICAL);
    let mut facts = there();
    facts.nomad.job = Some(Ok(None));
    assert_eq!(status("app.job", &facts), CRITICAL);
    assert_eq!(status("app.allocs.missing", &facts), None);
}

fn allocation(id: &str, client: &str, age: i64) -> Value {
    json!({"ID": id, "JobID": "web", "DesiredStatus": "run", "ClientStatus": client,
        "CreateTime": nanos(-age), "ModifyTime": nanos(-age)})
}

#[test]
fn allocations_in_every_state() {
    let ids = ["app.allocs.missing", "app.allocs.pending", "app.allocs.failed"];
    let statuses = |allocations: Value| {
        let mut facts = there();
        let group = json!({"Name": "web", "Count": 2});
        facts.nomad.job = answer(json!({"ID": "web", "Type": "service", "Status": "running", "TaskGroups": [group]}));
        facts.nomad.allocations = answer(allocations);
        ids.map(|id| status(id, &facts))
    };
    let good = allocation("a", "running", 9000);
    assert_eq!(statuses(json!([good, good])), [OK, OK, OK]);
    assert_eq!(statuses(json!([good, allocation("b", "pending", 100)])), [WARNING, OK, OK]);
    assert_eq!(statuses(json!([good, allocation("b", "pending", 301)])), [WARNING, WARNING, OK]);
    assert_eq!(statuses(json!([good, allocation("b", "pending", 901)])), [WARNING, CRITICAL, OK]);
    assert_eq!(statuses(json!([allocation("b", "failed", 10)])), [CRITICAL, OK, WARNING]);
    assert_eq!(statuses(json!([good, good, allocation("b", "lost", 10)])), [OK, OK, WARNING]);
    assert_eq!(statuses(json!([good, good, allocation("b", "failed", 4000)])), [OK, OK, OK], "long ago");
}

#[test]
fn restarts_within_an_hour() {
    let event = |kind: &str, age: i64| json!({"Type": kind, "Time": nanos(-age)});
    let restarts = |all: u64, last: i64, events: Value| {
        let mut allocation = allocation("0123456789", "running", 90_000);
        allocation["TaskStates"] = json!({"web": {"State": "running", "Restarts": all,
            "LastRestart": at(-last).to_string(), "Events": events}});
        let mut facts = there();
        facts.nomad.allocations = answer(json!([allocation]));
        let check = check("app.allocs.restarts", &facts);
        (check.value.unwrap(), check.status)
    };
    assert_eq!(restarts(0, 0, json!([])), (0.0, OK));
    assert_eq!(restarts(50, 4000, json!([event("Restarting", 4000), event("Started", 3990)])), (0.0, OK), "long ago");
    // Everything is still known.
    let few = json!([event("Received", 3000), event("Restarting", 2000), event("Restarting", 1000)]);
    assert_eq!(restarts(2, 1000, few), (2.0, OK));
    // Three events for each restart, ten are kept: their pace counts.
    let quick: Vec<Value> =
        (0..10).rev().map(|n| event(if n % 3 == 0 { "Restarting" } else { "Started" }, n * 20 + 1)).collect();
    let (value, status) = restarts(500, 1, json!(quick));
    assert!((60.0..=90.0).contains(&value), "{value}");
    assert_eq!(status, CRITICAL);
    assert_eq!(restarts(5, 1, json!(quick)), (5.0, WARNING), "no more than there were");
}

fn instance(name: &str, status: &str) -> Value {
    json!({"Node": {"Node": "a", "Address": "127.0.0.1"}, "Service": {"ID": name, "Service": "web", "Port": 8080},
        "Checks": [{"Name": "ready", "Status": status}]})
}

#[test]
fn instances_passing_and_expected() {
    let statuses = |instances: Value, expected: Option<u64>| {
        let mut facts = there();
        facts.consul.instances = answer(instances);
        let mut target = Target::new("web");
        target.expected = expected;
        made("app.instances", &facts, &target, false).status
    };
    let (good, bad) = (instance("a", "passing"), instance("b", "critical"));
    assert_eq!(statuses(json!([good]), None), OK);
    assert_eq!(statuses(json!([good]), Some(2)), WARNING);
    assert_eq!(statuses(json!([good, good]), Some(2)), OK);
    assert_eq!(statuses(json!([good, good, bad]), Some(2)), WARNING);
    assert_eq!(statuses(json!([bad]), None), CRITICAL);
    assert_eq!(statuses(json!([]), Some(2)), CRITICAL);
}

fn answered(place: &str, status: u16, body: &str) -> Answered {
    Answered { place: place.to_owned(), outcome: Ok((status, body.to_owned())) }
}

#[test]
fn pages_of_instances() {
    let silent = Answered { place: "c:1".to_owned(), outcome: Err(Problem::new(ProblemKind::Timeout, "no answer")) };
    let mut facts = there();
    facts.endpoints.health = Some(Ok(vec![answered("a:1", 200, ""), answered("b:1", 204, "")]));
    facts.endpoints.ready = Some(Ok(vec![answered("a:1", 200, ""), answered("b:1", 503, ""), silent.clone()]));
    facts.endpoints.metrics = Some(Ok(vec![answered("a:1", 200, "<html>"), answered("b:1", 200, "{}")]));
    assert_eq!(["app.health", "app.ready", "monitoring.metrics"].map(|id| status(id, &facts)), [OK, WARNING, WARNING]);
    assert!(
        check("app.ready", &facts).message.ends_with("1 of 3 instances are ready; b:1 answers 503, c:1: no answer")
    );
    facts.endpoints.health = Some(Ok(vec![silent.clone()]));
    facts.endpoints.metrics = Some(Ok(vec![answered("a:1", 200, "# HELP a b\na 1\n")]));
    assert_eq!(["app.health", "monitoring.metrics"].map(|id| status(id, &facts)), [CRITICAL, OK]);
    facts.endpoints.health = Some(Ok(Vec::new()));
    assert_eq!(status("app.health", &facts), None);

    facts.consul.sql = answer(json!([]));
    facts.consul.sidecars = answer(json!([]));
    assert_eq!(["connectivity.sql", "connectivity.sidecars"].map(|id| status(id, &facts)), [None, None]);
    facts.consul.sql = answer(json!([instance("s", "passing")]));
    facts.endpoints.sql = Some(Ok(vec![answered("a:1", 0, ""), silent]));
    facts.consul.sidecars = answer(json!([instance("s", "passing"), instance("t", "critical")]));
    assert_eq!(["connectivity.sql", "connectivity.sidecars"].map(|id| status(id, &facts)), [WARNING, WARNING]);
}

#[test]
fn certificates_near_their_end() {
    const DAY: i64 = 86_400;
    for (days, wanted) in [(31, OK), (29, WARNING), (6, CRITICAL), (-1, CRITICAL)] {
        let mut facts = there();
        facts.consul.root = Some(Ok(Some(at(days * DAY))));
        facts.vault.issuer = Some(Ok(Some(at(days * DAY))));
        let ends = |place: &str, days: i64| Ends { place: place.to_owned(), at: Ok(at(days * DAY)) };
        facts.tls.listeners = Some(Ok([None, Some(ends("v:8200", days)), None]));
        facts.tls.endpoints = Some(Ok(vec![ends("x:1", 99), ends("y:1", days)]));
        let ids = ["mesh.root", "certs.pki", "certs.vault", "certs.endpoints", "certs.consul"];
        assert_eq!(ids.map(|id| status(id, &facts)), [wanted, wanted, wanted, wanted, None], "{days}");
        let problem = Problem::new(ProblemKind::Unreachable, "x:2: refused");
        let broken = Ends { place: "x:2".to_owned(), at: Err(problem) };
        facts.tls.endpoints = Some(Ok(vec![ends("y:1", 1), broken]));
        assert_eq!(status("certs.endpoints", &facts), UNKNOWN);
    }
    let mut facts = there();
    facts.consul.root = Some(Ok(None));
    facts.vault.issuer = Some(Ok(None));
    assert_eq!(["mesh.root", "certs.pki"].map(|id| status(id, &facts)), [None, None]);
}

#[test]
fn tokens_near_their_end() {
    for (left, wanted) in [(90_000, OK), (80_000, WARNING), (3000, CRITICAL), (-5, CRITICAL)] {
        let ends = at(left).to_string();
        let mut facts = there();
        facts.consul.token = answer(json!({"AccessorID": "a", "ExpirationTime": ends}));
        facts.vault.token = answer(json!({"accessor": "a", "expire_time": ends}));
        facts.nomad.token = answer(json!({"AccessorID": "a", "ExpirationTime": ends}));
        let found = ["tokens.consul", "tokens.vault", "tokens.nomad"].map(|id| status(id, &facts));
        assert_eq!(found, [wanted; 3], "{left}");
    }
    let mut facts = there();
    facts.vault.token = answer(json!({"accessor": "a", "expire_time": null}));
    facts.consul.token = Some(Ok(None));
    facts.nomad.token = failed(ProblemKind::Denied);
    let found = ["tokens.consul", "tokens.vault", "tokens.nomad"].map(|id| status(id, &facts));
    assert_eq!(found, [None, OK, CRITICAL]);
    facts.consul.token = failed(ProblemKind::BadToken);
    facts.vault.token = failed(ProblemKind::Denied);
    assert_eq!(["tokens.consul", "tokens.vault"].map(|id| status(id, &facts)), [CRITICAL, UNKNOWN]);
}

#[test]
fn intentions_deny_by_default() {
    let mut facts = there();
    facts.consul.open = Some(Ok(false));
    assert_eq!(status("mesh.intentions", &facts), OK);
    facts.consul.open = Some(Ok(true));
    assert_eq!(status("mesh.intentions", &facts), WARNING);
}

#[test]
fn deployments_in_every_state() {
    let ids = ["deployment.state", "deployment.age", "deployment.promotion"];
    let statuses = |deployment: Value| {
        let mut facts = there();
        facts.nomad.deployment = Some(Ok(serde_json::from_value(deployment).unwrap()));
        ids.map(|id| status(id, &facts))
    };
    let deployment = |status: &str, age: i64, canaries: u64| {
        json!({"ID": "d", "JobID": "web", "Status": status, "CreateTime": nanos(-age), "ModifyTime": nanos(-age),
            "TaskGroups": {"web": {"DesiredCanaries": canaries, "HealthyAllocs": canaries, "DesiredTotal": 3}}})
    };
    assert_eq!(statuses(Value::Null), [OK, OK, OK]);
    assert_eq!(statuses(deployment("successful", 90_000, 0)), [OK, OK, OK]);
    assert_eq!(statuses(deployment("running", 60, 0)), [OK, OK, OK]);
    assert_eq!(statuses(deployment("running", 1801, 0)), [OK, WARNING, OK]);
    assert_eq!(statuses(deployment("running", 7201, 0)), [OK, CRITICAL, OK]);
    assert_eq!(statuses(deployment("running", 3601, 1)), [OK, OK, WARNING], "waiting is not being stuck");
    assert_eq!(statuses(deployment("running", 90_000, 1)), [OK, OK, CRITICAL]);
    assert_eq!(statuses(deployment("failed", 60, 0)), [CRITICAL, OK, OK]);
    assert_eq!(statuses(deployment("paused", 60, 0)), [WARNING, OK, OK]);
    assert_eq!(statuses(deployment("cancelled", 60, 0)), [WARNING, OK, OK]);
}

#[test]
fn a_lock_that_is_held_too_long() {
    let held = |age: i64, session: Value| {
        let holder = json!({"who": "ci", "pid": 1, "what": "deploy", "since": at(-age).to_string()}).to_string();
        let mut facts = there();
        let mut pair: consul_client::kv::Pair = serde_json::from_value(
            json!({"Key": "k", "Value": null, "Session": session, "CreateIndex": 1, "ModifyIndex": 1}),
        )
        .unwrap();
        pair.value = holder.into();
        facts.consul.lock = Some(Ok(Some(pair)));
        status("deployment.lock", &facts)
    };
    assert_eq!([10, 3601, 30_000].map(|age| held(age, json!("s"))), [OK, WARNING, CRITICAL]);
    assert_eq!(held(30_000, Value::Null), OK, "nobody holds it");
}

#[test]
fn backups_old_missing_and_failed() {
    let run = |id: &str, age: i64, complete: u64, failed: u64| {
        json!({"ID": id, "ParentID": "web-backup", "Status": "dead", "SubmitTime": nanos(-age),
            "JobSummary": {"JobID": id, "Summary": {"g": {"Complete": complete, "Failed": failed}}}})
    };
    let parent = json!({"ID": "web-backup", "Periodic": true, "Status": "running"});
    let found = |jobs: Value, named: bool, seen: Option<i64>| {
        let mut facts = there();
        facts.nomad.backups = answer(jobs);
        let mut target = Target::new("web");
        target.backup_job = named.then(|| "web-backup".to_owned());
        target.backup_seen = seen.map(|age| at(-age));
        let view = View { facts: &facts, target: &target, now: now() };
        (
            made("backup.age", &facts, &target, false).status,
            outcome::backup_seen(&view).map(|time| -super::since(time, now())),
        )
    };
    assert_eq!(found(json!([parent, run("r1", 3600, 1, 0)]), true, None), (OK, Some(3600.0)));
    assert_eq!(found(json!([parent, run("r1", 93_601, 1, 0)]), true, None).0, WARNING);
    assert_eq!(found(json!([parent, run("r1", 190_000, 1, 0)]), true, None).0, CRITICAL);
    // Nomad has forgotten it, the state has not.
    assert_eq!(found(json!([parent]), true, None).0, UNKNOWN);
    assert_eq!(found(json!([parent]), true, Some(3600)), (OK, Some(3600.0)));
    assert_eq!(found(json!([parent]), true, Some(190_000)).0, CRITICAL);
    assert_eq!(found(json!([parent, run("r1", 60, 0, 1)]), true, Some(3600)).0, WARNING);
    assert_eq!(found(json!([parent, run("r1", 60, 0, 1)]), true, None).0, CRITICAL);
    assert_eq!(found(json!([]), true, None).0, CRITICAL);
    assert_eq!(found(json!([]), false, None).0, None);
    let stopped = json!({"ID": "web-backup", "Periodic": true, "Status": "dead", "Stop": true});
    assert_eq!(found(json!([stopped, run("r1", 60, 1, 0)]), true, None).0, CRITICAL);
}

#[test]
fn spans_and_names_for_people() {
    for (seconds, text) in [(0.0, "0s"), (59.6, "1m"), (90_061.0, "1d 1h"), (3600.0, "1h"), (-61.0, "-1m 1s")] {
        assert_eq!(span(seconds), text);
    }
    assert_eq!(names(["a", "b"].into_iter()), "a, b");
    assert_eq!(names(["a", "b", "c", "d", "e", "f"].into_iter()), "a, b, c, d and 2 more");
}
