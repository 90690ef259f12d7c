//! The three servers that a deployment talks to.

use std::time::Duration;

#[cfg(feature = "deploy")]
use crate::config::{Resolved, Source};
use crate::error::{Error, Result, System};

/// One client for each server; cheap to clone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Clients {
    /// Vault.
    pub vault: vault_client::Client,
    /// Consul.
    pub consul: consul_client::Client,
    /// Nomad.
    pub nomad: nomad_client::Client,
    pub(crate) access: Access,
}

/// What the checks want to know of how the servers are reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) vault: Way,
    pub(crate) consul: Way,
    pub(crate) nomad: Way,
}

/// How one server is reached.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Whether a token is sent.
    pub(crate) token: bool,
    /// Where TLS is spoken, if it is.
    pub(crate) listener: Option<Listener>,
}

impl Default for Way {
    fn default() -> Self {
        Self { token: true, listener: None }
    }
}

/// Where TLS is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Listener {
    /// Reads `HOST:PORT`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_matches(['[', ']']);
        (!host.is_empty()).then_some(())?;
        Some(Self { host: host.to_owned(), port: port.parse().ok()? })
    }

    fn of(url: &url::Url) -> Option<Self> {
        let port = url.port_or_known_default().filter(|_| url.scheme() == "https")?;
        Some(Self { host: url.host_str()?.trim_matches(['[', ']']).to_owned(), port })
    }
}

impl std::fmt::Display for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// How patient the clients are; what is not set is left to the SDKs.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Patience {
    /// How long one call may take, with all its tries.
    pub call: Option<Duration>,
    /// How often a failed call is tried again.
    pub retries: Option<usize>,
    /// The largest answer that is read into memory.
    pub largest: Option<usize>,
}

/// Builds one product's client and learns how its server is reached.
macro_rules! connect {
    ($sdk:ident, $system:expr, $lookup:expr, $patience:expr) => {{
        let config = $sdk::Config::from_lookup($lookup).map_err(|error| settings($system, error))?;
        let (config, patience): (_, Patience) = (config, $patience);
        let config = match patience.call {
            Some(call) => config.with_timeout(call).with_connect_timeout(call),
            None => config,
        };
        let config = patience.retries.into_iter().fold(config, $sdk::Config::with_retries);
        let config = patience.largest.into_iter().fold(config, $sdk::Config::with_max_body);
        let listener = match config.address() {
            $sdk::config::Address::Http(url) => Listener::of(url),
            _ => None,
        };
        let way = Way { token: config.has_credential(), listener };
        ($sdk::Client::new(&config).map_err(|error| settings($system, error))?, way)
    }};
}

impl Clients {
    /// Bundles three clients.
    pub fn new(vault: vault_client::Client, consul: consul_client::Client, nomad: nomad_client::Client) -> Self {
        Self { vault, consul, nomad, access: Access::default() }
    }

    /// Builds the clients from the variables of the official command lines. Nothing is sent yet.
    ///
    /// # Errors
    /// When a variable makes no sense; the error names it.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        Self::from_lookup_with(lookup, Patience::default())
    }

    /// As [`Clients::from_lookup`], with a patience of its own.
    ///
    /// # Errors
    /// As [`Clients::from_lookup`].
    pub fn from_lookup_with(lookup: &dyn Fn(&str) -> Option<String>, patience: Patience) -> Result<Self> {
        let (vault, vault_way) = connect!(vault_client, System::Vault, lookup, patience);
        let (consul, consul_way) = connect!(consul_client, System::Consul, lookup, patience);
        let (nomad, nomad_way) = connect!(nomad_client, System::Nomad, lookup, patience);
        let access = Access { vault: vault_way, consul: consul_way, nomad: nomad_way };
        Ok(Self { vault, consul, nomad, access })
    }

    /// Builds the clients from the configuration and, for all that it does not say, from the variables of the
    /// official command lines. Nothing is sent yet.
    ///
    /// # Errors
    /// When a setting makes no sense; the error names it.
    #[cfg(feature = "deploy")]
    pub fn connect(resolved: &Resolved, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        Self::from_lookup(&|name| declared(resolved, name).or_else(|| environment(name)))
    }
}

fn settings(system: System, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Settings { system, source: Box::new(source) }
}

/// What the configuration says about a variable of the official tools. A default says nothing: the variable, or the
/// tool's own default, is then the better guess; but Vault's own default is https, the configuration's is http.
#[cfg(feature = "deploy")]
fn declared(resolved: &Resolved, variable: &str) -> Option<String> {
    use secrecy::ExposeSecret;

    let inputs = &resolved.inputs;
    let token = |token: &Option<secrecy::SecretString>| {
        token.as_ref().map(|token| token.expose_secret().to_owned()).unwrap_or_default()
    };
    let (input, value) = match variable {
        "VAULT_ADDR" => return Some(inputs.vault_address.to_string()),
        "VAULT_TOKEN" => ("vault_token", token(&inputs.vault_token)),
        "VAULT_NAMESPACE" => ("vault_namespace", inputs.vault_namespace.clone()),
        "CONSUL_HTTP_ADDR" => ("consul_address", inputs.consul_address.to_string()),
        "CONSUL_HTTP_TOKEN" => ("consul_token", token(&inputs.consul_token)),
        "NOMAD_ADDR" => ("nomad_address", inputs.nomad_address.to_string()),
        "NOMAD_TOKEN" => ("nomad_token", token(&inputs.nomad_token)),
        "NOMAD_REGION" => ("nomad_region", inputs.nomad_region.clone()),
        "NOMAD_NAMESPACE" => ("nomad_namespace", inputs.nomad_namespace.clone()),
        _ => return None,
    };
    let says_something = !matches!(resolved.source_of(input), Source::Default) && !value.is_empty();
    says_something.then_some(value)
}
