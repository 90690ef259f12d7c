//! Renders the configuration files of a stack's servers.
//!
//! The files are JSON, which all three servers read like their own language, and which needs no quoting rules of ours.
//! Everything listens on loopback. A setting that is missing here goes into a second file: append
//! `-config-file=…` (Consul) or `-config=…` (Vault, Nomad) to the arguments of the [`Spec`].

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{DirBuilder, File},
    io::Write,
    ops::RangeInclusive,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    Environment, Error, Product, Result, Version, binary::Binary, error::Context, ports::PortBlock, process::Spec,
};

mod consul;
mod nomad;
mod vault;

/// Everything that the configuration files of one node of a stack say.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StackLayout {
    /// The folder of everything, with a folder for each server in it. Absolute.
    pub data_dir: PathBuf,
    /// Whether the folder goes when the servers have ended.
    pub temporary: bool,
    /// The name of the node in all three products.
    pub name: String,
    /// The datacenter of Consul and Nomad.
    pub datacenter: String,
    /// How much the servers log.
    pub log_level: LogLevel,
    /// The ports of this node.
    pub ports: NodePorts,
    /// The ports of the other nodes when the stack is a cluster; they are joined by these.
    pub peers: Vec<NodePorts>,
    /// What Nomad may use of the machine's network.
    pub network: Network,
    /// Whether Consul and Nomad ask for tokens. Vault always does.
    pub acl: bool,
    /// How patient raft is: 1 elects within a second or two, 5 suits slow machines.
    pub raft_multiplier: u8,
    /// Consul's management token, when it is to be known before the start instead of being bootstrapped.
    pub consul_management: Option<SecretString>,
    /// The token that the Consul agent itself works with, when it is known before the start.
    pub consul_agent: Option<SecretString>,
    /// The token that Nomad shows to Consul.
    pub nomad_consul: Option<SecretString>,
    /// Where Vault keeps its data.
    pub vault_storage: VaultStorage,
    /// What this node's Nomad agent does.
    pub nomad_role: NomadRole,
    /// The version of Nomad that reads the file: older ones refuse what they do not know.
    pub nomad_version: Version,
    /// Whether Nomad may run programs without isolation.
    pub raw_exec: bool,
    /// Nomad's Docker driver; without it the driver is switched off.
    pub docker: Option<Docker>,
    /// What the `exec` driver puts into a task's root: from the machine's path to the path inside.
    pub chroot_env: BTreeMap<PathBuf, PathBuf>,
}

/// The ports of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodePorts {
    /// Consul's ports.
    pub consul: ConsulPorts,
    /// Nomad's ports.
    pub nomad: NomadPorts,
    /// Vault's ports.
    pub vault: VaultPorts,
}

/// The ports of a Consul server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in Consul's `ports` block")]
#[non_exhaustive]
pub struct ConsulPorts {
    pub http: u16,
    pub dns: u16,
    pub grpc: u16,
    pub grpc_tls: u16,
    pub serf_lan: u16,
    pub serf_wan: u16,
    pub server: u16,
}

/// The ports of a Nomad agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in Nomad's `ports` block")]
#[non_exhaustive]
pub struct NomadPorts {
    pub http: u16,
    pub rpc: u16,
    pub serf: u16,
}

/// The ports of a Vault server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in Vault's settings `api_addr` and `cluster_addr`")]
#[non_exhaustive]
pub struct VaultPorts {
    pub api: u16,
    pub cluster: u16,
}

impl NodePorts {
    /// Takes the twelve ports of a node out of a block.
    ///
    /// # Errors
    /// When the block is used up.
    pub fn take(block: &mut PortBlock) -> Result<Self> {
        let mut port = || block.take();
        Ok(Self {
            consul: ConsulPorts {
                http: port()?,
                dns: port()?,
                grpc: port()?,
                grpc_tls: port()?,
                serf_lan: port()?,
                serf_wan: port()?,
                server: port()?,
            },
            nomad: NomadPorts { http: port()?, rpc: port()?, serf: port()? },
            vault: VaultPorts { api: port()?, cluster: port()? },
        })
    }

    /// The address of a server's HTTP interface.
    pub fn address(&self, product: Product) -> String {
        let port = match product {
            Product::Consul => self.consul.http,
            Product::Vault => self.vault.api,
            Product::Nomad => self.nomad.http,
        };
        format!("http://127.0.0.1:{port}")
    }
}

/// What a stack's Nomad may use of the machine's network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The ports given to tasks.
    pub dynamic: RangeInclusive<u16>,
    /// The name of the bridge network.
    pub bridge_name: String,
    /// Its subnet.
    pub bridge_subnet: String,
    /// The interface whose address services get; Nomad chooses when there is none. A bridge network cannot reach `lo`.
    pub interface: Option<String>,
    /// Where the CNI plugins are, for example `/usr/lib/cni`.
    pub cni_path: Option<PathBuf>,
}

/// What a Nomad agent does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NomadRole {
    /// Server and client in one agent.
    ///
    /// One start in a few takes 15 to 20 seconds longer: the client registers as soon as there is a leader, is refused
    /// when the leader has no keyring yet ("keyring has not been initialized yet"), and waits before it tries again.
    /// A client of its own, started when the server answers `/.well-known/jwks.json` with a key, is always ready soon.
    #[default]
    Combined,
    /// Server only.
    Server,
    /// Client only: a layout of its own, with a folder, a name and ports of its own.
    Client {
        /// The RPC ports of the servers.
        servers: Vec<u16>,
    },
}

