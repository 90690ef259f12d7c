//! A deployment of its own for each test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::{Value, json};

use crate::cli::{Cli, Output};
use crate::http;
use crate::programs::binaries;
use crate::stack::Live;
use crate::wait::until;

/// A deployment of the sample under a name of its own.
#[derive(Debug)]
pub struct Project<'a> {
    /// The command line, aimed at the stack.
    pub cli: Cli,
    /// The stack.
    pub live: &'a Live,
    /// Its name.
    pub name: String,
    settings: BTreeMap<String, Value>,
}

impl<'a> Project<'a> {
    /// One small, quick instance under this name, not deployed yet.
    ///
    /// # Panics
    /// When its configuration cannot be written.
    pub fn on(live: &'a Live, name: &str) -> Self {
        let mut cli = Cli::new();
        for (name, value) in live.environment() {
            cli.set(name, value);
        }
        for secret in live.secrets() {
            cli.hide(&secret);
        }
        let mut project = Self { cli, live, name: name.to_owned(), settings: BTreeMap::new() };
        for (input, value) in [
            ("project_name", json!(name)),
            ("environment", json!("development")),
            ("driver", json!("raw_exec")),
            ("command", json!(binaries().sample)),
            ("image_tag", json!("v1")),
            ("instance_count", json!(1)),
            ("cpu_limit", json!(50)),
            ("memory_limit", json!(64)),
            ("max_parallel_updates", json!(1)),
            ("min_healthy_time", json!("1s")),
            // Generous: a busy machine may need so long; nothing that goes well waits for it.
            ("healthy_deadline", json!("2m")),
        ] {
            project.settings.insert(input.to_owned(), value);
        }
        project.write();
        project
    }

    /// Sets an input.
    ///
    /// # Panics
    /// When the configuration cannot be written.
    pub fn set(&mut self, input: &str, value: impl Into<Value>) {
        self.settings.insert(input.to_owned(), value.into());
        self.write();
    }

    fn write(&self) {
        let lines: Vec<String> = self.settings.iter().map(|(input, value)| format!("{input} = {value}\n")).collect();
        std::fs::write(self.config(), lines.concat()).unwrap();
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.cli.home.join("terraform.tfvars")
    }

    /// The path in Vault and in Consul below which its own things are.
    pub fn prefix(&self) -> String {
        format!("{}/development", self.name)
    }

    /// Runs a command, and looks for the values of the service's secret in all that it said.
    ///
    /// # Panics
    /// As [`Cli::run`].
    #[must_use = "how a command ended is the point of running it"]
    pub async fn deploy(&self, args: &[&str]) -> Output {
        self.deploy_with(args, "").await
    }

    /// Runs a command with this on its standard input.
    ///
    /// # Panics
    /// As [`Cli::run`].
    #[must_use = "how a command ended is the point of running it"]
    pub async fn deploy_with(&self, args: &[&str], input: &str) -> Output {
        let output = self.cli.run_with(args, input).await;
        self.hide_secret().await;
        self.cli.check(&output);
        output
    }

    /// Learns the values of the service's secret.
    async fn hide_secret(&self) {
        for value in self.secret().await.unwrap_or_default().values() {
            self.cli.hide(value);
        }
    }

    /// The service's secret, as Vault has it now.
    pub async fn secret(&self) -> Option<BTreeMap<String, String>> {
        let answer = self.live.get(Product::Vault, &format!("secret/data/{}/config", self.prefix())).await;
        serde_json::from_value(answer.json()["data"]["data"].clone()).ok()
    }

    /// The digest that the sample shows for that secret.
    ///
    /// # Panics
    /// When there is none.
    pub async fn digest(&self) -> String {
        let text = serde_json::to_vec(&self.secret().await.unwrap()).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &text);
        let digits: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    }

    /// The instances in Consul's catalog: address, and whether all checks pass.
    pub async fn instances(&self) -> Vec<(String, bool)> {
        let answer = self.live.get(Product::Consul, &format!("health/service/{}", self.name)).await.json();
        let instance = |entry: &Value| {
            let passing = entry["Checks"]
                .as_array()
                .is_some_and(|checks| checks.iter().all(|check| check["Status"] == "passing"));
            let host = [&entry["Service"]["Address"], &entry["Node"]["Address"]].into_iter().filter_map(Value::as_str);
            let host = host.into_iter().find(|host| !host.is_empty()).unwrap_or_default();
            (format!("{host}:{}", entry["Service"]["Port"]), passing)
        };
        answer.as_array().into_iter().flatten().map(instance).collect()
    }

    /// What each instance says at `/version`; instances that are just ending are left out.
    pub async fn versions(&self) -> Vec<Value> {
        let mut versions = Vec::new();
        for (address, _) in self.instances().await {
            if let Ok(answer) = http::get(&format!("http://{address}/version")).await {
                versions.push(answer.json());
            }
        }
        versions
    }

    /// Waits until this many instances pass and run this version, and no others are there.
    ///
    /// # Panics
    /// When that does not come to be.
    pub async fn runs(&self, version: &str, count: usize) -> Vec<Value> {
        let what = format!("{count} instances of {} run {version}", self.name);
        until(&what, Duration::from_secs(90), async || {
            let versions = self.versions().await;
            let passing = self.instances().await.iter().filter(|(_, passing)| *passing).count();
            let all = versions.iter().all(|seen| seen["version"] == version);
            (all && versions.len() == count && passing == count).then_some(versions)
        })
        .await
    }

    /// The job in Nomad; null when there is none.
    pub async fn job(&self) -> Value {
        self.live.get(Product::Nomad, &format!("job/{}", self.name)).await.json()
    }
}
