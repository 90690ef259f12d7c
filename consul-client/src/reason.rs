//! What the server's error means: Consul answers in plain text, so status and text are read together.

/// The meaning of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The object does not exist.
    NotFound,
    /// The token is known but may not do this.
    PermissionDenied,
    /// The token is not known: mistyped, expired or revoked.
    TokenNotFound,
    /// The ACL system has been bootstrapped before.
    AlreadyBootstrapped {
        /// The number which, written to `acl-bootstrap-reset` in the data directory, allows it once more.
        reset_index: Option<u64>,
    },
    /// Access control is switched off on this agent.
    AclDisabled,
    /// Another feature is switched off on this agent.
    Disabled,
    /// An object with this name exists already, or the guarding index has moved on.
    Conflict,
    /// The cluster has no leader now, or lost it during the call.
    NoLeader,
    /// Too many requests.
    RateLimited,
    /// The body is larger than the server takes.
    TooLarge,
    /// The server found the request wrong.
    Invalid,
    /// The feature needs Consul Enterprise.
    EnterpriseOnly,
    /// The agent, or a proxy before it, cannot answer at the moment.
    Unavailable,
    /// The server failed for a reason of its own.
    Server,
}

const PERMISSION: &str = "the token lacks a permission for this";
/// How a connection between two servers breaks.
const BROKEN: [&str; 4] = ["eof", "connection reset by peer", "broken pipe", "i/o timeout"];
const UNKNOWN_TOKEN: &str = "the token is unknown, expired or revoked: check CONSUL_HTTP_TOKEN";

impl Reason {
    pub(crate) fn of(status: u16, text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let says = |part: &str| lower.contains(part);
        match status {
            404 if says("enterprise") => Self::EnterpriseOnly,
            // Before the texts: a missing policy is "ACL not found" too, and so is an auth method at a login.
            404 => Self::NotFound,
            _ if says("acl not found: ") => Self::NotFound,
            _ if says("acl bootstrap no longer allowed") => {
                Self::AlreadyBootstrapped { reset_index: reset_index(&lower) }
            }
            _ if says("acl not found") => Self::TokenNotFound,
            _ if says("no cluster leader") || says("leadership lost") || says("no known leader") => Self::NoLeader,
            _ if says("rpc error getting client") || says("raft is already shutdown") => Self::NoLeader,
            _ if says("permission denied") => Self::PermissionDenied,
            401 if says("acl support disabled") => Self::AclDisabled,
            401 if says("disabled") => Self::Disabled,
            500 if says("connect must be enabled") => Self::Disabled,
            401 | 403 => Self::PermissionDenied,
            409 => Self::Conflict,
            413 => Self::TooLarge,
            429 => Self::RateLimited,
            503 if says("rate limit") || says("try again later") => Self::RateLimited,
            502..=504 => Self::Unavailable,
            // A follower whose connection to the leader broke while it waited for the answer.
            500 if says("rpc error making call: ") && BROKEN.iter().any(|end| lower.trim_end().ends_with(end)) => {
                Self::Unavailable
            }
            500 if says("already exists") || says("aliases an existing") => Self::Conflict,
            500 if says("cannot find") || says("does not exist") || says("unknown session") => Self::NotFound,
            500 if says("non-existent") => Self::NotFound,
            500 if says("invalid") || says("must be") || says("failed to parse") || says("missing") => Self::Invalid,
            500 if says("failed to create boolean expression") || says("does not have a subset") => Self::Invalid,
            400..=499 => Self::Invalid,
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
        *self == Self::Conflict
    }

    pub(crate) fn is_no_leader(&self) -> bool {
        *self == Self::NoLeader
    }

    pub(crate) fn is_rate_limited(&self) -> bool {
        *self == Self::RateLimited
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::NoLeader | Self::RateLimited | Self::Unavailable)
    }

    /// A leader that falls during a write may have passed it on before; a plain refusal changed nothing.
    pub(crate) fn may_have_applied(&self, status: u16) -> bool {
        matches!(self, Self::Server | Self::NoLeader | Self::Unavailable) && status >= 500
    }

    /// A new token may help, so a token file is worth reading again.
    pub(crate) fn wants_new_token(&self) -> bool {
        *self == Self::TokenNotFound
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PermissionDenied => Some(PERMISSION),
            Self::TokenNotFound => Some(UNKNOWN_TOKEN),
            Self::NoLeader => Some("the cluster has no leader at the moment"),
            _ => None,
        }
    }
}

