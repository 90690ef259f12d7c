//! A job that uses as many blocks as it can: nothing of it may get lost on any way, which every answer is checked for.

use nomad_client::ReadOptions;
use nomad_client::jobs::ParseOptions;
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
    healthy_deadline  = "2m"
    progress_deadline = "4m"
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
        memory = 32
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
        memory = 32
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

#[test]
fn a_rich_job_is_read_everywhere() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-rich");
        let options = ParseOptions::new().with_variables("owner = \"sdk\"");
        let mut job = jobs.parse_with(RICH, &options).await.unwrap();
        jobs.register(&job).await.unwrap();
        running(&nomad, id, 1).await;
        deployed(&nomad, id, 0).await;
        // A canary in a second version adds to deployments and allocations.
        job.update.as_mut().unwrap().canary = Some(1);
        let eval = jobs.register(&changed(&job, "yes")).await.unwrap().eval_id.unwrap();
        running(&nomad, id, 2).await;

        let read = jobs.read(id).await.unwrap();
        let service = &read.task_groups[0].services[0];
        assert_eq!((service.canary_tags[0].as_str(), read.ui.unwrap().links[0].label.as_str()), ("canary", "docs"));
        assert_eq!(jobs.versions(id).await.unwrap().len(), 2);
        assert_eq!(jobs.list_with(&ReadOptions::new().with_prefix(id)).await.unwrap().value.len(), 1);
        assert_eq!(nomad.evaluations().read(&eval).await.unwrap().job_id, id);
        for deployment in jobs.deployments(id).await.unwrap() {
            nomad.deployments().read(&deployment.id).await.unwrap();
        }
        for allocation in jobs.allocations(id).await.unwrap() {
            let whole = nomad.allocations().read(&allocation.id).await.unwrap();
            assert!(nomad.nodes().allocations(&whole.node_id).await.unwrap().iter().any(|it| it.id == whole.id));
        }
        purge(&nomad, id).await;
    });
}

#[test]
fn a_refused_placement_is_explained() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (jobs, id) = (nomad.jobs(), "sdk-unplaced");
        let mut job = super::service(id);
        job.task_groups[0].tasks[0].resources.as_mut().unwrap().memory_mb = Some(100_000_000);
        let eval = jobs.register(&job).await.unwrap().eval_id.unwrap();
        let refused = until("the evaluation finds no place", SOON, async || {
            Some(nomad.evaluations().read(&eval).await.unwrap()).filter(|evaluation| evaluation.blocked_eval.is_some())
        })
        .await;
        assert_eq!(refused.failed_tg_allocs["main"].dimension_exhausted["memory"], 1);
        assert_eq!(nomad.evaluations().read(&refused.blocked_eval.unwrap()).await.unwrap().status.as_str(), "blocked");
        let filter = ReadOptions::new().with_filter(format!("JobID == {id:?}"));
        assert!(nomad.evaluations().list_with(&filter).await.unwrap().value.len() >= 2);
        purge(&nomad, id).await;
    });
}
