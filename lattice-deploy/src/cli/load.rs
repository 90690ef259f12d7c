//! From files, environment and flags to inputs.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Render;
use super::output::Outcome;
use super::table::Table;
use super::{Context, Failure, Result};
use crate::clients::Clients;
use crate::config::{Layers, Resolved, TABLE};
use crate::desired::Desired;
use crate::exit::Exit;

/// Where the configuration is looked for when nobody says.
const USUAL: [&str; 2] = ["terraform.tfvars", "terraform.tfvars.json"];

impl Context {
    /// Reads and checks the configuration; `extra` are assignments of the command's own flags.
    pub(super) fn load(&self, extra: &[String]) -> Result<Resolved> {
        let usual = || USUAL.iter().map(PathBuf::from).find(|path| path.is_file());
        let mut layers = Layers::new();
        if let Some(path) = self.global.config.clone().or_else(usual) {
            layers = layers.file(&path.display().to_string(), &read(&path)?);
        }
        for path in &self.global.var_file {
            layers = layers.var_file(&path.display().to_string(), &read(path)?);
        }
        layers = layers.environment(&|name| (self.environment)(name));
        for assignment in self.global.var.iter().chain(extra) {
            layers = layers.var(assignment);
        }
        let resolved = layers.resolve().map_err(|error| Failure::new(Exit::ConfigInvalid, error.to_string()))?;
        for warning in &resolved.warnings {
            self.ui.say(&format!("warning: {warning}"));
        }
        Ok(resolved)
    }

    /// The configuration, clients for its servers, and what it asks for.
    pub(super) fn prepare(&self, extra: &[String]) -> Result<(Resolved, Clients, Desired)> {
        let resolved = self.load(extra)?;
        let clients = Clients::connect(&resolved, &|name| (self.environment)(name))?;
        let desired = Desired::new(&resolved);
        Ok((resolved, clients, desired))
    }

    pub(super) fn validate(&self) -> Result<Outcome> {
        let resolved = self.load(&[])?;
        let warnings: Vec<String> = resolved.warnings.iter().map(ToString::to_string).collect();
        let text = match warnings.len() {
            0 => "The configuration is valid.".to_owned(),
            1 => "The configuration is valid, with one warning.".to_owned(),
            many => format!("The configuration is valid, with {many} warnings."),
        };
        Ok(Outcome::done(text, json!({ "warnings": warnings })))
    }

    pub(super) fn inputs(&self) -> Result<Outcome> {
        let resolved = self.load(&[])?;
        let mut table = Table::new(&["INPUT", "TYPE", "DEFAULT", "SET BY", "DESCRIPTION"]);
        let mut data = Vec::new();
        for input in TABLE.iter() {
            let (default, source) = (input.default_text(), resolved.source_of(input.name).to_string());
            table.row([input.name, &input.kind.to_string(), &default, &source, input.description]);
            data.push(json!({
                "name": input.name,
                "type": input.kind.to_string(),
                "default": default,
                "source": source,
                "description": input.description,
                "sensitive": input.sensitive,
                "extension": input.extension,
            }));
        }
        Ok(Outcome::done(table.to_string(), json!({ "inputs": data })))
    }

    pub(super) fn render(&self, what: &Render) -> Result<Outcome> {
        let desired = Desired::new(&self.load(&[])?);
        let data = match what {
            Render::Job => desired.job().map(|job| json!(job.specification())).unwrap_or_default(),
            Render::All => desired
                .resources
                .iter()
                .map(|resource| json!({ "key": resource.key(), "declared": resource.declared() }))
                .collect(),
        };
        Ok(Outcome::done(format!("{data:#}"), data))
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(Exit::ConfigInvalid, format!("{} cannot be read: {error}", path.display())))
}
