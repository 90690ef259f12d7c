//! `nomad-exec ALLOCATION TASK COMMAND [ARGUMENT…]`: runs a command in a running task, with this program's input and
//! outputs, and exits as the command does.
//!
//! The server and the token come from the variables of the official command line, such as `NOMAD_ADDR`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use nomad_client::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [allocation, task, command @ ..] = arguments.as_slice() else {
        bail!("usage: nomad-exec ALLOCATION TASK COMMAND [ARGUMENT…]");
    };
    if command.is_empty() {
        bail!("a command is missing");
    }
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let nomad = Client::new(&Config::from_env()?)?;
    let session = nomad.allocations().exec(allocation, task, &command).await.context("cannot begin the command")?;
    let code = session.run(tokio::io::stdin(), tokio::io::stdout(), tokio::io::stderr()).await?;
    // A thread may still wait for input, which must not keep the program from ending.
    #[expect(clippy::exit, reason = "the one way to end while a thread reads the standard input")]
    std::process::exit(i32::try_from(code).unwrap_or(1));
}
