//! `lattice-health`: one line and one exit code about Consul, Vault, Nomad and the service they run.
//!
//! The checks, what counts, and the formats are `lattice_deploy::health`; here are settings, files, signals and the
//! terminal.

mod commands;
mod files;
mod layers;
mod lock;
mod options;
mod ping;
mod probe;
mod settings;
mod time;

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;

use lattice_deploy::health::{Component, Status};
use tokio::signal::unix::{SignalKind, signal};

use crate::layers::{Line, Lookup, Values};
use crate::probe::Said;
use crate::settings::{Format, Settings};

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the environment")]
    // Lossy, so that a variable that is no text is found wrong instead of overlooked.
    let environment = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let said = layers::line(std::env::args_os().skip(1)).and_then(|line| answer(&line, &environment));
    print(&said.unwrap_or_else(|problem| Said::unknown(&problem)))
}

/// What the command line asks for.
fn answer(line: &Line, environment: Lookup<'_>) -> Result<Said, String> {
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let version = words == ["version"] || line.values.one("version").is_some();
    if version || line.values.one("help").is_some() {
        let text = if version {
            concat!("lattice-health ", env!("CARGO_PKG_VERSION"), "\n").to_owned()
        } else {
            commands::help()
        };
        // The guidelines of the monitoring plugins want 3 here, everybody else 0.
        let nagios = line.values.one("format").is_some_and(|format| format.text == "nagios");
        return Ok(Said { output: Some(text), code: if nagios { 3 } else { 0 }, ..Said::default() });
    }
    let components = match words.first() {
        Some(&"list" | &"explain" | &"config" | &"state" | &"completions") => Vec::new(),
        Some(&"check") => components(&words[1..])?,
        _ => components(&words)?,
    };
    let (values, variables) = layered(line.values.clone(), environment)?;
    let lookup =
        |name: &str| environment(name).filter(|text| !text.is_empty()).or_else(|| variables.get(name).cloned());
    let settings = Settings::of(&values, components, &lookup)?;
    let text = |text: String| Ok(Said { output: Some(text), ..Said::default() });
    match words.as_slice() {
        ["list"] => text(commands::list(settings.format)),
        ["explain", check] => text(commands::explain(check, settings.format)?),
        ["config", "validate"] => {
            // Whether the servers' own variables make sense, without a word to them.
            let clients = lattice_deploy::clients::Clients::from_lookup_with(&lookup, settings.patience);
            clients.map_err(|error| probe::describe(&error))?;
            ping::Ping::of(&settings, &lookup)?;
            text(commands::validate(&values, &settings))
        }
        ["state", "show"] => text(commands::show_state(&state_file(&settings, &lookup)?, settings.format)),
        ["state", "reset"] => Ok(commands::reset_state(&state_file(&settings, &lookup)?)),
        ["completions", shell] => text(commands::completions(shell)?),
        ["list" | "explain" | "config" | "state" | "completions", ..] => {
            Err(format!("`{}` wants something else; see lattice-health --help", words.join(" ")))
        }
        _ => probed(&settings, &lookup),
    }
}

fn components(words: &[&str]) -> Result<Vec<Component>, String> {
    if words.contains(&"all") {
        return Ok(Vec::new());
    }
    let component = |name: &&str| {
        Component::from_name(name).ok_or_else(|| format!("`{name}` is nothing to check; see lattice-health --help"))
    };
    words.iter().map(component).collect()
}

/// All layers of settings, and the variables that the configuration file adds to the environment.
fn layered(flags: Values, environment: Lookup<'_>) -> Result<(Values, BTreeMap<String, String>), String> {
    let values = flags.over(layers::variables(environment));
    match values.one("config").map(|given| PathBuf::from(&given.text)) {
        None => Ok((values, BTreeMap::new())),
        Some(path) => {
            let file = layers::file(&path)?;
            Ok((values.over(file.values), file.variables))
        }
    }
}

fn state_file(settings: &Settings, lookup: Lookup<'_>) -> Result<PathBuf, String> {
    settings.state_file.clone().map_or_else(|| settings::usual_state_file(lookup), Ok)
}

fn probed(settings: &Settings, lookup: Lookup<'_>) -> Result<Said, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let colour = settings.format == Format::Human && !settings.no_color && io::stdout().is_terminal();
    let said = runtime.block_on(watched(settings, lookup, colour));
    // A look-up of a name may still hang in a thread of its own; nobody waits for it.
    runtime.shutdown_background();
    Ok(said)
}

/// One run, or one after the other until a signal comes.
async fn watched(settings: &Settings, lookup: Lookup<'_>, colour: bool) -> Said {
    // One for all of it, so that no signal falls between two waits.
    let mut stop = pin!(ended());
    loop {
        let said = match probe::run(settings, lookup, colour, stop.as_mut()).await {
            Ok(said) => said,
            Err(signal) => return Said::unknown(&format!("stopped by {signal} before the checks were made")),
        };
        let Some(pause) = settings.watch else { return said };
        print(&said);
        tokio::select! {
            biased;
            _ = stop.as_mut() => return Said { output: None, notes: Vec::new(), ..said },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Waits until the probe is told to end, and says by what.
fn ended() -> impl Future<Output = &'static str> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            },
            // Without handlers the signals end the process by themselves.
            _ => std::future::pending().await,
        }
    }
}

/// The exit code counts, also when nobody reads the words.
fn print(said: &Said) -> ExitCode {
    for note in &said.notes {
        // There is nobody left to tell that standard error is closed.
        let _ = writeln!(io::stderr(), "lattice-health: {note}");
    }
    let mut stdout = io::stdout().lock();
    let written =
        said.output.iter().try_for_each(|text| stdout.write_all(text.as_bytes())).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(Status::Unknown.exit_code()),
        _ => ExitCode::from(said.code),
    }
}
