//! From the beginning of an id to the id.

use crate::allocations::Allocations;
use crate::deployments::Deployments;
use crate::error::Result;
use crate::evaluations::Evaluations;
use crate::nodes::Nodes;
use crate::options::ReadOptions;

/// What the beginning of an id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolved {
    /// Nothing.
    None,
    /// This id.
    One(String),
    /// One of these ids.
    Many(Vec<String>),
}

impl Resolved {
    /// The id, if there is exactly one.
    pub fn one(self) -> Option<String> {
        match self {
            Self::One(id) => Some(id),
            _ => None,
        }
    }
}

/// How many digits a whole id has, without its hyphens.
const DIGITS: usize = 32;

/// The longest beginning that the server takes, which must have an even number of digits.
fn asked(prefix: &str) -> &str {
    let digits = prefix.bytes().filter(|byte| *byte != b'-').count();
    let prefix = prefix.trim_end_matches('-');
    if digits % 2 == 0 { prefix } else { prefix.get(..prefix.len() - 1).unwrap_or_default() }
}

fn chosen(prefix: &str, ids: impl Iterator<Item = String>) -> Resolved {
    let mut found: Vec<String> = ids.filter(|id| id.starts_with(prefix)).collect();
    match found.len() {
        0 => Resolved::None,
        1 => Resolved::One(found.remove(0)),
        _ => Resolved::Many(found),
    }
}

/// A whole id stands for itself, whether or not there is such a thing.
fn is_whole(prefix: &str) -> bool {
    prefix.len() == DIGITS + 4
}

macro_rules! resolve {
    ($($handle:ident: $what:literal),+ $(,)?) => { $(
        impl $handle {
            #[doc = concat!("Finds the id of ", $what, " that begins so, in lower case.")]
            ///
            /// The calls on one of them take whole ids only. A whole id is not looked up.
            ///
            /// # Errors
            /// As the list of them.
            pub async fn resolve_id(&self, prefix: &str) -> Result<Resolved> {
                if is_whole(prefix) {
                    return Ok(Resolved::One(prefix.to_owned()));
                }
                let options = ReadOptions::new().with_prefix(asked(prefix));
                let found = self.list_with(&options).await?.value;
                Ok(chosen(prefix, found.into_iter().map(|found| found.id)))
            }
        }
    )+ };
}

resolve!(
    Allocations: "the allocation",
    Deployments: "the deployment",
    Evaluations: "the evaluation",
    Nodes: "the node",
);

#[cfg(test)]
mod tests {
    use super::{Resolved, asked, chosen};

    #[test]
    fn t14_the_server_is_asked_for_an_even_number_of_digits() {
        let table = [
            ("", ""),
            ("a", ""),
            ("ab", "ab"),
            ("abc", "ab"),
            ("01234567-", "01234567"),
            ("01234567-8", "01234567-"),
            ("01234567-89", "01234567-89"),
        ];
        for (prefix, sent) in table {
            assert_eq!(asked(prefix), sent, "{prefix}");
        }
    }

    #[test]
    fn none_one_or_many() {
        let ids = || ["abc1", "abc2", "abd1"].map(ToOwned::to_owned).into_iter();
        assert_eq!(chosen("x", ids()), Resolved::None);
        assert_eq!(chosen("abd", ids()).one().as_deref(), Some("abd1"));
        assert_eq!(chosen("abc", ids()), Resolved::Many(vec!["abc1".to_owned(), "abc2".to_owned()]));
    }
}
