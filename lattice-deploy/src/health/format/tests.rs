use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::{Human, Report, human, json, nagios, prometheus};
use crate::health::outcome::{Check, Health};
use crate::health::state::{News, Standing};
use crate::health::{Status, find};

fn check(id: &str, status: Option<Status>, value: Option<f64>, message: &str) -> Check {
    let spec = find(id).unwrap();
    Check {
        id: spec.id,
        component: spec.component,
        status,
        value,
        unit: spec.unit,
        thresholds: spec.thresholds(),
        message: message.to_owned(),
        hint: None,
        elapsed_ms: 3,
    }
}

/// A run in which everything happens that changes a format.
fn report() -> Report {
    let mut denied = check("nomad.nodes.down", Some(Status::Unknown), None, "the token may not look");
    denied.hint = Some("the token needs `node { policy = \"read\" }` in Nomad".to_owned());
    let mut health = Health::of(vec![
        check("consul.leader", Some(Status::Ok), None, "leader 10.0.0.1:8300"),
        check("consul.tolerance", Some(Status::Ok), Some(1.0), "1 of 3 servers may fail"),
        check("vault.seal", Some(Status::Critical), None, "sealed,\nversion 1.21.1 | \"odd\""),
        check("vault.tolerance", None, None, "skipped: depends on vault.seal"),
        denied,
        check("app.instances", Some(Status::Warning), Some(2.0), "2 of 3 instances of web pass; failing: ready"),
        check("mesh.root", Some(Status::Warning), Some(-1.5), "the mesh's root certificate ended 1d 12h ago"),
        check("tokens.consul", Some(Status::Ok), Some(90_061.0), "expires in 1d 1h"),
        check("deployment.age", Some(Status::Warning), Some(1900.0), "under way for 31m 40s"),
    ]);
    health.started = Timestamp::from_second(1_700_000_000).unwrap();
    health.elapsed_ms = 12;
    let standing = |status: Status| {
        let since = Timestamp::from_second(1_699_990_000).ok();
        Standing { hard: Some(status), since, ..Standing::default() }
    };
    let mut standings: BTreeMap<&'static str, Standing> = BTreeMap::new();
    for check in &health.checks {
        standings.insert(check.id, check.status.map(standing).unwrap_or_default());
    }
    standings.get_mut("vault.seal").unwrap().news = Some(News::Problem);
    standings.get_mut("app.instances").unwrap().flapping = true;
    // Bad for the first time where two are wanted.
    let soft = standings.get_mut("deployment.age").unwrap();
    (soft.hard, soft.soft_runs) = (Some(Status::Ok), 1);
    let mut report = Report::new(health, standings);
    report.previous = Some(Status::Ok);
    report.skipped_runs = 2;
    report.notes.push("the state in state.json begins anew: it is damaged at line 1, column 1".to_owned());
    report
}

fn fine() -> Report {
    let mut health = Health::of(vec![
        check("consul.leader", Some(Status::Ok), None, "leader 10.0.0.1:8300"),
        check("nomad.nodes.down", Some(Status::Ok), Some(0.0), "0 of 3 nodes down"),
    ]);
    health.started = Timestamp::from_second(1_700_000_000).unwrap();
    health.elapsed_ms = 7;
    Report::new(health, BTreeMap::new())
}

/// Compares with the file of this name; `LATTICE_WRITE_GOLDEN=1` writes it anew.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/health/format/golden").join(name);
    #[expect(clippy::disallowed_methods, reason = "how golden files are written anew")]
    if std::env::var_os("LATTICE_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, wanted, "{name}");
}

#[test]
fn human_reports() {
    golden("problems.txt", &human(&report(), Human::new(0)));
    golden("problems-v.txt", &human(&report(), Human::new(1)));
    golden("problems-vv.txt", &human(&report(), Human::new(2)));
    golden("fine.txt", &human(&fine(), Human::new(0)));
    let colourful = human(&report(), Human::new(0).with_colour(true));
    assert!(colourful.contains("\u{1b}[31mCRITICAL\u{1b}[0m"));
    let plain = ["\u{1b}[31m", "\u{1b}[33m", "\u{1b}[35m", "\u{1b}[32m", "\u{1b}[90m", "\u{1b}[0m"];
    assert_eq!(plain.iter().fold(colourful, |text, code| text.replace(code, "")), human(&report(), Human::new(0)));
}

#[test]
fn json_reports() {
    golden("problems.json", &json(&report()));
    golden("fine.json", &json(&fine()));
    let document: serde_json::Value = serde_json::from_str(&json(&report())).unwrap();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["exit_code"], 2);
}

#[test]
fn nagios_reports() {
    let text = nagios(&report());
    golden("problems.nagios", &text);
    golden("fine.nagios", &nagios(&fine()));
    let first = text.lines().next().unwrap();
    assert_eq!(first.matches('|').count(), 1, "one bar separates text and performance data");
    assert!(first.split('|').next().unwrap().chars().count() <= 201);
}

#[test]
fn prometheus_reports() {
    let text = prometheus(&report());
    golden("problems.prom", &text);
    golden("fine.prom", &prometheus(&fine()));
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let mut distinct = names.clone();
    distinct.dedup();
    assert_eq!(names, distinct, "each family once");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap();
        assert_eq!(line.split('}').next_back().unwrap().matches(' ').count(), 1, "no timestamp: {line}");
    }
}

#[test]
fn what_does_not_count_yet_does_not_decide() {
    let mut only = report();
    only.health.checks.retain(|check| check.id == "deployment.age");
    let report = Report::new(only.health, only.standings);
    assert_eq!(report.status, Status::Ok);
    assert!(human(&report, Human::new(0)).contains("not confirmed yet"));
}
