//! What servers do among themselves, on three of them that nobody else uses.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use lattice_deploy::servers::Product;
use lattice_deploy::servers::ports::PortBlock;
use lattice_deploy::servers::process::{Server, Spec};
use nomad_client::agent::{LogLevel, MonitorExport, MonitorOptions, Profile, ProfileOptions, Target};
use nomad_client::operator::{KeyState, RotateOptions};
use nomad_client::variables::Variable;
use nomad_client::{Client, Config, Consistency, ReadOptions};
use serde_json::{Value, json};
use tests::programs::folder;
use tests::stack;
use tests::wait::until;
use tokio::time::{sleep, timeout};

use super::{SOON, batch};

const KEYS: [&str; 2] =
    ["T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=", "TmV3IGtleXMgYXJlIGJvcm4gYW5kIHJvdGF0ZWQgaW4="];

const SECONDS: Duration = Duration::from_secs(1);

struct Member {
    server: Server,
    client: Client,
    serf: String,
}

struct Cluster {
    members: Vec<Member>,
    // Held for as long as the ports are in use.
    _block: PortBlock,
}

fn configuration(name: &str, folder: &std::path::Path, ports: [u16; 3], peers: &[String]) -> Value {
    let local = [("http", "127.0.0.1"), ("rpc", "127.0.0.1"), ("serf", "127.0.0.1")];
    let none = json!([{ "server_auto_join": false, "client_auto_join": false, "auto_advertise": false }]);
    json!({
        "name": name,
        "data_dir": folder.join("data"),
        "log_file": folder.join("nomad.log"),
        "log_level": "INFO",
        "enable_debug": true,
        "disable_update_check": true,
        "bind_addr": "127.0.0.1",
        "advertise": [serde_json::Map::from_iter(local.map(|(name, address)| (name.to_owned(), json!(address))))],
        "ports": [{ "http": ports[0], "rpc": ports[1], "serf": ports[2] }],
        "telemetry": [{ "prometheus_metrics": true }],
        "autopilot": [{ "last_contact_threshold": "10s" }],
        "consul": none,
        "server": [{
            "enabled": true,
            "bootstrap_expect": 3,
            // As patient as can be with a machine that has no time for it: a change of leader that no test asks for
            // makes every write fail that is under way.
            "raft_multiplier": 5,
            "encrypt": KEYS[0],
            "oidc_issuer": "https://nomad.example.com",
            "server_join": [{ "retry_join": peers, "retry_interval": "1s" }],
        }],
    })
}

impl Cluster {
    async fn start() -> Self {
        let mut block = PortBlock::reserve(&stack::ports()).unwrap();
        let ports: Vec<[u16; 3]> = (0..3).map(|_| std::array::from_fn(|_| block.take().unwrap())).collect();
        let serf: Vec<String> = ports.iter().map(|ports| format!("127.0.0.1:{}", ports[2])).collect();
        let mut members = Vec::new();
        for (number, ports) in ports.into_iter().enumerate() {
            let folder = folder("cluster");
            let file: PathBuf = folder.join("nomad.json");
            let name = format!("server-{number}");
            std::fs::write(&file, configuration(&name, &folder, ports, &serf).to_string()).unwrap();
            let binary = &stack::servers().await.nomad.path;
            let mut spec = Spec::new(Product::Nomad, binary, folder.join("log"));
            spec.args = vec!["agent".into(), format!("-config={}", file.display()).into()];
            spec.environment = stack::harmless();
            let server = Server::start(&stack::guard(), &spec).await.unwrap();
            let config = Config::new(&format!("http://127.0.0.1:{}", ports[0])).unwrap();
            let client = Client::new(&config.with_timeout(Duration::from_secs(30))).unwrap();
            members.push(Member { server, client, serf: serf[number].clone() });
        }
        let cluster = Self { members, _block: block };
        cluster.healthy(3).await;
        cluster
    }

    fn client(&self) -> &Client {
        &self.members[0].client
    }

    async fn healthy(&self, voters: usize) {
        let operator = self.client().operator();
        until("autopilot finds the servers healthy", SOON, async || {
            let health = operator.autopilot_health().await.ok()?;
            (health.healthy && health.voters.len() == voters).then_some(())
        })
        .await;
    }

    async fn stop(self) {
        for member in self.members {
            member.server.stop().await.unwrap();
        }
    }
}

