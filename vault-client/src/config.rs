//! Where the server is and how to reach it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use url::Url;

use crate::credential::{Credential, Token};
use crate::error::ConfigError;
use crate::product;
use crate::wire::{boolean, duration};

/// Reads one environment variable; an empty value counts as unset.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything a [`Client`](crate::Client) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    pub(crate) credential: Credential,
    pub(crate) namespace: Option<String>,
}

impl Config {
    /// A configuration for the server at this address: `http://…`, `https://…`, `unix:///path` or `host:port`, which
    /// means TLS.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn new(address: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            settings: Settings::new(Address::parse("address", address, default_scheme())?),
            credential: Credential::Anonymous,
            namespace: None,
        })
    }

    /// Reads the variables of the official command line from the process's environment.
    ///
    /// # Errors
    /// When a variable is set but cannot be understood; the error names it.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
        // Lossy, so that a variable that is no text is found wrong instead of overlooked.
        Self::from_lookup(&|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// As [`Config::from_env`], from any source of variables.
    ///
    /// `VAULT_ADDR`, `VAULT_AGENT_ADDR` (which wins over it), `VAULT_TOKEN`, `VAULT_TOKEN_FILE` (our own; it wins over
    /// the token), `VAULT_NAMESPACE`, `VAULT_CACERT`, `VAULT_CACERT_BYTES`, `VAULT_CAPATH`, `VAULT_CLIENT_CERT`,
    /// `VAULT_CLIENT_KEY`, `VAULT_TLS_SERVER_NAME`, `VAULT_SKIP_VERIFY`, `VAULT_CLIENT_TIMEOUT` (`90s` or seconds;
    /// 0 for no deadline), `VAULT_MAX_RETRIES`, `VAULT_PROXY_ADDR` and `VAULT_HTTP_PROXY` (which the former wins over),
    /// else `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (or in small letters) for servers on other machines.
    ///
    /// # Errors
    /// When a variable is set but cannot be understood; the error names it.
    pub fn from_lookup(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let env = Environment(lookup);
        let named = |name: &'static str| env.text(name).map(|text| (name, text));
        let (name, address) = named("VAULT_AGENT_ADDR")
            .or_else(|| named("VAULT_ADDR"))
            .unwrap_or_else(|| ("VAULT_ADDR", product::DEFAULT_ADDRESS.to_owned()));
        let mut settings = Settings::new(Address::parse(name, &address, default_scheme())?);
        settings.tls = env.tls("VAULT_CACERT", "VAULT_CAPATH", ["VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY"])?;
        if let Some(pem) = env.text("VAULT_CACERT_BYTES") {
            settings.tls = settings.tls.with_ca_pem(pem);
        }
        settings.tls.server_name = env.text("VAULT_TLS_SERVER_NAME");
        settings.tls.skip_verify = env.boolean("VAULT_SKIP_VERIFY")?.unwrap_or(false);
        settings.proxy = env.proxy(&["VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"])?;
        if let Some(timeout) = env.parsed("VAULT_CLIENT_TIMEOUT", "a duration such as 90s, or seconds", deadline)? {
            settings.timeout = timeout;
        }
        if let Some(retries) = env.parsed("VAULT_MAX_RETRIES", "a number of retries", |text| text.parse().ok())? {
            settings.retries = retries;
        }
        Ok(Self {
            settings,
            credential: env.credential("VAULT_TOKEN", "VAULT_TOKEN_FILE")?,
            namespace: env.text("VAULT_NAMESPACE"),
        })
    }

    /// Works in this namespace (Vault Enterprise).
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }
}

/// Reads a deadline as the official client does: bare seconds or Go's text, and 0 for none.
fn deadline(text: &str) -> Option<Duration> {
    let deadline = text.parse().ok().map(Duration::from_secs).or_else(|| duration::parse(text))?;
    Some(if deadline.is_zero() { Duration::MAX } else { deadline })
}

// From here on the three SDKs are the same.

/// Settings that every product has.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) address: Address,
    /// Asked in turn when the first cannot be.
    pub(crate) others: Vec<Address>,
    pub(crate) tls: Tls,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retries: usize,
    pub(crate) max_body: usize,
    pub(crate) redirect_hosts: Vec<String>,
    pub(crate) proxy: Proxying,
}

impl Settings {
    pub(crate) fn new(address: Address) -> Self {
        Self {
            address,
            others: Vec::new(),
            tls: Tls::default(),
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            retries: 2,
            max_body: 256 * 1024 * 1024,
            redirect_hosts: Vec::new(),
            proxy: Proxying::Never,
        }
    }
}

impl Config {
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The address.
    pub fn address(&self) -> &Address {
        &self.settings.address
    }