fn reset_index(lower: &str) -> Option<u64> {
    let digits = lower.split("reset index: ").nth(1)?;
    digits.trim_end_matches([')', '\n', ' ']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn recorded_answers() {
        let table = [
            (
                403,
                "Permission denied: ACL bootstrap no longer allowed (reset index: 18)",
                Reason::AlreadyBootstrapped { reset_index: Some(18) },
            ),
            (403, "ACL not found", Reason::TokenNotFound),
            (
                403,
                "Permission denied: token with AccessorID '…' lacks permission 'key:read' on \"a\"",
                Reason::PermissionDenied,
            ),
            (401, "ACL support disabled", Reason::AclDisabled),
            (500, "No cluster leader", Reason::NoLeader),
            (500, "rpc error getting client: failed to get conn: dial tcp: connection refused", Reason::NoLeader),
            (500, "Invalid Policy: A Policy with Name \"x\" already exists", Reason::Conflict),
            (429, "rate limit exceeded, try again later or against a different server", Reason::RateLimited),
            (
                503,
                "rate limit exceeded for operation that can only be performed by the leader, try again later",
                Reason::RateLimited,
            ),
            (404, "", Reason::NotFound),
            (413, "Request body too large", Reason::TooLarge),
            (400, "Bad request", Reason::Invalid),
            (500, "the sum of all split weights must be 100, not 95.000000", Reason::Invalid),
            (502, "bad gateway", Reason::Unavailable),
            (503, "", Reason::Unavailable),
            (404, "Requested policy does not exist: ACL not found", Reason::NotFound),
            (404, "Cannot find role to delete", Reason::NotFound),
            (403, "token does not exist: ACL not found", Reason::TokenNotFound),
            (403, "ACL not found: auth method \"none\" not found", Reason::NotFound),
            (500, "invalid config entry kind: bogus-kind", Reason::Invalid),
            (500, "Failed to create boolean expression evaluator: 1:4 (3): no match found", Reason::Invalid),
            (500, "service \"web\" does not have a subset named \"v1\"", Reason::Invalid),
            (500, "raft apply failed: name 'my' aliases an existing query name", Reason::Conflict),
            (500, "Cannot modify non-existent prepared query: 'a'", Reason::NotFound),
            (500, "rpc error making call: EOF", Reason::Unavailable),
            (500, "rpc error making call: read tcp: connection reset by peer", Reason::Unavailable),
            (500, "panic", Reason::Server),
        ];
        for (status, text, reason) in table {
            assert_eq!(Reason::of(status, text), reason, "{status} {text}");
        }
    }

    /// By status alone these would be the wrong thing.
    #[test]
    fn t15_t20_the_text_counts_where_the_status_says_little() {
        let table = [
            (429, "rate limit exceeded, try again later or against a different server", Reason::RateLimited),
            (503, "rate limit exceeded for operation that can only be performed by the leader", Reason::RateLimited),
            (503, "upstream connect error", Reason::Unavailable),
            (500, "rpc error making call: No cluster leader", Reason::NoLeader),
            (500, "Invalid key name: \"a/../b\"", Reason::Invalid),
            (401, "Coordinate support disabled", Reason::Disabled),
            (500, "Connect must be enabled in order to use this endpoint", Reason::Disabled),
            (403, "Access is restricted", Reason::PermissionDenied),
            (405, "method GET not allowed", Reason::Invalid),
            (413, "Request body(524289 bytes) too large, max size: 524288 bytes.", Reason::TooLarge),
        ];
        for (status, text, reason) in table {
            assert_eq!(Reason::of(status, text), reason, "{status} {text}");
            // A refusal is sure to have changed nothing.
            let refused = !matches!(reason, Reason::NoLeader | Reason::Unavailable);
            assert_eq!(reason.may_have_applied(status), !refused, "{status} {text}");
        }
    }

    #[test]
    fn t18_only_an_unknown_token_is_worth_another_one() {
        let wants = |text: &str| Reason::of(403, text).wants_new_token();
        assert!(wants("ACL not found") && wants("token does not exist: ACL not found"));
        assert!(!wants("Permission denied: token lacks permission 'key:read'") && !wants("Access is restricted"));
        assert!(!wants("Permission denied: ACL bootstrap no longer allowed (reset index: 3)"));
    }
}
