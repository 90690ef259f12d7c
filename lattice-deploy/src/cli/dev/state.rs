//! What the running servers are known by: a file with their addresses, and a lock that their owner holds.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::super::{Failure, Result};
use super::folder_of;
use crate::exit::Exit;
use crate::servers::Product;
use crate::stack::Stack;

/// The folder of everything that `dev` keeps.
pub(super) struct Place(PathBuf);

impl Place {
    /// `XDG_STATE_HOME`, else `HOME/.local/state`.
    pub(super) fn find(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        let state = state.ok_or_else(|| Failure::new(Exit::Error, "set XDG_STATE_HOME or HOME to an absolute path"))?;
        let folder = state.join("lattice/dev");
        file(std::fs::create_dir_all(&folder), "create", &folder)?;
        Ok(Self(folder))
    }

    /// A folder of this process's own: what an earlier one left may still be being removed.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.0.join(format!("data-{}", std::process::id()))
    }

    pub(super) fn ports_dir(&self) -> PathBuf {
        self.0.join("ports")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub(super) fn open_log(&self) -> Result<File> {
        let path = self.log();
        file(File::options().create(true).truncate(true).write(true).mode(0o600).open(&path), "create", &path)
    }

    fn lock_file(&self) -> Result<File> {
        let path = self.0.join("lock");
        file(File::options().create(true).truncate(false).write(true).open(&path), "open", &path)
    }

    /// Held by the servers' owner for as long as it lives. `None` when another holds it.
    pub(super) fn lock(&self) -> Result<Option<File>> {
        let lock = self.lock_file()?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => file(Err(error), "lock", &self.0),
        }
    }

    pub(super) fn is_running(&self) -> Result<bool> {
        Ok(self.lock()?.is_none())
    }

    fn state_file(&self) -> PathBuf {
        self.0.join("running.json")
    }

    pub(super) fn remember(&self, running: &Running) -> Result<()> {
        let path = self.state_file();
        let text = serde_json::to_vec_pretty(running).map_err(|error| Failure::new(Exit::Error, error.to_string()))?;
        let new = path.with_extension("new");
        file(std::fs::write(&new, text), "write", &new)?;
        file(std::fs::rename(&new, &path), "write", &path)
    }

    pub(super) fn recall(&self) -> Result<Option<Running>> {
        let path = self.state_file();
        match std::fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => file(Err(error), "read", &path),
        }
    }

    /// Waits for servers that are just being started.
    pub(super) async fn recall_ready(&self, patience: Duration) -> Result<Running> {
        let begun = Instant::now();
        loop {
            match self.recall()? {
                Some(running) => return Ok(running),
                None if begun.elapsed() > patience || !self.is_running()? => {
                    return Err(Failure::new(
                        Exit::Error,
                        format!("the servers did not start; see {}", self.log().display()),
                    ));
                }
                None => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    pub(super) fn forget(&self) -> Result<()> {
        let path = self.state_file();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => file(Err(error), "remove", &path),
            _ => Ok(()),
        }
    }
}

/// The running servers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Running {
    /// The process that owns them.
    pub(super) pid: u32,
    pub(super) consul: Endpoint,
    pub(super) vault: Endpoint,
    pub(super) nomad: Endpoint,
    /// The sample's configuration.
    pub(super) config: PathBuf,
    /// Where the servers keep their data, if that stays.
    pub(super) data_dir: Option<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) address: String,
    pub(super) token_file: PathBuf,
    /// The folder of the program, which is also the official command line.
    pub(super) folder: PathBuf,
}

impl Running {
    pub(super) fn of(stack: &Stack, pid: u32, data_dir: Option<&Path>) -> Self {
        let tokens = stack.tokens();
        let endpoint = |product, token_file| Endpoint {
            address: stack.address(product),
            token_file,
            folder: folder_of(stack, product),
        };
        Self {
            pid,
            consul: endpoint(Product::Consul, tokens.consul_file()),
            vault: endpoint(Product::Vault, tokens.vault_file()),
            nomad: endpoint(Product::Nomad, tokens.nomad_file()),
            config: stack.data_dir().join("sample.tfvars"),
            data_dir: data_dir.map(Path::to_path_buf),
        }
    }

    pub(super) fn terminate(&self) -> Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.ok_or_else(|| Failure::new(Exit::Error, format!("{} is no process", self.pid)))?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .map_err(|error| Failure::new(Exit::Error, format!("process {} cannot be ended: {error}", self.pid)))
    }

    /// The variables by which this program finds the servers.
    pub(super) fn environment(&self) -> Result<BTreeMap<String, String>> {
        let token =
            |endpoint: &Endpoint| file(std::fs::read_to_string(&endpoint.token_file), "read", &endpoint.token_file);
        Ok(BTreeMap::from([
            ("CONSUL_HTTP_ADDR".to_owned(), self.consul.address.clone()),
            ("CONSUL_HTTP_TOKEN".to_owned(), token(&self.consul)?),
            ("VAULT_ADDR".to_owned(), self.vault.address.clone()),
            ("VAULT_TOKEN".to_owned(), token(&self.vault)?),
            ("NOMAD_ADDR".to_owned(), self.nomad.address.clone()),
            ("NOMAD_TOKEN".to_owned(), token(&self.nomad)?),
        ]))
    }

    pub(super) fn addresses_text(&self) -> String {
        format!(
            "Consul      {}\nVault       {}\nNomad       {}\n",
            self.consul.address, self.vault.address, self.nomad.address
        )
    }

    /// Lines for a shell. Tokens are named by their files, so that they stand neither here nor in the history.
    pub(super) fn shell_lines(&self) -> String {
        let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
        let folders = [&self.consul, &self.vault, &self.nomad].map(|endpoint| quoted(&endpoint.folder)).join(":");
        [
            format!("export CONSUL_HTTP_ADDR={}", self.consul.address),
            format!("export CONSUL_HTTP_TOKEN_FILE={}", quoted(&self.consul.token_file)),
            format!("export VAULT_ADDR={}", self.vault.address),
            format!("export VAULT_TOKEN=\"$(cat {})\"", quoted(&self.vault.token_file)),
            format!("export NOMAD_ADDR={}", self.nomad.address),
            format!("export NOMAD_TOKEN=\"$(cat {})\"", quoted(&self.nomad.token_file)),
            format!("export LATTICE_CONFIG={}", quoted(&self.config)),
            format!("export PATH={folders}:\"$PATH\""),
        ]
        .join("\n")
    }
}

pub(super) fn file<T>(result: std::io::Result<T>, action: &str, path: &Path) -> Result<T> {
    result.map_err(|error| Failure::new(Exit::Error, format!("cannot {action} {}: {error}", path.display())))
}
