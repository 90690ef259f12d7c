//! The only code that names the HTTP library.

mod answer;
mod call;
mod decode;
mod exchange;
mod failure;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod path;
mod proxy;
mod request;
mod retry;
mod servers;
mod stream;
mod tls;
mod upload;

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;

pub(crate) use self::decode::{Decode, json, none_if_not_found};
use self::failure::Origin;
pub(crate) use self::request::Request;
use self::servers::{Server, Servers};
pub(crate) use self::stream::{Content, Opened};
use self::upload::Upload;

use crate::config::Config;
use crate::error::{ConfigError, Result};

/// Connections, limits and rules; one per client, shared by all its clones.
#[derive(Debug)]
pub(crate) struct Transport {
    servers: Servers,
    timeout: Duration,
    retries: usize,
    max_body: usize,
    redirect_hosts: Vec<String>,
}

/// An answer whose status means success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let settings = config.settings();
        Ok(Self {
            servers: Servers::new(settings, &tls::client_config(&settings.tls)?)?,
            timeout: settings.timeout,
            retries: settings.retries,
            max_body: settings.max_body,
            redirect_hosts: settings.redirect_hosts.clone(),
        })
    }
}