/// How Nomad uses Docker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Docker {
    /// The image of the pause container; for machines that cannot pull one.
    pub infra_image: Option<String>,
    /// Where its engine listens, such as `unix:///run/docker.sock`; by default where Docker usually does.
    pub endpoint: Option<String>,
}

/// Where Vault keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum VaultStorage {
    /// Integrated storage, as in production; active two seconds after the start.
    #[default]
    Raft,
    /// Plain files; active at once, one node only.
    File,
    /// Nothing survives a restart; active at once, one node only.
    Inmem,
}

/// How much the servers log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
#[non_exhaustive]
pub enum LogLevel {
    Trace,
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

impl LogLevel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl StackLayout {
    /// A stack of one node with tokens required, on ports of this block.
    ///
    /// # Errors
    /// When the block is used up.
    pub fn new(data_dir: impl Into<PathBuf>, name: impl Into<String>, block: &mut PortBlock) -> Result<Self> {
        Ok(Self {
            data_dir: data_dir.into(),
            temporary: false,
            name: name.into(),
            datacenter: "dc1".to_owned(),
            log_level: LogLevel::default(),
            ports: NodePorts::take(block)?,
            peers: Vec::new(),
            network: Network {
                dynamic: block.dynamic(),
                bridge_name: block.bridge_name(),
                bridge_subnet: block.bridge_subnet(),
                interface: None,
                cni_path: None,
            },
            acl: true,
            raft_multiplier: 1,
            consul_management: None,
            consul_agent: None,
            nomad_consul: None,
            vault_storage: VaultStorage::default(),
            nomad_role: NomadRole::default(),
            nomad_version: Product::Nomad.pinned(),
            raw_exec: true,
            docker: None,
            chroot_env: BTreeMap::new(),
        })
    }

    /// The folder of one server: data, log, configuration.
    pub fn server_dir(&self, product: Product) -> PathBuf {
        self.data_dir.join(product.name())
    }

    /// Where a server's configuration file is.
    pub fn config_path(&self, product: Product) -> PathBuf {
        self.server_dir(product).join("config.json")
    }

    /// Where a server logs to.
    pub fn log_path(&self, product: Product) -> PathBuf {
        self.server_dir(product).join("log")
    }

    /// Where a server keeps its data.
    fn storage_dir(&self, product: Product) -> PathBuf {
        self.server_dir(product).join("data")
    }

    /// The text of a server's configuration file; secret, because tokens are in it.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn render(&self, product: Product) -> Result<SecretString> {
        let value = match product {
            Product::Consul => consul::config(self),
            Product::Vault => vault::config(self),
            Product::Nomad => nomad::config(self),
        }?;
        Ok(format!("{value:#}\n").into())
    }

    /// Writes a server's configuration file, readable by its owner only, and creates its data folder.
    ///
    /// # Errors
    /// When a path is not UTF-8 or cannot be written.
    pub fn write(&self, product: Product) -> Result<()> {
        let text = self.render(product)?;
        let folder = self.storage_dir(product);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).context("create", &folder)?;
        let path = self.config_path(product);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context("replace", &path);
            }
            _ => {}
        }
        // A new file: the mode of an old one would stay as it was.
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&path).context("create", &path)?;
        file.write_all(text.expose_secret().as_bytes()).context("write", &path)
    }

    /// How to start a server after [`write`](Self::write).
    pub fn spec(&self, binary: &Binary, environment: Environment) -> Spec {
        let product = binary.product;
        let folder = self.server_dir(product);
        let mut spec = Spec::new(product, &binary.path, self.log_path(product));
        spec.environment = environment;
        spec.args = self.args(product);
        if self.temporary {
            // Each removes its own, the last one what they share: another may still be writing.
            spec.purge.push(folder);
            spec.rmdir.push(self.data_dir.clone());
        } else {
            // Nomad leaves the memory file systems of its tasks mounted.
            spec.unmount.push(folder);
        }
        spec
    }

    fn args(&self, product: Product) -> Vec<OsString> {
        let (command, option) = match product {
            Product::Consul => ("agent", "-config-file="),
            Product::Vault => ("server", "-config="),
            Product::Nomad => ("agent", "-config="),
        };
        let mut config = OsString::from(option);
        config.push(self.config_path(product));
        vec![command.into(), config]
    }

    /// How many servers the cluster has.
    fn servers(&self) -> usize {
        self.peers.len() + 1
    }

    fn storage_path(&self, product: Product) -> Result<Value> {
        text(&self.storage_dir(product))
    }
}

/// A path as JSON text.
fn text(path: &Path) -> Result<Value> {
    path.to_str().map(Value::from).ok_or_else(|| Error::Path(path.to_owned()))
}

/// A loopback address.
fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// A secret as JSON text; what is built of it is secret too.
fn exposed(secret: &SecretString) -> Value {
    secret.expose_secret().into()
}

#[cfg(test)]
mod tests;
