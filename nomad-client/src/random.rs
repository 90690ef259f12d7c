//! Names that nobody else makes. They are no secrets.

use std::hash::{BuildHasher as _, RandomState};

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    let number = u128::from(word()) << 64 | u128::from(word());
    let number = number & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let text = format!("{number:032x}");
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// The standard library keys each hasher with a random number.
fn word() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_of_version_4_and_differ() {
        let (one, two) = (super::uuid(), super::uuid());
        assert_ne!(one, two);
        let parts: Vec<&str> = one.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]), "{one}");
    }
}
