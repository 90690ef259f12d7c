//! What the API does otherwise than one expects: a test for each trap, by its number, and for defects of other clients.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use futures_util::StreamExt as _;
use nomad_client::agent::Target;
use nomad_client::deployments::{Deployment, DeploymentUpdate};
use nomad_client::evaluations::{Evaluation, EvaluationStatus};
use nomad_client::job::{DiffType, Job, JobType, Proxy};
use nomad_client::jobs::{DeregisterOptions, JobName, ParseOptions, PlanOptions, StatusesOptions};
use nomad_client::namespaces::Namespace;
use nomad_client::node_pools::NodePool;
use nomad_client::variables::{LockId, Variable};
use nomad_client::{Client, Config, Consistency, Error, ReadOptions, Reason, Token};
use serde_json::{Value, json};
use wiremock::matchers::{any, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A server that always gives this answer, and its client.
async fn answering(answer: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
    (server, client)
}

async fn failing(status: u16, text: &str) -> (MockServer, Client) {
    answering(ResponseTemplate::new(status).set_body_string(text)).await
}

async fn giving(body: Value) -> (MockServer, Client) {
    answering(ResponseTemplate::new(200).set_body_json(body)).await
}

/// What the server was asked, as `METHOD path?query`.
async fn asked(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let text = |request: &wiremock::Request| {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}{query}", request.method, request.url.path())
    };
    requests.iter().map(text).collect()
}

#[tokio::test]
async fn t08_all_namespaces_are_for_reads_only() {
    let (server, nomad) = giving(json!([])).await;
    let everywhere = nomad.in_namespace("*");
    everywhere.jobs().list().await.unwrap();
    let error = everywhere.jobs().deregister("a").await.unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error:?}");
    assert_eq!(asked(&server).await, ["GET /v1/jobs?meta=true&namespace=*"]);
}

#[tokio::test]
async fn t11_an_unknown_region_is_no_trouble_that_passes() {
    let (server, nomad) = failing(500, "No path to region").await;
    let error = nomad.in_region("moon").jobs().list().await.unwrap_err();
    assert_eq!((error.reason(), error.is_retryable()), (Some(&Reason::NoRegionPath), false));
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn t12_a_bad_filter_is_said_to_be_one() {
    let (_server, nomad) = failing(400, "failed to create result paginator: failed to read filter expression").await;
    let options = ReadOptions::new().with_filter("Name ==");
    let error = nomad.jobs().list_with(&options).await.unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::Invalid), "{error:?}");
}

