use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{News, Policy, SCHEMA, Standing, State};
use crate::health::outcome::{Check, Health};
use crate::health::{Component, Status, Thresholds, Unit};

const ID: &str = "app.job";

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap()
}

fn health(status: Option<Status>) -> Health {
    Health::of(vec![Check {
        id: ID,
        component: Component::App,
        status,
        value: None,
        unit: Unit::Count,
        thresholds: Thresholds::default(),
        message: String::new(),
        hint: None,
        elapsed_ms: 0,
    }])
}

/// Runs once a minute; `o`, `w`, `c`, `u` and `-` for skipped.
fn runs(text: &str, policy: &Policy) -> Vec<Standing> {
    let mut state = State::new();
    let status = |letter| match letter {
        'o' => Some(Status::Ok),
        'w' => Some(Status::Warning),
        'c' => Some(Status::Critical),
        'u' => Some(Status::Unknown),
        _ => None,
    };
    let step = |(minute, letter)| state.step(&health(status(letter)), at(minute), policy)[ID].clone();
    (0..).zip(text.chars()).map(step).collect()
}

/// What was told: `P`roblem, `R`ecovery, re`M`inder, flapping `(` and `)`, nothing `.`.
fn told(text: &str, policy: &Policy) -> String {
    let letter = |standing: Standing| match standing.news {
        None => '.',
        Some(News::Problem) => 'P',
        Some(News::Recovery) => 'R',
        Some(News::Reminder) => 'M',
        Some(News::FlappingBegan) => '(',
        Some(News::FlappingEnded) => ')',
    };
    runs(text, policy).into_iter().map(letter).collect()
}

fn steady() -> Policy {
    Policy { window: 0, ..Policy::default() }
}

#[test]
fn a_change_is_told_once() {
    assert_eq!(told("oocccoo", &steady()), "..P..R.");
    assert_eq!(told("ccc", &steady()), "P..", "a first run that is bad is news");
    assert_eq!(told("ooo", &steady()), "...", "one that is good is none");
    assert_eq!(told("wcwo", &steady()), "PPPR", "differently bad is news too");
}

#[test]
fn what_does_not_last_does_not_count() {
    let policy = Policy { confirm: 3, ..steady() };
    assert_eq!(told("occocccoc", &policy), "......PR.");
    let standings = runs("occocc", &policy);
    let hard: Vec<_> = standings.iter().map(|standing| standing.hard).collect();
    assert_eq!(hard, [Some(Status::Ok); 6]);
    let soft: Vec<_> = standings.iter().map(|standing| standing.soft_runs).collect();
    assert_eq!(soft, [0, 1, 2, 0, 1, 2]);
}

#[test]
fn any_bad_run_counts_towards_confirmation() {
    let policy = Policy { confirm: 3, ..steady() };
    assert_eq!(told("wcw", &policy), "..P");
    assert_eq!(told("cccw", &policy), "..PP", "a hard state changes at once");
}

#[test]
fn a_skipped_run_is_neither_good_nor_bad() {
    let policy = Policy { confirm: 2, ..steady() };
    assert_eq!(told("c-c--o", &policy), "..P..R");
    assert_eq!(runs("c-", &policy)[1].hard, None);
}

#[test]
fn what_stays_bad_is_told_again() {
    let policy = Policy { remind: Some(Duration::from_secs(180)), ..steady() };
    assert_eq!(told("occccccco", &policy), ".P..M..MR");
    assert_eq!(told("oooooooo", &policy), "........");
}

#[test]
fn since_is_when_the_state_began_to_count() {
    let policy = Policy { confirm: 2, ..steady() };
    let standings = runs("oocccc", &policy);
    assert_eq!(standings[5].since, Some(at(3)));
    assert_eq!(standings[5].hard, Some(Status::Critical));
}

#[test]
fn flapping_is_told_at_its_beginning_and_its_end_only() {
    let policy = Policy::default();
    let told = told("ococococococ".to_owned().as_str(), &policy);
    assert_eq!(told, ".PRP(.......");
    let long = "ococ".to_owned() + "oc" + &"o".repeat(30);
    let standings = runs(&long, &policy);
    assert!(standings[6].flapping && !standings.last().unwrap().flapping);
    let ends = standings.iter().filter(|standing| standing.news == Some(News::FlappingEnded)).count();
    assert_eq!(ends, 1);
    assert!(standings[7..].iter().all(|standing| matches!(standing.news, None | Some(News::FlappingEnded))));
}

#[test]
fn while_it_flaps_the_state_still_counts() {
    let standings = runs("ocococococ", &Policy::default());
    assert_eq!(standings[9].hard, Some(Status::Critical));
    assert!(standings[9].flapping);
}

#[test]
fn a_state_is_written_and_read() {
    let mut state = State::new();
    state.step(&health(Some(Status::Critical)), at(0), &Policy::default());
    state.backup_seen = Some(at(-60));
    let text = serde_json::to_string(&state).unwrap();
    let mut back: State = serde_json::from_str(&text).unwrap();
    assert_eq!(back, state);
    assert_eq!(back.schema, SCHEMA);
    // Nothing new the second time.
    assert_eq!(back.step(&health(Some(Status::Critical)), at(1), &Policy::default())[ID].news, None);
    assert_eq!(back.checks().next().unwrap(), (ID, Status::Critical, at(0), false));
}

#[test]
fn checks_that_are_no_more_are_forgotten() {
    let text = r#"{"schema":1,"checks":{"old.check":{"hard":"critical","since":"2024-01-01T00:00:00Z"}}}"#;
    let mut state: State = serde_json::from_str(text).unwrap();
    state.step(&health(Some(Status::Ok)), at(0), &Policy::default());
    assert!(state.checks().all(|(id, ..)| id == ID));
}

fn status() -> impl Strategy<Value = Option<Status>> {
    prop_oneof![
        4 => Just(Some(Status::Ok)),
        2 => Just(Some(Status::Critical)),
        1 => Just(Some(Status::Warning)),
        1 => Just(Some(Status::Unknown)),
        1 => Just(None),
    ]
}

proptest! {
    #[test]
    fn laws(history in proptest::collection::vec(status(), 1..80), confirm in 1_u32..5, flap in any::<bool>()) {
        let policy = Policy { confirm, window: if flap { 21 } else { 0 }, ..Policy::default() };
        let mut state = State::new();
        let mut bad_in_a_row = 0;
        let mut before = Status::Ok;
        for (minute, seen) in (0..).zip(history) {
            let standing = state.step(&health(seen), at(minute), &policy)[ID].clone();
            let Some(seen) = seen else {
                assert_eq!((standing.hard, standing.news), (None, None));
                continue;
            };
            bad_in_a_row = if seen == Status::Ok { 0 } else { bad_in_a_row + 1 };
            let hard = standing.hard.unwrap();
            // Good is good at once; bad is bad only after it lasted.
            assert!(seen != Status::Ok || hard == Status::Ok);
            assert!(hard == Status::Ok || before != Status::Ok || bad_in_a_row >= confirm);
            assert!(bad_in_a_row < confirm || hard == seen);
            // Nothing is told without a change, and every change is told unless it flaps.
            let changed = hard != before;
            let told = matches!(standing.news, Some(News::Problem | News::Recovery));
            assert!(!told || changed);
            assert!(!changed || told || standing.flapping || standing.news == Some(News::FlappingEnded));
            assert!(!told || !standing.flapping);
            before = hard;
        }
    }
}
