//! `dev`: a real stack on this machine, with the sample service deployed.

mod sample;
mod state;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use self::state::{Place, Running};
use super::args::{Deploy, Dev, DevCommand, Gate, Up};
use super::manage::overview_text;
use super::output::{Outcome, Ui};
use super::workflow::interrupted;
use super::{Context, Failure, Result};
use crate::config::Layers;
use crate::exit::Exit;
use crate::servers::process::Guard;
use crate::servers::{Environment, Event, Product};
use crate::stack::{Binaries, Options, Stack, StackError};
use crate::status;

/// How long the background process may take to start the servers, which are built by then.
const UP_WITHIN: Duration = Duration::from_secs(180);
/// How long it may take to end them.
const DOWN_WITHIN: Duration = Duration::from_secs(90);
/// What the flags of `deploy` that `dev` does not have are by default.
const USUAL: Duration = Duration::from_secs(60);
/// How often a server that died is noticed.
const WATCH_EVERY: Duration = Duration::from_secs(2);

impl From<StackError> for Failure {
    fn from(error: StackError) -> Self {
        let exit = match &error {
            StackError::Call(error) => error.exit(),
            _ => Exit::Error,
        };
        Self::new(exit, super::with_causes(&error))
    }
}

impl From<crate::servers::Error> for Failure {
    fn from(error: crate::servers::Error) -> Self {
        Self::new(Exit::Error, super::with_causes(&error))
    }
}

impl Context {
    pub(super) async fn dev(&self, dev: Dev) -> Result<Outcome> {
        let place = Place::find(&|name| (self.environment)(name))?;
        match dev.command {
            None if dev.up.daemon => Box::pin(self.serve(&place, &dev.up)).await,
            None if dev.up.detach => Box::pin(self.detach(&place, &dev.up)).await,
            None => Box::pin(self.foreground(&place, &dev.up)).await,
            Some(DevCommand::Status) => self.dev_status(&place).await,
            Some(DevCommand::Env) => dev_env(&place),
            Some(DevCommand::Stop) => self.dev_stop(&place).await,
        }
    }

    fn lookup(&self, name: &str) -> Option<OsString> {
        (self.environment)(name).map(OsString::from)
    }

    async fn binaries(&self) -> Result<Binaries> {
        let progress = |event: Event<'_>| show(&self.ui, &event);
        let binaries = Binaries::find(&|name| self.lookup(name), &progress).await?;
        self.ui.end_wait();
        Ok(binaries)
    }

    async fn start(&self, place: &Place, up: &Up) -> Result<Stack> {
        let binaries = self.binaries().await?;
        let program = std::env::current_exe()
            .map_err(|error| Failure::new(Exit::Error, format!("this program's own path is not known: {error}")))?;
        let guard = Guard::new(program).with_arg("guard").with_arg("--");
        let data_dir = up.data_dir.clone().unwrap_or_else(|| place.data_dir());
        let data_dir = std::path::absolute(&data_dir)
            .map_err(|error| Failure::new(Exit::Error, format!("{}: {error}", data_dir.display())))?;
        let mut options = Options::new(binaries, guard, data_dir, place.ports_dir());
        options.temporary = up.data_dir.is_none();
        options.environment = Environment::scrubbed(&|name| self.lookup(name));
        options.usual_ports = true;
        self.ui.wait("starting Consul, Vault and Nomad");
        let begun = Instant::now();
        let stack = Stack::start(&options).await?;
        self.ui.end_wait();
        self.ui.say(&format!("Consul, Vault and Nomad are ready after {:.1} s.", begun.elapsed().as_secs_f64()));
        Ok(stack)
    }

    /// Servers in this process, until Ctrl-C.
    async fn foreground(&self, place: &Place, up: &Up) -> Result<Outcome> {
        let Some(_lock) = place.lock()? else { return self.already(place, up).await };
        // What servers that were killed have left behind names processes that are not theirs any more.
        place.forget()?;
        let stop = interrupted();
        let stack = self.start(place, up).await?;
        let running = Running::of(&stack, std::process::id(), up.data_dir.as_deref());
        let result = self.stay(place, &running, up, stack, stop).await;
        place.forget()?;
        result
    }

