//! What would disturb other tests, on a stack that nobody else uses.

use std::time::Duration;

use nomad_client::acl::TokenType;
use nomad_client::allocations::ClientStatus;
use nomad_client::nodes::{DrainDeadline, DrainOptions, Eligibility};
use nomad_client::{Client, Config, ReadOptions, Reason, Token};
use secrecy::ExposeSecret as _;
use tests::stack::{self, Live};
use tests::wait::until;

use super::{Powerless, SOON, batch, denied, missing, purge, running, service};

#[test]
fn the_whole_cluster_is_kept_and_bootstrapped() {
    stack::run(async {
        let live = Live::start(|_| {}).await;
        let nomad = live.stack().clients().nomad.clone();
        let powerless = Powerless::new(&nomad, "sdk-alone").await;
        eligibility(&nomad).await;
        upkeep(&nomad, &powerless.client).await;
        drain(&nomad).await;
        node_agent(&live, &nomad).await;
        departure(&nomad, &powerless.client).await;
        bootstrap(&live, &nomad).await;
        live.stop().await;
    });
}

async fn eligibility(nomad: &Client) {
    let node = nomad.nodes().list().await.unwrap().remove(0).id;
    let update = nomad.nodes().set_eligibility(&node, Eligibility::Ineligible).await.unwrap();
    let read = nomad.nodes().read(&node).await.unwrap();
    assert_eq!(read.scheduling_eligibility, Eligibility::Ineligible);
    assert!(update.eval_ids.is_empty(), "{update:?}");
    // Nothing is placed until the node is eligible again.
    let eval = nomad.jobs().register(&service("sdk-eligible")).await.unwrap().eval_id.unwrap();
    let blocked = until("the evaluation finds no place", SOON, async || {
        nomad.evaluations().read(&eval).await.unwrap().blocked_eval
    })
    .await;
    assert_eq!(nomad.evaluations().read(&blocked).await.unwrap().status.as_str(), "blocked");
    assert_eq!(nomad.jobs().allocations("sdk-eligible").await.unwrap(), []);
    nomad.nodes().set_eligibility(&node, Eligibility::Eligible).await.unwrap();
    running(nomad, "sdk-eligible", 1).await;
    purge(nomad, "sdk-eligible").await;
}

async fn drain(nomad: &Client) {
    let (nodes, id) = (nomad.nodes(), "sdk-drained");
    let node = nodes.list().await.unwrap().remove(0).id;
    let mut job = service(id);
    // A drain is over when the task is, so the task takes its time.
    let task = &mut job.task_groups[0].tasks[0];
    let slow = batch(id, "trap '' INT TERM; while :; do sleep 1; done");
    task.config.clone_from(&slow.task_groups[0].tasks[0].config);
    task.kill_timeout = Some(Duration::from_secs(10));
    nomad.jobs().register(&job).await.unwrap();
    running(nomad, id, 1).await;
    let options = DrainOptions::new().ignoring_system_jobs().with_meta("why", "a test");
    let limit = DrainDeadline::After(Duration::from_secs(60));
    let update = nodes.drain_with(&node, limit, &options).await.unwrap();
    assert!(update.node_modify_index.0 > 0, "{update:?}");
    let drained = until("nothing runs on the node", SOON, async || {
        let all = nomad.jobs().allocations(id).await.unwrap();
        let read = nodes.read(&node).await.unwrap();
        (read.drain_strategy.is_none() && all.iter().all(|stub| stub.client_status.is_terminal())).then_some(read)
    })
    .await;
    assert_eq!(drained.scheduling_eligibility, Eligibility::Ineligible);
    let last = drained.last_drain.unwrap();
    assert_eq!((last.status.as_str(), last.meta["why"].as_str()), ("complete", "a test"));
    nodes.set_eligibility(&node, Eligibility::Eligible).await.unwrap();
    running(nomad, id, 1).await;
    assert!(!nodes.evaluate(&node).await.unwrap().eval_ids.is_empty());

    nodes.drain(&node, DrainDeadline::Never).await.unwrap();
    let strategy = nodes.read(&node).await.unwrap().drain_strategy.unwrap();
    assert_eq!((strategy.time_limit(), strategy.ignore_system_jobs), (None, false));
    nodes.cancel_drain(&node, Eligibility::Eligible).await.unwrap();
    let read = nodes.read(&node).await.unwrap();
    assert_eq!((read.drain_strategy, read.scheduling_eligibility), (None, Eligibility::Eligible));
    let detailed = nodes.list_detailed(&ReadOptions::new()).await.unwrap().value;
    assert!(detailed[0].node_resources.is_some() && detailed[0].attributes.contains_key("os.name"), "{detailed:?}");
    purge(nomad, id).await;
}

