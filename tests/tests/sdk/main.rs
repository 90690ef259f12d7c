//! Every operation of the SDKs for Consul and Vault, at least once on a live server.

mod consul;
mod vault;
mod whole;
