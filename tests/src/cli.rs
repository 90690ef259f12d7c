//! Runs the command line in an environment of its own, and looks for secrets in all that it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::canary::journal;
use crate::programs::{binaries, folder};
use crate::stack::harmless;

/// No command takes longer.
const LIMIT: Duration = Duration::from_secs(400);

/// The command line with a home, an environment and a knowledge of secrets of its own.
#[derive(Debug)]
pub struct Cli {
    /// The program.
    pub program: PathBuf,
    /// The home and working folder.
    pub home: PathBuf,
    environment: BTreeMap<String, String>,
    secrets: Mutex<BTreeSet<String>>,
}

/// What a command left.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// What stands on standard output.
    pub stdout: String,
    /// What stands on standard error.
    pub stderr: String,
}

#[expect(clippy::return_self_not_must_use, reason = "an assertion may be the last word")]
impl Output {
    /// Fails unless the command ended with this code.
    ///
    /// # Panics
    /// As said.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless each of these texts stands on either stream.
    ///
    /// # Panics
    /// As said.
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            let said = self.stdout.contains(text) || self.stderr.contains(text);
            assert!(said, "no {text:?} in\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        }
        self
    }

    /// The one document on standard output.
    ///
    /// # Panics
    /// When something else stands there, or the document is not about this exit code.
    pub fn json(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in\n{}\nstderr:\n{}", self.stdout, self.stderr));
        assert_eq!(document["schema"], 1, "{document}");
        assert_eq!(document["exit_code"], self.code, "{document}");
        assert!(document["outcome"].is_string() && document["command"].is_string(), "{document}");
        document
    }
}

impl Cli {
    /// The command line of a user who has set nothing.
    pub fn new() -> Self {
        Self::of(binaries().deploy.clone())
    }

    /// Another program in the same way.
    ///
    /// # Panics
    /// When the search path is no text.
    pub fn of(program: PathBuf) -> Self {
        let home = folder("home");
        let path = harmless().iter().find(|(name, _)| *name == "PATH").map(|(_, path)| path.to_owned());
        let mut cli = Self { program, environment: BTreeMap::new(), secrets: Mutex::default(), home };
        cli.set("PATH", path.unwrap_or_default().to_str().unwrap());
        let home = cli.home.display().to_string();
        for (name, below) in
            [("HOME", ""), ("XDG_STATE_HOME", "/state"), ("XDG_CACHE_HOME", "/cache"), ("XDG_CONFIG_HOME", "/config")]
        {
            cli.set(name, &format!("{home}{below}"));
        }
        cli
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Names a text that must not be seen in any output from now on.
    ///
    /// # Panics
    /// When it is too short to be looked for.
    pub fn hide(&self, secret: &str) {
        assert!(secret.len() >= 8, "a secret this short is found everywhere");
        self.secrets.lock().unwrap().insert(secret.to_owned());
        journal().plant(secret);
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started, does not end, or says a secret.
    #[must_use = "how a command ended is the point of running it"]
    pub async fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, "").await
    }

    /// Runs a command with this on its standard input.
    ///
    /// # Panics
    /// As [`Cli::run`].
    #[must_use = "how a command ended is the point of running it"]
    pub async fn run_with(&self, args: &[&str], input: &str) -> Output {
        let begun = Instant::now();
        let output = self.wait(self.start(args, input).await).await;
        // Shown when the test fails.
        println!("{args:?} ended with {} after {:.1} s", output.code, begun.elapsed().as_secs_f64());
        output
    }

    /// Starts a command.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(&self, args: &[&str], input: &str) -> Child {
        let secrets = self.secrets.lock().unwrap().clone();
        assert!(
            secrets.iter().all(|secret| args.iter().all(|arg| !arg.contains(secret))),
            "a secret on the command line"
        );
        let mut command = Command::new(&self.program);
        command.args(args).env_clear().envs(&self.environment).current_dir(&self.home).kill_on_drop(true);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        child
    }

    /// Waits for the end of a command.
    ///
    /// # Panics
    /// When it does not end, or has said a secret.
    #[must_use = "how a command ended is the point of running it"]
    pub async fn wait(&self, child: Child) -> Output {
        let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await.unwrap().unwrap();
        let output = Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        self.check(&output);
        // Others, such as a shell, may show what is theirs.
        if self.program.starts_with(&binaries().scratch) {
            journal().write(&output.stdout);
            journal().write(&output.stderr);
        }
        output
    }

    /// Fails when an output has one of the secrets.
    ///
    /// # Panics
    /// As said.
    pub fn check(&self, output: &Output) {
        let secrets = self.secrets.lock().unwrap().clone();
        for secret in secrets {
            for (stream, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
                let line = text.lines().find(|line| line.contains(&secret));
                assert!(line.is_none(), "a secret on {stream}: {}", line.unwrap_or_default().replace(&secret, "<it>"));
            }
        }
    }
}

impl Default for Cli {
    fn default() -> Self {
        Self::new()
    }
}
