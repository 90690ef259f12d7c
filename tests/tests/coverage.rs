//! The coverage tables of the READMEs tell the truth.
//!
//! `LATTICE_WRITE_COVERAGE=1` writes the tables instead of comparing them.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like the tests")]

use tests::coverage::{SDKS, Sdk};
use tests::documentation::gaps;

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

#[test]
fn every_operation_is_documented_in_full() {
    let gaps: Vec<String> = SDKS
        .into_iter()
        .flat_map(|sdk| {
            gaps(sdk).into_iter().map(move |gap| format!("{}-client/{} lacks {}", sdk.product, gap.place, gap.lacks))
        })
        .collect();
    assert!(gaps.is_empty(), "{} gaps:\n{}", gaps.len(), gaps.join("\n"));
}
