//! What the server's error means: Vault answers with a status and a list of texts, which are read together.

/// The meaning of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The object does not exist.
    NotFound,
    /// No secrets engine or auth method is mounted at the path.
    NotMounted,
    /// The path exists, but the engine behind it does not serve it: often a KV engine of the other version.
    Unsupported,
    /// The token may not do this, or no token was sent. Older servers say the same of a token that they do not know.
    PermissionDenied,
    /// The server does not know the token: it is mistyped, expired or revoked.
    InvalidToken,
    /// The server is sealed.
    Sealed,
    /// The server was never initialised.
    NotInitialized,
    /// The guarding version has moved on.
    CasMismatch,
    /// Something is there already: a mount at this path, or an initialised server.
    AlreadyExists,
    /// The cluster has no active node at the moment.
    NoActiveNode,
    /// Too many requests.
    RateLimited,
    /// This node has not yet seen the write that the client wants to build on.
    StateMissing,
    /// The engine is being made ready: a KV engine that was just mounted or upgraded needs a moment.
    NotReady,
    /// A wrapping was unwrapped before, is over, or never was.
    WrapInvalid,
    /// The server found the request wrong.
    Invalid,
    /// The server, or a proxy before it, cannot answer at the moment.
    Unavailable,
    /// The server failed for a reason of its own.
    Server,
}

impl Reason {
    pub(crate) fn of(status: u16, text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let says = |part: &str| lower.contains(part);
        let any = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        match status {
            _ if any(&["invalid path for a versioned k/v", "unsupported path"]) => Self::Unsupported,
            _ if any(&["local node not active", "in standby mode", "node is not the leader", "leadership lost"]) => {
                Self::NoActiveNode
            }
            _ if any(&[
                "already initialized",
                "path is already in use",
                "path already in use",
                "existing mount at",
                "already registered",
            ]) =>
            {
                Self::AlreadyExists
            }
            _ if says("upgrading from non-versioned to versioned") => Self::NotReady,
            _ if says("vault is sealed") => Self::Sealed,
            _ if says("check-and-set parameter did not match") => Self::CasMismatch,
            500 if any(TOO_MUCH) => Self::Invalid,
            400 | 403 if says("wrapping token is not valid") => Self::WrapInvalid,
            400 if says("not initialized") => Self::NotInitialized,
            400 | 500 if any(NOT_FOUND) || lower == "invalid lease" => Self::NotFound,
            400 | 401 | 403 if any(&["invalid token", "bad token", "missing client token"]) => Self::InvalidToken,
            401 | 403 => Self::PermissionDenied,
            404 if any(&["no handler for route", "route entry not found"]) => Self::NotMounted,
            404 => Self::NotFound,
            412 => Self::StateMissing,
            429 => Self::RateLimited,
            503 if says("overloaded") => Self::RateLimited,
            400..=499 => Self::Invalid,
            501 => Self::NotInitialized,
            502..=504 => Self::Unavailable,
            _ => Self::Server,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound | Self::NotMounted)
    }

    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::PermissionDenied | Self::InvalidToken)
    }

    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::CasMismatch | Self::AlreadyExists)
    }

    pub(crate) fn is_no_leader(&self) -> bool {
        *self == Self::NoActiveNode
    }

    pub(crate) fn is_rate_limited(&self) -> bool {
        *self == Self::RateLimited
    }

    pub(crate) fn is_sealed(&self) -> bool {
        *self == Self::Sealed
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::NoActiveNode | Self::RateLimited | Self::StateMissing | Self::NotReady | Self::Unavailable)
    }

    /// A leader that falls during a write may have passed it on before; a plain refusal changed nothing.
    pub(crate) fn may_have_applied(&self, status: u16) -> bool {
        matches!(self, Self::Server | Self::NoActiveNode | Self::Unavailable) && status >= 500
    }

    /// A new token may help, so a token file is worth reading again.
    pub(crate) fn wants_new_token(&self) -> bool {
        *self == Self::InvalidToken
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PermissionDenied => {
                Some("the token lacks a permission for this, or none was sent: check VAULT_TOKEN")
            }
            Self::InvalidToken => Some("the token is unknown, expired or revoked: check VAULT_TOKEN"),
            Self::Sealed => Some("unseal it with the key shares"),
            Self::NotInitialized => Some("it has to be initialised first"),
            Self::NoActiveNode => Some("the cluster has no active node at the moment"),
            Self::NotMounted => Some("no secrets engine or auth method is mounted at this path"),
            Self::Unsupported => Some("is another engine, or another version of the KV engine, mounted there?"),
            _ => None,
        }
    }
}