    /// Another address, everything else unchanged.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn with_address(mut self, address: &str) -> Result<Self, ConfigError> {
        self.settings.address = Address::parse("address", address, default_scheme())?;
        Ok(self)
    }

    /// One more server of the same cluster, which is asked when those before it cannot be reached or know no leader;
    /// the one that answered is asked from then on. It gets the token like the first.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn with_other_address(mut self, address: &str) -> Result<Self, ConfigError> {
        self.settings.others.push(Address::parse("address", address, default_scheme())?);
        Ok(self)
    }

    /// Where the token comes from.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    /// Sends this token.
    #[must_use]
    pub fn with_token(self, token: Token) -> Self {
        self.with_credential(Credential::Static(token))
    }

    /// Whether any token is configured.
    pub fn has_credential(&self) -> bool {
        !matches!(self.credential, Credential::Anonymous)
    }

    /// How TLS is done.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.settings.tls = tls;
        self
    }

    /// The deadline of a whole call with all its tries; 60 seconds unless set.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// The deadline for making a connection; 10 seconds unless set.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// How often a failed call is tried again where that is safe; twice unless set, 0 for never.
    #[must_use]
    pub fn with_retries(mut self, retries: usize) -> Self {
        self.settings.retries = retries;
        self
    }

    /// The largest answer that is read into memory; 256 MiB unless set.
    #[must_use]
    pub fn with_max_body(mut self, bytes: usize) -> Self {
        self.settings.max_body = bytes;
        self
    }

    /// Lets a redirect, and the token with it, go to this host (`host` or `host:port`) as well.
    #[must_use]
    pub fn with_redirect_host(mut self, host: impl Into<String>) -> Self {
        self.settings.redirect_hosts.push(host.into());
        self
    }
}

impl Config {
    /// Reaches the servers through this HTTP proxy (`http://…` or `https://…`, with a user and password if need be),
    /// whatever the environment says. With TLS to the server the proxy sees nothing but its name.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn with_proxy(mut self, address: &str) -> Result<Self, ConfigError> {
        self.settings.proxy = Proxying::Always(ProxyAddress::parse("proxy", address)?);
        Ok(self)
    }

    /// Uses no proxy, whatever the environment says.
    #[must_use]
    pub fn without_proxy(mut self) -> Self {
        self.settings.proxy = Proxying::Never;
        self
    }
}

/// Which servers are reached through a proxy.
#[derive(Clone, Debug)]
pub(crate) enum Proxying {
    Never,
    Always(ProxyAddress),
    /// What the usual variables say.
    Environment {
        http: Option<ProxyAddress>,
        https: Option<ProxyAddress>,
        except: String,
    },
}

/// Where a proxy listens. Its password is never printed.
#[derive(Clone)]
pub(crate) struct ProxyAddress {
    place: String,
    whole: SecretString,
}

impl std::fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place)
    }
}

impl ProxyAddress {
    pub(crate) fn parse(what: &str, text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let wrong = |_| ConfigError::new(what, "it is no address of a proxy such as http://proxy:3128");
        let mut url = Url::parse(&whole).map_err(wrong)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(ConfigError::new(what, "only HTTP proxies are known, such as http://proxy:3128"));
        }
        // On these schemes both are always possible.
        let (_, _) = (url.set_username(""), url.set_password(None));
        let place = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { place, whole: whole.into() })
    }

    /// Without user and password.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn whole(&self) -> &str {
        self.whole.expose_secret()
    }
}

/// What an address without a scheme means.
pub(crate) fn default_scheme() -> &'static str {
    if product::DEFAULT_ADDRESS.starts_with("https:") { "https" } else { "http" }
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// Over TCP, in plain text or with TLS.
    Http(Url),
    /// On a Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// Reads an address. `what` names the setting it came from, for the error.
    pub(crate) fn parse(what: &str, text: &str, scheme: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.is_empty() {
                Err(ConfigError::new(what, "`unix://` wants the path of a socket"))
            } else {
                Ok(Self::Unix(PathBuf::from(path)))
            };
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
        let wrong = || ConfigError::new(what, "it is no address such as http://127.0.0.1:8500 or unix:///path");
        let mut url = Url::parse(&full).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::new(what, "a user name or password in an address would reach logs"));
        }
        url.set_query(None);
        url.set_fragment(None);
        // As it is shown.
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self::Http(url))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(url) => f.write_str(url.as_str().trim_end_matches('/')),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// How TLS is done. Without any authority the system's certificates are trusted; with some, only those.
///
/// Certificates and keys that come from files are read again when the files change, for the connections made after.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    pub(crate) authorities: Vec<Authority>,
    pub(crate) identity: Option<Identity>,
    pub(crate) server_name: Option<String>,
    pub(crate) skip_verify: bool,
}

