//! The guardian: a process between an owner and a server, so that nothing of the server outlives the owner.
//!
//! It is some program of ours, started again with its own arguments:
//!
//! ```text
//! <program> <arguments of the guard> --grace 5 --purge DIR -- <server> <arguments of the server>
//! ```
//!
//! Its standard input is a pipe that only the owner holds. When the pipe closes, because the owner let go of it,
//! crashed or was killed, the guardian asks the server to end, kills it after the grace period, kills whatever the
//! server started, unmounts and removes the folders given, and ends. It is the subreaper of its descendants: tasks
//! that Nomad puts in sessions of their own still come to it when their parents die. `SIGTERM` does the same as a
//! closed pipe; `SIGINT` and `SIGHUP`, which a terminal sends to everyone, are for the owner and ignored here.
//!
//! A server that ends by itself is reported at once; its tasks, like those of a crashed Nomad agent anywhere, live on
//! until the owner lets go or starts it again.
//!
//! The server writes to the standard error of the guardian, which the owner has opened as the log file. Requests and
//! reports are single lines: `kill` and `start` on standard input; `started <pid>`, `exited <how>` and
//! `problem <text>` on standard output.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write},
    os::{fd::AsFd, unix::process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::unix::pipe,
    process::{Child, Command},
    signal::unix::{Signal as SignalStream, SignalKind, signal},
    time::{sleep, timeout},
};

use super::{mounts, tree};

/// How long killed processes may take to disappear; one in an uninterruptible wait may never.
const KILL_LIMIT: Duration = Duration::from_secs(20);
const KILL_PAUSE: Duration = Duration::from_millis(10);
/// The exit code when the guardian itself failed; a server does not use it.
const FAILED: u8 = 125;

/// What a guardian is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Orders {
    /// How long the server may take to end by itself.
    pub(super) grace: Duration,
    /// Folders below which everything is unmounted.
    pub(super) unmount: Vec<PathBuf>,
    /// Folders that are removed, after the same.
    pub(super) purge: Vec<PathBuf>,
    /// Folders that are removed last, if they are empty by then.
    pub(super) rmdir: Vec<PathBuf>,
    /// The server's program and its arguments.
    pub(super) command: Vec<OsString>,
}

impl Orders {
    /// The command line, without the program and the arguments that lead to [`run`].
    pub(super) fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec!["--grace".into(), self.grace.as_secs().to_string().into()];
        for (option, folders) in [("--unmount", &self.unmount), ("--purge", &self.purge), ("--rmdir", &self.rmdir)] {
            args.extend(folders.iter().flat_map(|folder| [option.into(), folder.into()]));
        }
        args.push("--".into());
        args.extend(self.command.iter().cloned());
        args
    }

    fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut args = args.into_iter();
        let mut orders = Self::default();
        while let Some(option) = args.next().filter(|arg| arg != "--") {
            let value = args.next().ok_or_else(|| format!("{} wants a value", option.display()))?;
            match option.to_str() {
                Some("--grace") => {
                    let seconds = value.to_str().and_then(|text| text.parse().ok());
                    orders.grace = Duration::from_secs(seconds.ok_or("--grace wants seconds")?);
                }
                Some("--unmount") => orders.unmount.push(folder(&value)?),
                Some("--purge") => orders.purge.push(folder(&value)?),
                Some("--rmdir") => orders.rmdir.push(folder(&value)?),
                _ => return Err(format!("unknown option {}", option.display())),
            }
        }
        orders.command = args.collect();
        if orders.command.is_empty() { Err("no server named after --".to_owned()) } else { Ok(orders) }
    }
}

/// Folders are removed with all that is in them: a relative path or the root can only be a mistake.
fn folder(value: &OsStr) -> Result<PathBuf, String> {
    let path = PathBuf::from(value);
    if path.is_absolute() && path.file_name().is_some() {
        Ok(path)
    } else {
        Err(format!("{} is not the absolute path of a folder", path.display()))
    }
}

