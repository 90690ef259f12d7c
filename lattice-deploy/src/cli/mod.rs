//! The command line over the library: parses, calls, prints, and returns how the process ends.

mod args;
mod dev;
mod load;
mod manage;
mod output;
mod table;
mod workflow;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use clap::error::ErrorKind;

use self::args::{Cli, Command, Global};
use self::output::{Outcome, Ui};
use crate::error::Error;
use crate::exit::Exit;

/// Reads one variable of the environment.
type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What every command gets.
struct Context {
    global: Global,
    ui: Ui,
    environment: Lookup,
}

/// Why a command failed: how the process ends, and what is printed.
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.exit(), with_causes(&error))
    }
}

/// The error with the causes that its own text does not repeat.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}

type Result<T, E = Failure> = std::result::Result<T, E>;

/// Runs the command line with these arguments, of which the first is the program's name.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let name = cli.command.name();
    if let Command::Guard { args } = cli.command {
        return crate::servers::guard::run(args);
    }
    trace(cli.global.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&Ui::new(&cli.global), name, Err(Failure::new(Exit::Error, error.to_string()))),
    };
    let context = Context { ui: Ui::new(&cli.global), global: cli.global, environment: Arc::new(environment) };
    let result = runtime.block_on(Box::pin(context.dispatch(cli.command)));
    end(&context.ui, name, result)
}

fn end(ui: &Ui, name: &str, result: Result<Outcome>) -> ExitCode {
    let result = result.map_err(|failure| (failure.exit, failure.message));
    ExitCode::from(ui.finish(name, result).code())
}

/// Help is no error; anything else that clap refuses has a code of its own, since 2 means "changes".
fn usage(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let exit = if asked { Exit::Ok } else { Exit::Usage };
    if let Err(error) = error.print() {
        tracing::debug!(%error, "nobody reads");
    }
    ExitCode::from(exit.code())
}

fn trace(verbose: u8) {
    let filter = match verbose {
        0 => "warn",
        1 => "warn,vault_client=debug,consul_client=debug,nomad_client=debug,lattice_deploy=debug",
        _ => "trace",
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Dev(_) => "dev",
            Self::Validate => "validate",
            Self::Inputs => "inputs",
            Self::Plan(_) => "plan",
            Self::VaultSetup => "vault-setup",
            Self::ConsulConfig => "consul-config",
            Self::Deploy(_) => "deploy",
            Self::Update(_) => "update",
            Self::Rollback(_) => "rollback",
            Self::Status => "status",
            Self::Health(_) => "health",
            Self::Secrets(_) => "secrets",
            Self::Cleanup(_) => "cleanup",
            Self::Render(_) => "render",
            Self::Completions { .. } => "completions",
            Self::Guard { .. } => "guard",
        }
    }
}

impl Context {
    async fn dispatch(&self, command: Command) -> Result<Outcome> {
        match command {
            Command::Dev(dev) => Box::pin(self.dev(dev)).await,
            Command::Validate => self.validate(),
            Command::Inputs => self.inputs(),
            Command::Plan(plan) => self.plan(&plan).await,
            Command::VaultSetup => self.converge(&[crate::error::System::Vault]).await,
            Command::ConsulConfig => self.converge(&[crate::error::System::Consul]).await,
            Command::Deploy(deploy) => self.deploy(&deploy).await,
            Command::Update(deploy) => self.update(&deploy).await,
            Command::Rollback(rollback) => self.roll_back(&rollback).await,
            Command::Status => self.status().await,
            Command::Health(health) => self.health(&health).await,
            Command::Secrets(secrets) => self.secrets(secrets).await,
            Command::Cleanup(cleanup) => self.clean_up(&cleanup).await,
            Command::Render(what) => self.render(&what),
            Command::Completions { shell } => Ok(completions(shell)),
            Command::Guard { .. } => Err(Failure::new(Exit::Usage, "`guard` runs before everything else")),
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut <Cli as clap::CommandFactory>::command(), "lattice-deploy", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Outcome::done(text.clone(), serde_json::json!({ "script": text }))
}
