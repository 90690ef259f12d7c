//! What people and programs see: data on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::args::{Global, Output, Progress};
use crate::exit::Exit;
use crate::health::Status;
use crate::plan::Action;
use crate::report::{Event, Report};

/// The version of the JSON documents.
const SCHEMA: u32 = 1;

/// What a command has to say at its end.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) exit: Exit,
    /// For people.
    pub(super) text: String,
    /// For programs.
    pub(super) data: Value,
}

impl Outcome {
    pub(super) fn new(exit: Exit, text: impl Into<String>, data: Value) -> Self {
        Self { exit, text: text.into(), data }
    }

    pub(super) fn done(text: impl Into<String>, data: Value) -> Self {
        Self::new(Exit::Ok, text, data)
    }
}

/// The terminal, or what stands in for it.
pub(super) struct Ui {
    output: Output,
    quiet: bool,
    plain: bool,
    spinner: ProgressBar,
    /// The last line of a wait, so that plain output says it once.
    said: Mutex<String>,
}

impl Ui {
    pub(super) fn new(global: &Global) -> Self {
        let silent = global.quiet || global.progress == Progress::None || global.output == Output::Ndjson;
        let plain = global.progress == Progress::Plain || !io::stderr().is_terminal();
        let spinner = if silent || plain { ProgressBar::hidden() } else { ProgressBar::no_length() };
        spinner.set_draw_target(if silent || plain {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        });
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            spinner.set_style(style);
        }
        Self { output: global.output, quiet: silent, plain, spinner, said: Mutex::new(String::new()) }
    }

    /// Says something on standard error.
    pub(super) fn say(&self, text: &str) {
        if self.quiet {
            return;
        }
        self.spinner.suspend(|| to_stderr(text));
    }

    /// Says what is being waited for: redrawn on a terminal, once for each change elsewhere.
    pub(super) fn wait(&self, text: &str) {
        if self.quiet {
            return;
        }
        if !self.plain {
            self.spinner.enable_steady_tick(Duration::from_millis(120));
            self.spinner.set_message(text.to_owned());
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *said != text {
            to_stderr(text);
            text.clone_into(&mut said);
        }
    }

    pub(super) fn end_wait(&self) {
        self.spinner.disable_steady_tick();
        self.spinner.set_message("");
        self.spinner.finish_and_clear();
    }

    /// Whether somebody can be asked.
    pub(super) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal() && self.output == Output::Human
    }

    /// Asks a question that only `yes` affirms.
    pub(super) fn ask(&self, question: &str) -> io::Result<bool> {
        self.spinner.suspend(|| {
            let mut stderr = anstream::stderr();
            write!(stderr, "{question} Only `yes` goes on: ")?;
            stderr.flush()?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer)?;
            Ok(answer.trim() == "yes")
        })
    }

    /// Prints the end of a command and returns how the process ends.
    pub(super) fn finish(&self, command: &str, result: Result<Outcome, (Exit, String)>) -> Exit {
        self.end_wait();
        let (exit, text, data) = match result {
            Ok(outcome) => (outcome.exit, Ok(outcome.text), outcome.data),
            Err((exit, message)) => (exit, Err(message.clone()), json!({ "error": message })),
        };
        let written = if self.output == Output::Human {
            match &text {
                Ok(text) => to_stdout(text),
                Err(message) => {
                    to_stderr(&format!("{} {message}", "error:".red().bold()));
                    Ok(())
                }
            }
        } else {
            to_stdout(&document(command, exit, &data, self.output == Output::Json))
        };
        // Somebody who closes the pipe has read enough.
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Error,
            _ => exit,
        }
    }
}

fn document(command: &str, exit: Exit, data: &Value, pretty: bool) -> String {
    let document = json!({
        "schema": SCHEMA,
        "command": command,
        "outcome": exit,
        "exit_code": exit.code(),
        "data": data,
    });
    if pretty { format!("{document:#}") } else { document.to_string() }
}

fn to_stdout(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = anstream::stdout();
    writeln!(stdout, "{}", text.trim_end_matches('\n'))?;
    stdout.flush()
}

fn to_stderr(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _: io::Result<()> = writeln!(anstream::stderr(), "{text}");
}

impl Report for Ui {
    fn event(&self, event: Event) {
        if self.output == Output::Ndjson {
            if let Ok(line) = serde_json::to_string(&event) {
                // A reader that went away is noticed at the end.
                let _: io::Result<()> = to_stdout(&line);
            }
            return;
        }
        match event {
            // Where lines are not redrawn, the one that says that it is done is enough.
            Event::StepStarted { .. } if self.plain => {}
            Event::StepStarted { key, action } => self.wait(&format!("{} {key}", doing(&action))),
            Event::StepDone { key, action } => self.say(&format!("  {} {key}", sign(&action))),
            Event::Removed { key, kept: None } => self.say(&format!("  {} {key}", "-".red())),
            Event::Removed { key, kept: Some(why) } => self.say(&format!("  {} {key} kept: {why}", "=".dimmed())),
            Event::Waiting { healthy, wanted, for_what } => {
                self.wait(&format!("  {healthy} of {wanted} healthy; {}", for_what.join("; ")));
            }
            Event::Gate { status: Status::Ok, .. } => {}
            Event::Gate { line, .. } => self.wait(&format!("  health checks: {line}")),
            Event::Note { text } => self.say(&format!("  {text}")),
        }
    }
}

fn doing(action: &Action) -> &'static str {
    match action {
        Action::Create => "making",
        Action::Update => "changing",
        Action::Unchanged | Action::Blocked => "leaving",
    }
}

/// The sign of an action, in its colour.
pub(super) fn sign(action: &Action) -> String {
    match action {
        Action::Create => "+".green().to_string(),
        Action::Update => "~".yellow().to_string(),
        Action::Unchanged => "=".dimmed().to_string(),
        Action::Blocked => "!".red().bold().to_string(),
    }
}
