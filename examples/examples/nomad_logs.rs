//! `nomad-logs JOB TASK`: follows what a task of a job writes, in every allocation that the job has or gets, over
//! restarts and rotated files, until the job has ended.
//!
//! ```console
//! $ cargo run -p examples --example nomad-logs -- latticedb latticedb
//! 5f9e2c71 {"ts":"…","level":"info","event":"started",…}
//! ```
//!
//! The server and the token come from the variables of the official command line, such as `NOMAD_ADDR`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use anyhow::bail;
use futures_util::StreamExt as _;
use futures_util::stream::SelectAll;
use nomad_client::allocations::{AllocationStub, LogKind, LogLine};
use nomad_client::job::JobStatus;
use nomad_client::{Client, Config};

/// How often it is looked for new allocations.
const LOOK: Duration = Duration::from_secs(2);

/// Longest line that is printed whole.
const LONGEST: usize = 64 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [job, task] = arguments.as_slice() else { bail!("usage: nomad-logs JOB TASK") };
    let nomad = Client::new(&Config::from_env()?)?;
    let (mut known, mut logs) = (BTreeSet::new(), SelectAll::new());
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = look.tick() => {
                let allocations = nomad.jobs().allocations(job).await?;
                if logs.is_empty() && !known.is_empty() && has_ended(&nomad, job, &allocations).await? {
                    return Ok(());
                }
                for allocation in allocations {
                    if known.insert(allocation.id.clone()) {
                        logs.push(follow(&nomad, &allocation, task));
                    }
                }
            }
            Some((name, line)) = logs.next() => {
                let mut out = std::io::stdout().lock();
                match line {
                    Ok(line) => {
                        write!(out, "{name} ")?;
                        out.write_all(&line.text)?;
                        writeln!(out)?;
                    }
                    Err(error) => writeln!(std::io::stderr(), "{name} {error}")?,
                }
            }
        }
    }
}

type Lines = futures_util::stream::BoxStream<'static, (String, nomad_client::Result<LogLine>)>;

fn follow(nomad: &Client, allocation: &AllocationStub, task: &str) -> Lines {
    let name: String = allocation.id.chars().take(8).collect();
    let lines = nomad.allocations().follow_logs(&allocation.id, task, LogKind::Stdout).lines(LONGEST);
    lines.map(move |line| (name.clone(), line)).boxed()
}

/// Whether nothing runs, and nothing will.
async fn has_ended(nomad: &Client, job: &str, allocations: &[AllocationStub]) -> anyhow::Result<bool> {
    let over = allocations.iter().all(|allocation| allocation.client_status.is_terminal());
    let Some(job) = nomad.jobs().read_opt(job).await? else { return Ok(true) };
    Ok(over && job.status == Some(JobStatus::Dead))
}
