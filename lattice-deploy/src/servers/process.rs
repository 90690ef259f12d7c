//! The owner's side of a guarded server.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{Environment, Error, Product, Result, error::Context, guard::Orders};

/// How often a guardian's reports are looked for.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a guardian may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// How long killing, unmounting and removing may take after the grace period.
const CLEAN_LIMIT: Duration = Duration::from_secs(40);
/// How much of the end of a log is shown.
const TAIL_BYTES: u64 = 16 * 1024;
const TAIL_LINES: usize = 20;

/// The program that guards, and the arguments that lead it to [`guard::run`](super::guard::run).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    program: PathBuf,
    args: Vec<OsString>,
}

impl Guard {
    /// A program that is a guardian and nothing else.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: Vec::new() }
    }

    /// Adds an argument, for example a hidden subcommand.
    #[must_use]
    pub fn with_arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }
}

/// One server to start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Spec {
    /// The server.
    pub product: Product,
    /// Its program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub environment: Environment,
    /// Where it logs to; created when missing, else continued.
    pub log: PathBuf,
    /// How long it may take to end by itself.
    pub grace: Duration,
    /// Folders below which everything is unmounted at the end.
    pub unmount: Vec<PathBuf>,
    /// Folders that are removed at the end, after what is mounted below them; no other server may write there.
    pub purge: Vec<PathBuf>,
    /// Folders that are removed at the end if they are empty by then: what several servers share.
    pub rmdir: Vec<PathBuf>,
}

impl Spec {
    /// A server with five seconds of grace and nothing to clean up.
    pub fn new(product: Product, program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            product,
            program: program.into(),
            args: Vec::new(),
            environment: Environment::default(),
            log: log.into(),
            grace: Duration::from_secs(5),
            unmount: Vec::new(),
            purge: Vec::new(),
            rmdir: Vec::new(),
        }
    }

    fn orders(&self) -> Orders {
        let command = std::iter::once(self.program.clone().into()).chain(self.args.iter().cloned());
        Orders {
            grace: self.grace,
            unmount: self.unmount.clone(),
            purge: self.purge.clone(),
            rmdir: self.rmdir.clone(),
            command: command.collect(),
        }
    }
}

/// How a server ended by itself, and what it said last.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exited {
    /// For example `with code 1` or `by signal 9`.
    pub how: String,
    /// The last lines of its log.
    pub log_tail: String,
}

impl fmt::Display for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ended {}; its log ends:\n{}", self.how, self.log_tail)
    }
}

/// A running server with its guardian.
///
/// Dropping it, or the end of this process in whatever way, ends the server and everything it started.
/// It is bound to no async runtime: what one runtime started, another may stop.
#[derive(Debug)]
pub struct Server {
    product: Product,
    log: PathBuf,
    grace: Duration,
    guardian: Child,
    /// The guardian lives as long as this is open.
    requests: Option<ChildStdin>,
    reports: Reports,
    state: State,
}

#[derive(Debug)]
enum State {
    Starting,
    Running(u32),
    Exited(String),
}

impl Server {
    /// Starts a server; returns when its process runs, which is before it is ready.
    ///
    /// # Errors
    /// When the log cannot be opened, or when the guardian or the server cannot be started.
    pub async fn start(guard: &Guard, spec: &Spec) -> Result<Self> {
        let log = File::options().create(true).append(true).mode(0o600).open(&spec.log).context("open", &spec.log)?;
        let mut command = Command::new(&guard.program);
        command
            .args(&guard.args)
            .args(spec.orders().to_args())
            .env_clear()
            .envs(spec.environment.iter())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Out of the terminal's foreground group: Ctrl-C is for the owner, who then lets go.
            .process_group(0);
        let mut guardian = command.spawn().context("start", &guard.program)?;
        let requests = guardian.stdin.take();
        let reports = Reports::new(guardian.stdout.take()).context("talk to", &guard.program)?;
        let (product, log, grace) = (spec.product, spec.log.clone(), spec.grace);
        let mut server = Self { product, log, grace, guardian, requests, reports, state: State::Starting };
        server.until("start", ANSWER_LIMIT, |state| !matches!(state, State::Starting)).await?;
        Ok(server)
    }

    /// Which server it is.
    pub fn product(&self) -> Product {
        self.product
    }

    /// The process number of the server; none when it has ended.
    pub fn id(&self) -> Option<u32> {
        if let State::Running(pid) = self.state { Some(pid) } else { None }
    }

    /// Where it logs to.
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// How it ended, if it has; never waits. A loop that waits for readiness asks this in every round.
    ///
    /// # Errors
    /// When the guardian is gone or had a problem.
    pub fn try_exited(&mut self) -> Result<Option<Exited>> {
        self.update()?;
        Ok(match &self.state {
            State::Exited(how) => Some(Exited { how: how.clone(), log_tail: tail(&self.log) }),
            State::Starting | State::Running(_) => None,
        })
    }

