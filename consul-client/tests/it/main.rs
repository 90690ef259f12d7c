//! The client against servers that misbehave in every way that a network can.

// Clippy lets only what is under this switch panic.
#[cfg(test)]
mod areas;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod support;
