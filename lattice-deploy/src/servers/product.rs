use std::fmt;

/// One of the three servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a stack is these three, and every match should name them all")]
pub enum Product {
    /// Service discovery, mesh, key-value store.
    Consul,
    /// Secrets.
    Vault,
    /// Jobs.
    Nomad,
}

impl Product {
    /// All three, in the order in which a stack starts them.
    pub const ALL: [Self; 3] = [Self::Consul, Self::Vault, Self::Nomad];

    /// The name of the program and of its Go module below `github.com/hashicorp/`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consul => "consul",
            Self::Vault => "vault",
            Self::Nomad => "nomad",
        }
    }

    /// The version that is built when none is installed.
    pub const fn pinned(self) -> Version {
        match self {
            Self::Consul => Version::new(1, 22, 5),
            Self::Vault => Version::new(1, 21, 1),
            Self::Nomad => Version::new(1, 11, 3),
        }
    }

    /// The oldest version that is supported.
    pub const fn floor(self) -> Version {
        match self {
            Self::Consul => Version::new(1, 16, 0),
            Self::Vault => Version::new(1, 14, 0),
            Self::Nomad => Version::new(1, 6, 0),
        }
    }

    /// The environment variable that names the program to use.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Consul => "LATTICE_CONSUL_BIN",
            Self::Vault => "LATTICE_VAULT_BIN",
            Self::Nomad => "LATTICE_NOMAD_BIN",
        }
    }

    /// How long a first build takes on two cores, in minutes.
    pub const fn build_minutes(self) -> u32 {
        match self {
            Self::Consul => 6,
            Self::Vault => 15,
            Self::Nomad => 5,
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consul => "Consul",
            Self::Vault => "Vault",
            Self::Nomad => "Nomad",
        })
    }
}

/// A release number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The release `major.minor.patch`.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Finds the first `<prefix>1.2.3` or `<prefix>1.2` word of a program's output.
    ///
    /// What follows the number (`+ent`, `-dev`, `rc1`) is left out.
    pub(crate) fn find(output: &str, prefix: &str) -> Option<Self> {
        output.split_whitespace().find_map(|word| Self::parse(word.strip_prefix(prefix)?))
    }

    fn parse(text: &str) -> Option<Self> {
        let (major, rest) = text.split_once('.')?;
        let (minor, rest) = digits(rest);
        let patch = rest.strip_prefix('.').map_or("0", |rest| digits(rest).0);
        Some(Self::new(major.parse().ok()?, minor.parse().ok()?, patch.parse().ok()?))
    }
}

/// Splits the decimal digits off the front.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (output, prefix, expected) in [
            ("Consul v1.22.5\nBuild Date 1970", "v", Some(Version::new(1, 22, 5))),
            ("Nomad v1.6.0-dev\nRevision abc", "v", Some(Version::new(1, 6, 0))),
            ("Vault v1.14.2+ent ('abc'), built 2023", "v", Some(Version::new(1, 14, 2))),
            ("go version go1.26.8 linux/amd64", "go", Some(Version::new(1, 26, 8))),
            ("go version go1.26 linux/amd64", "go", Some(Version::new(1, 26, 0))),
            ("go version go1.27rc1 linux/amd64", "go", Some(Version::new(1, 27, 0))),
            ("go version devel +abc", "go", None),
            ("vault: command failed", "v", None),
            ("", "v", None),
        ] {
            assert_eq!(Version::find(output, prefix), expected, "{output}");
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::new(1, 9, 0) < Version::new(1, 10, 0));
        assert!(Version::new(1, 10, 1) > Version::new(1, 10, 0));
    }

    #[test]
    fn every_pin_is_supported() {
        for product in Product::ALL {
            assert!(product.pinned() >= product.floor(), "{product}");
        }
    }
}
