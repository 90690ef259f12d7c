//! `lattice-deploy`: a thin command line over the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the environment")]
    lattice_deploy::cli::run(std::env::args_os(), |name| std::env::var(name).ok())
}
