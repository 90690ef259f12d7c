//! Which types of answers the operations of an SDK have, which of them the fuzz targets know, and what they begin with.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::coverage::{Sdk, sources};
use crate::stack::variable;

impl Sdk {
    /// The types that an operation gives back and that can be read from JSON, but that no fuzz target reads.
    ///
    /// # Panics
    /// When a source cannot be read.
    pub fn unfuzzed(self) -> Vec<String> {
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/src/{}.rs", self.product));
        let list = std::fs::read_to_string(list).unwrap();
        let listed: BTreeSet<&str> = list.split(|c: char| !c.is_alphanumeric()).collect();
        let (mut read, mut given) = (BTreeSet::new(), BTreeSet::new());
        for file in sources(&self.folder().join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            read.extend(readable(&text));
            given.extend(given_back(&text));
        }
        given.intersection(&read).filter(|name| !listed.contains(name.as_str())).cloned().collect()
    }
}

/// Keeps an answer, with the type that it is read as, for the fuzz targets to begin with: in the folder that
/// `LATTICE_KEEP_ANSWERS` names, if it does.
pub(crate) fn keep(product: &str, kind: &str, sent: &Value) {
    let Some(folder) = variable("LATTICE_KEEP_ANSWERS") else { return };
    let mut hasher = DefaultHasher::new();
    (kind, sent.to_string()).hash(&mut hasher);
    let path = Path::new(&folder).join(format!("{product}-{:016x}.json", hasher.finish()));
    std::fs::write(path, json!({ "kind": kind, "sent": sent }).to_string()).unwrap();
}

/// The names of the types that a source declares so that they can be read from JSON and written again.
fn readable(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut derived, mut in_macro) = (false, false);
    for line in text.lines() {
        let declared =
            line.trim_start().strip_prefix("pub struct ").or_else(|| line.trim_start().strip_prefix("pub enum "));
        if line.is_empty() {
            derived = false;
        } else if line.contains("derive(") {
            derived = line.contains("Deserialize") && line.contains("Serialize,");
        } else if let Some(rest) = declared {
            found.extend(Some(first_name(rest)).filter(|_| derived));
            derived = false;
        } else if ["object! {", "answer! {", "part! {", "entry! {"].contains(&line) {
            in_macro = true;
        } else if let Some(rest) =
            line.strip_prefix("    ").filter(|rest| in_macro && rest.starts_with(char::is_uppercase))
        {
            found.insert(first_name(rest));
            in_macro = false;
        }
    }
    found
}

/// The names in the results of a source's operations.
fn given_back(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for operation in text.split("pub async fn ").skip(1) {
        let head = operation.split_once('{').map_or("", |(head, _)| head);
        let result = head.split_once("-> Result<").map_or("", |(_, result)| result);
        let names = result.split(|c: char| !c.is_alphanumeric() && c != '_');
        found.extend(names.filter(|name| name.starts_with(char::is_uppercase)).map(str::to_owned));
    }
    found
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::{given_back, readable};

    #[test]
    fn the_names_are_found() {
        let text = "answer! {\n    /// One.\n    One {\n        pub a: String,\n    }\n}\n\n\
            #[derive(Clone, Serialize, Deserialize)]\n#[serde(default)]\npub struct Two {\n}\n\n\
            #[derive(Clone, Serialize, Deserialize)]\nstruct None {\n}\n\n#[derive(Clone)]\npub struct Three {\n}\n\npub struct Four {\n}\n";
        assert_eq!(Vec::from_iter(readable(text)), ["One", "Two"]);
        let text = "pub async fn a(&self) -> Result<Answer<Vec<One>>> {}\npub async fn b(\n) -> Result<(), Two> {}\n";
        assert_eq!(Vec::from_iter(given_back(text)), ["Answer", "One", "Two", "Vec"]);
    }
}
