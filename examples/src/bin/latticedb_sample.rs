//! `latticedb-sample`: reads the environment, serves until told to stop.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use sample::log::Log;
use sample::settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Log.error("cannot run", &[("reason", format!("{error:#}").into())]);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        None => sample::service::run(environment()?, Log).await,
        Some(flag) if flag == "--version" => {
            let version = env!("CARGO_PKG_VERSION");
            writeln!(std::io::stdout(), "latticedb-sample {version}")?;
            Ok(())
        }
        Some(_) => bail!("the only argument is --version; all settings are environment variables"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment() -> anyhow::Result<Settings> {
    Settings::from_lookup(|name| std::env::var(name))
}
