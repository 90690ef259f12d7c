//! Keeps one server and everything it starts no longer alive than its owner.

use std::process::ExitCode;

fn main() -> ExitCode {
    lattice_deploy::servers::guard::run(std::env::args_os().skip(1))
}
