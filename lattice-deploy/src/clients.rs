//! The three servers that a deployment talks to.

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
}

impl Clients {
    /// Bundles three clients.
    pub fn new(vault: vault_client::Client, consul: consul_client::Client, nomad: nomad_client::Client) -> Self {
        Self { vault, consul, nomad }
    }

    /// Builds the clients from the variables of the official command lines. Nothing is sent yet.
    ///
    /// # Errors
    /// When a variable makes no sense; the error names it.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let vault = vault_client::Config::from_lookup(lookup)
            .map_err(vault_client::Error::from)
            .and_then(|config| vault_client::Client::new(&config))
            .map_err(|error| settings(System::Vault, error))?;
        let consul = consul_client::Config::from_lookup(lookup)
            .map_err(consul_client::Error::from)
            .and_then(|config| consul_client::Client::new(&config))
            .map_err(|error| settings(System::Consul, error))?;
        let nomad = nomad_client::Config::from_lookup(lookup)
            .map_err(nomad_client::Error::from)
            .and_then(|config| nomad_client::Client::new(&config))
            .map_err(|error| settings(System::Nomad, error))?;
        Ok(Self { vault, consul, nomad })
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
