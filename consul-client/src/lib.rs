//! A typed, async client for the HashiCorp Consul HTTP API.
