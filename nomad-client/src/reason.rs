//! What the server's error means: Nomad answers in plain text, often with a misleading status, so both are read.

/// The meaning of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The object does not exist.
    NotFound,
    /// The token may not do this, or there is none, or it is not known: most endpoints do not tell which.
    PermissionDenied,
    /// The token is not known: mistyped, expired or revoked. Few endpoints tell.
    TokenNotFound,
    /// The ACL system has been bootstrapped before.
    AlreadyBootstrapped {
        /// The number which, written to `acl-bootstrap-reset` in the data directory, allows it once more.
        reset_index: Option<u64>,
    },
    /// Access control is switched off in this cluster.
    AclDisabled,
    /// The job was changed since the index that guarded its registration.
    IndexConflict {
        /// The index that the caller expected; 0 for "does not exist".
        expected: u64,
        /// The index that the job has; `None` when it does not exist or the server does not tell.
        actual: Option<u64>,
    },
    /// Another guard of a write does not hold: a variable's index, a job's version.
    Conflict,
    /// The cluster has no leader now, or the leader is not ready yet.
    NoLeader,
    /// The scheduler is configured to take no jobs now.
    RegistrationDisabled,
    /// The region is not known to this server.
    NoRegionPath,
    /// No server has a connection to the node that has to answer this.
    NoPathToNode,
    /// The deployment is over, so it can no longer be changed.
    TerminalDeployment,
    /// This address has too many connections open, or asks too often.
    ConnectionLimit,
    /// The job breaks rules; the messages name them.
    Validation,
    /// The server found the request wrong.
    Invalid,
    /// The agent, or a proxy before it, cannot answer at the moment.
    Unavailable,
    /// The server failed for a reason of its own.
    Server,
}

const PERMISSION: &str = "the token lacks a permission for this, or is not known";
const UNKNOWN_TOKEN: &str = "the token is unknown, expired or revoked: check NOMAD_TOKEN";
const REGISTRATION: &str = "an operator has set RejectJobRegistration in the scheduler configuration";

/// Texts and their meaning, whatever the status; the first that fits counts.
const TEXTS: &[(&str, Reason)] = &[
    ("no cluster leader", Reason::NoLeader),
    ("not ready to serve consistent reads", Reason::NoLeader),
    ("leadership lost", Reason::NoLeader),
    ("raft is already shutdown", Reason::NoLeader),
    ("acl token not found", Reason::TokenNotFound),
    ("acl token expired", Reason::TokenNotFound),
    ("acl support disabled", Reason::AclDisabled),
    ("are disabled by the scheduler configuration", Reason::RegistrationDisabled),
    ("permission denied", Reason::PermissionDenied),
    ("no role or policy bindings matched", Reason::PermissionDenied),
    ("no path to region", Reason::NoRegionPath),
    ("no path to node", Reason::NoPathToNode),
    ("unknown node", Reason::NoPathToNode),
    ("terminal deployment", Reason::TerminalDeployment),
    ("enforcing version", Reason::Conflict),
    ("cas error", Reason::Conflict),
    ("modify locked variable", Reason::Conflict),
    ("doesn't hold a lock", Reason::Conflict),
    ("no such file or directory", Reason::NotFound),
    ("unknown task name", Reason::NotFound),
    ("issuing too many concurrent connections", Reason::ConnectionLimit),
];

/// Texts that tell what a status of 500 really means.
const SERVER_TEXTS: &[(&str, Reason)] = &[
    ("not found", Reason::NotFound),
    ("unknown allocation", Reason::NotFound),
    ("unknown job", Reason::NotFound),
    ("does not exist", Reason::NotFound),
    ("doesn't exist", Reason::NotFound),
    ("no such allocation", Reason::NotFound),
    ("no such volume", Reason::NotFound),
    ("no such plugin", Reason::NotFound),
    ("no such node", Reason::NotFound),
    ("no csi plugin named", Reason::NotFound),
    ("in use", Reason::Invalid),
    ("could not place volume", Reason::Invalid),
    ("plugin has no controller", Reason::Invalid),
    ("does not support", Reason::Invalid),
    ("is a directory", Reason::Invalid),
    ("not a directory", Reason::Invalid),
    ("path escapes", Reason::Invalid),
    ("prohibited", Reason::Invalid),
    ("not present", Reason::Invalid),
    ("enterprise only", Reason::Invalid),
    ("failed to signal task", Reason::Invalid),
    ("validation failed", Reason::Validation),
    ("error occurred:", Reason::Validation),
    ("errors occurred:", Reason::Validation),
    ("missing job", Reason::Validation),
    ("dispatch request", Reason::Invalid),
    ("payload is", Reason::Invalid),
    ("must be", Reason::Invalid),
    ("can't", Reason::Invalid),
    ("cannot", Reason::Invalid),
    ("invalid", Reason::Invalid),
    ("missing", Reason::Invalid),
];

