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

/// How many gaps there still are; a number that only ever goes down.
const KNOWN_GAPS: usize = 154;

#[test]
fn no_new_gaps_in_the_documentation_of_operations() {
    let named = |sdk: Sdk| {
        let name = move |gap: Gap| format!("{}-client/{} lacks {}", sdk.product, gap.place, gap.lacks);
        gaps(sdk).into_iter().map(name)
    };
    let gaps: Vec<String> = SDKS.into_iter().flat_map(named).collect();
    assert!(gaps.len() == KNOWN_GAPS, "{} gaps, not {KNOWN_GAPS}:\n{}", gaps.len(), gaps.join("\n"));
}