#[tokio::test]
async fn t13_the_next_page_stands_in_a_header() {
    let server = MockServer::start().await;
    let page = |ids: [&str; 2]| ResponseTemplate::new(200).set_body_json(ids.map(|id| json!({ "ID": id })));
    let first = page(["a", "b"]).insert_header("X-Nomad-NextToken", "c");
    Mock::given(query_param_is_missing("next_token")).respond_with(first).mount(&server).await;
    Mock::given(query_param("next_token", "c")).respond_with(page(["c", "d"])).mount(&server).await;
    let nomad = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
    let evaluations = nomad.evaluations().stream(&ReadOptions::new().with_page(2, None));
    let ids: Vec<String> = evaluations.map(|evaluation| evaluation.unwrap().id).collect().await;
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn t15_names_are_one_segment_whatever_they_hold() {
    let (server, nomad) = giving(json!({})).await;
    nomad.jobs().read("a/b c?d#e%f").await.unwrap();
    nomad.jobs().read("x/plan").await.unwrap();
    assert_eq!(asked(&server).await, ["GET /v1/job/a%2Fb%20c%3Fd%23e%25f", "GET /v1/job/x%2Fplan"]);
    assert!(matches!(nomad.jobs().read("..").await.unwrap_err(), Error::Request(_)));
}

#[test]
fn t17_durations_come_as_numbers_and_as_texts() {
    for text in [r#"{"NodeIdentityTTL":3600000000000}"#, r#"{"NodeIdentityTTL":"1h"}"#] {
        let pool: NodePool = serde_json::from_str(text).unwrap();
        assert_eq!(pool.node_identity_ttl, Some(Duration::from_secs(3600)), "{text}");
        assert_eq!(serde_json::to_value(&pool).unwrap()["NodeIdentityTTL"], 3_600_000_000_000_u64);
    }
}

#[test]
fn t18_times_come_in_three_forms() {
    let text = r#"{"ModifyTime":0,"CreateTime":1795456114337399411,
        "TaskGroups":{"a":{"RequireProgressBy":"0001-01-01T00:00:00Z"},"b":{"RequireProgressBy":"2026-11-23T17:49:05.5Z"}}}"#;
    let deployment: Deployment = serde_json::from_str(text).unwrap();
    assert_eq!((deployment.modify_time, deployment.task_groups["a"].require_progress_by), (None, None));
    assert_eq!(deployment.create_time.unwrap().as_nanosecond(), 1_795_456_114_337_399_411);
    assert!(deployment.task_groups["b"].require_progress_by.is_some());
    let node: nomad_client::nodes::Node = serde_json::from_str(r#"{"StatusUpdatedAt":1795456114}"#).unwrap();
    assert_eq!(node.status_updated_at.unwrap().as_second(), 1_795_456_114);
}

#[test]
fn t19_nothing_is_written_as_null() {
    let text = r#"{"ID":"a","TaskGroups":null,"Meta":null,"Constraints":null,"Payload":"aGk=","Update":null}"#;
    let job: Job = serde_json::from_str(text).unwrap();
    assert!(job.task_groups.is_empty() && job.meta.is_empty() && job.update.is_none());
    assert_eq!(job.payload.as_deref(), Some(&b"hi"[..]));
    let evaluation: Evaluation = serde_json::from_str(r#"{"FailedTGAllocs":null,"RelatedEvals":null}"#).unwrap();
    assert!(evaluation.failed_tg_allocs.is_empty());
}

#[tokio::test]
async fn t20_no_deployment_is_null_and_a_write_may_answer_nothing() {
    let (_server, nomad) = giving(Value::Null).await;
    assert_eq!(nomad.jobs().latest_deployment("a").await.unwrap(), None);
    let (_server, nomad) = answering(ResponseTemplate::new(200)).await;
    nomad.namespaces().put(&Namespace::new("a")).await.unwrap();
    assert!(matches!(nomad.jobs().read("a").await.unwrap_err(), Error::Decode(_)));
}

#[test]
fn t21_undecided_is_not_unhealthy() {
    let health =
        |text: &str| serde_json::from_str::<nomad_client::allocations::DeploymentHealth>(text).unwrap().healthy;
    assert_eq!(health(r#"{"Healthy":null}"#), None);
    assert_eq!(health(r#"{"Healthy":false}"#), Some(false));
}

#[tokio::test]
async fn t22_t23_errors_are_told_apart_by_their_text() {
    let conflict = Reason::IndexConflict { expected: 7, actual: Some(12) };
    let table = [
        (500, "Enforcing job modify index 7: job exists with conflicting job modify index: 12", conflict),
        (500, "rpc error: can't fail terminal deployment", Reason::TerminalDeployment),
        (500, "deployment not found", Reason::NotFound),
        (500, "2 errors occurred:\n\t* a\n\t* b\n\n", Reason::Validation),
        (403, "Permission denied", Reason::PermissionDenied),
        (
            403,
            "Job registration, dispatch, and scale are disabled by the scheduler configuration",
            Reason::RegistrationDisabled,
        ),
        (400, "ACL support disabled", Reason::AclDisabled),
    ];
    for (status, text, reason) in table {
        let (_server, nomad) = failing(status, text).await;
        let error = nomad.deployments().fail("a").await.unwrap_err();
        assert_eq!((error.status(), error.reason()), (Some(status), Some(&reason)), "{text}");
        assert_eq!(error.is_denied(), reason == Reason::PermissionDenied, "{text}");
    }
}

#[tokio::test]
async fn t24_only_what_passes_is_tried_again_and_only_what_may_be() {
    let tries = async |status, text, write: bool| {
        let (server, nomad) = failing(status, text).await;
        if write {
            nomad.jobs().revert("a", 0, None).await.unwrap_err();
        } else {
            nomad.jobs().list().await.unwrap_err();
        }
        asked(&server).await.len()
    };
    assert!(tries(500, "No cluster leader", false).await > 1);
    assert_eq!(tries(500, "No cluster leader", true).await, 1);
    assert_eq!(tries(500, "rpc error: something else", false).await, 1);
}

#[tokio::test]
async fn t25_a_bad_job_and_a_warning_are_answers() {
    let text =
        json!({"DriverConfigValidated": true, "ValidationErrors": ["no groups"], "Error": "1 error", "Warnings": "w"});
    let (_server, nomad) = giving(text).await;
    let verdict = nomad.jobs().validate(&Job::new("a", JobType::Batch)).await.unwrap();
    assert!(!verdict.is_valid() && verdict.warnings == "w", "{verdict:?}");
}

#[tokio::test]
async fn t39_an_unwell_cluster_is_an_answer() {
    let (_server, nomad) = failing(500, r#"{"server":{"ok":false,"message":"no leader"}}"#).await;
    assert!(!nomad.agent().health().await.unwrap().is_healthy());
    let (server, nomad) = failing(429, r#"{"Healthy":false,"Servers":null}"#).await;
    assert!(!nomad.operator().autopilot_health().await.unwrap().healthy);
    assert_eq!(asked(&server).await.len(), 1, "it is not asked again as if there were too many connections");
}

#[tokio::test]
async fn t40_each_call_has_the_verb_that_the_server_takes() {
    let (server, nomad) = giving(json!({})).await;
    nomad.system().gc().await.unwrap();
    nomad
        .operator()
        .put_autopilot_configuration(&nomad_client::operator::AutopilotConfiguration::default())
        .await
        .unwrap();
    // The answer is no list.
    nomad.jobs().statuses_of(&[JobName::new("default", "a")], &StatusesOptions::new()).await.unwrap_err();
    let verbs: Vec<String> =
        asked(&server).await.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(verbs, ["PUT", "PUT", "POST"]);
}

#[test]
fn t41_a_complete_evaluation_may_have_found_no_place() {
    let text = r#"{"Status":"complete","BlockedEval":"b","NextEval":"","DeploymentID":"",
        "FailedTGAllocs":{"web":{"DimensionExhausted":{"memory":1}}},"Wait":0}"#;
    let evaluation: Evaluation = serde_json::from_str(text).unwrap();
    assert_eq!((evaluation.status, evaluation.blocked_eval.as_deref()), (EvaluationStatus::Complete, Some("b")));
    assert_eq!((evaluation.next_eval, evaluation.deployment_id), (None, None));
    assert_eq!(EvaluationStatus::from("canceled"), EvaluationStatus::Canceled);
}

#[test]
fn t42_a_deployment_that_waits_is_running() {
    let text = r#"{"Status":"running","TaskGroups":{"web":{"DesiredCanaries":1,"HealthyAllocs":1,"Promoted":false}}}"#;
    let mut deployment: Deployment = serde_json::from_str(text).unwrap();
    assert!(deployment.needs_promotion() && !deployment.status.is_terminal());
    deployment.task_groups.get_mut("web").unwrap().auto_promote = true;
    assert!(!deployment.needs_promotion());
}

#[tokio::test]
async fn t43_peer_a_failed_deployment_may_revert_nothing() {
    let text = json!({"EvalID": "e", "DeploymentModifyIndex": 48, "RevertedJobVersion": null});
    let (_server, nomad) = giving(text).await;
    let update: DeploymentUpdate = nomad.deployments().fail("a").await.unwrap();
    assert_eq!((update.reverted_job_version, update.eval_id.as_deref()), (None, Some("e")));
}

#[tokio::test]
async fn t45_a_plan_of_a_newer_server_is_read() {
    let text = json!({
        "Diff": {"Type": "Moved", "TaskGroups": [{"Name": "a", "Type": "Edited", "Updates": {"teleport": 2}}]},
        "NextPeriodicLaunch": "0001-01-01T00:00:00Z",
        "Annotations": {"DesiredTGUpdates": {"a": {"Place": 2, "Zzz": 1}}},
    });
    let (server, nomad) = giving(text).await;
    let plan = nomad.jobs().plan(&Job::new("a", JobType::Batch), &PlanOptions::new().with_diff()).await.unwrap();
    let diff = plan.diff.unwrap();
    assert_eq!((diff.kind, diff.task_groups[0].updates["teleport"]), (DiffType::Other("Moved".into()), 2));
    assert_eq!((plan.next_periodic_launch, plan.annotations.unwrap().desired_tg_updates["a"].place), (None, 2));
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(body["Diff"], true);
}

#[tokio::test]
async fn t47_peer_a_submission_is_asked_for_by_version_and_may_be_missing() {
    let (server, nomad) = failing(404, "job source not found").await;
    assert_eq!(nomad.jobs().submission("a", 3).await.unwrap(), None);
    assert_eq!(asked(&server).await, ["GET /v1/job/a/submission?version=3"]);
}

#[tokio::test]
async fn t48_peer_stubs_keep_the_version_and_type_of_their_job() {
    let (_server, nomad) = giving(json!([{"ID": "a", "JobVersion": 3, "JobType": "batch"}])).await;
    let stub = nomad.jobs().allocations("a").await.unwrap().remove(0);
    assert_eq!((stub.job_version, stub.job_type), (3, JobType::Batch));
}

#[tokio::test]
async fn t52_flags_are_sent_as_the_server_reads_them() {
    let (server, nomad) = giving(json!({})).await;
    let options = DeregisterOptions::new().purging().without_shutdown_delay();
    nomad.jobs().deregister_with("a", &options).await.unwrap();
    nomad.evaluations().read_related("b", &ReadOptions::new()).await.unwrap();
    nomad.agent().host(&Target::Node("c".to_owned())).await.unwrap();
    assert_eq!(
        asked(&server).await,
        [
            "DELETE /v1/job/a?purge=true&no_shutdown_delay=true",
            "GET /v1/evaluation/b?related=true",
            "GET /v1/agent/host?node_id=c",
        ]
    );
}

#[tokio::test]
async fn t07_an_answer_without_a_leader_is_asked_for_by_a_flag() {
    let (server, nomad) = giving(json!({"Servers": null, "Index": 0})).await;
    let stale = ReadOptions::new().with_consistency(Consistency::Stale);
    nomad.operator().raft_configuration_with(&stale).await.unwrap();
    assert_eq!(asked(&server).await, ["GET /v1/operator/raft/configuration?stale"]);
}

#[tokio::test]
async fn t10_a_variable_goes_where_it_says_and_not_where_the_client_is() {
    let (server, nomad) = giving(json!({"Path": "a"})).await;
    let mut variable = Variable::new("a");
    variable.items.insert("key", "value");
    variable.namespace = Some("prod".to_owned());
    let elsewhere = nomad.in_namespace("dev");
    elsewhere.variables().put(&variable).await.unwrap();
    // A renewal is told by the query alone.
    elsewhere.variables().renew("a", &LockId::new("00000000-0000-4000-8000-000000000000")).await.unwrap();
    assert_eq!(asked(&server).await, ["PUT /v1/var/a?namespace=prod", "PUT /v1/var/a?lock-renew&namespace=dev"]);
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(body["Namespace"], "prod");
}

#[tokio::test]
async fn t16_a_path_is_clean_and_a_redirect_keeps_the_verb_and_the_token() {
    let (server, nomad) = giving(json!({"Path": "a/b"})).await;
    nomad.variables().read("/a/b/").await.unwrap();
    assert_eq!(asked(&server).await, ["GET /v1/var/a/b"]);
    assert!(matches!(nomad.variables().read("a//b").await.unwrap_err(), Error::Request(_)));

    let (stranger, _) = giving(json!({})).await;
    let away = format!("{}/v1/namespace", stranger.uri());
    let (server, nomad) = answering(ResponseTemplate::new(301).insert_header("Location", away.as_str())).await;
    let nomad = nomad.with_token(Token::new("hunter2").unwrap());
    nomad.namespaces().put(&Namespace::new("a")).await.unwrap_err();
    assert_eq!((asked(&server).await.len(), asked(&stranger).await.len()), (1, 0), "no token goes elsewhere");

    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(301).insert_header("Location", "/v1/namespaces/a");
    Mock::given(path("/v1/namespace")).respond_with(moved).mount(&server).await;
    Mock::given(path("/v1/namespaces/a")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let nomad = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
    nomad.namespaces().put(&Namespace::new("a")).await.unwrap();
    assert_eq!(asked(&server).await, ["PUT /v1/namespace", "PUT /v1/namespaces/a"]);
    assert!(!server.received_requests().await.unwrap()[1].body.is_empty());
}

#[tokio::test]
async fn t38_nodes_are_reached_through_the_server_alone() {
    let (server, nomad) = failing(404, "No path to node").await;
    for error in [
        nomad.allocations().usage("a").await.unwrap_err(),
        nomad.files().list("a", "/").await.unwrap_err(),
        nomad.clients().usage(Some("n")).await.unwrap_err(),
    ] {
        assert_eq!((error.reason(), error.is_retryable()), (Some(&Reason::NoPathToNode), false), "{error:?}");
    }
    let paths =
        ["GET /v1/client/allocation/a/stats", "GET /v1/client/fs/ls/a?path=%2F", "GET /v1/client/stats?node_id=n"];
    assert_eq!(asked(&server).await, paths, "no node is looked up, and none is asked");
}

#[tokio::test]
async fn t46_a_parsed_job_is_the_one_that_is_registered() {
    let parsed = json!({
        "ID": "a", "Name": "a", "Type": null, "Datacenters": null, "Zzz": {"Yyy": [null, 1]},
        "TaskGroups": [{"Name": "g", "Count": null, "Tasks": [{"Name": "t", "Driver": "exec", "Xxx": true}]}],
    });
    let (server, nomad) = giving(parsed.clone()).await;
    let options = ParseOptions::new().with_variables("a = 1");
    let job = nomad.jobs().parse_with("job \"a\" {}", &options).await.unwrap();
    let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!((&body["JobHCL"], &body["Variables"]), (&json!("job \"a\" {}"), &json!("a = 1")));
    let sent = serde_json::to_value(&job).unwrap();
    assert_eq!(sent["Zzz"], parsed["Zzz"]);
    assert_eq!(sent["TaskGroups"][0]["Tasks"][0]["Xxx"], true);
    assert_eq!((sent.get("Type"), sent.get("Datacenters")), (None, None), "the server's defaults count");
}

#[tokio::test]
async fn t53_the_token_stands_in_one_header() {
    let (server, nomad) = giving(json!([])).await;
    nomad.with_token(Token::new("hunter2").unwrap()).jobs().list().await.unwrap();
    nomad.jobs().list_with(&ReadOptions::new().with_token(Token::new("other").unwrap())).await.unwrap();
    nomad.anonymous().jobs().list().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let tokens: Vec<_> = requests.iter().map(|request| request.headers.get("x-nomad-token").cloned()).collect();
    assert!(tokens[0].as_ref().is_some_and(|token| token == "hunter2"), "{tokens:?}");
    assert!(requests.iter().all(|request| !request.headers.contains_key("authorization")));
    assert_eq!(tokens.last().unwrap(), &None);
}

#[tokio::test]
async fn t32_peer_a_volume_is_asked_for_by_its_type() {
    let (server, nomad) = giving(json!([])).await;
    nomad.host_volumes().list().await.unwrap();
    nomad.csi_volumes().list().await.unwrap();
    nomad.csi_plugins().list().await.unwrap();
    let paths = ["GET /v1/volumes?type=host", "GET /v1/volumes?type=csi", "GET /v1/plugins?type=csi"];
    assert_eq!(asked(&server).await, paths, "without a type the answer is always empty");
}

#[test]
fn peer_what_is_denied_stays_denied() {
    let text = r#"{"Name":"a","NodePoolConfiguration":{"Default":"x","Denied":["y"]}}"#;
    let namespace: Namespace = serde_json::from_str(text).unwrap();
    let sent = serde_json::to_value(&namespace).unwrap();
    assert_eq!(sent["NodePoolConfiguration"]["Denied"], json!(["y"]));
}

#[test]
fn peer_exposed_paths_have_the_names_that_are_read() {
    let text = r#"{"Expose":{"Paths":[{"Path":"/m","Protocol":"http","LocalPathPort":1,"ListenerPort":"p"}]}}"#;
    let proxy: Proxy = serde_json::from_str(text).unwrap();
    assert_eq!(proxy.expose.as_ref().unwrap().paths[0].path, "/m");
    assert!(serde_json::to_value(&proxy).unwrap()["Expose"]["Paths"].is_array());
}

#[tokio::test]
async fn peer_no_secret_is_in_the_debug_output() {
    let config = Config::new("http://127.0.0.1:1").unwrap().with_token(Token::new("hunter2").unwrap());
    let nomad = Client::new(&config).unwrap();
    assert!(!format!("{config:?} {nomad:?} {:?}", nomad.jobs()).contains("hunter2"));
}
