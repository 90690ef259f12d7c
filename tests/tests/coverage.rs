//! The coverage tables of the READMEs tell the truth.
//!
//! `LATTICE_WRITE_COVERAGE=1` writes the tables instead of comparing them.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like the tests")]

use tests::coverage::{SDKS, Sdk};
use tests::documentation::{Gap, gaps};

const BEGIN: &str = "<!-- coverage: written by tests/tests/coverage.rs -->\n";
const END: &str = "\n<!-- /coverage -->";

fn compare(sdk: Sdk) {
    let text = std::fs::read_to_string(sdk.readme()).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let table = sdk.table();
    #[expect(clippy::disallowed_methods, reason = "the one place of this suite that reads the environment")]
    if std::env::var_os("LATTICE_WRITE_COVERAGE").is_some() {
        std::fs::write(sdk.readme(), format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "{} is not up to date", sdk.readme().display());
    }
}

#[test]
fn the_tables_are_up_to_date() {
    for sdk in SDKS {
        compare(sdk);
    }
}

#[test]
fn every_documented_route_exists() {
    for sdk in SDKS {
        assert_eq!(sdk.unknown(), [], "{} documents routes that its server does not have", sdk.product);
    }
}

/// How many gaps there still are in each SDK; numbers that only ever go down.
const KNOWN_GAPS: [(&str, usize); 3] = [("vault", 0), ("consul", 0), ("nomad", 0)];

#[test]
fn no_new_gaps_in_the_documentation_of_operations() {
    for sdk in SDKS {
        let (_, known) = KNOWN_GAPS.into_iter().find(|(product, _)| *product == sdk.product).unwrap();
        let named: Vec<String> =
            gaps(sdk).into_iter().map(|Gap { place, lacks }| format!("{place} lacks {lacks}")).collect();
        assert!(named.len() == known, "{}: {} gaps, not {known}:\n{}", sdk.product, named.len(), named.join("\n"));
    }
}

#[test]
fn every_answer_of_an_operation_is_fuzzed() {
    for sdk in SDKS {
        assert_eq!(sdk.unfuzzed(), Vec::<String>::new(), "tests/fuzz/src/{}.rs lacks these", sdk.product);
    }
}
