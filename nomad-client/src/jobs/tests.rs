use serde_json::{Value, json};

use super::launches::dispatch_request;
use super::registration::{deregister_request, plan_request, register_request};
use super::{DeregisterOptions, DispatchOptions, Enforce, Jobs, PlanOptions, PlanResponse, RegisterOptions};
use crate::job::{DiffType, Job, JobType};
use crate::object::tests::pruned;
use crate::{Client, Config, Index};

fn body(request: &crate::transport::Request) -> Value {
    serde_json::from_slice(&request.body.as_ref().unwrap().content).unwrap()
}

#[test]
fn guards_are_sent_and_not_repeated() {
    let job = Job::new("a/b", JobType::Batch);
    let request = |enforce| register_request(&job, &RegisterOptions::new().with_enforce_index(enforce)).unwrap();
    let spec = json!({"ID": "a/b", "Type": "batch", "Dispatched": false});
    let plain = request(Enforce::No);
    assert_eq!((plain.path.as_str(), plain.idempotent), ("/v1/jobs", true));
    assert_eq!(body(&plain), json!({"Job": spec}));
    let absent = request(Enforce::Absent);
    assert!(!absent.idempotent);
    assert_eq!(body(&absent), json!({"Job": spec, "EnforceIndex": true, "JobModifyIndex": 0}));
    let at = request(Enforce::At(Index(7)));
    assert_eq!(body(&at), json!({"Job": spec, "EnforceIndex": true, "JobModifyIndex": 7}));
}

#[test]
fn ids_are_encoded_in_paths() {
    let job = Job::new("a/b c", JobType::Service);
    let plan = plan_request(&job, &PlanOptions::new().with_diff()).unwrap();
    assert_eq!(plan.path.as_str(), "/v1/job/a%2Fb%20c/plan");
    assert_eq!(body(&plan)["Diff"], json!(true));
    assert!(plan_request(&Job::default(), &PlanOptions::new()).is_err());
    let stop = deregister_request("x", &DeregisterOptions::new().purging().with_eval_priority(9)).unwrap();
    assert_eq!((stop.method, stop.query.as_str()), ("DELETE", "purge=true&eval_priority=9"));
}

#[test]
fn t51_a_dispatch_can_be_repeated() {
    let mut options = DispatchOptions::new();
    options.payload = Some("hello".into());
    let (one, two) = (dispatch_request("x", &options).unwrap(), dispatch_request("x", &options).unwrap());
    assert!(one.idempotent && one.query.starts_with("idempotency_token=") && one.query != two.query, "{one:?}");
    assert_eq!(body(&one), json!({"Payload": "aGVsbG8="}));
    options.idempotency_token = Some("t".to_owned());
    let named = dispatch_request("x", &options).unwrap();
    assert_eq!((named.query.as_str(), named.idempotent), ("idempotency_token=t", true));
    assert_eq!(body(&named), json!({"Payload": "aGVsbG8="}));
}

#[test]
fn a_recorded_plan_is_read_whole() {
    let text = include_str!("../../tests/fixtures/nomad-1.11.3/job/plan.json");
    let plan: PlanResponse = serde_json::from_str(text).unwrap();
    let diff = plan.diff.as_ref().unwrap();
    assert_eq!(diff.kind, DiffType::Edited);
    assert_eq!(diff.task_groups[0].tasks[0].annotations, ["forces create/destroy update"]);
    assert_eq!(diff.task_groups[0].updates["create/destroy update"], 1);
    assert_eq!(plan.annotations.as_ref().unwrap().desired_tg_updates["web"].destructive_update, 1);
    assert_eq!(pruned(serde_json::to_value(&plan).unwrap()), pruned(serde_json::from_str(text).unwrap()));
}

/// What the server at this address is asked, as `METHOD path?query`.
async fn asked(job: &Job, namespace: &str) -> String {
    let server = wiremock::MockServer::start().await;
    let answer = wiremock::ResponseTemplate::new(200).set_body_json(json!({"EvalID": ""}));
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    let config = Config::new(&server.uri()).unwrap().with_namespace(namespace).with_region("eu");
    let jobs = Jobs::new(Client::new(&config).unwrap());
    let registered = jobs.register(job).await.unwrap();
    assert_eq!(registered.eval_id, None);
    let requests = server.received_requests().await.unwrap();
    let url = &requests[0].url;
    format!("{} {}?{}", requests[0].method, url.path(), url.query().unwrap_or_default())
}

#[tokio::test]
async fn a_job_goes_where_it_says() {
    let mut job = Job::new("x", JobType::Service);
    assert_eq!(asked(&job, "team").await, "PUT /v1/jobs?region=eu&namespace=team");
    job.namespace = Some("own".to_owned());
    assert_eq!(asked(&job, "team").await, "PUT /v1/jobs?region=eu");
    job.region = Some("us".to_owned());
    assert_eq!(asked(&job, "team").await, "PUT /v1/jobs?");
}

#[tokio::test]
async fn all_namespaces_are_for_lists_only() {
    let config = Config::new("http://127.0.0.1:1").unwrap().with_namespace("*");
    let error = Jobs::new(Client::new(&config).unwrap()).deregister("x").await.unwrap_err();
    assert!(error.to_string().contains("for lists only"), "{error}");
}
