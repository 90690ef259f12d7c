//! Consul servers for one test alone, without access control: for what would disturb others, such as a dead leader or a
//! snapshot that is put back.

use std::time::Duration;

use consul_client::{Client, Config};
use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::programs::folder;
use crate::stack::{guard, harmless, ports, servers};
use crate::wait::until;

/// How long an election may take here.
const LIMIT: Duration = Duration::from_secs(60);

/// One or more Consul servers that form a cluster.
#[derive(Debug)]
pub struct Cluster {
    servers: Vec<Server>,
    http: Vec<u16>,
    // Held for as long as the ports are in use.
    _block: PortBlock,
}

impl Cluster {
    /// Starts so many servers, and waits until they have a leader and know of each other.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(count: usize) -> Self {
        Self::start_with(count, &json!({})).await
    }

    /// As [`Cluster::start`], with settings on top of those that a cluster needs.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start_with(count: usize, settings: &Value) -> Self {
        let mut block = PortBlock::reserve(&ports()).unwrap();
        let mut take = || (0..count).map(|_| block.take().unwrap()).collect::<Vec<u16>>();
        let (http, rpc, lan, wan, grpc, dns) = (take(), take(), take(), take(), take(), take());
        let join: Vec<String> = lan.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let program = servers().await.consul.path.clone();
        let mut started = Vec::new();
        for place in 0..count {
            let data = folder("consul");
            let mut config = json!({
                "node_name": format!("server-{place}"), "data_dir": data, "server": true, "bootstrap_expect": count,
                "bind_addr": "127.0.0.1", "client_addr": "127.0.0.1", "disable_update_check": true,
                "ports": {
                    "http": http[place], "https": -1, "dns": dns[place], "grpc": grpc[place], "grpc_tls": -1,
                    "serf_lan": lan[place], "serf_wan": wan[place], "server": rpc[place],
                },
                "connect": { "enabled": true }, "performance": { "raft_multiplier": 3 },
                "retry_join": join, "retry_interval": "1s", "log_level": "warn",
            });
            let config = config.as_object_mut().unwrap();
            config.extend(settings.as_object().unwrap().clone());
            let file = data.join("config.json");
            std::fs::write(&file, serde_json::to_vec(&config).unwrap()).unwrap();
            let mut spec = Spec::new(Product::Consul, &program, data.join("log"));
            spec.args = vec!["agent".into(), format!("-config-file={}", file.display()).into()];
            spec.environment = harmless();
            spec.purge = vec![data];
            started.push(Server::start(&guard(), &spec).await.unwrap());
        }
        let cluster = Self { servers: started, http, _block: block };
        cluster.led().await;
        until("all servers are known", LIMIT, async || {
            (cluster.client(0).status().peers().await.ok()?.len() == count).then_some(())
        })
        .await;
        cluster
    }

    /// A client of one server.
    ///
    /// # Panics
    /// When it cannot be built.
    pub fn client(&self, place: usize) -> Client {
        Client::new(&Config::new(&self.address(place)).unwrap()).unwrap()
    }

    /// Where a server is.
    pub fn address(&self, place: usize) -> String {
        format!("http://127.0.0.1:{}", self.http[place])
    }

    /// Which server leads; waits until one does.
    ///
    /// # Panics
    /// When none does in time.
    pub async fn leader(&self) -> usize {
        until("a server says that it leads", LIMIT, async || {
            for place in (0..self.servers.len()).filter(|place| self.servers[*place].id().is_some()) {
                let url = format!("{}/v1/agent/self", self.address(place));
                let body = crate::http::send("GET", &url, &[], "").await.ok()?.body;
                let body: Value = serde_json::from_str(&body).ok()?;
                if body["Stats"]["consul"]["leader"] == "true" {
                    return Some(place);
                }
            }
            None
        })
        .await
    }

    /// Waits until every living server can write.
    ///
    /// # Panics
    /// When it cannot in time.
    pub async fn led(&self) {
        for place in (0..self.servers.len()).filter(|place| self.servers[*place].id().is_some()) {
            let client = self.client(place);
            until("it can write", LIMIT, async || client.kv().put("cluster/led", "").await.ok()).await;
        }
    }

    /// Kills a server, as a crash would.
    ///
    /// # Panics
    /// When that does not work.
    pub async fn kill(&mut self, place: usize) {
        self.servers[place].kill().await.unwrap();
    }

    /// Starts a server again that was killed.
    ///
    /// # Panics
    /// When that does not work.
    pub async fn restart(&mut self, place: usize) {
        self.servers[place].restart().await.unwrap();
    }

    /// The official command line, aimed at a server.
    ///
    /// # Panics
    /// When the program cannot be found.
    pub async fn official(&self, place: usize, args: &[&str]) -> Command {
        let mut command = Command::new(&servers().await.consul.path);
        command.args(args).env_clear().envs(harmless().iter()).env("CONSUL_HTTP_ADDR", self.address(place));
        command.kill_on_drop(true);
        command
    }

    /// Ends everything and waits for that.
    ///
    /// # Panics
    /// When something does not end.
    pub async fn stop(self) {
        for server in self.servers {
            server.stop().await.unwrap();
        }
    }
}
