//! The checks. A missing permission is never "down": what could not be looked at is unknown, with the policy that it
//! needs.

use nomad_client::job::JobStatus;
use nomad_client::nodes::NodeStatus;
use vault_client::sys::HealthState;

use super::{Found, Status, Target};
use crate::clients::Clients;

/// What a failed look means: down, or only not allowed to look.
macro_rules! failed {
    ($error:expr, $policy:expr) => {{
        let error = $error;
        if error.is_denied() {
            (Status::Unknown, format!("the token may not look: it needs {}", $policy))
        } else {
            (Status::Critical, error.to_string())
        }
    }};
}

pub(super) async fn consul_leader(clients: &Clients) -> Found {
    match clients.consul.status().leader().await {
        Ok(Some(leader)) => (Status::Ok, format!("leader {leader}")),
        Ok(None) => (Status::Critical, "the cluster has no leader".to_owned()),
        Err(error) => failed!(error, "nothing: is an agent in between?"),
    }
}

pub(super) async fn vault_seal(clients: &Clients) -> Found {
    match clients.vault.sys().health().await {
        Ok(health) => match health.state {
            HealthState::Active => (Status::Ok, format!("unsealed, version {}", health.version)),
            HealthState::Standby | HealthState::PerformanceStandby => (Status::Ok, "unsealed, standby".to_owned()),
            HealthState::Sealed => (Status::Critical, "sealed".to_owned()),
            HealthState::NotInitialized => (Status::Critical, "not initialized".to_owned()),
            other => (Status::Critical, format!("cannot serve: {other:?}")),
        },
        Err(error) => failed!(error, "nothing: is a proxy in between?"),
    }
}

pub(super) async fn nomad_leader(clients: &Clients) -> Found {
    match clients.nomad.status().leader().await {
        Ok(Some(leader)) => (Status::Ok, format!("leader {leader}")),
        Ok(None) => (Status::Critical, "the cluster has no leader".to_owned()),
        Err(error) => failed!(error, "nothing: is a proxy in between?"),
    }
}

pub(super) async fn nomad_nodes(clients: &Clients) -> Found {
    match clients.nomad.nodes().list().await {
        Ok(nodes) => {
            let ready = nodes.iter().filter(|node| node.status == NodeStatus::Ready).count();
            let status = match (ready, nodes.len()) {
                (0, _) => Status::Critical,
                (ready, all) if ready < all => Status::Warning,
                _ => Status::Ok,
            };
            (status, format!("{ready} of {} nodes ready", nodes.len()))
        }
        Err(error) => failed!(error, "`node { policy = \"read\" }` in Nomad"),
    }
}

pub(super) async fn app_job(clients: &Clients, target: &Target) -> Found {
    match clients.nomad.jobs().read_opt(&target.service).await {
        Ok(Some(job)) if job.stop == Some(true) => (Status::Critical, format!("the job {} is stopped", target.service)),
        Ok(Some(job)) => {
            let status = job.status.unwrap_or_default();
            let verdict = if status == JobStatus::Running { Status::Ok } else { Status::Critical };
            (verdict, format!("the job {} is {status}", target.service))
        }
        Ok(None) => (Status::Critical, format!("there is no job {}", target.service)),
        Err(error) => failed!(error, "`namespace \"default\" { policy = \"read\" }` in Nomad"),
    }
}

pub(super) async fn app_instances(clients: &Clients, target: &Target) -> Found {
    match clients.consul.health().service(&target.service).await {
        Ok(instances) => {
            let passing = instances.iter().filter(|instance| instance.is_passing()).count() as u64;
            let expected = target.expected.unwrap_or(1).max(1);
            let status = match passing {
                0 => Status::Critical,
                passing if passing < expected => Status::Warning,
                _ if passing < instances.len() as u64 => Status::Warning,
                _ => Status::Ok,
            };
            (
                status,
                format!(
                    "{passing} of {} instances of {} pass",
                    instances.len().max(usize::try_from(expected).unwrap_or(usize::MAX)),
                    target.service
                ),
            )
        }
        Err(error) => failed!(error, format!("`service \"{}\" {{ policy = \"read\" }}` in Consul", target.service)),
    }
}
