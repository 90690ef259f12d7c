//! What sets this product apart on the wire.

/// The header that carries the token.
pub(crate) const TOKEN_HEADER: &str = "x-vault-token";

/// Headers of every request. An agent with `require_request_header` refuses requests without this one.
pub(crate) const HEADERS: &[(&str, &str)] = &[("x-vault-request", "true")];

/// Where the server listens unless told otherwise.
pub(crate) const DEFAULT_ADDRESS: &str = "https://127.0.0.1:8200";

/// Vault decodes `%2F` before it looks for the handler, so a `/` cannot be hidden in a name.
pub(crate) const NAME_MAY_HOLD_SLASH: bool = false;

/// A `/` at either end of a path says nothing.
pub(crate) const PATH_IS_TRIMMED: bool = true;

/// The file of a snapshot that has the list of sums again, encrypted with the seal. It comes last, and has no sum.
#[cfg(feature = "snapshot")]
pub(crate) const SEALED_SUMS: Option<&str> = Some("SHA256SUMS.sealed");