    /// The same as an error, for `?` in such a loop.
    ///
    /// # Errors
    /// [`Error::Exited`] when it has ended.
    pub fn check(&mut self) -> Result<()> {
        let product = self.product;
        self.try_exited()?.map_or(Ok(()), |exited| Err(Error::Exited { product, exited }))
    }

    /// Kills the server (`SIGKILL`) and nothing that it started, as a crash would.
    ///
    /// # Errors
    /// When the guardian does not do it.
    pub async fn kill(&mut self) -> Result<()> {
        self.request("kill")?;
        self.until("die", ANSWER_LIMIT, |state| matches!(state, State::Exited(_))).await
    }

    /// Starts the server again after it has ended, with the same arguments; what it had started before lives on.
    ///
    /// # Errors
    /// When the guardian does not do it.
    pub async fn restart(&mut self) -> Result<()> {
        self.update()?;
        self.request("start")?;
        self.until("start again", ANSWER_LIMIT, |state| matches!(state, State::Running(_))).await
    }

    /// Ends the server and everything it started, and waits until that and the clean-up are done.
    ///
    /// # Errors
    /// When something could not be ended or cleaned up, or takes too long.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.requests.take());
        let limit = self.grace + CLEAN_LIMIT;
        let started = Instant::now();
        loop {
            self.reports.read().map_err(|error| self.failed(&error.to_string()))?;
            let ended = self.guardian.try_wait().map_err(|error| self.failed(&error.to_string()))?;
            if ended.is_some() {
                self.reports.read().map_err(|error| self.failed(&error.to_string()))?;
                return self.drain();
            }
            if started.elapsed() > limit {
                return Err(Error::Timeout { product: self.product, action: "stop", limit });
            }
            sleep(PAUSE).await;
        }
    }

    fn request(&mut self, request: &str) -> Result<()> {
        let sent = self.requests.as_mut().map(|pipe| writeln!(pipe, "{request}"));
        sent.unwrap_or(Ok(())).map_err(|error| self.failed(&format!("it does not listen: {error}")))
    }

    async fn until(&mut self, action: &'static str, limit: Duration, done: impl Fn(&State) -> bool) -> Result<()> {
        let started = Instant::now();
        loop {
            self.update()?;
            if done(&self.state) {
                return Ok(());
            }
            if started.elapsed() > limit {
                return Err(Error::Timeout { product: self.product, action, limit });
            }
            sleep(PAUSE).await;
        }
    }

    /// Takes in what the guardian reported; as long as it is needed it must not be gone.
    fn update(&mut self) -> Result<()> {
        let open = self.reports.read().map_err(|error| self.failed(&error.to_string()))?;
        self.drain()?;
        if open { Ok(()) } else { Err(self.failed(&format!("it is gone; the log ends:\n{}", tail(&self.log)))) }
    }

    fn drain(&mut self) -> Result<()> {
        while let Some(line) = self.reports.line() {
            self.state = match line.split_once(' ') {
                Some(("started", pid)) => {
                    State::Running(pid.parse().map_err(|_| self.failed(&format!("a process {pid:?}")))?)
                }
                Some(("exited", how)) => State::Exited(how.to_owned()),
                Some(("problem", problem)) => return Err(self.failed(problem)),
                _ => return Err(self.failed(&format!("the program is none, it says {line:?}"))),
            };
        }
        Ok(())
    }

    fn failed(&self, reason: &str) -> Error {
        Error::Guard { product: self.product, reason: reason.to_owned() }
    }
}

/// The lines that a guardian writes, read without waiting.
#[derive(Debug)]
struct Reports {
    pipe: Option<ChildStdout>,
    text: Vec<u8>,
}

impl Reports {
    fn new(pipe: Option<ChildStdout>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe, text: Vec::new() })
    }

    /// Reads what is there; says whether more may come.
    fn read(&mut self) -> io::Result<bool> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(false);
        };
        match pipe.read_to_end(&mut self.text) {
            Ok(_) => {
                self.pipe = None;
                Ok(false)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The next whole line.
    fn line(&mut self) -> Option<String> {
        let end = self.text.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.text.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line[..end]).into_owned())
    }
}

/// The last lines of a log; why they cannot be read is as good as anything to show.
fn tail(log: &Path) -> String {
    read_tail(log).unwrap_or_else(|error| format!("(cannot read {}: {error})", log.display()))
}

fn read_tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_to_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let lines: Vec<_> = (0..10_000).map(|number| format!("line {number}")).collect();
        std::fs::write(&log, lines.join("\n")).unwrap();
        let tail = tail(&log);
        assert!(tail.starts_with("line 9980\n") && tail.ends_with("line 9999"), "{tail}");
    }

    #[test]
    fn a_missing_log_is_named() {
        assert!(tail(Path::new("/nonexistent/log")).contains("/nonexistent/log"));
    }
}