#[test]
fn three_servers_are_run() {
    stack::run(async {
        let mut cluster = Cluster::start().await;
        autopilot(&cluster).await;
        gossip(cluster.client()).await;
        keyring(cluster.client()).await;
        debugging(cluster.client()).await;
        workers(cluster.client()).await;
        evaluations(cluster.client()).await;
        snapshot(&cluster).await;
        leadership(&cluster).await;
        departure(&mut cluster).await;
        cluster.stop().await;
    });
}

async fn autopilot(cluster: &Cluster) {
    let operator = cluster.client().operator();
    let read = operator.autopilot_configuration().await.unwrap();
    assert!(read.cleanup_dead_servers && read.last_contact_threshold == Some(SECONDS * 10), "{read:?}");
    let mut changed = read.clone();
    // A dead server is to be removed by hand below.
    changed.cleanup_dead_servers = false;
    changed.last_contact_threshold = Some(SECONDS * 15);
    operator.put_autopilot_configuration(&changed).await.unwrap();
    let again = operator.autopilot_configuration().await.unwrap();
    assert_eq!((again.cleanup_dead_servers, again.last_contact_threshold), (false, changed.last_contact_threshold));
    assert!(again.modify_index > read.modify_index);
    // The one that was read first is out of date.
    assert!(!operator.replace_autopilot_configuration(&read).await.unwrap());
    let mut last = again.clone();
    last.max_trailing_logs = 500;
    assert!(operator.replace_autopilot_configuration(&last).await.unwrap());
    assert_eq!(operator.autopilot_configuration().await.unwrap().max_trailing_logs, 500);
}

async fn gossip(nomad: &Client) {
    let agent = nomad.agent();
    let [old, new] = KEYS.map(secrecy::SecretString::from);
    // Each of these asks all members, of which one may be late; doing it again changes nothing.
    let keys = until("all members tell their keys", SOON, async || {
        agent.gossip_keys().await.ok().filter(|keys| keys.num_nodes == 3 && keys.keys[0].nodes == 3)
    })
    .await;
    assert_eq!(keys.keys.len(), 1, "{keys:?}");
    assert!(!format!("{keys:?}").contains(KEYS[0]));
    until("all have the new key", SOON, async || agent.install_gossip_key(&new).await.ok()).await;
    assert_eq!(agent.gossip_keys().await.unwrap().keys.len(), 2);
    assert!(agent.remove_gossip_key(&old).await.is_err(), "the key in use cannot go");
    until("all use the new key", SOON, async || agent.use_gossip_key(&new).await.ok()).await;
    until("all have forgotten the old key", SOON, async || agent.remove_gossip_key(&old).await.ok()).await;
    let left = agent.gossip_keys().await.unwrap().keys;
    assert_eq!(left.iter().map(|key| secrecy::ExposeSecret::expose_secret(&key.key)).collect::<Vec<_>>(), [KEYS[1]]);
}

async fn keyring(nomad: &Client) {
    let operator = nomad.operator();
    // A leader makes the first key once it has come to rest.
    let first = until("there is a key", SOON, async || {
        let keys = operator.keys().await.ok()?;
        keys.iter().any(|key| key.state == KeyState::Active).then_some(keys)
    })
    .await;
    assert_eq!(first.len(), 1, "{first:?}");
    let made = operator.rotate_key().await.unwrap();
    assert!(made.key_id != first[0].key_id && made.create_time.is_some(), "{made:?}");
    let later = nomad_client::wire::time::Timestamp::from_second(4_000_000_000).unwrap();
    let published = operator.rotate_key_with(&RotateOptions::new().from(later)).await.unwrap();
    assert_eq!((&published.state, published.publish_time), (&KeyState::Prepublished, Some(later)));
    let keys = operator.keys().await.unwrap();
    let state = |id: &str| keys.iter().find(|key| key.key_id == id).map(|key| key.state.clone());
    assert_eq!(state(&made.key_id), Some(KeyState::Active));
    assert_eq!(state(&first[0].key_id), Some(KeyState::Inactive));
    operator.delete_key(&published.key_id).await.unwrap();
    let error = operator.delete_key(&made.key_id).await.unwrap_err();
    assert!(!error.is_denied() && error.status().is_some(), "{error:?}");
    operator.force_delete_key(&first[0].key_id).await.unwrap();
    assert_eq!(operator.keys().await.unwrap().len(), 1);
    let discovery = nomad.oidc_discovery().await.unwrap().unwrap();
    assert_eq!(discovery.issuer, "https://nomad.example.com");
    assert_eq!(discovery.jwks_uri, "https://nomad.example.com/.well-known/jwks.json");
}

