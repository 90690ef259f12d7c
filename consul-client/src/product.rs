//! What sets this product apart on the wire.

/// The header that carries the token.
pub(crate) const TOKEN_HEADER: &str = "x-consul-token";

/// Headers of every request.
pub(crate) const HEADERS: &[(&str, &str)] = &[];

/// Where the agent listens unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8500";

/// A `/` in a name is sent as `%2F`.
pub(crate) const NAME_MAY_HOLD_SLASH: bool = true;

/// A `/` at either end of a key belongs to it.
pub(crate) const PATH_IS_TRIMMED: bool = false;

/// Nothing seals the list of sums in a snapshot.
#[cfg(feature = "snapshot")]
pub(crate) const SEALED_SUMS: Option<&str> = None;
