//! Whether every operation of the SDKs is documented in full: its route, a link to the server's documentation, an example
//! that compiles, and what can go wrong.

use std::path::Path;

use crate::coverage::{Sdk, sources};

const METHODS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "LIST", "PATCH", "WEBSOCKET"];

/// One thing that the documentation of an operation lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The file and the line of the operation.
    pub place: String,
    /// What it lacks.
    pub lacks: &'static str,
}

/// Every gap in the documentation of an SDK's operations.
///
/// # Panics
/// When a source cannot be read.
pub fn gaps(sdk: Sdk) -> Vec<Gap> {
    let root = sdk.folder();
    sources(&root.join("src")).iter().flat_map(|file| gaps_in(file, &root)).collect()
}

fn gaps_in(file: &Path, root: &Path) -> Vec<Gap> {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let mut found = Vec::new();
    let mut comment = String::new();
    for (line, number) in text.lines().map(str::trim_start).zip(1..) {
        if let Some(words) = line.strip_prefix("///") {
            comment.push_str(words);
            comment.push('\n');
        } else if !line.starts_with("#[") {
            if line.starts_with("pub fn ") || line.starts_with("pub async fn ") {
                let place = format!("{name}:{number}");
                found.extend(lacking(&comment).into_iter().map(|lacks| Gap { place: place.clone(), lacks }));
            }
            comment.clear();
        }
    }
    found
}

/// What the documentation of an operation lacks; nothing for what is none, since it names no route.
fn lacking(comment: &str) -> Vec<&'static str> {
    let quoted = comment.split('`').skip(1).step_by(2);
    let names_route = quoted
        .filter_map(|text| text.split_once(' '))
        .any(|(method, path)| METHODS.contains(&method) && path.starts_with('/'));
    if !names_route {
        return Vec::new();
    }
    let wanted = [
        ("https://developer.hashicorp.com/", "a link to the server's documentation"),
        ("```", "an example"),
        ("# Errors", "what can go wrong"),
    ];
    wanted.into_iter().filter(|(mark, _)| !comment.contains(mark)).map(|(_, lacks)| lacks).collect()
}

#[cfg(test)]
mod tests {
    use super::lacking;

    #[test]
    fn only_operations_are_looked_at() {
        assert_eq!(lacking("Makes a handle.\n"), Vec::<&str>::new());
        assert_eq!(lacking("As [`Kv::read`], with options.\n\n# Errors\nAs there.\n"), Vec::<&str>::new());
        let whole = "Reads a key. `GET /v1/kv/:key` ([API](https://developer.hashicorp.com/x))\n```\n```\n# Errors\n";
        assert_eq!(lacking(whole), Vec::<&str>::new());
        assert_eq!(lacking("Reads a key. `GET /v1/kv/:key`.\n").len(), 3);
    }
}
