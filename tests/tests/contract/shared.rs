//! What the three SDKs have in common is the same text, so that who knows one knows all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FILES: &[&str] = &[
    "credential.rs",
    "lossless.rs",
    "transport/call.rs",
    "transport/decode.rs",
    "transport/exchange.rs",
    "transport/failure.rs",
    "transport/fuzzing.rs",
    "transport/mod.rs",
    "transport/path.rs",
    "transport/proxy.rs",
    "transport/request.rs",
    "transport/retry.rs",
    "transport/servers.rs",
    "transport/stream.rs",
    "transport/tls/files.rs",
    "transport/tls/mod.rs",
    "transport/tls/verify.rs",
    "transport/upload.rs",
];

/// The line of `config.rs` after which the SDKs are the same.
const SAME_FROM_HERE: &str = "\n// From here on the three SDKs are the same.\n";

/// The one method of an error that only Vault has.
const ONLY_VAULT: &str = "    /// The server is sealed.
    pub fn is_sealed(&self) -> bool {
        self.reason().is_some_and(Reason::is_sealed)
    }

";

fn source(product: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{product}-client/src"))
}

fn text(product: &str, file: &str) -> String {
    let path = source(product).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Says that both texts are the same, without printing hundreds of lines where they are not.
fn same(product: &str, what: &str, ours: &str, theirs: &str) {
    let differing = ours.lines().zip(theirs.lines()).position(|(our, their)| our != their);
    let line = differing.unwrap_or_else(|| ours.lines().count().min(theirs.lines().count())) + 1;
    assert!(ours == theirs, "{what} of {product}-client differs from consul-client's, first in line {line}");
}

fn wire(product: &str) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(source(product).join("wire")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), text(product, &format!("wire/{name}")))).collect()
}

#[test]
fn the_shared_files_are_the_same() {
    for product in ["vault", "nomad"] {
        for file in FILES {
            same(product, file, &text("consul", file), &text(product, file));
        }
    }
}

#[test]
fn the_wire_types_are_the_same() {
    let ours = wire("consul");
    assert!(ours.len() > 4, "{:?}", ours.keys());
    for product in ["vault", "nomad"] {
        let theirs = wire(product);
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "wire/ of {product}-client");
        for (name, text) in &ours {
            same(product, &format!("wire/{name}"), text, &theirs[name]);
        }
    }
}

#[test]
fn the_common_part_of_the_configuration_is_the_same() {
    let tail = |product: &str| {
        let text = text(product, "config.rs");
        let (_, tail) = text.split_once(SAME_FROM_HERE).unwrap_or_else(|| panic!("{product}-client lost the line"));
        tail.to_owned()
    };
    for product in ["vault", "nomad"] {
        same(product, "the tail of config.rs", &tail("consul"), &tail(product));
    }
}

#[test]
fn errors_are_the_same_but_for_the_seal() {
    let (ours, vault) = (text("consul", "error.rs"), text("vault", "error.rs"));
    assert_eq!(vault.matches(ONLY_VAULT).count(), 1);
    same("vault", "error.rs", &ours, &vault.replace(ONLY_VAULT, ""));
    same("nomad", "error.rs", &ours, &text("nomad", "error.rs"));
}

#[test]
fn watches_are_the_same_in_both_products_that_have_them() {
    for file in ["cursor.rs", "mod.rs", "pace.rs", "tests.rs", "view.rs"] {
        let file = format!("watch/{file}");
        same("nomad", &file, &text("consul", &file), &text("nomad", &file));
    }
}

#[test]
fn snapshots_are_checked_the_same_in_both_products_that_sum_them() {
    same("vault", "archive.rs", &text("consul", "archive.rs"), &text("vault", "archive.rs"));
}