/// Guards one server until the owner lets go; the whole `main` of a guardian.
///
/// `args` is what follows the guard's own arguments on the command line. Returns the server's exit code, 128 plus
/// the signal that ended it, or 125 when the guardian itself failed. Must be called from a thread that has no
/// tokio runtime, in a process that has no other children.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let result = Orders::parse(args).and_then(|orders| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        runtime.block_on(guard(&orders))
    });
    result.map_or_else(
        |problem| {
            report(&format!("problem {problem}"));
            ExitCode::from(FAILED)
        },
        ExitCode::from,
    )
}

/// Tells the owner something, in one line; the owner may be gone already.
fn report(line: &str) {
    let line = line.replace('\n', " ");
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::debug!(%error, "cannot report to the owner");
    }
}

async fn guard(orders: &Orders) -> Result<u8, String> {
    set_child_subreaper(Some(getpid())).map_err(|error| format!("cannot adopt orphans: {error}"))?;
    let mut events = Events::listen().map_err(|error| format!("cannot listen to the owner: {error}"))?;
    let mut server = Server::default();
    let outcome = serve(orders, &mut events, &mut server).await;
    let killed = kill_all().await;
    // Nothing is removed while something may still write there.
    let cleaned = killed.and_then(|()| clean(orders));
    outcome.and(cleaned)?;
    Ok(server.code)
}

/// Runs the server until the owner lets go.
async fn serve(orders: &Orders, events: &mut Events, server: &mut Server) -> Result<(), String> {
    server.start(&orders.command)?;
    while let Some(request) = events.next(server).await? {
        match request {
            Request::Kill => server.signal(Signal::KILL)?,
            Request::Start => server.start(&orders.command)?,
        }
    }
    server.stop(orders.grace).await
}

/// What the owner may ask for.
enum Request {
    Kill,
    Start,
}

/// Everything a guardian waits for.
struct Events {
    owner: Lines<BufReader<pipe::Receiver>>,
    terminate: SignalStream,
    interrupt: SignalStream,
    hangup: SignalStream,
    child: SignalStream,
}

impl Events {
    fn listen() -> io::Result<Self> {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok(Self {
            owner: BufReader::new(pipe::Receiver::from_file(input)?).lines(),
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            child: signal(SignalKind::child())?,
        })
    }

    /// The owner's next request; none when it let go. Looks after the server and its orphans meanwhile.
    async fn next(&mut self, server: &mut Server) -> Result<Option<Request>, String> {
        loop {
            tokio::select! {
                line = self.owner.next_line() => match line.ok().flatten().as_deref() {
                    Some("kill") => return Ok(Some(Request::Kill)),
                    Some("start") => return Ok(Some(Request::Start)),
                    Some(other) => report(&format!("problem unknown request {other}")),
                    None => return Ok(None),
                },
                _ = self.terminate.recv() => return Ok(None),
                _ = self.interrupt.recv() => {}
                _ = self.hangup.recv() => {}
                _ = self.child.recv() => {
                    tree::reap(server.pid()).map_err(|error| format!("cannot read /proc: {error}"))?;
                }
                status = server.exited() => server.note(status),
            }
        }
    }
}

/// The server and how it ended last.
#[derive(Default)]
struct Server {
    running: Option<Child>,
    code: u8,
}

