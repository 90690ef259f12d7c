//! Makes the answers that the tests have kept into what the fuzz targets begin with: `seeds FOLDER`.

use std::path::Path;

use fuzz::{Answer, consul, nomad, vault};
use serde_json::Value;

/// Longer ones are slow, and say nothing new.
const LONGEST: usize = 8 * 1024;

/// So many of each type.
const MOST: usize = 8;

fn main() {
    let folder = std::env::args().nth(1).expect("the folder of LATTICE_KEEP_ANSWERS");
    for (product, answers) in [("consul", consul::ANSWERS), ("nomad", nomad::ANSWERS), ("vault", vault::ANSWERS)] {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/{product}_answers"));
        std::fs::create_dir_all(&corpus).expect("a folder for the seeds");
        let kept = kept(Path::new(&folder), product);
        let counts: Vec<usize> = (0..answers.len()).map(|place| write(&corpus, &kept, answers, place)).collect();
        let begun = counts.iter().filter(|count| **count > 0).count();
        println!("{product}: {} seeds for {begun} of {} types", counts.iter().sum::<usize>(), answers.len());
    }
}

/// The answers of a product, with the names of the types that they were read as.
fn kept(folder: &Path, product: &str) -> Vec<(String, Value)> {
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    let own = files.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(product)));
    let read = |path| serde_json::from_slice::<Value>(&std::fs::read(path).expect("an answer")).expect("JSON");
    own.map(read).map(|mut kept| (kept["kind"].as_str().unwrap_or_default().to_owned(), kept["sent"].take())).collect()
}

/// Writes the seeds of one type, and says how many they are.
fn write(corpus: &Path, kept: &[(String, Value)], answers: &[Answer], place: usize) -> usize {
    let mut texts: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    let name = answers[place].0.rsplit("::").next().unwrap_or_default().trim_end_matches('>');
    for (kind, sent) in kept {
        let own = kind.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        collect(sent, if own { 3 } else { 0 }, &mut parts);
    }
    texts.extend(parts.into_iter().filter(|part| part.is_object()).map(Value::to_string));
    texts.retain(|text| text.len() <= LONGEST);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    texts.truncate(MOST);
    for (number, text) in texts.iter().enumerate() {
        let place = u16::try_from(place).expect("not that many types").to_be_bytes();
        let path = corpus.join(format!("{name}-{}-{number}", u16::from_be_bytes(place)));
        std::fs::write(path, [&place, text.as_bytes()].concat()).expect("a seed");
    }
    texts.len()
}

/// A value and what is in it, to some depth: which of them is the type itself, inside an envelope or a list, is not
/// known.
fn collect<'a>(value: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    if depth == 0 {
        return;
    }
    found.push(value);
    match value {
        Value::Array(items) => items.iter().take(MOST).for_each(|item| collect(item, depth - 1, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, depth - 1, found)),
        _ => {}
    }
}
