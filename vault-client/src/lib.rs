//! A typed, async client for the HashiCorp Vault HTTP API.
