//! The probe against real servers in every state, and against what is no server at all.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests panic like the tests")]

mod app;
mod clusters;
mod cron;
mod deployment;
mod examples;
mod expiry;
mod fixtures;
mod healthy;
mod nodes;
mod ping;
mod probe;
mod servers;
mod strangers;
mod tokens;
mod whole;
