//! The servers that a client knows, of which it asks one until that one fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use url::Url;

use super::proxy;
use crate::config::{Address, Settings};
use crate::error::ConfigError;

/// One of them, with its connections.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) http: reqwest::Client,
    pub(super) base: Url,
    pub(super) name: String,
}

#[derive(Debug)]
pub(super) struct Servers {
    all: Vec<Server>,
    current: AtomicUsize,
}

impl Servers {
    pub(super) fn new(settings: &Settings, tls: &rustls::ClientConfig) -> Result<Self, ConfigError> {
        let addresses = std::iter::once(&settings.address).chain(&settings.others);
        let all = addresses.map(|address| Server::new(address, settings, tls)).collect::<Result<_, _>>()?;
        Ok(Self { all, current: AtomicUsize::new(0) })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The one to ask now, and its place.
    pub(super) fn current(&self) -> (usize, &Server) {
        let place = self.current.load(Ordering::Relaxed) % self.all.len();
        (place, &self.all[place])
    }

    /// Goes on to the next one, unless another call has done so already; not if there is only one.
    pub(super) fn pass_over(&self, place: usize) -> bool {
        let next = (place + 1) % self.all.len();
        // Whoever comes second finds that the first has gone on.
        let _ = self.current.compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed);
        self.all.len() > 1
    }

    /// Whether one of them is at this place.
    pub(super) fn has(&self, target: &Url) -> bool {
        let place = |url: &Url| (url.host_str().map(ToOwned::to_owned), url.port_or_known_default());
        self.all.iter().any(|server| place(&server.base) == place(target))
    }
}

impl Server {
    fn new(address: &Address, settings: &Settings, tls: &rustls::ClientConfig) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .connect_timeout(settings.connect_timeout)
            .tls_backend_preconfigured(tls.clone())
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        let mut name = address.to_string();
        let base = match address {
            Address::Http(url) => {
                if let Some(proxy) = proxy::before(&settings.proxy, url) {
                    name = format!("{name} (through the proxy {})", proxy.place());
                    let wrong = |error: reqwest::Error| {
                        ConfigError::new("proxy", "it cannot be used").caused(error.without_url())
                    };
                    builder = builder.proxy(reqwest::Proxy::all(proxy.whole()).map_err(wrong)?);
                }
                url.clone()
            }
            Address::Unix(path) => {
                builder = builder.unix_socket(path.clone());
                local()?
            }
        };
        let http = builder
            .build()
            .map_err(|error| ConfigError::new("HTTP client", "it cannot be built").caused(error.without_url()))?;
        Ok(Self { http, base, name })
    }
}

fn local() -> Result<Url, ConfigError> {
    Url::parse("http://localhost/").map_err(|error| ConfigError::new("address", "not a URL").caused(error))
}
