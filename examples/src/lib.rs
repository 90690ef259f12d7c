//! The sample service `latticedb-sample`: what the demo deploys on Nomad.
//!
//! It proves over HTTP that a deployment works end to end: that it was given a secret, a
//! configuration and a certificate, that the certificate's key belongs to it, and that it
//! reloads all of them on `SIGHUP`. It never shows, logs or keeps the value of a secret.

pub mod certificate;
pub mod files;
mod http;
pub mod log;
pub mod service;
pub mod settings;
