//! The command line, as clap reads it.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Deploys a service on Nomad with Consul service mesh and Vault secrets.
///
/// Addresses, tokens and TLS come from the configuration and the variables of the official tools, such as
/// `CONSUL_HTTP_TOKEN_FILE`, `VAULT_ADDR` and `NOMAD_CACERT`. A secret is never taken from the command line.
#[derive(Debug, Parser)]
#[command(name = "lattice-deploy", version, styles = STYLES, after_long_help = exit_codes(), disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

fn exit_codes() -> String {
    let head = "Exit codes:\n".to_owned();
    crate::exit::Exit::TABLE.iter().fold(head, |text, (_, code, meaning)| format!("{text}  {code:>3}  {meaning}\n"))
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Configuration: HCL (`.tfvars`) or JSON [default: terraform.tfvars, if there is one]
    #[arg(short, long, global = true, value_name = "FILE", env = "LATTICE_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// More values, over those of the configuration; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) var_file: Vec<PathBuf>,
    /// One value, over all others; may be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
    /// What is printed on standard output
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Human)]
    pub(super) output: Output,
    /// How progress is shown on standard error
    #[arg(long, global = true, value_enum, default_value_t = Progress::Auto)]
    pub(super) progress: Progress,
    /// No progress, errors only
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// More log on standard error: -v calls of the SDKs, -vv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// How long a rollout is watched
    #[arg(long, global = true, value_name = "TIME", default_value = "30m", value_parser = time)]
    pub(super) timeout: Duration,
    /// Answers every question with yes
    #[arg(short, long, global = true)]
    pub(super) yes: bool,
    /// How long to wait for another run to end
    #[arg(long, global = true, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(super) lock_wait: Duration,
}

/// What stands on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// One JSON event a line, then the document
    Ndjson,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Progress {
    /// Lines that are redrawn on a terminal, plain lines otherwise
    Auto,
    /// Plain lines
    Plain,
    /// Nothing
    None,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs real Consul, Vault and Nomad servers on this machine, with the sample service deployed
    Dev(Dev),
    /// Checks the configuration without any server
    Validate,
    /// Lists every input with its value and where it comes from
    Inputs,
    /// Shows what would change on the three servers; changes nothing
    Plan(Plan),
    /// Sets up Vault: mounts, policy, PKI, transit key, workload identity, generated secrets
    VaultSetup,
    /// Sets up Consul: keys, access control, service defaults, resolver, intentions
    ConsulConfig,
    /// Sets up Vault and Consul, submits the job, and watches until the new version runs healthy
    Deploy(Deploy),
    /// Changes the version that runs, and watches until it runs healthy
    Update(Deploy),
    /// Returns to an earlier version of the job, and watches until it runs healthy
    Rollback(Rollback),
    /// Shows servers, job, allocations, services and secrets' versions
    Status,
    /// Checks the three servers and the service; exit code 13 when something is not healthy
    Health(Health),
    /// Reads and writes the service's secrets
    #[command(subcommand)]
    Secrets(Secrets),
    /// Removes exactly what this tool has made
    Cleanup(Cleanup),
    /// Prints what would be sent
    #[command(subcommand)]
    Render(Render),
    /// Prints a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Keeps one server under guard; used by `dev`
    #[command(hide = true)]
    Guard {
        /// What the guardian is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// Exit code 2 when there are changes
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    /// Only these servers
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) only: Vec<Only>,
}

/// A server by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Only {
    /// Vault
    Vault,
    /// Consul
    Consul,
    /// Nomad
    Nomad,
}

#[derive(Debug, Args)]
pub(super) struct Deploy {
    /// The version to run: a tag or a digest of the image
    #[arg(long, value_name = "TAG")]
    pub(super) image_tag: Option<String>,
    /// Returns as soon as the job is submitted
    #[arg(long)]
    pub(super) detach: bool,
    /// How long instances may wait for a place
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = time)]
    pub(super) placement_timeout: Duration,
    #[command(flatten)]
    pub(super) gate: Gate,
}

/// What is asked after a rollout that succeeded.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Gate {
    /// How long the service's health checks may be critical after the rollout; 0s does not make them
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = time)]
    pub(super) gate_timeout: Duration,
}

#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// The version to return to [default: the newest stable one before the current]
    #[arg(long, value_name = "VERSION")]
    pub(super) to: Option<u64>,
    #[command(flatten)]
    pub(super) gate: Gate,
}

#[derive(Debug, Args)]
pub(super) struct Health {
    /// What to check [default: all]
    #[arg(value_parser = components())]
    pub(super) components: Vec<String>,
}

/// Everything that can be checked, by name.
fn components() -> clap::builder::PossibleValuesParser {
    let names = crate::health::Component::ALL.map(crate::health::Component::as_str);
    ["all"].into_iter().chain(names).collect::<Vec<_>>().into()
}

#[derive(Debug, Subcommand)]
pub(super) enum Secrets {
    /// Lists the names and versions of the service's secret; never a value
    List,
    /// Writes fields of the service's secret; the running service gets them within seconds
    Put {
        /// `FIELD=@FILE` reads a file; `FIELD=-`, or `FIELD` alone, standard input
        #[arg(required = true, value_name = "FIELD")]
        fields: Vec<String>,
    },
    /// Replaces fields of the service's secret by newly generated ones
    Rotate {
        /// The fields
        #[arg(required = true, value_name = "FIELD")]
        fields: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Cleanup {
    /// Keeps what holds data: secrets, keys and the certificate authority
    #[arg(long)]
    pub(super) keep_data: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Render {
    /// The Nomad job, as JSON
    Job,
    /// Every object that is declared, as JSON
    All,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Dev {
    #[command(subcommand)]
    pub(super) command: Option<DevCommand>,
    #[command(flatten)]
    pub(super) up: Up,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Up {
    /// Leaves the servers running in the background
    #[arg(long)]
    pub(super) detach: bool,
    /// Starts the servers only
    #[arg(long)]
    pub(super) no_deploy: bool,
    /// Keeps the servers' data here, also after they have ended
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Runs in the background process; used by `--detach`
    #[arg(long, hide = true)]
    pub(super) daemon: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum DevCommand {
    /// Shows whether the servers run, and where
    Status,
    /// Prints lines for a shell: `eval "$(lattice-deploy dev env)"`
    Env,
    /// Ends the servers and everything they started
    Stop,
}

fn time(text: &str) -> Result<Duration, String> {
    consul_client::wire::duration::parse(text).ok_or_else(|| "expected a duration such as 90s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
