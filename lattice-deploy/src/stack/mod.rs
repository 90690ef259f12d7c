//! A whole stack on this machine: Consul, Vault and Nomad with access control on, Vault initialized and unsealed, and
//! the identities of Nomad's tasks known to both others.
//!
//! A stack lives as long as its [`Stack`]: when that is dropped, or its process ends in whatever way, all servers and
//! everything they started end too.

mod bootstrap;
mod identity;
mod tokens;
mod wait;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use self::tokens::Tokens;

use crate::clients::Clients;
use crate::servers::binary::{self, Binary};
use crate::servers::ports::PortBlock;
use crate::servers::process::{Guard, Server};
use crate::servers::settings::{Docker, NodePorts, StackLayout};
use crate::servers::{Environment, Lookup, Product, Progress};

/// How long the tasks of a stack may take to end before their servers do.
const TASKS_END_WITHIN: Duration = Duration::from_secs(15);

/// Why a stack did not start or end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// A server could not be found, built, started or stopped.
    #[error(transparent)]
    Servers(#[from] crate::servers::Error),
    /// A call to a running server failed.
    #[error(transparent)]
    Call(#[from] crate::Error),
    /// A server did not get ready.
    #[error("{product} is not ready after {} s: {last}\nits log ends with:\n{log}", limit.as_secs())]
    NotReady {
        /// Which server.
        product: Product,
        /// What was waited for when the time was over.
        last: String,
        /// How long was waited.
        limit: Duration,
        /// The last lines of its log.
        log: String,
    },
    /// A file could not be read or written.
    #[error("{action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A server gave an answer that cannot be used.
    #[error("{0}")]
    Unexpected(String),
}

type Result<T, E = StackError> = std::result::Result<T, E>;

/// The three programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Binaries {
    /// Consul.
    pub consul: Binary,
    /// Vault.
    pub vault: Binary,
    /// Nomad.
    pub nomad: Binary,
}

impl Binaries {
    /// Finds or builds the three programs, one after the other: each build uses all cores.
    ///
    /// # Errors
    /// When one can be neither found nor built.
    pub async fn find(lookup: &Lookup<'_>, progress: &dyn Progress) -> Result<Self> {
        let cache = binary::cache_folder(lookup)?;
        Ok(Self {
            consul: binary::find(Product::Consul, lookup, &cache, progress).await?,
            nomad: binary::find(Product::Nomad, lookup, &cache, progress).await?,
            vault: binary::find(Product::Vault, lookup, &cache, progress).await?,
        })
    }

    fn of(&self, product: Product) -> &Binary {
        match product {
            Product::Consul => &self.consul,
            Product::Vault => &self.vault,
            Product::Nomad => &self.nomad,
        }
    }
}

/// What a stack is started from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The programs.
    pub binaries: Binaries,
    /// The program that guards them.
    pub guard: Guard,
    /// The folder of everything; absolute.
    pub data_dir: PathBuf,
    /// Whether the folder goes with the stack.
    pub temporary: bool,
    /// What the servers see of the environment.
    pub environment: Environment,
    /// The folder by which all stacks of this machine keep their ports apart.
    pub ports_dir: PathBuf,
    /// Whether to take the products' usual ports, if they are free.
    pub usual_ports: bool,
    /// Nomad's Docker driver.
    pub docker: Option<Docker>,
    /// What the `exec` driver puts into a task's root: from the machine's path to the path inside. Nomad's own list
    /// copies gigabytes for each task.
    pub chroot_env: BTreeMap<PathBuf, PathBuf>,
}

impl Options {
    /// A temporary stack on free ports.
    pub fn new(binaries: Binaries, guard: Guard, data_dir: impl Into<PathBuf>, ports_dir: impl Into<PathBuf>) -> Self {
        Self {
            binaries,
            guard,
            data_dir: data_dir.into(),
            temporary: true,
            environment: Environment::default(),
            ports_dir: ports_dir.into(),
            usual_ports: false,
            docker: None,
            chroot_env: BTreeMap::new(),
        }
    }
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    servers: Servers,
    binaries: Binaries,
    layout: StackLayout,
    tokens: Tokens,
    clients: Clients,
    temporary: bool,
    // Held for as long as the ports are in use.
    _block: PortBlock,
}

/// The processes, in the order in which they were started.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    consul: Option<Server>,
    vault: Option<Server>,
    nomad: Option<Server>,
    /// A Nomad agent of its own for the tasks: one that is server and client at once is often ready much later.
    nomad_client: Option<Server>,
}

