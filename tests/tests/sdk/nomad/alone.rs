//! What would disturb other tests, on a stack that nobody else uses.

use nomad_client::acl::TokenType;
use nomad_client::allocations::ClientStatus;
use nomad_client::nodes::Eligibility;
use nomad_client::{Client, Reason, Token};
use tests::stack::{self, Live};
use tests::wait::until;

use super::{Powerless, SOON, batch, denied, purge, running, service};

#[test]
fn the_whole_cluster_is_kept_and_bootstrapped() {
    stack::run(async {
        let live = Live::start(|_| {}).await;
        let nomad = live.stack().clients().nomad.clone();
        let powerless = Powerless::new(&nomad, "sdk-alone").await;
        eligibility(&nomad).await;
        upkeep(&nomad, &powerless.client).await;
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
    nomad.system().reconcile_summaries().await.unwrap();
    assert_eq!(nomad.jobs().summary(id).await.unwrap().summary["main"].complete, 1);
    nomad.system().gc().await.unwrap();
    until("the job is collected", SOON, async || nomad.jobs().read_opt(id).await.unwrap().is_none().then_some(()))
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
