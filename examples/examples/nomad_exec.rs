//! `nomad-exec ALLOCATION TASK COMMAND [ARGUMENT…]`: runs a command in a running task, with this program's input and
//! outputs, and exits as the command does.
//!
//! ```console
//! $ cargo run -p examples --example nomad-exec -- 5f9e2c71-… main /bin/sh -c 'echo $NOMAD_JOB_NAME'
//! latticedb
//! ```
//!
//! The server and the token come from the variables of the official command line, such as `NOMAD_ADDR`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use nomad_client::{Client, Config};

fn main() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let code = runtime.block_on(run());
    // A thread may still wait for input, which must not keep the program from ending.
    runtime.shutdown_background();
    Ok(ExitCode::from(u8::try_from(code?).unwrap_or(1)))
}

async fn run() -> anyhow::Result<i64> {
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
    Ok(session.run(tokio::io::stdin(), tokio::io::stdout(), tokio::io::stderr()).await?)
}
