//! Deploys a service on Nomad with Consul service mesh and Vault secrets.
//!
//! The library does all the work and never touches the terminal, the environment or the working directory; the
//! program of the same name parses, calls, prints, and returns an exit code.
//!
//! | feature | what it brings |
//! |---|---|
//! | `health` | the health checks alone; all that `lattice-health` needs |
//! | `deploy` | configuration, plan, apply and rollout |
//! | `servers` | real Consul, Vault and Nomad servers for development and tests |
//! | `cli` | the command line, and all of the above |

pub mod clients;
pub mod error;
pub mod exit;
pub mod health;

#[cfg(feature = "deploy")]
pub mod apply;
#[cfg(feature = "deploy")]
pub mod catalogue;
#[cfg(feature = "deploy")]
pub mod config;
#[cfg(feature = "deploy")]
pub mod desired;
#[cfg(feature = "deploy")]
pub mod diff;
#[cfg(feature = "deploy")]
mod gate;
#[cfg(feature = "deploy")]
mod job;
#[cfg(feature = "deploy")]
mod ledger;
#[cfg(feature = "deploy")]
pub mod lock;
#[cfg(feature = "deploy")]
pub mod owner;
#[cfg(feature = "deploy")]
pub mod plan;
#[cfg(feature = "deploy")]
pub mod preflight;
#[cfg(feature = "deploy")]
pub mod report;
#[cfg(feature = "deploy")]
pub mod rollout;
#[cfg(feature = "deploy")]
pub mod run;
#[cfg(feature = "deploy")]
pub mod secrets;
#[cfg(feature = "deploy")]
pub mod status;

#[cfg(any(feature = "deploy", feature = "servers"))]
mod workload;

#[cfg(feature = "servers")]
pub mod servers;
#[cfg(feature = "servers")]
pub mod stack;

#[cfg(feature = "cli")]
pub mod cli;

pub use self::error::{Error, Result};
pub use self::exit::Exit;
