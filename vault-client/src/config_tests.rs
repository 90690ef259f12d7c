//! What the environment and an address mean.

use crate::config::{Address, Config};
use crate::credential::Credential;
use std::time::Duration;

fn config(variables: &[(&str, &str)]) -> Result<Config, crate::error::ConfigError> {
    Config::from_lookup(&|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn variables_of_the_official_command_line() {
    let empty = config(&[("VAULT_ADDR", "")]).unwrap();
    assert_eq!(empty.address().to_string(), "https://127.0.0.1:8200");
    assert!(!empty.has_credential());
    let full = config(&[
        ("VAULT_ADDR", "http://a:1"),
        ("VAULT_AGENT_ADDR", "unix:///run/agent.sock"),
        ("VAULT_TOKEN", "t"),
        ("VAULT_NAMESPACE", "team"),
        ("VAULT_TLS_SERVER_NAME", "vault.internal"),
        ("VAULT_SKIP_VERIFY", "T"),
        ("VAULT_CLIENT_TIMEOUT", "1m30s"),
        ("VAULT_MAX_RETRIES", "0"),
        ("VAULT_CACERT_BYTES", "pem"),
    ])
    .unwrap();
    assert!(matches!(full.address(), Address::Unix(path) if path.as_os_str() == "/run/agent.sock"));
    assert!(matches!(&full.credential, Credential::Static(token) if token.expose() == "t"));
    assert_eq!(full.namespace.as_deref(), Some("team"));
    let settings = full.settings();
    assert_eq!((settings.timeout, settings.retries), (Duration::from_secs(90), 0));
    assert_eq!(settings.tls.authorities.len(), 1);
    assert!(settings.tls.skip_verify);
    for (text, seconds) in [("90", 90), ("0", u64::MAX)] {
        let config = config(&[("VAULT_CLIENT_TIMEOUT", text)]).unwrap();
        assert_eq!(config.settings().timeout.as_secs(), seconds);
    }
}

#[test]
fn an_address_without_scheme_means_tls() {
    assert_eq!(Config::new("vault:8200").unwrap().address().to_string(), "https://vault:8200");
    let moved = Config::new("http://vault:8200").unwrap().with_address("other:8200").unwrap();
    assert_eq!(moved.address().to_string(), "https://other:8200");
}

#[test]
fn errors_name_the_variable() {
    let table = [
        ("VAULT_ADDR", "ftp://a"),
        ("VAULT_AGENT_ADDR", "http://"),
        ("VAULT_SKIP_VERIFY", "yes"),
        ("VAULT_CLIENT_TIMEOUT", "soon"),
        ("VAULT_MAX_RETRIES", "-1"),
        ("VAULT_CACERT", "/does/not/exist"),
        ("VAULT_TOKEN_FILE", "/does/not/exist"),
        ("VAULT_CLIENT_CERT", "/does/not/exist"),
    ];
    for (name, value) in table {
        assert_eq!(config(&[(name, value)]).unwrap_err().what(), name);
    }
}