/// A client's own agent, which answers for itself.
async fn node_agent(live: &Live, nomad: &Client) {
    let address = nomad.nodes().read(&nomad.nodes().list().await.unwrap()[0].id).await.unwrap().http_addr;
    let token = Token::new(live.stack().tokens().nomad.expose_secret()).unwrap();
    let config = Config::new(&format!("http://{address}")).unwrap().with_token(token);
    let agent = Client::new(&config).unwrap().agent();
    let servers = agent.servers().await.unwrap();
    assert_eq!(servers.len(), 1);
    agent.update_servers(&[&servers[0]]).await.unwrap();
    assert_eq!(agent.servers().await.unwrap(), servers);
    // A server has none, and is no node.
    assert_eq!(nomad.agent().servers().await.unwrap_err().status(), Some(501));
    assert_eq!(agent.join(&["127.0.0.1:1"]).await.unwrap_err().status(), Some(501));
    // T39: an agent that is no server says how it is as a client.
    let health = agent.health().await.unwrap();
    assert!(health.server.is_none() && health.client.unwrap().ok);
}

async fn departure(nomad: &Client, powerless: &Client) {
    let nodes = nomad.nodes();
    let node = nodes.list().await.unwrap().remove(0).id;
    denied(powerless.nodes().purge(&node).await);
    denied(powerless.nodes().drain(&node, DrainDeadline::Now).await);
    denied(powerless.nodes().evaluate(&node).await);
    assert!(nodes.purge(&node).await.unwrap().node_modify_index.0 > 0);
    missing(nodes.evaluate("00000000-0000-4000-8000-000000000000").await);
}

async fn upkeep(nomad: &Client, powerless: &Client) {
    denied(powerless.system().gc().await);
    denied(powerless.system().reconcile_summaries().await);
    let id = "sdk-collected";
    nomad.jobs().register(&batch(id, "exit 0")).await.unwrap();
    until("the job has ended", SOON, async || {
        let all = nomad.jobs().allocations(id).await.unwrap();
        all.iter().find(|stub| stub.client_status == ClientStatus::Complete).map(drop)
    })
    .await;
    let (node, ended) = {
        let stub = nomad.jobs().allocations(id).await.unwrap().remove(0);
        (stub.node_id, stub.id)
    };
    denied(powerless.clients().collect(Some(&node)).await);
    until("the node collects what has ended", SOON, async || {
        nomad.clients().collect(Some(&node)).await.unwrap();
        nomad.files().list(&ended, "alloc").await.err().filter(nomad_client::Error::is_not_found)
    })
    .await;
    nomad.system().reconcile_summaries().await.unwrap();
    assert_eq!(nomad.jobs().summary(id).await.unwrap().summary["main"].complete, 1);
    until("the job is collected", SOON, async || {
        nomad.system().gc().await.unwrap();
        nomad.jobs().read_opt(id).await.unwrap().is_none().then_some(())
    })
    .await;
}

async fn bootstrap(live: &Live, nomad: &Client) {
    let acl = nomad.anonymous().acl();
    let secret = "5d4e3c2b-1a09-4f8e-9d7c-6b5a49382716";
    let error = acl.bootstrap(Some(Token::new(secret).unwrap())).await.unwrap_err();
    let Some(Reason::AlreadyBootstrapped { reset_index: Some(index) }) = error.reason() else {
        unreachable!("{error:?}");
    };
    // The way by which an operator who has lost all tokens begins anew.
    let reset = live.stack().data_dir().join("nomad/data/server/acl-bootstrap-reset");
    std::fs::write(&reset, index.to_string()).unwrap();
    let made = acl.bootstrap(Some(Token::new(secret).unwrap())).await.unwrap();
    assert_eq!((made.kind, made.global), (TokenType::Management, true));
    assert_eq!(made.secret_id.as_ref().unwrap().expose(), secret);
    let own = nomad.with_token(made.secret_id.unwrap()).acl().token_self().await.unwrap();
    assert_eq!(own.accessor_id, made.accessor_id);
    // The reset counts once.
    let error = acl.bootstrap(None).await.unwrap_err();
    assert!(matches!(error.reason(), Some(Reason::AlreadyBootstrapped { .. })), "{error:?}");
}
