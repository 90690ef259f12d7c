//! What a server sends survives decoding and encoding, whatever the fields that it uses.

use lattice_deploy::servers::Product;
use nomad_client::ReadOptions;
use nomad_client::acl::Policy;
use nomad_client::agent::Members;
use nomad_client::allocations::{Allocation, AllocationStub};
use nomad_client::deployments::Deployment;
use nomad_client::evaluations::Evaluation;
use nomad_client::job::Job;
use nomad_client::jobs::{JobStub, JobSummary, ParseOptions};
use nomad_client::namespaces::Namespace;
use nomad_client::nodes::{Node, NodeStub};
use nomad_client::operator::{AutopilotHealth, RaftConfiguration};
use nomad_client::services::{NamespaceServices, ServiceRegistration};
use nomad_client::variables::VariableStub;
use serde_json::{Map, Value, json};
use tests::stack;
use tests::wait::until;

use super::{SOON, changed, deployed, purge, running, shared};

/// Uses as many blocks as one small job can.
const RICH: &str = r#"
variable "owner" { type = string }
job "sdk-rich" {
  priority = 55
  meta { owner = var.owner }
  ui {
    description = "**rich**"
    link {
      label = "docs"
      url   = "https://example.com/docs"
    }
  }
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }
  affinity {
    attribute = "${node.datacenter}"
    value     = "elsewhere"
    weight    = -50
  }
  spread {
    attribute = "${node.datacenter}"
    weight    = 40
    target "dc1" { percent = 100 }
  }
  update {
    health_check      = "task_states"
    min_healthy_time  = "100ms"
    healthy_deadline  = "1m"
    progress_deadline = "2m"
    auto_revert       = true
  }
  group "main" {
    network {
      port "web" { to = -1 }
    }
    service {
      name        = "sdk-rich"
      provider    = "nomad"
      port        = "web"
      tags        = ["one"]
      canary_tags = ["canary"]
      check {
        type     = "tcp"
        interval = "2s"
        timeout  = "1s"
        check_restart {
          limit = 0
          grace = "1s"
        }
      }
    }
    restart {
      attempts = 3
      interval = "10m"
      delay    = "1s"
      mode     = "delay"
    }
    reschedule {
      delay          = "5s"
      delay_function = "fibonacci"
      max_delay      = "1m"
      unlimited      = true
    }
    migrate { min_healthy_time = "1s" }
    disconnect {
      lost_after = "1h"
      replace    = false
      reconcile  = "longest_running"
    }
    ephemeral_disk {
      size   = 200
      sticky = true
    }
    scaling {
      min     = 1
      max     = 2
      enabled = false
      policy { cooldown = "1m" }
    }
    task "before" {
      driver = "raw_exec"
      lifecycle { hook = "prestart" }
      config { command = "/bin/true" }
      resources {
        cpu    = 10
        memory = 10
      }
    }
    task "main" {
      driver       = "raw_exec"
      kill_timeout = "1s"
      kill_signal  = "SIGTERM"
      leader       = true
      config {
        command = "/bin/sleep"
        args    = ["600"]
      }
      env { A = "b" }
      meta { of = "task" }
      identity {
        name = "extra"
        aud  = ["somewhere"]
        file = true
        ttl  = "1h"
      }
      logs {
        max_files     = 2
        max_file_size = 3
      }
      resources {
        cpu    = 10
        memory = 10
      }
      action "greet" {
        command = "/bin/echo"
        args    = ["hello"]
      }
      template {
        data        = "A={{ env \"NOMAD_JOB_ID\" }}"
        destination = "local/env"
        change_mode = "noop"
        perms       = "600"
        wait {
          min = "1s"
          max = "2s"
        }
      }
    }
  }
}
"#;

