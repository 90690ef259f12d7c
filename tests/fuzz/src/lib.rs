//! What the fuzz targets have in common.

use serde::Serialize;
use serde::de::DeserializeOwned;

pub mod consul;
pub mod nomad;
pub mod vault;

/// A type's name, and what is asked of it.
pub type Answer = (&'static str, fn(&[u8]));

/// Reads an answer, and writes it again if it can be read: what was kept once is kept for ever.
///
/// # Panics
/// When a second reading gives something else than the first.
pub fn answer<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    // Servers write no name twice; who does is read in one way here and in another there.
    let Ok(sent) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let Ok(value) = serde_json::from_str::<T>(&sent.to_string()) else { return };
    // What JSON cannot hold is refused when it is written, which is no loss.
    let Ok(once) = serde_json::to_string(&value) else { return };
    let again: T = serde_json::from_str(&once).unwrap_or_else(|error| panic!("{error} in what was written: {once}"));
    // A secret is written as something else, but from then on the same.
    let twice = serde_json::to_string(&again).expect("what was read can be written");
    let last: T = serde_json::from_str(&twice).unwrap_or_else(|error| panic!("{error} in what was written: {twice}"));
    assert_eq!(serde_json::to_string(&last).expect("what was read can be written"), twice);
    let hidden = |text: &str| text.contains("(redacted)");
    assert!(once == twice || hidden(&once), "{once}\n{twice}");
}

/// Takes the first two bytes as the place of a type, and the others as an answer of that type.
pub fn one_of(answers: &[Answer], bytes: &[u8]) {
    if let Some((place, answer)) = bytes.split_first_chunk() {
        let (_, check) = answers[usize::from(u16::from_be_bytes(*place)) % answers.len()];
        check(answer);
    }
}

/// Declares the answers of a module.
macro_rules! answers {
    ($($kind:ty),+ $(,)?) => {
        /// All of them.
        pub const ANSWERS: &[crate::Answer] = &[$((stringify!($kind), crate::answer::<$kind>)),+];
    };
}
pub(crate) use answers;

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_found_holds() {
        super::answer::<nomad_client::nodes::NodeUpdate>(br#"{"Index":71,"Index":71,"LastContact":0,"NextToken":""}"#);
        super::answer::<nomad_client::agent::GossipKeys>(b"{}");
        super::answer::<consul_client::agent::host::Processor>(br#"{"Mean":0.009254000333333333}"#);
        super::answer::<vault_client::sys::RemountInfo>(br#"{"max_opers":37309410E66}"#);
    }
}
