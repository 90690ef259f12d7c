//! Finds, builds, starts and stops real Consul, Vault and Nomad servers.
