//! Tests of the configuration, by question.

mod accepted;
mod layering;
mod refused;
mod secrets;
mod syntax;

use super::{Inputs, Layers, Problem, Resolved};
use secrecy::{ExposeSecret, SecretString};
use std::fmt::Display;

const FILE: &str = "terraform.tfvars";

fn from_hcl(text: &str) -> Resolved {
    Layers::new().file(FILE, text).resolve().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn problems(layers: Layers) -> Vec<Problem> {
    layers.resolve().expect_err("a problem").problems
}

/// The problems of one file, as a user reads them.
fn messages(text: &str) -> Vec<String> {
    let problems = problems(Layers::new().file(FILE, text));
    problems.iter().map(ToString::to_string).collect()
}

/// The only problem of one file.
fn message(text: &str) -> String {
    let mut messages = messages(text);
    assert_eq!(messages.len(), 1, "{text}: {messages:?}");
    messages.remove(0)
}

/// A file with one assignment on each line.
fn lines<V: Display>(pairs: impl Iterator<Item = (&'static str, V)>) -> String {
    let lines: Vec<_> = pairs.map(|(name, value)| format!("{name} = {value}\n")).collect();
    lines.concat()
}

/// All of the inputs as text, secrets included, to compare two sets of them.
fn exposed(inputs: &Inputs) -> String {
    let secret = |value: &Option<SecretString>| value.as_ref().map(|value| value.expose_secret().to_owned());
    let secrets = [
        secret(&inputs.consul_token),
        secret(&inputs.vault_token),
        secret(&inputs.nomad_token),
        secret(&inputs.db_password),
        secret(&inputs.admin_password),
    ];
    let url = inputs.db_connection_url.expose();
    format!("{inputs:?} {secrets:?} {url}")
}
