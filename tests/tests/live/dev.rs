//! `dev`: a whole stack by one command, that leaves nothing behind.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::Value;
use tests::cli::{Cli, Output};
use tests::http;
use tests::programs::binaries;
use tests::stack;
use tests::wait::until;
use tokio::sync::{Mutex, MutexGuard};

/// A user of `dev`, one at a time: all want the usual ports. Whatever is left running ends with the test.
struct User {
    cli: Cli,
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::const_new(());

impl Deref for User {
    type Target = Cli;

    fn deref(&self) -> &Cli {
        &self.cli
    }
}

impl Drop for User {
    fn drop(&mut self) {
        for process in processes(&self.cli.home).iter().filter(|process| process.contains(" dev --daemon ")) {
            kill(process.split(' ').next().unwrap());
        }
    }
}

fn kill(process: &str) {
    let killed = Command::new("kill").args(["-9", process]).status().unwrap();
    assert!(killed.success() || std::thread::panicking(), "{process} cannot be killed");
}

async fn user() -> User {
    let turn = TURN.lock().await;
    let mut cli = Cli::new();
    let servers = stack::servers().await;
    for (name, binary) in [("CONSUL", &servers.consul), ("VAULT", &servers.vault), ("NOMAD", &servers.nomad)] {
        cli.set(&format!("LATTICE_{name}_BIN"), binary.path.to_str().unwrap());
    }
    cli.set("LATTICE_SAMPLE_BIN", binaries().sample.to_str().unwrap());
    // The ports of its tasks stay apart from those of the other stacks of this run.
    let place = cli.home.join("state/lattice/dev");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::create_dir_all(stack::ports()).unwrap();
    std::os::unix::fs::symlink(stack::ports(), place.join("ports")).unwrap();
    User { cli, _turn: turn }
}

/// The processes that were started below a folder: it stands in their arguments or environment, or they work there.
fn processes(folder: &Path) -> Vec<String> {
    let text = folder.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let read =
            |name: &str| String::from_utf8_lossy(&std::fs::read(path.join(name)).unwrap_or_default()).into_owned();
        let here = std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        if here || read("cmdline").contains(text) || read("environ").contains(text) {
            found.push(format!("{} {}", entry.file_name().display(), read("cmdline").replace('\0', " ")));
        }
    }
    found
}

async fn all_gone(cli: &Cli) {
    let mut left = Vec::new();
    until("everything has ended", Duration::from_secs(90), async || {
        left = processes(&cli.home);
        left.is_empty().then_some(())
    })
    .await;
}

/// Where the servers are, by `dev status`; their tokens are hidden from then on, and were not shown before.
async fn learn(cli: &Cli, earlier: &[&Output]) -> Value {
    let data = cli.run(&["-o", "json", "dev", "status"]).await.exits(0).json()["data"].clone();
    assert_eq!(data["running"], true, "{data}");
    for server in ["consul", "vault", "nomad"] {
        let file = data["servers"][server]["token_file"].as_str().unwrap();
        cli.hide(std::fs::read_to_string(file).unwrap().trim());
    }
    for output in earlier {
        cli.check(output);
    }
    data
}

#[test]
fn the_command_of_the_readme_says_what_to_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.contains("\ncargo run -p lattice-deploy -- dev --detach "), "the README has another command");
    // `cargo run` refuses a package of several programs, unless it says which is meant.
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "lattice-deploy");
    assert_eq!(package.unwrap()["default_run"], "lattice-deploy");
}

#[test]
fn one_command_brings_up_everything_and_another_takes_it_down() {
    stack::run(async {
        let cli = user().await;
        let first = cli.run(&["dev", "--detach"]).await.exits(0);
        let data = learn(&cli, &[&first]).await;
        assert_eq!(data["deployment"]["instances"].as_array().unwrap().len(), 3, "{data}");
        for product in [Product::Consul, Product::Vault, Product::Nomad] {
            let address = data["servers"][product.name()]["address"].as_str().unwrap();
            assert!(http::get(&format!("{address}/ui/")).await.unwrap().status < 400, "{address}");
        }

        cli.run(&["dev", "--detach"]).await.exits(0).says(&["run already", "Nothing to change"]);
        let again = learn(&cli, &[]).await;
        assert_eq!(again["servers"], data["servers"]);

        let lines = cli.run(&["dev", "env"]).await.exits(0).stdout;
        let script = format!(
            "{lines}\nconsul catalog services && nomad job status latticedb && vault token lookup && lattice-deploy status"
        );
        let folder = binaries().deploy.parent().unwrap().display();
        let mut shell = Cli::of("/bin/sh".into());
        shell.set("PATH", &format!("{folder}:/usr/bin:/bin"));
        shell.run(&["-c", &script]).await.exits(0).says(&["latticedb", "successful", "root", "runs v1.0.0"]);

        cli.run(&["dev", "stop"]).await.exits(0).says(&["Everything has ended."]);
        all_gone(&cli).await;
        assert_eq!(cli.run(&["-o", "json", "dev", "status"]).await.exits(0).json()["data"]["running"], false);
        cli.run(&["dev", "stop"]).await.exits(0).says(&["No servers run."]);
        cli.run(&["dev", "env"]).await.exits(1).says(&["lattice-deploy dev --detach"]);
    });
}

#[test]
fn everything_goes_with_a_killed_owner() {
    stack::run(async {
        let cli = user().await;
        let first = cli.run(&["dev", "--detach"]).await.exits(0);
        let data = learn(&cli, &[&first]).await;
        assert!(processes(&cli.home).len() > 8, "{:?}", processes(&cli.home));
        kill(&data["servers"]["pid"].to_string());
        all_gone(&cli).await;
        assert_eq!(cli.run(&["-o", "json", "dev", "status"]).await.exits(0).json()["data"]["running"], false);
    });
}