impl Reason {
    pub(crate) fn of(status: u16, text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let meaning = |table: &[(&str, Self)]| {
            table.iter().find(|(part, _)| lower.contains(part)).map(|(_, reason)| reason.clone())
        };
        if let Some(conflict) = index_conflict(&lower) {
            return conflict;
        }
        // The second text means the same, while the file of an earlier reset is still there.
        if lower.contains("acl bootstrap already done") || lower.contains("invalid bootstrap reset index") {
            return Self::AlreadyBootstrapped { reset_index: number_after(&lower, "reset index: ") };
        }
        // With this status it is not the caller's token that is missing, but the one that was asked for.
        if status == 404 && lower.contains("acl token not found") {
            return Self::NotFound;
        }
        if let Some(reason) = meaning(TEXTS) {
            return reason;
        }
        match status {
            401 | 403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::ConnectionLimit,
            400..=499 => Self::Invalid,
            502..=504 => Self::Unavailable,
            500 => meaning(SERVER_TEXTS).unwrap_or(Self::Server),
            _ => Self::Server,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        *self == Self::NotFound
    }

    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::PermissionDenied | Self::TokenNotFound)
    }

    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::IndexConflict { .. } | Self::Conflict)
    }

    pub(crate) fn is_no_leader(&self) -> bool {
        *self == Self::NoLeader
    }

    pub(crate) fn is_rate_limited(&self) -> bool {
        *self == Self::ConnectionLimit
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::NoLeader | Self::ConnectionLimit | Self::Unavailable)
    }

    /// A leader that falls during a write may have passed it on before; a plain refusal changed nothing.
    pub(crate) fn may_have_applied(&self, status: u16) -> bool {
        matches!(self, Self::Server | Self::NoLeader | Self::Unavailable) && status >= 500
    }

    /// A new token may help, so a token file is worth reading again: an expired one is answered like a weak one.
    pub(crate) fn wants_new_token(&self) -> bool {
        self.is_denied()
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PermissionDenied => Some(PERMISSION),
            Self::TokenNotFound => Some(UNKNOWN_TOKEN),
            Self::Conflict => Some("it was changed by somebody else meanwhile, or is locked"),
            Self::NoLeader => Some("the cluster has no leader at the moment"),
            Self::RegistrationDisabled => Some(REGISTRATION),
            Self::NoRegionPath => Some("check NOMAD_REGION"),
            _ => None,
        }
    }
}

/// `Enforcing job modify index 5: job exists with conflicting job modify index: 9` and its two siblings.
fn index_conflict(lower: &str) -> Option<Reason> {
    let expected = number_after(lower, "enforcing job modify index ")?;
    Some(Reason::IndexConflict { expected, actual: number_after(lower, "conflicting job modify index: ") })
}

