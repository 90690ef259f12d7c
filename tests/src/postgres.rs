//! A real `PostgreSQL`, whose programs must be installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use tokio::process::Command;

use crate::programs::folder;
use crate::stack;
use crate::wait::until;

/// The user that may do everything.
pub const ADMIN: &str = "vroot";
/// Its password.
pub const PASSWORD: &str = "the-password-of-vroot";

/// A running database, guarded like every server.
#[derive(Debug)]
pub struct Database {
    server: Server,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    _block: PortBlock,
}

/// Debian keeps the server's programs off the search path.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = stack::harmless();
    let path = path.iter().find(|(name, _)| *name == "PATH").map(|(_, path)| path.to_owned()).unwrap_or_default();
    let found = debian.chain(std::env::split_paths(&path)).find(|folder| folder.join("initdb").is_file());
    found.unwrap_or_else(|| panic!("initdb is not installed"))
}

/// `PostgreSQL` refuses to run as root.
fn unprivileged(program: &Path) -> Vec<OsString> {
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
    let root = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"].map(OsString::from);
    let prefix = if owner == 0 { root.to_vec() } else { Vec::new() };
    prefix.into_iter().chain([program.into()]).collect()
}

impl Database {
    /// Starts a new one.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        let programs = programs();
        let folder = folder("postgres");
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let port = block.take().unwrap();
        // The folder must be the server's own.
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        std::fs::write(folder.join("password"), PASSWORD).unwrap();
        let data = folder.join("data");
        let init = unprivileged(&programs.join("initdb"));
        let output = Command::new(&init[0])
            .args(&init[1..])
            .arg("-D")
            .arg(&data)
            .args(["-U", ADMIN, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--pwfile"])
            .arg(folder.join("password"))
            .current_dir(&folder)
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let run = unprivileged(&programs.join("postgres"));
        let mut spec = Spec::new(Product::Vault, which(&run[0]), folder.join("log"));
        spec.args = run[1..].to_vec();
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.display()),
            "fsync=off".to_owned(),
        ];
        spec.args.extend([OsString::from("-D"), data.into()]);
        spec.args.extend(settings.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        spec.environment = stack::harmless();
        let server = Server::start(&stack::guard(), &spec).await.unwrap();
        let mut database = Self { server, programs, folder, port, _block: block };
        until("PostgreSQL answers", Duration::from_secs(30), async || {
            database.server.check().unwrap();
            database.ask(ADMIN, PASSWORD, "select 1").await.ok()
        })
        .await;
        database
    }

    /// The address, as Vault wants it.
    pub fn connection_url(&self) -> String {
        format!("postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Asks as this user.
    ///
    /// # Errors
    /// With the database's own words.
    ///
    /// # Panics
    /// When `psql` cannot be started.
    pub async fn ask(&self, user: &str, password: &str, question: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-t",
                "-A",
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                user,
                "-d",
                "postgres",
                "-c",
                question,
            ])
            .env("PGPASSWORD", password)
            .output()
            .await
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Ends it and waits for that.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(self) {
        self.server.stop().await.unwrap();
        assert!(!self.folder.join("data/postmaster.pid").exists());
    }
}

/// A guarded server is started by its path.
fn which(program: &OsString) -> PathBuf {
    let folders = ["/usr/bin", "/bin"].map(Path::new);
    if program == "setpriv" {
        folders.iter().map(|folder| folder.join(program)).find(|path| path.is_file()).unwrap()
    } else {
        program.into()
    }
}
