//! Every operation of the three SDKs, at least once on a live server.

mod canaries;
mod consul;
mod nomad;
mod vault;
mod whole;
