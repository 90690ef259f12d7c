//! A typed, async client for the HashiCorp Nomad HTTP API.
