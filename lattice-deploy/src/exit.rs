//! The one table of exit codes.

use serde::Serialize;

/// How a command ended. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exit {
    /// Done, and everything is as declared.
    Ok,
    /// Something failed that has no code of its own.
    Error,
    /// `plan`: there are changes to make.
    Changes,
    /// The configuration is wrong; nothing was changed.
    ConfigInvalid,
    /// A server is not reachable or not ready; nothing was changed.
    PreflightFailed,
    /// A server refused the token.
    Denied,
    /// Another run holds the lock.
    Locked,
    /// Something changed since the plan was made.
    Conflict,
    /// Nomad found no place for an instance.
    PlacementFailed,
    /// The new version does not become healthy.
    DeploymentFailed,
    /// The new version did not become healthy, and the previous one runs again.
    RolledBack,
    /// The deployment waits for somebody to promote it.
    AwaitingPromotion,
    /// Still in progress when the time was over.
    TimedOut,
    /// Everything runs, but is not healthy.
    Unhealthy,
    /// The user said no.
    Declined,
    /// The command line is wrong.
    Usage,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// Every way a command can end, with what it means; for `--help`.
    pub const TABLE: [(Self, u8, &'static str); 17] = [
        (Self::Ok, 0, "done"),
        (Self::Error, 1, "error"),
        (Self::Changes, 2, "plan: there are changes to make"),
        (Self::ConfigInvalid, 3, "the configuration is wrong, nothing was changed"),
        (Self::PreflightFailed, 4, "a server is not reachable or not ready, nothing was changed"),
        (Self::Denied, 5, "a server refused the token"),
        (Self::Locked, 6, "another run holds the lock"),
        (Self::Conflict, 7, "something changed since the plan was made"),
        (Self::PlacementFailed, 8, "no place for an instance"),
        (Self::DeploymentFailed, 9, "the deployment failed"),
        (Self::RolledBack, 10, "the deployment failed and was rolled back"),
        (Self::AwaitingPromotion, 11, "waiting for promotion"),
        (Self::TimedOut, 12, "still in progress when the time was over"),
        (Self::Unhealthy, 13, "not healthy"),
        (Self::Declined, 14, "declined"),
        (Self::Usage, 64, "the command line is wrong"),
        (Self::Interrupted, 130, "interrupted"),
    ];

    /// The number that the process returns.
    pub fn code(self) -> u8 {
        Self::TABLE.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_distinct() {
        for (place, (exit, code, _)) in Exit::TABLE.iter().enumerate() {
            assert_eq!(exit.code(), *code);
            assert!(Exit::TABLE[..place].iter().all(|(other, number, _)| other != exit && number != code));
        }
    }
}