/// Without what says nothing: null, empty, false, zero, and Go's zero time. Numbers are compared by their value.
fn pruned(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(pruned).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), pruned(value)));
            fields.filter(|(_, value)| says_something(value)).collect::<Map<_, _>>().into()
        }
        // A sum such as 1 is sent without its fraction. Whole numbers beyond 2^53 are kept as they are.
        Value::Number(number) => match number.as_i64() {
            Some(whole) if whole.unsigned_abs() < 1 << 53 => json!(number.as_f64()),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "0001-01-01T00:00:00Z",
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// The places where two documents differ.
fn differences(place: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(one), Value::Object(two)) => {
            let names: std::collections::BTreeSet<&String> = one.keys().chain(two.keys()).collect();
            for name in names {
                differences(&format!("{place}.{name}"), &left[name], &right[name], found);
            }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            for (number, (one, two)) in one.iter().zip(two).enumerate() {
                differences(&format!("{place}[{number}]"), one, two, found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("{place}: {left} became {right}")),
    }
}

/// Reads a document and fails unless it survives decoding into this type and encoding.
macro_rules! survives {
    ($live:ident, $ty:ty, $path:expr) => {{
        let path: &str = $path;
        let answer = $live.get(Product::Nomad, path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let raw = answer.json();
        assert!(says_something(&raw), "{path} holds nothing: {answer:?}");
        let typed: $ty = serde_json::from_value(raw.clone()).unwrap();
        let mut found = Vec::new();
        differences("", &pruned(&raw), &pruned(&serde_json::to_value(&typed).unwrap()), &mut found);
        assert!(found.is_empty(), "{path}:\n{}", found.join("\n"));
    }};
}

#[test]
fn what_belongs_to_a_job_survives() {
    stack::run(async {
        let (live, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-rich");
        let options = ParseOptions::new().with_variables("owner = \"sdk\"");
        let mut job = jobs.parse_with(RICH, &options).await.unwrap();
        jobs.register(&job).await.unwrap();
        running(&nomad, id, 1).await;
        deployed(&nomad, id, 0).await;
        // A canary in a second version adds to deployments and allocations.
        job.task_groups[0].update.as_mut().unwrap().canary = Some(1);
        let eval = jobs.register(&changed(&job, "yes")).await.unwrap().eval_id.unwrap();
        running(&nomad, id, 2).await;

        survives!(live, Job, "job/sdk-rich");
        survives!(live, JobSummary, "job/sdk-rich/summary");
        survives!(live, Vec<JobStub>, "jobs?prefix=sdk-rich&meta=true");
        survives!(live, Vec<Evaluation>, "job/sdk-rich/evaluations");
        survives!(live, Evaluation, &format!("evaluation/{eval}"));
        survives!(live, Vec<Deployment>, "job/sdk-rich/deployments");
        survives!(live, Vec<AllocationStub>, "job/sdk-rich/allocations");
        survives!(live, Vec<NamespaceServices>, "services");
        survives!(live, Vec<ServiceRegistration>, "service/sdk-rich");
        for deployment in jobs.deployments(id).await.unwrap() {
            survives!(live, Deployment, &format!("deployment/{}", deployment.id));
        }
        for allocation in jobs.allocations(id).await.unwrap() {
            survives!(live, Allocation, &format!("allocation/{}", allocation.id));
            survives!(live, Vec<Allocation>, &format!("node/{}/allocations", allocation.node_id));
        }
        let versions = live.get(Product::Nomad, "job/sdk-rich/versions").await.json();
        let typed: Vec<Job> = serde_json::from_value(versions["Versions"].clone()).unwrap();
        assert_eq!(pruned(&serde_json::to_value(&typed).unwrap()), pruned(&versions["Versions"]));

        purge(&nomad, id).await;
    });
}

#[test]
fn a_refused_placement_survives() {
    stack::run(async {
        let (live, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-unplaced");
        let mut job = super::service(id);
        job.task_groups[0].tasks[0].resources.as_mut().unwrap().memory_mb = Some(100_000_000);
        let eval = jobs.register(&job).await.unwrap().eval_id.unwrap();
        let blocked = until("the evaluation finds no place", SOON, async || {
            nomad.evaluations().read(&eval).await.unwrap().blocked_eval
        })
        .await;
        for eval in [eval, blocked] {
            survives!(live, Evaluation, &format!("evaluation/{eval}"));
            survives!(live, Evaluation, &format!("evaluation/{eval}?related=true"));
        }
        let filter = ReadOptions::new().with_filter(format!("JobID == {id:?}"));
        assert!(nomad.evaluations().list_with(&filter).await.unwrap().value.len() >= 2);
        survives!(live, Vec<Deployment>, "job/sdk-unplaced/deployments");
        purge(&nomad, id).await;
    });
}

#[test]
fn what_belongs_to_the_cluster_survives() {
    stack::run(async {
        let (live, nomad) = shared().await;
        for node in nomad.nodes().list().await.unwrap() {
            survives!(live, Node, &format!("node/{}", node.id));
        }
        survives!(live, Vec<NodeStub>, "nodes");
        survives!(live, Vec<NodeStub>, "nodes?resources=true&os=true");
        survives!(live, Members, "agent/members");
        survives!(live, AutopilotHealth, "operator/autopilot/health");
        survives!(live, RaftConfiguration, "operator/raft/configuration");

        nomad.acl().put_policy(&Policy::new("sdk-lossless", "node {\n  policy = \"read\"\n}\n")).await.unwrap();
        survives!(live, Policy, "acl/policy/sdk-lossless");
        nomad.acl().delete_policy("sdk-lossless").await.unwrap();

        let mut namespace = Namespace::new("sdk-lossless");
        namespace.meta.insert("owner".to_owned(), "sdk".to_owned());
        nomad.namespaces().put(&namespace).await.unwrap();
        survives!(live, Namespace, "namespace/sdk-lossless");
        survives!(live, Vec<Namespace>, "namespaces");
        nomad.namespaces().delete("sdk-lossless").await.unwrap();

        let mut variable = nomad_client::variables::Variable::new("sdk-lossless/a");
        variable.items.insert("key", "value");
        nomad.variables().put(&variable).await.unwrap();
        survives!(live, Vec<VariableStub>, "vars?prefix=sdk-lossless/");
        nomad.variables().delete("sdk-lossless/a").await.unwrap();
    });
}
