//! The probe as its users run it.

use std::path::PathBuf;

use serde_json::Value;
use tests::cli::{Cli, Output};
use tests::programs::binaries;
use tests::stack::Live;

/// The probe in an environment of its own.
pub(crate) struct Probe(pub(crate) Cli);

/// What a run found.
#[derive(Debug)]
pub(crate) struct Found(pub(crate) Value);

/// Where nothing listens.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";

impl Probe {
    /// Aimed at a stack, with its management tokens, which must not be seen anywhere.
    pub(crate) fn of(live: &Live) -> Self {
        let mut probe = Self::anywhere();
        for (name, value) in live.environment() {
            probe.0.set(name, value);
        }
        for secret in live.secrets() {
            probe.0.hide(&secret);
        }
        probe
    }

    /// Aimed at where nothing listens.
    pub(crate) fn anywhere() -> Self {
        let mut probe = Self(Cli::of(binaries().health.clone()));
        for name in ["CONSUL_HTTP_ADDR", "VAULT_ADDR", "NOMAD_ADDR"] {
            probe.0.set(name, NOWHERE);
        }
        probe
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.set(name, value);
        self
    }

    /// A file in its home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.home.join(name)
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        self.0.run(args).await
    }

    /// A run that reports in JSON, and must end with the code that it reports.
    pub(crate) async fn found(&self, args: &[&str]) -> Found {
        let all: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let output = self.run(&all).await;
        let found: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", output.stdout, output.stderr));
        assert_eq!(found["schema"], 1);
        assert_eq!(found["exit_code"], output.code, "{found}");
        Found(found)
    }
}

impl Found {
    pub(crate) fn check(&self, id: &str) -> &Value {
        let checks = self.0["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {}", self.0))
    }

    /// Fails unless the check has this status and its message has this text.
    pub(crate) fn says(&self, id: &str, status: &str, text: &str) -> &Self {
        let check = self.check(id);
        let said = check["message"].as_str().unwrap();
        assert!(check["status"] == status && said.contains(text), "{id} should be {status}, {text:?}: {check}");
        self
    }

    /// The checks that are not well, and were made.
    pub(crate) fn trouble(&self) -> Vec<String> {
        let checks = self.0["checks"].as_array().unwrap().iter();
        let bad = checks.filter(|check| !matches!(check["status"].as_str(), Some("ok" | "skipped")));
        bad.map(|check| format!("{} {}: {}", check["id"], check["status"], check["message"])).collect()
    }

    pub(crate) fn status(&self) -> &str {
        self.0["status"].as_str().unwrap()
    }
}
