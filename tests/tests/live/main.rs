//! Everything that needs real servers. One binary, so that one stack serves all of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests panic like the tests")]

mod again;
mod bad_input;
mod cleanup;
mod deploy;
mod dev;
#[cfg(feature = "docker")]
mod docker;
#[cfg(feature = "root")]
mod exec;
mod failure;
mod gate;
mod json;
mod lock;
#[cfg(feature = "postgres")]
mod postgres;
mod secrets;
mod setup;
mod update;
mod whole;