/// A source of CA certificates.
#[derive(Clone, Debug)]
pub(crate) enum Authority {
    Pem(Vec<u8>),
    File(PathBuf),
    Directory(PathBuf),
}

/// The client's own certificate.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) certificate: Pem,
    pub(crate) key: Pem,
}

/// PEM, here or in a file. A key is never printed and wiped from memory when dropped.
#[derive(Clone)]
pub(crate) enum Pem {
    Text(SecretSlice<u8>),
    File(PathBuf),
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Tls {
    /// Trusts the system's certificates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the CA certificates in this PEM text.
    #[must_use]
    pub fn with_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities.push(Authority::Pem(pem.into()));
        self
    }

    /// Trusts the CA certificates in this PEM file.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.authorities.push(Authority::File(path.into()));
        self
    }

    /// Trusts the CA certificates in all files of this directory.
    #[must_use]
    pub fn with_ca_directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.authorities.push(Authority::Directory(path.into()));
        self
    }

    /// Shows the certificate in this PEM file, with the key in that one, to the server.
    #[must_use]
    pub fn with_identity(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some(Identity { certificate: Pem::File(certificate.into()), key: Pem::File(key.into()) });
        self
    }

    /// Shows this certificate to the server; it and its key are PEM texts.
    #[must_use]
    pub fn with_identity_pem(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let [certificate, key] = [certificate.into(), key.into()].map(|pem| Pem::Text(pem.into()));
        self.identity = Some(Identity { certificate, key });
        self
    }

    /// Expects this name in the server's certificate instead of the one that was dialled.
    #[must_use]
    pub fn with_server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// Takes any certificate at all. Anybody on the way can then read the token.
    #[must_use]
    pub fn danger_skip_verify(mut self) -> Self {
        self.skip_verify = true;
        self
    }
}

/// The environment, read by Go's rules: empty is unset, and what is set must make sense.
pub(crate) struct Environment<'a>(pub(crate) Lookup<'a>);

impl Environment<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        self.parsed(name, "a boolean: 1, t, true, 0, f or false", boolean::parse)
    }

    pub(crate) fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let value = parse(text.trim()).ok_or_else(|| ConfigError::new(name, format!("expected {expected}")))?;
        Ok(Some(value))
    }

    pub(crate) fn credential(&self, token: &str, file: &str) -> Result<Credential, ConfigError> {
        if let Some(path) = self.text(file) {
            readable(file, Path::new(&path))?;
            return Ok(Credential::File(path.into()));
        }
        match self.text(token) {
            None => Ok(Credential::Anonymous),
            Some(text) => Token::new(&text).map(Credential::Static).map_err(|error| error.about(token)),
        }
    }

    /// The proxy that the first of the product's own variables names, else what the usual ones say.
    pub(crate) fn proxy(&self, own: &[&str]) -> Result<Proxying, ConfigError> {
        let read = |name: &str| self.text(name).map(|text| ProxyAddress::parse(name, &text)).transpose();
        for name in own {
            if let Some(proxy) = read(name)? {
                return Ok(Proxying::Always(proxy));
            }
        }
        let either = |one: &str, other: &str| Ok(read(one)?.or(read(other)?));
        let (http, https) = (either("HTTP_PROXY", "http_proxy")?, either("HTTPS_PROXY", "https_proxy")?);
        if http.is_none() && https.is_none() {
            return Ok(Proxying::Never);
        }
        let except = self.text("NO_PROXY").or_else(|| self.text("no_proxy")).unwrap_or_default();
        Ok(Proxying::Environment { http, https, except })
    }

    pub(crate) fn tls(&self, file: &str, directory: &str, identity: [&str; 2]) -> Result<Tls, ConfigError> {
        let mut tls = Tls::new();
        if let Some(path) = self.text(file) {
            readable(file, Path::new(&path))?;
            tls = tls.with_ca_file(path);
        }
        if let Some(path) = self.text(directory) {
            tls = tls.with_ca_directory(path);
        }
        let [certificate, key] = identity;
        match (self.text(certificate), self.text(key)) {
            (None, None) => Ok(tls),
            (Some(certificate_path), Some(key_path)) => {
                readable(certificate, Path::new(&certificate_path))?;
                readable(key, Path::new(&key_path))?;
                Ok(tls.with_identity(certificate_path, key_path))
            }
            (Some(_), None) => Err(ConfigError::new(certificate, format!("it is set without {key}"))),
            (None, Some(_)) => Err(ConfigError::new(key, format!("it is set without {certificate}"))),
        }
    }
}

fn readable(name: &str, path: &Path) -> Result<(), ConfigError> {
    std::fs::File::open(path)
        .map(drop)
        .map_err(|error| ConfigError::new(name, format!("{} cannot be read", path.display())).caused(error))
}
