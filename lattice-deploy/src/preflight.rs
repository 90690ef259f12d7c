//! Looks whether the servers are fit for a run, before anything is changed: reads only.

use futures_util::future::join_all;
use serde::Serialize;

use crate::clients::Clients;
use crate::error::{Error, Obstacle, Result, System};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ready {
    /// Vault's version.
    pub vault: Option<String>,
    /// Consul's version.
    pub consul: Option<String>,
    /// Nomad's version.
    pub nomad: Option<String>,
}

/// Checks that these servers can be reached, are ready, and know the token.
///
/// # Errors
/// [`Error::NotReady`] with everything that is in the way, not only the first.
pub async fn check(clients: &Clients, systems: &[System]) -> Result<Ready> {
    let looks = systems.iter().map(|system| async move {
        let found = match system {
            System::Vault => vault(clients).await,
            System::Consul => consul(clients).await,
            System::Nomad => nomad(clients).await,
        };
        (*system, found)
    });
    let mut ready = Ready::default();
    let mut obstacles = Vec::new();
    for (system, found) in join_all(looks).await {
        match (system, found) {
            (System::Vault, Ok(version)) => ready.vault = Some(version),
            (System::Consul, Ok(version)) => ready.consul = Some(version),
            (System::Nomad, Ok(version)) => ready.nomad = Some(version),
            (_, Err(obstacle)) => obstacles.push(obstacle),
        }
    }
    if obstacles.is_empty() { Ok(ready) } else { Err(Error::NotReady(obstacles)) }
}

fn obstacle(system: System, problem: impl Into<String>, remedy: impl Into<String>) -> Obstacle {
    Obstacle { system, problem: problem.into(), remedy: remedy.into(), denied: false }
}

fn denied(system: System, problem: impl Into<String>, remedy: impl Into<String>) -> Obstacle {
    Obstacle { denied: true, ..obstacle(system, problem, remedy) }
}

async fn vault(clients: &Clients) -> Result<String, Obstacle> {
    use vault_client::sys::HealthState;

    const HERE: System = System::Vault;
    let unreachable = |error: vault_client::Error| {
        obstacle(HERE, error.to_string(), "start Vault, or set `vault_address` or VAULT_ADDR to where it is")
    };
    let health = clients.vault.sys().health().await.map_err(unreachable)?;
    match &health.state {
        HealthState::Active | HealthState::Standby | HealthState::PerformanceStandby => {}
        HealthState::Sealed => return Err(obstacle(HERE, "Vault is sealed", "unseal it: `vault operator unseal`")),
        HealthState::NotInitialized => {
            return Err(obstacle(HERE, "Vault is not initialized", "initialize it: `vault operator init`"));
        }
        other => return Err(obstacle(HERE, format!("Vault cannot serve: {other:?}"), "look at `vault status`")),
    }
    match clients.vault.token().lookup_self().await {
        Ok(_) => Ok(health.version),
        Err(error) if error.is_denied() => Err(denied(
            HERE,
            format!("the token is not accepted: {error}"),
            "set VAULT_TOKEN (or VAULT_TOKEN_FILE) to a valid token",
        )),
        Err(error) => Err(unreachable(error)),
    }
}

async fn consul(clients: &Clients) -> Result<String, Obstacle> {
    const HERE: System = System::Consul;
    let unreachable = |error: consul_client::Error| {
        obstacle(HERE, error.to_string(), "start Consul, or set `consul_address` or CONSUL_HTTP_ADDR to where it is")
    };
    if clients.consul.status().leader().await.map_err(unreachable)?.is_none() {
        return Err(obstacle(HERE, "the cluster has no leader", "look at `consul operator raft list-peers`"));
    }
    match clients.consul.agent().read().await {
        Ok(agent) => Ok(agent.config.version),
        Err(error) if error.is_denied() => Err(denied(
            HERE,
            format!("the token is not accepted: {error}"),
            "set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token with `agent:read`",
        )),
        Err(error) => Err(unreachable(error)),
    }
}

async fn nomad(clients: &Clients) -> Result<String, Obstacle> {
    const HERE: System = System::Nomad;
    let unreachable = |error: nomad_client::Error| {
        obstacle(HERE, error.to_string(), "start Nomad, or set `nomad_address` or NOMAD_ADDR to where it is")
    };
    if clients.nomad.status().leader().await.map_err(unreachable)?.is_none() {
        return Err(obstacle(HERE, "the cluster has no leader", "look at `nomad operator raft list-peers`"));
    }
    match clients.nomad.agent().read().await {
        Ok(agent) => Ok(agent.version().unwrap_or_default().to_owned()),
        Err(error) if error.is_denied() => Err(denied(
            HERE,
            format!("the token is not accepted: {error}"),
            "set NOMAD_TOKEN (or NOMAD_TOKEN_FILE) to a token with `agent:read`",
        )),
        Err(error) => Err(unreachable(error)),
    }
}
