//! `lattice-health`: one line and one exit code about Consul, Vault, Nomad and the service they run.
//!
//! A thin probe over `lattice_deploy::health`; the whole of it lies there.

use std::io::{self, Write};
use std::process::ExitCode;

use lattice_deploy::clients::Clients;
use lattice_deploy::health::{Component, Health, Status, Target, check};

const USAGE: &str = "\
Checks Consul, Vault, Nomad and the service they run, and prints one line.

Usage: lattice-health [all|consul|vault|nomad|app]...

Addresses, tokens and TLS come from the variables of the official tools (VAULT_ADDR, CONSUL_HTTP_TOKEN_FILE,
NOMAD_CACERT and so on), the service's name from LATTICE_SERVICE [default: latticedb].

Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("-h" | "--help") => return say(USAGE, 0),
        Some("-V" | "--version") => return say(concat!("lattice-health ", env!("CARGO_PKG_VERSION")), 0),
        _ => {}
    }
    let outcome = components(&arguments).and_then(|components| probe(&components));
    match outcome {
        Ok(health) => say(&health.line(), health.status.exit_code()),
        Err(problem) => say(&format!("UNKNOWN: {problem}"), Status::Unknown.exit_code()),
    }
}

fn components(arguments: &[String]) -> Result<Vec<Component>, String> {
    if arguments.is_empty() || arguments.iter().any(|argument| argument == "all") {
        return Ok(Component::ALL.to_vec());
    }
    let component = |name: &String| {
        Component::from_name(name).ok_or_else(|| format!("`{name}` is nothing to check; see lattice-health --help"))
    };
    arguments.iter().map(component).collect()
}

fn probe(components: &[Component]) -> Result<Health, String> {
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the environment")]
    let environment = |name: &str| std::env::var(name).ok();
    let service = environment("LATTICE_SERVICE").unwrap_or_else(|| "latticedb".to_owned());
    let clients = Clients::from_lookup(&environment).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    Ok(runtime.block_on(Box::pin(check(&clients, &Target::new(service), components))))
}

/// The exit code counts, also when nobody reads the line.
fn say(line: &str, code: u8) -> ExitCode {
    let written = writeln!(io::stdout(), "{line}");
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(Status::Unknown.exit_code()),
        _ => ExitCode::from(code),
    }
}
