//! What sets this product apart on the wire.

/// The header that carries the token.
pub(crate) const TOKEN_HEADER: &str = "x-nomad-token";

/// Headers of every request.
pub(crate) const HEADERS: &[(&str, &str)] = &[];

/// Where the agent listens unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "http://127.0.0.1:4646";

/// A `/` in a name is sent as `%2F`.
pub(crate) const NAME_MAY_HOLD_SLASH: bool = true;

/// The server redirects a path with a `/` at either end, and the redirect would lose the body.
pub(crate) const PATH_IS_TRIMMED: bool = true;
