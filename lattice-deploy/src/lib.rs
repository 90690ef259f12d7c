//! Deploys a service on Nomad with Consul service mesh and Vault secrets.

#[cfg(feature = "deploy")]
pub mod config;
#[cfg(feature = "servers")]
pub mod servers;