async fn debugging(nomad: &Client) {
    let agent = nomad.agent();
    let host = agent.host(&Target::Here).await.unwrap();
    assert!(host.os.contains("Linux") && !host.disk.is_empty(), "{host:?}");
    let leader = agent.host(&Target::Server("leader".to_owned())).await.unwrap();
    assert_eq!(leader.os, host.os);

    let command = agent.profile(&Profile::CommandLine).await.unwrap();
    assert!(String::from_utf8_lossy(&command).contains("agent"), "{command:?}");
    let text = agent
        .profile_with(&Profile::Named("goroutine".to_owned()), &ProfileOptions::new().with_debug(1))
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&text).starts_with("goroutine profile:"));
    // Profiles are compressed, traces begin with their version.
    let second = Duration::from_secs(1);
    assert_eq!(agent.profile(&Profile::Cpu(second)).await.unwrap()[..2], [0x1f, 0x8b]);
    assert!(agent.profile(&Profile::Trace(second)).await.unwrap().starts_with(b"go 1."));
    assert!(agent.profile(&Profile::Named("nonsense".to_owned())).await.unwrap_err().is_not_found());

    let metrics = nomad.metrics();
    let json = metrics.read().await.unwrap();
    assert!(!json.gauges.is_empty() && !json.counters.is_empty());
    let text = metrics.prometheus().await.unwrap();
    assert!(String::from_utf8_lossy(&text).contains("# TYPE nomad_"));

    // The server keeps the connection open for a minute and more after the last line.
    let mut written = Box::pin(agent.export_log(&Target::Here, &MonitorExport::Files).await.unwrap());
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("[INFO]") {
        text.extend(timeout(SOON, written.next()).await.unwrap().unwrap().unwrap());
    }
    drop(written);

    // A server at rest may say nothing for minutes, not even that it listens. It says that it was asked.
    let options = MonitorOptions::new().with_level(LogLevel::Trace).with_silence(SOON);
    let heard = async {
        let mut lines = Box::pin(agent.monitor(&options).await.unwrap());
        lines.next().await.unwrap().unwrap()
    };
    let asked = async {
        loop {
            agent.members().await.unwrap();
            sleep(Duration::from_millis(100)).await;
        }
    };
    let line = tokio::select! {
        line = heard => line,
        () = asked => unreachable!("it asks for ever"),
    };
    assert!(String::from_utf8_lossy(&line).contains('['), "{line:?}");
}

/// Workers that are replaced may leave an evaluation to nobody for a minute, which would disturb others elsewhere.
async fn workers(nomad: &Client) {
    let agent = nomad.agent();
    let workers = agent.schedulers().await.unwrap();
    assert!(workers.schedulers.iter().all(|worker| worker.started.is_some() && !worker.id.is_empty()), "{workers:?}");
    let mut configuration = agent.scheduler_configuration().await.unwrap();
    assert!(configuration.enabled_schedulers.iter().any(|kind| kind == "service"), "{configuration:?}");
    let before = configuration.clone();
    configuration.num_schedulers = 1;
    assert_eq!(agent.update_scheduler_configuration(&configuration).await.unwrap().num_schedulers, 1);
    assert_eq!(agent.update_scheduler_configuration(&before).await.unwrap(), before);
}

async fn evaluations(nomad: &Client) {
    let (operator, evaluations) = (nomad.operator(), nomad.evaluations());
    let job = batch("cluster-blocked", "exit 0");
    let id = nomad.jobs().register(&job).await.unwrap().eval_id.unwrap();
    let blocked =
        until("the evaluation finds no place", SOON, async || evaluations.read(&id).await.ok()?.blocked_eval).await;
    let error = evaluations.delete(&[&blocked]).await.unwrap_err();
    assert!(error.to_string().contains("eval broker is enabled"), "{error}");

    let read = operator.scheduler_configuration_with(&ReadOptions::new()).await.unwrap();
    assert!(read.meta.index.is_some() && !read.value.pause_eval_broker);
    let mut paused = read.value.clone();
    paused.pause_eval_broker = true;
    assert!(operator.replace_scheduler_configuration(&paused).await.unwrap());
    assert!(!operator.replace_scheduler_configuration(&read.value).await.unwrap(), "it is out of date");
    let before = evaluations.count().await.unwrap();
    assert!(before >= 2);
    until("the broker stands still", SOON, async || evaluations.delete(&[&blocked]).await.ok()).await;
    assert_eq!(evaluations.read_opt(&blocked).await.unwrap(), None);
    let filter = format!("JobID == {:?}", "cluster-blocked");
    let matching = ReadOptions::new().with_filter(filter.clone());
    let left = evaluations.count_with(&matching).await.unwrap().value;
    assert_eq!(evaluations.delete_matching(&filter).await.unwrap(), left);
    assert_eq!(evaluations.count_with(&matching).await.unwrap().value, 0);
    let mut running = operator.scheduler_configuration().await.unwrap();
    running.pause_eval_broker = false;
    operator.put_scheduler_configuration(&running).await.unwrap();
    assert!(!operator.scheduler_configuration().await.unwrap().pause_eval_broker);
    nomad.jobs().deregister("cluster-blocked").await.unwrap();
}