/// With these words the server says, with status 500, that it takes no request so large or so deep.
const TOO_MUCH: &[&str] = &["exceeds allowed", "value being too large"];

/// With these words the server says, with status 400 or 500, that what the request names does not exist.
const NOT_FOUND: &[&str] = &[
    "no secret engine mount at",
    "no auth engine at",
    "cannot fetch sysview for path",
    "no existing key named",
    "key not found",
    "could not delete key; not found",
    "lease not found",
    "invalid accessor",
    "unknown role",
    "\" could not be found",
    "failed to find entry for connection",
    "failed to find accessor entry",
    "token not found",
    "token to revoke not found",
    "unable to find pki issuer",
    "unable to find pki key",
    "unable to fetch role entry to patch",
    "invalid key name",
    "no such source key",
    "no such destination key",
    "\" not found",
    "' not found",
    "no default issuer",
    "certificate with serial",
];

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn t07_recorded_answers_have_their_meaning() {
        let table = [
            (404, "", Reason::NotFound),
            (404, "no handler for route \"nope/x\". route entry not found.", Reason::NotMounted),
            (404, "Invalid path for a versioned K/V secrets engine. See the API docs…", Reason::Unsupported),
            (404, "1 error occurred: * unsupported path", Reason::Unsupported),
            (403, "permission denied; invalid token", Reason::InvalidToken),
            (403, "permission denied", Reason::PermissionDenied),
            (503, "Vault is sealed", Reason::Sealed),
            (501, "", Reason::NotInitialized),
            (400, "server is not initialized", Reason::NotInitialized),
            (400, "Vault is already initialized", Reason::AlreadyExists),
            (400, "path is already in use at secret/", Reason::AlreadyExists),
            (400, "check-and-set parameter did not match the current version", Reason::CasMismatch),
            (400, "check-and-set parameter required for this call", Reason::Invalid),
            (400, "No secret engine mount at nope/", Reason::NotFound),
            (400, "cannot fetch sysview for path \"auth/nope/\"", Reason::NotFound),
            (400, "invalid lease", Reason::NotFound),
            (400, "invalid lease ID", Reason::Invalid),
            (400, "role \"nope\" could not be found", Reason::NotFound),
            (400, "invalid role \"nope\"", Reason::Invalid),
            (400, "common name a.other not allowed by this role", Reason::Invalid),
            (500, "unable to find PKI issuer for reference: nope", Reason::NotFound),
            (500, "unable to find PKI key for reference: nope", Reason::NotFound),
            (500, "1 error occurred: * key \"nope\" not found", Reason::NotFound),
            (400, "key with provided name 'nope' not found", Reason::NotFound),
            (400, "Unable to fetch role entry to patch", Reason::NotFound),
            (500, "no such source key for export", Reason::NotFound),
            (500, "failed to find entry for connection with name: \"none\"", Reason::NotFound),
            (500, "local node not active but active cluster node not found", Reason::NoActiveNode),
            (400, "Upgrading from non-versioned to versioned data. This backend will be…", Reason::NotReady),
            (500, "JSON string value exceeds allowed length", Reason::Invalid),
            (500, "JSON input exceeds allowed nesting depth", Reason::Invalid),
            (500, "1 error occurred: * put failed due to value being too large, max value size for…", Reason::Invalid),
            (412, "required index state not present", Reason::StateMissing),
            (429, "request path \"a\": rate limit quota exceeded", Reason::RateLimited),
            (503, "the server is overloaded, try again later", Reason::RateLimited),
            (502, "bad gateway", Reason::Unavailable),
            (503, "Service Unavailable", Reason::Unavailable),
            (500, "internal error", Reason::Server),
        ];
        for (status, text, reason) in table {
            assert_eq!(Reason::of(status, text), reason, "{status} {text}");
        }
    }

    #[test]
    fn what_may_be_repeated_and_what_may_have_happened() {
        for reason in [Reason::NoActiveNode, Reason::RateLimited, Reason::StateMissing, Reason::NotReady] {
            assert!(reason.is_transient(), "{reason:?}");
        }
        assert!(!Reason::Server.is_transient() && !Reason::Sealed.is_transient());
        assert!(Reason::Server.may_have_applied(500) && !Reason::CasMismatch.may_have_applied(400));
        assert!(Reason::InvalidToken.wants_new_token() && !Reason::PermissionDenied.wants_new_token());
        assert!(Reason::InvalidToken.is_denied() && Reason::AlreadyExists.is_conflict());
        assert!(Reason::NotMounted.is_not_found() && !Reason::Unsupported.is_not_found());
    }
}
