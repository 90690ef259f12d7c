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
fn peer_d10_errors_name_the_variable() {
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

#[test]
fn t28_a_token_is_trimmed_and_one_that_cannot_be_sent_is_named() {
    let token = |variables: &[(&str, &str)]| config(variables).unwrap().credential;
    let trimmed = token(&[("VAULT_TOKEN", " hvs.abc\n")]);
    assert!(matches!(&trimmed, Credential::Static(token) if token.expose() == "hvs.abc"));
    for bad in ["two words", "a\nb", "\u{fc}", "a\u{0}b"] {
        let error = config(&[("VAULT_TOKEN", bad)]).unwrap_err();
        assert!(error.what() == "VAULT_TOKEN" && !error.to_string().contains(bad), "{error}");
    }
}

#[test]
fn peer_d11_skipping_the_check_means_what_it_says() {
    for (text, skips) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        assert_eq!(config(&[("VAULT_SKIP_VERIFY", text)]).unwrap().settings().tls.skip_verify, skips, "{text}");
    }
    assert!(!config(&[]).unwrap().settings().tls.skip_verify);
}
