//! The sample in a container, on an engine of its own. Needs root, and Docker's engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use lattice_deploy::servers::settings::Docker;
use tests::dump::{dump, unchanged_since};
use tests::programs::{binaries, folder};
use tests::project::Project;
use tests::stack::{self, Live};
use tests::wait::until;
use tokio::process::Command;

/// A running engine, guarded like every server.
struct Engine {
    server: Server,
    socket: String,
    folder: PathBuf,
    /// A network that neither Docker's nor Nomad's defaults use, nor another run on this machine.
    bridge: String,
    _block: PortBlock,
}

async fn done(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().await.unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Engine {
    async fn start() -> Self {
        let block = PortBlock::reserve(&stack::ports()).unwrap();
        let bridge = format!("latdocker{}", block.index());
        // What an earlier run that was killed could not take away.
        let _: std::process::Output = Command::new("ip").args(["link", "del", &bridge]).output().await.unwrap();
        done("ip", &["link", "add", "name", &bridge, "type", "bridge"]).await;
        done("ip", &["address", "add", &format!("172.31.{}.1/24", 128 + block.index()), "dev", &bridge]).await;
        done("ip", &["link", "set", &bridge, "up"]).await;
        let folder = folder("docker");
        let below = |name: &str| folder.join(name).display().to_string();
        let socket = format!("unix://{}", below("docker.sock"));
        let mut spec = Spec::new(Product::Nomad, program("dockerd"), folder.join("log"));
        let args = [
            ("--data-root", below("data")),
            ("--exec-root", below("exec")),
            ("--pidfile", below("pid")),
            ("--host", socket.clone()),
            ("--bridge", bridge.clone()),
            // Its own configuration, not the machine's.
            ("--config-file", below("daemon.json")),
        ];
        std::fs::write(folder.join("daemon.json"), "{}").unwrap();
        spec.args = args.iter().flat_map(|(name, value)| [(*name).into(), value.into()]).collect();
        spec.environment = stack::harmless();
        spec.unmount = vec![folder.clone()];
        let mut server = Server::start(&stack::guard(), &spec).await.unwrap();
        until("Docker's engine answers", Duration::from_secs(120), async || {
            server.check().unwrap();
            let info = Command::new("docker").args(["-H", &socket, "info"]).output().await.unwrap();
            info.status.success().then_some(())
        })
        .await;
        Self { server, socket, folder, bridge, _block: block }
    }

    /// Makes an image of the sample and the libraries that it is linked with.
    async fn import(&self, image: &str) {
        let root = self.folder.join("root");
        put(&binaries().sample, &root, "/usr/local/bin/latticedb-sample");
        let linked = Command::new("ldd").arg(&binaries().sample).output().await.unwrap();
        let text = String::from_utf8(linked.stdout).unwrap();
        for library in text.split_whitespace().filter(|word| word.starts_with('/')) {
            put(Path::new(library), &root, library);
        }
        let archive = self.folder.join("root.tar").display().to_string();
        done("tar", &["-C", root.to_str().unwrap(), "-cf", &archive, "."]).await;
        let entry = "ENTRYPOINT [\"/usr/local/bin/latticedb-sample\"]";
        done("docker", &["-H", &self.socket, "import", "-c", entry, &archive, image]).await;
    }

    async fn containers(&self) -> Vec<String> {
        let output =
            Command::new("docker").args(["-H", &self.socket, "ps", "-a", "--format", "{{.Image}}"]).output().await;
        String::from_utf8(output.unwrap().stdout).unwrap().lines().map(str::to_owned).collect()
    }

    async fn stop(self) {
        self.server.stop().await.unwrap();
        done("ip", &["link", "del", &self.bridge]).await;
    }
}

/// The engine may be where only root looks.
fn program(name: &str) -> PathBuf {
    let path = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(|folder| Path::new(folder).join(name));
    path.into_iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("{name} is not installed"))
}

fn put(file: &Path, root: &Path, inside: &str) {
    let to = root.join(inside.trim_start_matches('/'));
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(file, to).unwrap();
}

#[test]
fn the_sample_runs_in_containers() {
    stack::run(async {
        let engine = Engine::start().await;
        engine.import("latticedb/sample:v1").await;
        let mut docker = Docker::default();
        docker.endpoint = Some(engine.socket.clone());
        let live = Live::start(|options| options.docker = Some(docker)).await;
        let mut project = Project::on(&live, "contained");
        let before = dump(&live).await;
        project.set("driver", "docker");
        project.set("command", "");
        project.set("container_image", "latticedb/sample");
        project.set("instance_count", 2);
        project.deploy(&["deploy"]).await.exits(0);
        for version in project.runs("v1", 2).await {
            assert_eq!(version["certificate"]["key_matches"], true, "{version}");
            assert_eq!(version["secret"]["sha256"], project.digest().await);
        }
        assert_eq!(engine.containers().await.len(), 2);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(&live, &before).await;
        until("the containers are gone", Duration::from_secs(60), async || {
            engine.containers().await.is_empty().then_some(())
        })
        .await;
        drop(project);
        live.stop().await;
        engine.stop().await;
    });
}
