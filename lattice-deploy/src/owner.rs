//! Whose an object is: the mark that a deployment puts on what it makes.

use serde::{Deserialize, Serialize};

/// One deployment: a project in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Owner {
    /// The project, which is also the name of the job and of the service.
    pub project: String,
    /// The environment.
    pub environment: String,
}

const WORDS: &str = "managed by lattice-deploy:";

/// What marks a Consul key as made by a deployment; its path says which one's it is.
pub(crate) const KV_FLAGS: u64 = 0x6c61_7474_6963_6501;

impl Owner {
    /// Names a deployment.
    pub fn new(project: impl Into<String>, environment: impl Into<String>) -> Self {
        Self { project: project.into(), environment: environment.into() }
    }

    /// The mark for descriptions and comments.
    pub fn mark(&self) -> String {
        format!("{WORDS} {self}")
    }

    /// Whether a description or comment carries this deployment's mark.
    pub fn is_in(&self, text: &str) -> bool {
        let mark = self.mark();
        text.lines().any(|line| line.trim_start_matches(['#', ' ']).trim_end() == mark)
    }

    /// Whether a description or comment carries the mark of any deployment.
    pub(crate) fn any_in(text: &str) -> bool {
        text.lines().any(|line| line.trim_start_matches(['#', ' ']).starts_with(WORDS))
    }

    /// The root of everything in Consul's key/value store that the service reads.
    pub fn prefix(&self) -> String {
        format!("{}/{}", self.project, self.environment)
    }

    /// The root of what runs keep in Consul: lock, journal, ledger.
    pub fn run_prefix(&self) -> String {
        format!("lattice/{}/{}", self.project, self.environment)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.project, self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn only_the_whole_mark_counts() {
        let owner = Owner::new("latticedb", "production");
        assert!(owner.is_in(&owner.mark()));
        assert!(owner.is_in("# managed by lattice-deploy: latticedb/production\npath \"a\" {}"));
        assert!(!owner.is_in("managed by lattice-deploy: latticedb/production2"));
        assert!(!owner.is_in(""));
    }
}
