//! Helpers shared by the suites.
//!
//! The real-server suites run the real binary: [`programs`] builds it, [`stack`] starts the servers, [`cli`] runs it in
//! an environment of its own, [`project`] gives a test a deployment of its own on a stack that all share, and
//! [`dump`] writes down everything that the three servers hold.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests do as the tests")]

mod answers;
pub mod canary;
pub mod cli;
pub mod cluster;
pub mod coverage;
pub mod documentation;
pub mod dump;
pub mod gate;
pub mod http;
pub mod lossless;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod programs;
pub mod project;
pub mod stack;
pub mod wait;
