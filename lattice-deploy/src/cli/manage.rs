//! The commands that look, and those for secrets.

use std::io::{IsTerminal as _, Read as _};

use secrecy::SecretString;
use serde_json::json;

use super::args::{Health as HealthArgs, Secrets};
use super::output::Outcome;
use super::table::Table;
use super::workflow::interrupted;
use super::{Context, Failure, Result};
use crate::error::System;
use crate::exit::Exit;
use crate::health::{self, Component, Status, Target};
use crate::rollout::short;
use crate::status::{self, Overview};
use crate::{preflight, secrets};

impl Context {
    pub(super) async fn status(&self) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        let overview = status::overview(&clients, &desired.owner).await?;
        let text = overview_text(&desired.owner.to_string(), &overview);
        Ok(Outcome::done(text, json!(overview)))
    }

    pub(super) async fn health(&self, args: &HealthArgs) -> Result<Outcome> {
        let (resolved, clients, desired) = self.prepare(&[])?;
        let mut target = Target::new(&desired.owner.project);
        target.expected = Some(u64::from(resolved.inputs.instance_count));
        target.environment = Some(desired.owner.environment.clone());
        if !args.components.iter().any(|name| name == "all") {
            let named = args.components.iter().filter_map(|name| Component::from_name(name));
            target.selection.components = named.collect();
        }
        let health = Box::pin(health::check(&clients, &target)).await;
        let mut table = Table::new(&["STATUS", "CHECK", "MESSAGE"]);
        for check in &health.checks {
            let status = check.status.map_or_else(|| "skipped".to_owned(), |status| status.to_string());
            table.row([status, check.id.to_owned(), check.message.clone()]);
        }
        let exit = if health.status == Status::Ok { Exit::Ok } else { Exit::Unhealthy };
        Ok(Outcome::new(exit, format!("{table}\n\n{}", health.line()), json!(health)))
    }

    pub(super) async fn secrets(&self, command: Secrets) -> Result<Outcome> {
        let (_, clients, desired) = self.prepare(&[])?;
        let owner = &desired.owner;
        let changes = match command {
            Secrets::List => {
                preflight::check(&clients, &[System::Vault, System::Consul]).await?;
                let secret = secrets::inspect(&clients, owner).await?;
                let secret = secret.ok_or_else(|| {
                    Failure::new(Exit::Error, format!("{owner} has no secret yet; run `lattice-deploy vault-setup`"))
                })?;
                let mut table = Table::new(&["FIELD", "SECRET", "VERSION"]);
                for field in &secret.fields {
                    table.row([field.clone(), secret.path.clone(), secret.version.to_string()]);
                }
                return Ok(Outcome::done(table.to_string(), json!(secret)));
            }
            Secrets::Put { fields } => fields.iter().map(|field| value(field)).collect::<Result<Vec<_>>>()?,
            Secrets::Rotate { fields } => {
                let generated = |field: String| Ok((field, secrets::random_password()?));
                fields.into_iter().map(generated).collect::<Result<Vec<_>>>()?
            }
        };
        preflight::check(&clients, &[System::Vault, System::Consul]).await?;
        let names: Vec<String> = changes.iter().map(|(name, _)| name.clone()).collect();
        let run = self.run(&clients, &desired, "secrets");
        let version = Box::pin(run.locked(interrupted(), secrets::put(&clients, owner, changes))).await?;
        let text = format!("Wrote {} of the secret of {owner}: version {version}.", names.join(", "));
        Ok(Outcome::done(text, json!({ "fields": names, "version": version })))
    }
}

/// Where a field's value comes from: never from the command line, which every user of the machine can read.
fn value(field: &str) -> Result<(String, SecretString)> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    let (name, source) = field.split_once('=').unwrap_or((field, "-"));
    let text = match source {
        "-" => {
            if std::io::stdin().is_terminal() {
                return Err(usage(format!("the value of {name} is read from standard input: pipe it in")));
            }
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| usage(format!("the value of {name} cannot be read: {error}")))?;
            text
        }
        source => match source.strip_prefix('@') {
            Some(path) => {
                std::fs::read_to_string(path).map_err(|error| usage(format!("{path} cannot be read: {error}")))?
            }
            None => {
                return Err(usage(format!(
                    "{name}=@FILE or {name}=-: a value on the command line is seen by everybody"
                )));
            }
        },
    };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if text.is_empty() {
        return Err(usage(format!("the value of {name} is empty")));
    }
    Ok((name.to_owned(), text.into()))
}

pub(super) fn overview_text(owner: &str, overview: &Overview) -> String {
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "?".to_owned());
    let servers = &overview.servers;
    let mut lines = vec![format!(
        "Servers     Consul {}, Vault {}, Nomad {}",
        version(&servers.consul),
        version(&servers.vault),
        version(&servers.nomad)
    )];
    match &overview.job {
        None => lines.push(format!("Job         {owner} is not deployed")),
        Some(job) => {
            let tag = job.image_tag.as_ref().map(|tag| format!(", runs {tag}")).unwrap_or_default();
            lines.push(format!("Job         {} {}, version {}{tag}", job.id, job.status, job.version));
        }
    }
    if let Some(deployment) = &overview.deployment {
        lines.push(format!("Deployment  {} {}: {}", short(&deployment.id), deployment.status, deployment.description));
    }
    if let Some(secret) = &overview.secret {
        let pinned = secret.pinned.map_or_else(|| "none".to_owned(), |version| version.to_string());
        lines.push(format!("Secret      {} version {}, the service reads {pinned}", secret.path, secret.version));
    }
    if let Some(holder) = &overview.lock {
        lines.push(format!("Lock        {holder}"));
    }
    if !overview.allocations.is_empty() {
        let mut table = Table::new(&["ALLOCATION", "NODE", "VERSION", "STATUS", "HEALTHY"]);
        for allocation in &overview.allocations {
            let healthy = match allocation.healthy {
                Some(true) => "yes",
                Some(false) => "no",
                None => "-",
            };
            let version = allocation.job_version.to_string();
            table.row([short(&allocation.id), &allocation.node, &version, &allocation.status, healthy]);
        }
        lines.push(format!("\n{table}"));
    }
    if !overview.instances.is_empty() {
        let mut table = Table::new(&["INSTANCE", "VERSION", "PASSING", "FAILING CHECKS"]);
        for instance in &overview.instances {
            let passing = if instance.passing { "yes" } else { "no" };
            let version = instance.version.as_deref().unwrap_or("-");
            table.row([&instance.address, version, passing, &instance.failing.join("; ")]);
        }
        lines.push(format!("\n{table}"));
    }
    lines.join("\n")
}