    async fn stay(
        &self,
        place: &Place,
        running: &Running,
        up: &Up,
        mut stack: Stack,
        stop: futures_util::future::BoxFuture<'static, ()>,
    ) -> Result<Outcome> {
        place.remember(running)?;
        let shown = tokio::select! {
            biased;
            () = stop => None,
            shown = self.bring_up(running, up) => Some(shown),
        };
        if let Some(Ok(outcome)) = &shown {
            self.ui.say(&outcome.text);
            self.ui.say("\nEverything runs until Ctrl-C. In another shell: eval \"$(lattice-deploy dev env)\"");
            died_or_stopped(&mut stack).await?;
        }
        self.ui.say("Ending everything.");
        stack.stop().await?;
        match shown {
            Some(Err(failure)) => Err(failure),
            _ => Ok(Outcome::done("", json!({ "stopped": true }))),
        }
    }

    /// Servers in this process, in the background, until `dev stop`.
    async fn serve(&self, place: &Place, up: &Up) -> Result<Outcome> {
        // Out of the terminal's session, so that closing it does not end the servers.
        if let Err(error) = rustix::process::setsid() {
            tracing::debug!(%error, "still in the terminal's session");
        }
        let Some(_lock) = place.lock()? else {
            return Err(Failure::new(Exit::Locked, "the servers run already"));
        };
        place.forget()?;
        let mut stack = self.start(place, up).await?;
        place.remember(&Running::of(&stack, std::process::id(), up.data_dir.as_deref()))?;
        let result = died_or_stopped(&mut stack).await;
        let stopped = stack.stop().await;
        place.forget()?;
        result?;
        stopped?;
        Ok(Outcome::done("", json!({ "stopped": true })))
    }

    /// Servers in the background; the deployment in this process, where it can be seen.
    async fn detach(&self, place: &Place, up: &Up) -> Result<Outcome> {
        if place.is_running()? {
            return self.already(place, up).await;
        }
        // Building takes minutes, so it is done here, where its progress shows.
        self.binaries().await?;
        self.ui.wait("starting Consul, Vault and Nomad in the background");
        let begun = Instant::now();
        let running = spawn(place, up).await?;
        self.ui.end_wait();
        self.ui.say(&format!("Consul, Vault and Nomad are ready after {:.1} s.", begun.elapsed().as_secs_f64()));
        self.bring_up(&running, up).await
    }

    async fn already(&self, place: &Place, up: &Up) -> Result<Outcome> {
        let running = place.recall_ready(UP_WITHIN).await?;
        self.ui.say(&format!("The servers run already (process {}).", running.pid));
        self.bring_up(&running, up).await
    }

    /// Deploys the sample, and shows what runs and where.
    async fn bring_up(&self, running: &Running, up: &Up) -> Result<Outcome> {
        if !up.no_deploy {
            let program = sample::find(&|name| (self.environment)(name), &self.ui).await?;
            sample::write_config(running, &program)?;
            let sample = self.on(running)?;
            let deploy =
                Deploy { image_tag: None, detach: false, placement_timeout: USUAL, gate: Gate { gate_timeout: USUAL } };
            let outcome = sample.deploy(&deploy).await?;
            sample.ui.end_wait();
            if outcome.exit != Exit::Ok {
                return Ok(outcome);
            }
            self.ui.say(&outcome.text);
        }
        self.overview(running).await
    }

    /// The same command line, aimed at the running servers.
    fn on(&self, running: &Running) -> Result<Context> {
        let mut global = self.global.clone();
        global.config = Some(running.config.clone());
        global.var_file.clear();
        let ui = Ui::new(&global);
        let environment = running.environment()?;
        // Whatever the user's shell says about other servers is not meant here.
        Ok(Context { global, ui, environment: Arc::new(move |name: &str| environment.get(name).cloned()) })
    }

    async fn overview(&self, running: &Running) -> Result<Outcome> {
        let mut text = running.addresses_text();
        let mut data = json!({ "running": true, "servers": running });
        if running.config.is_file() {
            let sample = self.on(running)?;
            let (_, clients, desired) = sample.prepare(&[])?;
            let overview = status::overview(&clients, &desired.owner).await?;
            text = format!("{text}\n{}", overview_text(&desired.owner.to_string(), &overview));
            data["deployment"] = json!(overview);
        }
        Ok(Outcome::done(text, data))
    }

    async fn dev_status(&self, place: &Place) -> Result<Outcome> {
        if !place.is_running()? {
            return Ok(Outcome::done("No servers run. Start them: lattice-deploy dev", json!({ "running": false })));
        }
        let running = place.recall_ready(UP_WITHIN).await?;
        self.overview(&running).await
    }

