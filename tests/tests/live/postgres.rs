//! Accounts of a real `PostgreSQL`, made by Vault for the service and gone with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use serde_json::Value;
use tests::dump::{dump, unchanged_since};
use tests::programs::folder;
use tests::project::Project;
use tests::stack;
use tests::wait::until;
use tokio::process::Command;

const ADMIN: &str = "vroot";
const PASSWORD: &str = "the-password-of-vroot";

/// A running database, guarded like every server.
struct Database {
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
    async fn start() -> Self {
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

    /// Asks as this user.
    async fn ask(&self, user: &str, password: &str, question: &str) -> Result<String, String> {
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

#[test]
fn the_service_gets_an_account_of_its_own() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let database = Database::start().await;
        let mut project = Project::on(live, "stored");
        let before = dump(live).await;
        let url = format!(
            "postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{}/postgres?sslmode=disable",
            database.port
        );
        project.set("db_connection_url", url);
        project.set("db_username", ADMIN);
        project.cli.set("TF_VAR_db_password", PASSWORD);
        project.cli.hide(PASSWORD);
        project.deploy(&["deploy"]).await.exits(0);
        let versions = project.runs("v1", 1).await;
        let username = versions[0]["database"]["username"].as_str().unwrap();
        assert!(
            username.starts_with("v-jwt-nomad-stored-") || username.starts_with("v-jwt-noma-stored-"),
            "{username}"
        );

        let password = password(live, versions[0]["alloc_id"].as_str().unwrap(), username);
        let who = database.ask(username, &password, "select current_user").await;
        assert_eq!(who.as_deref(), Ok(username));
        project.cli.hide(&password);

        project.deploy(&["deploy"]).await.exits(0).says(&["Nothing to change"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        let roles = format!("select count(*) from pg_roles where rolname = '{username}'");
        assert_eq!(database.ask(ADMIN, PASSWORD, &roles).await.as_deref(), Ok("0"));
        unchanged_since(live, &before).await;
        database.server.stop().await.unwrap();
        assert!(!database.folder.join("data/postmaster.pid").exists());
    });
}

/// The password is in the task's own secrets and nowhere else.
fn password(live: &stack::Live, allocation: &str, username: &str) -> String {
    let mut folders = vec![live.stack().data_dir().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.ends_with("secrets/database.json") && path.display().to_string().contains(allocation) {
                let account: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
                assert_eq!(account["username"], username);
                return account["password"].as_str().unwrap().to_owned();
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            }
        }
    }
    panic!("the task has no credentials")
}
