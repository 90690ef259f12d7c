//! What can be told without a server.

use super::{
    Allocation, AllocationStub, CheckResult, ListOptions, LogKind, LogOptions, Origin, StopOptions, Usage, logs_request,
};
use crate::object::tests::pruned;
use crate::options::ReadOptions;
use crate::transport::Request;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn the_tail_of_a_log() {
    let options = LogOptions::new().from(Origin::End, 1024);
    let request = logs_request("a-b", "server", LogKind::Stderr, &options).unwrap();
    assert_eq!(request.path.as_str(), "/v1/client/fs/logs/a-b");
    assert_eq!(request.query, "task=server&type=stderr&origin=end&offset=1024");
}

#[test]
fn t52_booleans_are_words_that_go_reads() {
    let get = Request::get("/v1/allocations", []).unwrap();
    let options =
        ListOptions::new().with_resources().without_task_states().with_read(ReadOptions::new().with_prefix("ab"));
    assert_eq!(options.apply(get.clone()).query, "resources=true&task_states=false&prefix=ab");
    assert_eq!(ListOptions::new().apply(get).query, "");
    let put = Request::put("/v1/allocation/:id/stop", ["a"]).unwrap();
    assert_eq!(StopOptions::new().apply(put.clone()).query, "");
    let options = StopOptions::new().without_shutdown_delay().rescheduling();
    assert_eq!(options.apply(put).query, "no_shutdown_delay=true&reschedule=true");
}

#[test]
fn t48_stubs_and_whole_allocations_are_read_whole() {
    let text = include_str!("../../tests/fixtures/nomad-1.11.3/allocation/running.json");
    let allocation: Allocation = serde_json::from_str(text).unwrap();
    assert_eq!(pruned(serde_json::to_value(&allocation).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    assert_eq!(allocation.deployment_status.unwrap().healthy, Some(true));
    assert!(allocation.job.is_some() && allocation.task_states["sleep"].started_at.is_some());
    assert_eq!(allocation.task_states["sleep"].finished_at, None);
    // A stub knows the version of its job instead of the job, and what it was given only when that was asked for.
    let text = include_str!("../../tests/fixtures/nomad-1.11.3/allocation/stubs.json");
    let stubs: Vec<AllocationStub> = serde_json::from_str(text).unwrap();
    assert_eq!(pruned(serde_json::to_value(&stubs).unwrap()), pruned(serde_json::from_str(text).unwrap()));
    assert!(stubs.iter().all(|stub| !stub.job_type.as_str().is_empty()));
    let stateless: AllocationStub = serde_json::from_str(r#"{"ID":"a","TaskStates":null,"JobVersion":3}"#).unwrap();
    assert_eq!((stateless.job_version, stateless.task_states.len()), (3, 0));
}

fn whole<T: serde::de::DeserializeOwned + serde::Serialize>(sent: &Value) -> T {
    let read: T = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(pruned(serde_json::to_value(&read).unwrap()), pruned(sent.clone()));
    read
}

#[test]
fn what_is_used_and_what_checks_say_is_read_whole() {
    let cpu = json!({"Measured": ["Percent"], "Percent": 1.5, "SystemMode": 0.25, "ThrottledPeriods": 0,
        "ThrottledTime": 0, "TotalTicks": 2.5, "UserMode": 1.25});
    let memory = json!({"Cache": 0, "KernelMaxUsage": 0, "KernelUsage": 0, "MappedFile": 0, "MaxUsage": 0,
        "Measured": ["RSS", "Swap"], "RSS": 3_665_920, "Swap": 0, "Usage": 0});
    let all = json!({"CpuStats": cpu, "DeviceStats": null, "MemoryStats": memory});
    let usage: Usage = whole(&json!({"ResourceUsage": all, "Timestamp": 1_795_631_263_117_207_365_i64,
        "Tasks": {"t": {"Pids": {"19000": all}, "ResourceUsage": all, "Timestamp": 1_795_631_263_117_207_365_i64}}}));
    assert_eq!(usage.tasks["t"].pids["19000"].memory_stats.as_ref().unwrap().rss, 3_665_920);
    let checks: BTreeMap<String, CheckResult> =
        whole(&json!({"be1e": {"Check": "c1", "Group": "j2.g[0]", "ID": "be1e",
        "Mode": "healthiness", "Output": "nomad: http ok", "Service": "svc2", "Status": "success", "StatusCode": 200,
        "Timestamp": 1_795_631_937}}));
    assert_eq!(checks["be1e"].timestamp.unwrap().as_second(), 1_795_631_937);
}