impl Server {
    fn start(&mut self, command: &[OsString]) -> Result<(), String> {
        if self.running.is_some() {
            return Ok(());
        }
        let (program, args) = command.split_first().ok_or("no server named")?;
        let problem = |error: io::Error| format!("cannot start {}: {error}", program.display());
        let log = || io::stderr().as_fd().try_clone_to_owned().map(Stdio::from).map_err(problem);
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(log()?).stderr(log()?).process_group(0);
        let child = command.spawn().map_err(problem)?;
        report(&format!("started {}", child.id().unwrap_or_default()));
        self.running = Some(child);
        Ok(())
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.running.as_ref()?.id()?.cast_signed())
    }

    /// Waits for the end of the server; for ever when there is none.
    async fn exited(&mut self) -> io::Result<ExitStatus> {
        match &mut self.running {
            Some(child) => child.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Remembers and reports how the server ended.
    fn note(&mut self, status: io::Result<ExitStatus>) {
        self.running = None;
        let (code, text) = match status {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => (code, format!("with code {code}")),
                (None, signal) => {
                    (128 + signal.unwrap_or_default(), format!("by signal {}", signal.unwrap_or_default()))
                }
            },
            Err(error) => (i32::from(FAILED), format!("in an unknown way: {error}")),
        };
        self.code = u8::try_from(code).unwrap_or(FAILED);
        report(&format!("exited {text}"));
    }

    /// The pid cannot be another process's: the server has not been waited for yet.
    fn signal(&self, signal: Signal) -> Result<(), String> {
        self.pid().map_or(Ok(()), |pid| kill_process(pid, signal).map_err(|error| format!("cannot signal: {error}")))
    }

    async fn stop(&mut self, grace: Duration) -> Result<(), String> {
        if self.running.is_none() {
            return Ok(());
        }
        self.signal(Signal::TERM)?;
        let status = if let Ok(status) = timeout(grace, self.exited()).await {
            status
        } else {
            self.signal(Signal::KILL)?;
            self.exited().await
        };
        self.note(status);
        Ok(())
    }
}

/// Kills every descendant, also those that appear meanwhile.
async fn kill_all() -> Result<(), String> {
    let started = Instant::now();
    loop {
        let alive =
            tree::kill_descendants().map_err(|error| format!("cannot kill what the server started: {error}"))?;
        if alive == 0 {
            return Ok(());
        }
        if started.elapsed() > KILL_LIMIT {
            return Err(format!("{alive} processes of the server do not end"));
        }
        sleep(KILL_PAUSE).await;
    }
}

/// Unmounts and removes; a folder that fails does not keep the others from their turn.
fn clean(orders: &Orders) -> Result<(), String> {
    let unmounted = orders.unmount.iter().map(|folder| (folder, mounts::release(folder)));
    let purged = orders.purge.iter().map(|folder| (folder, mounts::purge(folder)));
    let removed = orders.rmdir.iter().map(|folder| (folder, remove_empty(folder)));
    let problems: Vec<String> = unmounted
        .chain(purged)
        .chain(removed)
        .filter_map(|(folder, result)| Some(format!("cannot clean {}: {}", folder.display(), result.err()?)))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

/// Removes a folder unless something is in it; another guardian may have done it.
fn remove_empty(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{DirectoryNotEmpty, NotFound};
    match std::fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), DirectoryNotEmpty | NotFound) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Orders, String> {
        Orders::parse(args.iter().map(OsString::from))
    }

    #[test]
    fn orders_survive_the_command_line() {
        let orders = Orders {
            grace: Duration::from_secs(7),
            unmount: vec!["/a b".into()],
            purge: vec!["/c".into(), "/d".into()],
            rmdir: vec!["/e".into()],
            command: ["sh", "-c", "exit 3", "--", "--purge"].map(OsString::from).into(),
        };
        assert_eq!(Orders::parse(orders.to_args()), Ok(orders));
    }

    #[test]
    fn mistakes_are_refused() {
        for (args, problem) in [
            (&["--grace", "x", "--", "sh"][..], "--grace wants seconds"),
            (&["--purge", "data", "--", "sh"], "data is not the absolute path of a folder"),
            (&["--purge", "/", "--", "sh"], "/ is not the absolute path of a folder"),
            (&["--unmount", "/a/..", "--", "sh"], "/a/.. is not the absolute path of a folder"),
            (&["--unmount"], "--unmount wants a value"),
            (&["--log", "x", "--", "sh"], "unknown option --log"),
            (&["--grace", "1"], "no server named after --"),
            (&["--grace", "1", "--"], "no server named after --"),
        ] {
            assert_eq!(parse(args), Err(problem.to_owned()), "{args:?}");
        }
    }
}