    async fn dev_stop(&self, place: &Place) -> Result<Outcome> {
        let stopped = place.is_running()?;
        if stopped {
            let running = place.recall_ready(UP_WITHIN).await?;
            self.ui.wait("ending the service and the servers");
            running.terminate()?;
            let begun = Instant::now();
            while place.is_running()? {
                if begun.elapsed() > DOWN_WITHIN {
                    let log = place.log().display().to_string();
                    return Err(Failure::new(Exit::TimedOut, format!("the servers still run; their log is {log}")));
                }
                sleep(Duration::from_millis(100)).await;
            }
            self.ui.end_wait();
        }
        place.forget()?;
        let text = if stopped { "Everything has ended." } else { "No servers run." };
        Ok(Outcome::done(text, json!({ "stopped": stopped })))
    }
}

/// Ends when a server has ended by itself, as an error, or when the process is asked to end.
async fn died_or_stopped(stack: &mut Stack) -> Result<()> {
    let stop = interrupted();
    let watch = async {
        loop {
            sleep(WATCH_EVERY).await;
            stack.check()?;
        }
    };
    tokio::select! {
        () = stop => Ok(()),
        died = watch => died,
    }
}

/// Starts this program again in the background, and waits until its servers are ready.
async fn spawn(place: &Place, up: &Up) -> Result<Running> {
    let failed = |error: std::io::Error| Failure::new(Exit::Error, format!("the background process: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = std::process::Command::new(program);
    command.args(["dev", "--daemon", "--progress", "plain"]);
    if let Some(data_dir) = &up.data_dir {
        command.arg("--data-dir").arg(data_dir);
    }
    let log = place.open_log()?;
    command.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed)?).stderr(log);
    let mut daemon = command.spawn().map_err(failed)?;
    let begun = Instant::now();
    loop {
        if let Some(status) = daemon.try_wait().map_err(failed)? {
            let log = std::fs::read_to_string(place.log()).unwrap_or_default();
            return Err(Failure::new(
                Exit::Error,
                format!("the background process ended ({status}):\n{}", log.trim_end()),
            ));
        }
        if let Some(running) = place.recall()?.filter(|running| running.pid == daemon.id()) {
            return Ok(running);
        }
        if begun.elapsed() > UP_WITHIN {
            return Err(Failure::new(
                Exit::TimedOut,
                format!("the servers are not ready; see {}", place.log().display()),
            ));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn dev_env(place: &Place) -> Result<Outcome> {
    if !place.is_running()? {
        return Err(Failure::new(Exit::Error, "no servers run; start them: lattice-deploy dev --detach"));
    }
    let running = place.recall()?.ok_or_else(|| Failure::new(Exit::Error, "the servers are not ready yet"))?;
    Ok(Outcome::done(running.shell_lines(), json!(running)))
}

/// Says what happens while a server is looked for or built.
fn show(ui: &Ui, event: &Event<'_>) {
    match event {
        Event::Found { product, version, origin, .. } => {
            tracing::debug!(%product, %version, ?origin, "found");
        }
        Event::Skipped { product, path, reason } => {
            ui.say(&format!("{product}: {} is not used: {reason}", path.display()));
        }
        Event::Waiting { product } => ui.wait(&format!("{product}: another process builds it")),
        Event::Building { product, version, minutes } => {
            ui.say(&format!(
                "{product} {version} is not installed; building it, about {minutes} minutes the first time"
            ));
        }
        Event::Detail { product, line } => ui.wait(&format!("{product}: {line}")),
        Event::Tick { product, elapsed } => ui.wait(&format!("{product}: building for {} s", elapsed.as_secs())),
        Event::Built { product, elapsed, .. } => ui.say(&format!("{product}: built in {} s", elapsed.as_secs())),
    }
}

/// The folder of a server's program, for the search path.
fn folder_of(stack: &Stack, product: Product) -> PathBuf {
    stack.program(product).parent().map(PathBuf::from).unwrap_or_default()
}

/// The inputs of the sample's configuration, to see that the file is valid.
fn is_valid(name: &str, text: &str) -> Result<()> {
    let resolved = Layers::new().file(name, text).resolve();
    resolved.map(drop).map_err(|error| Failure::new(Exit::ConfigInvalid, error.to_string()))
}
