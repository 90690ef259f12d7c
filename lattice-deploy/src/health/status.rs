//! How something is, and the exit code that says so.

use serde::{Deserialize, Serialize};

/// How something is, from good to bad in the order in which the worst one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Status {
    /// As it should be.
    #[default]
    Ok,
    /// Not as it should be, but it works.
    Warning,
    /// It could not be found out.
    Unknown,
    /// It does not work.
    Critical,
}

impl Status {
    /// All of them, from good to bad.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Unknown, Self::Critical];

    /// The exit code by the rules of the monitoring plugins.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// Its name in lower case, as it stands in JSON and in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }

    /// The status of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Critical => "CRITICAL",
        })
    }
}

/// What the exit code makes of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Severity {
    /// What could not be found out counts as this.
    pub unknown_as: Status,
    /// Nothing counts as worse than this.
    pub at_most: Status,
}

impl Default for Severity {
    fn default() -> Self {
        Self { unknown_as: Status::Unknown, at_most: Status::Critical }
    }
}

impl Severity {
    /// What a status counts as.
    pub fn of(self, status: Status) -> Status {
        let status = if status == Status::Unknown { self.unknown_as } else { status };
        status.min(self.at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::{Severity, Status};

    #[test]
    fn exit_codes_are_those_of_the_monitoring_plugins() {
        assert_eq!(Status::ALL.map(Status::exit_code), [0, 1, 3, 2]);
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.as_str()), Some(status));
        }
    }

    #[test]
    fn unknown_is_worse_than_a_warning_and_better_than_critical() {
        assert!(Status::Warning < Status::Unknown && Status::Unknown < Status::Critical);
    }

    #[test]
    fn severity_lowers_and_renames() {
        let mut severity = Severity::default();
        assert!(Status::ALL.into_iter().all(|status| severity.of(status) == status));
        severity.unknown_as = Status::Critical;
        severity.at_most = Status::Warning;
        assert_eq!(Status::ALL.map(|status| severity.of(status)).map(Status::exit_code), [0, 1, 1, 1]);
    }
}