impl Stack {
    /// Starts a stack and waits until it can run a job. With the data of an earlier stack, that one goes on.
    ///
    /// # Errors
    /// When a server does not start or does not get ready; the error has the end of its log.
    pub async fn start(options: &Options) -> Result<Self> {
        let mut block = PortBlock::reserve(&options.ports_dir)?;
        let mut layout = StackLayout::new(&options.data_dir, "lattice", &mut block)?;
        layout.temporary = options.temporary;
        layout.nomad_version = options.binaries.nomad.version;
        layout.docker.clone_from(&options.docker);
        if options.usual_ports {
            take_usual_ports(&mut layout.ports);
        }
        let mut worker = StackLayout::new(options.data_dir.join("client"), "lattice-client", &mut block)?;
        worker.temporary = options.temporary;
        // What runs here is for this machine only.
        worker.network.interface = Some("lo".to_owned());
        worker.nomad_version = layout.nomad_version;
        worker.docker.clone_from(&options.docker);
        worker.chroot_env.clone_from(&options.chroot_env);
        let (servers, tokens, clients) = bootstrap::run(options, &mut layout, &mut worker).await?;
        Ok(Self {
            servers,
            binaries: options.binaries.clone(),
            layout,
            tokens,
            clients,
            temporary: options.temporary,
            _block: block,
        })
    }

    /// Clients with the management tokens.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The management tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The address of a server's HTTP interface.
    pub fn address(&self, product: Product) -> String {
        self.layout.ports.address(product)
    }

    /// The program of a server, which is also its official command line.
    pub fn program(&self, product: Product) -> &Path {
        &self.binaries.of(product).path
    }

    /// The folder of everything.
    pub fn data_dir(&self) -> &Path {
        &self.layout.data_dir
    }

    /// The process of a server, to see that it lives, or to kill and restart it.
    pub fn server(&mut self, product: Product) -> Option<&mut Server> {
        match product {
            Product::Consul => self.servers.consul.as_mut(),
            Product::Vault => self.servers.vault.as_mut(),
            Product::Nomad => self.servers.nomad.as_mut(),
        }
    }

    /// Gives Vault its key again after a restart.
    ///
    /// # Errors
    /// When Vault does not take it.
    pub async fn unseal(&self) -> Result<()> {
        bootstrap::unseal(&self.clients.vault, &self.tokens).await
    }

    /// Fails with the end of a server's log when one has ended by itself.
    ///
    /// # Errors
    /// As said.
    pub fn check(&mut self) -> Result<()> {
        for server in self.servers.all() {
            server.check()?;
        }
        Ok(())
    }

    /// Ends all jobs, then all servers, and waits for that.
    ///
    /// # Errors
    /// When something could not be ended; it then ends with this process.
    pub async fn stop(self) -> Result<()> {
        // A server that is gone or ill cannot end its jobs; its guardian then does.
        if let Err(error) = stop_jobs(&self.clients).await {
            tracing::warn!(%error, "the jobs could not be ended before their servers");
        }
        let Servers { consul, vault, nomad, nomad_client } = self.servers;
        for server in [nomad_client, nomad, vault, consul].into_iter().flatten() {
            server.stop().await?;
        }
        if self.temporary {
            let folder = &self.layout.data_dir;
            match std::fs::remove_dir_all(folder) {
                // The guardians have removed it already.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                other => file(other, "remove", folder)?,
            }
        }
        Ok(())
    }
}

impl Servers {
    fn all(&mut self) -> impl Iterator<Item = &mut Server> {
        [&mut self.consul, &mut self.vault, &mut self.nomad, &mut self.nomad_client].into_iter().flatten()
    }
}

async fn stop_jobs(clients: &Clients) -> crate::Result<()> {
    use crate::error::Doing;

    let jobs = clients.nomad.jobs();
    for job in jobs.list().await.doing("list the jobs")? {
        jobs.deregister(&job.id).await.doing(format!("stop the job {}", job.id))?;
    }
    let begun = Instant::now();
    while begun.elapsed() < TASKS_END_WITHIN {
        let allocations = clients.nomad.allocations().list().await.doing("list the allocations")?;
        if allocations.iter().all(|allocation| allocation.client_status.is_terminal()) {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The ports by which the products are known, product by product, if all of its ports are free.
fn take_usual_ports(ports: &mut NodePorts) {
    let free = |ports: &[u16]| ports.iter().all(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    if free(&[8500, 8600, 8502, 8503, 8301, 8302, 8300]) {
        let consul = &mut ports.consul;
        (consul.http, consul.dns, consul.grpc, consul.grpc_tls) = (8500, 8600, 8502, 8503);
        (consul.serf_lan, consul.serf_wan, consul.server) = (8301, 8302, 8300);
    }
    if free(&[8200, 8201]) {
        (ports.vault.api, ports.vault.cluster) = (8200, 8201);
    }
    if free(&[4646, 4647, 4648]) {
        (ports.nomad.http, ports.nomad.rpc, ports.nomad.serf) = (4646, 4647, 4648);
    }
}

fn file<T>(result: std::io::Result<T>, action: &'static str, path: &Path) -> Result<T> {
    result.map_err(|source| StackError::File { action, path: path.to_owned(), source })
}