fn number_after(lower: &str, label: &str) -> Option<u64> {
    let rest = lower.split(label).nth(1)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn recorded_answers() {
        let table = [
            (400, "ACL bootstrap already done (reset index: 8)", Reason::AlreadyBootstrapped { reset_index: Some(8) }),
            (
                400,
                "Invalid bootstrap reset index (specified 8, reset index: 33)",
                Reason::AlreadyBootstrapped { reset_index: Some(33) },
            ),
            (403, "Permission denied", Reason::PermissionDenied),
            (400, "no role or policy bindings matched", Reason::PermissionDenied),
            (403, "ACL token not found", Reason::TokenNotFound),
            (404, "ACL token not found", Reason::NotFound),
            (500, "ACL token expired", Reason::TokenNotFound),
            (
                403,
                "Job registration, dispatch, and scale are disabled by the scheduler configuration",
                Reason::RegistrationDisabled,
            ),
            (400, "ACL support disabled", Reason::AclDisabled),
            (
                500,
                "Enforcing job modify index 7: job exists with conflicting job modify index: 12",
                Reason::IndexConflict { expected: 7, actual: Some(12) },
            ),
            (
                500,
                "Enforcing job modify index 0: job already exists",
                Reason::IndexConflict { expected: 0, actual: None },
            ),
            (
                500,
                "Enforcing job modify index 7: job does not exist",
                Reason::IndexConflict { expected: 7, actual: None },
            ),
            (500, "Current job has version 3; enforcing version 2", Reason::Conflict),
            (409, "cas error: requested index 1; found index 2", Reason::Conflict),
            (500, "No cluster leader", Reason::NoLeader),
            (500, "rpc error: Not ready to serve consistent reads", Reason::NoLeader),
            (500, "No path to region", Reason::NoRegionPath),
            (404, "No path to node", Reason::NoPathToNode),
            (404, "Unknown node \"x\"", Reason::NoPathToNode),
            (404, "job not found", Reason::NotFound),
            (500, "no such volume: a", Reason::NotFound),
            (500, "no CSI plugin named: a could be found", Reason::NotFound),
            (500, "volume a in use by allocations: [b]", Reason::Invalid),
            (500, "plugin does not support listing snapshots", Reason::Invalid),
            (500, "deployment not found", Reason::NotFound),
            (500, "rpc error: can't fail terminal deployment", Reason::TerminalDeployment),
            (500, "1 error occurred:\n\t* Missing job datacenters\n\n", Reason::Validation),
            (500, "UUID must be 36 characters", Reason::Invalid),
            (500, "can't revert to current version", Reason::Invalid),
            (
                429,
                "Your IP is issuing too many concurrent connections, please rate limit your calls\n",
                Reason::ConnectionLimit,
            ),
            (400, "failed to create result paginator: failed to read filter expression", Reason::Invalid),
            (500, "Dispatch request included unpermitted metadata keys: [zzz]", Reason::Invalid),
            (500, "1 error occurred:\n\t* Failed to signal task: sleep, err: Task not running\n", Reason::Invalid),
            (500, "unexpected EOF", Reason::Server),
            (502, "", Reason::Unavailable),
            (503, "<html>Service Unavailable</html>", Reason::Unavailable),
        ];
        for (status, text, reason) in table {
            assert_eq!(Reason::of(status, text), reason, "{status} {text}");
        }
    }

    #[test]
    fn a_refusal_changed_nothing_but_a_failure_may_have() {
        let of = |text: &str| Reason::of(500, text);
        assert!(!of("Enforcing job modify index 7: job does not exist").may_have_applied(500));
        assert!(of("No cluster leader").may_have_applied(500));
        assert!(of("unexpected EOF").may_have_applied(500));
        assert!(!of("2 errors occurred:").may_have_applied(500));
    }

    #[test]
    fn t24_what_passes_is_told_by_its_text() {
        for text in ["No cluster leader", "rpc error: Not ready to serve consistent reads"] {
            assert!(Reason::of(500, text).is_transient(), "{text}");
        }
        for text in ["No path to region", "1 error occurred:\n\t* Missing job datacenters\n\n", "unexpected EOF"] {
            assert!(!Reason::of(500, text).is_transient(), "{text}");
        }
        let limit = Reason::of(429, "Your IP is issuing too many concurrent connections, please rate limit your calls");
        assert!(limit.is_transient() && limit.is_rate_limited() && !limit.may_have_applied(429));
    }

    #[test]
    fn t23_a_disabled_registration_is_no_missing_permission() {
        let text = "Job registration, dispatch, and scale are disabled by the scheduler configuration";
        let reason = Reason::of(403, text);
        assert!(!reason.is_denied() && !reason.wants_new_token() && reason.hint().is_some());
    }
}
