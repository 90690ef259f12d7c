//! Real Consul, Vault and Nomad servers: one stack for all tests that mind their own business, and one for those that
//! look at everything, one after the other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lattice_deploy::servers::process::{Guard, Server, Spec};
use lattice_deploy::servers::{Environment, Product};
use lattice_deploy::stack::{Binaries, Options, Stack};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::canary::journal;
use crate::http::{self, Answer};
use crate::programs::{binaries, folder};
use crate::project::Project;

/// No test takes longer; what hangs is to fail, not to stand still.
const LIMIT: Duration = Duration::from_secs(580);

/// Everything runs here, so that servers and connections of one test serve the next.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs a test.
///
/// # Panics
/// When it takes too long.
pub fn run(test: impl Future<Output = ()>) {
    let _running = Running::new();
    RUNTIME.block_on(async {
        keep().await;
        tokio::time::timeout(LIMIT, Box::pin(test)).await.unwrap();
    });
}

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// A test that has not ended yet, however it ends.
struct Running;

impl Running {
    fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many tests run at this moment.
pub(crate) fn running() -> usize {
    RUNNING.load(Ordering::SeqCst)
}

/// A running stack with its management tokens.
#[derive(Debug)]
pub struct Live {
    stack: Stack,
    environment: Vec<(&'static str, String)>,
}

/// The stack that all tests share. Its mounts in Vault belong to a deployment of their own, so that no test takes them
/// away from another.
///
/// # Panics
/// When it does not start.
pub async fn stack() -> &'static Live {
    static SHARED: OnceCell<Live> = OnceCell::const_new();
    SHARED
        .get_or_init(async || {
            let live = Box::pin(Live::start(|_| {})).await;
            let base = Project::on(&live, BASE);
            base.deploy(&["vault-setup"]).await.exits(0);
            live
        })
        .await
}

/// The deployment to which the shared stack's mounts belong.
pub const BASE: &str = "base";

/// A stack that a test has for itself as long as it holds the guard. There are two, for as many tests at a time.
///
/// # Panics
/// When it does not start.
pub async fn alone() -> (&'static Live, MutexGuard<'static, ()>) {
    static STACKS: [OnceCell<Live>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    static TURNS: [Mutex<()>; 2] = [Mutex::const_new(()), Mutex::const_new(())];
    let (place, turn) = tokio::select! {
        biased;
        turn = TURNS[0].lock() => (&STACKS[0], turn),
        turn = TURNS[1].lock() => (&STACKS[1], turn),
    };
    (place.get_or_init(|| Live::start(|_| {})).await, turn)
}

/// The official programs, found or built.
///
/// # Panics
/// When they cannot be had.
pub async fn servers() -> &'static Binaries {
    static SERVERS: OnceCell<Binaries> = OnceCell::const_new();
    crate::coverage::record();
    SERVERS
        .get_or_init(async || {
            let progress = |_: lattice_deploy::servers::Event<'_>| {};
            Binaries::find(&variable, &progress).await.unwrap()
        })
        .await
}

#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The variables that every program may see.
pub fn harmless() -> Environment {
    Environment::scrubbed(&variable)
}

/// A guardian ends what it guards with this process, however that ends.
pub fn guard() -> Guard {
    Guard::new(&binaries().deploy).with_arg("guard").with_arg("--")
}

/// All stacks of this machine keep their ports apart by this folder.
pub fn ports() -> PathBuf {
    std::env::temp_dir().join("lattice-ports")
}

/// Lets a guardian remove the scratch folder when this process has ended.
async fn keep() {
    static KEEPER: OnceCell<Server> = OnceCell::const_new();
    KEEPER
        .get_or_init(async || {
            let scratch = &binaries().scratch;
            let mut spec = Spec::new(Product::Consul, "/bin/sleep", scratch.join("keeper.log"));
            spec.args = vec!["infinity".into()];
            spec.purge = vec![scratch.clone()];
            Server::start(&guard(), &spec).await.unwrap()
        })
        .await;
}

impl Live {
    /// Starts a stack for one test; [`Live::stop`] ends it early.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(adapt: impl FnOnce(&mut Options)) -> Self {
        // Beside the scratch folder: each guardian removes its own server's data.
        let data_dir = binaries().scratch.with_extension(format!("stack-{}", next()));
        let mut options = Options::new(servers().await.clone(), guard(), data_dir, ports());
        options.environment = harmless();
        adapt(&mut options);
        let stack = Stack::start(&options).await.unwrap();
        let tokens = stack.tokens();
        let vault = tokens.vault.as_ref().unwrap();
        let environment = vec![
            ("CONSUL_HTTP_ADDR", stack.address(Product::Consul)),
            ("CONSUL_HTTP_TOKEN", tokens.consul.expose_secret().to_owned()),
            ("VAULT_ADDR", stack.address(Product::Vault)),
            ("VAULT_TOKEN", vault.expose_secret().to_owned()),
            ("NOMAD_ADDR", stack.address(Product::Nomad)),
            ("NOMAD_TOKEN", tokens.nomad.expose_secret().to_owned()),
        ];
        let live = Self { stack, environment };
        live.secrets().iter().for_each(|secret| journal().plant(secret));
        live
    }

    /// Ends everything and waits for that.
    ///
    /// # Panics
    /// When something does not end.
    pub async fn stop(self) {
        self.stack.stop().await.unwrap();
    }

    /// Addresses and tokens, by the variables of the official command lines.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// What must not be seen in any output.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.stack.tokens();
        let all = [Some(&tokens.consul), Some(&tokens.nomad), tokens.vault.as_ref(), tokens.unseal.as_ref()];
        all.into_iter().flatten().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    /// The stack itself.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Runs an official command line, as its users do.
    ///
    /// # Panics
    /// When it fails.
    pub async fn official(&self, product: Product, args: &[&str]) -> String {
        let mut command = tokio::process::Command::new(self.stack.program(product));
        command.args(args).env_clear().envs(self.environment()).env("HOME", folder("home"));
        let output = command.output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Sends a request to a server, with the management token.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn send(&self, product: Product, method: &str, path: &str, body: &str) -> Answer {
        let (header, token) = match product {
            Product::Consul => ("X-Consul-Token", "CONSUL_HTTP_TOKEN"),
            Product::Vault => ("X-Vault-Token", "VAULT_TOKEN"),
            Product::Nomad => ("X-Nomad-Token", "NOMAD_TOKEN"),
        };
        let token = self.environment().find(|(name, _)| *name == token).map(|(_, token)| token).unwrap_or_default();
        let url = format!("{}/v1/{path}", self.stack.address(product));
        http::send(method, &url, &[(header, token)], body).await.unwrap()
    }

    /// Reads from a server.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn get(&self, product: Product, path: &str) -> Answer {
        self.send(product, "GET", path, "").await
    }

    /// Writes to a server.
    ///
    /// # Panics
    /// When the server does not take it.
    pub async fn put(&self, product: Product, path: &str, body: &str) {
        let answer = self.send(product, "PUT", path, body).await;
        assert!(answer.status < 300, "PUT {path}: {answer:?}");
    }
}

fn next() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