async fn snapshot(cluster: &Cluster) {
    let nomad = cluster.client();
    let operator = nomad.operator();
    let mut variable = Variable::new("cluster/kept");
    variable.items.insert("key", "value");
    nomad.variables().put(&variable).await.unwrap();
    let saved = operator.save_snapshot().await.unwrap();
    assert!(saved.digest().unwrap().starts_with("sha-256="), "{saved:?}");
    let pieces: Vec<Bytes> = saved.map(Result::unwrap).collect().await;
    assert!(pieces.iter().map(Bytes::len).sum::<usize>() > 1000);
    let stale = ReadOptions::new().with_consistency(Consistency::Stale);
    let stale = operator.save_snapshot_with(&stale).await.unwrap();
    assert!(stale.all(async |piece| piece.is_ok()).await);

    nomad.variables().delete("cluster/kept").await.unwrap();
    nomad.jobs().register(&batch("cluster-lost", "exit 0")).await.unwrap();
    let nonsense = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"nonsense"))]);
    let error = operator.restore_snapshot(nonsense).await.unwrap_err();
    assert!(error.status().is_some() && !error.is_denied(), "{error:?}");
    let pieces = stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    operator.restore_snapshot(pieces).await.unwrap();
    until("the snapshot is back", SOON, async || nomad.variables().read("cluster/kept").await.ok().flatten()).await;
    assert_eq!(nomad.jobs().read_opt("cluster-lost").await.unwrap(), None);
    cluster.healthy(3).await;
}

async fn leadership(cluster: &Cluster) {
    let operator = cluster.client().operator();
    let servers = operator.raft_configuration().await.unwrap().servers;
    assert_eq!(servers.len(), 3);
    let (leader, other) = (
        servers.iter().find(|server| server.leader).unwrap(),
        servers.iter().find(|server| server.voter && !server.leader).unwrap(),
    );
    let transfer = operator.transfer_leadership(&other.id).await.unwrap();
    assert_eq!((&transfer.from.id, &transfer.to.id, transfer.noop), (&leader.id, &other.id, false));
    until("the other server leads", SOON, async || {
        let servers = operator.raft_configuration().await.ok()?.servers;
        servers.iter().any(|server| server.id == other.id && server.leader).then_some(())
    })
    .await;
    assert!(operator.transfer_leadership("nonsense").await.unwrap_err().status().is_some());
    cluster.healthy(3).await;
}

async fn departure(cluster: &mut Cluster) {
    let agent = cluster.client().agent();
    let joined = agent.join(&[&cluster.members[1].serf]).await.unwrap();
    assert_eq!((joined.num_joined, joined.error.as_str()), (1, ""));
    let nobody = agent.join(&["127.0.0.1:1"]).await.unwrap();
    assert!(nobody.num_joined == 0 && !nobody.error.is_empty(), "{nobody:?}");

    let gone = "server-2.global";
    cluster.members[2].server.kill().await.unwrap();
    // One that gossip still takes for alive would be made a peer again.
    until("gossip misses the dead server", SOON, async || {
        let members = agent.members().await.ok()?.members;
        members.iter().any(|member| member.name == gone && member.status == "failed").then_some(())
    })
    .await;
    let operator = cluster.client().operator();
    let find = async || operator.raft_configuration().await.ok()?.servers.into_iter().find(|it| it.node == gone);
    let dead = until("the servers still know the dead one", SOON, find).await;
    until("a leader removes the dead server", SOON, async || operator.remove_raft_peer(&dead.id).await.ok()).await;
    until("two servers are left", SOON, async || {
        (operator.raft_configuration().await.ok()?.servers.len() == 2).then_some(())
    })
    .await;
    assert!(operator.remove_raft_peer(&dead.id).await.is_err());

    agent.force_leave(gone).await.unwrap();
    agent.force_leave_and_prune(gone).await.unwrap();
    until("gossip has forgotten the dead server", SOON, async || {
        let members = agent.members().await.ok()?.members;
        members.iter().all(|member| member.name != gone).then_some(())
    })
    .await;
}
